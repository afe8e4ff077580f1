//! What a form sent. There is no other way to the body of a request that writes, so that the
//! token cannot go unchecked.
use super::visit::Visit;
use crate::admin::Input;
use crate::auth::csrf;
use crate::error::{Error, Result};
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;

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
        let kind = parts
            .headers
            .get(header::CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let header = parts.headers.get(csrf::HEADER).and_then(|token| token.to_str().ok()).map(str::to_owned);
        let bytes = Bytes::from_request(Request::from_parts(parts, body), state).await.map_err(too_large)?;
        let pairs =
            if kind.starts_with("application/x-www-form-urlencoded") { pairs(&bytes)? } else { Vec::new() };
        let brought = header
            .or_else(|| pairs.iter().find(|(name, _)| name == csrf::FIELD).map(|(_, token)| token.clone()));
        if !csrf::matches(&visit.csrf().await?, brought.as_deref().unwrap_or_default()) {
            return Err(Error::Csrf);
        }
        let input = pairs.into_iter().filter(|(name, _)| name != csrf::FIELD).collect();
        Ok(Self { visit, input })
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
