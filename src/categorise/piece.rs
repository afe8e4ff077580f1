//! Takes a run without blanks, quotes and brackets apart: keys and values, paths, what colons and slashes join.
use super::date::is_time;
use super::host::{authority, is_host, is_ipv6};
use super::name::is_data_name;
use super::scan::Scanner;
use super::shape;
use super::token::{Class, Kind};

impl Scanner<'_> {
    /// Keys and values: `a=b`, `a=b&c=d`.
    pub(super) fn settings(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            let equals =
                self.part(at, end).iter().position(|byte| *byte == b'=').map_or(end, |offset| at + offset);
            self.piece(at, equals);
            self.push(equals, (equals + 1).min(end), Class::Mark);
            at = equals + 1;
        }
    }

    /// A run without equals signs.
    fn piece(&mut self, start: usize, end: usize) {
        let mut at = start;
        while at < end {
            at = if self.is_path(at, end) { self.path(at, end) } else { self.colons(at, end) };
        }
    }

    fn is_path(&self, start: usize, end: usize) -> bool {
        match self.part(start, end) {
            [b'/', ..] => start == 0 || self.byte(start - 1) != b'<',
            [b'~' | b'.', b'/', _, ..] | [b'.', b'.', b'/', _, ..] => true,
            _ => false,
        }
    }

    fn path(&mut self, start: usize, end: usize) -> usize {
        let trimmed = self.trim(start, end);
        let path = self.part(start, trimmed);
        let class = match path.strip_prefix(b"//") {
            Some(rest) => {
                let host = rest.split(|byte| matches!(byte, b'/' | b':')).next().unwrap_or_default();
                Class::Variable(if is_host(host) { Kind::Url } else { Kind::Path })
            }
            None if path.len() == 1 => Class::Mark,
            None => Class::Variable(Kind::Path),
        };
        self.push(start, trimmed, class);
        self.marks(trimmed, end);
        end
    }

    /// What has colons inside: a time, an address, a host with its port, a data identifier, or several words.
    fn colons(&mut self, start: usize, end: usize) -> usize {
        let whole = self.trim(start, end);
        let word = self.part(start, whole);
        let Some(colon) = word.iter().position(|byte| *byte == b':') else {
            self.slashes(start, whole);
            self.marks(whole, end);
            return end;
        };
        let kind = if is_time(word) {
            Some((Kind::Time, whole))
        } else if is_ipv6(word) {
            Some((Kind::Host, whole))
        } else if let Some(port) = authority(word) {
            Some(if word.get(port) == Some(&b'/') { (Kind::Url, whole) } else { (Kind::Host, start + port) })
        } else {
            let (scope, name) = (self.part(start, start + colon), self.part(start + colon + 1, whole));
            is_data_name(scope, name).then_some((Kind::Did, whole))
        };
        if let Some((kind, stop)) = kind {
            self.push(start, stop, Class::Variable(kind));
            if stop < whole {
                return stop;
            }
            self.marks(whole, end);
            return end;
        }
        self.slashes(start, start + colon);
        self.push(start + colon, start + colon + 1, Class::Mark);
        start + colon + 1
    }

    /// What has slashes inside: a path from here, or alternatives.
    fn slashes(&mut self, start: usize, end: usize) {
        let word = self.part(start, end);
        let Some(slash) = word.iter().position(|byte| *byte == b'/') else {
            return self.word(start, end);
        };
        let host = is_host(word.get(..slash).unwrap_or_default());
        if host || is_time(word) || is_relative_path(word) {
            let kind = if host {
                Kind::Url
            } else if is_time(word) {
                Kind::Time
            } else {
                Kind::Path
            };
            return self.push(start, end, Class::Variable(kind));
        }
        let mut at = start;
        while at < end {
            let slash =
                self.part(at, end).iter().position(|byte| *byte == b'/').map_or(end, |offset| at + offset);
            self.word(at, slash);
            self.push(slash, (slash + 1).min(end), Class::Mark);
            at = slash + 1;
        }
    }

    /// A single word and the punctuation around it.
    fn word(&mut self, start: usize, end: usize) {
        let word = self.part(start, end);
        if word.contains(&b'@') && word.len() > 2 {
            return self.push(start, end, Class::Variable(Kind::User));
        }
        let signed =
            |at: usize| word.get(at) == Some(&b'-') && word.get(at + 1).is_some_and(u8::is_ascii_digit);
        let mut head = word.iter().take_while(|byte| is_punctuation(**byte)).count();
        if head > 0 && signed(head - 1) {
            head -= 1;
        }
        let rest = word.get(head..).unwrap_or_default();
        let tail = rest.iter().rev().take_while(|byte| is_punctuation(**byte)).count();
        let core = rest.get(..rest.len() - tail).unwrap_or_default();
        let (from, to) = (start + head, end - tail);
        self.marks(start, from);
        match core {
            // The reply code before each line of an FTP server's answer.
            [a, b, c, b'-', letter, ..]
                if [a, b, c].iter().all(|d| d.is_ascii_digit()) && letter.is_ascii_alphabetic() =>
            {
                self.push(from, from + 3, Class::Code);
                self.push(from + 3, from + 4, Class::Mark);
                self.word(from + 4, to);
            }
            // Log files carry the name of the step that wrote them.
            [b'l', b'o', b'g', b'.', name @ ..] if is_step(name) => {
                self.push(from, from + 3, Class::Word);
                self.push(from + 3, from + 4, Class::Mark);
                self.push(from + 4, to, Class::Variable(Kind::Step));
            }
            core => {
                let code =
                    core.len() == 3 && rest.get(3) == Some(&b'-') && core.iter().all(u8::is_ascii_digit);
                let class = if code { Class::Code } else { shape::of(core) };
                self.push(from, to, class);
            }
        }
        self.marks(to, end);
    }

    /// Punctuation, sign by sign.
    pub(super) fn marks(&mut self, start: usize, end: usize) {
        for mark in start..end {
            self.push(mark, mark + 1, Class::Mark);
        }
    }
}

