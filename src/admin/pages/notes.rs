//! Notes on a record: the latest of them on its pages, all of them on one of their own.
use super::shared::crumbs;
use crate::admin::changelist::params::Params;
use crate::admin::{Input, Meta, Save, Target, Verb, deletion, find};
use crate::auth::pages::safe_next;
use crate::error::{Error, Result};
use crate::resources::may_take_back;
use crate::web::{Chrome, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use entity::{note, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Notes shown on the page of a record.
const LATEST: u64 = 5;
/// Notes shown on a page of their own.
const PAGE: u64 = 50;
/// Their resource.
const NOTES: &str = "notes";

#[derive(Template)]
#[template(path = "admin/notes.html")]
struct NotesPage {
    chrome: Chrome,
    title: String,
    notes: Notes,
    back: String,
    older: Option<String>,
    text: String,
    errors: Vec<String>,
}

/// The notes on a record, and the form that adds one.
pub(crate) struct Notes {
    pub(crate) rows: Vec<NoteView>,
    /// Whether there are more.
    pub(crate) more: bool,
    /// Address of all of them, which takes a new one, too.
    pub(crate) all: String,
    pub(crate) may_add: bool,
    /// Where to go after that.
    pub(crate) next: String,
    pub(crate) now: DateTime<Utc>,
}

/// One note.
pub(crate) struct NoteView {
    pub(crate) id: i64,
    pub(crate) who: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) text: String,
    /// Whether the visitor can take it back.
    pub(crate) mine: bool,
}

/// The latest notes on a record that its page shows; `None` where none are kept.
pub(crate) async fn latest(visit: &Visit, meta: &Meta, key: i64, next: &str) -> Result<Option<Notes>> {
    if !meta.notes || !visit.may(meta.slug, Verb::View) {
        return Ok(None);
    }
    read(visit, meta, key, next, (LATEST, None)).await.map(Some)
}

async fn read(
    visit: &Visit,
    meta: &Meta,
    key: i64,
    next: &str,
    (limit, before): (u64, Option<i64>),
) -> Result<Notes> {
    let mut select = note::Entity::find()
        .filter(note::Column::Resource.eq(meta.slug))
        .filter(note::Column::ObjectPk.eq(key));
    if let Some(before) = before {
        select = select.filter(note::Column::Id.lt(before));
    }
    let mut rows = select
        .find_also_related(user::Entity)
        .order_by_desc(note::Column::Id)
        .limit(limit + 1)
        .all(&visit.app.db)
        .await?;
    let more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    let me = visit.actor.as_ref().and_then(|actor| actor.id);
    let deletes = visit.may(NOTES, Verb::Delete);
    let view = |(row, who): (note::Model, Option<user::Model>)| NoteView {
        mine: deletes && may_take_back(&row, me, visit.now),
        who: who.map_or_else(|| "somebody".to_owned(), |user| user.username),
        id: row.id,
        at: row.written_at,
        text: row.text,
    };
    Ok(Notes {
        rows: rows.into_iter().map(view).collect(),
        more,
        all: format!("/admin/{}/{key}/notes/", meta.slug),
        may_add: visit.may(NOTES, Verb::Add),
        next: next.to_owned(),
        now: visit.now,
    })
}

/// `GET /admin/<resource>/<pk>/notes/`
pub async fn notes(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    let kept = visit.kept().await?;
    let text = kept.as_ref().and_then(|input| input.get("text")).unwrap_or_default().to_owned();
    draw(&visit, &slug, &pk, (text, Vec::new())).await
}

/// `POST /admin/<resource>/<pk>/notes/`
pub async fn write(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let key = target(&visit, &slug, &pk).await?;
    let done = match input.get("delete") {
        Some(id) => take_back(&visit, (&slug, key), id).await.map(|()| "The note is taken back."),
        None => add(&visit, (&slug, key), &input).await.map(|()| "The note was added."),
    };
    match done {
        Ok(said) => {
            visit.say(Message::plain(Level::Good, said)).await?;
            let next = input.get("next").filter(|next| !next.is_empty());
            Ok(found(&safe_next(next.unwrap_or(&format!("/admin/{slug}/{key}/notes/")))))
        }
        Err(Error::Invalid(errors)) => {
            let text = input.get("text").unwrap_or_default().to_owned();
            draw(&visit, &slug, &pk, (text, errors.into_values().flatten().collect())).await
        }
        Err(error) => Err(error),
    }
}

/// The key of a record on which notes are kept, if the visitor may look at it.
async fn target(visit: &Visit, slug: &str, pk: &str) -> Result<i64> {
    let resource = visit.app.registry.get(slug)?;
    visit.actor()?.must(resource.meta().slug, Verb::View)?;
    if !resource.meta().notes {
        return Err(Error::NotFound);
    }
    let row = find(resource, &(&visit.app.db).into(), pk).await?;
    crate::admin::key_number(row.key()).ok_or(Error::NotFound)
}

async fn add(visit: &Visit, (slug, key): (&str, i64), input: &Input) -> Result<()> {
    let mut fields = Input::partial([]);
    fields.set("resource", slug);
    fields.set("object_pk", key.to_string());
    fields.set("text", input.get("text").unwrap_or_default());
    let (deed, resource) = (visit.deed()?, visit.app.registry.get(NOTES)?);
    let txn = crate::db::begin(&visit.app.db).await?;
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given: Vec::new() };
    save.run(&txn, Target::New, &fields).await?;
    txn.commit().await?;
    visit.app.forget();
    Ok(())
}

async fn take_back(visit: &Visit, (slug, key): (&str, i64), id: &str) -> Result<()> {
    let (deed, resource) = (visit.deed()?, visit.app.registry.get(NOTES)?);
    let txn = crate::db::begin(&visit.app.db).await?;
    let row = find(resource, &(&txn).into(), id).await?;
    // Only what stands on this record.
    if row.model::<note::Model>().is_none_or(|note| note.resource != slug || note.object_pk != key) {
        return Err(Error::NotFound);
    }
    deletion::delete(&txn, &visit.app.registry, resource, &row, &deed).await?;
    txn.commit().await?;
    visit.app.forget();
    Ok(())
}

async fn draw(
    visit: &Visit,
    slug: &str,
    pk: &str,
    (text, errors): (String, Vec<String>),
) -> Result<Response> {
    let key = target(visit, slug, pk).await?;
    let resource = visit.app.registry.get(slug)?;
    let meta = resource.meta();
    let row = find(resource, &(&visit.app.db).into(), pk).await?;
    let before = Params::parse(&visit.query).get("before").and_then(|before| before.parse().ok());
    let notes = read(visit, meta, key, "", (PAGE, before)).await?;
    let title = format!("Notes on “{}”", crate::admin::shorten(&row.label, 80));
    let mut chrome = visit.chrome(title.clone(), crumbs(visit, meta, "", Some(&row), "Notes")).await?;
    chrome.error = !errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = NotesPage {
        older: notes.rows.last().filter(|_| notes.more).map(|last| format!("?before={}", last.id)),
        back: format!("/admin/{slug}/{key}/change/"),
        chrome,
        title,
        notes,
        text,
        errors,
    };
    render(status, &page)
}
