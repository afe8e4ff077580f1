//! The board and the matrix as data.
use super::rows::{Quiet, Row, TicketCell};
use super::{asked, read, revision};
use crate::blame::Blame;
use crate::error::{Error, Result};
use crate::shift::situation::{Link, Situation};
use crate::suggestions::Suggestion;
use crate::web::Visit;
use sea_orm::ActiveEnum;
use serde_json::{Value, json};

/// What the board shows: needs action, in hand, and the sums of the window.
///
/// # Errors
/// [`Error::BadRequest`] for a question that makes no sense, or what the database says.
pub async fn board(visit: &Visit) -> Result<Value> {
    let asked = understood(&visit.query)?;
    let board = read(visit, asked).await?;
    let mut answer = window(&board.situation);
    answer["revision"] = json!(revision(&board.rows));
    answer["needs_action"] = board.rows.iter().map(row).collect();
    answer["in_hand"] = board.quiet.iter().map(quiet).collect();
    answer["not_listed"] = json!(board.below + board.more);
    Ok(answer)
}

/// All links of a window.
///
/// # Errors
/// As [`board`].
pub async fn matrix(visit: &Visit) -> Result<Value> {
    let asked = understood(&visit.query)?;
    let situation = visit.app.situations.get(&visit.app, asked).await?;
    let mut answer = window(&situation);
    answer["links"] = situation.links.iter().map(|one| link(&situation, one)).collect();
    Ok(answer)
}

/// Programs get no page with a note: what makes no sense is refused.
fn understood(query: &str) -> Result<crate::shift::situation::Asked> {
    let (asked, dropped) = asked(query);
    if dropped.is_empty() { Ok(asked) } else { Err(Error::BadRequest(dropped.join(" "))) }
}

fn window(situation: &Situation) -> Value {
    let (done, failed) = situation.sums();
    json!({
        "operation": situation.asked.operation.to_value(),
        "activity": situation.asked.activity,
        "hours": situation.asked.hours,
        "from": situation.window.from,
        "until": situation.window.until,
        "read_at": situation.read_at,
        "done": done,
        "failed": failed,
        "efficiency": efficiency(done, failed),
    })
}

/// Share of attempts that succeeded, 0 to 1; none without attempts.
fn efficiency(done: i64, failed: i64) -> Option<f64> {
    let all = done + failed;
    (all > 0).then(|| (done as f64 / all as f64 * 10_000.0).round() / 10_000.0)
}

fn link(situation: &Situation, link: &Link) -> Value {
    json!({
        "src_site": situation.name(link.src),
        "dst_site": situation.name(link.dst),
        "done": link.done,
        "failed": link.failed,
        "efficiency": efficiency(link.done, link.failed),
        "blame": blame(link.blame),
    })
}

fn blame(blame: Blame) -> &'static str {
    match blame {
        Blame::Source => "source",
        Blame::Destination => "destination",
        Blame::Link => "link",
        Blame::Service => "service",
        Blame::Unclear => "unclear",
    }
}

fn row(row: &Row) -> Value {
    let ticket = match &row.ticket {
        TicketCell::Open { label, .. } => json!(label),
        _ => Value::Null,
    };
    json!({
        "key": row.key,
        "name": row.name,
        "is_site": row.is_site,
        "clear": row.clear,
        "failures": row.failures,
        "failing_links": row.suffering,
        "tried_links": row.tried,
        "why": row.sentence,
        "issue": row.error.as_ref().map(|error| error.issue),
        "error": row.error.as_ref().map(|error| &error.title),
        "ticket": ticket,
        "suggestion": row.suggestion.as_ref().map(suggestion),
    })
}

fn quiet(row: &Quiet) -> Value {
    let why = &row.why;
    let head = why.link.as_ref().map(|(text, _)| text).or(why.badge.as_ref()).or(why.word.as_ref());
    json!({ "name": row.name, "about": row.about, "why": head, "more": why.more })
}

/// A suggestion with its evidence.
#[must_use]
pub fn suggestion(suggestion: &Suggestion) -> Value {
    json!({
        "action": suggestion.action,
        "name": suggestion.name,
        "text": suggestion.text,
        "suggested_action": suggestion.suggested_action,
        "probability": suggestion.probability,
        "at_least": suggestion.lower,
        "worked": suggestion.error.worked,
        "tries": suggestion.error.tries,
        "worked_here": suggestion.here.worked,
        "tries_here": suggestion.here.tries,
        "why": suggestion.why,
    })
}
