//! The shifter's pages: what fails, recording what was done about it, taking that back, saying what came of it.

mod form;
mod gone;
pub mod issue;
pub mod outcome;
mod places;
pub mod questions;
mod rates;
pub mod record;
pub mod undo;
mod words;

pub(crate) use form::context;
pub use issue::prepared::{Prepared, TicketFacts, prepared_ticket, ticket_link};
pub(crate) use places::cric_page;
pub use questions::{Likely, Question, open_questions};
pub(crate) use words::blamed_side;

/// A local path to go on to, if one was given.
pub(crate) fn local(next: Option<&str>, otherwise: String) -> String {
    match next {
        Some(next) if !next.is_empty() && crate::auth::pages::safe_next(next) == next => next.to_owned(),
        _ => otherwise,
    }
}
