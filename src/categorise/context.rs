//! Decides by their neighbours what tokens are that looks alone do not tell: whether a number is a
//! code, where a date ends, which word is the argument of another.
use super::date::is_month;
use super::head::Head;
use super::token::{Class, Kind, Token};

/// Keys in lists whose values tell faults apart.
const TELLING: [&str; 12] = [
    "code", "errno", "error", "exit", "message", "msg", "protocol", "rc", "reason", "state", "status", "type",
];

/// SRM calls that are done in one step. The others ask for a file and poll, so one request shows
/// under several names; which way it goes stands in the head.
const PLAIN_CALLS: [&str; 14] = [
    "AbortFiles",
    "AbortRequest",
    "GetPermission",
    "GetSpaceMetaData",
    "GetSpaceTokens",
    "Ls",
    "Mkdir",
    "Mv",
    "Ping",
    "PutDone",
    "ReleaseFiles",
    "Rm",
    "Rmdir",
    "SetPermission",
];

/// Words after which a word is their argument.
const ARGUMENT_OF: [&str; 2] = ["algorithm", "function"];

/// Tokens that a value may have at most.
const LONGEST_VALUE: usize = 16;

/// Gives every number its class, and joins what belongs together.
pub(super) fn resolve(text: &str, tokens: &mut [Token], head: &Head<'_>) {
    let mut context = Context { text, tokens, head, depth: 0, codes: Vec::new() };
    for at in 0..context.tokens.len() {
        context.visit(at);
    }
}

pub(super) struct Context<'t, 'h> {
    text: &'t str,
    pub(super) tokens: &'h mut [Token],
    pub(super) head: &'h Head<'t>,
    /// How many brackets are open.
    depth: usize,
    /// Reply codes seen, of three digits.
    pub(super) codes: Vec<&'t str>,
}

impl<'t> Context<'t, '_> {
    fn visit(&mut self, at: usize) {
        match self.class(at) {
            Class::Mark => self.mark(at),
            Class::Word => self.word(at),
            Class::Number => self.number(at),
            Class::Code => self.remember(at),
            Class::Variable(Kind::Time) => self.date(at),
            _ => {}
        }
        // What looked like a word may be the value of a pair all the same.
        if matches!(self.class(at), Class::Word | Class::Variable(Kind::Number | Kind::Id)) {
            self.argument(at);
        }
    }

    pub(super) fn class(&self, at: usize) -> Class {
        self.tokens.get(at).map_or(Class::Joined, |token| token.class)
    }

    pub(super) fn set(&mut self, at: usize, class: Class) {
        if let Some(token) = self.tokens.get_mut(at) {
            token.class = class;
        }
    }

    pub(super) fn text(&self, at: usize) -> &'t str {
        self.tokens.get(at).map_or("", |token| token.text(self.text))
    }

    pub(super) fn is_mark(&self, at: usize, mark: &str) -> bool {
        self.class(at) == Class::Mark && self.text(at) == mark
    }

    pub(super) fn is_blank(&self, at: usize) -> bool {
        matches!(self.class(at), Class::Blank)
    }

    /// Makes one token of several.
    pub(super) fn join(&mut self, from: usize, to: usize, class: Class) {
        let Some(end) = self.tokens.get(to).map(|token| token.end) else { return };
        if let Some(first) = self.tokens.get_mut(from) {
            first.end = end;
            first.class = class;
        }
        for at in from + 1..=to {
            self.set(at, Class::Joined);
        }
    }

    /// The nearest token before that is neither blank nor quote nor one of these marks.
    pub(super) fn before(&self, at: usize, skipped: &str) -> Option<usize> {
        let mut at = at;
        for _ in 0..6 {
            at = at.checked_sub(1)?;
            match self.class(at) {
                Class::Blank | Class::Quote | Class::Joined => {}
                Class::Mark if skipped.contains(self.text(at)) => {}
                _ => return Some(at),
            }
        }
        None
    }

    pub(super) fn word_before(&self, at: usize, skipped: &str) -> &'t str {
        self.before(at, skipped).filter(|at| self.class(*at) == Class::Word).map_or("", |at| self.text(at))
    }

    pub(super) fn remember(&mut self, at: usize) {
        let code = self.text(at);
        if code.len() == 3 && self.codes.len() < 8 && !self.codes.contains(&code) {
            self.codes.push(code);
        }
    }

    // --- Marks ---

    fn mark(&mut self, at: usize) {
        match self.text(at) {
            "[" | "(" | "{" => self.depth += 1,
            "]" | ")" | "}" => self.depth = self.depth.saturating_sub(1),
            "=" if self.is_mark(at.wrapping_sub(1), "!") => self.unequal(at),
            "=" if self.depth > 0 => self.setting(at),
            _ => {}
        }
    }

    /// `ad0c1b2e != 12345678`: two checksums.
    fn unequal(&mut self, at: usize) {
        let left = self.before(at, "!");
        let right = (at + 1..at + 4).find(|next| !matches!(self.class(*next), Class::Blank | Class::Quote));
        for side in [left, right].into_iter().flatten() {
            let text = self.text(side);
            let known = matches!(
                self.class(side),
                Class::Word | Class::Number | Class::Variable(Kind::Id | Kind::Number)
            );
            if known && (5..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                self.set(side, Class::Variable(Kind::Checksum));
            }
        }
    }

    /// `[net=…, store=…]`: a value that tells no faults apart, up to the next comma or bracket.
    fn setting(&mut self, at: usize) {
        let key = self.word_before(at, "");
        if key.is_empty() || is_in(key, &TELLING) {
            return;
        }
        for end in at + 1..at + 1 + LONGEST_VALUE {
            if self.class(end) != Class::Mark {
                continue;
            }
            match self.text(end) {
                "," | ";" | "]" | ")" | "}" => return self.join(at, end - 1, Class::Setting),
                "[" | "(" | "{" | "=" => return,
                _ => {}
            }
        }
    }

    // --- Words ---

    fn word(&mut self, at: usize) {
        let word = self.text(at);
        if word == "SE" && self.is_mark(at + 1, "]") && self.is_mark(at + 2, "[") && self.is_mark(at + 4, "]")
        {
            self.call(at + 3);
        } else if word == "got"
            && self.is_blank(at + 1)
            && self.text(at + 2) == "a"
            && self.text(at + 4).starts_with("SIG")
        {
            self.step(self.before(at, ""));
        } else if word == "from" && self.word_before(at, "") == "code" && self.is_mark(at + 4, "(") {
            self.step(Some(at + 2));
        } else if is_checksum_name(word) {
            self.checksum(at);
        } else if is_month(word) {
            self.date(at);
        }
    }

    fn call(&mut self, at: usize) {
        let directed = self.head.side().is_some() || self.head.scope == Some("STAGING");
        let call = self.text(at);
        let call = call.strip_prefix("srm").unwrap_or(call);
        if directed && self.class(at) == Class::Word && !PLAIN_CALLS.contains(&call) {
            self.set(at, Class::Variable(Kind::Call));
        }
    }

    fn step(&mut self, at: Option<usize>) {
        if let Some(at) = at
            && matches!(self.class(at), Class::Word | Class::Variable(Kind::Id))
        {
            self.set(at, Class::Variable(Kind::Step));
        }
    }

    /// `adler32:ad0c1b2e`, `checksum 12345678`
    fn checksum(&mut self, at: usize) {
        let after = (at + 1..at + 5).find(|next| match self.class(*next) {
            Class::Blank | Class::Quote => false,
            Class::Mark => !matches!(self.text(*next), ":" | "=" | "("),
            _ => true,
        });
        let Some(after) = after else { return };
        let text = self.text(after);
        let long = matches!(text.len(), 7..=8 | 32 | 40 | 64 | 128);
        if long
            && text.bytes().all(|byte| byte.is_ascii_hexdigit())
            && text.bytes().any(|byte| byte.is_ascii_digit())
        {
            self.set(after, Class::Variable(Kind::Checksum));
        }
    }

    /// The value of a pair in a list, `Run: 284500; Event: unknown;`, and of a key that has an argument.
    fn argument(&mut self, at: usize) {
        let (first, last) = if self.is_mark(at.wrapping_sub(1), "<") && self.is_mark(at + 1, ">") {
            (at - 1, at + 1)
        } else {
            (at, at)
        };
        if !(first >= 2 && self.is_blank(first - 1) && self.is_mark(first - 2, ":")) {
            return;
        }
        let text = self.text(at);
        let keyed = is_in(self.word_before(first, ":"), &ARGUMENT_OF);
        let varies = first < last
            || self.class(at) != Class::Word
            || matches!(text, "unknown" | "none" | "None" | "null" | "NULL")
            || text.contains('_')
            || text.bytes().skip(1).any(|byte| byte.is_ascii_uppercase())
                && text.bytes().any(|b| b.is_ascii_lowercase());
        if keyed || varies && self.is_mark(last + 1, ";") {
            self.join(first, last, Class::Variable(Kind::Value));
        }
    }
}

