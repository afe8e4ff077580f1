//! Rows that go with another when it is deleted: the history keeps them, so that they can be made again.
use super::erased::Fetch;
use super::history::{self, Written};
use super::registry::Registry;
use super::trace::Trace;
use super::{AnyResource, Deed, Record};
use crate::error::Result;
use entity::audit_log::{self, Verb};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{DatabaseTransaction, EntityTrait, ForeignKeyAction};

/// Rows of one table that are kept; what goes beyond is said to be lost.
const KEPT: u64 = 1000;
/// How far deletions are followed, as in the preview.
const DEPTH: usize = 4;
/// Entries written with one statement.
const BATCH: usize = 100;

/// Keeps them, the last that hang on others first: made again in the opposite order, each finds what it points at.
/// Gives what there was too much of.
pub(super) async fn keep(
    txn: &DatabaseTransaction,
    registry: &Registry,
    resource: &dyn AnyResource,
    row: &Record,
    deed: &Deed,
) -> Result<Vec<String>> {
    let with = format!("{}/{}", resource.meta().slug, row.pk());
    let mut front = vec![(resource.meta().table, vec![row.key().clone()])];
    let (mut entries, mut lost) = (Vec::new(), Vec::new());
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (table, keys) in front {
            let cascades =
                registry.references_to(table).filter(|to| matches!(to.on_delete, ForeignKeyAction::Cascade));
            for reference in cascades {
                let Some(target) = registry.table(&reference.table) else { continue };
                let points = Expr::col((target.meta().table, reference.column.clone())).is_in(keys.clone());
                let order = vec![(Expr::col((target.meta().table, "id")), sea_orm::Order::Desc)];
                let fetch = Fetch { filter: Condition::all().add(points), order, limit: KEPT + 1 };
                let mut rows = target.fetch(&txn.into(), fetch).await?;
                if rows.len() as u64 > KEPT {
                    lost.push(format!("some {}", target.meta().plural));
                    rows.truncate(usize::try_from(KEPT).unwrap_or_default());
                }
                for row in &rows {
                    entries.push(entry(txn, target, row, deed, &with).await?);
                }
                next.push((target.meta().table, rows.iter().map(|row| row.key().clone()).collect()));
            }
        }
        next.retain(|(_, keys): &(_, Vec<_>)| !keys.is_empty());
        front = next;
    }
    entries.reverse();
    for batch in entries.chunks(BATCH) {
        audit_log::Entity::insert_many(batch.iter().cloned()).exec_without_returning(txn).await?;
    }
    Ok(lost)
}

async fn entry(
    txn: &DatabaseTransaction,
    resource: &dyn AnyResource,
    row: &Record,
    deed: &Deed,
    with: &str,
) -> Result<audit_log::ActiveModel> {
    let trace = Trace::of_deleted(txn, resource, row).await?;
    let trace = Trace { with: Some(with.to_owned()), ..trace };
    let changes = history::Changes::from([("Deleted with".to_owned(), [Some(with.to_owned()), None])]);
    Ok(history::traced(deed, Verb::Delete, resource, row, &Written { changes, trace }))
}
