//! The provider as it describes itself, read when it is needed and kept for an hour.
use super::page::Refusal;
use crate::app::App;
use crate::config::{Oidc, is_loopback, is_private};
use crate::sources::http::{Credentials, Http, Limits};
use chrono::{DateTime, Utc};
use moka::future::Cache;
use openidconnect::core::{CoreJsonWebKeySet, CoreJwsSigningAlgorithm as Algorithm};
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;
use url::Url;

/// Longest wait for anything of the provider's.
const PATIENCE: Duration = Duration::from_secs(10);
/// Largest answer of the provider's.
const LARGEST: usize = 1 << 20;
/// Its description is read again after this.
const KEPT: Duration = Duration::from_secs(60 * 60);
/// For a key that is not known, it is read again at most this often, in seconds: anybody can name such a key.
const RENEWED: i64 = 60;
/// Whether it still answers is asked at most this often: a browser sent to a server that is away shows no page of ours.
const AWAKE: Duration = Duration::from_secs(5);
/// How long a page waits for what it could do without.
const GLANCE: Duration = Duration::from_secs(2);

/// What is known of the identity provider.
pub struct Sso {
    http: OnceCell<Http>,
    known: Cache<(), Arc<Provider>>,
    awake: Cache<(), ()>,
}

impl Default for Sso {
    fn default() -> Self {
        Self {
            http: OnceCell::new(),
            known: Cache::builder().max_capacity(1).time_to_live(KEPT).build(),
            awake: Cache::builder().max_capacity(1).time_to_live(AWAKE).build(),
        }
    }
}

/// The provider as it described itself.
pub(super) struct Provider {
    /// Its name for itself, which stands in all it signs.
    pub(super) issuer: String,
    /// Where people sign in.
    pub(super) authorization: Url,
    /// Where a code is exchanged.
    pub(super) token: Url,
    /// Where more is said about a person.
    pub(super) userinfo: Option<Url>,
    /// Where people sign out.
    end_session: Option<Url>,
    /// What it signs with.
    pub(super) keys: CoreJsonWebKeySet,
    /// How it may sign.
    pub(super) algorithms: Vec<Algorithm>,
    /// Whether the client's secret goes with the form, since the header is not taken.
    pub(super) secret_in_form: bool,
    /// Whether every answer through the browser says whose it is (RFC 9207).
    pub(super) names_itself: bool,
    read: DateTime<Utc>,
}

/// What we read of OpenID Connect Discovery 1.0, 3.
#[derive(Deserialize)]
struct Description {
    issuer: String,
    authorization_endpoint: Url,
    token_endpoint: Url,
    jwks_uri: Url,
    userinfo_endpoint: Option<Url>,
    end_session_endpoint: Option<Url>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    authorization_response_iss_parameter_supported: Option<bool>,
}

impl Sso {
    /// A client that asks once, follows nothing, and reads no more than it must.
    pub(super) async fn http(&self, oidc: &Oidc) -> Result<&Http, Refusal> {
        let http = self.http.get_or_try_init(|| async {
            let limits = Limits {
                connect: PATIENCE,
                silence: PATIENCE,
                answer: PATIENCE,
                size: LARGEST,
                attempts: 1,
                redirects: 0,
                // No proxy leads back to this machine.
                direct: Url::parse(&oidc.issuer).is_ok_and(|url| is_loopback(&url)),
                ..Limits::default()
            };
            Http::new(limits)
        });
        http.await.map_err(|error| Refusal::Down(format!("TLS cannot be set up: {error:#}")))
    }

    /// The provider; those who come while it is being read wait for the same answer.
    pub(super) async fn provider(&self, app: &App, oidc: &Oidc) -> Result<Arc<Provider>, Refusal> {
        let http = self.http(oidc).await?;
        let reading = async { read(http, oidc, app.now()).await.map(Arc::new) };
        self.known.try_get_with((), reading).await.map_err(|why: Arc<String>| Refusal::Down((*why).clone()))
    }

