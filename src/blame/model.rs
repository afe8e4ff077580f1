//! The noisy-OR with three stages, and its estimation.
//!
//! An attempt succeeds if neither the source, nor the link, nor the destination spoils it, each with a
//! probability of its own (noisy-OR: Pearl, *Probabilistic Reasoning in Intelligent Systems*, 1988). Who
//! spoiled which failure is not seen, so shares and probabilities are estimated in turns (EM: Dempster,
//! Laird, Rubin 1977), all links together: a site that works with others is soon out of the question.
//! To tell the ends of failing pairs apart by comparing many pairs is known from the web (Padmanabhan,
//! Ramabhadran, Agarwal, Padhye, *A study of end-to-end web access failures*, 2006) and, as rules with a
//! second pass without bad counterparts, from CMS's evaluation of FTS links.
//!
//! Texts help where counterparts are few. A fault tells the same text again and again, whatever the
//! average fault says, so each suspect has a habit of its own: it starts as the table of all faults and
//! follows what the suspect's failures say. A text thus speaks for a fault that is known to talk like
//! that, and a thousand equal texts are not a thousand witnesses.
use super::matrix::{Grid, TEXTS};
use super::{Cause, Prior, Role, Settings, within};

/// Change of a share below which another round is not worth it.
const SETTLED: f64 = 2e-3;
/// Least part of the evidence about an endpoint that counts.
const LEAST_KNOWN: f64 = 0.02;

/// What was estimated.
pub(super) struct Fit {
    pub(super) sources: Vec<Suspect>,
    pub(super) destinations: Vec<Suspect>,
    /// Per link, which part of its failures each cause made, in the order of [`Cause::ALL`].
    pub(super) shares: Vec<[f64; 3]>,
}

/// An endpoint that may have spoiled attempts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suspect {
    belief: Belief,
    /// Failures of its own, by text.
    spoiled: [f64; TEXTS],
    /// Attempts that came to it and that it did not spoil.
    pub(super) passed: f64,
    /// How much is known of what one would know had each failure named its cause: 0 to 1.
    pub(super) known: f64,
}

impl Suspect {
    /// Probability that it spoils an attempt.
    pub(super) const fn mean(&self) -> f64 {
        self.belief.mean
    }

    /// Failures of its own.
    pub(super) fn spoiled(&self) -> f64 {
        self.spoiled.iter().sum()
    }
}

/// What is believed of a source, a destination or a link.
#[derive(Clone, Copy, Debug)]
struct Belief {
    /// Probability that it spoils an attempt.
    mean: f64,
    /// How likely its failures have each text.
    habit: [f64; TEXTS],
}

/// What is believed of all of a kind before anything is seen.
struct Kind {
    prior: Prior,
    /// Failures that one pretends to have read.
    read: f64,
    /// The same by text.
    texts: [f64; TEXTS],
}

impl Kind {
    fn of(cause: Cause, settings: &Settings) -> Self {
        let prior = match cause {
            Cause::Source | Cause::Destination => settings.endpoint,
            Cause::Link => settings.link,
        };
        let read = within(settings.text_weight, 1.0, 1e9);
        Self { prior, read, texts: settings.likelihood.of(cause).map(|share| share * read) }
    }

    /// What is believed after seeing which failures are its own, and how many attempts it let pass.
    fn learn(&self, spoiled: &[f64; TEXTS], passed: f64) -> Belief {
        let [source, destination, neither, unread] = *spoiled;
        let read = source + destination + neither;
        let each = 1.0 / (read + self.read);
        let mut habit: [f64; TEXTS] = std::array::from_fn(|text| (spoiled[text] + self.texts[text]) * each);
        // The lack of a text says nothing, whoever is at fault.
        habit[TEXTS - 1] = 1.0;
        Belief { mean: self.prior.mean_after(read + unread, passed), habit }
    }

    fn suspects(&self, count: usize) -> Vec<Suspect> {
        let belief = self.learn(&[0.0; TEXTS], 0.0);
        vec![Suspect { belief, spoiled: [0.0; TEXTS], passed: 0.0, known: 1.0 }; count]
    }
}

