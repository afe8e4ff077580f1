//! Forms of other sites cannot write here: every unsafe request brings a token that only a page
//! of ours can know. Signed in, it is kept in the session; before, in a cookie.
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use subtle::ConstantTimeEq;

/// Cookie of those who are not signed in.
pub const COOKIE: &str = "opint_csrf";
/// Field of forms.
pub const FIELD: &str = "csrfmiddlewaretoken";
/// Header of scripts.
pub const HEADER: &str = "x-csrftoken";

/// Whether the token brought is the one expected; takes the same time whatever it is.
#[must_use]
pub fn matches(expected: &str, brought: &str) -> bool {
    !expected.is_empty() && bool::from(expected.as_bytes().ct_eq(brought.as_bytes()))
}

/// The token of a browser that is not signed in.
#[must_use]
pub fn anonymous(jar: &CookieJar) -> Option<String> {
    jar.get(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|token| token.len() == 32)
}

/// The cookie that keeps it.
#[must_use]
pub fn cookie(token: String, https: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, token)).path("/").http_only(true).same_site(SameSite::Lax).secure(https).build()
}
