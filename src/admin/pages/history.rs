//! Who changed a row, when, from where, and each value before and after.
use super::shared::{crumbs, filters, row_href};
use crate::admin::changelist::params::Params;
use crate::admin::history::Changes;
use crate::admin::{AnyResource, Meta, Verb, find, words};
use crate::error::{Error, Result};
use crate::web::{Chrome, Visit, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use entity::audit_log;
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Entries to a page.
const PAGE: u64 = 50;

#[derive(Template)]
#[template(path = "admin/history.html")]
struct HistoryPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    label: String,
    pk: String,
    change: Option<String>,
    entries: Vec<Entry>,
    /// Where a deleted row is made again.
    restore: Option<String>,
    older: Option<String>,
}

/// One write.
pub(crate) struct Entry {
    pub(crate) verb: String,
    pub(crate) who: String,
    pub(crate) how: String,
    pub(crate) at: chrono::DateTime<chrono::Utc>,
    pub(crate) reason: Option<String>,
    pub(crate) changes: Changes,
    /// The form with the values that the row had after it.
    pub(crate) version: Option<String>,
    /// What was done with it at once.
    pub(crate) together: Option<String>,
}

/// `GET /admin/<resource>/<pk>/history/`
pub async fn history(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    let actor = visit.actor()?.clone();
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    actor.must(meta.slug, Verb::View)?;
    pk.parse::<i64>().map_err(|_| Error::NotFound)?;
    let params = Params::parse(&visit.query);
    let before = params.get("before").and_then(|key| key.parse().ok()).unwrap_or(i64::MAX);
    let mut rows = entries(&visit, resource, &pk, before).await?;
    let row = find(resource, &(&visit.app.db).into(), &pk).await;
    // The history of a deleted row stays readable; of one that never was, there is none.
    let label = match (&row, rows.first()) {
        (Ok(row), _) => row.label.clone(),
        (Err(Error::NotFound), Some(entry)) => entry.object_label.clone(),
        (Err(_), _) => return Err(row.err().unwrap_or(Error::NotFound)),
    };
    let more = rows.len() as u64 > PAGE;
    rows.truncate(usize::try_from(PAGE).unwrap_or_default());
    let older = rows.last().filter(|_| more).map(|entry| params.with("before", entry.id.to_string()).href());
    let filters = filters(&visit);
    let row = row.ok();
    let title = format!("History of {label}");
    let page = HistoryPage {
        chrome: visit.chrome(title, crumbs(&visit, meta, &filters, row.as_ref(), "History")).await?,
        restore: (row.is_none() && before == i64::MAX)
            .then(|| rows.first())
            .flatten()
            .and_then(|entry| super::restore::offered(&visit, meta, entry)),
        entries: rows.into_iter().map(|entry| linked(&visit, meta, row.is_some(), entry)).collect(),
        change: row.map(|row| row_href(meta, &row.pk(), "change", &filters)),
        meta,
        label,
        pk,
        older,
    };
    render(StatusCode::OK, &page)
}

/// An entry with the ways that lead from it.
fn linked(visit: &Visit, meta: &Meta, exists: bool, row: audit_log::Model) -> Entry {
    let may = exists && meta.offers(Verb::Change) && visit.may(meta.slug, Verb::Change);
    let version = (may && row.trace.is_some()).then(|| {
        format!("/admin/{}/{}/change/?{}={}", meta.slug, row.object_pk, super::restore::VERSION, row.id)
    });
    let operation = row.operation.clone().filter(|_| visit.may("audit-log", Verb::View));
    let together = operation.map(|operation| format!("/admin/audit-log/?operation__exact={operation}"));
    Entry { version, together, ..Entry::of(row) }
}

async fn entries(
    visit: &Visit,
    resource: &dyn AnyResource,
    pk: &str,
    before: i64,
) -> Result<Vec<audit_log::Model>> {
    Ok(audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq(resource.meta().slug))
        .filter(audit_log::Column::ObjectPk.eq(pk))
        .filter(audit_log::Column::Id.lt(before))
        .order_by_desc(audit_log::Column::Id)
        .limit(PAGE + 1)
        .all(&visit.app.db)
        .await?)
}

impl Entry {
    pub(crate) fn of(row: audit_log::Model) -> Self {
        let how = match row.source {
            audit_log::Source::Form => "on the website".into(),
            audit_log::Source::Command => "on the command line".into(),
            audit_log::Source::Api => "by the API".into(),
            other => format!("by {}", words(&other.to_value())),
        };
        let verb = match row.verb {
            audit_log::Verb::Add => "Added",
            audit_log::Verb::Change => "Changed",
            audit_log::Verb::Delete => "Deleted",
            audit_log::Verb::SignIn => "Signed in",
            audit_log::Verb::SignOut => "Signed out",
            audit_log::Verb::Refused => "Refused",
        };
        let from = row.address.map(|address| format!(" from {address}")).unwrap_or_default();
        Self {
            verb: verb.to_owned(),
            who: row.username,
            how: format!("{how}{from}"),
            at: row.at,
            reason: row.reason,
            version: None,
            together: None,
            changes: serde_json::from_str(&row.changes).unwrap_or_default(),
        }
    }
}
