//! Lines of a stream of any length, in a buffer of fixed size.
use std::io::{self, ErrorKind, Read};

/// A line longer than this is passed over: the longest real record has some 20 kB.
pub const LONGEST_LINE: usize = 1 << 20;

/// One line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Counted from 1.
    pub(super) number: u64,
    /// Bytes of the stream up to its end.
    pub(super) end: u64,
    /// What it says, without the line end; `None` if it is too long.
    pub(super) text: Option<&'a [u8]>,
    /// Whether it has a line end: the last one of a file that is being written has none.
    pub(super) ended: bool,
}

/// Splits a stream into lines without copying them.
pub(super) struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// What of the buffer is read but not given yet.
    start: usize,
    filled: usize,
    number: u64,
    given: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input, buffer: vec![0; LONGEST_LINE + 1], start: 0, filled: 0, number: 0, given: 0 }
    }

    /// Lines given so far.
    pub(super) fn lines(&self) -> u64 {
        self.number
    }

    /// The next line; `None` at the end. After an error, what was read of an unfinished line is lost.
    pub(super) fn next_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.start;
        loop {
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[searched..self.filled]) {
                let (start, end) = (self.start, searched + at);
                self.start = end + 1;
                return Ok(Some(self.line(start, end, true)));
            }
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.filled, 0);
                self.filled -= self.start;
                self.start = 0;
            }
            searched = self.filled;
            if self.filled == self.buffer.len() {
                return self.pass_over().map(Some);
            }
            if self.fill()? == 0 {
                let end = std::mem::take(&mut self.filled);
                return Ok((end > 0).then(|| self.line(0, end, false)));
            }
        }
    }

    fn line(&mut self, start: usize, end: usize, ended: bool) -> Line<'_> {
        self.number += 1;
        self.given += (end - start + usize::from(ended)) as u64;
        let text = &self.buffer[start..end];
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        Line { number: self.number, end: self.given, text: Some(text), ended }
    }

    /// Reads to the end of a line that does not fit.
    fn pass_over(&mut self) -> io::Result<Line<'_>> {
        self.number += 1;
        loop {
            self.given += self.filled as u64;
            self.filled = 0;
            if self.fill()? == 0 {
                return Ok(Line { number: self.number, end: self.given, text: None, ended: false });
            }
            if let Some(at) = memchr::memchr(b'\n', &self.buffer[..self.filled]) {
                self.start = at + 1;
                self.given += self.start as u64;
                return Ok(Line { number: self.number, end: self.given, text: None, ended: true });
            }
        }
    }

    fn fill(&mut self) -> io::Result<usize> {
        loop {
            match self.input.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(count) => {
                    self.filled += count;
                    return Ok(count);
                }
                Err(error) => return Err(error),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Gives a few bytes at a time.
    struct Drops<'a>(&'a [u8], usize);

    impl Read for Drops<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.1.min(buffer.len()).min(self.0.len());
            buffer[..count].copy_from_slice(&self.0[..count]);
            self.0 = &self.0[count..];
            Ok(count)
        }
    }

    fn all(text: &[u8], at_a_time: usize) -> Vec<(Option<Vec<u8>>, bool, u64)> {
        let mut lines = Lines::new(Drops(text, at_a_time));
        let mut all = Vec::new();
        while let Some(line) = lines.next_line().unwrap() {
            assert_eq!(line.number, all.len() as u64 + 1);
            all.push((line.text.map(<[u8]>::to_vec), line.ended, line.end));
        }
        assert_eq!((lines.lines(), lines.given), (all.len() as u64, text.len() as u64));
        all
    }

    proptest! {
        #[test]
        fn lines_are_those_of_the_text(text in "[ab\n]{0,60}", at_a_time in 1usize..9) {
            let lines = all(text.as_bytes(), at_a_time);
            let said: Vec<_> = lines.iter().map(|(text, ..)| text.clone().unwrap()).collect();
            let expected: Vec<_> = text.lines().map(|line| line.as_bytes().to_vec()).collect();
            prop_assert_eq!(said, expected);
            let ended = lines.last().is_none_or(|(_, ended, _)| *ended);
            prop_assert_eq!(ended, text.is_empty() || text.ends_with('\n'));
        }
    }

    #[test]
    fn a_line_too_long_is_passed_over_and_the_next_one_is_read() {
        for extra in [1, 2, LONGEST_LINE * 3] {
            let mut text = b"first\r\n".to_vec();
            text.resize(text.len() + LONGEST_LINE + extra, b'x');
            text.extend_from_slice(b"\nlast");
            let lines = all(&text, 300_000);
            assert_eq!(lines[0], (Some(b"first".to_vec()), true, 7));
            assert_eq!(lines[1], (None, true, text.len() as u64 - 4), "{extra}");
            assert_eq!(lines[2], (Some(b"last".to_vec()), false, text.len() as u64));
        }
        let longest = all(&[vec![b'x'; LONGEST_LINE], b"\n".to_vec()].concat(), LONGEST_LINE);
        assert!(matches!(&longest[..], [(Some(text), true, _)] if text.len() == LONGEST_LINE));
    }
}
