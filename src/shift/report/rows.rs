//! Lists that are cut at a bound, with the way to all of them.
use super::interval::{Interval, input};

/// Rows of a list shown.
const SHOWN: usize = 100;

/// Rows to ask for: one more than is shown tells that there are more.
pub(super) fn most() -> u64 {
    SHOWN as u64 + 1
}

/// Rows, and where the others are.
#[derive(Default)]
pub struct Rows<T> {
    /// Those shown.
    pub rows: Vec<T>,
    /// Whether there are others.
    pub more: bool,
    /// The list of all.
    pub href: String,
}

impl<T> Rows<T> {
    /// Cuts what was asked for.
    pub(super) fn cut(mut rows: Vec<T>, href: String) -> Self {
        let more = rows.len() > SHOWN;
        rows.truncate(SHOWN);
        Self { rows, more, href }
    }
}

/// The filter of a list for a time in the interval.
pub(super) fn within(field: &str, interval: Interval) -> String {
    format!("{field}__gte={}&{field}__lt={}", input(interval.from), input(interval.until))
}
