//! Things done to ticked rows on pages of their own.
use super::{Actor, Verb};
use crate::error::Error;

/// Something done to ticked rows that asks for more than a yes: its page is sent what was ticked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActionPage {
    /// Value of the form's `action`.
    pub name: &'static str,
    /// What people read: an order.
    pub title: &'static str,
    /// Where the page is.
    pub href: &'static str,
    /// Rights that it takes, by resource.
    pub needs: &'static [(&'static str, Verb)],
}

impl ActionPage {
    /// Refuses those who lack a right.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with the right that is missing.
    pub fn must(&self, actor: &Actor) -> Result<(), Error> {
        self.needs.iter().try_for_each(|(slug, verb)| actor.must(slug, *verb))
    }

    /// Whether they have all its rights.
    #[must_use]
    pub fn open_to(&self, actor: &Actor) -> bool {
        self.must(actor).is_ok()
    }
}
