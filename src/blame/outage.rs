//! When the service itself fails.
use super::evidence::{EndpointEvidence, Tally};
use super::matrix::{End, Grid};
use super::{Ends, Role, Settings};

/// Endpoints in a role below which it is no wonder that most of them fail at once.
const MANY: usize = 4;

/// Most endpoints fail at once, so it is none of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Outage {
    /// Endpoints that fail; a site counts once in each role.
    pub failing: usize,
    /// Endpoints of which one can tell.
    pub endpoints: usize,
    /// Failure rate of the median link: what the service spoils.
    pub rate: f64,
}

impl Outage {
    /// There is one if most of the sources and most of the destinations fail, each with most of its
    /// counterparts. One bad destination that everybody sends to makes all sources fail, but no other
    /// destination, so it takes both.
    pub(super) fn of(grid: &Grid, tally: &Tally, ends: Ends, settings: &Settings) -> Option<Self> {
        let sources = Many::of(&grid.sources, &tally.sources, settings);
        let destinations = Many::of(&grid.destinations, &tally.destinations, settings);
        let fails = match ends {
            Ends::Both => sources.fail(settings) && destinations.fail(settings),
            Ends::One(Role::Source) => sources.fail(settings),
            Ends::One(Role::Destination) => destinations.fail(settings),
        };
        let links = grid.cells.iter().filter(|cell| cell.attempts >= settings.few);
        fails.then(|| Self {
            failing: sources.failing + destinations.failing,
            endpoints: sources.all + destinations.all,
            rate: median(links.map(|cell| cell.failures as f64 / cell.attempts as f64)),
        })
    }
}

/// The known endpoints in a role.
struct Many {
    failing: usize,
    all: usize,
}

impl Many {
    fn of(ends: &[End], evidence: &[EndpointEvidence], settings: &Settings) -> Self {
        let known = ends.iter().zip(evidence).filter(|(end, _)| end.site().is_some());
        let mut many = Self { failing: 0, all: 0 };
        for fails in known.filter_map(|(_, evidence)| evidence.mostly_fails(settings)) {
            many.all += 1;
            many.failing += usize::from(fails);
        }
        many
    }

    fn fail(&self, settings: &Settings) -> bool {
        self.all >= MANY && self.failing as f64 > settings.service * self.all as f64
    }
}

fn median(rates: impl Iterator<Item = f64>) -> f64 {
    let mut rates: Vec<f64> = rates.collect();
    rates.sort_unstable_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
