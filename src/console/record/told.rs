//! Telling a shifter what others did while the form stood open.
use super::Job;
use crate::error::Result;
use crate::shift::times;
use crate::web::{Level, Message};
use chrono::Duration;
use entity::issue::{self, Status};
use entity::{action, action_taken, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Without knowing when the form was drawn: so many minutes.
const LATELY: i64 = 5;
/// Records named.
const NAMED: u64 = 3;

/// What others recorded about the issue or its incident, and how its status changed, since the form was drawn.
pub(super) async fn meanwhile(job: &Job<'_>) -> Result<Vec<Message>> {
    let visit = job.visit;
    let since = job.seen.unwrap_or(visit.now - Duration::minutes(LATELY));
    let mut issues: Vec<i64> = super::siblings(visit, job.issue).await?.iter().map(|row| row.id).collect();
    issues.push(job.issue.id);
    let rows = action_taken::Entity::find()
        .filter(action_taken::Column::IssueId.is_in(issues))
        .filter(action_taken::Column::TakenAt.gte(since))
        .filter(action_taken::Column::UserId.ne(visit.actor()?.id))
        .order_by_desc(action_taken::Column::TakenAt)
        .order_by_asc(action_taken::Column::Id)
        .limit(NAMED)
        .find_also_related(action::Entity)
        .find_also_related(user::Entity)
        .all(&visit.app.db)
        .await?;
    let mut messages: Vec<Message> = rows
        .into_iter()
        .map(|(row, action, user)| {
            let who = user.map_or_else(|| "Somebody".into(), |user| user.username);
            let action = action.map(|action| action.name).unwrap_or_default();
            let ago = times::length(visit.now - row.taken_at);
            let of = match row.issue_id {
                id if id == job.issue.id => String::new(),
                id => format!(" for issue {id} of the same incident"),
            };
            let text = format!("{who} recorded “{action}”{of} {ago} ago. Both records are kept.");
            Message::plain(Level::Warn, text)
        })
        .collect();
    messages.extend(moved(job));
    Ok(messages)
}

/// The status that the form was drawn with is no longer the one that was found.
fn moved(job: &Job<'_>) -> Option<Message> {
    let was: Status = sea_orm::ActiveEnum::try_from_value(&job.input.get("was")?.to_owned()).ok()?;
    let issue: &issue::Model = job.issue;
    (was != issue.status).then(|| {
        let text = format!(
            "Meanwhile issue {} went from {} to {}; look at its timeline.",
            issue.id,
            super::word(was),
            super::word(issue.status)
        );
        Message::plain(Level::Warn, text)
    })
}
