//! Splits a message into tokens by what they look like, in one pass.
//!
//! The masks are those that the literature finds to matter more than the parser behind them
//! ("Preprocessing is All You Need", arXiv 2412.05254), written as a scanner instead of a list of
//! regular expressions: each byte is looked at a bounded number of times, whatever the text.
use super::host::is_ipv6;
use super::shape;
use super::token::{Class, Kind, Token};

/// Longest distinguished name, in bytes.
const LONGEST_NAME: usize = 300;

/// Splits a text; the tokens follow each other without a gap.
pub(super) fn scan(text: &str) -> Vec<Token> {
    let mut scanner = Scanner { bytes: text.as_bytes(), tokens: Vec::with_capacity(text.len() / 3 + 8) };
    let mut at = 0;
    while at < text.len() {
        at = scanner.next(at);
    }
    scanner.tokens
}

pub(super) struct Scanner<'t> {
    bytes: &'t [u8],
    tokens: Vec<Token>,
}

/// What a byte does, where no name has begun.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Blank,
    Quote,
    Apostrophe,
    Mark,
    Name,
}

const ROLES: [Role; 256] = roles();

const fn roles() -> [Role; 256] {
    let mut roles = [Role::Name; 256];
    let mut byte: u8 = 0;
    loop {
        roles[byte as usize] = match byte {
            0..=b' ' | b'\\' | 0x7f => Role::Blank,
            b'"' | b'`' => Role::Quote,
            b'\'' => Role::Apostrophe,
            b'(' | b')' | b'[' | b']' | b'{' | b'}' | b'<' | b'>' | b',' | b';' | b'|' => Role::Mark,
            _ => Role::Name,
        };
        if byte == u8::MAX {
            return roles;
        }
        byte += 1;
    }
}

