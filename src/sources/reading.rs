//! Reads a file of one record to a line, from any line on, and says what could not be read and where.
use super::lines::{LONGEST_LINE, Line, Lines};
use super::record::{Attempt, Rejected};
use chrono::{DateTime, Utc};
use std::io::{self, Read};
use std::ops::ControlFlow;
use twox_hash::XxHash3_128;

/// What is read, and from where.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// Name of the file, for people.
    pub name: &'a str,
    /// The time: records that ended an hour later or more are refused.
    pub now: DateTime<Utc>,
    /// Lines that an earlier run has counted: they are passed over without a look.
    pub from_line: u64,
}

/// What a line turned out to be.
#[derive(Debug, PartialEq)]
pub enum Item<'a> {
    /// The lines before [`Reading::from_line`] are passed over: the digest shows whether they are the same
    /// as then. It does not come if there are none, or if the file has become shorter: then the line of
    /// [`End::at`] is before [`Reading::from_line`].
    Resumed,
    /// A record.
    Attempt(Attempt<'a>),
    /// A record that was not quite in order, and what was done about it.
    Mended(Attempt<'a>, Rejected),
    /// A record of another kind, which is none of our business.
    Other,
    /// A line that could not be used.
    Rejected(Rejected),
}

/// A place between two lines, from which reading can go on.
#[derive(Clone, Default)]
pub struct At {
    /// Lines before it.
    pub line: u64,
    /// Bytes before it, not compressed.
    pub bytes: u64,
    digest: XxHash3_128,
}

impl At {
    /// Moves it behind a line.
    fn pass(&mut self, line: &Line<'_>) {
        self.line = line.number;
        self.bytes = line.end;
        self.digest.write(line.text.unwrap_or(b"(too long)"));
        self.digest.write(b"\n");
    }

    /// 32 hex digits that tell the lines before it: the same for the same lines, whatever the compression and the
    /// line ends. XXH3, 128 bits: SHA-256 would take half as long as parsing them (measured).
    #[must_use]
    pub fn digest(&self) -> String {
        format!("{:032x}", self.digest.finish_128())
    }
}

/// How reading ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All is read.
    Whole,
    /// The last line is not finished, as in a file that is being written: it is rejected, and read again next time.
    Unfinished,
    /// The compressed data is cut short or damaged: the rest is rejected, and read again next time.
    Cut,
    /// It was told to stop.
    Stopped,
}

/// The end of reading.
pub struct End {
    /// How far it came.
    pub at: At,
    /// How it ended.
    pub ending: Ending,
}

/// Takes items; [`ControlFlow::Break`] stops, and the item given last counts as read.
pub type Each<'e> = &'e mut dyn FnMut(Item<'_>, &At) -> ControlFlow<()>;

/// Makes an attempt of a line; `None` if it is a record of another kind.
pub(super) type Parse = for<'a> fn(&'a str, DateTime<Utc>) -> Result<Option<Attempt<'a>>, String>;

/// Reads all lines, in constant memory.
///
/// # Errors
/// When the system cannot read. Damaged compression is no error: see [`Ending::Cut`].
pub(super) fn read(input: impl Read, reading: &Reading<'_>, parse: Parse, each: Each<'_>) -> io::Result<End> {
    let mut lines = Lines::new(input);
    let mut reader = Reader { reading, parse, each, at: At::default() };
    loop {
        let ending = match lines.next_line() {
            Ok(Some(line)) => match reader.take(&line) {
                ControlFlow::Continue(()) => continue,
                ControlFlow::Break(ending) => ending,
            },
            Ok(None) => Ending::Whole,
            // The system's own errors have a number; those of a decompressor have none.
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => reader.cut(lines.lines() + 1, &error),
        };
        return Ok(End { at: reader.at, ending });
    }
}

struct Reader<'r, 'e> {
    reading: &'r Reading<'r>,
    parse: Parse,
    each: Each<'e>,
    at: At,
}

