//! An issue that is not there any more: where it went, and what was typed about it.
use super::record::FIELDS;
use crate::admin::history::Changes;
use crate::admin::{Input, Verb};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use entity::audit_log;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

#[derive(Template)]
#[template(path = "console/gone.html")]
struct GonePage {
    chrome: Chrome,
    pk: i64,
    label: String,
    who: String,
    at: DateTime<Utc>,
    now: DateTime<Utc>,
    /// The issue that it was folded into.
    into: Option<i64>,
    /// Whether something was to be recorded.
    posted: bool,
    /// What was typed, by field.
    typed: Vec<(&'static str, String)>,
    text: String,
    may_record: bool,
}

/// The page about an issue that was folded or deleted, 409 for a form and 404 else; the usual 404 if there
/// never was one.
pub(super) async fn page(visit: &Visit, pk: &str, posted: Option<&Input>) -> Result<Response> {
    let pk: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let last = audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("issues"))
        .filter(audit_log::Column::ObjectPk.eq(pk.to_string()))
        .order_by_desc(audit_log::Column::Id)
        .one(&visit.app.db)
        .await?
        .filter(|last| last.verb == audit_log::Verb::Delete)
        .ok_or(Error::NotFound)?;
    let changes: Changes = serde_json::from_str(&last.changes).unwrap_or_default();
    let into =
        changes.get("Folded into").and_then(|[_, to]| to.as_deref()?.trim_start_matches('#').parse().ok());
    let typed: Vec<(&'static str, String)> = FIELDS
        .into_iter()
        .filter_map(|name| Some((name, posted?.get(name)?.to_owned())).filter(|(_, text)| !text.is_empty()))
        .collect();
    let text = typed.iter().map(|(name, text)| format!("{}: {text}", crate::admin::words(name)));
    let title = format!("Issue {pk} is gone");
    let chrome = visit
        .chrome(
            title.clone(),
            vec![Crumb::to("Issues", "/admin/issues/"), Crumb::here(format!("Issue {pk}"))],
        )
        .await?;
    let page = GonePage {
        chrome,
        pk,
        label: last.object_label,
        who: last.username,
        at: last.at,
        now: visit.now,
        into,
        posted: posted.is_some(),
        text: text.collect::<Vec<_>>().join("\n"),
        typed,
        may_record: visit.may("actions-taken", Verb::Add),
    };
    render(if posted.is_some() { StatusCode::CONFLICT } else { StatusCode::NOT_FOUND }, &page)
}
