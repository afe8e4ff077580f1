//! Rows as text.
use super::Format;
use crate::admin::exchange::cell::Cell;
use crate::error::Result;

/// Writes a text file piece by piece.
pub(super) struct Writer {
    format: Format,
    names: Vec<String>,
    first: bool,
}

impl Writer {
    pub(super) fn new(format: Format, names: Vec<String>) -> Self {
        Self { format, names, first: true }
    }

    /// What stands before the first row.
    pub(super) fn head(&self) -> Result<Vec<u8>> {
        match self.format {
            Format::Csv => csv([self.names.iter().map(String::as_str)]),
            Format::Json => Ok(b"[".to_vec()),
            Format::Lines | Format::Xlsx => Ok(Vec::new()),
        }
    }

    /// Some rows.
    pub(super) fn rows(&mut self, rows: &[Vec<Cell>]) -> Result<Vec<u8>> {
        if self.format == Format::Csv {
            return csv(rows.iter().map(|row| row.iter().map(Cell::plain).collect::<Vec<_>>()));
        }
        let mut bytes = Vec::new();
        for row in rows {
            if self.format == Format::Json {
                bytes.extend_from_slice(if self.first { b"\n" } else { b",\n" });
            }
            self.first = false;
            self.object(row, &mut bytes)?;
            if self.format == Format::Lines {
                bytes.push(b'\n');
            }
        }
        Ok(bytes)
    }

    /// What stands after the last row.
    pub(super) fn tail(&self) -> &'static [u8] {
        if self.format == Format::Json { b"\n]\n" } else { b"" }
    }

    /// In the order of the columns, which a map would not keep.
    fn object(&self, row: &[Cell], bytes: &mut Vec<u8>) -> Result<()> {
        for (at, (name, cell)) in self.names.iter().zip(row).enumerate() {
            bytes.push(if at == 0 { b'{' } else { b',' });
            serde_json::to_writer(&mut *bytes, name).map_err(anyhow::Error::from)?;
            bytes.push(b':');
            serde_json::to_writer(&mut *bytes, &cell.json()).map_err(anyhow::Error::from)?;
        }
        bytes.push(b'}');
        Ok(())
    }
}

/// Records as CSV, with the line ends of RFC 4180.
pub(in crate::admin::exchange) fn csv<R, C>(records: impl IntoIterator<Item = R>) -> Result<Vec<u8>>
where
    R: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer
            .write_record(record.into_iter().map(|cell| cell.as_ref().as_bytes().to_vec()))
            .map_err(anyhow::Error::from)?;
    }
    Ok(writer.into_inner().map_err(|error| anyhow::anyhow!("{error}"))?)
}
