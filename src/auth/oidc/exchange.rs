//! What the provider is asked directly: tokens for a code, and more about a person.
use super::attempt::Attempt;
use super::claims::{self, Expected, text};
use super::jws::{self, Closed};
use super::page::Refusal;
use super::provider::Provider;
use crate::app::App;
use crate::config::Oidc;
use crate::sources::fault::Kind;
use crate::sources::http::Credentials;
use serde::Deserialize;
use serde_json::{Map, Value};
use std::sync::Arc;
use url::form_urlencoded::{Serializer, byte_serialize};

const FORM: &str = "application/x-www-form-urlencoded";

/// What comes for a code.
#[derive(Deserialize)]
struct Tokens {
    access_token: String,
    id_token: String,
}

/// What the provider says about somebody who signed in there.
pub(super) struct Said {
    /// What it calls them, for ever.
    pub(super) subject: String,
    /// Everything it says about them.
    pub(super) claims: Map<String, Value>,
}

/// Who brought this code.
pub(super) async fn who(app: &App, oidc: &Oidc, attempt: &Attempt, code: &str) -> Result<Said, Refusal> {
    let provider = app.sso.provider(app, oidc).await?;
    let tokens = tokens(app, oidc, &provider, attempt, code).await?;
    let (provider, signed) = opened(app, oidc, provider, &tokens.id_token, &["jwt"]).await?;
    let expected =
        Expected { issuer: &provider.issuer, client_id: &oidc.client_id, now: app.now().timestamp() };
    claims::check(&signed, &expected, &attempt.nonce, &tokens.access_token)
        .map_err(|why| Refusal::Unacceptable(format!("the id token: {why}")))?;
    let mut said = signed.claims;
    let subject = text(&said, "sub").unwrap_or_default().to_owned();
    if super::groups::of(&said, &oidc.groups_claim).is_none() || text(&said, "preferred_username").is_none() {
        let more = userinfo(app, oidc, &provider, &tokens.access_token, &subject).await?;
        // What is signed comes first.
        for (name, value) in more {
            said.entry(name).or_insert(value);
        }
    }
    Ok(Said { subject, claims: said })
}

/// A token opened with a key that the provider has now.
pub(super) async fn opened(
    app: &App,
    oidc: &Oidc,
    provider: Arc<Provider>,
    token: &str,
    kinds: &[&str],
) -> Result<(Arc<Provider>, jws::Signed), Refusal> {
    let wrong = |why: String| Refusal::Unacceptable(format!("the token: {why}"));
    let open = |provider: &Provider| jws::open(token, kinds, provider, oidc.client_secret.as_deref());
    match open(&provider) {
        Ok(signed) => Ok((provider, signed)),
        Err(Closed::Wrong(why)) => Err(wrong(why)),
        Err(Closed::UnknownKey) => {
            let unknown = || wrong("no key of the provider's opens it".into());
            let provider = app.sso.renewed(app, oidc, &provider).await?.ok_or_else(unknown)?;
            let signed = open(&provider).map_err(|_| unknown())?;
            Ok((provider, signed))
        }
    }
}

/// What is sent for tokens: RFC 6749, 4.1.3, with RFC 7636, 4.5; and who we are.
fn request(
    oidc: &Oidc,
    provider: &Provider,
    attempt: &Attempt,
    code: &str,
) -> anyhow::Result<(Credentials, Vec<u8>)> {
    let mut form = Serializer::new(String::new());
    form.append_pair("grant_type", "authorization_code")
        .append_pair("code", code)
        .append_pair("redirect_uri", &oidc.redirect_uri)
        .append_pair("code_verifier", &attempt.verifier);
    let mut credentials = Credentials::none();
    match &oidc.client_secret {
        Some(secret) if !provider.secret_in_form => {
            // Encoded before they are encoded (RFC 6749, 2.3.1).
            let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
            credentials = Credentials::basic(&encoded(&oidc.client_id), &encoded(secret))?;
        }
        secret => {
            form.append_pair("client_id", &oidc.client_id);
            if let Some(secret) = secret {
                form.append_pair("client_secret", secret);
            }
        }
    }
    Ok((credentials, form.finish().into_bytes()))
}

async fn tokens(
    app: &App,
    oidc: &Oidc,
    provider: &Provider,
    attempt: &Attempt,
    code: &str,
) -> Result<Tokens, Refusal> {
    let (credentials, form) =
        request(oidc, provider, attempt, code).map_err(|error| Refusal::Down(error.to_string()))?;
    let http = app.sso.http(oidc).await?;
    let answer = http.post(&provider.token, &credentials, FORM, form).await.map_err(|fault| {
        match fault.kind {
            // RFC 6749, 5.2: mostly a code that is too old, or was used.
            Kind::Status(400) => Refusal::Unfinished(fault.to_string()),
            _ => Refusal::Down(fault.to_string()),
        }
    })?;
    serde_json::from_slice(&answer)
        .map_err(|error| Refusal::Unacceptable(format!("the answer for a code has no tokens: {error}")))
}

/// OpenID Connect Core 1.0, 5.3; nothing where there is no such address.
async fn userinfo(
    app: &App,
    oidc: &Oidc,
    provider: &Provider,
    access_token: &str,
    subject: &str,
) -> Result<Map<String, Value>, Refusal> {
    let Some(url) = &provider.userinfo else { return Ok(Map::new()) };
    let bearer = Credentials::bearer(access_token)
        .map_err(|error| Refusal::Unacceptable(format!("the access token: {error}")))?;
    let http = app.sso.http(oidc).await?;
    let said: Map<String, Value> =
        http.get(url, &bearer).await.map_err(|fault| Refusal::Down(fault.to_string()))?;
    if text(&said, "sub") != Some(subject) {
        return Err(Refusal::Unacceptable("userinfo is about somebody else".into()));
    }
    Ok(said)
}
