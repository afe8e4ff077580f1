//! The same change to many rows: each through the save that a form uses, all in one transaction; what cannot be changed
//! is left alone and told.
use super::history::Changes;
use super::undo::obstacle;
use super::{Input, Record, Save, Target, version_of};
use crate::auth::session::digest;
use crate::error::Result;
use sea_orm::{DatabaseTransaction, TransactionTrait};

/// Rows whose changes are shown.
const SHOWN: usize = 20;

/// What it did.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// Rows that changed.
    pub changed: usize,
    /// Rows that had these values already.
    pub same: usize,
    /// Rows left alone, by name, and why.
    pub refused: Vec<(String, String)>,
    /// The first that changed: name, old and new values.
    pub sample: Vec<(String, Changes)>,
}

/// Changes rows that are as they were read.
///
/// # Errors
/// What the database says; what stands in the way of one row leaves that row alone.
pub async fn change(
    txn: &DatabaseTransaction,
    save: &Save<'_>,
    rows: &[Record],
    input: &Input,
) -> Result<Outcome> {
    let mut outcome = Outcome::default();
    for row in rows {
        // What the database refuses would spoil all of a transaction on PostgreSQL.
        let step = txn.begin().await?;
        let version = version_of(save.resource, row);
        match save.run(&step, Target::Row(&row.pk(), version), input).await {
            Ok(saved) if saved.changes.is_empty() => {
                step.rollback().await?;
                outcome.same += 1;
            }
            Ok(saved) => {
                step.commit().await?;
                outcome.changed += 1;
                if outcome.sample.len() < SHOWN {
                    outcome.sample.push((row.label.clone(), saved.changes));
                }
            }
            Err(error) => {
                step.rollback().await?;
                outcome.refused.push((row.label.clone(), obstacle(error)?));
            }
        }
    }
    Ok(outcome)
}

/// Which rows these are, and of which versions: what was looked at is known again.
#[must_use]
pub fn state(save: &Save<'_>, rows: &[Record]) -> String {
    let one = |row: &Record| format!("{}:{}", row.pk(), version_of(save.resource, row).unwrap_or_default());
    digest(&rows.iter().map(one).collect::<Vec<_>>().join(" "))
}
