//! What was typed into a form whose session had ended: it comes back once its writer has signed in
//! again. The route says that its form can be filled in again ([`Keeps`]), the page asks for it with
//! [`Visit::kept`].
//!
//! It is kept on the server, since a cookie holds 4 kB and a comment may be longer, in rows of the table
//! `session` under the hash of a name that only a cookie of that browser knows; those rows go with
//! the sessions that are over. It is no part of a session: whatever sort of sign-in follows leaves it
//! alone, and a session that somebody planted brings nothing with it.
//!
//! Anybody can send such a form, without an account. So only a page of ours may have sent it, or another site
//! could fill in a form in its victim's name; it is small; so many are taken from one address and
//! in all; and only whoever used this browser last gets it back, once, within the hour.
use super::session::digest;
use super::throttle::Throttle;
use crate::admin::Input;
use crate::app::random_token;
use crate::error::Result;
use crate::web::{Level, Message, Visit};
use axum::http::{HeaderMap, HeaderValue, header};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use entity::session::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

/// Marks a route whose form can be filled in again with what was sent to it.
#[derive(Clone, Copy, Debug)]
pub struct Keeps;

/// Cookie with the name of what is kept.
const COOKIE: &str = "opint_kept";
/// Cookie with the number of the account last signed in with. Nothing is opened with it.
const LAST: &str = "opint_last";
/// How long something is kept, in seconds.
const HOUR: i64 = 60 * 60;
/// Most that is kept of one form, in bytes.
const LARGEST: usize = 64 * 1024;
/// Letters to a row: the table takes 16,000.
const ROW: usize = 15_000;
/// Most rows of one form.
const ROWS: usize = LARGEST.div_ceil(ROW);

/// A form as it was sent.
#[derive(Serialize, Deserialize)]
struct Form {
    path: String,
    user: Option<i64>,
    fields: Vec<(String, String)>,
}

/// Keeps a form and gives the cookie that its writer needs to have it back; nothing if it cannot be kept.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn keep(
    visit: &Visit,
    headers: &HeaderMap,
    fields: Vec<(String, String)>,
) -> Result<Option<HeaderValue>> {
    if !from_here(visit, headers) {
        return Ok(None);
    }
    let user = visit.actor.as_ref().map_or_else(|| last(&visit.jar), |actor| actor.id);
    let fields = fields.into_iter().filter(|(name, _)| !secret(visit, name)).collect();
    let form = serde_json::to_string(&Form { path: visit.path.clone(), user, fields });
    let Some(form) = form.ok().filter(|form| form.len() <= LARGEST) else { return Ok(None) };
    let db = &visit.app.db;
    if Throttle::of_kept(&visit.address).try_once(db, visit.now).await?.is_some() {
        return Ok(None);
    }
    let token = random_token();
    let letters: Vec<char> = form.chars().collect();
    let rows = letters.chunks(ROW).zip(keys(&token)).map(|(part, key)| ActiveModel {
        id: Set(key),
        user_id: Set(None),
        data: Set(part.iter().collect()),
        expires_at: Set(visit.now.timestamp() + HOUR),
        provider_session: Set(None),
    });
    Entity::insert_many(rows).exec_without_returning(db).await?;
    let https = visit.app.config.https();
    let cookie = build(https, name(https), token, HOUR);
    Ok(HeaderValue::from_str(&cookie.to_string()).ok())
}

/// Remembers in the browser who uses it, unless it knows.
pub(crate) fn remember(visit: &Visit) -> Option<HeaderValue> {
    const MONTH: i64 = 30 * 24 * HOUR;
    let user = visit.actor.as_ref()?.id.filter(|user| last(&visit.jar) != Some(*user))?;
    let cookie = build(visit.app.config.https(), LAST, user.to_string(), MONTH);
    HeaderValue::from_str(&cookie.to_string()).ok()
}

impl Visit {
    /// What the visitor typed into the form of this page before the session ended, with a message that
    /// says so; only once. To be asked before the page's frame is made, which shows messages.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn kept(&self) -> Result<Option<Input>> {
        let Some(form) = take(self).await? else { return Ok(None) };
        let note = "Your session had ended. What you typed is below; nothing was saved yet.";
        self.say(Message::plain(Level::Warn, note)).await?;
        Ok(Some(form.fields.into_iter().collect()))
    }
}

async fn take(visit: &Visit) -> Result<Option<Form>> {
    let Some(actor) = &visit.actor else { return Ok(None) };
    let token = visit.jar.get(name(visit.app.config.https())).map(Cookie::value).unwrap_or_default();
    if token.len() != 32 {
        return Ok(None);
    }
    let db = &visit.app.db;
    let keys: Vec<String> = keys(token).collect();
    let mut rows = Entity::find()
        .filter(Column::Id.is_in(keys.clone()))
        .filter(Column::ExpiresAt.gt(visit.now.timestamp()))
        .all(db)
        .await?;
    rows.sort_by_key(|row| keys.iter().position(|key| *key == row.id));
    let text: String = rows.iter().map(|row| row.data.as_str()).collect();
    let mine = |form: &Form| form.path == visit.path && (form.user.is_none() || form.user == actor.id);
    let Some(form) = serde_json::from_str(&text).ok().filter(mine) else { return Ok(None) };
    // Whoever deletes it has it: of two requests at once, one.
    let deleted = Entity::delete_many().filter(Column::Id.is_in(keys)).exec(db).await?;
    Ok((deleted.rows_affected > 0).then_some(form))
}

/// Whether a page of this server sent the form; no other page can make a browser say so.
pub(crate) fn from_here(visit: &Visit, headers: &HeaderMap) -> bool {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if let Some(site) = text("sec-fetch-site") {
        return site == "same-origin";
    }
    let Some(origin) = text("origin") else { return false };
    let host = text(header::HOST.as_str()).filter(|host| !host.is_empty());
    Some(origin) == visit.app.config.base_url.as_deref()
        || (host.is_some() && origin.split_once("://").map(|(_, rest)| rest) == host)
}

/// Passwords and the like are typed again.
fn secret(visit: &Visit, name: &str) -> bool {
    let mut metas = visit.app.registry.iter().map(|resource| resource.meta());
    name.contains("password") || metas.any(|meta| meta.field(name).is_some_and(|(_, field)| field.secret))
}

/// Keys of the rows under a name; no session's, since the id of one has no blanks.
fn keys(token: &str) -> impl Iterator<Item = String> {
    (0..ROWS).map(move |part| digest(&format!("kept {token} {part}")))
}

fn last(jar: &CookieJar) -> Option<i64> {
    jar.get(LAST)?.value().parse().ok()
}

/// Over HTTPS under a name that no neighbour in the domain can set.
fn name(https: bool) -> &'static str {
    const HOST: &str = "__Host-opint_kept";
    if https { HOST } else { COOKIE }
}

fn build(https: bool, name: &'static str, value: String, seconds: i64) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .max_age(time::Duration::seconds(seconds))
        .build()
}
