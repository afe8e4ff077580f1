//! What an id token has to say before it is believed (OpenID Connect Core 1.0, 3.1.3.7 and 3.1.3.8).
use super::LEEWAY;
use super::jws::Signed;
use openidconnect::{AccessToken, AccessTokenHash};
use serde_json::{Map, Value};

/// What we expect.
pub(super) struct Expected<'a> {
    /// Who says it.
    pub(super) issuer: &'a str,
    /// To whom.
    pub(super) client_id: &'a str,
    /// Now, in seconds since 1970.
    pub(super) now: i64,
}

/// A text among claims; an empty one is none.
pub(super) fn text<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    claims.get(name)?.as_str().filter(|text| !text.is_empty())
}

/// A time among claims, in seconds since 1970; some write it with a fraction.
pub(super) fn time(claims: &Map<String, Value>, name: &str) -> Option<i64> {
    let value = claims.get(name)?;
    value.as_i64().or_else(|| value.as_f64().map(|seconds| seconds as i64))
}

/// Who says it to whom: part of every token.
pub(super) fn check_parties(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), String> {
    if text(claims, "iss") != Some(expected.issuer) {
        return Err("it is of another issuer".into());
    }
    let audience: Vec<&str> = match claims.get("aud") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !audience.contains(&expected.client_id) {
        return Err("it is meant for somebody else".into());
    }
    let party = text(claims, "azp");
    if (audience.len() > 1 || party.is_some()) && party != Some(expected.client_id) {
        return Err("it was asked for by somebody else".into());
    }
    match time(claims, "iat") {
        Some(issued) if issued <= expected.now + LEEWAY => Ok(()),
        Some(_) => Err("it is from the future; are the clocks right?".into()),
        None => Err("it does not say when it was issued".into()),
    }
}

/// Everything an id token has to fulfil.
pub(super) fn check(
    signed: &Signed,
    expected: &Expected<'_>,
    nonce: &str,
    access_token: &str,
) -> Result<(), String> {
    let claims = &signed.claims;
    check_parties(claims, expected)?;
    match time(claims, "exp") {
        Some(end) if expected.now < end.saturating_add(LEEWAY) => {}
        Some(_) => return Err("it has expired; are the clocks right?".into()),
        None => return Err("it does not say when it ends".into()),
    }
    if text(claims, "nonce") != Some(nonce) {
        return Err("it answers another question (its nonce is wrong)".into());
    }
    if claims.contains_key("at_hash") {
        let token = AccessToken::new(access_token.to_owned());
        let hash = AccessTokenHash::from_token(&token, &signed.algorithm, &signed.key)
            .map_err(|error| format!("its at_hash cannot be checked: {error}"))?;
        if text(claims, "at_hash") != Some(hash.as_str()) {
            return Err("it belongs to another access token (its at_hash is wrong)".into());
        }
    }
    match text(claims, "sub") {
        Some(subject) if subject.len() <= 255 => Ok(()),
        _ => Err("it does not say who somebody is".into()),
    }
}
