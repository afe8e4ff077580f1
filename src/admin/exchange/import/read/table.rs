//! CSV, whatever stands between its cells.
use super::{Counted, Unreadable};
use crate::admin::exchange::cell::unguarded;
use csv::{ReaderBuilder, StringRecord};

/// What may stand between cells, likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

pub(super) fn read(text: &str, sink: &mut Counted<'_>) -> Result<(), Unreadable> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut number = 0;
    while reader.read_record(&mut record).map_err(|error| Unreadable(format!("This is not CSV: {error}.")))? {
        number += 1;
        if number == 1 {
            sink.headings(record.iter().map(|cell| unguarded(cell).to_owned()).collect())?;
        } else {
            sink.row(number, record.iter().map(|cell| Some(unguarded(cell).to_owned())).collect())?;
        }
    }
    Ok(())
}

/// The one that stands most often between the titles, outside quotes.
fn delimiter(text: &str) -> u8 {
    let mut counts = [0_usize; DELIMITERS.len()];
    let mut quoted = false;
    for byte in text.bytes() {
        if byte == b'\n' && !quoted {
            break;
        }
        quoted ^= byte == b'"';
        if let Some(at) = DELIMITERS.iter().position(|known| *known == byte).filter(|_| !quoted) {
            counts[at] += 1;
        }
    }
    let most = counts.iter().copied().max().unwrap_or_default();
    counts.iter().position(|count| *count == most).map_or(b',', |at| DELIMITERS[at])
}
