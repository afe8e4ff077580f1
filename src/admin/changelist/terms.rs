//! What people type into a search box: words that must all match, `"quoted phrases"` and
//! `'single quotes'`, with a backslash before a quote that is meant literally.

/// Longest search that is looked at, in characters.
const LONGEST: usize = 400;
/// Most words that are looked at.
const MOST: usize = 12;

/// What to look for, and what was left out of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Each must match.
    pub words: Vec<String>,
    /// What to tell the person about the rest.
    pub note: Option<String>,
}

/// Reads what was typed. A quote without its partner is an ordinary character.
#[must_use]
pub fn parse(text: &str) -> Terms {
    if text.contains('\0') {
        return Terms {
            words: Vec::new(),
            note: Some("The search contained a NUL character, which no text has; it was not used.".into()),
        };
    }
    let mut note = None;
    let letters: Vec<char> = text.chars().take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        note = Some(format!("Only the first {LONGEST} characters of the search were used."));
    }
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        let (word, next) = match letters[at] {
            letter if letter.is_whitespace() => (String::new(), at + 1),
            quote @ ('"' | '\'') => phrase(&letters, at + 1, quote).unwrap_or_else(|| word(&letters, at)),
            _ => word(&letters, at),
        };
        at = next;
        if !word.trim().is_empty() && !words.contains(&word) {
            words.push(word);
        }
    }
    if words.len() > MOST {
        words.truncate(MOST);
        note = Some(format!("Only the first {MOST} words of the search were used."));
    }
    Terms { words, note }
}

/// The phrase up to the closing quote, which stands at the end of a word.
fn phrase(letters: &[char], start: usize, quote: char) -> Option<(String, usize)> {
    let mut text = String::new();
    let mut at = start;
    while at < letters.len() {
        match letters[at] {
            '\\' if letters.get(at + 1) == Some(&quote) => {
                text.push(quote);
                at += 2;
            }
            letter if letter == quote && letters.get(at + 1).is_none_or(|next| next.is_whitespace()) => {
                return Some((text, at + 1));
            }
            letter if letter == quote => return None,
            letter => {
                text.push(letter);
                at += 1;
            }
        }
    }
    None
}

fn word(letters: &[char], start: usize) -> (String, usize) {
    let word: String = letters[start..].iter().take_while(|letter| !letter.is_whitespace()).collect();
    let end = start + word.chars().count();
    (word, end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_and_phrases_are_told_apart_as_django_does() {
        let table: &[(&str, &[&str])] = &[
            ("", &[]),
            ("  CERN   msg ", &["CERN", "msg"]),
            (r#""Connection limit exceeded" WT2"#, &["Connection limit exceeded", "WT2"]),
            (r#""John Doe" John"#, &["John Doe", "John"]),
            (r"'John O\'Hara'", &["John O'Hara"]),
            (r"'John O'Hara'", &["'John", "O'Hara'"]),
            (r#""open"#, &["\"open"]),
            ("100% _x", &["100%", "_x"]),
            ("a a a", &["a"]),
        ];
        for (text, words) in table {
            assert_eq!(parse(text).words, *words, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_gives_bounded_terms(text in ".{0,600}") {
            let terms = parse(&text);
            prop_assert!(terms.words.len() <= MOST);
            prop_assert!(terms.words.iter().all(|word| word.chars().count() <= LONGEST));
        }
    }
}