impl Reader<'_, '_> {
    fn take(&mut self, line: &Line<'_>) -> ControlFlow<Ending> {
        if line.ended || line.number <= self.reading.from_line {
            self.at.pass(line);
        }
        if line.number <= self.reading.from_line {
            let resumed = line.number == self.reading.from_line;
            return if resumed { self.give(Item::Resumed) } else { ControlFlow::Continue(()) };
        }
        let Some(text) = line.text.map(|text| bare(text, line.number)) else {
            return self.reject(line, format!("the line is longer than {} kB", LONGEST_LINE >> 10));
        };
        if text.is_empty() {
            return ControlFlow::Continue(());
        }
        // Checked once for the line: checking each string in it costs a third of the time.
        match str::from_utf8(text) {
            Ok(text) => match (self.parse)(text, self.reading.now) {
                Ok(found) => self.accept(line, found.map_or(Item::Other, Item::Attempt)),
                Err(reason) => self.reject(line, reason),
            },
            Err(_) => self.mend(line, text),
        }
    }

    fn mend(&mut self, line: &Line<'_>, text: &[u8]) -> ControlFlow<Ending> {
        let text = String::from_utf8_lossy(text);
        match (self.parse)(&text, self.reading.now) {
            Ok(Some(attempt)) => {
                let said = "is not UTF-8: kept, with \u{fffd} for what cannot be read";
                let remark = self.rejected(line.number, said.into());
                self.accept(line, Item::Mended(attempt, remark))
            }
            Ok(None) => self.accept(line, Item::Other),
            Err(reason) => self.reject(line, format!("{reason}; it is not UTF-8 either")),
        }
    }

    fn accept(&mut self, line: &Line<'_>, item: Item<'_>) -> ControlFlow<Ending> {
        if !line.ended {
            self.at.pass(line);
        }
        self.give(item)
    }

    fn reject(&mut self, line: &Line<'_>, reason: String) -> ControlFlow<Ending> {
        if line.ended {
            return self.give(Item::Rejected(self.rejected(line.number, reason)));
        }
        let reason =
            format!("{reason}; it is the last line and has no end, so the file may still be growing");
        match self.give(Item::Rejected(self.rejected(line.number, reason))) {
            ControlFlow::Continue(()) => ControlFlow::Break(Ending::Unfinished),
            stopped => stopped,
        }
    }

    fn cut(&mut self, line: u64, error: &io::Error) -> Ending {
        let reason = match error.kind() {
            io::ErrorKind::UnexpectedEof => "the compressed data ends in the middle".to_owned(),
            _ => format!("the compressed data is damaged ({error})"),
        };
        let item = Item::Rejected(self.rejected(line, format!("{reason}; what comes before is read")));
        match self.give(item) {
            ControlFlow::Continue(()) => Ending::Cut,
            ControlFlow::Break(stopped) => stopped,
        }
    }

    fn rejected(&self, line: u64, reason: String) -> Rejected {
        Rejected::new(format!("{}:{line}", self.reading.name), reason)
    }

    fn give(&mut self, item: Item<'_>) -> ControlFlow<Ending> {
        match (self.each)(item, &self.at) {
            ControlFlow::Continue(()) => ControlFlow::Continue(()),
            ControlFlow::Break(()) => ControlFlow::Break(Ending::Stopped),
        }
    }
}

/// A line without blanks around, and without a byte order mark at the beginning of the file.
fn bare(text: &[u8], number: u64) -> &[u8] {
    let text = if number == 1 { text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text) } else { text };
    text.trim_ascii()
}

/// What is wrong with a line that should be JSON.
pub(super) fn wrong(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or_default();
    let column = error.column();
    match error.classify() {
        serde_json::error::Category::Eof => format!("the JSON ends in the middle, after {column} characters"),
        serde_json::error::Category::Data => format!("has a wrong value before character {column}: {what}"),
        _ => format!("is not JSON from character {column} on: {what}"),
    }
}
