//! `/`: what needs a hand now, worst first by the one to blame; what is in hand, and what was done.
pub mod json;
mod kpi;
mod live;
mod rows;

use super::log::Log;
use super::situation::{Asked, Situation, WINDOWS};
use super::spark::Spark;
use super::times;
use crate::admin::{Verb, capitalise, thousands};
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use entity::vocabulary::Operation;
use kpi::Kpi;
use rows::{Quiet, Row, TicketCell};
use sea_orm::ActiveEnum;
use std::sync::Arc;

/// Operations that fail between sites; jobs have no place on this board.
const OPERATIONS: [Operation; 3] = [Operation::Transfer, Operation::Deletion, Operation::Staging];

/// Entries of the log; the list behind it has all.
const LOGGED: usize = 12;

#[derive(Template)]
#[template(path = "shift/board.html")]
struct BoardPage {
    chrome: Chrome,
    now: DateTime<Utc>,
    shift: String,
    window: String,
    lead: (String, String),
    dropped: Vec<String>,
    stale: Option<String>,
    switches: Switches,
    kpis: Vec<Kpi>,
    rows: Vec<Row>,
    more: usize,
    below: usize,
    quiet: Vec<Quiet>,
    log: Log,
    revision: String,
    names: String,
    may_record: bool,
    last_solved: Option<DateTime<Utc>>,
}

/// Links to the same page with another window, activity or operation.
pub(super) struct Switches {
    pub(super) hours: Vec<(String, String, bool)>,
    pub(super) operations: Vec<(String, String, bool)>,
    pub(super) activities: Vec<(String, String, bool)>,
    pub(super) activity: String,
}

/// `GET /`
///
/// # Errors
/// When nobody is signed in, or may not see issues.
pub async fn show(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let (asked, dropped) = asked(&visit.query);
    let board = read(&visit, asked).await?;
    let Board { situation, rows, quiet, below, more, .. } = board;
    let chrome = visit.chrome("Shift board", vec![Crumb::here("Shift board")]).await?;
    let last_solved = if rows.is_empty() { live::last_solved(&visit).await? } else { None };
    let page = BoardPage {
        now: visit.now,
        shift: shift(visit.now),
        window: situation.window.period(situation.read_at),
        lead: lead(&situation, &rows),
        stale: stale(&visit, &situation),
        switches: switches("/", &situation, ""),
        kpis: kpi::read(&visit, &situation).await?,
        revision: revision(&rows),
        names: names(&rows).join("\n"),
        log: Log::read(&visit, &chrome.csrf, &chrome.here, LOGGED).await?,
        may_record: visit.may("actions-taken", Verb::Add),
        chrome,
        dropped,
        rows,
        more,
        below,
        quiet,
        last_solved,
    };
    render(StatusCode::OK, &page)
}

/// `GET /revision/`: whether the board would look different now, so that an open page can say so.
///
/// # Errors
/// When nobody is signed in, or may not see issues.
pub async fn revision_of(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let (asked, _) = asked(&visit.query);
    let board = read(&visit, asked).await?;
    let answer = serde_json::json!({ "revision": revision(&board.rows), "names": names(&board.rows) });
    Ok(Json(answer).into_response())
}

struct Board {
    situation: Arc<Situation>,
    rows: Vec<Row>,
    quiet: Vec<Quiet>,
    /// Troubles with too few failures to be listed.
    below: usize,
    /// Troubles that were left out because there are so many.
    more: usize,
}

async fn read(visit: &Visit, asked: Asked) -> Result<Board> {
    let situation = visit.app.situations.get(&visit.app, asked).await?;
    let live = live::read(visit, &situation).await?;
    let sorted = rows::sort(&situation, &live, visit.now);
    Ok(Board { situation, rows: sorted.rows, quiet: sorted.quiet, below: sorted.below, more: sorted.more })
}

/// What an address asks for, and what of it was wrong, in words.
pub(super) fn asked(query: &str) -> (Asked, Vec<String>) {
    let mut asked = Asked { operation: Operation::Transfer, activity: None, hours: WINDOWS[0] };
    let mut dropped = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "hours" => match value.parse().ok().filter(|hours| WINDOWS.contains(hours)) {
                Some(hours) => asked.hours = hours,
                None => dropped.push(format!("“{}” is no window; 1, 4 and 24 hours are.", said(&value))),
            },
            "operation" => match OPERATIONS.into_iter().find(|operation| operation.to_value() == value) {
                Some(operation) => asked.operation = operation,
                None => dropped.push(format!(
                    "“{}” is no operation of this page; transfer, deletion and staging are.",
                    said(&value)
                )),
            },
            "activity" if value.chars().count() > 64 || value.contains('\0') => {
                dropped.push("No activity has such a name.".into());
            }
            "activity" if !value.is_empty() => asked.activity = Some(value.into_owned()),
            _ => {}
        }
    }
    (asked, dropped)
}

fn said(value: &str) -> String {
    crate::admin::shorten(value, 40).escape_debug().to_string()
}

