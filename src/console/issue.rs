//! One issue: its message, its failures per hour, what was done about it, and the form to record more.
use super::form::{RecordForm, form, typed};
use crate::admin::{Verb, find, shorten, thousands};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::vocabulary::Side;
use entity::{action_taken, cause, error_category, issue, issue_hour, site, ticket, ticket_issue};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};

/// Days of the chart.
const DAYS: i64 = 7;
/// Records shown; the list behind them has all.
const SHOWN: u64 = 20;

#[derive(Template)]
#[template(path = "console/issue.html")]
struct IssuePage {
    chrome: Chrome,
    issue: issue::Model,
    title: String,
    operation: String,
    status: (&'static str, &'static str),
    category: Option<error_category::Model>,
    cause: Option<cause::Model>,
    sites: Vec<Place>,
    bars: Vec<Bar>,
    peak: String,
    days: Vec<(String, String)>,
    failures: String,
    files: String,
    tickets: Vec<ticket::Model>,
    taken: Vec<Taken>,
    form: Option<RecordForm>,
    may_change: bool,
    may_move: bool,
}

/// A site in its role.
pub(super) struct Place {
    pub(super) side: &'static str,
    pub(super) name: String,
    pub(super) id: i64,
    pub(super) about: String,
}

/// One hour of the chart; all in percent of its height and width.
struct Bar {
    x: String,
    y: String,
    height: String,
    high: bool,
}

/// Something that was done.
struct Taken {
    action: String,
    who: String,
    at: DateTime<Utc>,
    worked: (&'static str, &'static str),
    fault: String,
    ticket: Option<(String, i64)>,
    comment: Option<String>,
    id: i64,
}

/// `GET /issues/<pk>/`
pub async fn show(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let kept = visit.kept().await?.map(|input| typed(&input)).unwrap_or_default();
    draw(&visit, &pk, kept, Errors::new()).await
}

/// The page, with what was typed into its form and what was wrong with it.
pub(super) async fn draw(
    visit: &Visit,
    pk: &str,
    typed: HashMap<&'static str, String>,
    errors: Errors,
) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let issue = load(visit, pk).await?;
    let db = &visit.app.db;
    let category = match issue.category_id {
        Some(id) => error_category::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    let cause = match category.as_ref().and_then(|category| category.cause_id) {
        Some(id) => cause::Entity::find_by_id(id).one(db).await?,
        None => None,
    };
    let sites = places(visit, &issue).await?;
    let hours = hours(visit, issue.id).await?;
    let (bars, peak) = bars(&hours, visit.now);
    let title = format!(
        "{}: {}",
        category.as_ref().map_or_else(|| shorten(&issue.message, 60), |category| category.title.clone()),
        link(&issue, &sites)
    );
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut chrome = visit
        .chrome(
            title.clone(),
            vec![Crumb::to("Issues", "/admin/issues/"), Crumb::here(format!("Issue {}", issue.id))],
        )
        .await?;
    chrome.error = !errors.is_empty();
    let form = if visit.may("actions-taken", Verb::Add) {
        Some(form(visit, &issue, &sites, category.as_ref(), typed, errors).await?)
    } else {
        None
    };
    let page = IssuePage {
        operation: issue.operation.to_value(),
        status: status_badge(issue.status),
        days: days(&hours),
        failures: thousands(issue.failures_total),
        files: thousands(issue.files_total),
        peak: thousands(peak),
        tickets: tickets(visit, issue.id).await?,
        taken: taken(visit, issue.id).await?,
        may_change: visit.may("issues", Verb::Change),
        may_move: crate::knowledge::may_move(visit),
        chrome,
        title,
        category,
        cause,
        sites,
        bars,
        form,
        issue,
    };
    render(status, &page)
}

/// The issue of that number.
pub(super) async fn load(visit: &Visit, pk: &str) -> Result<issue::Model> {
    let row = find(visit.app.registry.get("issues")?, &(&visit.app.db).into(), pk).await?;
    row.model::<issue::Model>().cloned().ok_or(Error::NotFound)
}

/// Its sites in their roles, source first.
pub(super) async fn places(visit: &Visit, issue: &issue::Model) -> Result<Vec<Place>> {
    let mut places = Vec::new();
    for (side, id) in [("source", issue.src_site_id), ("destination", issue.dst_site_id)] {
        let Some(id) = id else { continue };
        if let Some(site) = site::Entity::find_by_id(id).one(&visit.app.db).await? {
            let tier = site.tier.map(|tier| format!("T{tier}"));
            let about = [site.country, tier, Some(side.to_owned())]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(", ");
            places.push(Place { side, name: site.name, id, about });
        }
    }
    Ok(places)
}

fn link(issue: &issue::Model, sites: &[Place]) -> String {
    match (sites, &issue.workflow) {
        ([source, destination], _) => format!("{} → {}", source.name, destination.name),
        ([only], _) => format!("{} at {}", issue.operation.to_value(), only.name),
        (_, Some(workflow)) => workflow.clone(),
        _ => issue.operation.to_value(),
    }
}

