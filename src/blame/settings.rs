//! What people may tune, with defaults that suit windows of an hour.
use super::{Likelihood, Rule, within};

/// What people may tune. The defaults of [`endpoint`](Self::endpoint), [`link`](Self::link),
/// [`correlation`](Self::correlation) and [`text_weight`](Self::text_weight) were chosen in simulated worlds,
/// some of which break the model's rules. Half or twice of one moves the part of right blame by at most 0.1
/// for the link's, and 0.05 for the others.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// How often a source or a destination spoils an attempt, before anything is seen.
    pub endpoint: Prior,
    /// How often a link does: seldom, so it takes more evidence to blame a link than an endpoint (Occam).
    pub link: Prior,
    /// What texts say, given who is at fault.
    pub likelihood: Likelihood,
    /// Failures of a suspect that weigh as much as this table when its own habit is learnt. A very large
    /// number holds all to the table.
    pub text_weight: f64,
    /// How alike attempts on one link are, from 0 (each is new evidence) to 1 (all are one). A link thus
    /// weighs as `1 / correlation` attempts at most, so that its whims are not taken for a fault.
    pub correlation: f64,
    /// Rounds of the estimation at most; it mostly settles earlier.
    pub rounds: u32,
    /// Share of a link's failures below which nobody is blamed.
    pub certain: f64,
    /// Attempts on a link below which nobody is blamed.
    pub min_attempts: u64,
    /// Counterparts of an endpoint below which one cannot tell it from its links.
    pub min_counterparts: usize,
    /// Attempts on a link below which it counts neither as one that works nor as one that fails.
    pub few: u64,
    /// Success rate below which a link counts as one that fails.
    pub works: f64,
    /// Part of the endpoints in each role that must fail at once to blame the service.
    pub service: f64,
    /// Success rate below which an endpoint or a link is failing.
    pub threshold: f64,
    /// How sure one has to be of that.
    pub rule: Rule,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            endpoint: Prior { failed: 0.1, worked: 3.0 },
            link: Prior { failed: 0.1, worked: 15.0 },
            likelihood: Likelihood::default(),
            text_weight: 10.0,
            correlation: 0.05,
            rounds: 40,
            certain: 0.7,
            min_attempts: 10,
            min_counterparts: 3,
            few: 5,
            works: 0.5,
            service: 0.5,
            threshold: 0.2,
            rule: Rule::default(),
        }
    }
}

/// A Beta distribution, as attempts that one pretends to have seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Prior {
    /// Attempts that failed.
    pub failed: f64,
    /// Attempts that did not.
    pub worked: f64,
}

/// No probability is closer than this to 0 or 1.
const TINY: f64 = 1e-9;
const HUGE: f64 = 1e12;

impl Prior {
    /// The mean of the distribution after more attempts.
    pub(super) fn mean_after(self, failed: f64, worked: f64) -> f64 {
        let failed = failed + within(self.failed, TINY, HUGE);
        let worked = worked + within(self.worked, TINY, HUGE);
        within(failed / (failed + worked), TINY, 1.0 - TINY)
    }
}
