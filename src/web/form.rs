//! What a form sent. There is no other way to the body of a request that writes, so that the
//! token cannot go unchecked.
use super::visit::Visit;
use crate::admin::Input;
use crate::auth::{csrf, kept};
use crate::error::{Error, Result};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, header};

/// Most fields of one form.
const MOST_FIELDS: usize = 20_000;

/// A visit with the form it sent.
pub struct Posted {
    /// Who sent it.
    pub visit: Visit,
    /// What was typed, without the token.
    pub input: Input,
}

impl<S: Send + Sync> FromRequest<S> for Posted {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        let headers = parts.headers.clone();
        let keeps = parts.extensions.get::<kept::Keeps>().is_some();
        let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let header = headers.get(csrf::HEADER).and_then(|token| token.to_str().ok()).map(str::to_owned);
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await.map_err(too_large)?;
        let pairs =
            if kind.starts_with("application/x-www-form-urlencoded") { pairs(&bytes)? } else { Vec::new() };
        let brought = header
            .or_else(|| pairs.iter().find(|(name, _)| name == csrf::FIELD).map(|(_, token)| token.clone()));
        let fields = pairs.into_iter().filter(|(name, _)| name != csrf::FIELD);
        if !csrf::matches(&visit.csrf().await?, brought.as_deref().unwrap_or_default()) {
            let fields = if keeps { fields.collect() } else { Vec::new() };
            return Err(refused(&visit, &headers, fields).await);
        }
        Ok(Self { input: fields.collect(), visit })
    }
}

/// A form without the token of this session: that of another one, which has ended, or of nobody's making.
/// What it says may be kept, but is not done.
async fn refused(visit: &Visit, headers: &HeaderMap, fields: Vec<(String, String)>) -> Error {
    let kept = if fields.is_empty() { Ok(None) } else { kept::keep(visit, headers, fields).await };
    match kept {
        Ok(Some(cookie)) => Error::Ended(cookie),
        Ok(None) if visit.actor.is_some() || visit.path.starts_with("/admin/login/") => Error::Csrf,
        Ok(None) => Error::SignIn,
        Err(error) => error,
    }
}

fn too_large(rejection: axum::extract::rejection::BytesRejection) -> Error {
    tracing::info!(reason = %rejection, "body refused");
    Error::TooLarge
}

fn pairs(bytes: &[u8]) -> Result<Vec<(String, String)>> {
    let pairs: Vec<_> = url::form_urlencoded::parse(bytes).into_owned().take(MOST_FIELDS + 1).collect();
    if pairs.len() > MOST_FIELDS { Err(Error::TooLarge) } else { Ok(pairs) }
}
