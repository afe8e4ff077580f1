//! Which action to offer first: what helped before, for this error at this site, for this error, for errors of
//! its kind, for all.
//!
//! What is offered follows from the recorded outcomes alone: the same records give the same list, so that people
//! can trust and repeat it. `docs/suggestions.md` explains the method.
//!
//! - [`Evidence`] adds up [`Event`]s, [`Ranking`] orders actions by it: pure, without database or clock
//! - [`Experience`] keeps the evidence of the database in memory, and [`rank`] asks it
mod answers;
mod estimate;
mod evidence;
mod experience;
mod ranking;
mod reading;
mod records;
#[cfg(test)]
mod tests;
mod why;

pub use evidence::{Event, Evidence};
pub use experience::Experience;
pub use ranking::{Case, Offer, Ranking};
pub use reading::rank;

use entity::vocabulary::{Operation, Side};

/// What something is to be done about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The error, if it is classified.
    pub category: Option<i64>,
    /// What was being done.
    pub operation: Operation,
    /// What is at fault.
    pub side: Side,
    /// Which site is at fault, if one is.
    pub site: Option<i64>,
}

/// How often something was tried, with a known outcome, and how often it worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Successes.
    pub worked: u64,
    /// Known outcomes.
    pub tries: u64,
}

/// One attempt, for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It worked.
    Worked,
    /// It did not.
    Failed,
    /// The failures went away after it, and nobody has confirmed that it was the reason.
    Likely,
}

/// An action to offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Which action.
    pub action: i64,
    /// Its name.
    pub name: String,
    /// What to tell the shifter besides.
    pub text: Option<String>,
    /// The suggested action that an operator wrote, if one did for this context.
    pub suggested_action: Option<i64>,
    /// Chance that it works, 0 to 1: the mean with back-off.
    pub probability: f64,
    /// Lower end of what the evidence allows, 0 to 1; the order is by this.
    pub lower: f64,
    /// For this error at this site.
    pub here: Tally,
    /// For this error anywhere.
    pub error: Tally,
    /// For anything.
    pub all: Tally,
    /// The last attempts for this error, oldest first, at most 20.
    pub ticks: Vec<Tick>,
    /// The evidence in one sentence.
    pub why: String,
}
