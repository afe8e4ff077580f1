//! Forms of other sites cannot write here: every unsafe request brings a token that only a page
//! of ours can know. Signed in, it is kept in the session; before, in a cookie.
//!
//! Pages are compressed, and who can make a browser ask for many of them and see their lengths could
//! guess a text that stands in each, letter by letter (BREACH). So no page shows the token itself: it
//! is masked with something random, freshly for every page.
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq;

/// Cookie of those who are not signed in.
pub const COOKIE: &str = "opint_csrf";
/// Field of forms.
pub const FIELD: &str = "csrfmiddlewaretoken";
/// Header of scripts.
pub const HEADER: &str = "x-csrftoken";

/// The token as a page shows it: a mask, then the token under that mask. Nothing for what is no token.
#[must_use]
pub fn masked(token: &str) -> String {
    let (Some(token), Some(mask)) = (bytes(token), bytes(&crate::app::random_token())) else {
        return String::new();
    };
    let hidden = covered(&token, &mask);
    URL_SAFE_NO_PAD.encode([mask, hidden].concat())
}

/// Whether what was brought is the token expected under some mask; takes the same time whatever it is.
#[must_use]
pub fn matches(expected: &str, brought: &str) -> bool {
    let (Some(expected), Ok(brought)) = (bytes(expected), URL_SAFE_NO_PAD.decode(brought)) else {
        return false;
    };
    if brought.len() != 2 * expected.len() {
        return false;
    }
    let (mask, hidden) = brought.split_at(expected.len());
    bool::from(covered(hidden, mask).ct_eq(&expected))
}

/// What a token says, in bytes.
fn bytes(token: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(token).ok().filter(|bytes| bytes.len() == 24)
}

/// Under a mask; doing it twice takes the mask away.
fn covered(bytes: &[u8], mask: &[u8]) -> Vec<u8> {
    bytes.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

/// The token of a browser that is not signed in.
#[must_use]
pub fn anonymous(jar: &CookieJar) -> Option<String> {
    jar.get(COOKIE).map(|cookie| cookie.value().to_owned()).filter(|token| bytes(token).is_some())
}

/// The cookie that keeps it.
#[must_use]
pub fn cookie(token: String, https: bool) -> Cookie<'static> {
    Cookie::build((COOKIE, token)).path("/").http_only(true).same_site(SameSite::Lax).secure(https).build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_token_looks_different_every_time_and_stays_the_same() {
        let token = crate::app::random_token();
        let (one, two) = (masked(&token), masked(&token));
        assert_ne!(one, two);
        assert!(!one.contains(&token) && one.len() == 64);
        assert!(matches(&token, &one) && matches(&token, &two));
        assert!(!matches(&crate::app::random_token(), &one));
        assert!(!matches(&token, &token), "the bare token is on no page");
    }

    proptest! {
        #[test]
        fn whatever_is_brought_is_only_compared(expected in "\\PC{0,40}", brought in "\\PC{0,80}") {
            prop_assert!(!matches(&expected, &brought));
            prop_assert!(!matches(&crate::app::random_token(), &brought));
            prop_assert!(masked(&expected).is_empty() || bytes(&expected).is_some());
        }
    }
}
