//! Sums of one hour. Several names of the monitoring say that a site is not known: what has the same places is added up.
use crate::sources::record::{Failure, Files, Place, Tally};
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use std::collections::BTreeMap;

/// What happened from where to where.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Link {
    pub(super) operation: Operation,
    pub(super) src: Place,
    pub(super) dst: Place,
}

impl Link {
    /// For people.
    pub(super) fn name(&self) -> String {
        format!("{} from {} to {}", word(self.operation), self.src, self.dst)
    }

    pub(super) fn key(&self) -> (u8, Option<String>, Option<String>) {
        (self.operation as u8, self.src.site.clone(), self.dst.site.clone())
    }
}

/// An operation as the monitoring calls it.
pub(super) fn word(operation: Operation) -> &'static str {
    match operation {
        Operation::Transfer => "transfer",
        Operation::Deletion => "deletion",
        Operation::Staging => "stagein",
        Operation::Workflow => "workflow",
    }
}

type LinkKey = (u8, Option<String>, Option<String>);

/// Sums by link, and by link and message.
pub(super) struct Sums {
    hour: DateTime<Utc>,
    tallies: BTreeMap<(LinkKey, Option<String>), Tally>,
    failures: BTreeMap<(LinkKey, String), Failure>,
}

impl Sums {
    pub(super) fn new(hour: DateTime<Utc>) -> Self {
        Self { hour, tallies: BTreeMap::new(), failures: BTreeMap::new() }
    }

    pub(super) fn count(&mut self, link: &Link, activity: Option<String>, done: u64, failed: u64) {
        let key = (link.key(), activity.clone());
        let Link { operation, src, dst } = link.clone();
        let (hour, bytes) = (self.hour, None);
        let none = Tally { operation, src, dst, activity, hour, done: 0, failed: 0, cancelled: 0, bytes };
        let tally = self.tallies.entry(key).or_insert(none);
        tally.done = tally.done.saturating_add(done);
        tally.failed = tally.failed.saturating_add(failed);
    }

    pub(super) fn fail(&mut self, link: &Link, message: String, failures: u64, files: Option<u64>) {
        let Link { operation, src, dst } = link.clone();
        let (hour, files) = (self.hour, files.map_or(Files::Unknown, Files::Count));
        match self.failures.get_mut(&(link.key(), message.clone())) {
            Some(known) => {
                known.failures = known.failures.saturating_add(failures);
                if let (Files::Count(count), Files::Count(more)) = (&mut known.files, files) {
                    *count = count.saturating_add(more);
                }
            }
            None => {
                let key = (link.key(), message.clone());
                let failure = Failure {
                    operation,
                    src,
                    dst,
                    workflow: None,
                    hour,
                    message,
                    failures,
                    files,
                    bytes: None,
                };
                self.failures.insert(key, failure);
            }
        }
    }

    /// In the order of operations and sites.
    pub(super) fn finish(self) -> (Vec<Tally>, Vec<Failure>) {
        (self.tallies.into_values().collect(), self.failures.into_values().collect())
    }
}
