//! Bytes as text.
use encoding_rs::{Encoding, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// The text, and what to say about how it was read.
pub(super) fn decode(bytes: Vec<u8>) -> (String, Vec<String>) {
    if let Some((encoding, length)) = Encoding::for_bom(&bytes) {
        return with(encoding, &bytes[length..]);
    }
    if let Some(encoding) = sixteen(&bytes) {
        return with(encoding, &bytes);
    }
    match String::from_utf8(bytes) {
        Ok(text) => (text, Vec::new()),
        Err(error) => {
            let (text, _, _) = WINDOWS_1252.decode(error.as_bytes());
            let note = "The file is not in UTF-8; it was read as Latin-1 (Windows-1252). See below whether letters \
                        with accents are right; if not, save the file as UTF-8.";
            (text.into_owned(), vec![note.to_owned()])
        }
    }
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> (String, Vec<String>) {
    let (text, broken) = encoding.decode_without_bom_handling(bytes);
    let note = broken.then(|| {
        format!(
            "Some letters of the file are broken ({}); they were replaced by “\u{fffd}”.",
            encoding.name()
        )
    });
    (text.into_owned(), note.into_iter().collect())
}

/// UTF-16 without a mark: of its first letters, which are titles, every other byte is 0.
fn sixteen(bytes: &[u8]) -> Option<&'static Encoding> {
    let start = &bytes[..bytes.len().min(16) & !1];
    let zero =
        |offset: usize| !start.is_empty() && start.iter().skip(offset).step_by(2).all(|byte| *byte == 0);
    match (zero(0), zero(1)) {
        (true, false) => Some(UTF_16BE),
        (false, true) => Some(UTF_16LE),
        _ => None,
    }
}
