//! When something counts as failing, and when an incident opens and closes.
use super::within;
use statrs::function::beta::beta_reg;

/// How sure one wants to be.
const SURE: f64 = 0.95;
/// Attempts beyond which more tell nothing new; the incomplete beta function was checked up to here.
const ENOUGH: f64 = 1e6;
/// What may be missing from a count that was shared out among causes.
const ROUNDING: f64 = 0.5;

/// How sure one has to be that something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// The success rate is below the threshold with 95 % certainty, of at least so many attempts.
    Interval {
        /// Attempts below which nothing is said.
        attempts: u64,
    },
    /// The success rate as counted is below the threshold, of at least so many attempts.
    Rate {
        /// Attempts below which nothing is said.
        attempts: u64,
    },
}

impl Rule {
    /// What the original application did: more than 200 attempts in an hour.
    pub const ORIGINAL: Self = Self::Rate { attempts: 201 };

    /// Whether so many attempts say something.
    pub(super) fn is_enough(self, attempts: f64) -> bool {
        let (Self::Interval { attempts: least } | Self::Rate { attempts: least }) = self;
        attempts + ROUNDING >= least as f64
    }

    /// Whether the rate is too low, however many attempts there were.
    pub(super) fn is_below(self, successes: f64, failures: f64, threshold: f64) -> bool {
        let (successes, failures) = (count(successes), count(failures));
        let threshold = within(threshold, 0.0, 1.0);
        match self {
            Self::Interval { .. } => certainly_below(successes, failures, threshold),
            Self::Rate { .. } => successes < threshold * (successes + failures),
        }
    }

    /// What counts say, however few.
    pub(super) fn window(self, successes: f64, failures: f64, threshold: f64) -> Window {
        let (successes, failures) = (count(successes), count(failures));
        let attempts = successes + failures;
        if self.is_below(successes, failures, threshold) {
            Window::Bad
        } else if attempts > 0.0 && successes >= within(threshold, 0.0, 1.0) * attempts {
            Window::Good
        } else {
            Window::Unknown
        }
    }
}

impl Default for Rule {
    /// Certainty, of at least 20 attempts.
    fn default() -> Self {
        Self::Interval { attempts: 20 }
    }
}

/// Whether something fails: its success rate is below the threshold. By the interval rule, that is when
/// the upper 95 % limit of `Beta(1 + successes, 1 + failures)` is below it: what one knows of a rate after
/// these attempts if it could have been any. Counts need not be whole, since some of the failures may be
/// the fault of others.
#[must_use]
pub fn failing(successes: f64, failures: f64, threshold: f64, rule: Rule) -> bool {
    judge(successes, failures, threshold, rule) == Window::Bad
}

fn certainly_below(successes: f64, failures: f64, threshold: f64) -> bool {
    // The limit lies above the mean, so most things need no more than this.
    if 1.0 + successes >= threshold * (2.0 + successes + failures) {
        return false;
    }
    let scale = (ENOUGH / (successes + failures).max(1.0)).min(1.0);
    beta_reg(1.0 + successes * scale, 1.0 + failures * scale, threshold) > SURE
}

fn count(number: f64) -> f64 {
    within(number, 0.0, 1e18)
}

/// What one window says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    /// It fails.
    Bad,
    /// It works: enough attempts, and their rate reaches the threshold.
    Good,
    /// One cannot tell: no attempts or too few, or a rate below the threshold that may be chance.
    Unknown,
}

/// What a window with these counts says.
#[must_use]
pub fn judge(successes: f64, failures: f64, threshold: f64, rule: Rule) -> Window {
    if rule.is_enough(count(successes) + count(failures)) {
        rule.window(successes, failures, threshold)
    } else {
        Window::Unknown
    }
}

/// How many windows open and close an incident, so that it does not flicker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hysteresis {
    /// Bad windows in a row that open it.
    pub open_after: u32,
    /// Good windows in a row that close it.
    pub close_after: u32,
    /// Windows in a row without a verdict that close it: nobody asks any more.
    pub forget_after: u32,
}

impl Default for Hysteresis {
    /// Two, two, and a day of hours.
    fn default() -> Self {
        Self { open_after: 2, close_after: 2, forget_after: 24 }
    }
}

/// Where something stands between open and closed; the default is closed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Whether it is open.
    pub open: bool,
    /// Windows in a row that speak against that.
    pub against: u32,
    /// Windows since the last one that said something.
    pub silent: u32,
}

