//! Changes of categories over stored issues: a merge, another pattern. What would move can be seen
//! before, moving goes on in the background and can be stopped, and everything moved can be moved back.
mod chosen;
mod fold;
mod preview;
mod work;

pub use chosen::{Outlook, move_issues, outlook};
pub use preview::{Preview, Sample, preview};
pub use work::{waiting, work};

use crate::admin::{Actor, Deed, Verb};
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use entity::error_category;
use entity::recategorisation::{ActiveModel, Column, Entity, Kind, Model, State};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseConnection, DatabaseTransaction, EntityTrait, QueryFilter, Set,
};
use serde::{Deserialize, Serialize};

/// What was before, so that it can be undone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Before {
    /// Of a merge: the category that was merged, and its state.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub merged: Option<(i64, String)>,
    /// Of a pattern: the pattern before.
    #[serde(default)]
    pub pattern: Option<String>,
    /// Of a pattern: its place in the order before.
    #[serde(default)]
    pub priority: i32,
}

/// Asks for what follows from a change of a category: nothing, if its issues stay where they are.
///
/// # Errors
/// What the database says.
pub async fn follow(
    txn: &DatabaseTransaction,
    row: &error_category::Model,
    before: Option<&error_category::Model>,
    deed: &Deed,
) -> Result<()> {
    let was = before.map(|before| (before.merged_into_id, before.pattern.as_deref(), before.priority));
    let (merged, pattern, priority) = was.unwrap_or((None, None, row.priority));
    if let Some(into) = row.merged_into_id.filter(|into| merged != Some(*into)) {
        let state = before.map_or_else(|| "active".to_owned(), |before| before.state.to_value());
        let detail = Before { merged: Some((row.id, state)), ..Before::default() };
        let summary = format!("Merge “{}” (#{}) into #{into}", row.title, row.id);
        return ask(txn, Kind::Merge, into, summary, &detail, deed).await;
    }
    let patterned = row.pattern.is_some() || pattern.is_some();
    if patterned && (row.pattern.as_deref() != pattern || row.priority != priority) {
        let detail = Before { merged: None, pattern: pattern.map(str::to_owned), priority };
        let summary = match &row.pattern {
            Some(pattern) => format!("Sort by the pattern {pattern} of “{}”", row.title),
            None => format!("Sort without the pattern of “{}”", row.title),
        };
        return ask(txn, Kind::Pattern, row.id, summary, &detail, deed).await;
    }
    Ok(())
}

async fn ask(
    txn: &DatabaseTransaction,
    kind: Kind,
    category: i64,
    summary: String,
    before: &Before,
    deed: &Deed,
) -> Result<()> {
    let mut row = fresh(kind, category, &summary, deed);
    row.detail = Set(serde_json::to_string(before).ok());
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}

fn fresh(kind: Kind, category: i64, summary: &str, deed: &Deed) -> ActiveModel {
    ActiveModel {
        kind: Set(kind),
        category_id: Set(category),
        state: Set(State::Queued),
        summary: Set(crate::admin::shorten(summary, 500)),
        user_id: Set(deed.actor.id),
        created_at: Set(deed.at),
        updated_at: Set(deed.at),
        ..Default::default()
    }
}

/// Stops one that is waiting or under way; what was moved stays moved.
///
/// # Errors
/// Without the right, or what the database says.
pub async fn stop(db: &DatabaseConnection, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<()> {
    turn(db, actor, id, &[State::Queued, State::Running], State::Stopped, now).await
}

/// Moves everything back that one moved, and gives the category what it had before.
///
/// # Errors
/// Without the right, or what the database says.
pub async fn undo(db: &DatabaseConnection, actor: &Actor, id: i64, now: DateTime<Utc>) -> Result<()> {
    turn(db, actor, id, &[State::Done, State::Stopped, State::Failed], State::Undoing, now).await
}

async fn turn(
    db: &DatabaseConnection,
    actor: &Actor,
    id: i64,
    from: &[State],
    to: State,
    now: DateTime<Utc>,
) -> Result<()> {
    actor.must("error-categories", Verb::Change)?;
    let words: Vec<String> = from.iter().map(ActiveEnum::to_value).collect();
    let turned = Entity::update_many()
        .col_expr(Column::State, Expr::value(to.to_value()))
        .col_expr(Column::UpdatedAt, Expr::value(now))
        .col_expr(Column::FinishedAt, Expr::value((to == State::Stopped).then_some(now)))
        .filter(Column::Id.eq(id))
        .filter(Column::State.is_in(words))
        .exec(db)
        .await?;
    if turned.rows_affected == 1 {
        return Ok(());
    }
    Err(Error::Refused("It has gone on meanwhile. Look at the page again.".into()))
}

/// One of them.
///
/// # Errors
/// [`Error::NotFound`], or what the database says.
pub async fn get(db: &DatabaseConnection, id: i64) -> Result<Model> {
    Entity::find_by_id(id).one(db).await?.ok_or(Error::NotFound)
}
