//! What the model is given: attempts and failures per link, cleaned so that nothing in them can
//! surprise it.
use super::{Role, Settings, within};

/// Kinds of text: those of [`Said`] in their order, and last those that were not read.
pub(super) const TEXTS: usize = 4;

/// Attempts of one operation in one window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// Which ends the operation has.
    pub ends: Ends,
    /// What was tried, in any order; entries of the same pair are added up. Links without failures
    /// belong here, too: without successes, one cannot tell a bad site from a busy one.
    pub links: Vec<Link>,
}

/// Which ends an operation has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ends {
    /// A transfer has a source and a destination.
    #[default]
    Both,
    /// A deletion has only a destination, staging only a source: the other end is ignored, and there is
    /// nobody else to blame but the service.
    One(Role),
}

/// Attempts from one site to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Link {
    /// From where; `None` when it could not be resolved (`UNKNOWN`). Such an end is never blamed.
    pub source: Option<i64>,
    /// To where; `None` when it could not be resolved.
    pub destination: Option<i64>,
    /// Attempts that ended, well or not. Those that were called off are not counted.
    pub attempts: u64,
    /// Those that failed; at most all.
    pub failures: u64,
    /// Different files among the failures, where known. Retries of a file are no new evidence: two
    /// thousand files stuck on tape can fail half a million times. So one file weighs as one failure.
    pub failed_files: Option<u64>,
    /// Whom the failures' texts blame.
    pub said: Said,
}

/// Whom the texts of failures blame. The sum may be less than the failures: of the rest, the text is not
/// known, which is no evidence. A text that was read and blames nobody is some: a link's often do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// Texts that name the source.
    pub source: u64,
    /// Texts that name the destination.
    pub destination: u64,
    /// Texts that name neither.
    pub neither: u64,
}

impl Said {
    /// Texts that were read.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.source.saturating_add(self.destination).saturating_add(self.neither)
    }

    fn add(&mut self, other: &Self) {
        self.source = self.source.saturating_add(other.source);
        self.destination = self.destination.saturating_add(other.destination);
        self.neither = self.neither.saturating_add(other.neither);
    }

    /// The same texts in proportion, when more were counted than there are failures.
    fn among(self, failures: u64) -> Self {
        let total = u128::from(self.source) + u128::from(self.destination) + u128::from(self.neither);
        if total <= u128::from(failures) {
            return self;
        }
        // A quotient below `failures` fits.
        let part = |count: u64| (u128::from(count) * u128::from(failures) / total) as u64;
        Self { source: part(self.source), destination: part(self.destination), neither: part(self.neither) }
    }
}

impl Link {
    const fn pair(&self) -> (Option<i64>, Option<i64>) {
        (self.source, self.destination)
    }

    /// A link with something to say, as the operation sees it.
    fn clean(&self, ends: Ends) -> Option<Self> {
        let mut link = Self { failures: self.failures.min(self.attempts), ..*self };
        link.failed_files = link.failed_files.map(|_| link.files());
        match ends {
            Ends::Both => {}
            Ends::One(Role::Source) => link.destination = None,
            Ends::One(Role::Destination) => link.source = None,
        }
        (link.attempts > 0 && link.pair() != (None, None)).then_some(link)
    }

    fn add(&mut self, other: &Self) {
        if self.failed_files.is_some() || other.failed_files.is_some() {
            self.failed_files = Some(self.files().saturating_add(other.files()));
        }
        self.attempts = self.attempts.saturating_add(other.attempts);
        self.failures = self.failures.saturating_add(other.failures);
        self.said.add(&other.said);
    }

    /// Different files that failed, as far as is known; at least one for any failures there are.
    fn files(&self) -> u64 {
        self.failed_files.map_or(self.failures, |files| files.clamp(self.failures.min(1), self.failures))
    }
}

/// One end of links as the model numbers them. Each link to an unknown end has an unknown end of its
/// own: that can take the blame away from the known end of its link, but not gather it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Site(i64),
    /// Who stands at the other end.
    Unknown(Option<i64>),
}

impl End {
    fn of(site: Option<i64>, opposite: Option<i64>) -> Self {
        site.map_or(Self::Unknown(opposite), Self::Site)
    }

    pub(super) const fn site(self) -> Option<i64> {
        match self {
            Self::Site(site) => Some(site),
            Self::Unknown(_) => None,
        }
    }
}

/// The ends in each role, in order, and the links in order of source, then destination.
pub(super) struct Grid {
    pub(super) sources: Vec<End>,
    pub(super) destinations: Vec<End>,
    pub(super) cells: Vec<Cell>,
}

/// One link, cleaned.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cell {
    /// Place in `Grid::sources`.
    pub(super) source: usize,
    /// Place in `Grid::destinations`.
    pub(super) destination: usize,
    pub(super) attempts: u64,
    pub(super) failures: u64,
    pub(super) failed_files: Option<u64>,
    /// Different files that failed, or else failures.
    pub(super) files: f64,
    pub(super) said: Said,
    /// Successes as independent pieces of evidence.
    pub(super) good: f64,
    /// Failures as independent pieces of evidence, by kind of text.
    pub(super) bad: [f64; TEXTS],
}

impl Cell {
    pub(super) const fn successes(&self) -> u64 {
        self.attempts - self.failures
    }