impl<'t> Scanner<'t> {
    pub(super) fn part(&self, start: usize, end: usize) -> &'t [u8] {
        self.bytes.get(start..end.min(self.bytes.len())).unwrap_or_default()
    }

    pub(super) fn byte(&self, at: usize) -> u8 {
        self.bytes.get(at).copied().unwrap_or_default()
    }

    fn role(&self, at: usize) -> Role {
        ROLES[usize::from(self.byte(at))]
    }

    pub(super) fn push(&mut self, start: usize, end: usize, class: Class) {
        if start < end {
            self.tokens.push(Token { start, end, class });
        }
    }

    /// Takes what begins here, and says where the next begins.
    fn next(&mut self, at: usize) -> usize {
        match self.role(at) {
            Role::Blank => self.blank(at),
            Role::Quote => {
                self.push(at, at + 1, Class::Quote);
                at + 1
            }
            Role::Apostrophe if !self.is_within_word(at) => {
                self.push(at, at + 1, Class::Quote);
                at + 1
            }
            Role::Mark => self.bracketed_address(at).unwrap_or_else(|| {
                self.push(at, at + 1, Class::Mark);
                at + 1
            }),
            Role::Name | Role::Apostrophe => {
                let end = self.name_end(at);
                if self.plain(at, end) { end } else { self.chunk(at, end) }
            }
        }
    }

    fn blank(&mut self, start: usize) -> usize {
        let length = self
            .bytes
            .iter()
            .skip(start)
            .take_while(|byte| ROLES[usize::from(**byte)] == Role::Blank)
            .count();
        self.push(start, start + length, Class::Blank);
        start + length
    }

    fn is_within_word(&self, at: usize) -> bool {
        at > 0 && self.byte(at - 1).is_ascii_alphanumeric() && self.byte(at + 1).is_ascii_alphanumeric()
    }

    fn name_end(&self, start: usize) -> usize {
        let mut end = start + 1;
        loop {
            match self.role(end) {
                Role::Name if end < self.bytes.len() => end += 1,
                Role::Apostrophe if self.is_within_word(end) => end += 1,
                _ => return end,
            }
        }
    }

    /// `[2001:db8::1]:1094`
    fn bracketed_address(&mut self, start: usize) -> Option<usize> {
        if self.byte(start) != b'[' {
            return None;
        }
        let close = start + 1 + self.part(start + 1, start + 48).iter().position(|byte| *byte == b']')?;
        if !is_ipv6(self.part(start + 1, close)) {
            return None;
        }
        let mut end = close + 1;
        if self.byte(end) == b':' && self.byte(end + 1).is_ascii_digit() {
            end += 1 + self.part(end + 1, end + 6).iter().take_while(|byte| byte.is_ascii_digit()).count();
        }
        self.push(start, end, Class::Variable(Kind::Host));
        Some(end)
    }

    /// Most runs are a word of letters, or a number, perhaps with a sign after it.
    fn plain(&mut self, start: usize, end: usize) -> bool {
        let run = self.part(start, end);
        let Some((last, rest)) = run.split_last() else { return false };
        let signed = matches!(last, b':' | b'.') && !rest.is_empty();
        let core = if signed { rest } else { run };
        let class = if core.iter().all(u8::is_ascii_alphabetic) {
            shape::of_letters(core)
        } else if core.iter().all(u8::is_ascii_digit) {
            Class::Number
        } else {
            return false;
        };
        self.push(start, start + core.len(), class);
        self.marks(start + core.len(), end);
        true
    }

    /// A run without blanks, quotes and brackets.
    fn chunk(&mut self, start: usize, end: usize) -> usize {
        if let Some(scheme) = self.scheme(start, end) {
            self.settings(start, scheme);
            return self.url(scheme, end);
        }
        if is_name_key(self.part(start, end)) {
            return self.distinguished_name(start);
        }
        self.settings(start, end);
        end
    }

    /// Where an address begins, if there is one in this run.
    fn scheme(&self, start: usize, end: usize) -> Option<usize> {
        let run = self.part(start, end);
        let colon = run.windows(2).position(|pair| pair == b":/")?;
        let double = run.get(colon + 2) == Some(&b'/');
        let name = run.get(..colon)?;
        let length = name
            .iter()
            .rev()
            .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'.'))
            .count();
        let known = name.ends_with(b"file") || double && length >= 2;
        known.then_some(start + colon - length)
    }

    /// An address, up to the punctuation of the sentence around it.
    fn url(&mut self, start: usize, mut end: usize) -> usize {
        if self.byte(end) == b'[' && self.part(start, end).ends_with(b"//") {
            let close = self.part(end, end + 48).iter().position(|byte| *byte == b']');
            end = close.map_or(end, |close| self.name_end(end + close));
        }
        let trimmed = self.trim(start, end);
        self.push(start, trimmed, Class::Variable(Kind::Url));
        self.marks(trimmed, end);
        end
    }

    /// Where the run ends without the punctuation after it.
    pub(super) fn trim(&self, start: usize, end: usize) -> usize {
        let tail =
            self.part(start, end).iter().rev().take_while(|byte| matches!(byte, b'.' | b':' | b'!' | b'?'));
        (end - tail.count()).max(start + 1)
    }

    /// A name like `/DC=org/CN=Some Body`, which may hold blanks: only capitals and digits go on after one.
    fn distinguished_name(&mut self, start: usize) -> usize {
        let limit = self.bytes.len().min(start + LONGEST_NAME);
        let slashed = self.byte(start) == b'/';
        let mut end = start;
        while end < limit {
            let next = self.byte(end + 1);
            let goes_on = match self.byte(end) {
                b' ' => next.is_ascii_uppercase() || next.is_ascii_digit(),
                b',' => !slashed && (next == b' ' || is_name_key(self.part(end + 1, end + 5))),
                b':' => next == b' ' || next.is_ascii_alphanumeric() || next == b'/',
                byte => ROLES[usize::from(byte)] == Role::Name || byte == b'\'',
            };
            if !goes_on {
                break;
            }
            end += 1;
        }
        // Not in the middle of a letter.
        while end < self.bytes.len() && self.byte(end) & 0xc0 == 0x80 {
            end += 1;
        }
        let trimmed = self.trim(start, end);
        self.push(start, trimmed, Class::Variable(Kind::Dn));
        self.marks(trimmed, end);
        end
    }
}

/// `/DC=`, `CN=` and the like.
fn is_name_key(run: &[u8]) -> bool {
    let run = run.strip_prefix(b"/").unwrap_or(run);
    let key = run.iter().position(|byte| *byte == b'=').and_then(|at| run.get(..at));
    matches!(key, Some(b"DC" | b"CN" | b"OU" | b"O" | b"C" | b"L" | b"ST"))
}