/// A link with failures.
struct Case {
    source: usize,
    destination: usize,
    good: f64,
    bad: [f64; TEXTS],
    /// Of one of the failures among all.
    weight: f64,
    link: Belief,
    shares: [f64; 3],
}

/// The state between rounds.
struct Estimation {
    /// In the order of [`Cause::ALL`].
    kinds: [Kind; 3],
    sources: Vec<Suspect>,
    destinations: Vec<Suspect>,
    /// In the order of the grid.
    cases: Vec<Case>,
    /// Attempts that went well, of each source and destination.
    good: [Vec<f64>; 2],
}

/// Estimates who spoiled what.
pub(super) fn fit(grid: &Grid, settings: &Settings) -> Fit {
    let mut estimation = Estimation::start(grid, settings);
    for _ in 0..settings.rounds.max(1) {
        if estimation.round() < SETTLED {
            break;
        }
    }
    estimation.inform();
    estimation.fit(grid)
}

/// An operation with one end: every failure is that end's.
pub(super) fn alone(grid: &Grid, role: Role, settings: &Settings) -> Fit {
    let mut estimation = Estimation::start(grid, settings);
    let Estimation { kinds, sources, destinations, cases, good } = &mut estimation;
    let (suspects, place): (_, fn(&Case) -> usize) = match role {
        Role::Source => (sources, |case| case.source),
        Role::Destination => (destinations, |case| case.destination),
    };
    let role = role as usize;
    for case in cases {
        let suspect = &mut suspects[place(case)];
        suspect.spoiled = plus(&suspect.spoiled, &case.bad);
        case.shares = [0.0; 3];
        case.shares[role] = 1.0;
    }
    for (suspect, good) in suspects.iter_mut().zip(&good[role]) {
        suspect.passed = *good;
        suspect.belief = kinds[role].learn(&suspect.spoiled, *good);
    }
    estimation.fit(grid)
}

impl Estimation {
    fn start(grid: &Grid, settings: &Settings) -> Self {
        let kinds = Cause::ALL.map(|cause| Kind::of(cause, settings));
        let link = kinds[2].learn(&[0.0; TEXTS], 0.0);
        let mut good = [vec![0.0; grid.sources.len()], vec![0.0; grid.destinations.len()]];
        let mut cases = Vec::new();
        for cell in &grid.cells {
            good[0][cell.source] += cell.good;
            good[1][cell.destination] += cell.good;
            if cell.failures > 0 {
                let (source, destination) = (cell.source, cell.destination);
                let (good, bad, weight) = (cell.good, cell.bad, 1.0 / cell.bad.iter().sum::<f64>());
                cases.push(Case { source, destination, good, bad, weight, link, shares: [0.0; 3] });
            }
        }
        let sources = kinds[0].suspects(grid.sources.len());
        let destinations = kinds[1].suspects(grid.destinations.len());
        Self { kinds, sources, destinations, cases, good }
    }

    /// Shares the failures out by what is believed (E step), then believes what the shares say (M step).
    /// Gives the largest change of a share.
    fn round(&mut self) -> f64 {
        let roles = [&mut self.sources, &mut self.destinations];
        for (suspects, good) in roles.into_iter().zip(&self.good) {
            for (suspect, good) in suspects.iter_mut().zip(good) {
                (suspect.passed, suspect.spoiled) = (*good, [0.0; TEXTS]);
            }
        }
        let mut change: f64 = 0.0;
        for case in &mut self.cases {
            let source = &mut self.sources[case.source];
            let destination = &mut self.destinations[case.destination];
            let parts = share_out(&case.bad, [&source.belief, &destination.belief, &case.link]);
            let sums = parts.map(|part| part.iter().sum::<f64>());
            source.spoiled = plus(&source.spoiled, &parts[0]);
            source.passed += sums[1] + sums[2];
            destination.spoiled = plus(&destination.spoiled, &parts[1]);
            // Nobody else has a say in the link, so it need not wait for the end of the round.
            case.link = self.kinds[2].learn(&parts[2], case.good + sums[1]);
            for (share, sum) in case.shares.iter_mut().zip(sums) {
                let part = sum * case.weight;
                change = change.max((*share - part).abs());
                *share = part;
            }
        }
        let roles = [&mut self.sources, &mut self.destinations];
        for (suspects, kind) in roles.into_iter().zip(&self.kinds) {
            for suspect in suspects {
                suspect.belief = kind.learn(&suspect.spoiled, suspect.passed);
            }
        }
        change
    }

