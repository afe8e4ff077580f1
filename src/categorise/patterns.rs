//! Patterns that people write: tried before templates, in their order, all in one automaton.
use super::clean::tidy;
use super::token::Kind;
use regex::{RegexBuilder, RegexSet, RegexSetBuilder};

/// Longest pattern, in characters.
pub const LONGEST_PATTERN: usize = 512;

/// Largest pattern, compiled, in bytes.
const LARGEST: usize = 512 * 1024;

/// Largest set of patterns, compiled, in bytes.
const LARGEST_SET: usize = 256 * 1024 * 1024;

/// Patterns of categories, ready to be looked for.
#[derive(Clone, Debug, Default)]
pub struct Patterns {
    set: RegexSet,
    /// Category of each pattern of the set, in the order in which they are tried.
    categories: Vec<i64>,
    refused: Vec<(i64, String)>,
}

/// The patterns as a whole cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "The patterns together are too large. Remove the ones that are not needed, or shorten repetitions in them."
)]
pub struct PatternError;

impl Patterns {
    /// Compiles the patterns of categories, each with its category and priority. One that [`check_pattern`] refuses
    /// is left out, see [`Patterns::refused`]; the others work.
    ///
    /// # Errors
    ///
    /// All of them together are too large.
    pub fn new<'p>(patterns: impl IntoIterator<Item = (i64, i32, &'p str)>) -> Result<Self, PatternError> {
        let mut patterns: Vec<_> = patterns.into_iter().collect();
        patterns.sort_by_key(|(category, priority, _)| (*priority, *category));
        let mut refused = Vec::new();
        patterns.retain(|(category, _, pattern)| match check_pattern(pattern) {
            Ok(()) => true,
            Err(why) => {
                refused.push((*category, why));
                false
            }
        });
        let set = RegexSetBuilder::new(patterns.iter().map(|(_, _, pattern)| pattern))
            .size_limit(LARGEST_SET)
            .dfa_size_limit(16 * 1024 * 1024)
            .build()
            .map_err(|_| PatternError)?;
        let categories = patterns.iter().map(|(category, _, _)| *category).collect();
        Ok(Self { set, categories, refused })
    }

    /// Category of the first pattern found in a cleaned message: by priority, then by category.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<i64> {
        let found = self.set.matches(text).iter().next();
        found.and_then(|index| self.categories.get(index)).copied()
    }

    /// Categories whose pattern is not used, and why.
    #[must_use]
    pub fn refused(&self) -> &[(i64, String)] {
        &self.refused
    }

    /// How many patterns are used.
    #[must_use]
    pub fn len(&self) -> usize {
        self.categories.len()
    }

    /// Whether no pattern is used.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.categories.is_empty()
    }
}

/// Whether a pattern can be used.
///
/// # Errors
///
/// A sentence that says what to do.
pub fn check_pattern(pattern: &str) -> Result<(), String> {
    if pattern.trim().is_empty() {
        return Err("The pattern is empty; write the words that the messages have in common.".into());
    }
    if pattern.chars().count() > LONGEST_PATTERN {
        return Err(format!(
            "The pattern is longer than {LONGEST_PATTERN} characters; keep what tells the fault."
        ));
    }
    match RegexBuilder::new(pattern).size_limit(LARGEST).build() {
        Ok(regex) if regex.is_match("") => {
            Err("The pattern matches every message, even an empty one; write at least one word that must be there."
                .into())
        }
        Ok(_) => Ok(()),
        Err(regex::Error::CompiledTooBig(_)) => {
            Err("The pattern is too large when compiled; use smaller numbers in {…} and fewer of them.".into())
        }
        Err(error) => Err(explain(pattern, &error.to_string())),
    }
}

/// What people have to do about a pattern that does not compile.
fn explain(pattern: &str, error: &str) -> String {
    if ["(?=", "(?!", "(?<=", "(?<!"].iter().any(|look| pattern.contains(look)) {
        return "Look-around, (?=…) and the like, is not supported, since it can take for ever; \
                write the words around it instead, or give the category that must win a lower priority."
            .into();
    }
    if error.contains("backreferences") {
        return "Back-references, \\1 and the like, are not supported, since they can take for ever; \
                write the words out."
            .into();
    }
    // The last line names the fault; those before it draw it under the pattern.
    let reason = error.lines().last().unwrap_or_default().trim_start_matches("error: ");
    format!("The pattern does not compile: {reason}. Put a backslash before signs that are meant literally.")
}

