//! What importing a row would do.
use serde::{Deserialize, Serialize};

/// What importing a row would do.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Verdict {
    /// It would be added.
    New,
    /// The row of that key would be changed, as it is at that version.
    Changed(String, Option<i32>),
    /// Nothing would change.
    Same,
    /// It cannot be written, for these reasons.
    Invalid(Vec<String>),
}

/// A change shown before it is made.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Change {
    /// Row of the file.
    pub(super) number: u32,
    /// Key of the row that changes; none for a new one.
    pub(super) pk: Option<String>,
    /// What the row is called.
    pub(super) label: String,
    /// Titles, and values before and after.
    pub(super) fields: Vec<(String, [Option<String>; 2])>,
}
