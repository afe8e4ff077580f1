//! A small identity provider on a free loopback port. It signs with a key of its own and checks what it is asked; what it
//! says can be changed before each sign-in.
use crate::tests::support::{Answer, Client, TestApp};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use openidconnect::core::{CoreEdDsaPrivateSigningKey, CoreHmacKey, CoreJwsSigningAlgorithm};
use openidconnect::{JsonWebKeyId, PrivateSigningKey};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub(super) const SECRET: &str = "a secret: of two & no more";

/// How one address answers instead.
#[derive(Clone)]
pub(super) enum Trouble {
    Says(u16, String),
    Sends(String),
    Silent,
}

/// What the provider says from now on.
pub(super) struct Script {
    pub(super) key: Key,
    /// Keys that it shows.
    pub(super) shown: Vec<Value>,
    pub(super) algorithms: Vec<&'static str>,
    /// Claims of the id token beside those of every token; null leaves one out.
    pub(super) claims: Value,
    pub(super) userinfo: Value,
    /// By path.
    pub(super) troubles: HashMap<&'static str, Trouble>,
    /// Signs otherwise.
    pub(super) forge: Option<fn(&Key, &Value) -> String>,
    /// Requests by path.
    pub(super) asked: HashMap<String, u32>,
    codes: HashMap<String, HashMap<String, String>>,
}

pub(super) struct Key {
    private: CoreEdDsaPrivateSigningKey,
    pub(super) kid: String,
}

impl Key {
    pub(super) fn new(kid: &str) -> Self {
        // An Ed25519 key in PKCS#8 (RFC 8410, 7) is these bytes and 32 of chance.
        let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
        der.extend(Sha256::digest(crate::app::random_token()));
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der));
        let id = JsonWebKeyId::new(kid.to_owned());
        let private = CoreEdDsaPrivateSigningKey::from_ed25519_pem(&pem, Some(id)).expect("a key");
        Self { private, kid: kid.to_owned() }
    }

    pub(super) fn public(&self) -> Value {
        serde_json::to_value(self.private.as_verification_key()).expect("a key")
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_as(&json!({"alg": "EdDSA", "kid": self.kid, "typ": "JWT"}), claims)
    }

    pub(super) fn sign_as(&self, header: &Value, claims: &Value) -> String {
        signed(header, claims, |message| {
            self.private.sign(&CoreJwsSigningAlgorithm::EdDsa, message).expect("signs")
        })
    }
}

/// With a secret for a key.
pub(super) fn sign_with_secret(secret: &[u8], header: &Value, claims: &Value) -> String {
    signed(header, claims, |message| {
        CoreHmacKey::new(secret).sign(&CoreJwsSigningAlgorithm::HmacSha256, message).expect("signs")
    })
}

pub(super) fn signed(header: &Value, claims: &Value, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", part(header), part(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(message.as_bytes()));
    format!("{message}.{signature}")
}

pub(super) struct Provider {
    pub(super) url: String,
    script: Arc<Mutex<Script>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Provider {
    pub(super) async fn start() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let key = Key::new("first");
        let script = Arc::new(Mutex::new(Script {
            shown: vec![key.public()],
            key,
            algorithms: vec!["EdDSA"],
            claims: json!({}),
            userinfo: json!({"preferred_username": "zoe"}),
            troubles: HashMap::new(),
            forge: None,
            asked: HashMap::new(),
            codes: HashMap::new(),
        }));
        let router = Router::new().fallback(answer).with_state((url.clone(), script.clone()));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.expect("serves") });
        Self { url, script, server }
    }

    pub(super) fn script(&self) -> std::sync::MutexGuard<'_, Script> {
        self.script.lock().expect("not poisoned")
    }

    pub(super) async fn app(&self) -> TestApp {
        self.app_with(&[]).await
    }

    /// What an application has to know of it.
    pub(super) fn variables(&self) -> Vec<(&'static str, String)> {
        [
            ("OIDC_ISSUER", self.url.as_str()),
            ("OIDC_CLIENT_ID", "opint"),
            ("OIDC_CLIENT_SECRET", SECRET),
            ("OPINT_BASE_URL", "http://localhost"),
            ("OPINT_ADMIN_GROUPS", "ddm-admins"),
            ("OPINT_OPERATOR_GROUPS", "/ddm-ops"),
            ("OPINT_SHIFTER_GROUPS", "ddm-shifters"),
        ]
        .map(|(name, value)| (name, value.to_owned()))
        .into()
    }

    pub(super) async fn app_with(&self, more: &[(&str, &str)]) -> TestApp {
        let usual = self.variables();
        let usual = usual.iter().map(|(name, value)| (*name, value.as_str()));
        let variables: Vec<_> = more.iter().copied().chain(usual).collect();
        TestApp::with(&variables).await
    }

    /// Begins a sign-in; gives the address to come back to, with a code for it.
    pub(super) async fn begin(&self, browser: &mut Client, next: &str) -> String {
        let answer = browser.get(&format!("/auth/oidc/login/?next={next}")).await;
        assert_eq!(answer.status, 302, "{}", answer.text());
        let place = url::Url::parse(&answer.location()).expect("an address");
        assert_eq!(format!("{}://{}", place.scheme(), place.authority()), self.url);
        let asked: HashMap<String, String> = place.query_pairs().into_owned().collect();
        assert_eq!((&*asked["response_type"], &*asked["client_id"]), ("code", "opint"));
        assert_eq!(asked["redirect_uri"], "http://localhost/auth/oidc/callback/");
        assert_eq!(asked["code_challenge_method"], "S256");
        let (state, code) = (asked["state"].clone(), crate::app::random_token());
        self.script().codes.insert(code.clone(), asked);
        format!("/auth/oidc/callback/?code={code}&state={state}")
    }

    pub(super) async fn sign_in(&self, browser: &mut Client) -> Answer {
        let back = self.begin(browser, "/admin/").await;
        browser.token = None;
        browser.get(&back).await
    }
}

