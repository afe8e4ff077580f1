//! Rows as a spreadsheet: built in temporary files, since its parts can only be put together at the end.
use crate::admin::exchange::cell::{Cell, guarded};
use crate::admin::shorten;
use anyhow::Context;
use rust_xlsxwriter::{Workbook, Worksheet, XlsxError};
use std::fs::File;
use std::io::{Seek, SeekFrom};
use tokio::sync::mpsc::Receiver;

/// Rows of one sheet, below its head; more go on in another.
const ROWS: u32 = 1_048_575;
/// Characters that fit in a cell.
const LONGEST: usize = 32_767;
/// Whole numbers that a spreadsheet keeps exactly.
const EXACT: u64 = 1 << 53;

/// Builds the file from rows as they come, and gives it from its beginning.
pub(super) fn build(
    name: &str,
    titles: &[String],
    mut rows: Receiver<Vec<Vec<Cell>>>,
) -> anyhow::Result<File> {
    let mut book = Workbook::new();
    let mut sheets = 0;
    let mut at = ROWS;
    while let Some(page) = rows.blocking_recv() {
        for row in page {
            if at == ROWS {
                add(&mut book, name, sheets, titles)?;
                sheets += 1;
                at = 0;
            }
            at += 1;
            let sheet = book.worksheet_from_index(sheets - 1)?;
            for (column, cell) in (0..).zip(&row) {
                write(sheet, at, column, cell)?;
            }
        }
    }
    if sheets == 0 {
        add(&mut book, name, 0, titles)?;
    }
    let mut file = tempfile::tempfile().context("there is no room for a temporary file")?;
    book.save_to_writer(&mut file)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(file)
}

fn add(book: &mut Workbook, name: &str, number: usize, titles: &[String]) -> Result<(), XlsxError> {
    let sheet = book.add_worksheet_with_constant_memory()?;
    // Excel refuses longer names.
    let name = shorten(name, 25);
    sheet.set_name(if number == 0 { name } else { format!("{name} {}", number + 1) })?;
    for (column, title) in (0..).zip(titles) {
        sheet.write_string(0, column, title)?;
    }
    Ok(())
}

fn write(sheet: &mut Worksheet, row: u32, column: u16, cell: &Cell) -> Result<(), XlsxError> {
    match cell {
        Cell::Empty => {}
        Cell::Whole(number) if number.unsigned_abs() <= EXACT => {
            sheet.write_number(row, column, *number as f64)?;
        }
        Cell::Number(number) => {
            sheet.write_number(row, column, *number)?;
        }
        Cell::Flag(yes) => {
            sheet.write_boolean(row, column, *yes)?;
        }
        // A text is never run as it stands, but would be once somebody edits its cell.
        Cell::Text(text) => {
            sheet.write_string(row, column, shorten(&guarded(text), LONGEST))?;
        }
        other => {
            sheet.write_string(row, column, other.plain())?;
        }
    }
    Ok(())
}
