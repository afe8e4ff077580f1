//! One issue: its message, its failures per hour, whom to blame and why, what was done about it, the text of a
//! ticket, and the form to record more.
mod chart;
mod load;
mod near;
pub mod prepared;
mod timeline;

use super::form::{About, RecordForm, form};
use super::places::{Place, places};
use super::questions::{Question, of_records};
use super::rates::Scope;
use super::record::{Typed, typed};
use super::words::{operations, plural, status_badge, whereabouts};
use super::{gone, local};
use crate::admin::pages::notes::{Notes, latest};
use crate::admin::{Verb, find, shorten, thousands};
use crate::app::App;
use crate::categorise;
use crate::error::{Error, Errors, Result};
use crate::shift::numbers::{efficiency, heat, percent};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chart::{Chart, Down};
use chrono::{DateTime, Utc};
use entity::error_category;
use entity::issue::{self, Attribution};
use load::{Held, Loaded};
use near::Near;
use prepared::{Prepared, TicketFacts, prepared_ticket};
use sea_orm::ActiveEnum;
use timeline::Entry;

#[derive(Template)]
#[template(path = "console/issue.html")]
struct IssuePage {
    chrome: Chrome,
    now: DateTime<Utc>,
    title: String,
    status: (&'static str, &'static str),
    operation: String,
    places: Vec<Place>,
    /// The message: text, and whether it differs from attempt to attempt.
    message: Vec<(String, bool)>,
    head: Vec<(&'static str, String)>,
    rate: String,
    share: Option<(&'static str, String)>,
    totals: String,
    blame: Blame,
    chart: Chart,
    ticket: Prepared,
    ticket_url: String,
    near: Vec<Near>,
    timeline: Vec<Entry>,
    questions: Vec<Question>,
    form: Option<RecordForm>,
    next: Option<String>,
    may_change: bool,
    may_move: bool,
    may_answer: bool,
    sees_records: bool,
    notes: Option<Notes>,
    issue: issue::Model,
    loaded: Loaded,
}

/// Who is to blame, and why.
struct Blame {
    who: String,
    why: Option<String>,
    how_sure: Option<String>,
    incident: Option<String>,
    incident_site: String,
}

/// `GET /issues/<pk>/`
pub async fn show(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let kept = visit.kept().await?.map(|input| typed(&input)).unwrap_or_default();
    draw(&visit, &pk, kept, Errors::new()).await
}

/// The page, with what was typed into its form and what was wrong with it.
pub(super) async fn draw(visit: &Visit, pk: &str, mut typed: Typed, errors: Errors) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let issue = match load(visit, pk).await {
        Err(Error::NotFound) => return gone::page(visit, pk, None).await,
        issue => issue?,
    };
    let loaded = Loaded::read(visit, issue.clone()).await?;
    let places = places(&visit.app, &issue, &loaded.sites);
    let place = whereabouts(&issue, |id| loaded.name(id));
    let title = titled(&issue, loaded.category.as_ref(), &place);
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let chrome = chrome(visit, &issue, &title, &errors).await?;
    let next =
        typed.remove("next").or_else(|| asked_next(visit)).map(|next| local(Some(&next), String::new()));
    let about = About {
        issue: &issue,
        category: loaded.category.as_ref(),
        places: &places,
        siblings: &loaded.siblings,
        sites: &loaded.sites,
        rates: &loaded.rates,
    };
    let mut drawn = None;
    if visit.may("actions-taken", Verb::Add) {
        drawn = Some(form(visit, &about, typed, errors).await?);
    }
    let meta = visit.app.registry.get("issues")?.meta();
    let notes = latest(visit, meta, issue.id, &format!("/issues/{}/", issue.id)).await?;
    let attempts = load::link(&issue).map(|link| loaded.rates.attempts(link)).unwrap_or_default();
    let page = IssuePage {
        chrome,
        now: visit.now,
        title,
        status: status_badge(issue.status),
        operation: issue.operation.to_value(),
        message: marked(&issue.message),
        head: head(&issue.message),
        rate: thousands(rate(&loaded, visit.now)),
        share: efficiency(attempts.0, attempts.1).map(|share| (heat(attempts.0, attempts.1), percent(share))),
        totals: totals(&issue),
        blame: blame(&loaded, &places),
        chart: Chart::of(&loaded.hours, timeline::events(&loaded), &downs(&loaded), visit.now),
        ticket: ticket(&visit.app, &loaded, &places, &place, visit.now),
        ticket_url: loaded.settings.as_ref().map(|row| row.new_ticket_url.clone()).unwrap_or_default(),
        near: near::lines(loaded.near.clone(), &loaded.rates, &loaded.sites),
        timeline: timeline::timeline(visit, &loaded),
        questions: of_records(&visit.app, visit.now, loaded.records.clone()).await?,
        form: drawn,
        next: next.filter(|next| !next.is_empty()),
        may_change: visit.may("issues", Verb::Change),
        may_move: crate::knowledge::may_move(visit),
        may_answer: visit.may("actions-taken", Verb::Change),
        notes,
        sees_records: visit.may("actions-taken", Verb::View),
        places,
        issue,
        loaded,
    };
    render(status, &page)
}

/// What the page is called: what fails, and where.
fn titled(issue: &issue::Model, category: Option<&error_category::Model>, place: &str) -> String {
    let error = category.map(|category| category.title.clone());
    format!("{}: {place}", error.unwrap_or_else(|| shorten(&issue.message, 60)))
}

async fn chrome(visit: &Visit, issue: &issue::Model, title: &str, errors: &Errors) -> Result<Chrome> {
    let crumbs = vec![Crumb::to("Issues", "/admin/issues/"), Crumb::here(format!("Issue {}", issue.id))];
    let mut chrome = visit.chrome(title.to_owned(), crumbs).await?;
    chrome.error = !errors.is_empty();
    Ok(chrome)
}

/// Where the page that led here wants the shifter back.
fn asked_next(visit: &Visit) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(visit.query.as_bytes());
    pairs.find(|(name, _)| name == "next").map(|(_, next)| next.into_owned())
}

