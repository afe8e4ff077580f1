//! A short name in plain words for the category of a template.
use super::head::Head;
use super::token::Kind;
use std::ops::Range;

/// Longest title, in characters.
const LONGEST: usize = 120;

/// Longest text that is told as a whole, in bytes; of longer ones only the clause that names the fault.
const WHOLE: usize = 90;

/// Makes a title: who and what it was doing, then what went wrong. `told` is where the template names the fault.
pub(super) fn of(masked: &str, head: &Head<'_>, told: Option<Range<usize>>) -> String {
    let start = masked.len() - head.rest.len();
    let detail = start + detail(head.rest);
    let told = told.filter(|told| told.start >= detail);
    let what = match told {
        Some(told) if masked.len() - detail > WHOLE => clause(masked, detail, told),
        _ => masked.get(detail..).unwrap_or_default(),
    };
    let mut title = who(head);
    if !title.is_empty() {
        title.push_str(": ");
    }
    push_plain(&mut title, what.trim_matches([' ', ':', ',', ';', '.']));
    shorten(&mut title);
    if let Some(errno) = head.errno {
        title.push_str(&format!(" ({errno})"));
    }
    title
}

/// Rucio wraps what others said: where the innermost begins.
fn detail(text: &str) -> usize {
    const WRAPPED: &str = "Details: ";
    let mut end = text.len();
    while let Some(at) =
        text.as_bytes().get(..end).and_then(|text| text.iter().rposition(|byte| *byte == b'D'))
    {
        if text.get(at..).is_some_and(|text| text.starts_with(WRAPPED)) {
            return at + WRAPPED.len();
        }
        end = at;
    }
    0
}

/// Adds a text with plain words in the place of placeholders.
fn push_plain(title: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        let (before, after) = rest.split_at(at);
        title.push_str(before);
        let (said, length) =
            Kind::placeholder_of(after).map_or(("<", 1), |kind| (plain(kind), kind.placeholder().len()));
        title.push_str(said);
        rest = after.get(length..).unwrap_or_default();
    }
    title.push_str(rest);
}

fn who(head: &Head<'_>) -> String {
    let mut who = head.inner.or(head.scope).unwrap_or_default().replace('_', " ").to_ascii_lowercase();
    if let Some(first) = who.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    if let Some(step) = head.step {
        who.push(' ');
        who.push_str(&step.replace('_', " ").to_ascii_lowercase());
    }
    who
}

/// The part of a sentence that a phrase stands in.
fn clause(masked: &str, from: usize, told: Range<usize>) -> &str {
    let before = masked.get(from..told.start).unwrap_or_default();
    let after = masked.get(told.end..).unwrap_or_default();
    let start = [": ", ". ", "; ", ", ", "] "]
        .iter()
        .filter_map(|mark| before.rfind(mark).map(|at| from + at + mark.len()))
        .max()
        .unwrap_or(from);
    let end = [": ", ". ", "; ", ", ", " ["]
        .iter()
        .filter_map(|mark| after.find(mark))
        .min()
        .map_or(masked.len(), |at| told.end + at);
    masked.get(start..end).unwrap_or_default()
}

/// What people say for a placeholder.
const fn plain(kind: Kind) -> &'static str {
    match kind {
        Kind::Url => "a URL",
        Kind::Host => "a host",
        Kind::Path => "a file",
        Kind::Did => "a data identifier",
        Kind::Rse => "an RSE",
        Kind::Dn => "a certificate's name",
        Kind::User => "a user",
        Kind::Number => "n",
        Kind::Id => "an id",
        Kind::Time => "a time",
        Kind::Size => "a size",
        Kind::Checksum => "a checksum",
        Kind::Call => "a call",
        Kind::Step => "a step",
        Kind::Value => "a value",
    }
}

/// Cuts after a word.
fn shorten(title: &mut String) {
    let Some((limit, _)) = title.char_indices().nth(LONGEST) else { return };
    let end =
        title.get(..limit).and_then(|kept| kept.rfind(' ')).filter(|end| *end > limit / 2).unwrap_or(limit);
    title.truncate(end);
    title.push('…');
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn titles_are_plain_words() {
        for (message, title) in [
            ("SOURCE [2] HTTP 404 : File not found ", "Source: HTTP 404: File not found (2)"),
            (
                "TRANSFER [70] DESTINATION OVERWRITE srm-ifce err: Communication error on send, err: [SE][srmRm][] \
                 httpg://se.example.org:8443/srm/managerv2: CGSI-gSOAP running on fts1.example.org reports could not open \
                 connection to se.example.org:8443",
                "Destination overwrite: CGSI-gSOAP running on a host reports could not open connection to a host (70)",
            ),
            (
                "It is not available at the moment.\nDetails: It is unknown.\nDetails: DavPosix::unlink  HTTP 403 : refused",
                "DavPosix::unlink HTTP 403: refused",
            ),
            ("Replica davs://se.example.org/a/b is corrupted.", "Replica a URL is corrupted"),
            ("a < b", "a < b"),
            ("", "no message"),
        ] {
            assert_eq!(template("deletion", message).title, title);
        }
        assert!(template("transfer", &"word ".repeat(200)).title.chars().count() <= 200);
    }
}
