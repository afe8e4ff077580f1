//! The way to the provider.
use super::attempt::{self, Begun};
use super::page::{self, Refusal};
use super::provider::Provider;
use crate::admin::changelist::params::Params;
use crate::auth::pages::safe_next;
use crate::config::Oidc;
use crate::error::{Error, Result};
use crate::web::{Visit, found};
use axum::http::header;
use axum::response::Response;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

/// `GET /auth/oidc/login/?next=…`: a link, not a form, since a form may lead to addresses of ours only.
///
/// # Errors
/// [`Error::NotFound`] where there is no provider.
pub async fn login(visit: Visit) -> Result<Response> {
    let oidc = visit.app.config.oidc.as_ref().ok_or(Error::NotFound)?;
    let next = safe_next(Params::parse(&visit.query).get("next").unwrap_or_default());
    if visit.actor.is_some() {
        return Ok(found(&next));
    }
    let provider = match visit.app.sso.awake(&visit.app, oidc).await {
        Ok(provider) => provider,
        Err(refusal) => return page::refuse(&visit, refusal, &next),
    };
    let begun = match attempt::begin(&visit, next.clone()).await? {
        Ok(begun) => begun,
        Err(minutes) => return page::refuse(&visit, Refusal::TooMany(minutes), &next),
    };
    let mut response = found(&address(oidc, &provider, &begun));
    response.headers_mut().append(header::SET_COOKIE, begun.cookie);
    Ok(response)
}

/// OpenID Connect Core 1.0, 3.1.2.1, with RFC 7636, 4.3.
fn address(oidc: &Oidc, provider: &Provider, begun: &Begun) -> String {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(&begun.attempt.verifier));
    let mut address = provider.authorization.clone();
    address
        .query_pairs_mut()
        .append_pair("response_type", "code")
        .append_pair("client_id", &oidc.client_id)
        .append_pair("redirect_uri", &oidc.redirect_uri)
        .append_pair("scope", &oidc.scopes)
        .append_pair("state", &begun.state)
        .append_pair("nonce", &begun.attempt.nonce)
        .append_pair("code_challenge", &challenge)
        .append_pair("code_challenge_method", "S256");
    address.into()
}
