//! What the model says: who is blamed, how sure that is, and on which evidence.
use super::evidence::{EndpointEvidence, LinkEvidence};
use super::{Blame, Outage, Role, Window};
use statrs::function::beta::inv_beta_reg;

/// What lies on either side of a 95 % interval.
const TAIL: f64 = 0.025;
/// Bounds within which the quantiles were checked. More evidence changes no digit that is shown; less
/// than a fifth of an attempt is none.
const SHAPES: (f64, f64) = (0.2, 1e6);

/// What the counts of one operation and one window say.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Verdicts {
    /// Links with failures, in the order of source, then destination.
    pub links: Vec<LinkVerdict>,
    /// Known endpoints, in the order of site, then role.
    pub endpoints: Vec<EndpointVerdict>,
    /// Whether the service itself fails.
    pub outage: Option<Outage>,
}

impl Verdicts {
    /// The verdict on a link, if it had failures.
    #[must_use]
    pub fn link(&self, source: Option<i64>, destination: Option<i64>) -> Option<&LinkVerdict> {
        let pair = (source, destination);
        let found = self.links.binary_search_by_key(&pair, |link| (link.source, link.destination));
        found.ok().map(|place| &self.links[place])
    }

    /// The verdict on a site in a role, if it was tried.
    #[must_use]
    pub fn endpoint(&self, site: i64, role: Role) -> Option<&EndpointVerdict> {
        let found = self.endpoints.binary_search_by_key(&(site, role), |end| (end.site, end.role));
        found.ok().map(|place| &self.endpoints[place])
    }
}

/// Who is blamed for the failures on a link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LinkVerdict {
    /// From where.
    pub source: Option<i64>,
    /// To where.
    pub destination: Option<i64>,
    /// Who is blamed.
    pub blame: Blame,
    /// Who made most of the failures, even if one cannot be sure; never [`Blame::Unclear`].
    pub likeliest: Blame,
    /// Share of the failures that the likeliest culprit made.
    pub confidence: f64,
    /// Failures to be expected from each cause.
    pub expected: Expected,
    /// Why nobody is blamed; given if and only if that is unclear.
    pub doubt: Option<Doubt>,
    /// Whether the link is failing, whoever is to blame.
    pub failing: bool,
    /// What the window says of the link itself, without the failures that are others' fault. Bad is an
    /// incident, unless one of its ends has one. A link that is not among the verdicts had no failures.
    pub window: Window,
    /// The reason.
    pub evidence: LinkEvidence,
}

/// Failures to be expected from each cause. Together they are all.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Expected {
    /// Made by the source.
    pub source: f64,
    /// Made by the destination.
    pub destination: f64,
    /// Made by the link.
    pub link: f64,
    /// Made by the service.
    pub service: f64,
}

/// Why nobody is blamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// Too few attempts.
    FewAttempts,
    /// More than one could have done it.
    Several,
    /// The likeliest culprit has too few other links to compare.
    FewCounterparts,
    /// It would be a site that is not known, or the link to it.
    UnknownSite,
}

/// How a site does in one role.
#[derive(Clone, Debug, PartialEq)]
pub struct EndpointVerdict {
    /// Which site.
    pub site: i64,
    /// Reading from it or writing to it.
    pub role: Role,
    /// Failures that are its own fault, as far as one can tell.
    pub own_failures: f64,
    /// Probability that it spoils an attempt.
    pub probability: Probability,
    /// What the window says of it, without the failures that are others' fault. Bad is an incident; what
    /// is not clear, or hidden by an outage, is unknown. Of an endpoint that is not among the verdicts,
    /// too.
    pub window: Window,
    /// The reason.
    pub evidence: EndpointEvidence,
}

/// A probability that is known more or less well: a Beta distribution.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Probability {
    /// The estimate.
    pub mean: f64,
    pub(super) failed: f64,
    pub(super) worked: f64,
}

impl Probability {
    /// Where it lies with 95 % certainty. Other sites' probabilities are taken as known, so it is
    /// somewhat narrow where few links tell two sites apart. Takes some microseconds.
    #[must_use]
    pub fn interval(&self) -> (f64, f64) {
        let (least, most) = SHAPES;
        let scale = (most / (self.failed + self.worked)).min(1.0);
        let [failed, worked] = [self.failed, self.worked].map(|shape| (shape * scale).max(least));
        let at = |tail| inv_beta_reg(failed, worked, tail).clamp(0.0, 1.0);
        (at(TAIL), at(1.0 - TAIL))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(failed: f64, worked: f64) -> (f64, f64) {
        Probability { mean: failed / (failed + worked), failed, worked }.interval()
    }

    #[test]
    fn intervals_are_those_of_the_beta_distribution() {
        // By numerical integration with 30 digits.
        for (failed, worked, low, high) in [
            (1.0, 21.0, 0.001_204_883, 0.161_097_615),
            (4.0, 18.0, 0.054_463_568, 0.363_423_987),
            (41.0, 1801.0, 0.016_027_969, 0.029_469_882),
            (601.0, 1201.0, 0.311_934_127, 0.355_452_522),
        ] {
            let (below, above) = interval(failed, worked);
            assert!((below - low).abs() < 1e-8 && (above - high).abs() < 1e-8, "{below} {above}");
        }
    }

    #[test]
    fn intervals_end_for_any_evidence() {
        for shape in [1e-300, 0.1, 1.0, 1e6, 1e19] {
            for other in [1e-300, 0.1, 1.0, 1e6, 1e19] {
                let (low, high) = interval(shape, other);
                assert!((0.0..=1.0).contains(&low) && low <= high && high <= 1.0);
            }
        }
    }
}
