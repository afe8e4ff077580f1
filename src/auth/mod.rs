//! Who somebody is and what they may do.

pub mod account;
pub mod csrf;
mod entry;
pub mod kept;
pub mod lasting;
pub mod legacy;
pub mod oidc;
pub mod pages;
pub mod password;
pub mod permission;
pub mod rights;
pub mod session;
pub(crate) mod throttle;
mod users;

/// Resources whose rows decide who may do what.
pub(crate) const DECIDE: [&str; 3] = ["users", "groups", "api-tokens"];

pub(crate) use entry::enter;
pub use users::{guard_rank, guard_superusers};
