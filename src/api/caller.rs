//! Who asks: a program with a token, a browser with a session, or nobody.
use super::answer::refusal;
use super::tokens::Bearer;
use crate::app::App;
use crate::auth::throttle::Throttle;
use crate::auth::{csrf, kept};
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Key of the token that a request came with.
#[derive(Clone, Copy)]
pub(super) struct ByToken(pub(super) i64);

/// Makes the visitor the one whom the request's token names; a session counts when the request
/// comes from a page of ours.
pub(super) async fn identify(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let Some(visit) = request.extensions().get::<Visit>().cloned() else {
        return Error::Internal(anyhow::anyhow!("no visit on this route")).into_response();
    };
    match identified(&app, visit, &mut request).await {
        Ok(None) => next.run(request).await,
        Ok(Some(refused)) => refused,
        Err(error) => error.into_response(),
    }
}

/// The answer to who is refused; otherwise, the request knows who asks.
async fn identified(app: &App, mut visit: Visit, request: &mut Request) -> Result<Option<Response>> {
    let safe = request.method().is_safe();
    if let Some(value) = request.headers().get(header::AUTHORIZATION).cloned() {
        let Some(token) = token(&value) else {
            return Ok(Some(unauthorized("Give the token as “Authorization: Token …” or “Bearer …”.")));
        };
        match app.api.callers.bearer(app, token).await? {
            Some(Bearer { actor, token, .. }) => {
                tracing::Span::current().record("user", &actor.username);
                visit.actor = Some(actor);
                request.extensions_mut().insert(ByToken(token));
            }
            None => return wrong(&visit).await.map(Some),
        }
    } else if visit.actor.is_some() && !safe && !from_here(&visit, request.headers()).await? {
        return Ok(Some(refusal(
            StatusCode::FORBIDDEN,
            "CSRF Failed: send the token of your session as X-CSRFToken, or use an API token.",
        )));
    } else if visit.actor.is_none() && safe && app.config.anonymous_read {
        visit.actor = Some(app.api.callers.anonymous(app).await?);
    }
    // Before anything is said about what was sent.
    if visit.actor.is_none() && !safe && visit.path.starts_with("/api/") {
        return Ok(Some(unauthorized("Authentication credentials were not provided.")));
    }
    request.extensions_mut().insert(visit);
    Ok(None)
}

fn token(value: &HeaderValue) -> Option<&str> {
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    let known = ["token", "bearer"].iter().any(|known| scheme.eq_ignore_ascii_case(known));
    Some(token.trim()).filter(|token| known && !token.is_empty())
}

/// A wrong token is slowed down like a wrong password.
async fn wrong(visit: &Visit) -> Result<Response> {
    tracing::info!(address = visit.address, "API token refused");
    match Throttle::of_tokens(&visit.address).try_once(&visit.app.db, visit.now).await? {
        Some(minutes) => Ok(throttled(minutes)),
        None => Ok(unauthorized("Invalid token.")),
    }
}

/// As Django REST framework says it.
pub(super) fn throttled(minutes: i64) -> Response {
    let seconds = minutes * 60;
    let detail = format!("Request was throttled. Expected available in {seconds} seconds.");
    let mut response = refusal(StatusCode::TOO_MANY_REQUESTS, &detail);
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn unauthorized(detail: &str) -> Response {
    refusal(StatusCode::UNAUTHORIZED, detail)
}

/// Whether a page of ours sent it: it brings the session's token, or the browser says so, which no page can make it
/// say falsely (Fetch Metadata, <https://www.w3.org/TR/fetch-metadata/>). The original's client brings no token.
async fn from_here(visit: &Visit, headers: &HeaderMap) -> Result<bool> {
    if let Some(brought) = headers.get(csrf::HEADER).and_then(|token| token.to_str().ok()) {
        return Ok(csrf::matches(&visit.csrf().await?, brought));
    }
    Ok(kept::from_here(visit, headers))
}
