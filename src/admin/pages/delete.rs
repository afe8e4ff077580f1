//! Deleting one row: first what would happen, then the deed.
use super::shared::{back_href, crumbs, filters, row_href};
use crate::admin::deletion::{self, Group, Preview};
use crate::admin::{Meta, Record, Verb, find};
use crate::error::{Error, Result};
use crate::web::{Chrome, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "admin/delete.html")]
struct DeletePage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    label: String,
    pk: String,
    preview: Preview,
    refusal: Option<String>,
    action: String,
    back: String,
}

/// `GET /admin/<resource>/<pk>/delete/`
pub async fn confirm(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    show(&visit, &slug, &pk, None).await
}

/// `POST /admin/<resource>/<pk>/delete/`
pub async fn delete(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, .. }: Posted,
) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::Delete)?;
    let deed = visit.deed()?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let row = find(resource, &(&txn).into(), &pk).await?;
    match deletion::delete(&txn, &visit.app.registry, resource, &row, &deed).await {
        Ok(()) => txn.commit().await?,
        Err(Error::Protected(_)) => {
            txn.rollback().await?;
            return show(&visit, &slug, &pk, None).await;
        }
        Err(Error::Refused(why)) => {
            txn.rollback().await?;
            return show(&visit, &slug, &pk, Some(why)).await;
        }
        Err(error) => return Err(error),
    }
    visit.app.forget();
    visit
        .say(Message::plain(
            Level::Good,
            format!("The {} “{}” was deleted.", meta.singular, crate::admin::shorten(&row.label, 80)),
        ))
        .await?;
    Ok(found(&back_href(&visit, meta, &filters(&visit))))
}

/// The page; with what stands in the way, it has no button.
async fn show(visit: &Visit, slug: &str, pk: &str, refusal: Option<String>) -> Result<Response> {
    let actor = visit.actor()?.clone();
    let resource = visit.app.registry.get(slug)?;
    let meta = resource.meta();
    actor.must(meta.slug, Verb::Delete)?;
    if !meta.offers(Verb::Delete) {
        return Err(Error::Refused(format!("Nobody can delete {} here.", meta.plural)));
    }
    let db = (&visit.app.db).into();
    let row: Record = find(resource, &db, pk).await?;
    let preview = deletion::preview(&db, &visit.app.registry, resource, &row, &visit.deed()?).await?;
    let filters = filters(visit);
    let status = if refusal.is_some() { StatusCode::FORBIDDEN } else { StatusCode::OK };
    let page = DeletePage {
        chrome: visit
            .chrome(format!("Delete {}", row.label), crumbs(visit, meta, &filters, Some(&row), "Delete"))
            .await?,
        action: row_href(meta, pk, "delete", &filters),
        back: row_href(meta, pk, "change", &filters),
        label: row.label,
        pk: pk.to_owned(),
        meta,
        preview,
        refusal,
    };
    render(status, &page)
}

impl DeletePage<'_> {
    fn groups(&self) -> [(&'static str, &'static str, &'static str, &[Group]); 3] {
        [
            ("bad", "deleted", "Will be deleted with it", &self.preview.deleted),
            ("warn", "changed", "Will lose their reference to it", &self.preview.loosened),
            ("info", "kept", "Need it, so it stays", &self.preview.protected),
        ]
    }
}
