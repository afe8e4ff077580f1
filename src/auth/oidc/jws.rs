//! What the provider signed (RFC 7515, compact): opened only with a key of its own.
use super::provider::Provider;
use crate::admin::shorten;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use openidconnect::core::{CoreJsonWebKey, CoreJsonWebKeyType, CoreJwsSigningAlgorithm as Algorithm};
use openidconnect::{JsonWebKey, JwsSigningAlgorithm};
use serde::Deserialize;
use serde_json::{Map, Value};

/// Something signed, and with what.
pub(super) struct Signed {
    /// What it says.
    pub(super) claims: Map<String, Value>,
    /// How it was signed.
    pub(super) algorithm: Algorithm,
    /// What opened it.
    pub(super) key: CoreJsonWebKey,
}

/// Why something was not opened.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// No key that we know opens it; the provider may have a new one.
    UnknownKey,
    /// It is not what it should be.
    Wrong(String),
}

#[derive(Deserialize)]
struct Header {
    alg: Value,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// Opens what is of one of these kinds: what was signed for another purpose proves nothing here.
pub(super) fn open(
    token: &str,
    kinds: &[&str],
    provider: &Provider,
    secret: Option<&str>,
) -> Result<Signed, Closed> {
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { return Err(wrong("it has not three parts")) };
    let signed = &token[..header.len() + 1 + payload.len()];
    let header: Header =
        serde_json::from_slice(&bytes(header)?).map_err(|_| wrong("its header cannot be read"))?;
    let kind = header.typ.as_deref().unwrap_or("JWT").to_ascii_lowercase();
    let kind = kind.strip_prefix("application/").unwrap_or(&kind);
    if !kinds.contains(&kind) {
        return Err(wrong(format!("it is of the type {:?}", shorten(kind, 40))));
    }
    if header.crit.is_some() {
        return Err(wrong("it asks for something that is not known here"));
    }
    let algorithm: Option<Algorithm> = serde_json::from_value(header.alg.clone()).ok();
    let algorithm = algorithm
        .filter(|algorithm| provider.algorithms.contains(algorithm) || is_public(algorithm))
        .ok_or_else(|| {
            wrong(format!(
                "it is signed by {}, which the provider does not use",
                shorten(&header.alg.to_string(), 40)
            ))
        })?;
    if !provider.algorithms.contains(&algorithm) {
        return Err(Closed::UnknownKey);
    }
    let signature = bytes(signature)?;
    let keys = keys(provider, secret, &algorithm, header.kid.as_deref());
    let fits = |key: &CoreJsonWebKey| key.verify_signature(&algorithm, signed.as_bytes(), &signature).is_ok();
    let unknown = keys.is_empty() || header.kid.is_none();
    let Some(key) = keys.into_iter().find(fits) else {
        return Err(if unknown { Closed::UnknownKey } else { wrong("its signature is wrong") });
    };
    let claims = serde_json::from_slice(&bytes(payload)?).map_err(|_| wrong("what it says is no object"))?;
    Ok(Signed { claims, algorithm, key })
}

/// Whether only one signs and everybody can check; a provider may begin to sign so with a new key.
fn is_public(algorithm: &Algorithm) -> bool {
    *algorithm != Algorithm::None && !algorithm.uses_shared_secret()
}

/// Keys that can have been used. A secret that two know is no key of the provider's set, nor the other way round.
fn keys(
    provider: &Provider,
    secret: Option<&str>,
    algorithm: &Algorithm,
    kid: Option<&str>,
) -> Vec<CoreJsonWebKey> {
    if algorithm.uses_shared_secret() {
        return secret.map(|secret| CoreJsonWebKey::new_symmetric(secret.into())).into_iter().collect();
    }
    let named = |key: &&CoreJsonWebKey| kid.is_none() || key.key_id().map(|id| id.as_str()) == kid;
    let public = |key: &&CoreJsonWebKey| *key.key_type() != CoreJsonWebKeyType::Symmetric;
    provider.keys.keys().iter().filter(named).filter(public).cloned().collect()
}

fn bytes(part: &str) -> Result<Vec<u8>, Closed> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| wrong("it is not encoded as it should be"))
}

fn wrong(why: impl Into<String>) -> Closed {
    Closed::Wrong(why.into())
}