impl Hysteresis {
    /// Where it stands after one more window. A window that says nothing, as an empty one, changes neither
    /// the state nor what the windows before it said: FTS tries seldom what always fails, so silence is
    /// no sign of health. Only a long silence ends everything.
    #[must_use]
    pub const fn step(&self, before: Opening, window: Window) -> Opening {
        let contrary = match window {
            Window::Unknown => return self.silence(before),
            Window::Bad => !before.open,
            Window::Good => before.open,
        };
        let against = if contrary { before.against.saturating_add(1) } else { 0 };
        let needed = if before.open { self.close_after } else { self.open_after };
        if contrary && against >= needed {
            Opening { open: !before.open, against: 0, silent: 0 }
        } else {
            Opening { open: before.open, against, silent: 0 }
        }
    }

    const fn silence(&self, before: Opening) -> Opening {
        let silent = before.silent.saturating_add(1);
        if silent >= self.forget_after {
            Opening { open: false, against: 0, silent }
        } else {
            Opening { silent, ..before }
        }
    }

    /// Where it stands after all windows, oldest first.
    #[must_use]
    pub fn after(&self, windows: impl IntoIterator<Item = Window>) -> Opening {
        windows.into_iter().fold(Opening::default(), |opening, window| self.step(opening, window))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fails(successes: u32, failures: u32) -> bool {
        failing(successes.into(), failures.into(), 0.2, Rule::default())
    }

    #[test]
    fn failing_takes_certainty_and_twenty_attempts() {
        assert!(!fails(0, 19) && fails(0, 20));
        assert!(fails(0, 1_000_000) && !fails(0, 0));
        // The rate is below 0.2 with probability 0.9416 and 0.9505, computed elsewhere with 30 digits.
        assert!(!fails(180, 820) && fails(179, 821));
        assert!(!fails(20, 0));
    }

    #[test]
    fn the_original_counted_only() {
        let fails = |successes, failures| failing(successes, failures, 0.2, Rule::ORIGINAL);
        assert!(fails(40.0, 161.0) && !fails(41.0, 160.0) && !fails(0.0, 200.0));
    }

    #[test]
    fn no_count_is_too_strange() {
        let strange = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -1.0, 0.0, 1e-300, 1e300, u64::MAX as f64];
        for successes in strange {
            for failures in strange {
                for threshold in [0.2, 0.0, 1.0, -3.0, f64::NAN] {
                    for rule in [Rule::default(), Rule::ORIGINAL] {
                        let good = judge(successes, failures, threshold, rule) == Window::Good;
                        assert!(!good || successes > 0.0 || threshold <= 0.0 || threshold.is_nan());
                    }
                }
            }
        }
        assert!(failing(1.0, u64::MAX as f64, 0.2, Rule::default()));
    }

    #[test]
    fn a_window_in_between_says_nothing() {
        let judged = |successes, failures| judge(successes, failures, 0.2, Rule::default());
        assert_eq!(judged(0.0, 40.0), Window::Bad);
        assert_eq!(judged(5.0, 25.0), Window::Unknown);
        assert_eq!(judged(8.0, 32.0), Window::Good);
        assert_eq!(judged(10.0, 5.0), Window::Unknown);
        assert_eq!(judge(0.0, 0.0, 0.2, Rule::Rate { attempts: 0 }), Window::Unknown);
    }

    #[test]
    fn two_windows_open_and_two_close() {
        use Window::{Bad, Good, Unknown};
        let open = |windows: &[Window]| Hysteresis::default().after(windows.iter().copied()).open;
        assert!(!open(&[]) && !open(&[Bad]) && open(&[Bad, Bad]));
        assert!(!open(&[Bad, Good, Bad]));
        assert!(open(&[Bad, Bad, Good]) && open(&[Bad, Bad, Good, Bad, Good]));
        assert!(!open(&[Bad, Bad, Good, Good]));
        assert!(open(&[Bad, Unknown, Bad]) && open(&[Bad, Bad, Good, Unknown]));
        assert!(!open(&[Bad, Bad, Good, Unknown, Good]));
    }

    #[test]
    fn what_nobody_asks_for_is_forgotten() {
        let silence = |windows| {
            let windows = [Window::Bad; 2].into_iter().chain(vec![Window::Unknown; windows]);
            Hysteresis::default().after(windows).open
        };
        assert!(silence(23) && !silence(24));
    }
}
