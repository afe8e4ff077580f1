//! What the shift's pages show, as data.
use super::answer::{json, refusal};
use super::query::Trouble;
use crate::admin::Verb;
use crate::console;
use crate::error::{Error, Result};
use crate::shift::board;
use crate::web::Visit;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DurationRound, TimeDelta};
use entity::{issue, issue_hour};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use serde_json::{Value, json};

/// Hours of a series unless others are asked for: a week.
const HOURS: i64 = 7 * 24;
/// Hours of a series, at most: as long as hourly counts are kept.
const MOST_HOURS: i64 = 90 * 24;

/// `GET /api/board/`
pub(super) async fn board(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    Ok(json(StatusCode::OK, &board::json::board(&visit).await?))
}

/// `GET /api/matrix/`
pub(super) async fn matrix(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    Ok(json(StatusCode::OK, &board::json::matrix(&visit).await?))
}

/// `GET /api/issues/<id>/series/`: failures of an issue by the hour, oldest first.
pub(super) async fn series(visit: Visit, Path(pk): Path<String>) -> Result<Response, Trouble> {
    let issue = issue(&visit, &pk).await?;
    let asked = crate::admin::changelist::params::Params::parse(&visit.query);
    let hours = match asked.get("hours") {
        None => HOURS,
        Some(text) => {
            text.parse().ok().filter(|hours| (1..=MOST_HOURS).contains(hours)).ok_or_else(|| {
                refusal(StatusCode::BAD_REQUEST, &format!("Give hours as a number from 1 to {MOST_HOURS}."))
            })?
        }
    };
    let until = visit.now.duration_trunc(TimeDelta::hours(1)).unwrap_or(visit.now);
    let rows = issue_hour::Entity::find()
        .filter(issue_hour::Column::IssueId.eq(issue.id))
        .filter(issue_hour::Column::Hour.gt(until - TimeDelta::hours(hours)))
        .order_by_asc(issue_hour::Column::Hour)
        .all(&visit.app.db)
        .await
        .map_err(Error::from)?;
    let series: Vec<Value> = rows
        .iter()
        .map(|row| json!({ "hour": row.hour, "failures": row.failures, "files": row.distinct_files, "bytes": row.bytes }))
        .collect();
    Ok(json(StatusCode::OK, &json!({ "issue": issue.id, "hours": hours, "series": series })))
}

/// `GET /api/issues/<id>/suggestions/`: what to do about an issue, best first.
pub(super) async fn suggestions(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let issue = issue(&visit, &pk).await?;
    let context = console::context(&issue);
    let ranked = crate::suggestions::rank(&visit.app, visit.now, &[context]).await?;
    let list: Vec<Value> = ranked.iter().flatten().map(board::json::suggestion).collect();
    Ok(json(StatusCode::OK, &json!({ "issue": issue.id, "suggestions": list })))
}

async fn issue(visit: &Visit, pk: &str) -> Result<issue::Model> {
    visit.actor()?.must("issues", Verb::View)?;
    let key: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    issue::Entity::find_by_id(key).one(&visit.app.db).await?.ok_or(Error::NotFound)
}
