//! Whose fault it is: tells from the attempts on all links, and from whom the texts of failures name,
//! which endpoint or link fails, how sure that is, and why, in words.
//!
//! Pure: takes counts and gives verdicts, knows neither database nor clock. The same counts give the same
//! verdict in whatever order they come.
//!
//! - [`attribute`]: a [`Matrix`] of one operation and one window to [`Verdicts`], per link and endpoint
//! - [`incidents()`]: what of it should be an incident, and which links belong to it
//! - [`judge`] and [`Hysteresis`]: when an incident opens and closes, window by window
//! - [`learn`]: what texts are worth, from what people found out
mod attribution;
mod evidence;
mod failing;
mod incidents;
mod likelihood;
mod matrix;
mod model;
mod outage;
mod sentence;
mod settings;
#[cfg(test)]
mod tests;
mod verdict;

pub use attribution::attribute;
pub use evidence::{Counterparts, EndpointEvidence, LinkEvidence, Rest, Totals};
pub use failing::{Hysteresis, Opening, Rule, Window, failing, judge};
pub use incidents::{Incident, Place, incidents};
pub use likelihood::{Likelihood, learn};
pub use matrix::{Ends, Link, Matrix, Said};
pub use outage::Outage;
pub use sentence::Names;
pub use settings::{Prior, Settings};
pub use verdict::{Doubt, EndpointVerdict, Expected, LinkVerdict, Probability, Verdicts};

/// What a site does in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It is read.
    Source,
    /// It is written.
    Destination,
}

/// What can spoil an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// The storage that is read.
    Source,
    /// The storage that is written.
    Destination,
    /// What lies between the two, or that they do not get on with each other.
    Link,
}

impl Cause {
    /// All, in the order in which the model counts them: that of [`Role`], then the link.
    const ALL: [Self; 3] = [Self::Source, Self::Destination, Self::Link];
}

/// Who is blamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Blame {
    /// The storage that is read.
    Source,
    /// The storage that is written.
    Destination,
    /// What lies between the two, or that they do not get on with each other.
    Link,
    /// FTS or Rucio: most of everything fails at once.
    Service,
    /// One cannot tell.
    Unclear,
}

impl From<Cause> for Blame {
    fn from(cause: Cause) -> Self {
        match cause {
            Cause::Source => Self::Source,
            Cause::Destination => Self::Destination,
            Cause::Link => Self::Link,
        }
    }
}

/// A number between bounds; the lower one when it is none, so that no setting and no count can spread.
fn within(number: f64, low: f64, high: f64) -> f64 {
    if number >= low { number.min(high) } else { low }
}