    /// The provider, if it answers now.
    pub(super) async fn awake(&self, app: &App, oidc: &Oidc) -> Result<Arc<Provider>, Refusal> {
        let provider = self.provider(app, oidc).await?;
        let read = (app.now() - provider.read).to_std().unwrap_or_default();
        if read >= AWAKE {
            let http = self.http(oidc).await?;
            let asking = async {
                let answer = http.get::<IgnoredAny>(&description(oidc)?, &Credentials::none()).await;
                answer.map(drop).map_err(|fault| fault.to_string())
            };
            let awake = self.awake.try_get_with((), asking).await;
            awake.map_err(|why: Arc<String>| Refusal::Down((*why).clone()))?;
        }
        Ok(provider)
    }

    /// The provider read again, if that was not done just now: it may have new keys.
    pub(super) async fn renewed(
        &self,
        app: &App,
        oidc: &Oidc,
        old: &Arc<Provider>,
    ) -> Result<Option<Arc<Provider>>, Refusal> {
        if let Some(known) = self.known.get(&()).await.filter(|known| !Arc::ptr_eq(known, old)) {
            return Ok(Some(known));
        }
        if (app.now() - old.read).num_seconds() < RENEWED {
            return Ok(None);
        }
        self.known.invalidate(&()).await;
        self.provider(app, oidc).await.map(Some)
    }

    /// Where people sign out at the provider, if that is known soon.
    pub(in crate::auth) async fn sign_out_address(&self, app: &App) -> Option<String> {
        let oidc = app.config.oidc.as_ref()?;
        let provider = tokio::time::timeout(GLANCE, self.provider(app, oidc)).await.ok()?.ok()?;
        let mut address = provider.end_session.clone()?;
        address.query_pairs_mut().append_pair("client_id", &oidc.client_id);
        Some(address.into())
    }
}

/// OpenID Connect Discovery 1.0, 4.1.
fn description(oidc: &Oidc) -> Result<Url, String> {
    let url = format!("{}/.well-known/openid-configuration", oidc.issuer);
    Url::parse(&url).map_err(|error| format!("OIDC_ISSUER is no address: {error}"))
}

async fn read(http: &Http, oidc: &Oidc, now: DateTime<Utc>) -> Result<Provider, String> {
    let nobody = Credentials::none();
    let description: Description =
        http.get(&description(oidc)?, &nobody).await.map_err(|fault| fault.to_string())?;
    if description.issuer.trim_end_matches('/') != oidc.issuer {
        return Err(format!(
            "OIDC_ISSUER is {}, but who answers there is {}",
            oidc.issuer, description.issuer
        ));
    }
    let endpoints = [&description.authorization_endpoint, &description.token_endpoint, &description.jwks_uri];
    let endpoints: Vec<&Url> = endpoints.into_iter().chain(&description.userinfo_endpoint).collect();
    if let Some(open) = endpoints.into_iter().find(|url| !is_private(url)) {
        return Err(format!("the provider is asked at {open}, where anybody on the way could read along"));
    }
    let keys = http.get(&description.jwks_uri, &nobody).await.map_err(|fault| fault.to_string())?;
    tracing::info!(issuer = description.issuer, "read the identity provider's description and keys");
    Ok(Provider {
        algorithms: algorithms(&description, oidc),
        secret_in_form: description
            .token_endpoint_auth_methods_supported
            .is_some_and(|methods| !methods.iter().any(|method| method == "client_secret_basic")),
        names_itself: description.authorization_response_iss_parameter_supported == Some(true),
        issuer: description.issuer,
        authorization: description.authorization_endpoint,
        token: description.token_endpoint,
        userinfo: description.userinfo_endpoint,
        // Only a link, but not one to `javascript:`.
        end_session: description.end_session_endpoint.filter(is_private),
        keys,
        read: now,
    })
}

/// How the provider says that it signs. With a secret that two know it may only if we have one; unsigned, never.
fn algorithms(description: &Description, oidc: &Oidc) -> Vec<Algorithm> {
    let Some(names) = &description.id_token_signing_alg_values_supported else {
        return vec![Algorithm::RsaSsaPkcs1V15Sha256];
    };
    let known =
        names.iter().filter_map(|name| serde_json::from_value::<Algorithm>(Value::from(name.as_str())).ok());
    known
        .filter(|algorithm| match algorithm {
            Algorithm::None => false,
            Algorithm::HmacSha256 | Algorithm::HmacSha384 | Algorithm::HmacSha512 => {
                oidc.client_secret.is_some()
            }
            _ => true,
        })
        .collect()
}
