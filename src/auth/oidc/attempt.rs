//! A sign-in that was begun: what has to be remembered until the provider sends the browser back.
//!
//! It is kept in a row of the table `session`, under the hash of a name that only that browser knows, in a cookie, and
//! of the state, which goes to the provider and comes back. So a state is worth nothing in another browser, many tabs
//! can sign in at once, and taking an attempt uses it up, whichever replica is asked.
use crate::app::random_token;
use crate::auth::session::digest;
use crate::auth::throttle::Throttle;
use crate::error::Result;
use crate::web::Visit;
use axum::http::HeaderValue;
use axum_extra::extract::cookie::{Cookie, SameSite};
use entity::session::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter};
use serde::{Deserialize, Serialize};

/// Cookie with the browser's name.
const COOKIE: &str = "opint_sso";
/// How long somebody may take at the provider, in seconds: long enough to fetch a second factor.
const PATIENCE: i64 = 15 * 60;
/// Longest address to go on to: filters make long ones.
const LONGEST_NEXT: usize = 4096;

/// What is remembered.
#[derive(Serialize, Deserialize)]
pub(super) struct Attempt {
    /// Comes back inside the id token, so that it cannot be one of another sign-in.
    pub(super) nonce: String,
    /// Shows that who brings the code is who asked for it (RFC 7636).
    pub(super) verifier: String,
    /// Where to go on to.
    pub(super) next: String,
}

/// An attempt that is kept.
pub(super) struct Begun {
    /// What is remembered of it.
    pub(super) attempt: Attempt,
    /// Its name at the provider.
    pub(super) state: String,
    /// The browser's name.
    pub(super) cookie: HeaderValue,
}

/// Begins one; the minutes to wait, if too many were begun and not finished.
pub(super) async fn begin(visit: &Visit, next: String) -> Result<std::result::Result<Begun, i64>> {
    let db = &visit.app.db;
    if let Some(minutes) = Throttle::of_begun(&visit.address).try_once(db, visit.now).await? {
        return Ok(Err(minutes));
    }
    let (state, browser) = (random_token(), browser(visit).unwrap_or_else(random_token));
    let attempt = Attempt {
        nonce: random_token(),
        // RFC 7636 asks for 43 letters or more.
        verifier: random_token() + &random_token(),
        next: if next.len() > LONGEST_NEXT { "/".into() } else { next },
    };
    let row = ActiveModel {
        id: Set(key(&browser, &state)),
        user_id: Set(None),
        data: Set(serde_json::to_string(&attempt).map_err(anyhow::Error::from)?),
        expires_at: Set(visit.now.timestamp() + PATIENCE),
        provider_session: Set(None),
    };
    Entity::insert(row).exec_without_returning(db).await?;
    let https = visit.app.config.https();
    let cookie = Cookie::build((name(https), browser))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(https)
        .max_age(time::Duration::seconds(PATIENCE))
        .build();
    let cookie = HeaderValue::from_str(&cookie.to_string()).map_err(anyhow::Error::from)?;
    Ok(Ok(Begun { attempt, state, cookie }))
}

/// The attempt of this browser and that state; only once.
pub(super) async fn take(visit: &Visit, state: &str) -> Result<Option<Attempt>> {
    let Some(browser) = browser(visit) else { return Ok(None) };
    let (db, key) = (&visit.app.db, key(&browser, state));
    let row =
        Entity::find_by_id(key.clone()).filter(Column::ExpiresAt.gt(visit.now.timestamp())).one(db).await?;
    let Some(row) = row else { return Ok(None) };
    // Whoever deletes it has it: of two requests at once, one.
    let deleted = Entity::delete_by_id(key).exec(db).await?;
    if deleted.rows_affected == 0 {
        return Ok(None);
    }
    Ok(serde_json::from_str(&row.data).ok())
}

/// No session has such a key, since the id of one has no blanks.
fn key(browser: &str, state: &str) -> String {
    digest(&format!("single sign-on {browser} {state}"))
}

fn browser(visit: &Visit) -> Option<String> {
    let cookie = visit.jar.get(name(visit.app.config.https()))?;
    Some(cookie.value().to_owned()).filter(|name| name.len() == 32)
}

/// Over HTTPS under a name that no neighbour in the domain can set.
fn name(https: bool) -> &'static str {
    const HOST: &str = "__Host-opint_sso";
    if https { HOST } else { COOKIE }
}
