//! The head of a message: `SCOPE [errno] SIDE STEP text`, as FTS and gfal2 write it.

/// Words that open a message and say whom FTS blames.
const SCOPES: [&str; 6] = ["SOURCE", "DESTINATION", "TRANSFER", "STAGING", "DELETION", "GENERAL_FAILURE"];

/// What the head says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Head<'t> {
    /// Whom FTS blames.
    pub scope: Option<&'t str>,
    /// Number of the error.
    pub errno: Option<&'t str>,
    /// Whom gfal2 blames: the better witness.
    pub inner: Option<&'t str>,
    /// What it was doing, such as `OVERWRITE`.
    pub step: Option<&'t str>,
    /// What stands after the head.
    pub rest: &'t str,
}

/// Reads the head of a message.
#[must_use]
pub fn parse(text: &str) -> Head<'_> {
    let mut head = Head { rest: text.trim_start(), ..Head::default() };
    let (word, after) = first_word(head.rest);
    if SCOPES.contains(&word) {
        head.scope = Some(word);
        head.rest = after;
        if let Some((errno, after)) = bracketed(after) {
            head.errno = Some(errno);
            head.rest = after;
        }
        let (word, after) = first_word(head.rest);
        if matches!(word, "SOURCE" | "DESTINATION" | "TRANSFER") {
            head.inner = Some(word);
            head.rest = after;
        }
    }
    if head.scope.is_some() {
        let (word, after) = first_word(head.rest);
        if word.len() >= 4 && !matches!(word, "HTTP" | "ERROR" | "FATAL") && is_capitals(word) {
            head.step = Some(word);
            head.rest = after;
        }
    }
    head
}

impl Head<'_> {
    /// The side that the head blames, the inner one first.
    #[must_use]
    pub fn side(&self) -> Option<&'static str> {
        let named = |word: Option<&str>| match word {
            Some("SOURCE") => Some("source"),
            Some("DESTINATION") => Some("destination"),
            _ => None,
        };
        named(self.inner).or_else(|| named(self.scope)).or_else(|| self.step_side())
    }

    fn step_side(&self) -> Option<&'static str> {
        match self.step {
            Some("SRM_GET_TURL") => Some("source"),
            Some("SRM_PUT_TURL" | "MAKE_PARENT" | "OVERWRITE") => Some("destination"),
            _ => None,
        }
    }
}

fn is_capitals(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// The word at the start and what follows it; empty if it is no plain word.
fn first_word(text: &str) -> (&str, &str) {
    let end =
        text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let ends = rest.is_empty() || rest.starts_with(|letter: char| letter.is_whitespace() || letter == '[');
    if ends { (word, rest.trim_start()) } else { ("", text) }
}

/// `[70]`
fn bracketed(text: &str) -> Option<(&str, &str)> {
    let (number, rest) = text.strip_prefix('[')?.split_once(']')?;
    let digits = !number.is_empty() && number.len() <= 6 && number.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| (number, rest.trim_start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_inner_side_is_the_better_witness() {
        let head = parse("TRANSFER [110] DESTINATION OVERWRITE it failed");
        assert_eq!((head.scope, head.errno), (Some("TRANSFER"), Some("110")));
        assert_eq!((head.inner, head.step, head.rest), (Some("DESTINATION"), Some("OVERWRITE"), "it failed"));
        assert_eq!(head.side(), Some("destination"));
        assert_eq!(parse("DESTINATION [5] SOURCE CHECKSUM x").side(), Some("source"));
    }

    #[test]
    fn a_head_may_lack_its_parts() {
        for (text, side) in [
            ("SOURCE[70] x", Some("source")),
            ("DESTINATION OVERWRITE x", Some("destination")),
            ("TRANSFER [70] TRANSFER  x", None),
            ("TRANSFER [70] SRM_GET_TURL x", Some("source")),
            ("STAGING [5] x", None),
            ("Sources were lost", None),
            ("SOURCES [5] x", None),
            ("", None),
        ] {
            assert_eq!(parse(text).side(), side, "{text}");
        }
        assert_eq!(parse("TRANSFER ERROR: x").step, None);
    }
}
