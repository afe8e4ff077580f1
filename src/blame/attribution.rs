//! From counts to verdicts.
use super::evidence::{EndpointEvidence, LinkEvidence, Tally};
use super::matrix::{Cell, Grid};
use super::model::{Fit, Suspect, alone, fit};
use super::{
    Blame, Cause, Doubt, EndpointVerdict, Ends, Expected, LinkVerdict, Matrix, Outage, Probability, Role,
    Settings, Verdicts, Window,
};

/// Tells who is to blame for the failures of one operation in one window.
///
/// With more than one FTS server, call it with the links of each, or an outage of a small one is not seen.
/// Ten thousand links take some milliseconds.
#[must_use]
pub fn attribute(matrix: &Matrix, settings: &Settings) -> Verdicts {
    let grid = Grid::of(matrix, settings);
    let tally = Tally::of(&grid, matrix.ends, settings);
    let outage = Outage::of(&grid, &tally, matrix.ends, settings);
    let fit = match matrix.ends {
        Ends::Both => fit(&grid, settings),
        Ends::One(role) => alone(&grid, role, settings),
    };
    let court = Court { grid, tally, outage, ends: matrix.ends, settings };
    let links = court.links(&fit);
    let endpoints = court.endpoints(&fit, &links);
    Verdicts { links, endpoints, outage }
}

/// All that is known before anybody is blamed.
struct Court<'a> {
    grid: Grid,
    tally: Tally,
    outage: Option<Outage>,
    ends: Ends,
    settings: &'a Settings,
}

/// What an end or a link did itself.
#[derive(Clone, Copy, Default)]
struct Guilt {
    /// Failures to be expected from it.
    failures: f64,
    /// The same, a file counted once.
    files: f64,
    /// Those on links where it is blamed.
    clear: f64,
    /// Files that it may have spoiled: all of those on links in doubt.
    possible: f64,
}

impl Guilt {
    fn add(&mut self, failures: f64, cell: &Cell, verdict: Blame, own: Blame) {
        let files = failures * cell.files / cell.failures.max(1) as f64;
        self.failures += failures;
        self.files += files;
        self.clear += if verdict == own { failures } else { 0.0 };
        self.possible += if verdict == Blame::Unclear { cell.files } else { files };
    }
}