/// A pattern for messages that have the words of an example, next to each other and in this order; how much white space
/// is between them does not matter, nor do quotes where the example has some.
#[must_use]
pub fn phrase(text: &str) -> String {
    let text = tidy(text);
    let mut pattern = String::new();
    let mut rest = text.trim_matches(is_gap);
    while !rest.is_empty() {
        let (word, after) = rest.split_at(rest.find(is_gap).unwrap_or(rest.len()));
        let (gap, next) = after.split_at(after.find(|letter| !is_gap(letter)).unwrap_or(after.len()));
        let word = escape(word);
        if pattern.chars().count() + word.chars().count() + BOUNDS > LONGEST_PATTERN {
            break;
        }
        pattern.push_str(&word);
        if !next.is_empty() {
            pattern.push_str(if gap.contains(is_quote) { BLANK_OR_QUOTE } else { BLANK });
        }
        rest = next;
    }
    // What did not fit in leaves a gap behind.
    let end = [BLANK, BLANK_OR_QUOTE]
        .iter()
        .find_map(|gap| pattern.strip_suffix(gap))
        .map_or(pattern.len(), str::len);
    pattern.truncate(end);
    bounded(pattern)
}

/// At the end, a point or a quote does not matter, nor what a cut has left of the last word.
const END: &str = r".{0,3}\S*$";

/// Between two words.
const BLANK: &str = r"\s+";

/// Between two words, where some sources drop quotes.
const BLANK_OR_QUOTE: &str = r#"[\s"']+"#;

/// Room for the bounds and the last gap.
const BOUNDS: usize = 12;

fn is_gap(letter: char) -> bool {
    letter.is_whitespace() || is_quote(letter)
}

const fn is_quote(letter: char) -> bool {
    matches!(letter, '"' | '\'')
}

/// Keeps `HTTP 40` from matching `HTTP 403`.
fn bounded(mut pattern: String) -> String {
    if pattern.ends_with(|letter: char| letter.is_ascii_alphanumeric()) {
        pattern.push_str(r"\b");
    }
    if pattern.starts_with(|letter: char| letter.is_ascii_alphanumeric()) {
        pattern.insert_str(0, r"\b");
    }
    pattern
}

/// Only what must be: `regex::escape` puts a backslash before dashes and the like, too.
fn escape(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len() + 8);
    for letter in word.chars() {
        if matches!(
            letter,
            '.' | '+' | '*' | '?' | '(' | ')' | '|' | '[' | ']' | '{' | '}' | '^' | '$' | '\\'
        ) {
            escaped.push('\\');
        }
        escaped.push(letter);
    }
    escaped
}

/// A pattern for the messages of a template, from end to end: words and codes as they are, anything without blanks in
/// the place of a placeholder. Of a template too long for a pattern, the beginning.
#[must_use]
pub fn pattern_from_template(template: &str) -> String {
    let mut pattern = String::from("^.{0,2}");
    let mut rest = template;
    let mut loose = false;
    while !rest.is_empty() {
        let (piece, length) = next_piece(rest, loose);
        if pattern.chars().count() + piece.chars().count() + END.len() > LONGEST_PATTERN {
            return pattern;
        }
        loose |= rest.get(..length).is_some_and(|taken| taken.contains('…'));
        pattern.push_str(&piece);
        rest = rest.get(length..).unwrap_or_default();
    }
    if !loose {
        pattern.push_str(END);
    }
    pattern
}

/// The pattern for what the template begins with, and how much of it that is. `loose` is what stands after the
/// ellipsis: there, anything may be between the words, and capitals do not matter.
fn next_piece(template: &str, loose: bool) -> (String, usize) {
    if let Some(kind) = Kind::placeholder_of(template) {
        return (wildcard(kind).to_owned(), kind.placeholder().len());
    }
    let word = template.find(|letter: char| !is_word(letter)).unwrap_or(template.len());
    if let Some(word) = template.get(..word).filter(|word| !word.is_empty()) {
        let code = word.bytes().all(|byte| byte.is_ascii_digit());
        return (if code { format!(r"\b{word}\b") } else { word.to_owned() }, word.len());
    }
    let end = template
        .char_indices()
        .find(|(at, letter)| is_word(*letter) || template.get(*at..).and_then(Kind::placeholder_of).is_some())
        .map_or(template.len(), |(at, _)| at);
    let marks = template.get(..end).unwrap_or_default();
    let gap = if marks.contains('…') {
        "(?i).*".to_owned()
    } else if loose {
        ".*".to_owned()
    } else if marks == " " {
        BLANK_OR_QUOTE.to_owned()
    } else if is_line(marks) {
        ".+".to_owned()
    } else {
        // Sources differ in blanks, quotes and points around signs.
        format!(".{{1,{}}}", marks.chars().count() + 3)
    };
    (gap, end)
}

