//! The evidence in one sentence.
use super::Tally;
use chrono::{DateTime, TimeDelta, Utc};

/// Fewer outcomes than these say little.
const ENOUGH: u64 = 3;
/// Evidence that is older should be told so.
const OLD: TimeDelta = TimeDelta::days(180);

/// All that is known about one action in one case.
pub(super) struct Known<'a> {
    pub(super) here: Tally,
    pub(super) error: Tally,
    /// Attempts at this error that seem to have helped.
    pub(super) likely: u64,
    /// The last attempt at this error with a known outcome.
    pub(super) last: Option<DateTime<Utc>>,
    pub(super) kind: Tally,
    pub(super) all: Tally,
    /// Name of the site, if one is at fault.
    pub(super) site: Option<&'a str>,
    pub(super) is_suggested: bool,
    pub(super) is_classified: bool,
}

impl Known<'_> {
    pub(super) fn sentence(&self, now: DateTime<Utc>) -> String {
        let mut text = if self.error.tries == 0 { self.untried() } else { self.tried() };
        if let Some(last) = self.last.filter(|last| now - *last > OLD) {
            text.push_str(&last.format(", last in %B %Y").to_string());
        }
        if (1..ENOUGH).contains(&self.error.tries) {
            text.push_str("; too few to be sure");
        }
        text.push('.');
        text
    }

    /// What is known from this very error.
    fn tried(&self) -> String {
        let error = self.error;
        match self.site {
            Some(site) if self.here == error => {
                format!("Worked {} for this error, all at {site}", times(error))
            }
            Some(site) if self.here.tries > 0 => {
                format!(
                    "Worked {} at {site} and {} of {} for this error",
                    times(self.here),
                    error.worked,
                    error.tries
                )
            }
            Some(site) => format!("Worked {} for this error, not yet tried at {site}", times(error)),
            None => format!("Worked {} for this error", times(error)),
        }
    }

    /// What others know, if this error says nothing yet.
    fn untried(&self) -> String {
        let likely = self.likely;
        if likely > 0 {
            let times = if likely == 1 { "once".to_owned() } else { format!("{likely} times") };
            return format!("Likely worked {times} for this error, not confirmed");
        }
        match (self.is_suggested, self.kind.tries > 0) {
            (true, true) => format!(
                "Suggested by DDM ops, not yet tried; worked {} for errors of this kind",
                times(self.kind)
            ),
            (true, false) => "No experience yet, suggested by DDM ops".to_owned(),
            (false, true) => format!("Worked {} for errors of this kind", times(self.kind)),
            (false, false) if self.is_classified => format!("Worked {} for other errors", times(self.all)),
            (false, false) => format!("Worked {} for all errors together", times(self.all)),
        }
    }
}

fn times(tally: Tally) -> String {
    format!("{} of {} {}", tally.worked, tally.tries, if tally.tries == 1 { "time" } else { "times" })
}
