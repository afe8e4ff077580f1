//! What became of what was moved in.
use crate::admin::thousands;
use std::collections::BTreeMap;
use std::fmt;

/// Notes of one sort that are told; all are counted.
const TOLD: usize = 10;

/// Rows of one table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Line {
    /// Read.
    pub read: u64,
    /// Made here.
    pub made: u64,
    /// Found here already.
    pub there: u64,
    /// Taken together with another.
    pub merged: u64,
    /// Left out.
    pub dropped: u64,
}

/// What became of what was moved in.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Which version of the original it was.
    pub generation: Option<&'static str>,
    /// Nothing was kept.
    pub dry_run: bool,
    lines: BTreeMap<String, Line>,
    becomes: BTreeMap<String, &'static str>,
    notes: BTreeMap<&'static str, (u64, Vec<String>)>,
    facts: Vec<String>,
    /// What is not moved in: table, rows, why.
    pub left_out: Vec<(String, u64, &'static str)>,
}

impl Report {
    /// The line of a table.
    pub fn line(&mut self, table: &str) -> &mut Line {
        self.lines.entry(table.to_owned()).or_default()
    }

    /// The line of a table, with what its rows become.
    pub fn becoming(&mut self, table: &str, what: &'static str) -> &mut Line {
        self.becomes.insert(table.to_owned(), what);
        self.line(table)
    }

    /// Notes something about one row, under a heading that says what it means.
    pub fn note(&mut self, heading: &'static str, what: impl Into<String>) {
        let (count, told) = self.notes.entry(heading).or_default();
        *count += 1;
        if told.len() < TOLD {
            told.push(what.into());
        }
    }

    /// How often something was noted.
    #[must_use]
    pub fn noted(&self, heading: &str) -> u64 {
        self.notes.get(heading).map_or(0, |(count, _)| *count)
    }

    /// Says something about the whole.
    pub fn fact(&mut self, what: impl Into<String>) {
        self.facts.push(what.into());
    }

    /// What a whole dump did.
    pub fn whole(&mut self, file: &str, read: u64, written: u64) {
        let count = |number: u64| thousands(i64::try_from(number).unwrap_or(i64::MAX));
        self.fact(if written == 0 {
            format!("{file}: a whole dump of {} rows; the very same are here already.", count(read))
        } else {
            format!("{file}: a whole dump, {} rows written as they were.", count(written))
        });
    }

    /// The line of a table as it is, for tests and the history.
    #[must_use]
    pub fn of(&self, table: &str) -> Line {
        self.lines.get(table).copied().unwrap_or_default()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: u64| thousands(i64::try_from(number).unwrap_or(i64::MAX));
        if let Some(generation) = self.generation {
            writeln!(f, "The original application, {generation}.\n")?;
        }
        if !self.lines.is_empty() {
            writeln!(
                f,
                "{:<24}{:>11}{:>11}{:>11}{:>11}{:>11}  becomes",
                "table", "read", "made", "here", "merged", "left out"
            )?;
        }
        for (table, line) in &self.lines {
            let numbers = [line.read, line.made, line.there, line.merged, line.dropped].map(count);
            write!(f, "{table:<24}")?;
            for number in numbers {
                write!(f, "{number:>11}")?;
            }
            writeln!(f, "  {}", self.becomes.get(table).copied().unwrap_or("the same"))?;
        }
        for fact in &self.facts {
            writeln!(f, "\n{fact}")?;
        }
        for (heading, (number, told)) in &self.notes {
            writeln!(f, "\n{heading} ({}):", count(*number))?;
            for note in told {
                writeln!(f, "  {note}")?;
            }
            if *number > told.len() as u64 {
                writeln!(f, "  and {} more", count(*number - told.len() as u64))?;
            }
        }
        if !self.left_out.is_empty() {
            writeln!(f, "\nNot moved in:")?;
        }
        for (table, rows, why) in &self.left_out {
            writeln!(f, "  {table} ({}): {why}", count(*rows))?;
        }
        if self.dry_run {
            writeln!(f, "\nNothing was written.")?;
        }
        Ok(())
    }
}

/// Shows how far it is: a line that is drawn anew on a terminal, a log line now and then elsewhere.
pub(super) struct Progress {
    terminal: bool,
    total: u64,
    done: u64,
    start: std::time::Instant,
    shown: std::time::Instant,
}

impl Progress {
    pub(super) fn new(total: u64) -> Self {
        let now = std::time::Instant::now();
        let terminal = std::io::IsTerminal::is_terminal(&std::io::stderr());
        Self { terminal, total, done: 0, start: now, shown: now }
    }

    pub(super) fn add(&mut self, rows: u64) {
        self.done += rows;
        let pause = std::time::Duration::from_millis(if self.terminal { 200 } else { 10_000 });
        if self.shown.elapsed() < pause {
            return;
        }
        self.shown = std::time::Instant::now();
        let rate = self.done as f64 / self.start.elapsed().as_secs_f64().max(0.001);
        let text = format!("{} of {} issues, {rate:.0} a second", self.done, self.total);
        if self.terminal {
            eprint!("\r\x1b[K{text}");
        } else {
            tracing::info!("{text}");
        }
    }

    /// Leaves the terminal as it was.
    pub(super) fn end(&self) {
        if self.terminal {
            eprint!("\r\x1b[K");
        }
    }
}