/// `===`: three stand for any number.
fn is_line(marks: &str) -> bool {
    let marks = marks.trim().as_bytes();
    marks.windows(3).any(|three| three.first() == three.get(1) && three.get(1) == three.get(2))
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// What a placeholder stands for.
const fn wildcard(kind: Kind) -> &'static str {
    match kind {
        Kind::Value => r"[^;\]]*",
        Kind::Dn | Kind::Time => ".+?",
        Kind::Number => r"[-\d.,]+",
        Kind::Size => r"[\d.,]+ ?\w+",
        _ => r"\S+",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::categorise::{clean, template};

    #[test]
    fn the_first_by_priority_wins_then_the_oldest() {
        let patterns =
            Patterns::new([(3, 10, "busy"), (1, 100, "Service busy"), (2, 10, "Service"), (9, 5, "never")])
                .unwrap();
        assert_eq!(patterns.find("421 Service busy"), Some(2));
        assert_eq!(patterns.find("it is busy"), Some(3));
        assert_eq!(patterns.find("BUSY"), None);
        assert_eq!(Patterns::default().find("x"), None);
    }

    #[test]
    fn a_broken_pattern_does_not_disable_the_others() {
        let patterns = Patterns::new([(1, 1, "(broken"), (2, 1, "(?=ahead)x"), (3, 1, "works")]).unwrap();
        assert_eq!(patterns.find("it works"), Some(3));
        assert_eq!(patterns.refused().iter().map(|(category, _)| *category).collect::<Vec<_>>(), [1, 2]);
        assert_eq!((patterns.len(), patterns.is_empty()), (1, false));
    }

    #[test]
    fn refusals_say_what_to_do() {
        for (pattern, part) in [
            ("", "write the words"),
            ("  ", "write the words"),
            ("a*", "at least one word"),
            ("(?!a)b", "Look-around"),
            ("(?<=a)b", "Look-around"),
            (r"(a)\1", "Back-references"),
            ("a{1000}{1000}{1000}", "too large"),
            (r"[\w\s]{500}{50}", "too large"),
            ("(a", "backslash"),
            ("[SE][Ls][", "backslash"),
        ] {
            let why = check_pattern(pattern).unwrap_err();
            assert!(why.contains(part), "{pattern}: {why}");
            assert!(!why.contains('\n'), "{why}");
        }
        assert!(check_pattern(&"a".repeat(513)).unwrap_err().contains("512"));
        assert_eq!(check_pattern(r"HTTP 50[0-9]\b"), Ok(()));
    }

    #[test]
    fn a_phrase_finds_its_words_in_their_order() {
        let patterns = [
            phrase("DavPosix::unlink  HTTP 403 : Permission refused"),
            phrase(r"at the moment.\Details: It is unknown.\Details: (a|b)"),
            phrase("[SE][Mkdir][SRM_FAILURE]"),
        ];
        for pattern in &patterns {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
        }
        let patterns =
            Patterns::new((1..).zip(&patterns).map(|(id, pattern)| (id, 100, pattern.as_str()))).unwrap();
        for (message, found) in [
            ("Details: DavPosix::unlink HTTP 403 :\n Permission refused ", Some(1)),
            ("DavPosix::unlink HTTP 403: Permission refused", None),
            ("DavPosix::unlink HTTP 403 : Permission refusedly", None),
            ("at the moment.\nDetails: It is unknown.\\nDetails: (a|b)", Some(2)),
            ("err: [SE][Mkdir][SRM_FAILURE] x", Some(3)),
        ] {
            assert_eq!(patterns.find(&clean(message.as_bytes())), found, "{message}");
        }
        assert!(phrase(&"word ".repeat(1000)).chars().count() <= LONGEST_PATTERN);
        assert_eq!(phrase("  "), "");
    }

    #[test]
    fn the_pattern_of_a_template_finds_what_the_template_stands_for() {
        let messages = [
            "SOURCE [70] could not open connection to se.example.org:8443",
            "TRANSFER [5] No read pools for [net=192.0.2.1, store=a:b @ osm, cache=, linkgroup=]].",
            "Deletion of mc16_13TeV:AOD.123456._000001.pool.root.1 as davs://se.example.org/a on EXAMPLE_DATADISK",
            "user /DC=org/CN=Some Body failed at 2024-05-06 07:08:09 after 512 bytes (exit code 65)",
            "The \"door\" said: ==== 403 Forbidden",
            "Grüße aus der Tür 17",
        ];
        let patterns: Vec<String> = messages
            .iter()
            .map(|message| pattern_from_template(&template("transfer", message).text))
            .collect();
        for (message, pattern) in messages.iter().zip(&patterns) {
            assert_eq!(check_pattern(pattern), Ok(()), "{pattern}");
            let one = Patterns::new([(1, 1, pattern.as_str())]).unwrap();
            for other in messages {
                assert_eq!(
                    one.find(&clean(other.as_bytes())).is_some(),
                    *message == other,
                    "{pattern} {other}"
                );
            }
        }
        let code = pattern_from_template("HTTP 403: refused");
        let code = Patterns::new([(1, 1, code.as_str())]).unwrap();
        assert_eq!(code.find("HTTP 403 : refused"), Some(1));
        assert_eq!(code.find("HTTP 4030: refused"), None);
    }

    #[test]
    fn the_pattern_of_a_long_template_is_short_enough() {
        let template = template("transfer", &"some <b>word</b> and 17 more; ".repeat(40));
        let pattern = pattern_from_template(&template.text);
        assert!(pattern.chars().count() <= LONGEST_PATTERN);
        assert_eq!(check_pattern(&pattern), Ok(()));
    }
}
