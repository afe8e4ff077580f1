//! Exact values before and after a write, beside the words that people read: for taking back what was done, and for
//! earlier versions of a row.
use super::field::Field;
use super::save::version_of;
use super::{AnyResource, Record};
use crate::error::Result;
use chrono::SecondsFormat;
use entity::audit_log;
use sea_orm::{DatabaseTransaction, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Most bytes kept of one write: what a text column of every database takes.
const LARGEST: usize = 60_000;

/// What a write changed, exactly.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Trace {
    /// Version that the row had after it; for one that was deleted, the last.
    pub version: Option<i32>,
    /// Values before and after, by field; keys of linked rows are joined by commas.
    pub values: BTreeMap<String, [String; 2]>,
    /// Something that changed is missing: a secret, or more than can be kept.
    pub partial: bool,
    /// The row that this one was deleted with, as `slug/key`.
    pub with: Option<String>,
    /// What went with the row and cannot be made again.
    pub lost: Vec<String>,
}

impl Trace {
    /// What a write changed in the fields given.
    #[must_use]
    pub fn of_write(
        resource: &dyn AnyResource,
        changed: &[usize],
        before: Option<&Record>,
        after: &Record,
    ) -> Self {
        let mut trace = Self { version: version_of(resource, after), ..Self::default() };
        for at in changed {
            let field = &resource.meta().fields[*at];
            if field.secret {
                trace.partial = true;
                continue;
            }
            let old = before.map(|row| exact(&row.values[*at])).unwrap_or_default();
            trace.values.insert(field.name.clone(), [old, exact(&after.values[*at])]);
        }
        trace
    }

    /// All that a row is, with its links.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of_deleted(
        txn: &DatabaseTransaction,
        resource: &dyn AnyResource,
        row: &Record,
    ) -> Result<Self> {
        let mut trace = Self { version: version_of(resource, row), ..Self::default() };
        let meta = resource.meta();
        for (field, value) in meta.fields.iter().zip(&row.values) {
            let own = field.automatic && field.column != "created_at";
            if !own && !field.secret && *value != field.blank() {
                trace.values.insert(field.name.clone(), [exact(value), String::new()]);
            }
        }
        for many in meta.many {
            if let Some(key) = super::key_number(row.key()) {
                trace.link(many.name, &many.load(&txn.into(), key).await?, &BTreeSet::new());
            }
        }
        Ok(trace)
    }

    /// Adds links before and after.
    pub fn link(&mut self, name: &str, before: &BTreeSet<i64>, after: &BTreeSet<i64>) {
        if before != after {
            self.values.insert(name.to_owned(), [keys(before), keys(after)]);
        }
    }

    /// As it is stored; too much of it is said to be missing.
    #[must_use]
    pub fn text(&self) -> Option<String> {
        let text = serde_json::to_string(self).ok()?;
        if text.len() <= LARGEST {
            return Some(text);
        }
        let short = Self { values: BTreeMap::new(), partial: true, ..self.clone() };
        serde_json::to_string(&short).ok().filter(|text| text.len() <= LARGEST)
    }

    /// Of an entry; none of what was written before traces were kept.
    #[must_use]
    pub fn of(entry: &audit_log::Model) -> Option<Self> {
        serde_json::from_str(entry.trace.as_deref()?).ok()
    }
}

/// A value that can be read again without loss: a form shows thousandths of a second, this has them all.
fn exact(value: &Value) -> String {
    match value {
        Value::ChronoDateTimeUtc(Some(moment)) => moment.to_rfc3339_opts(SecondsFormat::Micros, true),
        other => Field::input_text(other),
    }
}

fn keys(keys: &BTreeSet<i64>) -> String {
    keys.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}
