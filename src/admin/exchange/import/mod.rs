//! Files in: uploaded, matched to fields, looked at, and then written by the one way in for every write.
mod apply;
mod check;
mod mapping;
mod pages;
mod plan;
mod read;
mod rejected;
mod store;
mod verdict;
mod work;

pub use pages::{form, show};
pub use rejected::rejected;

use super::links::importable;
use crate::admin::pages::shared::list_href;
use crate::admin::{AnyResource, Verb, capitalise};
use crate::error::{Error, Result};
use crate::web::{Level, Message, Posted, Uploaded, Visit, found};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Duration;
use entity::import_file::{Model, State};
use mapping::Mapping;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use work::Work;

/// Where a file stands.
fn href(slug: &str, id: i64) -> String {
    format!("/admin/{slug}/import/{id}/")
}

/// The resource, for somebody who may write to it, and their key.
fn writable<'a>(visit: &'a Visit, slug: &str) -> Result<(&'a dyn AnyResource, i64)> {
    let actor = visit.actor()?;
    let resource = visit.app.registry.get(slug)?;
    let meta = resource.meta();
    actor.must(meta.slug, Verb::View)?;
    if !meta.offers(Verb::Change) && !meta.offers(Verb::Add) {
        return Err(Error::Refused(format!("{} are not imported.", capitalise(meta.plural))));
    }
    if !importable(visit, meta) {
        return Err(Error::Forbidden(meta.codename(Verb::Change)));
    }
    Ok((resource, actor.id.ok_or(Error::SignIn)?))
}

/// `POST /admin/<resource>/import/`
pub async fn upload(Path(slug): Path<String>, upload: Uploaded) -> Result<Response> {
    let Uploaded { visit, name, file, too_large } = upload;
    let (resource, user) = writable(&visit, &slug)?;
    let refuse =
        |why: String| pages::upload_page(&visit, resource, Some(why), StatusCode::UNPROCESSABLE_ENTITY);
    if name.is_empty() {
        return refuse("Choose a file first.".into()).await;
    }
    if too_large {
        return refuse("The file is larger than 32 MB. Leave out columns, or split it.".into()).await;
    }
    let Ok(_place) = visit.app.exchange.uploads.clone().try_acquire_owned() else {
        return refuse("Other files are being read just now. Try again in a minute.".into()).await;
    };
    let stored = match store::store(&visit.app, user, &slug, &name, file).await? {
        Ok(stored) => stored,
        Err(why) => return refuse(why.0).await,
    };
    for note in stored.notes {
        visit.say(Message::plain(Level::Warn, note)).await?;
    }
    Ok(found(&href(&slug, stored.id)))
}

/// `POST /admin/<resource>/import/<id>/`: `check`, `back`, `write` or `drop`.
pub async fn turn(
    Path((slug, id)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let (resource, user) = writable(&visit, &slug)?;
    let file = store::get(&visit.app, user, &slug, &id).await?;
    let here = href(&slug, file.id);
    match input.get("do") {
        Some("check") => {
            let headings: Vec<String> = store::parsed(&file.headings)?;
            match Mapping::chosen(resource, headings.len(), &input) {
                Ok(mapping) => begin_check(&visit, file, mapping).await?,
                Err(why) => return pages::mapping_page(&visit, resource, &file, Some((why, &input))).await,
            }
        }
        Some("again") => {
            let mapping = Mapping::of(&file)?;
            begin_check(&visit, file, mapping).await?;
        }
        Some("back") => {
            let from = [State::Checked, State::Failed];
            let taken = Work::take(&visit, file, &from, State::Uploaded, Duration::zero()).await?;
            say_busy(&visit, taken.is_some()).await?;
        }
        Some("write") => {
            let taken = Work::take(&visit, file, &[State::Checked], State::Writing, apply::LEASE).await?;
            say_busy(&visit, taken.is_some()).await?;
            if let Some(work) = taken {
                tokio::spawn(apply::apply(work));
            }
        }
        Some("drop") => {
            let gone = store::drop_file(&visit.app, file.id).await?;
            say_busy(&visit, gone).await?;
            if gone {
                visit.say(Message::plain(Level::Good, "The uploaded file was forgotten.")).await?;
                return Ok(found(&list_href(resource.meta(), "")));
            }
        }
        _ => return Err(Error::BadRequest("Choose what to do with the file.".into())),
    }
    Ok(found(&here))
}

async fn say_busy(visit: &Visit, taken: bool) -> Result<()> {
    if taken {
        return Ok(());
    }
    visit
        .say(Message::plain(Level::Warn, "This file is being worked on already; nothing was done twice."))
        .await
}

/// Notes the choices, then looks at the rows in the background.
async fn begin_check(visit: &Visit, file: Model, mapping: Mapping) -> Result<()> {
    let from = [State::Uploaded, State::Checked, State::Failed];
    let Some(mut work) = Work::take(visit, file, &from, State::Checking, check::LEASE).await? else {
        return say_busy(visit, false).await;
    };
    let row = entity::import_file::ActiveModel {
        id: Set(work.file.id),
        mapping: Set(Some(store::json(&mapping.columns)?)),
        match_by: Set(Some(mapping.match_by.clone())),
        seen: Set(0),
        note: Set(None),
        ..Default::default()
    };
    row.update(&visit.app.db).await?;
    work.mapping = mapping;
    tokio::spawn(check::check(work));
    Ok(())
}
