//! Answers that name a category and no issue: what clients of the original send, and what was moved in. Somebody
//! who gives one says what helped.
use super::records::IMPORTED;
use super::{Event, Tick};
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::solution::{self, Column};
use entity::vocabulary::{FaultKind, Side};
use entity::{action, error_category};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait, Select,
};

/// What differs once an answer was added, changed or deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Stamp {
    count: i64,
    changed: Option<DateTime<Utc>>,
}

/// Key, action, meant, category, side, user, time; kind, retired.
type Row = (
    i64,
    Option<i64>,
    Option<i64>,
    Option<i64>,
    Side,
    Option<i64>,
    DateTime<Utc>,
    Option<FaultKind>,
    Option<bool>,
);

fn answers() -> Select<solution::Entity> {
    solution::Entity::find()
        .filter(Column::SuggestedActionId.is_null())
        .filter(Column::ActionTakenId.is_null())
        .select_only()
}

pub(super) async fn stamp(db: &DatabaseConnection) -> Result<Stamp> {
    let (count, changed) = answers()
        .expr(Column::Id.count())
        .expr(Column::UpdatedAt.max())
        .into_tuple()
        .one(db)
        .await?
        .unwrap_or_default();
    Ok(Stamp { count, changed })
}

/// All of them, under negative keys: those above nought are the records'.
pub(super) async fn read(db: &DatabaseConnection) -> Result<Vec<(i64, Option<Event>)>> {
    let rows: Vec<Row> = answers()
        .join(JoinType::LeftJoin, solution::Relation::ErrorCategory.def())
        .join(JoinType::LeftJoin, solution::Relation::Action.def())
        .columns([Column::Id, Column::ActionId, Column::MeantActionId, Column::CategoryId])
        .columns([Column::Side, Column::UserId, Column::CreatedAt])
        .column(error_category::Column::FaultKind)
        .column(action::Column::IsRetired)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| (-row.0, event(row))).collect())
}

/// What an answer counts for. An action that is not offered, such as “Unknown”, teaches nothing.
fn event((_, said, meant, category, side, user, at, kind, retired): Row) -> Option<Event> {
    let action = meant.or(said.filter(|_| retired != Some(true)))?;
    let weight = if user.is_some() { 1.0 } else { IMPORTED };
    Some(Event { action, category, kind, side, site: None, outcome: Tick::Worked, at, weight })
}
