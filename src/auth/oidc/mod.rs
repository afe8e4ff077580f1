//! Single sign-on by OpenID Connect: authorization code with PKCE, and sign-out from the provider's side.
//!
//! A sign-in is begun in `login`, which sends the browser to the provider, and ended in `callback`, to which
//! the provider sends it back. What has to be remembered between the two is an `attempt`: kept on the
//! server, for one use, and bound to the browser that began it. Nothing that comes through the browser is believed:
//! who somebody is, is said by the id token alone, which the provider hands over itself and signs.
mod attempt;
mod backchannel;
mod callback;
mod claims;
mod exchange;
mod groups;
mod jws;
mod link;
mod login;
mod page;
mod provider;
mod users;

pub use backchannel::sign_out;
pub use callback::callback;
pub use link::link as link_account;
pub use login::login;
pub use provider::Sso;

pub(super) use page::link;

use crate::auth::session::digest;

/// Clocks of two machines differ by less than this, in seconds.
const LEEWAY: i64 = 60;

/// How a session at the provider is remembered: the one of that number, or, where it has none, those of that person.
fn session_at(issuer: &str, sid: Option<&str>, subject: &str) -> String {
    match sid {
        Some(sid) => digest(&format!("session {sid} at {issuer}")),
        None => digest(&format!("sessions of {subject} at {issuer}")),
    }
}