/// The issue of that number.
pub(super) async fn load(visit: &Visit, pk: &str) -> Result<issue::Model> {
    let row = find(visit.app.registry.get("issues")?, &(&visit.app.db).into(), pk).await?;
    row.model::<issue::Model>().cloned().ok_or(Error::NotFound)
}

/// The message in parts, and whether each differs from attempt to attempt.
fn marked(message: &str) -> Vec<(String, bool)> {
    let parts = categorise::marked(message).into_iter();
    parts.map(|part| (part.text.to_owned(), part.is_variable())).collect()
}

/// What the head of the message says, in words.
fn head(message: &str) -> Vec<(&'static str, String)> {
    let head = categorise::head(message);
    let named = [
        ("FTS names", head.scope.map(|scope| crate::admin::words(scope).to_lowercase())),
        ("gfal2 names", head.inner.map(str::to_lowercase)),
        ("Error number", head.errno.map(str::to_owned)),
        ("Step", head.step.map(str::to_owned)),
    ];
    named.into_iter().filter_map(|(title, text)| Some((title, text?))).collect()
}

/// Failures in the last full hour, or in the one that goes on if they are more already.
fn rate(loaded: &Loaded, now: DateTime<Utc>) -> i64 {
    let recent = loaded.hours.iter().rev().filter(|row| now - row.hour < chrono::Duration::hours(2));
    recent.map(|row| row.failures).max().unwrap_or_default()
}

fn totals(issue: &issue::Model) -> String {
    let failures = format!("{} failures", thousands(issue.failures_total));
    if issue.files_total > 0 {
        format!("{failures} of {} files", thousands(issue.files_total))
    } else {
        failures
    }
}

