//! The reasons, as counts that people can check: rows and columns of the matrix, with and without the
//! link in question. Where there are many counterparts, this comparison alone is nearly as good as the
//! model, and it can be explained.
use super::matrix::{Cell, End, Grid};
use super::{Ends, Said, Settings};

/// Attempts, and how many of them succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Attempts that ended.
    pub attempts: u64,
    /// Those that succeeded.
    pub successes: u64,
}

impl Totals {
    /// Those that failed.
    #[must_use]
    pub const fn failures(&self) -> u64 {
        self.attempts.saturating_sub(self.successes)
    }

    /// Part of the attempts that succeeded; none without attempts.
    #[must_use]
    pub fn rate(&self) -> Option<f64> {
        (self.attempts > 0).then(|| self.successes as f64 / self.attempts as f64)
    }

    const fn add(&mut self, cell: &Cell) {
        self.attempts = self.attempts.saturating_add(cell.attempts);
        self.successes = self.successes.saturating_add(cell.successes());
    }
}

/// The known sites at the other ends of an endpoint's links, in order. Those with very few attempts are in
/// neither list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counterparts {
    /// Attempts with them mostly fail.
    pub failing: Vec<i64>,
    /// Attempts with them mostly succeed.
    pub working: Vec<i64>,
}

/// How an endpoint does on its other links, without the one in question.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rest {
    /// Attempts on them.
    pub totals: Totals,
    /// Other sites with which it works.
    pub working: usize,
    /// Other sites with which it fails.
    pub failing: usize,
}

impl Rest {
    /// Other sites that say something.
    #[must_use]
    pub const fn counterparts(&self) -> usize {
        self.working + self.failing
    }
}

/// Why a link's failures are blamed on whom they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinkEvidence {
    /// The link's own attempts.
    pub totals: Totals,
    /// Different files among the failures, where known.
    pub failed_files: Option<u64>,
    /// Whom the texts name.
    pub said: Said,
    /// The other links of the source.
    pub source: Rest,
    /// The other links of the destination.
    pub destination: Rest,
}

/// Why an endpoint is said to fail or to work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointEvidence {
    /// All its attempts in this role.
    pub totals: Totals,
    /// Different files among the failures, where known on all links.
    pub failed_files: Option<u64>,
    /// Who works with it and who does not.
    pub counterparts: Counterparts,
    /// The same site in the other role; none when the operation has only one.
    pub other: Option<Totals>,
}

/// Whether a link works, by its own counts.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Works,
    Fails,
    Few,
}

impl State {
    fn of(totals: Totals, settings: &Settings) -> Self {
        match totals.rate() {
            Some(rate) if totals.attempts >= settings.few => {
                if rate < settings.works {
                    Self::Fails
                } else {
                    Self::Works
                }
            }
            _ => Self::Few,
        }
    }
}

/// Sums over the links of each end.
pub(super) struct Tally {
    pub(super) sources: Vec<EndpointEvidence>,
    pub(super) destinations: Vec<EndpointEvidence>,
}

impl Tally {
    pub(super) fn of(grid: &Grid, ends: Ends, settings: &Settings) -> Self {
        let nothing = EndpointEvidence { failed_files: Some(0), ..EndpointEvidence::default() };
        let mut sources = vec![nothing.clone(); grid.sources.len()];
        let mut destinations = vec![nothing; grid.destinations.len()];
        for cell in &grid.cells {
            let state = State::of(cell.totals(), settings);
            sources[cell.source].add(cell, state, grid.destinations[cell.destination]);
            destinations[cell.destination].add(cell, state, grid.sources[cell.source]);
        }
        if ends == Ends::Both {
            compare(&grid.sources, &mut sources, &grid.destinations, &mut destinations);
        }
        Self { sources, destinations }
    }

    /// What the other links of both ends say.
    pub(super) fn link(&self, grid: &Grid, cell: &Cell, settings: &Settings) -> LinkEvidence {
        let state = State::of(cell.totals(), settings);
        let (source, destination) = (grid.sources[cell.source], grid.destinations[cell.destination]);
        LinkEvidence {
            totals: cell.totals(),
            failed_files: cell.failed_files,
            said: cell.said,
            source: self.sources[cell.source].without(cell, state, destination),
            destination: self.destinations[cell.destination].without(cell, state, source),
        }
    }
}

/// Gives each site that has both roles its totals in the other one.
fn compare(
    sources: &[End],
    as_source: &mut [EndpointEvidence],
    destinations: &[End],
    as_destination: &mut [EndpointEvidence],
) {
    let totals = |ends: &[End], evidence: &[EndpointEvidence], end: &End| {
        ends.binary_search(end).map_or(Totals::default(), |place| evidence[place].totals)
    };
    for (end, evidence) in sources.iter().zip(&mut *as_source) {
        evidence.other = Some(totals(destinations, as_destination, end));
    }
    for (end, evidence) in destinations.iter().zip(&mut *as_destination) {
        evidence.other = Some(totals(sources, as_source, end));
    }
}

impl Cell {
    const fn totals(&self) -> Totals {
        Totals { attempts: self.attempts, successes: self.successes() }
    }
}

impl EndpointEvidence {
    fn add(&mut self, cell: &Cell, state: State, counterpart: End) {
        self.totals.add(cell);
        let files = if cell.failures == 0 { Some(0) } else { cell.failed_files };
        self.failed_files = self.failed_files.zip(files).map(|(all, files)| all.saturating_add(files));
        match (counterpart.site(), state) {
            (Some(site), State::Works) => self.counterparts.working.push(site),
            (Some(site), State::Fails) => self.counterparts.failing.push(site),
            _ => {}
        }
    }

    fn without(&self, cell: &Cell, state: State, counterpart: End) -> Rest {
        let counts = |as_state| usize::from(counterpart.site().is_some() && state == as_state);
        Rest {
            totals: Totals {
                attempts: self.totals.attempts.saturating_sub(cell.attempts),
                successes: self.totals.successes.saturating_sub(cell.successes()),
            },
            working: self.counterparts.working.len() - counts(State::Works),
            failing: self.counterparts.failing.len() - counts(State::Fails),
        }
    }

    /// Whether it mostly fails: with most of its counterparts, or, where it has none, in most attempts. None
    /// if too little was tried.
    pub(super) fn mostly_fails(&self, settings: &Settings) -> Option<bool> {
        let Counterparts { failing, working } = &self.counterparts;
        if failing.is_empty() && working.is_empty() {
            return match State::of(self.totals, settings) {
                State::Few => None,
                state => Some(state == State::Fails),
            };
        }
        Some(failing.len() > working.len())
    }
}
