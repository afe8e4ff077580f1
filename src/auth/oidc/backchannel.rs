//! The provider says that somebody signed out there (OpenID Connect Back-Channel Logout 1.0). It is the one address
//! that writes without a form's token: the provider has no session, and its signature says more.
use super::claims::{self, Expected, text, time};
use super::page::Refusal;
use super::users::known;
use super::{LEEWAY, exchange, session_at};
use crate::auth::session::digest;
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::session;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, SqlErr,
};
use serde_json::{Map, Value, json};

const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";
/// Longest request that can hold one, in bytes.
const LARGEST: usize = 64 * 1024;
/// A token is taken until so many seconds after it was issued, whatever it says itself.
const FRESH: i64 = 10 * 60;

/// `POST /auth/oidc/backchannel-logout/`
///
/// # Errors
/// [`Error::NotFound`] where there is no provider, or what the database says.
pub async fn sign_out(visit: Visit, body: Bytes) -> Result<Response> {
    let answer = match ended(&visit, &body).await {
        Ok(sessions) => {
            tracing::info!(sessions, "signed out by the identity provider");
            StatusCode::OK.into_response()
        }
        Err(Refusal::Error(error)) => return Err(error),
        Err(Refusal::Down(why)) => {
            tracing::warn!(why, "the identity provider cannot be used");
            refuse(StatusCode::SERVICE_UNAVAILABLE, "the provider's keys cannot be read now")
        }
        Err(Refusal::Unacceptable(why)) => {
            tracing::warn!(why, address = visit.address, "a sign-out of the identity provider's was refused");
            refuse(StatusCode::BAD_REQUEST, &why)
        }
        Err(_) => refuse(StatusCode::BAD_REQUEST, "the request makes no sense"),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], answer).into_response())
}

fn refuse(status: StatusCode, why: &str) -> Response {
    (status, axum::Json(json!({"error": "invalid_request", "error_description": why}))).into_response()
}

/// How many sessions ended.
async fn ended(visit: &Visit, body: &[u8]) -> std::result::Result<u64, Refusal> {
    let app = &visit.app;
    let oidc = app.config.oidc.as_ref().ok_or(Error::NotFound)?;
    if body.len() > LARGEST {
        return Err(unacceptable("the request is too large"));
    }
    let mut fields = url::form_urlencoded::parse(body);
    let token = fields.find(|(name, _)| name == "logout_token").map(|(_, token)| token.into_owned());
    let token = token.ok_or_else(|| unacceptable("there is no logout_token"))?;
    let provider = app.sso.provider(app, oidc).await?;
    let kinds = ["jwt", "logout+jwt"];
    let (provider, signed) = exchange::opened(app, oidc, provider, &token, &kinds).await?;
    let now = visit.now.timestamp();
    let expected = Expected { issuer: &provider.issuer, client_id: &oidc.client_id, now };
    let until = check(&signed.claims, &expected).map_err(unacceptable)?;
    let (sid, subject) = (text(&signed.claims, "sid"), text(&signed.claims, "sub"));
    let id = text(&signed.claims, "jti").unwrap_or_default();
    if !first_time(&app.db, &oidc.issuer, id, until).await? {
        return Err(unacceptable("the logout token was used already"));
    }
    end(&app.db, &oidc.issuer, sid, subject).await.map_err(Refusal::Error)
}

/// Whether it is a logout token (2.6); gives the time from which on it is none any more.
fn check(claims: &Map<String, Value>, expected: &Expected<'_>) -> std::result::Result<i64, String> {
    claims::check_parties(claims, expected)?;
    let fresh = time(claims, "iat").unwrap_or_default().saturating_add(FRESH);
    let until = time(claims, "exp").map_or(fresh, |end| end.min(fresh)).saturating_add(LEEWAY);
    if until <= expected.now {
        return Err("the logout token has expired; are the clocks right?".into());
    }
    if !claims.get("events").and_then(|events| events.get(EVENT)).is_some_and(Value::is_object) {
        return Err("it is no logout token".into());
    }
    if claims.contains_key("nonce") {
        return Err("a logout token has no nonce".into());
    }
    if text(claims, "jti").is_none() {
        return Err("the logout token has no number".into());
    }
    if text(claims, "sid").is_none() && text(claims, "sub").is_none() {
        return Err("the logout token does not say whose session ends".into());
    }
    Ok(until)
}

/// Whether the token comes for the first time, to whatever replica: its number is kept for as long as it is taken.
async fn first_time(db: &DatabaseConnection, issuer: &str, id: &str, until: i64) -> Result<bool> {
    let row = session::ActiveModel {
        // No session has such a key, since the id of one has no blanks.
        id: Set(digest(&format!("logout token {id} of {issuer}"))),
        user_id: Set(None),
        data: Set("{}".into()),
        expires_at: Set(until),
        provider_session: Set(None),
    };
    match session::Entity::insert(row).exec_without_returning(db).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Ends the session of that number; without a number, all that somebody has from the provider.
async fn end(db: &DatabaseConnection, issuer: &str, sid: Option<&str>, subject: Option<&str>) -> Result<u64> {
    use session::Column::{ProviderSession, UserId};
    let mut which = Condition::any();
    if let Some(sid) = sid {
        which = which.add(ProviderSession.eq(session_at(issuer, Some(sid), "")));
    }
    if let Some(subject) = subject {
        // Of these, the provider never said the number.
        which = which.add(ProviderSession.eq(session_at(issuer, None, subject)));
        if sid.is_none()
            && let Some(known) = known(db, issuer, subject).await?
        {
            which =
                which.add(Condition::all().add(UserId.eq(known.user_id)).add(ProviderSession.is_not_null()));
        }
    }
    Ok(session::Entity::delete_many().filter(which).exec(db).await?.rows_affected)
}

fn unacceptable(why: impl Into<String>) -> Refusal {
    Refusal::Unacceptable(why.into())
}