fn blame(loaded: &Loaded, places: &[Place]) -> Blame {
    let issue = &loaded.issue;
    let named = || places.iter().find(|place| place.blamed).map(|place| place.name.clone());
    let who = match issue.attribution {
        Attribution::Source | Attribution::Destination => named().unwrap_or_else(|| "not clear".into()),
        Attribution::Link => "the network between the two sites".into(),
        Attribution::Service => "FTS or Rucio".into(),
        Attribution::Unclear => "not clear".into(),
    };
    let clear = issue.attribution != Attribution::Unclear;
    Blame {
        who,
        why: issue.evidence.clone().filter(|why| !why.is_empty()),
        how_sure: issue.confidence.filter(|_| clear).map(how_sure),
        incident_site: loaded.incident.as_ref().map(|row| loaded.name(row.site_id)).unwrap_or_default(),
        incident: loaded.incident.as_ref().map(|incident| {
            let all = loaded.siblings.len() + 1;
            let state = match incident.state {
                entity::incident::State::Closed => "over",
                entity::incident::State::Open => "open",
                entity::incident::State::Acknowledged => "in hand",
            };
            format!(
                "{state}, {} failures of {} attempts, {} not over",
                thousands(incident.failures),
                thousands(incident.attempts),
                plural(all, "issue", "issues")
            )
        }),
    }
}

/// How many of the failures the blame explains, in words: a number would look more exact than it is.
fn how_sure(share: f64) -> String {
    match share {
        share if share >= 0.95 => "This explains nearly all of the failures.".into(),
        share if share >= 0.15 => format!("This explains about {:.0} of 10 failures.", share * 10.0),
        _ => "This explains few of the failures.".into(),
    }
}

fn downs(loaded: &Loaded) -> Vec<Down> {
    let down = |row: &entity::downtime::Model| Down {
        from: row.starts_at,
        until: row.ends_at,
        text: format!(
            "{} down until {}: {}",
            loaded.name(row.site_id),
            row.ends_at.format("%-d %b %H:%M"),
            row.description.as_deref().unwrap_or("announced")
        ),
    };
    loaded.downtimes.iter().map(down).collect()
}

/// The text of a new ticket: about the incident, where there is one that is not over.
fn ticket(app: &App, loaded: &Loaded, places: &[Place], place: &str, now: DateTime<Utc>) -> Prepared {
    let issue = &loaded.issue;
    let base = app.config.base_url.clone().unwrap_or_else(|| format!("http://{}", app.config.listen));
    let incident = loaded.incident.as_ref().filter(|incident| incident.ended_at.is_none());
    let others = loaded.siblings.iter().filter(|_| incident.is_some());
    let mut links = vec![place.to_owned()];
    links.extend(others.clone().map(|row| whereabouts(row, |id| loaded.name(id))));
    links.dedup();
    let others: i64 = others.map(|row| loaded.rates.now(Scope::Issue(row.id))).sum();
    let blamed = places.iter().find(|place| place.blamed);
    let only = places.first().filter(|_| places.len() == 1);
    prepared_ticket(&TicketFacts {
        site: blamed.or(only).map(|place| place.name.as_str()),
        what: operations(issue.operation),
        error: loaded.category.as_ref().map_or(issue.message.as_str(), |category| category.title.as_str()),
        since: incident.map_or(issue.first_seen, |incident| incident.started_at),
        failures: incident.map_or(issue.failures_total, |incident| incident.failures),
        per_hour: rate(loaded, now) + others,
        links: links.iter().map(|link| link.replace('→', "->")).collect(),
        sample: &issue.message,
        evidence: incident.and_then(|incident| incident.evidence.as_deref()).or(issue.evidence.as_deref()),
        url: &format!("{}/issues/{}/", base.trim_end_matches('/'), issue.id),
    })
}

impl IssuePage {
    fn open(&self) -> Vec<&Held> {
        self.loaded.tickets.iter().filter(|held| held.ticket.is_open).collect()
    }

    fn closed(&self) -> Vec<&Held> {
        self.loaded.tickets.iter().filter(|held| !held.ticket.is_open).take(5).collect()
    }

    fn of_whom(&self) -> String {
        self.places.iter().map(|place| place.name.as_str()).collect::<Vec<_>>().join(" or ")
    }
}
