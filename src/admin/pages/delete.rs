//! Deleting one row: first what would happen, then the deed.
use super::shared::{back_href, crumbs, filters, row_href, undoable};
use super::why::Why;
use crate::admin::deletion::{self, Preview};
use crate::admin::{Deed, Meta, Record, Verb, find};
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
    why: Why,
    action: String,
    back: String,
}

/// `GET /admin/<resource>/<pk>/delete/`
pub async fn confirm(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    show(&visit, &slug, &pk, None, None).await
}

/// `POST /admin/<resource>/<pk>/delete/`
pub async fn delete(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::Delete)?;
    let why = Why::read(meta.asks_why, false, &input);
    if !why.errors.is_empty() {
        return show(&visit, &slug, &pk, None, Some(why)).await;
    }
    let deed = Deed { reason: why.given(), ..visit.deed()? };
    let txn = crate::db::begin(&visit.app.db).await?;
    let row = find(resource, &(&txn).into(), &pk).await?;
    match deletion::delete(&txn, &visit.app.registry, resource, &row, &deed).await {
        Ok(()) => txn.commit().await?,
        Err(Error::Protected(_)) => {
            txn.rollback().await?;
            return show(&visit, &slug, &pk, None, Some(why)).await;
        }
        Err(Error::Refused(refusal)) => {
            txn.rollback().await?;
            return show(&visit, &slug, &pk, Some(refusal), Some(why)).await;
        }
        Err(error) => return Err(error),
    }
    visit.app.forget();
    let text = format!("The {} “{}” was deleted.", meta.singular, crate::admin::shorten(&row.label, 80));
    visit.say(undoable(&visit, meta, Message::plain(Level::Good, text), true, true)).await?;
    Ok(found(&back_href(&visit, meta, &filters(&visit))))
}

/// The page; with what stands in the way, it has no button.
async fn show(
    visit: &Visit,
    slug: &str,
    pk: &str,
    refusal: Option<String>,
    why: Option<Why>,
) -> Result<Response> {
    let actor = visit.actor()?.clone();
    let resource = visit.app.registry.get(slug)?;
    let meta = resource.meta();
    actor.must(meta.slug, Verb::Delete)?;
    if !meta.offers(Verb::Delete) {
        return Err(Error::Refused(format!("Nobody can delete {} here.", meta.plural)));
    }
    let db = (&visit.app.db).into();
    let row: Record = find(resource, &db, pk).await?;
    let preview = deletion::preview(&db, &visit.app.registry, resource, &[&row], &visit.deed()?).await?;
    let filters = filters(visit);
    let why = why.unwrap_or_else(|| Why::open(meta.asks_why, false));
    let status = match (&refusal, why.errors.is_empty()) {
        (Some(_), _) => StatusCode::FORBIDDEN,
        (None, true) => StatusCode::OK,
        (None, false) => StatusCode::UNPROCESSABLE_ENTITY,
    };
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
        why,
    };
    render(status, &page)
}
