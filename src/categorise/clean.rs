//! Makes text of bytes, and says how much of a message counts.
use std::borrow::Cow;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Longest message that is looked at, in characters; the rest is cut off.
pub const LONGEST: usize = 4096;

/// Lengths at which sources cut their texts, in characters: monitoring's aggregation of terms, PanDA, FTS. Those that
/// trim the ends lose one more at most.
const CUTS: [std::ops::RangeInclusive<usize>; 3] = [255..=256, 499..=500, 1023..=1024];

/// Makes a message of bytes: what is no UTF-8 becomes U+FFFD, control characters and what hides or turns text become
/// blanks, letters are composed (NFC), and what is longer than 4096 characters is cut off.
///
/// Blanks are left as they are, so that the length still tells whether the source had cut the text.
#[must_use]
pub fn clean(bytes: &[u8]) -> String {
    // No character is longer than four bytes.
    let bytes = bytes.get(..LONGEST * 4).unwrap_or(bytes);
    tidy(&String::from_utf8_lossy(bytes)).into_owned()
}

/// The same for what is text already.
pub(super) fn tidy(text: &str) -> Cow<'_, str> {
    // To the end in any case, which is faster than to stop at the first.
    let plain = |plain: bool, byte: u8| plain & matches!(byte, b' '..=b'[' | b']'..=b'~');
    if text.len() <= LONGEST && text.bytes().fold(true, plain) {
        return Cow::Borrowed(text);
    }
    let text = text.char_indices().nth(LONGEST).and_then(|(end, _)| text.get(..end)).unwrap_or(text);
    let text = unescaped(text);
    let letters = text.chars().map(|letter| if is_unwanted(letter) { ' ' } else { letter });
    let text: String = letters.collect();
    if text.is_ascii() || is_nfc_quick(text.chars()) == IsNormalized::Yes {
        return Cow::Owned(text);
    }
    Cow::Owned(text.nfc().take(LONGEST).collect())
}

/// Some sources print line breaks as `\n` or as `\`: blanks instead, as many, so that the length stays.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            plain.push(letter);
            continue;
        }
        plain.push(' ');
        let mut ahead = letters.clone();
        let escape = matches!(ahead.next(), Some('n' | 'r' | 't'));
        if escape && !ahead.next().is_some_and(char::is_lowercase) {
            letters.next();
            plain.push(' ');
        }
    }
    Cow::Owned(plain)
}

/// Control characters, white space other than a blank, and format characters, which hide or turn the text around them.
fn is_unwanted(letter: char) -> bool {
    letter.is_control()
        || letter.is_whitespace()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Whether the source has cut the text, to judge by its length.
pub(super) fn is_cut(text: &str) -> bool {
    // No text has more characters than bytes.
    if text.len() < *CUTS[0].start() {
        return false;
    }
    let length = text.chars().take(LONGEST).count();
    length >= LONGEST || CUTS.iter().any(|cut| cut.contains(&length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_become_text_whatever_they_are() {
        assert_eq!(clean(b"no\xffsuch\x00file\r\n"), "no\u{fffd}such file  ");
        assert_eq!(clean(br"moment.\nDetails: \Details: C:\new"), "moment.  Details:  Details: C: new");
        assert_eq!(clean("caf\u{65}\u{301}\u{202e}".as_bytes()), "caf\u{e9} ");
        assert_eq!(clean(&[b'a'; 20_000]).len(), LONGEST);
    }

    #[test]
    fn a_text_as_long_as_a_limit_is_cut() {
        for (length, cut) in [(0, false), (254, false), (256, true), (500, true), (501, false), (1024, true)]
        {
            assert_eq!(is_cut(&"a".repeat(length)), cut, "{length}");
        }
        assert!(is_cut(&"ä".repeat(256)));
    }
}
