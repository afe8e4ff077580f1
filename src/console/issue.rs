//! One issue: its message, its failures per hour, what was done about it, and the form to record more.
use crate::admin::{Verb, find, shorten, thousands};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::vocabulary::Side;
use entity::{
    action, action_taken, cause, error_category, issue, issue_hour, site, suggested_action, ticket,
    ticket_issue,
};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
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

/// The form, empty or as it was typed.
struct RecordForm {
    choices: Vec<Offer>,
    others: Vec<String>,
    sides: Vec<(String, String)>,
    causes: Vec<(i64, String)>,
    typed: HashMap<&'static str, String>,
    errors: Errors,
}

impl RecordForm {
    fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// An action offered, with the outcomes recorded for this category.
struct Offer {
    id: i64,
    name: String,
    hint: Option<String>,
    suggested: bool,
    worked: u64,
    tries: u64,
}

/// Names of the fields of the record form.
pub(super) const FIELDS: [&str; 8] =
    ["action", "other", "side", "real_cause", "worked", "ticket", "status", "comment"];

/// `GET /issues/<pk>/`
pub async fn show(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    draw(&visit, &pk, HashMap::new(), Errors::new()).await
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

async fn form(
    visit: &Visit,
    issue: &issue::Model,
    sites: &[Place],
    category: Option<&error_category::Model>,
    mut typed: HashMap<&'static str, String>,
    errors: Errors,
) -> Result<RecordForm> {
    let db = &visit.app.db;
    let actions = action::Entity::find()
        .filter(action::Column::IsRetired.eq(false))
        .order_by_asc(action::Column::Name)
        .limit(500)
        .all(db)
        .await?;
    let offers = offers(visit, category, &actions).await?;
    if typed.is_empty() {
        let first = offers.first().map_or_else(|| "other".to_owned(), |offer| offer.id.to_string());
        typed.extend([("action", first), ("side", default_side(issue)), ("worked", "pending".to_owned())]);
        typed.insert(
            "status",
            if issue.status == issue::Status::New { "ongoing".into() } else { issue.status.to_value() },
        );
        typed.insert(
            "real_cause",
            category
                .and_then(|category| category.cause_id)
                .map_or_else(String::new, |cause| cause.to_string()),
        );
    }
    let sides = Side::iter()
        .filter(|side| sites.len() == 2 || !matches!(side, Side::Both | Side::Link))
        .filter_map(|side| {
            let title = match side {
                Side::Source | Side::Destination => {
                    sites.iter().find(|place| place.side == side.to_value())?.name.clone()
                }
                Side::Both => "Both".into(),
                Side::Link => "The network between".into(),
                Side::Service => "FTS or Rucio".into(),
                Side::Unknown => "Not known".into(),
            };
            Some((side.to_value(), title))
        });
    let causes = cause::Entity::find().order_by_asc(cause::Column::Name).limit(500).all(db).await?;
    let offered: Vec<i64> = offers.iter().map(|offer| offer.id).collect();
    Ok(RecordForm {
        others: actions
            .iter()
            .filter(|action| !offered.contains(&action.id))
            .map(|action| action.name.clone())
            .collect(),
        sides: sides.collect(),
        causes: causes.into_iter().map(|cause| (cause.id, cause.name)).collect(),
        choices: offers,
        typed,
        errors,
    })
}

fn default_side(issue: &issue::Model) -> String {
    let side = match issue.attribution {
        issue::Attribution::Source => Side::Source,
        issue::Attribution::Destination => Side::Destination,
        issue::Attribution::Link => Side::Link,
        issue::Attribution::Service => Side::Service,
        issue::Attribution::Unclear => Side::Unknown,
    };
    side.to_value()
}

/// Suggested actions of the category in their order, then others that were tried, with what came of them.
async fn offers(
    visit: &Visit,
    category: Option<&error_category::Model>,
    actions: &[action::Model],
) -> Result<Vec<Offer>> {
    let Some(category) = category else { return Ok(Vec::new()) };
    let db = &visit.app.db;
    let suggested = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category.id))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .order_by_asc(suggested_action::Column::Id)
        .limit(50)
        .all(db)
        .await?;
    let outcomes = outcomes(visit, category.id).await?;
    let mut offers: Vec<Offer> = Vec::new();
    for (id, hint) in suggested
        .into_iter()
        .map(|row| (row.action_id, Some(row.text)))
        .chain(outcomes.keys().map(|id| (*id, None)))
    {
        let Some(action) = actions.iter().find(|action| action.id == id) else { continue };
        if offers.iter().any(|offer| offer.id == id) {
            continue;
        }
        let (worked, tries) = outcomes.get(&id).copied().unwrap_or_default();
        offers.push(Offer {
            id,
            name: action.name.clone(),
            suggested: hint.is_some(),
            hint: hint.flatten(),
            worked,
            tries,
        });
    }
    offers.truncate(8);
    Ok(offers)
}

/// Successes and tries per action for a category, of the last records with a known outcome.
async fn outcomes(visit: &Visit, category: i64) -> Result<BTreeMap<i64, (u64, u64)>> {
    let rows: Vec<(i64, action_taken::Worked)> = action_taken::Entity::find()
        .inner_join(issue::Entity)
        .filter(issue::Column::CategoryId.eq(category))
        .filter(action_taken::Column::Worked.is_in([action_taken::Worked::Yes, action_taken::Worked::No]))
        .order_by_desc(action_taken::Column::Id)
        .limit(1000)
        .select_only()
        .columns([action_taken::Column::ActionId, action_taken::Column::Worked])
        .into_tuple()
        .all(&visit.app.db)
        .await?;
    let mut outcomes: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (action, worked) in rows {
        let (successes, tries) = outcomes.entry(action).or_default();
        *successes += u64::from(worked == action_taken::Worked::Yes);
        *tries += 1;
    }
    Ok(outcomes)
}
