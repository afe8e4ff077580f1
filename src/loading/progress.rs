//! Shows how far a load is: a line that is drawn anew on a terminal, a log line now and then elsewhere.
use super::run::Counts;
use crate::admin::thousands;
use crate::sources::record::Rejected;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Between two drawings on a terminal.
const DRAW: Duration = Duration::from_millis(200);
/// Between two log lines.
const LOG: Duration = Duration::from_secs(10);
/// Rejected records named while loading; all are counted.
const NAMED: usize = 20;

/// Where it is shown, and what was shown last.
pub struct Progress {
    terminal: bool,
    name: String,
    size: Option<u64>,
    taken: Arc<AtomicU64>,
    start: Instant,
    drawn: Instant,
    named: usize,
}

impl Default for Progress {
    fn default() -> Self {
        let now = Instant::now();
        Self {
            terminal: std::io::stderr().is_terminal(),
            name: String::new(),
            size: None,
            taken: Arc::default(),
            start: now,
            drawn: now,
            named: 0,
        }
    }
}

impl Progress {
    /// Begins with another file.
    pub fn begin(&mut self, name: &str, size: Option<u64>, taken: Arc<AtomicU64>) {
        tracing::info!(file = name, bytes = size, "reading");
        (self.name, self.size, self.taken) = (name.to_owned(), size, taken);
    }

    /// Shows the counts, and what was rejected.
    pub fn show(&mut self, counts: &Counts, rejected: &[Rejected]) {
        for rejected in rejected.iter().take(NAMED.saturating_sub(self.named)) {
            self.named += 1;
            self.wipe();
            tracing::warn!(at = rejected.place, reason = rejected.reason, "rejected");
        }
        let pause = if self.terminal { DRAW } else { LOG };
        if self.drawn.elapsed() < pause {
            return;
        }
        self.drawn = Instant::now();
        let rate = counts.read as f64 / self.start.elapsed().as_secs_f64().max(0.001);
        let done = self.size.filter(|size| *size > 0).map(|size| {
            format!("{:.0} %, ", 100.0 * self.taken.load(Ordering::Relaxed) as f64 / size as f64)
        });
        let text = format!(
            "{}{} records, {} rejected, {:.0} a second",
            done.unwrap_or_default(),
            thousands(counts.read),
            thousands(counts.bad),
            rate
        );
        if self.terminal {
            let name = crate::admin::shorten(&self.name, 40);
            let mut out = std::io::stderr().lock();
            drop(write!(out, "\r\x1b[K{name}: {text}").and_then(|()| out.flush()));
        } else {
            tracing::info!(file = self.name, "{text}");
        }
    }

    /// Leaves the terminal as it was.
    pub fn end(&self) {
        self.wipe();
    }

    fn wipe(&self) {
        if self.terminal {
            let mut out = std::io::stderr().lock();
            drop(write!(out, "\r\x1b[K").and_then(|()| out.flush()));
        }
    }
}
