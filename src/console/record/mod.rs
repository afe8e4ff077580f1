//! Recording what was done about an issue, or about all issues of its incident: one transaction, author and
//! time by the server.
mod parse;
mod told;
mod write;

use super::form::{OFFERED, context};
use super::issue::{draw, load};
use super::rates::{Rates, Scope};
use super::words::{plural, status_badge};
use super::{gone, local};
use crate::admin::{Input, Verb};
use crate::error::{Error, Result};
use crate::suggestions::Suggestion;
use crate::web::{Level, Message, Posted, Visit, found};
use axum::extract::Path;
use axum::response::Response;
use chrono::{DateTime, Duration, Utc};
use entity::issue::{self, Status};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;
use write::{Done, Writer};

/// Names of what is typed into the record form.
pub(super) const FIELDS: [&str; 8] =
    ["action", "other", "side", "real_cause", "worked", "ticket", "status", "comment"];
/// What the form carries along besides.
const CARRIED: [&str; 2] = ["also", "next"];
/// Issues of an incident that are recorded with one post.
pub(super) const ALSO: u64 = 50;
/// Within so many seconds, the same record is taken for the same deed.
const SAME: i64 = 10;
/// So many minutes after it a record can be taken back, and a form that was sent again is known again.
pub(super) use crate::admin::undo::UNDO;

/// `POST /issues/<pk>/`: the whole form, or only `action` (and `ticket`) with defaults for the rest.
pub async fn record(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let actor = visit.actor()?;
    actor.must("issues", Verb::View)?;
    actor.must("actions-taken", Verb::Add)?;
    let issue = match load(&visit, &pk).await {
        Err(Error::NotFound) => return gone::page(&visit, &pk, Some(&input)).await,
        issue => issue?,
    };
    let job = Job::read(&visit, &issue, &input).await?;
    let txn = crate::db::begin(&visit.app.db).await?;
    match (Writer { job: &job, txn: &txn, deed: visit.deed()? }).write().await {
        Ok(Some(done)) => {
            txn.commit().await?;
            visit.app.counts.forget();
            job.tell(&done).await?;
            Ok(found(&local(input.get("next"), format!("/issues/{}/", issue.id))))
        }
        Ok(None) => {
            txn.rollback().await?;
            gone::page(&visit, &pk, Some(&input)).await
        }
        Err(Error::Invalid(errors)) => {
            txn.rollback().await?;
            draw(&visit, &pk, typed(&input), errors).await
        }
        Err(error) => Err(error),
    }
}

/// What was typed into the form, and what it carries along.
pub(super) fn typed(input: &Input) -> Typed {
    let names = FIELDS.into_iter().chain(CARRIED);
    names.filter_map(|name| Some((name, input.get(name)?.to_owned()))).collect()
}

/// All that is known before the transaction begins.
struct Job<'a> {
    visit: &'a Visit,
    input: &'a Input,
    issue: &'a issue::Model,
    /// Further issues of the incident to record the same for.
    also: Vec<issue::Model>,
    /// What the page offered.
    offered: Vec<Suggestion>,
    rates: Rates,
    /// When the form was drawn, if it says so.
    seen: Option<DateTime<Utc>>,
}

impl<'a> Job<'a> {
    async fn read(visit: &'a Visit, issue: &'a issue::Model, input: &'a Input) -> Result<Self> {
        let mut also = Vec::new();
        if input.get("also").is_some_and(|text| !text.is_empty()) {
            also = siblings(visit, issue).await?;
            let listed: Vec<i64> = input.all("with").iter().filter_map(|key| key.parse().ok()).collect();
            also.retain(|other| listed.is_empty() || listed.contains(&other.id));
        }
        let contexts = [context(issue)];
        let mut offered = crate::suggestions::rank(&visit.app, visit.now, &contexts).await?;
        let mut offered = offered.pop().unwrap_or_default();
        offered.truncate(OFFERED);
        let side = parse::side(issue, input).unwrap_or(entity::vocabulary::Side::Unknown);
        let scopes: Vec<Scope> = std::iter::once(issue)
            .chain(&also)
            .map(|row| Scope::of(row, side, super::words::site_on(issue, side)))
            .collect();
        let rates = Rates::read(&visit.app, visit.now, &scopes).await?;
        let seen = input.get("seen").and_then(|text| text.parse().ok()).filter(|seen| *seen <= visit.now);
        Ok(Self { visit, input, issue, also, offered, rates, seen })
    }

    /// Since when a record of the same is the same deed: the form was sent twice.
    fn same_since(&self) -> DateTime<Utc> {
        let now = self.visit.now;
        let seen = self.seen.map(|seen| seen.max(now - Duration::minutes(UNDO)));
        seen.unwrap_or(now - Duration::seconds(SAME)).min(now - Duration::seconds(SAME))
    }

    /// Says what was recorded, how to take it back, and who else was at it.
    async fn tell(&self, done: &Done) -> Result<()> {
        let mut text = if done.issues > 1 {
            format!("Recorded “{}” for {}.", done.action, plural(done.issues, "issue", "issues"))
        } else {
            format!("Recorded “{}”.", done.action)
        };
        text.push_str(&format!(" Issue {} is {}.", self.issue.id, word(done.status)));
        if let Some(ticket) = &done.ticket {
            text.push_str(&format!(" Ticket {ticket} is linked."));
        }
        let undo = format!("/records/{}/undo/", done.record);
        self.visit.say(Message::plain(Level::Good, text).with_undo("Undo", undo)).await?;
        if !done.again {
            for message in told::meanwhile(self).await? {
                self.visit.say(message).await?;
            }
        }
        Ok(())
    }
}

fn word(status: Status) -> String {
    status_badge(status).1.to_lowercase()
}

/// The other issues of an issue's incident that are not over, those with most failures first.
pub(super) async fn siblings(visit: &Visit, issue: &issue::Model) -> Result<Vec<issue::Model>> {
    let Some(incident) = issue.incident_id else { return Ok(Vec::new()) };
    Ok(issue::Entity::find()
        .filter(issue::Column::IncidentId.eq(incident))
        .filter(issue::Column::Id.ne(issue.id))
        .filter(issue::Column::Status.is_in([Status::New, Status::Ongoing]))
        .order_by_desc(issue::Column::FailuresTotal)
        .order_by_asc(issue::Column::Id)
        .limit(ALSO)
        .all(&visit.app.db)
        .await?)
}

/// What was typed, by field.
pub(super) type Typed = HashMap<&'static str, String>;
