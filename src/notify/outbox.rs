//! Sends what waits, oldest first, slowly, and tries again later what was not taken.
use super::Told;
use super::channel::{self, Refusal};
use super::message::Message;
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use entity::incident;
use entity::notification::{Column, Entity, Model, State};
use entity::notification_rule;
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::time::Duration;

/// Messages of one run: a storm must not become one in a channel.
const AT_MOST: u64 = 20;
/// Between two messages: Mattermost takes ten a second from everybody together.
const PAUSE: Duration = Duration::from_millis(200);
/// Tries before a message is given up: with the pauses between them, about a day.
const TRIES: i32 = 12;
/// While a message is being sent, no other process may send it; after this, it was not.
const LEASE: TimeDelta = TimeDelta::minutes(2);

/// Sends.
pub(super) async fn send(app: &App, told: &mut Told) -> Result<()> {
    let now = app.now();
    let due = Condition::any().add(Column::NextTryAt.is_null()).add(Column::NextTryAt.lte(now));
    let waiting = Entity::find()
        .filter(Column::State.eq(State::Queued))
        .filter(due)
        .order_by_asc(Column::Id)
        .limit(AT_MOST)
        .all(&app.db)
        .await?;
    for row in waiting {
        if !claim(app, &row, now).await? {
            continue;
        }
        match deliver(app, &row).await {
            Ok(()) => {
                sent(app, &row).await?;
                told.sent += 1;
            }
            Err(Refusal::Later(why, wait)) if row.attempts + 1 < TRIES => {
                let wait = wait.unwrap_or_else(|| pause(row.attempts));
                let next = app.now() + TimeDelta::from_std(wait).unwrap_or(LEASE);
                note(app, &row, State::Queued, Some(next), &why).await?;
                told.later += 1;
            }
            Err(Refusal::Never(why) | Refusal::Later(why, _)) => {
                tracing::warn!(notification = row.id, why, "a message was given up");
                note(app, &row, State::Failed, None, &why).await?;
                told.failed += 1;
            }
        }
        tokio::time::sleep(PAUSE).await;
    }
    Ok(())
}

/// Half a minute, one, two, four, up to four hours.
fn pause(attempts: i32) -> Duration {
    let doubled = 2_u64.saturating_pow(u32::try_from(attempts).unwrap_or_default());
    Duration::from_secs((30 * doubled).min(4 * 3600))
}

/// Takes a message for sending; `false` if another process did.
async fn claim(app: &App, row: &Model, now: DateTime<Utc>) -> Result<bool> {
    let claimed = Entity::update_many()
        .col_expr(Column::NextTryAt, Expr::value(now + LEASE))
        .col_expr(Column::Attempts, Expr::value(row.attempts + 1))
        .filter(Column::Id.eq(row.id))
        .filter(Column::State.eq(State::Queued))
        .filter(Column::Attempts.eq(row.attempts))
        .exec(&app.db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

async fn deliver(app: &App, row: &Model) -> Result<(), Refusal> {
    let message: Message =
        serde_json::from_str(&row.payload).map_err(|error| Refusal::Never(error.to_string()))?;
    let target = match row.rule_id {
        Some(id) => notification_rule::Entity::find_by_id(id)
            .one(&app.db)
            .await
            .map_err(|error| Refusal::Later(error.to_string(), None))?
            .and_then(|rule| rule.target),
        None => None,
    };
    channel::open(app, row.channel, target.as_deref())?.send(&message).await
}

async fn sent(app: &App, row: &Model) -> Result<()> {
    let now = app.now();
    Entity::update_many()
        .col_expr(Column::State, Expr::value(State::Sent.to_value()))
        .col_expr(Column::SentAt, Expr::value(now))
        .col_expr(Column::NextTryAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::Error, Expr::value(Option::<String>::None))
        .filter(Column::Id.eq(row.id))
        .exec(&app.db)
        .await?;
    if let Some(id) = row.incident_id {
        incident::Entity::update_many()
            .col_expr(incident::Column::AnnouncedAt, Expr::value(now))
            .filter(incident::Column::Id.eq(id))
            .filter(incident::Column::AnnouncedAt.is_null())
            .exec(&app.db)
            .await?;
    }
    Ok(())
}

async fn note(app: &App, row: &Model, state: State, next: Option<DateTime<Utc>>, why: &str) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.to_value()))
        .col_expr(Column::NextTryAt, Expr::value(next))
        .col_expr(Column::Error, Expr::value(crate::admin::shorten(why, 1000)))
        .filter(Column::Id.eq(row.id))
        .exec(&app.db)
        .await?;
    Ok(())
}
