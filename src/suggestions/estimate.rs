//! From counts to a chance, and to what of it is sure.
use super::evidence::Sum;

/// What the next wider level counts, in outcomes. In simulated shifts, 2, 4 and 8 do equally well; with 2, people
/// see soonest that what they record matters.
const WIDER: f64 = 2.0;
/// An action that nobody has tried: one success in four.
const UNTRIED: (f64, f64) = (1.0, 4.0);
/// Standard deviations: 95 % of a normal distribution lies within.
const Z: f64 = 1.96;

/// Chance that an action works.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Estimate {
    /// The mean.
    pub(super) mean: f64,
    /// How many outcomes it is worth.
    pub(super) worth: f64,
}

impl Estimate {
    /// From everything that was ever tried.
    pub(super) fn of_all(sum: &Sum) -> Self {
        let (worked, tries) = UNTRIED;
        let worth = sum.tries + tries;
        Self { mean: (sum.worked + worked) / worth, worth }
    }

    /// Narrowed down to what is more alike: its outcomes, and the wider level's mean as a few more.
    #[must_use]
    pub(super) fn narrowed(self, worked: f64, tries: f64) -> Self {
        Self { mean: self.blended(worked, tries), worth: tries + self.worth.min(WIDER) }
    }

    /// Narrowed down to one place. The outcomes there are counted already among those of the error.
    #[must_use]
    pub(super) fn at_place(self, worked: f64, tries: f64) -> Self {
        Self { mean: self.blended(worked, tries), ..self }
    }

    fn blended(self, worked: f64, tries: f64) -> f64 {
        (worked + WIDER * self.mean) / (tries + WIDER)
    }

    /// Lower end of the interval that the true chance lies in: Edwin B. Wilson, "Probable inference, the law of
    /// succession, and statistical inference", Journal of the American Statistical Association 22 (1927) 209-212.
    /// Unlike the mean, it is low while little is known: 2 of 2 is below 12 of 14.
    pub(super) fn lower(self) -> f64 {
        let square = Z * Z / self.worth;
        let spread = (self.mean * (1.0 - self.mean) / self.worth + square / (4.0 * self.worth)).max(0.0);
        let centre = self.mean + square / 2.0;
        ((centre - Z * spread.sqrt()) / (1.0 + square)).clamp(0.0, 1.0)
    }
}