pub(super) fn is_in(word: &str, words: &[&str]) -> bool {
    !word.is_empty() && words.iter().any(|known| known.eq_ignore_ascii_case(word))
}

fn is_checksum_name(word: &str) -> bool {
    matches!(word.len(), 3..=13)
        && matches!(word.as_bytes().first(), Some(b'a' | b'A' | b'c' | b'C' | b'm' | b'M' | b's' | b'S'))
        && ["adler32", "md5", "crc32", "crc32c", "sha1", "sha256", "checksum", "checksumvalue"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn neighbours_tell_what_looks_do_not() {
        for (message, masked) in [
            ("do not match ad0c1b2e != 12345678", "do not match <CHECKSUM> != <CHECKSUM>"),
            (
                "adler32:0a1b2c3d md5 = d41d8cd98f00b204e9800998ecf8427e",
                "adler32:<CHECKSUM> md5 = <CHECKSUM>",
            ),
            (
                "online for [net=192.0.2.1, store=a:b @ osm, cache=, rc=5, state=FULL]",
                "online for [net=<VALUE>, store=<VALUE>, cache=<VALUE>, rc=5, state=FULL]",
            ),
            (
                "Run: 284500; Evt: unknown; Current algorithm: jets; Current Function: unknown",
                "Run: <VALUE>; Evt: <VALUE>; Current algorithm: <VALUE>; Current Function: <VALUE>",
            ),
            ("Run: 1; Current algorithm: <NONE>", "Run: <VALUE>; Current algorithm: <VALUE>"),
            ("SOURCE [70] [SE][PrepareToGet][] x", "SOURCE [70] [SE][<CALL>][] x"),
            ("SOURCE [70] [SE][Ls][] x", "SOURCE [70] [SE][Ls][] x"),
            ("[SE][PrepareToGet][] x", "[SE][PrepareToGet][] x"),
            ("read 512 bytes of 1.5 GB", "read <SIZE> of <SIZE>"),
        ] {
            assert_eq!(template("transfer", message).text, masked, "{message}");
        }
    }
}
