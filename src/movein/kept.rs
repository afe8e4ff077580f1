//! Which rows were moved in before.
use super::old::{OldRow, Table};
use super::{Keys, To};
use crate::fixture;
use entity::imported_row::{ActiveModel, Column, Entity, Model};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, Set, Value};
use std::collections::{BTreeSet, HashSet};

/// Rows to a statement.
const CHUNK: usize = 1000;

/// Learns what keys of small tables are here; what was deleted here since is as if it had never come.
pub(super) async fn known(to: To<'_>, rows: &[OldRow], keys: &mut Keys) -> anyhow::Result<()> {
    let tables: BTreeSet<Table> = rows.iter().map(|row| row.table).chain(Table::ALL).collect();
    for table in tables {
        let kept = Entity::find()
            .filter(Column::Origin.eq(to.origin))
            .filter(Column::OldTable.eq(table.table()))
            .all(to.txn)
            .await?;
        for kept in kept.chunks(CHUNK) {
            let there = there(to, kept).await?;
            for row in kept.iter().filter(|row| there.contains(&row.new_id)) {
                keys.set(table, row.old_pk, row.new_id);
            }
        }
    }
    Ok(())
}

async fn there(to: To<'_>, kept: &[Model]) -> anyhow::Result<HashSet<i64>> {
    let ids: BTreeSet<i64> = kept.iter().map(|row| row.new_id).collect();
    let Some(table) = kept.first().and_then(|row| fixture::table(&row.new_table)) else {
        return Ok(HashSet::new());
    };
    // The log only grows, and the longest of all is not worth reading again.
    if table.name() == "audit_log" {
        return Ok(ids.into_iter().collect());
    }
    let filter = Condition::all().add(Expr::col("id").is_in(ids));
    let rows = table.find(to.txn, filter).await?;
    let key = table.key().first().copied().unwrap_or_default();
    Ok(rows
        .iter()
        .filter_map(|row| match row.get(key) {
            Some(Value::BigInt(id)) => *id,
            _ => None,
        })
        .collect())
}

/// Remembers where rows came from: old key and new one.
pub(super) async fn remember(
    to: To<'_>,
    old_table: &str,
    new_table: &str,
    pairs: &[(i64, i64)],
) -> anyhow::Result<()> {
    for pairs in pairs.chunks(CHUNK) {
        let rows: Vec<ActiveModel> = pairs
            .iter()
            .map(|(old, new)| ActiveModel {
                origin: Set(to.origin.to_owned()),
                old_table: Set(old_table.to_owned()),
                old_pk: Set(*old),
                new_table: Set(new_table.to_owned()),
                new_id: Set(*new),
                ..Default::default()
            })
            .collect();
        let again = OnConflict::columns([Column::Origin, Column::OldTable, Column::OldPk])
            .update_columns([Column::NewTable, Column::NewId])
            .to_owned();
        Entity::insert_many(rows).on_conflict(again).exec_without_returning(to.txn).await?;
    }
    Ok(())
}

/// Rows of a table with keys between two that were moved in before.
pub(super) async fn between(
    to: To<'_>,
    old_table: &str,
    first: i64,
    last: i64,
) -> anyhow::Result<Vec<(i64, i64)>> {
    use sea_orm::QuerySelect;
    Ok(Entity::find()
        .select_only()
        .columns([Column::OldPk, Column::NewId])
        .filter(Column::Origin.eq(to.origin))
        .filter(Column::OldTable.eq(old_table))
        .filter(Column::OldPk.between(first, last))
        .into_tuple()
        .all(to.txn)
        .await?)
}
