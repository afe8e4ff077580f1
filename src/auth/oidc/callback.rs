//! The way back from the provider.
use super::attempt::{self, Attempt};
use super::page::{self, Refusal};
use super::users::Person;
use super::{exchange, session_at, users};
use crate::admin::changelist::params::Params;
use crate::auth::entry;
use crate::auth::throttle::Throttle;
use crate::config::Oidc;
use crate::error::{Error, Result};
use crate::web::{Visit, found};
use axum::response::Response;
use std::time::Duration;

/// For everything the provider is asked; a whole request may take little longer.
const PATIENCE: Duration = Duration::from_secs(25);

/// `GET /auth/oidc/callback/`
///
/// # Errors
/// [`Error::NotFound`] where there is no provider, or what the database says.
pub async fn callback(visit: Visit) -> Result<Response> {
    let oidc = visit.app.config.oidc.as_ref().ok_or(Error::NotFound)?;
    let params = Params::parse(&visit.query);
    let Some(attempt) = attempt::take(&visit, params.get("state").unwrap_or_default()).await? else {
        return page::refuse(&visit, Refusal::Stale, "/");
    };
    match admit(&visit, oidc, &params, &attempt).await {
        Ok(()) => Ok(found(&attempt.next)),
        Err(Refusal::Error(error)) => Err(error),
        Err(refusal) => page::refuse(&visit, refusal, &attempt.next),
    }
}

/// Lets in whom the provider names.
async fn admit(
    visit: &Visit,
    oidc: &Oidc,
    params: &Params,
    attempt: &Attempt,
) -> std::result::Result<(), Refusal> {
    let app = &visit.app;
    let said = tokio::time::timeout(PATIENCE, async {
        let provider = app.sso.provider(app, oidc).await?;
        // Mixing up two providers (RFC 9207).
        let issuer = params.get("iss");
        if issuer.is_some_and(|issuer| issuer != provider.issuer)
            || (issuer.is_none() && provider.names_itself)
        {
            return Err(Refusal::Unacceptable("the answer comes from another provider".into()));
        }
        let code = code(params)?;
        exchange::who(app, oidc, attempt, code).await
    });
    let said = said.await.unwrap_or_else(|_| Err(Refusal::Down("it took too long in all".into())))?;
    let person = Person::of(oidc, &said);
    let user = users::admit(visit, &person).await?.ok_or(Refusal::NotLetIn)?;
    Throttle::of_begun(&visit.address).succeeded(&app.db).await?;
    let sid = said.claims.get("sid").and_then(serde_json::Value::as_str);
    entry::enter(visit, user, Some(session_at(&oidc.issuer, sid, &said.subject))).await?;
    Ok(())
}

/// What the provider gives for tokens, or why it gives nothing (RFC 6749, 4.1.2.1).
fn code(params: &Params) -> std::result::Result<&str, Refusal> {
    match (params.get("error"), params.get("code")) {
        (Some("access_denied"), _) => Err(Refusal::Denied),
        (Some(why @ ("server_error" | "temporarily_unavailable")), _) => {
            Err(Refusal::Down(format!("it says {why}")))
        }
        // Known words only: anybody can write others into an address, and they would stand in the log.
        (
            Some(
                why @ ("invalid_request"
                | "unauthorized_client"
                | "unsupported_response_type"
                | "invalid_scope"
                | "interaction_required"
                | "login_required"
                | "account_selection_required"
                | "consent_required"),
            ),
            _,
        ) => Err(Refusal::Unfinished(format!("it says {why}"))),
        (Some(_), _) => Err(Refusal::Unfinished("it says something unexpected".into())),
        (None, Some(code)) if !code.is_empty() => Ok(code),
        _ => Err(Refusal::Unfinished("the answer has no code".into())),
    }
}
