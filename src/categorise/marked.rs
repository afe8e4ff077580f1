//! A message with its variable parts marked, for a page.
use super::clean::{LONGEST, is_cut};
use super::ending;
use super::template::tokens;
use super::token::{Class, Kind};

/// Part of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part<'t> {
    /// The text as it stands in the message.
    pub text: &'t str,
    /// What it is, if it is variable; other messages of the category have something else there.
    pub kind: Option<Kind>,
}

impl Part<'_> {
    /// Whether the part differs from message to message.
    #[must_use]
    pub const fn is_variable(&self) -> bool {
        self.kind.is_some()
    }
}

/// Splits a cleaned message into fixed and variable parts, the same that its template has placeholders for. The parts
/// together are the message.
#[must_use]
pub fn marked(text: &str) -> Vec<Part<'_>> {
    let end = text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let looked_at = text.get(..end).unwrap_or_default();
    let mut tokens = tokens(looked_at);
    ending::settle(looked_at, &mut tokens, is_cut(looked_at));
    let mut parts = Vec::new();
    let mut fixed = 0;
    for token in &tokens {
        let (start, kind) = match token.class {
            Class::Variable(kind) => (token.start, kind),
            // The equals sign stays.
            Class::Setting => (token.start + 1, Kind::Value),
            _ => continue,
        };
        push(&mut parts, text, fixed, start, None);
        push(&mut parts, text, start, token.end, Some(kind));
        fixed = token.end;
    }
    push(&mut parts, text, fixed, text.len(), None);
    parts
}

fn push<'t>(parts: &mut Vec<Part<'t>>, text: &'t str, start: usize, end: usize, kind: Option<Kind>) {
    if let Some(text) = text.get(start..end).filter(|text| !text.is_empty()) {
        parts.push(Part { text, kind });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(text: &str) -> String {
        let draw = |part: &Part<'_>| {
            if part.is_variable() { format!("«{}»", part.text) } else { part.text.to_owned() }
        };
        marked(text).iter().map(draw).collect()
    }

    #[test]
    fn variable_parts_are_marked_and_the_rest_stays() {
        assert_eq!(
            drawn("SOURCE [70]  lost 'se.example.org:443' after 3 attempts,  [net=1.2.3.4, cache=] HTTP 404"),
            "SOURCE [70]  lost '«se.example.org:443»' after «3» attempts,  [net=«1.2.3.4», cache=] HTTP 404"
        );
        assert_eq!(drawn("since May 6 07:08:09 2024!"), "since «May 6 07:08:09 2024»!");
        assert_eq!(drawn(""), "");
    }

    #[test]
    fn what_is_beyond_the_limit_is_fixed() {
        let text = "1 ".repeat(LONGEST);
        let parts = marked(&text);
        assert_eq!(parts.iter().map(|part| part.text).collect::<String>(), text);
        assert!(!parts.last().is_some_and(Part::is_variable));
    }
}