    fn new(source: usize, destination: usize, link: &Link, settings: &Settings) -> Self {
        let Link { attempts, failures, failed_files, .. } = *link;
        let said = link.said.among(failures);
        let (successes, files) = ((attempts - failures) as f64, link.files() as f64);
        let weight = independent(successes + files, settings.correlation);
        let per_failure = if failures > 0 { weight * files / failures as f64 } else { 0.0 };
        let unread = failures - said.total();
        let bad =
            [said.source, said.destination, said.neither, unread].map(|count| count as f64 * per_failure);
        let good = successes * weight;
        Self { source, destination, attempts, failures, failed_files, files, said, good, bad }
    }
}

impl Grid {
    pub(super) fn of(matrix: &Matrix, settings: &Settings) -> Self {
        let mut links: Vec<Link> = matrix.links.iter().filter_map(|link| link.clean(matrix.ends)).collect();
        links.sort_unstable_by_key(Link::pair);
        links.dedup_by(|next, first| {
            let same = next.pair() == first.pair();
            if same {
                first.add(next);
            }
            same
        });
        let source = |link: &Link| End::of(link.source, link.destination);
        let destination = |link: &Link| End::of(link.destination, link.source);
        let sources = ordered(links.iter().map(source));
        let destinations = ordered(links.iter().map(destination));
        let place = |ends: &[End], end: End| ends.binary_search(&end).unwrap_or_default();
        let cells = links
            .iter()
            .map(|link| {
                let row = place(&sources, source(link));
                let column = place(&destinations, destination(link));
                Cell::new(row, column, link, settings)
            })
            .collect();
        Self { sources, destinations, cells }
    }
}

fn ordered(ends: impl Iterator<Item = End>) -> Vec<End> {
    let mut ends: Vec<End> = ends.collect();
    ends.sort_unstable();
    ends.dedup();
    ends
}

/// How much one of `count` attempts on a link is worth when they are alike: the inverse of the design
/// effect of cluster samples (Kish, *Survey Sampling*, 1965), `1 + (count - 1) correlation`.
fn independent(count: f64, correlation: f64) -> f64 {
    1.0 / (1.0 + (count - 1.0).max(0.0) * within(correlation, 0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(links: &[Link]) -> Grid {
        let settings = Settings { correlation: 0.0, ..Settings::default() };
        Grid::of(&Matrix { links: links.to_vec(), ..Matrix::default() }, &settings)
    }

    fn link(source: i64, destination: i64, attempts: u64, failures: u64) -> Link {
        Link { source: Some(source), destination: Some(destination), attempts, failures, ..Link::default() }
    }

    #[test]
    fn entries_of_the_same_pair_are_added_up() {
        let twice = grid(&[link(1, 2, 10, 4), link(3, 2, 5, 0), link(1, 2, 30, 6)]);
        let counts: Vec<_> = twice.cells.iter().map(|cell| (cell.attempts, cell.failures)).collect();
        assert_eq!(counts, [(40, 10), (5, 0)]);
    }

    #[test]
    fn impossible_counts_are_cut() {
        let said = Said { source: 30, destination: 10, neither: 0 };
        let cell = grid(&[Link { said, failed_files: Some(99), ..link(1, 2, 10, 12) }]).cells[0];
        assert_eq!((cell.failures, cell.successes(), cell.files), (10, 0, 10.0));
        assert_eq!(cell.said, Said { source: 7, destination: 2, neither: 0 });
        let most = Said { source: u64::MAX, destination: u64::MAX, neither: u64::MAX };
        let cell = grid(&[Link { said: most, ..link(1, 2, u64::MAX, u64::MAX) }; 2]).cells[0];
        assert_eq!(cell.said.source, u64::MAX / 3);
        assert!(grid(&[link(1, 2, 0, 7), Link { attempts: 9, ..Link::default() }]).cells.is_empty());
    }

    #[test]
    fn a_stuck_file_is_one_failure() {
        let said = Said { neither: 400, ..Said::default() };
        let stuck = Link { failed_files: Some(2), said, ..link(1, 2, 508, 500) };
        let cell = grid(&[stuck]).cells[0];
        assert!((cell.good - 8.0).abs() < 1e-9);
        assert!((cell.bad[2] - 1.6).abs() < 1e-9 && (cell.bad[3] - 0.4).abs() < 1e-9);
        let both = grid(&[stuck, link(1, 2, 10, 3)]).cells[0];
        assert_eq!((both.failed_files, both.files), (Some(5), 5.0));
    }

    #[test]
    fn attempts_that_are_alike_weigh_less() {
        assert!((independent(1.0, 0.05) - 1.0).abs() < 1e-12);
        assert!((1e6 * independent(1e6, 0.05) - 20.0).abs() < 0.01);
        assert!((independent(1e6, f64::NAN) - 1.0).abs() < 1e-12);
    }

    #[test]
    fn each_link_to_an_unknown_end_has_its_own() {
        let nowhere = |destination| Link { source: None, ..link(0, destination, 10, 1) };
        let grid = grid(&[nowhere(5), nowhere(4), link(4, 5, 1, 0)]);
        assert_eq!(grid.sources, [End::Site(4), End::Unknown(Some(4)), End::Unknown(Some(5))]);
        assert_eq!(grid.destinations, [End::Site(4), End::Site(5)]);
    }

    #[test]
    fn an_operation_with_one_end_ignores_the_other() {
        let links = vec![link(1, 9, 10, 1), link(2, 9, 10, 1), Link { source: None, ..link(1, 9, 5, 5) }];
        let matrix = Matrix { ends: Ends::One(Role::Destination), links };
        let grid = Grid::of(&matrix, &Settings::default());
        assert_eq!(grid.cells.len(), 1);
        assert_eq!((grid.cells[0].attempts, grid.cells[0].failures), (25, 7));
    }
}
