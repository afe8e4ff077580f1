//! Adds attempts up: a million lines become some thousand sums.
use super::record::{Attempt, Failure, Files, Outcome, Tally};
use chrono::{DateTime, Utc};
use std::borrow::Cow;
use std::collections::HashMap;

/// What an entry weighs beside its texts, about: the structure, its keys' allocations, its share of the table.
const ENTRY: usize = 400;
/// Hashes of files are sorted and made unique when there are so many, and again whenever they doubled.
const FEW_FILES: usize = 64;

/// Sums of attempts by link and hour, and of failures by message, too.
#[derive(Default)]
pub struct Batch {
    tallies: HashMap<Box<[u8]>, Tally>,
    failures: HashMap<Box<[u8]>, Entry>,
    key: Vec<u8>,
    weight: usize,
}

struct Entry {
    failure: Failure,
    files: Vec<u64>,
    /// How many files there may be before they are made unique.
    patience: usize,
}

impl Batch {
    /// Adds one attempt.
    pub fn add(&mut self, attempt: &Attempt<'_>) {
        self.set_key(attempt);
        let without_activity = self.key.len();
        push(&mut self.key, attempt.activity.as_ref());
        let tally = match self.tallies.get_mut(&self.key[..]) {
            Some(tally) => tally,
            None => {
                self.weight += ENTRY + 2 * self.key.len();
                self.tallies.entry(self.key.clone().into_boxed_slice()).or_insert_with(|| tally(attempt))
            }
        };
        match attempt.outcome {
            Outcome::Done => {
                tally.done += 1;
                tally.bytes = add(tally.bytes, attempt.bytes);
            }
            Outcome::Cancelled => tally.cancelled += 1,
            Outcome::Failed => {
                tally.failed += 1;
                self.key.truncate(without_activity);
                self.add_failure(attempt);
            }
        }
    }

    fn add_failure(&mut self, attempt: &Attempt<'_>) {
        push(&mut self.key, attempt.workflow.as_ref());
        self.key.extend_from_slice(attempt.message.as_bytes());
        let entry = match self.failures.get_mut(&self.key[..]) {
            Some(entry) => entry,
            None => {
                self.weight += ENTRY + 2 * self.key.len();
                let entry = Entry { failure: failure(attempt), files: Vec::new(), patience: FEW_FILES };
                self.failures.entry(self.key.clone().into_boxed_slice()).or_insert(entry)
            }
        };
        entry.failure.failures += 1;
        entry.failure.bytes = add(entry.failure.bytes, attempt.bytes);
        if let Some(file) = attempt.file {
            let before = entry.files.len();
            entry.add_file(file);
            self.weight += entry.files.len() * size_of::<u64>();
            self.weight -= before * size_of::<u64>();
        }
    }

    /// About how many bytes of memory it takes: the one who adds decides when that is enough.
    #[must_use]
    pub fn weight(&self) -> usize {
        self.weight
    }

    /// Whether nothing was added.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tallies.is_empty()
    }

    /// The sums, in the order of their hours and places; then it is empty.
    pub fn take(&mut self) -> (Vec<Tally>, Vec<Failure>) {
        self.weight = 0;
        // Keys begin with operation and hour, and are unique: the same attempts give the same order.
        let mut tallies: Vec<_> = self.tallies.drain().collect();
        let mut failures: Vec<_> = self.failures.drain().collect();
        tallies.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        failures.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        (
            tallies.into_iter().map(|(_, tally)| tally).collect(),
            failures.into_iter().map(|(_, entry)| entry.finish()).collect(),
        )
    }

    /// Operation, hour and places as bytes, in a buffer that is used again.
    fn set_key(&mut self, attempt: &Attempt<'_>) {
        self.key.clear();
        self.key.push(attempt.operation as u8);
        self.key.extend_from_slice(&hour(attempt.ended).timestamp().to_be_bytes());
        for place in [&attempt.src, &attempt.dst] {
            for name in [&place.site, &place.rse, &place.host] {
                push(&mut self.key, name.as_ref());
            }
        }
    }
}

impl Entry {
    fn add_file(&mut self, file: u64) {
        self.files.push(file);
        if self.files.len() >= self.patience {
            self.unique();
            self.patience = FEW_FILES.max(2 * self.files.len());
        }
    }

    fn unique(&mut self) {
        self.files.sort_unstable();
        self.files.dedup();
    }

    fn finish(mut self) -> Failure {
        self.unique();
        if !self.files.is_empty() {
            self.failure.files = Files::Hashes(self.files);
        }
        self.failure
    }
}

/// The start of the hour.
pub(super) fn hour(time: DateTime<Utc>) -> DateTime<Utc> {
    let seconds = time.timestamp();
    DateTime::from_timestamp(seconds - seconds.rem_euclid(3600), 0).unwrap_or(time)
}

/// Names may be empty, missing, or hold anything but the byte that separates them, which is in no UTF-8.
fn push(key: &mut Vec<u8>, name: Option<&Cow<'_, str>>) {
    if let Some(name) = name {
        key.extend_from_slice(name.as_bytes());
    }
    key.push(0xff);
}

fn add(sum: Option<u64>, more: Option<u64>) -> Option<u64> {
    match (sum, more) {
        (Some(sum), Some(more)) => Some(sum.saturating_add(more)),
        (sum, more) => sum.or(more),
    }
}

fn tally(attempt: &Attempt<'_>) -> Tally {
    Tally {
        operation: attempt.operation,
        src: attempt.src.owned(),
        dst: attempt.dst.owned(),
        activity: attempt.activity.as_deref().map(str::to_owned),
        hour: hour(attempt.ended),
        done: 0,
        failed: 0,
        cancelled: 0,
        bytes: None,
    }
}

fn failure(attempt: &Attempt<'_>) -> Failure {
    Failure {
        operation: attempt.operation,
        src: attempt.src.owned(),
        dst: attempt.dst.owned(),
        workflow: attempt.workflow.as_deref().map(str::to_owned),
        hour: hour(attempt.ended),
        message: attempt.message.to_string(),
        failures: 0,
        files: Files::Unknown,
        bytes: None,
    }
}
