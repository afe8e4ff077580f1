//! Why somebody did not get in, on a page that says what to do.
use crate::error::{Error, Result};
use crate::web::{Visit, render};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use url::form_urlencoded::byte_serialize;

/// Why somebody does not get in. Texts are for the log: they may name what an attacker would like to know.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The state is unknown: used, too old, or of another browser.
    Stale,
    /// Somebody said no at the provider.
    Denied,
    /// The account here may not sign in.
    NotLetIn,
    /// Too many sign-ins were begun; minutes to wait.
    TooMany(i64),
    /// The provider does not take what it gave.
    Unfinished(String),
    /// The provider does not answer, or with nothing that makes sense.
    Down(String),
    /// The provider's answer proves nothing.
    Unacceptable(String),
    /// Something else.
    Error(Error),
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

#[derive(Template)]
#[template(path = "auth/sso.html")]
struct SsoPage {
    theme: String,
    title: &'static str,
    text: String,
    again: String,
    local: bool,
    request_id: String,
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Stale | Self::Unfinished(_) => StatusCode::BAD_REQUEST,
            Self::Denied | Self::NotLetIn => StatusCode::FORBIDDEN,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::Down(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unacceptable(_) => StatusCode::BAD_GATEWAY,
            Self::Error(error) => error.status(),
        }
    }

    /// Heading, and what to do.
    fn words(&self) -> (&'static str, String) {
        match self {
            Self::Stale => (
                "This sign-in cannot be finished",
                "It was used already, took too long, or was begun in another browser. Sign in again.".into(),
            ),
            Self::Denied => (
                "You were not signed in",
                "The sign-in service says that access was denied. If that was not your choice, ask its \
                 administrators whether you may use OpInt."
                    .into(),
            ),
            Self::NotLetIn => ("You were not signed in", crate::auth::entry::REFUSED.into()),
            Self::TooMany(minutes) => (
                "Too many sign-ins were begun",
                format!(
                    "From your address, many were begun and few finished. Wait {minutes} min, then try again."
                ),
            ),
            Self::Unfinished(_) => (
                "This sign-in cannot be finished",
                "The sign-in service did not accept it. Sign in again.".into(),
            ),
            Self::Down(_) => (
                "Single sign-on does not answer",
                "The sign-in service cannot be reached, or is not well. Try again in a minute.".into(),
            ),
            Self::Unacceptable(_) => (
                "Single sign-on gave a wrong answer",
                "The sign-in service's answer was not accepted, so you are not signed in. Try again; if it \
                 stays so, give the reference below to the operators."
                    .into(),
            ),
            Self::Error(_) => ("Something went wrong", String::new()),
        }
    }

    fn log(&self, address: &str) {
        match self {
            Self::Down(why) => tracing::warn!(why, "the identity provider cannot be used"),
            Self::Unacceptable(why) => {
                tracing::warn!(why, address, "the identity provider's answer was not accepted");
            }
            Self::Unfinished(why) => tracing::info!(why, address, "single sign-on was not finished"),
            Self::Stale => tracing::info!(address, "single sign-on came back with an unknown state"),
            Self::Denied => tracing::info!(address, "single sign-on was denied at the provider"),
            Self::NotLetIn => tracing::info!(address, "single sign-on refused: the account is not active"),
            Self::TooMany(_) => tracing::info!(address, "single sign-on begun too often"),
            Self::Error(_) => {}
        }
    }
}

/// The page about it, with a link to try again and go on to `next`.
pub(super) fn refuse(visit: &Visit, refusal: Refusal, next: &str) -> Result<Response> {
    if let Refusal::Error(error) = refusal {
        return Err(error);
    }
    refusal.log(&visit.address);
    let (title, text) = refusal.words();
    let page = SsoPage {
        theme: visit.theme.clone(),
        title,
        text,
        again: link(next),
        local: visit.app.config.local_sign_in,
        request_id: visit.request_id.clone(),
    };
    let mut response = render(refusal.status(), &page)?;
    if let Refusal::TooMany(minutes) = refusal {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
    }
    Ok(response)
}

/// Where a sign-in begins that goes on to `next`.
pub(in crate::auth) fn link(next: &str) -> String {
    format!("/auth/oidc/login/?next={}", byte_serialize(next.as_bytes()).collect::<String>())
}
