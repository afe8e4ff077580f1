//! Which numbers are codes, that tell faults apart, and which only count something.
use super::context::{Context, is_in};
use super::token::{Class, Kind};

/// Words before a number that make a code of it.
const CODED: [&str; 17] = [
    "code",
    "err",
    "errcode",
    "errno",
    "error",
    "exit",
    "exitcode",
    "http",
    "rc",
    "reply",
    "response",
    "ret",
    "retcode",
    "retval",
    "returncode",
    "signal",
    "status",
];

/// Words after which a reply code of three digits may stand.
const ANSWERED: [&str; 8] = ["answered", "gave", "got", "received", "returned", "returns", "said", "with"];

/// Words before a number that make sure that it is none.
const COUNTED: [&str; 12] = [
    "after", "at", "attempt", "counter", "expected", "found", "line", "of", "offset", "port", "retry", "than",
];

/// Units of bytes.
const BYTES: [&str; 14] =
    ["B", "bytes", "byte", "kB", "KB", "MB", "GB", "TB", "PB", "KiB", "MiB", "GiB", "TiB", "Bytes"];

impl Context<'_, '_> {
    pub(super) fn number(&mut self, at: usize) {
        let thousands = |at: usize| self.is_mark(at + 1, ",") && self.class(at + 2) == Class::Number;
        if thousands(at) && self.text(at).len() <= 3 && self.text(at + 2).len() == 3 {
            let mut end = at + 2;
            while thousands(end) && self.text(end + 2).len() == 3 {
                end += 2;
            }
            self.join(at, end, Class::Number);
        }
        if self.is_code(at) {
            self.set(at, Class::Code);
            self.remember(at);
        } else if let Some(unit) = self.unit(at) {
            self.join(at, unit, Class::Variable(Kind::Size));
        } else {
            self.set(at, Class::Variable(Kind::Number));
        }
    }

    /// Where the unit of bytes stands that follows a number.
    fn unit(&self, at: usize) -> Option<usize> {
        let blank = (at + 1..self.tokens.len()).find(|next| self.class(*next) != Class::Joined)?;
        (self.is_blank(blank) && BYTES.contains(&self.text(blank + 1))).then_some(blank + 1)
    }

    fn is_code(&self, at: usize) -> bool {
        let number = self.text(at);
        let digits = number.strip_prefix('-').unwrap_or(number);
        if digits.len() > 5 || digits.contains('.') {
            return false;
        }
        let previous = self.word_before(at, ":=([#-'");
        is_in(previous, &CODED)
            || self.codes.contains(&digits)
            || self.is_bracketed_code(at)
            || self.is_exit_code(at)
            || self.is_reply(at, previous)
            || self.is_bracketed_status(at)
            || self.is_srm_errno(at)
            || self.is_http_status(at)
    }

    /// `[3010]` on its own.
    fn is_bracketed_code(&self, at: usize) -> bool {
        if at <= 2 && self.head.errno == Some(self.text(at)) {
            return true;
        }
        let alone = at < 2 || !matches!(self.class(at - 2), Class::Word | Class::Variable(_));
        at > 0 && alone && self.is_mark(at - 1, "[") && self.is_mark(at + 1, "]") && self.text(at).len() <= 4
    }

    /// `(404)`
    fn is_bracketed_status(&self, at: usize) -> bool {
        let status = [
            "400", "401", "403", "404", "405", "408", "409", "412", "429", "500", "501", "502", "503", "504",
            "507",
        ];
        at > 0 && self.is_mark(at - 1, "(") && self.is_mark(at + 1, ")") && status.contains(&self.text(at))
    }

    /// `code from step (65)`
    fn is_exit_code(&self, at: usize) -> bool {
        at >= 5
            && self.is_mark(at - 1, "(")
            && self.is_mark(at + 1, ")")
            && (at - 5..at - 1).any(|near| self.text(near) == "from")
            && (at.saturating_sub(8)..at - 1).any(|near| self.text(near) == "code")
    }

    /// `421 Service busy`, `returned 503`
    fn is_reply(&self, at: usize, previous: &str) -> bool {
        let number = self.text(at);
        if number.len() != 3 || !number.starts_with(['4', '5']) || is_in(previous, &COUNTED) {
            return false;
        }
        let next = self.text(at + 2);
        let repeated = self.class(at + 2) == Class::Code && next == number;
        let named = self.is_blank(at + 1)
            && self.class(at + 2) == Class::Word
            && next.starts_with(|letter: char| letter.is_ascii_uppercase())
            && !BYTES.contains(&next);
        let ends = !self.is_blank(at + 1) || self.class(at + 2) != Class::Word;
        repeated || named || is_in(previous, &ANSWERED) && ends
    }

    /// `srm_ifce : 2 [SE][Ls]…`
    fn is_srm_errno(&self, at: usize) -> bool {
        self.is_blank(at + 1) && self.is_mark(at + 2, "[") && self.text(at + 3) == "SE"
    }

    /// `HTTP/1.1 403`
    fn is_http_status(&self, at: usize) -> bool {
        self.text(at).len() == 3
            && at >= 4
            && self.is_blank(at - 1)
            && self.is_mark(at - 3, "/")
            && self.text(at - 4).eq_ignore_ascii_case("http")
    }
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn codes_stay_and_counts_go() {
        for (message, masked) in [
            ("SOURCE [70] x", "SOURCE [70] x"),
            ("HTTP 403 : refused 403 times", "HTTP 403: refused 403 times"),
            ("HTTP/1.1 503 for 503503", "HTTP/<NUM> 503 for <NUM>"),
            ("curl error (28): took 28123 ms", "curl error (28): took <NUM> ms"),
            ("error 421 Service busy on 17 pools", "error 421 Service busy on <NUM> pools"),
            ("500 500-Command failed. 500-: odd 500 End", "500 500-Command failed. 500-: odd 500 End"),
            ("Server answered: [3010] no", "Server answered: [3010] no"),
            ("[Errno 5] bad", "[Errno 5] bad"),
            ("rc=10025, pid=10025", "rc=10025, pid=<NUM>"),
            ("srm_ifce : 2 [SE][Ls][X] gone", "srm_ifce: 2 [SE][Ls][X] gone"),
            ("Rebuild got a SIGSEGV signal (exit code 139)", "<STEP> got a SIGSEGV signal (exit code 139)"),
            (
                "Non-zero return code from AtoB (65); line 65",
                "Non-zero return code from <STEP> (65); line <NUM>",
            ),
            ("Rejected GET: 404 Not Found", "Rejected GET: 404 Not Found"),
            ("the door returned 503", "the door returned 503"),
            ("no such host (404)", "no such host (404)"),
            ("after 450 Seconds at line 404 Ende", "after <NUM> Seconds at line <NUM> Ende"),
            ("12,345,678 events", "<NUM> events"),
            ("killed by signal 9 after 9 tries", "killed by signal 9 after <NUM> tries"),
        ] {
            assert_eq!(template("transfer", message).text, masked, "{message}");
        }
    }
}
