//! When jobs are due, and who does them: each job has one row with a cron expression, the time it is
//! next due, and a lease, so that of many workers one does it.
use crate::app::App;
use crate::error::Result;
use crate::process;
use chrono::{DateTime, Duration, Utc};
use croner::Cron;
use croner::parser::CronParser;
use entity::schedule::{Column, Entity, Model, State};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};

/// After this without a sign of life, another worker may do the job again.
pub const LEASE: Duration = Duration::seconds(90);

/// Understands a cron expression of five fields: minute, hour, day of month, month, day of week.
///
/// # Errors
/// What is wrong with it.
pub fn parse(text: &str) -> Result<Cron, String> {
    CronParser::new().parse(text).map_err(|error| {
        format!(
            "This is no schedule: {error}. Write five fields, such as */10 * * * * for every ten minutes."
        )
    })
}

/// When it is due next, after a moment.
#[must_use]
pub fn next(cron: &str, after: DateTime<Utc>) -> Option<DateTime<Utc>> {
    parse(cron).ok()?.find_next_occurrence(&after, false).ok()
}

/// Jobs that are due and that nobody is at. A job that was never due gets its time first.
///
/// # Errors
/// What the database says.
pub async fn due(app: &App) -> Result<Vec<Model>> {
    let now = app.now();
    let mut due = Vec::new();
    for row in Entity::find().filter(Column::IsActive.eq(true)).order_by_asc(Column::Id).all(&app.db).await? {
        let free = row.lease_until.is_none_or(|until| until <= now)
            || row.lease_holder.as_deref().is_some_and(process::is_gone);
        match row.next_run_at {
            Some(at) if at <= now && free => due.push(row),
            Some(_) => {}
            None => put_off(&app.db, &row, now).await?,
        }
    }
    Ok(due)
}

/// Sets the time a job is next due, unless somebody else did.
async fn put_off(db: &DatabaseConnection, row: &Model, now: DateTime<Utc>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::NextRunAt, Expr::value(next(&row.cron, now)))
        .filter(Column::Id.eq(row.id))
        .filter(Column::NextRunAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a job; `false` if another worker was faster.
///
/// # Errors
/// What the database says.
pub async fn claim(app: &App, row: &Model) -> Result<bool> {
    let now = app.now();
    let mut same = Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now));
    if let Some(holder) = row.lease_holder.as_deref().filter(|holder| process::is_gone(holder)) {
        same = same.add(Column::LeaseHolder.eq(holder));
    }
    let claimed = Entity::update_many()
        .col_expr(Column::LeaseHolder, Expr::value(process::HOLDER.clone()))
        .col_expr(Column::LeaseUntil, Expr::value(now + LEASE))
        .col_expr(Column::LastStartedAt, Expr::value(now))
        .col_expr(Column::LastState, Expr::value(State::Running.to_value()))
        .filter(Column::Id.eq(row.id))
        .filter(Column::NextRunAt.eq(row.next_run_at))
        .filter(same)
        .exec(&app.db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Shows that a job is still under way.
///
/// # Errors
/// What the database says.
pub async fn renew(app: &App, id: i64) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(app.now() + LEASE))
        .filter(Column::Id.eq(id))
        .filter(Column::LeaseHolder.eq(process::HOLDER.as_str()))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Gives a job back with how it went, and says when it is due next. Times that passed meanwhile are
/// not made up for: once is enough.
///
/// # Errors
/// What the database says.
pub async fn finish(app: &App, row: &Model, outcome: Result<String, String>) -> Result<()> {
    let now = app.now();
    let (state, message) = match outcome {
        Ok(message) => (State::Ok, message),
        Err(message) => (State::Failed, message),
    };
    Entity::update_many()
        .col_expr(Column::LastState, Expr::value(state.to_value()))
        .col_expr(Column::LastMessage, Expr::value(crate::admin::shorten(&message, 1000)))
        .col_expr(Column::LastFinishedAt, Expr::value(now))
        .col_expr(Column::NextRunAt, Expr::value(next(&row.cron, now)))
        .col_expr(Column::LeaseHolder, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.eq(row.id))
        .filter(Column::LeaseHolder.eq(process::HOLDER.as_str()))
        .exec(&app.db)
        .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_fields_say_when() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let noon = at("2026-11-21T12:00:00Z");
        assert_eq!(next("*/10 * * * *", noon), Some(at("2026-11-21T12:10:00Z")));
        assert_eq!(next("7 * * * *", noon), Some(at("2026-11-21T12:07:00Z")));
        assert_eq!(next("31 3 * * 1", noon), Some(at("2026-11-23T03:31:00Z")));
        for wrong in ["", "* * *", "61 * * * *", "every day"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