/// The address of a page for what is asked; `more` is a further part of the query.
pub(super) fn address(path: &str, asked: &Asked, more: &str) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if asked.hours != WINDOWS[0] {
        query.append_pair("hours", &asked.hours.to_string());
    }
    if asked.operation != Operation::Transfer {
        query.append_pair("operation", &asked.operation.to_value());
    }
    if let Some(activity) = &asked.activity {
        query.append_pair("activity", activity);
    }
    let parts: Vec<String> =
        [query.finish(), more.to_owned()].into_iter().filter(|part| !part.is_empty()).collect();
    if parts.is_empty() { path.to_owned() } else { format!("{path}?{}", parts.join("&")) }
}

/// Links to the other windows, operations and activities.
pub(super) fn switches(path: &str, situation: &Situation, more: &str) -> Switches {
    let asked = &situation.asked;
    let link = |other: Asked, title: String| {
        let current = other == *asked;
        (title, address(path, &other, more), current)
    };
    let mut activities: Vec<Option<String>> = vec![None];
    activities.extend(situation.activities.iter().cloned().map(Some));
    if asked.activity.as_ref().is_some_and(|activity| !situation.activities.contains(activity)) {
        activities.push(asked.activity.clone());
    }
    Switches {
        hours: WINDOWS
            .iter()
            .map(|hours| link(Asked { hours: *hours, ..asked.clone() }, format!("{hours}\u{202f}h")))
            .collect(),
        operations: OPERATIONS
            .into_iter()
            .map(|operation| {
                link(Asked { operation, activity: None, ..asked.clone() }, capitalise(plural(operation)))
            })
            .collect(),
        activities: activities
            .into_iter()
            .map(|activity| {
                let title = activity.clone().unwrap_or_else(|| "All activities".into());
                link(Asked { activity, ..asked.clone() }, title)
            })
            .collect(),
        activity: asked.activity.clone().unwrap_or_else(|| "All activities".into()),
    }
}

/// What failed, for a sentence.
pub(super) fn plural(operation: Operation) -> &'static str {
    match operation {
        Operation::Transfer => "transfers",
        Operation::Deletion => "deletions",
        Operation::Staging => "recalls from tape",
        Operation::Workflow => "jobs",
    }
}

/// The sentence on top: its bold half and the rest.
fn lead(situation: &Situation, rows: &[Row]) -> (String, String) {
    let (_, failed) = situation.sums();
    let what = plural(situation.asked.operation);
    let Some(worst) = rows.first() else {
        let calm = if failed == 0 {
            format!("No {what} failed.")
        } else {
            format!("{} {what} failed, none of them in need of a hand.", thousands(failed))
        };
        return ("Nothing needs action.".into(), calm);
    };
    let share = worst.failures.saturating_mul(100) / failed.max(1);
    let head = match (worst.clear, share) {
        (true, 10..) => format!("{} causes {share}\u{202f}% of all failed {what}.", worst.name),
        (true, _) => format!("{} causes {} failures an hour.", worst.name, worst.rate),
        (false, _) => format!("{share}\u{202f}% of all failed {what} have no clear culprit."),
    };
    let without = rows.iter().filter(|row| row.ticket.is_missing()).count();
    // Links and the service are no sites.
    let sites = rows.iter().all(|row| row.is_site);
    let needs = match (rows.len(), sites) {
        (1, true) => "One site needs action".to_owned(),
        (1, false) => "One place needs action".to_owned(),
        (count, true) => format!("{count} sites need action"),
        (count, false) => format!("{count} places need action"),
    };
    let tickets = match (without, rows.len()) {
        (0, _) => "all have a ticket".to_owned(),
        (1, 1) => "it has no ticket".to_owned(),
        (without, all) if without == all => "none of them has a ticket".to_owned(),
        (1, _) => "one of them has no ticket".to_owned(),
        (without, _) => format!("{without} of them have no ticket"),
    };
    (head, format!("{needs}; {tickets}."))
}

/// `Morning shift, Tue 26 Nov 2019, 06:00–14:00 UTC`
fn shift(now: DateTime<Utc>) -> String {
    let (name, hours, day) = match now.hour() {
        6..14 => ("Morning", "06:00–14:00", now),
        14..22 => ("Evening", "14:00–22:00", now),
        22.. => ("Night", "22:00–06:00", now),
        _ => ("Night", "22:00–06:00", now - TimeDelta::days(1)),
    };
    format!("{name} shift, {}, {hours} UTC", day.format("%a %-d %b %Y"))
}

/// Says so when the counts end long ago.
fn stale(visit: &Visit, situation: &Situation) -> Option<String> {
    let age = visit.now - situation.window.until;
    (age > TimeDelta::hours(2)).then(|| {
        format!(
            "The last hour that was counted ended {} ago, at {} UTC: what is below is as old. The loaders' runs say why.",
            times::length(age),
            times::short(situation.window.until, visit.now)
        )
    })
}

/// Changes when the page would show other rows.
fn revision(rows: &[Row]) -> String {
    let text: Vec<String> =
        rows.iter().map(|row| format!("{}/{}/{}", row.key, row.ticket.key(), row.failures > 0)).collect();
    crate::auth::session::digest(&text.join("\n")).chars().take(16).collect()
}

fn names(rows: &[Row]) -> Vec<String> {
    rows.iter().map(|row| row.name.clone()).collect()
}