fn status_badge(status: issue::Status) -> (&'static str, &'static str) {
    match status {
        issue::Status::New => ("bad", "New"),
        issue::Status::Ongoing => ("warn", "Ongoing"),
        issue::Status::Resolved => ("good", "Resolved"),
        issue::Status::Muted => ("info", "Muted"),
    }
}

async fn hours(visit: &Visit, issue: i64) -> Result<Vec<issue_hour::Model>> {
    let from = visit.now - Duration::days(DAYS);
    Ok(issue_hour::Entity::find()
        .filter(issue_hour::Column::IssueId.eq(issue))
        .filter(issue_hour::Column::Hour.gte(from))
        .order_by_asc(issue_hour::Column::Hour)
        .all(&visit.app.db)
        .await?)
}

/// Bars in percent, and the count at the top. The last day stands out.
fn bars(hours: &[issue_hour::Model], now: DateTime<Utc>) -> (Vec<Bar>, i64) {
    let count = DAYS * 24;
    let end = now.duration_trunc(Duration::hours(1)).unwrap_or(now);
    let peak = hours.iter().map(|hour| hour.failures).max().unwrap_or_default().max(1);
    let bars = hours.iter().filter_map(|hour| {
        let age = (end - hour.hour).num_hours();
        let place = count - 1 - age;
        (0..count).contains(&place).then(|| {
            #[expect(clippy::cast_precision_loss, reason = "a picture of 100 pixels")]
            let (x, height) =
                (place as f64 / count as f64 * 100.0, hour.failures as f64 / peak as f64 * 82.0);
            Bar {
                x: format!("{x:.2}%"),
                y: format!("{:.2}%", 82.0 - height),
                height: format!("{height:.2}%"),
                high: age < 24,
            }
        })
    });
    (bars.collect(), peak)
}

fn days(hours: &[issue_hour::Model]) -> Vec<(String, String)> {
    let mut days: BTreeMap<String, i64> = BTreeMap::new();
    for hour in hours {
        *days.entry(hour.hour.format("%Y-%m-%d").to_string()).or_default() += hour.failures;
    }
    days.into_iter().rev().map(|(day, failures)| (day, thousands(failures))).collect()
}

async fn tickets(visit: &Visit, issue: i64) -> Result<Vec<ticket::Model>> {
    if !visit.may("tickets", Verb::View) {
        return Ok(Vec::new());
    }
    let links = ticket_issue::Entity::find()
        .filter(ticket_issue::Column::IssueId.eq(issue))
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?;
    let keys = links.iter().map(|link| link.ticket_id);
    Ok(ticket::Entity::find()
        .filter(ticket::Column::Id.is_in(keys))
        .order_by_desc(ticket::Column::IsOpen)
        .order_by_desc(ticket::Column::Id)
        .all(&visit.app.db)
        .await?)
}

async fn taken(visit: &Visit, issue: i64) -> Result<Vec<Taken>> {
    if !visit.may("actions-taken", Verb::View) {
        return Ok(Vec::new());
    }
    let db = &visit.app.db;
    let rows = action_taken::Entity::find()
        .filter(action_taken::Column::IssueId.eq(issue))
        .order_by_desc(action_taken::Column::TakenAt)
        .order_by_desc(action_taken::Column::Id)
        .limit(SHOWN)
        .all(db)
        .await?;
    let registry = &visit.app.registry;
    let keys = |of: fn(&action_taken::Model) -> Option<i64>| rows.iter().filter_map(of).collect();
    let actions = registry.labels(&db.into(), "action", keys(|row| Some(row.action_id))).await?;
    let users = registry.labels(&db.into(), "user", keys(|row| row.user_id)).await?;
    let sites = registry.labels(&db.into(), "site", keys(|row| row.site_id)).await?;
    let tickets = registry.labels(&db.into(), "ticket", keys(|row| row.ticket_id)).await?;
    let name = |names: &HashMap<String, String>, key: Option<i64>| {
        key.and_then(|key| names.get(&key.to_string()).cloned())
    };
    Ok(rows
        .iter()
        .map(|row| Taken {
            action: name(&actions, Some(row.action_id)).unwrap_or_default(),
            who: name(&users, row.user_id).unwrap_or_else(|| "not known".into()),
            at: row.taken_at,
            worked: worked_badge(row.worked),
            fault: name(&sites, row.site_id).unwrap_or_else(|| side_title(row.side).to_owned()),
            ticket: row.ticket_id.and_then(|key| name(&tickets, Some(key)).map(|label| (label, key))),
            comment: row.comment.clone(),
            id: row.id,
        })
        .collect())
}

fn worked_badge(worked: action_taken::Worked) -> (&'static str, &'static str) {
    match worked {
        action_taken::Worked::Yes => ("good", "worked"),
        action_taken::Worked::No => ("bad", "did not work"),
        action_taken::Worked::Pending => ("warn", "too early to say"),
        action_taken::Worked::Unknown => ("", "cannot tell"),
    }
}

fn side_title(side: Side) -> &'static str {
    match side {
        Side::Source => "the source",
        Side::Destination => "the destination",
        Side::Both => "both sites",
        Side::Link => "the network between",
        Side::Service => "FTS or Rucio",
        Side::Unknown => "not known",
    }
}
