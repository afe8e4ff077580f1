//! Spreadsheets. Cells are taken one by one: a sheet that names a cell far to the right or below would
//! otherwise have room made for all those before it.
use super::{Counted, MOST_COLUMNS, Unreadable};
use crate::admin::exchange::cell::unguarded;
use calamine::{DataRef, Reader, Xlsx};
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};

/// Bytes that all parts of a file may unpack to.
const LARGEST: u64 = 512 * 1024 * 1024;
/// Bytes that what is kept in memory may unpack to: everything but the sheets themselves.
const LARGEST_KEPT: u64 = 96 * 1024 * 1024;
/// Most parts.
const MOST_PARTS: usize = 1000;

pub(super) fn read(mut file: File, sink: &mut Counted<'_>) -> Result<Vec<String>, Unreadable> {
    weigh(&mut file)?;
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(BufReader::new(file)).map_err(odd)?;
    let names = book.sheet_names();
    let name = names.first().ok_or("This spreadsheet has no sheet.")?.clone();
    let note = (names.len() > 1).then(|| format!("Only the first sheet, “{name}”, was read."));
    let mut cells = book.worksheet_cells_reader(&name).map_err(odd)?;
    let mut line = Line { number: 0, cells: Vec::new(), width: None };
    while let Some(cell) = cells.next_cell().map_err(odd)? {
        let (row, column) = cell.get_position();
        let text = text(cell.get_value());
        if text.is_empty() {
            continue;
        }
        if row + 1 != line.number {
            line.end(sink)?;
            if row < line.number {
                return Err("The rows of this spreadsheet are out of order. Save it anew, or as CSV.".into());
            }
            line.number = row + 1;
        }
        let column = column as usize;
        if column >= MOST_COLUMNS {
            return Err(Unreadable(format!(
                "Row {} has a cell in column {}; at most {MOST_COLUMNS} columns are read. Remove what stands there.",
                row + 1,
                column + 1
            )));
        }
        if line.cells.len() <= column {
            line.cells.resize(column + 1, String::new());
        }
        line.cells[column] = text;
    }
    line.end(sink)?;
    if line.width.is_none() {
        return Err("The first sheet of this spreadsheet is empty.".into());
    }
    Ok(note.into_iter().collect())
}

/// The row being read.
struct Line {
    /// As the spreadsheet counts, from 1.
    number: u32,
    cells: Vec<String>,
    /// Number of titles, once they are known.
    width: Option<usize>,
}

impl Line {
    fn end(&mut self, sink: &mut Counted<'_>) -> Result<(), Unreadable> {
        let mut cells = std::mem::take(&mut self.cells);
        if cells.is_empty() {
            return Ok(());
        }
        let Some(width) = self.width else {
            self.width = Some(cells.len());
            return sink.headings(cells);
        };
        if cells.len() < width {
            cells.resize(width, String::new());
        }
        sink.row(self.number, cells.into_iter().map(Some).collect())
    }
}

fn text(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Empty => String::new(),
        DataRef::Int(number) => number.to_string(),
        // A spreadsheet knows no whole numbers.
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) => unguarded(text).to_owned(),
        DataRef::SharedString(text) => unguarded(text).to_owned(),
        DataRef::Bool(yes) => yes.to_string(),
        DataRef::DateTime(moment) => {
            let (year, month, day, hour, minute, second, milli) = moment.to_ymd_hms_milli();
            format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
        }
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
    }
}

/// Unpacks every part once and forgets it, so that nothing is read that would not fit.
fn weigh(file: &mut File) -> Result<(), Unreadable> {
    let mut parts = zip::ZipArchive::new(BufReader::new(&mut *file)).map_err(|_| closed())?;
    if parts.len() > MOST_PARTS {
        return Err("This spreadsheet has too many parts. Save the sheet as CSV.".into());
    }
    let (mut all, mut kept) = (0, 0);
    for at in 0..parts.len() {
        let part = parts.by_index(at).map_err(|_| closed())?;
        let sheet = part.name().map_err(|_| closed())?.starts_with("xl/worksheets/");
        let room = LARGEST.saturating_sub(all);
        let size = std::io::copy(&mut part.take(room + 1), &mut std::io::sink()).map_err(|_| closed())?;
        all += size;
        kept += if sheet { 0 } else { size };
        if all > LARGEST || kept > LARGEST_KEPT {
            return Err(
                "This file unpacks to more than a spreadsheet of 200,000 rows needs. Save the sheet as CSV."
                    .into(),
            );
        }
    }
    drop(parts);
    file.seek(SeekFrom::Start(0)).map_err(super::broken)?;
    Ok(())
}

fn closed() -> Unreadable {
    "This spreadsheet cannot be opened: it is damaged, encrypted, or something else. Save it as .xlsx or CSV."
        .into()
}

fn odd(error: calamine::XlsxError) -> Unreadable {
    tracing::info!(%error, "an uploaded spreadsheet could not be read");
    closed()
}
