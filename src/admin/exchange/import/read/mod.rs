//! An uploaded file as rows of texts, whatever it is: CSV, JSON, JSON Lines or a spreadsheet. What it
//! claims about itself is not believed; what it unpacks to is counted first.
mod json;
mod sheet;
mod table;
mod text;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

/// Most rows of a file.
pub(super) const MOST_ROWS: usize = 200_000;
/// Most columns.
pub(super) const MOST_COLUMNS: usize = 200;

/// One row: its number in the file, and its cells. A cell that is not there at all is `None`.
pub(super) type Row = (u32, Vec<Option<String>>);

/// Where rows go.
pub(super) trait Sink {
    /// The titles of the columns; once, before all rows.
    fn headings(&mut self, headings: Vec<String>) -> Result<(), Unreadable>;
    /// One more row.
    fn row(&mut self, row: Row) -> Result<(), Unreadable>;
}

/// Why a file cannot be read, and what to do.
#[derive(Debug)]
pub(super) struct Unreadable(pub(super) String);

impl From<&str> for Unreadable {
    fn from(why: &str) -> Self {
        Self(why.to_owned())
    }
}

/// Reads a file into a sink, and says what should be known about how it was read.
pub(super) fn read(mut file: File, sink: &mut dyn Sink) -> Result<Vec<String>, Unreadable> {
    let mut sink = Counted { sink, rows: 0 };
    let mut head = [0; 8];
    let length = fill(&mut file, &mut head)?;
    file.seek(SeekFrom::Start(0)).map_err(broken)?;
    let head = &head[..length];
    if head.starts_with(b"PK") {
        return sheet::read(file, &mut sink);
    }
    if head.starts_with(&[0xD0, 0xCF, 0x11, 0xE0]) {
        return Err(
            "This is a spreadsheet of the old kind, or an encrypted one. Save it as .xlsx or CSV without a \
                    password."
                .into(),
        );
    }
    if head.starts_with(&[0x1F, 0x8B]) || head.starts_with(b"7z") || head.starts_with(b"BZh") {
        return Err("This file is compressed. Unpack it first.".into());
    }
    if head.starts_with(b"%PDF") || head.starts_with(&[0x89, b'P', b'N', b'G']) {
        return Err("This is no table. Send CSV, JSON or XLSX.".into());
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(broken)?;
    let (text, notes) = text::decode(bytes);
    match text.trim_start().as_bytes().first() {
        None => Err("This file is empty.".into()),
        Some(b'[' | b'{') => json::read(&text, &mut sink).map(|()| notes),
        Some(_) => table::read(&text, &mut sink).map(|()| notes),
    }
}

fn fill(file: &mut File, head: &mut [u8]) -> Result<usize, Unreadable> {
    let mut length = 0;
    while length < head.len() {
        match file.read(&mut head[length..]).map_err(broken)? {
            0 => break,
            more => length += more,
        }
    }
    Ok(length)
}

fn broken(error: std::io::Error) -> Unreadable {
    tracing::warn!(%error, "an uploaded file could not be read");
    "The file could not be read. Send it again.".into()
}

/// Holds every reader to the limits, and leaves out rows without a single value.
struct Counted<'a> {
    sink: &'a mut dyn Sink,
    rows: usize,
}