fn is_punctuation(byte: u8) -> bool {
    byte.is_ascii_punctuation() && byte != b'_'
}

/// A name after `log.` that is no number and has no ending.
fn is_step(name: &[u8]) -> bool {
    name.first().is_some_and(u8::is_ascii_alphabetic)
        && name.len() > 3
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// Whether a word with slashes is a path: not `Input/output`, `COOLOFL_MDT/OFLP200` or `Apache/2.4`.
fn is_relative_path(word: &[u8]) -> bool {
    let mut parts = 0;
    let (mut plain, mut capitals, mut numbers) = (true, true, true);
    for part in word.split(|byte| *byte == b'/') {
        parts += 1;
        plain &= part.iter().all(u8::is_ascii_alphabetic);
        capitals &= !part.iter().any(u8::is_ascii_lowercase);
        numbers &= parts == 1 || part.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    }
    !(plain || capitals || numbers && parts == 2)
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn runs_are_taken_apart_where_they_must() {
        for (message, masked) in [
            ("at davs://se.example.org:443/a/b?x=1&y=2: gone", "at <URL>: gone"),
            ("at root://[2001:db8::1]:1094//eos/a.", "at <URL>"),
            ("at //se.example.org:8443/srm/managerv2 or //pnfs/a/b", "at <URL> or <PATH>"),
            ("at se.example.org:2880/pnfs/a", "at <URL>"),
            ("at file:/scratch/a/b", "at <URL>"),
            ("to se.example.org:2880, [2001:db8::1]:1094", "to <HOST>"),
            ("to 192.0.2.1 and 2001:db8:0:0:0:0:100:ac", "to <HOST> and <HOST>"),
            ("file '/eos/a/b.root' or ../c/d.cxx:51 or madevent/E/3.gz", "file <PATH> or <PATH> or <PATH>"),
            ("of mc16_13TeV:AOD.123456._000001.pool.root.1 as", "of <DID> as"),
            ("of user.somebody:user.somebody.x.123456.y as", "of <DID> as"),
            ("s3_clnt.c:1264: in DavPosix::unlink", "s3_clnt.c:<NUM>: in DavPosix::unlink"),
            ("Input/output error in COOLOFL_MDT/OFLP200", "Input/output error in COOLOFL_MDT/OFLP200"),
            ("Apache/2.4.6 at DCap/3", "Apache/<NUM> at DCap/<NUM>"),
            ("mail somebody@example.org", "mail <USER>"),
            ("Logfile error in log.AtoB: bad", "Logfile error in log.<STEP>: bad"),
            ("in </title><b>502</b>", "in </title><b><NUM></b>"),
        ] {
            assert_eq!(template("transfer", message).text, masked, "{message}");
        }
    }

    #[test]
    fn names_of_people_do_not_show() {
        for name in [
            "/DC=org/DC=example/OU=People/CN=somebody/CN=123456/CN=Some Body",
            "/C=XX/O=Some Institute/CN=Some Body 17",
            "CN=Some Body,OU=People,DC=example,DC=org",
            "CN=Some Body, OU=People, DC=example, DC=org",
        ] {
            let masked = template("transfer", &format!("user {name} is not authorized")).text;
            assert_eq!(masked, "user <DN> is not authorized", "{name}");
        }
        let masked = template("transfer", "user \"/DC=org/CN=Robot: Data Keeper\" failed").text;
        assert_eq!(masked, "user <DN> failed");
    }
}