impl Court<'_> {
    fn links(&self, fit: &Fit) -> Vec<LinkVerdict> {
        let cells = self.grid.cells.iter().zip(&fit.shares);
        cells.filter(|(cell, _)| cell.failures > 0).map(|(cell, shares)| self.link(cell, shares)).collect()
    }

    fn link(&self, cell: &Cell, shares: &[f64; 3]) -> LinkVerdict {
        let evidence = self.tally.link(&self.grid, cell, self.settings);
        let failures = cell.failures as f64;
        let service =
            self.outage.map_or(0.0, |outage| (outage.rate * cell.attempts as f64 / failures).min(1.0));
        let [source, destination, link] = shares.map(|share| share * (1.0 - service));
        let (likeliest, confidence) = likeliest([source, destination, link], service);
        let doubt = self.doubt(cell, likeliest, confidence, &evidence);
        let successes = cell.successes() as f64;
        let blame = if doubt.is_some() { Blame::Unclear } else { likeliest };
        let mut itself = Guilt::default();
        itself.add(link * failures, cell, blame, Blame::Link);
        let Settings { threshold, rule, .. } = *self.settings;
        LinkVerdict {
            source: self.grid.sources[cell.source].site(),
            destination: self.grid.destinations[cell.destination].site(),
            blame,
            likeliest,
            confidence,
            expected: Expected {
                source: source * failures,
                destination: destination * failures,
                link: link * failures,
                service: service * failures,
            },
            doubt,
            failing: rule.is_enough(cell.attempts as f64) && rule.is_below(successes, cell.files, threshold),
            window: self.window(successes, itself),
            evidence,
        }
    }

    fn doubt(
        &self,
        cell: &Cell,
        likeliest: Blame,
        confidence: f64,
        evidence: &LinkEvidence,
    ) -> Option<Doubt> {
        if cell.attempts < self.settings.min_attempts {
            return Some(Doubt::FewAttempts);
        }
        if confidence < self.settings.certain {
            return Some(Doubt::Several);
        }
        let source = self.grid.sources[cell.source].site().is_some();
        let destination = self.grid.destinations[cell.destination].site().is_some();
        // The link in question is one of them.
        let few = |others: usize| self.ends == Ends::Both && others + 1 < self.settings.min_counterparts;
        let few_to = few(evidence.source.counterparts());
        let few_from = few(evidence.destination.counterparts());
        let (known, few) = match likeliest {
            Blame::Source => (source, few_to),
            Blame::Destination => (destination, few_from),
            Blame::Link => (source && destination, few_to || few_from),
            Blame::Service | Blame::Unclear => (true, false),
        };
        match (known, few) {
            (false, _) => Some(Doubt::UnknownSite),
            (true, few) => few.then_some(Doubt::FewCounterparts),
        }
    }

    fn endpoints(&self, fit: &Fit, links: &[LinkVerdict]) -> Vec<EndpointVerdict> {
        let mut sources = vec![Guilt::default(); self.grid.sources.len()];
        let mut destinations = vec![Guilt::default(); self.grid.destinations.len()];
        for (cell, link) in self.grid.cells.iter().filter(|cell| cell.failures > 0).zip(links) {
            let Expected { source, destination, .. } = link.expected;
            sources[cell.source].add(source, cell, link.blame, Blame::Source);
            destinations[cell.destination].add(destination, cell, link.blame, Blame::Destination);
        }
        let roles = [
            (Role::Source, &self.grid.sources, &fit.sources, sources, &self.tally.sources),
            (
                Role::Destination,
                &self.grid.destinations,
                &fit.destinations,
                destinations,
                &self.tally.destinations,
            ),
        ];
        let mut all = Vec::with_capacity(self.grid.sources.len() + self.grid.destinations.len());
        for (role, ends, suspects, guilt, evidence) in &roles {
            for (place, site) in ends.iter().enumerate().filter_map(|(place, end)| Some((place, end.site()?)))
            {
                all.push(self.endpoint((site, *role), &suspects[place], guilt[place], &evidence[place]));
            }
        }
        all.sort_unstable_by_key(|verdict| (verdict.site, verdict.role));
        all
    }

    fn endpoint(
        &self,
        (site, role): (i64, Role),
        suspect: &Suspect,
        guilt: Guilt,
        evidence: &EndpointEvidence,
    ) -> EndpointVerdict {
        let prior = self.settings.endpoint;
        EndpointVerdict {
            site,
            role,
            own_failures: guilt.failures,
            probability: Probability {
                mean: suspect.mean(),
                failed: prior.failed + suspect.spoiled() * suspect.known,
                worked: prior.worked + suspect.passed * suspect.known,
            },
            window: self.window(evidence.totals.successes as f64, guilt),
            evidence: evidence.clone(),
        }
    }

    /// What the window says of someone who has these successes and did that. What is in doubt, or hidden by
    /// an outage, neither opens an incident nor closes one.
    fn window(&self, successes: f64, guilt: Guilt) -> Window {
        let Settings { threshold, rule, .. } = *self.settings;
        if self.outage.is_some() || !rule.is_enough(successes + guilt.failures) {
            return Window::Unknown;
        }
        match rule.window(successes, guilt.files, threshold) {
            Window::Bad if guilt.clear * 2.0 >= guilt.failures => Window::Bad,
            Window::Good => match rule.window(successes, guilt.possible, threshold) {
                Window::Good => Window::Good,
                Window::Bad | Window::Unknown => Window::Unknown,
            },
            Window::Bad | Window::Unknown => Window::Unknown,
        }
    }
}

/// Who made most of the failures, and which share of them.
fn likeliest(shares: [f64; 3], service: f64) -> (Blame, f64) {
    let mut most = (Blame::Service, service);
    for (cause, share) in Cause::ALL.into_iter().zip(shares) {
        if share > most.1 {
            most = (cause.into(), share);
        }
    }
    most
}