impl Counted<'_> {
    fn headings(&mut self, headings: Vec<String>) -> Result<(), Unreadable> {
        if headings.len() > MOST_COLUMNS {
            return Err(Unreadable(format!(
                "The file has {} columns; at most {MOST_COLUMNS} are read. Leave some out.",
                headings.len()
            )));
        }
        if headings.iter().all(|heading| heading.trim().is_empty()) {
            return Err("The first row must hold the titles of the columns; it is empty.".into());
        }
        let headings = headings.iter().map(|heading| heading.trim().chars().take(100).collect()).collect();
        self.sink.headings(headings)
    }

    fn row(&mut self, number: u32, cells: Vec<Option<String>>) -> Result<(), Unreadable> {
        if cells.iter().flatten().all(|cell| cell.trim().is_empty()) {
            return Ok(());
        }
        self.rows += 1;
        if self.rows > MOST_ROWS {
            return Err("The file has more than 200,000 rows. Split it.".into());
        }
        self.sink.row((number, cells))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[derive(Default)]
    struct Kept(Vec<String>, Vec<Row>);

    impl Sink for Kept {
        fn headings(&mut self, headings: Vec<String>) -> Result<(), Unreadable> {
            self.0 = headings;
            Ok(())
        }

        fn row(&mut self, row: Row) -> Result<(), Unreadable> {
            self.1.push(row);
            Ok(())
        }
    }

    fn kept(bytes: &[u8]) -> Result<(Kept, Vec<String>), String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file.seek(SeekFrom::Start(0)).unwrap();
        let mut kept = Kept::default();
        let notes = read(file, &mut kept).map_err(|why| why.0)?;
        Ok((kept, notes))
    }

    fn utf16(text: &str, mark: bool) -> Vec<u8> {
        let mark = if mark { vec![0xFF, 0xFE] } else { Vec::new() };
        mark.into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    }

    #[test]
    fn text_is_read_in_whatever_encoding_it_comes() {
        let text = "name,note\r\nZürich,naïve\r\n";
        let bom = ["\u{feff}", text].concat().into_bytes();
        let latin = text.chars().map(|letter| letter as u8).collect();
        for bytes in [text.as_bytes().to_vec(), bom, utf16(text, true), utf16(text, false), latin] {
            let (kept, _) = kept(&bytes).unwrap();
            assert_eq!(kept.0, ["name", "note"]);
            assert_eq!(kept.1, [(2, vec![Some("Zürich".into()), Some("naïve".into())])]);
        }
        assert!(kept(b"name\nZ\xFCrich\n").unwrap().1[0].contains("Latin-1"));
    }

    #[test]
    fn delimiters_are_guessed_and_quotes_kept() {
        for text in
            ["a;b\n1;\"x;y,\"\"z\"\"\"\n", "a\tb\n1\t\"x;y,\"\"z\"\"\"\n", "\"a\"|b\n1|\"x;y,\"\"z\"\"\"\n"]
        {
            let (kept, _) = kept(text.as_bytes()).unwrap();
            assert_eq!(kept.0, ["a", "b"], "{text}");
            assert_eq!(kept.1[0].1[1].as_deref(), Some("x;y,\"z\""), "{text}");
        }
    }

    #[test]
    fn json_comes_as_a_list_or_by_lines() {
        for text in [
            r#"[{"a":1,"b":null},{"a":"x","c":[1,2],"b":true}]"#,
            "{\"a\":1,\"b\":null}\n{\"a\":\"x\",\"c\":[1,2],\"b\":true}\n",
        ] {
            let (kept, _) = kept(text.as_bytes()).unwrap();
            assert_eq!(kept.0, ["a", "b", "c"]);
            assert_eq!(kept.1[0], (1, vec![Some("1".into()), Some(String::new()), None]));
            assert_eq!(kept.1[1].1, [Some("x".into()), Some("true".into()), Some("1;2".into())]);
        }
    }

    #[test]
    fn what_is_no_table_is_refused_with_a_reason() {
        for (bytes, why) in [
            (&b""[..], "empty"),
            (b"\x1f\x8b\x08\x00", "compressed"),
            (b"%PDF-1.7", "no table"),
            (b"PK\x03\x04garbage", "cannot be opened"),
            (b"[1,2]", "objects"),
            (b"[{\"a\":1},", "JSON"),
            (b"\xD0\xCF\x11\xE0....", "old kind"),
        ] {
            let error = kept(bytes).err().unwrap_or_default();
            assert!(error.contains(why), "{why}: {error}");
        }
        let wide = vec!["x"; MOST_COLUMNS + 1].join(",");
        assert!(kept(wide.as_bytes()).err().unwrap().contains("columns"));
    }
}
