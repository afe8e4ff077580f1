//! The evidence of the database, kept in memory.
//!
//! Adding it up takes a look at every record and its issue, too much for each page; kept sums in a table would have
//! to follow every record, outcome, undo, move of an issue and merge of categories, and would not have the last
//! attempts. So each process keeps its own, some megabytes at 100,000 records. What is recorded through it is in it
//! at once; what others do, it learns in the background, and nobody waits for that.
use super::records::{self, Changes, Records, Stamp};
use super::{Event, Evidence};
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// How late this process learns of what happened through another: records, moves of issues, ends of incidents.
const READ_EVERY: TimeDelta = TimeDelta::seconds(30);

/// What was done about errors and what came of it, as this process knows it.
#[derive(Default)]
pub struct Experience(Mutex<Option<Kept>>);

struct Kept {
    evidence: Arc<Evidence>,
    /// What each record counts for, if for anything.
    events: BTreeMap<i64, Option<Event>>,
    stamp: Stamp,
    /// Writes of this process that are in it.
    writes: u64,
    read: DateTime<Utc>,
}

impl Experience {
    /// All that is known by now.
    pub(super) async fn evidence(&self, app: &App, now: DateTime<Utc>) -> Result<Arc<Evidence>> {
        // Who asks while somebody waits for the database waits for the same answer.
        let mut slot = self.0.lock().await;
        // Asked for before the database is: a write in between is looked for again.
        let writes = app.counts.writes();
        let Some(kept) = slot.as_mut() else {
            let kept = Kept::new(records::read(&app.db).await?, writes, now);
            return Ok(slot.insert(kept).evidence.clone());
        };
        if kept.writes != writes {
            if let Some(changes) = records::changes(&app.db, &kept.stamp, kept.events.keys()).await? {
                kept.apply(changes);
            }
            kept.writes = writes;
        }
        let age = now - kept.read;
        if age >= READ_EVERY || age < TimeDelta::zero() {
            // Whether or not it succeeds, the next one is due later.
            kept.read = now;
            tokio::spawn(read_again(app.clone(), kept.stamp, writes, now));
        }
        Ok(kept.evidence.clone())
    }
}

/// Reads everything again. If meanwhile something was recorded through this process, what it found is out of date.
async fn read_again(app: App, stamp: Stamp, writes: u64, now: DateTime<Utc>) {
    let records = match records::read(&app.db).await {
        Ok(records) => records,
        Err(error) => return tracing::warn!(%error, "what was recorded could not be read again"),
    };
    let fresh = Kept::new(records, writes, now);
    let mut slot = app.experience.0.lock().await;
    if slot.as_ref().is_some_and(|kept| kept.stamp == stamp) {
        *slot = Some(fresh);
    }
}

impl Kept {
    fn new(records: Records, writes: u64, now: DateTime<Utc>) -> Self {
        let mut evidence = Evidence::new(now);
        for event in records.events.values().flatten() {
            evidence.add(event);
        }
        Self { evidence: Arc::new(evidence), events: records.events, stamp: records.stamp, writes, read: now }
    }

    fn apply(&mut self, changes: Changes) {
        let evidence = Arc::make_mut(&mut self.evidence);
        for id in changes.gone {
            if let Some(Some(event)) = self.events.remove(&id) {
                evidence.remove(&event);
            }
        }
        for (id, event) in changes.events {
            if let Some(event) = &event {
                evidence.add(event);
            }
            if let Some(Some(before)) = self.events.insert(id, event) {
                evidence.remove(&before);
            }
        }
        self.stamp = changes.stamp;
    }
}