/// Claims of every token, at the time at which the tests' clock stands.
pub(super) fn claims(issuer: &str) -> Map<String, Value> {
    let now = "2026-11-21T09:30:00Z".parse::<chrono::DateTime<chrono::Utc>>().expect("a time").timestamp();
    let claims = json!({"iss": issuer, "aud": "opint", "iat": now, "exp": now + 300, "sub": "f:1:zoe"});
    claims.as_object().cloned().unwrap_or_default()
}

/// Null leaves a claim out.
pub(super) fn merge(claims: &mut Map<String, Value>, more: &Value) {
    for (name, value) in more.as_object().into_iter().flatten() {
        claims.insert(name.clone(), value.clone());
    }
    claims.retain(|_, value| !value.is_null());
}

type Shared = (String, Arc<Mutex<Script>>);

async fn answer(
    State((issuer, script)): State<Shared>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let trouble = {
        let mut script = script.lock().expect("not poisoned");
        *script.asked.entry(uri.path().to_owned()).or_default() += 1;
        script.troubles.get(uri.path()).cloned()
    };
    match trouble {
        Some(Trouble::Says(status, text)) => {
            return (StatusCode::from_u16(status).expect("a status"), text).into_response();
        }
        Some(Trouble::Sends(place)) => {
            return (StatusCode::FOUND, [(header::LOCATION, place)]).into_response();
        }
        Some(Trouble::Silent) => tokio::time::sleep(Duration::from_secs(60)).await,
        None => {}
    }
    let mut script = script.lock().expect("not poisoned");
    let said = match uri.path() {
        "/.well-known/openid-configuration" => json!({
            "issuer": issuer,
            "authorization_endpoint": format!("{issuer}/authorize"),
            "token_endpoint": format!("{issuer}/token"),
            "userinfo_endpoint": format!("{issuer}/userinfo"),
            "end_session_endpoint": format!("{issuer}/end"),
            "jwks_uri": format!("{issuer}/keys"),
            "id_token_signing_alg_values_supported": script.algorithms,
        }),
        "/keys" => json!({"keys": script.shown}),
        "/token" => tokens(&issuer, &mut script, &headers, &body),
        "/userinfo" => {
            assert_eq!(headers[header::AUTHORIZATION], "Bearer of-access");
            let mut said = json!({"sub": "f:1:zoe"}).as_object().cloned().unwrap_or_default();
            merge(&mut said, &script.userinfo);
            Value::Object(said)
        }
        _ => return StatusCode::NOT_FOUND.into_response(),
    };
    axum::Json(said).into_response()
}

fn tokens(issuer: &str, script: &mut Script, headers: &HeaderMap, body: &[u8]) -> Value {
    let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
    let encoded: String = url::form_urlencoded::byte_serialize(SECRET.as_bytes()).collect();
    let basic = format!("Basic {}", STANDARD.encode(format!("opint:{encoded}")));
    assert_eq!(headers[header::AUTHORIZATION], basic.as_str());
    assert_eq!(form["grant_type"], "authorization_code");
    let asked = script.codes.remove(&form["code"]).expect("a code of mine, once");
    assert_eq!(form["redirect_uri"], asked["redirect_uri"]);
    assert!(form["code_verifier"].len() >= 43);
    assert_eq!(URL_SAFE_NO_PAD.encode(Sha256::digest(&form["code_verifier"])), asked["code_challenge"]);
    let mut claims = claims(issuer);
    claims.insert("nonce".into(), json!(asked["nonce"]));
    claims.insert("sid".into(), json!("session-1"));
    merge(&mut claims, &script.claims);
    let claims = Value::Object(claims);
    let id_token = match script.forge {
        Some(forge) => forge(&script.key, &claims),
        None => script.key.sign(&claims),
    };
    json!({"access_token": "of-access", "token_type": "Bearer", "id_token": id_token})
}
