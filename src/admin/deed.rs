//! Who does something, when, and by which door: goes with every write.
use super::resource::Verb;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use entity::audit_log::Source;
use std::collections::HashSet;

/// Somebody and what they may do.
#[derive(Clone, Debug, Default)]
pub struct Actor {
    /// Key of the user; `None` is the system itself.
    pub id: Option<i64>,
    /// Name to sign in with.
    pub username: String,
    /// Name to be called by.
    pub name: String,
    /// Has every right.
    pub is_superuser: bool,
    /// Whether there is a password to change.
    pub has_password: bool,
    /// Rights, as `issues.change`.
    pub permissions: HashSet<String>,
}

impl Actor {
    /// The command line and the worker: what they do is not asked for.
    #[must_use]
    pub fn system() -> Self {
        Self { username: "system".into(), name: "system".into(), is_superuser: true, ..Self::default() }
    }

    /// Whether they may do that; whoever may change may look.
    #[must_use]
    pub fn may(&self, slug: &str, verb: Verb) -> bool {
        let has = |verb: Verb| self.permissions.contains(&format!("{slug}.{}", verb.name()));
        self.is_superuser || has(verb) || (verb == Verb::View && has(Verb::Change))
    }

    /// Refuses what they may not do.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the right that is missing.
    pub fn must(&self, slug: &str, verb: Verb) -> Result<()> {
        if self.may(slug, verb) { Ok(()) } else { Err(Error::Forbidden(format!("{slug}.{}", verb.name()))) }
    }
}

/// A write: by whom, when, from where.
#[derive(Clone, Debug)]
pub struct Deed {
    /// Who.
    pub actor: Actor,
    /// When.
    pub at: DateTime<Utc>,
    /// By which door.
    pub source: Source,
    /// The request that does it.
    pub request_id: Option<String>,
    /// Where it comes from.
    pub address: Option<String>,
    /// What is done at once has the same: so it can be found, and taken back, together.
    pub operation: String,
    /// Why, where they said.
    pub reason: Option<String>,
}

impl Deed {
    /// What the system does by itself.
    #[must_use]
    pub fn system(source: Source, at: DateTime<Utc>) -> Self {
        Self {
            actor: Actor::system(),
            at,
            source,
            request_id: None,
            address: None,
            operation: crate::app::random_token(),
            reason: None,
        }
    }
}
