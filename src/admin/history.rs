//! Who did what: one entry per write, in the same transaction.
use super::erased::Record;
use super::field::shorten;
use super::trace::Trace;
use super::{AnyResource, Deed};
use crate::error::Result;
use entity::audit_log::{self, Verb};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;

/// What changed: title of the field, and its value before and after, in words people read.
pub type Changes = BTreeMap<String, [Option<String>; 2]>;

/// What a write changed: for people, and exactly.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// In words.
    pub changes: Changes,
    /// Exactly.
    pub trace: Trace,
}

/// Longest value kept of a field; longer ones are cut.
const LONGEST: usize = 2000;

/// Writes one entry about a row.
///
/// # Errors
/// When the database refuses; then nothing of the transaction may be kept.
pub async fn record(
    txn: &DatabaseTransaction,
    deed: &Deed,
    verb: Verb,
    resource: &dyn AnyResource,
    row: &Record,
    written: &Written,
) -> Result<()> {
    let entry = traced(deed, verb, resource, row, written);
    audit_log::Entity::insert(entry).exec_without_returning(txn).await?;
    Ok(())
}

/// One entry that can be taken back, to be written.
#[must_use]
pub fn traced(
    deed: &Deed,
    verb: Verb,
    resource: &dyn AnyResource,
    row: &Record,
    written: &Written,
) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        trace: Set(written.trace.text()),
        ..entry(deed, verb, resource.meta().slug, &row.pk(), &row.label, &written.changes)
    }
}

/// Entries of one operation, newest first.
///
/// # Errors
/// When the database does not answer.
pub async fn of_operation(
    txn: &DatabaseTransaction,
    operation: &str,
    limit: u64,
) -> Result<Vec<audit_log::Model>> {
    Ok(audit_log::Entity::find()
        .filter(audit_log::Column::Operation.eq(operation))
        .order_by_desc(audit_log::Column::Id)
        .limit(limit)
        .all(txn)
        .await?)
}

/// One entry, to be written.
#[must_use]
pub fn entry(
    deed: &Deed,
    verb: Verb,
    resource: &str,
    pk: &str,
    label: &str,
    changes: &Changes,
) -> audit_log::ActiveModel {
    audit_log::ActiveModel {
        at: Set(deed.at),
        user_id: Set(deed.actor.id),
        username: Set(deed.actor.username.clone()),
        source: Set(deed.source),
        verb: Set(verb),
        resource: Set(resource.to_owned()),
        object_pk: Set(pk.to_owned()),
        object_label: Set(shorten(label, 200)),
        changes: Set(serde_json::to_string(changes).unwrap_or_default()),
        reason: Set(deed.reason.clone()),
        operation: Set(Some(deed.operation.clone())),
        trace: Set(None),
        request_id: Set(deed.request_id.clone()),
        address: Set(deed.address.clone()),
        ..Default::default()
    }
}

/// One value as it is kept: empty is nothing.
#[must_use]
pub fn kept(text: String) -> Option<String> {
    (!text.is_empty()).then(|| shorten(&text, LONGEST))
}