    /// How much of the complete information the observed one is (Louis, *Finding the observed information
    /// matrix when using the EM algorithm*, 1982), endpoint by endpoint.
    fn inform(&mut self) {
        let observed = |good: &Vec<f64>, suspects: &[Suspect]| -> Vec<f64> {
            good.iter().zip(suspects).map(|(good, suspect)| good / (1.0 - suspect.mean()).powi(2)).collect()
        };
        let mut sources = observed(&self.good[0], &self.sources);
        let mut destinations = observed(&self.good[1], &self.destinations);
        for case in &self.cases {
            let source = &self.sources[case.source].belief;
            let destination = &self.destinations[case.destination].belief;
            let beliefs = [source, destination, &case.link];
            let stages = stages(beliefs);
            for (text, count) in case.bad.iter().enumerate().filter(|(_, count)| **count > 0.0) {
                let seen = seen(&stages, beliefs, text);
                let others = (seen - stages[0] * source.habit[text]) / (1.0 - source.mean);
                let slope = (source.habit[text] - others) / seen;
                sources[case.source] += count * slope.powi(2);
                let slope = stages[1] / destination.mean * destination.habit[text] / seen;
                destinations[case.destination] += count * slope.powi(2);
            }
        }
        let suspects = self.sources.iter_mut().chain(&mut self.destinations);
        for (suspect, observed) in suspects.zip(sources.into_iter().chain(destinations)) {
            let (spoiled, mean) = (suspect.spoiled(), suspect.mean());
            let complete = spoiled / mean.powi(2) + suspect.passed / (1.0 - mean).powi(2);
            suspect.known = if complete > 0.0 { within(observed / complete, LEAST_KNOWN, 1.0) } else { 1.0 };
        }
    }

    fn fit(self, grid: &Grid) -> Fit {
        let mut failing = self.cases.into_iter();
        let share = |failures: u64| match failures {
            0 => [0.0; 3],
            _ => failing.next().map_or([0.0; 3], |case| case.shares),
        };
        let shares = grid.cells.iter().map(|cell| cell.failures).map(share).collect();
        Fit { sources: self.sources, destinations: self.destinations, shares }
    }
}

fn plus(left: &[f64; TEXTS], right: &[f64; TEXTS]) -> [f64; TEXTS] {
    std::array::from_fn(|text| left[text] + right[text])
}

/// Probability that an attempt is spoiled by each cause: it must have passed the stages before. The
/// destination is asked last.
fn stages([source, destination, link]: [&Belief; 3]) -> [f64; 3] {
    let left = 1.0 - source.mean;
    [source.mean, left * (1.0 - link.mean) * destination.mean, left * link.mean]
}

/// Probability that an attempt fails with a text.
fn seen(stages: &[f64; 3], beliefs: [&Belief; 3], text: usize) -> f64 {
    let [source, destination, link] = beliefs.map(|belief| belief.habit[text]);
    stages[0] * source + stages[1] * destination + stages[2] * link
}

/// The failures of a link by cause, then by text.
fn share_out(bad: &[f64; TEXTS], beliefs: [&Belief; 3]) -> [[f64; TEXTS]; 3] {
    let stages = stages(beliefs);
    // Without a branch for texts that did not occur, this is computed several at a time.
    let parts: [f64; TEXTS] = std::array::from_fn(|text| bad[text] / seen(&stages, beliefs, text));
    std::array::from_fn(|cause| {
        std::array::from_fn(|text| parts[text] * (stages[cause] * beliefs[cause].habit[text]))
    })
}
