//! Worlds to be judged: sites, links and faults by chance, from a seed, so that they are the same at
//! every run. Some keep the rules of the model, some break them as reality does.
use opint::blame::{Link, Matrix};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::f64::consts::TAU;

/// How often texts name source, destination or neither, when source, destination or link is at fault.
pub type Table = [[f64; 3]; 3];

/// Near the model's own table, but not it.
pub const USUAL: Table = [[0.40, 0.10, 0.50], [0.10, 0.30, 0.60], [0.10, 0.20, 0.70]];
/// Texts nearly always name whose fault it is.
pub const PLAIN: Table = [[0.80, 0.03, 0.17], [0.03, 0.75, 0.22], [0.10, 0.10, 0.80]];
/// Texts nearly never name anybody.
pub const MUTE: Table = [[0.08, 0.05, 0.87], [0.05, 0.08, 0.87], [0.05, 0.05, 0.90]];
/// The destination copies and reports, and names itself whoever is at fault.
pub const BIASED: Table = [[0.20, 0.30, 0.50], [0.10, 0.40, 0.50], [0.10, 0.30, 0.60]];

/// What a world is like.
#[derive(Clone, Copy)]
pub struct Conditions {
    pub name: &'static str,
    pub sites: usize,
    /// Part of the pairs that are used.
    pub active: f64,
    /// Attempts in the window, about.
    pub attempts: f64,
    pub texts: Table,
    /// How much a fault keeps to the table; the less, the more it repeats one text. None: wholly.
    pub habit: Option<f64>,
    /// Whether reality breaks the rules of the model.
    pub messy: bool,
    /// Part of the links whose source is not known.
    pub unknown: f64,
    /// Part of all attempts that the service spoils.
    pub outage: f64,
    /// Success rate below which something is failing.
    pub threshold: f64,
}

impl Conditions {
    pub const DENSE: Self = Self {
        name: "dense",
        sites: 40,
        active: 0.35,
        attempts: 60_000.0,
        texts: USUAL,
        habit: None,
        messy: false,
        unknown: 0.0,
        outage: 0.0,
        threshold: 0.2,
    };
    pub const SPARSE: Self = Self { name: "sparse", active: 0.1, attempts: 4000.0, ..Self::DENSE };
}

/// A window of transfers, and what really happened.
pub struct World {
    pub matrix: Matrix,
    /// For each link of the matrix, which part of its failures each of source, destination and link made;
    /// what may be said to have made them counts in full for each of the suspects.
    pub causes: Vec<[f64; 3]>,
    /// The same for the service.
    pub service: Vec<f64>,
    /// What each site really spoiled, as source and as destination.
    pub spoiled: [Vec<Spoiled>; 2],
}

/// Attempts that came to an endpoint, and those that it spoiled.
#[derive(Clone, Copy, Default)]
pub struct Spoiled {
    pub attempts: f64,
    pub failures: f64,
    /// Whether it has a fault, beside the failures that everybody has.
    pub faulty: bool,
}

/// One end or link, as it is in truth.
#[derive(Clone, Copy)]
struct Nature {
    /// Probability that it spoils an attempt.
    spoils: f64,
    faulty: bool,
    /// When in the window the fault starts.
    since: f64,
    /// What its texts name.
    texts: [f64; 3],
}

/// Spoils so many attempts while it is healthy, or for a counterpart that its fault does not touch.
const HEALTHY: f64 = 0.02;

struct Maker<'a> {
    random: StdRng,
    conditions: &'a Conditions,
}

/// Makes one world.
pub fn make(conditions: &Conditions, seed: u64) -> World {
    let mut maker = Maker { random: StdRng::seed_from_u64(seed), conditions };
    let sizes: Vec<f64> = (0..conditions.sites).map(|_| maker.normal().exp()).collect();
    let ends = [maker.ends(0), maker.ends(1)];
    let mut pairs = Vec::new();
    for source in 0..conditions.sites {
        for destination in 0..conditions.sites {
            if maker.chance(conditions.active) {
                let spread = if conditions.messy { 1.0 } else { 0.5 } * maker.normal();
                pairs.push((source, destination, sizes[source] * sizes[destination] * spread.exp()));
            }
        }
    }
    let all: f64 = pairs.iter().map(|(_, _, weight)| weight).sum();
    let mut world = World {
        matrix: Matrix::default(),
        causes: Vec::new(),
        service: Vec::new(),
        spoiled: [0, 1].map(|role| {
            let nature: &Vec<Nature> = &ends[role];
            nature.iter().map(|end| Spoiled { faulty: end.faulty, ..Spoiled::default() }).collect()
        }),
    };
    let faulty = maker.some(2, pairs.len());
    let stuck = if conditions.messy { maker.some(6, pairs.len()) } else { Vec::new() };
    for (place, (source, destination, weight)) in pairs.iter().enumerate() {
        let mean = weight / all * conditions.attempts;
        let attempts = (mean + mean.sqrt() * maker.normal()).round().max(0.0) as u64;
        let mut link = maker.nature(2, 0.003);
        if faulty.contains(&place) {
            (link.spoils, link.faulty) = (maker.severity(), true);
        }
        let natures = [ends[0][*source], ends[1][*destination], link];
        let mut traffic = Traffic::new(*source, *destination);
        maker.traffic(&mut traffic, natures, attempts, &mut world.spoiled);
        if stuck.contains(&place) {
            maker.stuck_data(&mut traffic);
        }
        if maker.chance(conditions.unknown) {
            traffic.link.source = None;
        }
        if traffic.link.attempts > 0 {
            traffic.write(conditions, &mut world);
        }
    }
    world
}

/// What happens on one link.
struct Traffic {
    source: usize,
    destination: usize,
    link: Link,
    files: u64,
    causes: [f64; 3],
    service: f64,
}

impl Traffic {
    fn new(source: usize, destination: usize) -> Self {
        let link =
            Link { source: Some(source as i64), destination: Some(destination as i64), ..Link::default() };
        Self { source, destination, link, files: 0, causes: [0.0; 3], service: 0.0 }
    }

    fn fail(&mut self, times: u64, text: Option<usize>) {
        self.link.attempts += times;
        self.link.failures += times;
        self.files += 1;
        match text {
            Some(0) => self.link.said.source += times,
            Some(1) => self.link.said.destination += times,
            Some(_) => self.link.said.neither += times,
            None => {}
        }
    }

    fn write(mut self, conditions: &Conditions, world: &mut World) {
        let failures = self.link.failures.max(1) as f64;
        if conditions.messy {
            self.link.failed_files = Some(self.files);
        }
        world.matrix.links.push(self.link);
        world.causes.push(self.causes.map(|count| count / failures));
        world.service.push(self.service / failures);
    }
}

impl Maker<'_> {
    fn uniform(&mut self) -> f64 {
        self.random.random()
    }

    fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    fn between(&mut self, low: f64, high: f64) -> f64 {
        low + (high - low) * self.uniform()
    }

    fn below(&mut self, end: usize) -> usize {
        self.random.random_range(0..end.max(1))
    }

    /// None to `most` places, by chance.
    fn some(&mut self, most: usize, end: usize) -> Vec<usize> {
        let count = self.below(most + 1);
        (0..count).map(|_| self.below(end)).collect()
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().max(1e-12).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    /// Gamma by the method of Marsaglia and Tsang.
    fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            let power = self.uniform().max(1e-300).powf(1.0 / shape);
            return self.gamma(shape + 1.0) * power;
        }
        let centre = shape - 1.0 / 3.0;
        let width = 1.0 / (9.0 * centre).sqrt();
        loop {
            let normal = self.normal();
            let cube = (1.0 + width * normal).powi(3);
            let bound = 0.5 * normal * normal + centre - centre * cube;
            if cube > 0.0 && self.uniform().max(1e-300).ln() < bound + centre * cube.ln() {
                return centre * cube;
            }
        }
    }

    fn severity(&mut self) -> f64 {
        if self.conditions.messy && self.chance(0.4) {
            self.between(0.3, 0.8)
        } else {
            self.between(0.5, 1.0)
        }
    }

    /// A healthy one, with texts of its own.
    fn nature(&mut self, cause: usize, usual: f64) -> Nature {
        let spoils = (-self.uniform().max(1e-12).ln() * usual).min(0.2);
        let row = self.conditions.texts[cause];
        let texts = self.conditions.habit.map_or(row, |strength| {
            let parts = row.map(|share| self.gamma((share * strength).max(0.01)));
            let sum: f64 = parts.iter().sum::<f64>().max(1e-300);
            parts.map(|part| part / sum)
        });
        Nature { spoils, faulty: false, since: 0.0, texts }
    }

    fn ends(&mut self, role: usize) -> Vec<Nature> {
        let mut ends: Vec<Nature> = (0..self.conditions.sites).map(|_| self.nature(role, 0.017)).collect();
        for site in self.some(3, self.conditions.sites) {
            let since = if self.conditions.messy { self.between(0.0, 0.6) } else { 0.0 };
            ends[site] = Nature { spoils: self.severity(), faulty: true, since, ..ends[site] };
        }
        ends
    }

    /// A fault of an endpoint as one of its counterparts feels it: in a messy world, half of them feel it
    /// less or not at all.
    fn felt(&mut self, mut end: Nature) -> Nature {
        if self.conditions.messy && end.faulty && self.chance(0.5) {
            end.spoils = if self.chance(0.5) { HEALTHY } else { end.spoils * self.between(0.3, 1.0) };
        }
        end
    }

    fn traffic(
        &mut self,
        traffic: &mut Traffic,
        [source, destination, link]: [Nature; 3],
        attempts: u64,
        spoiled: &mut [Vec<Spoiled>; 2],
    ) {
        let natures = [self.felt(source), self.felt(destination), link];
        // In a messy world, each link has its own busy time.
        let (start, length) =
            if self.conditions.messy { (self.uniform(), self.between(0.1, 1.0)) } else { (0.0, 1.0) };
        for attempt in 0..attempts {
            let now = (start + length * attempt as f64 / attempts as f64).fract();
            if self.chance(self.conditions.outage) {
                traffic.service += 1.0;
                traffic.fail(1, Some(2));
                continue;
            }
            let Some(culprit) = self.culprit(traffic, &natures, now, spoiled) else {
                traffic.link.attempts += 1;
                continue;
            };
            let mut times = 1;
            while self.conditions.messy && times < 30 && self.chance(0.5) {
                times += 1;
            }
            traffic.causes[culprit] += times as f64;
            let text = self.text(natures[culprit].texts);
            // Not all texts are read.
            let read = !self.conditions.messy || self.chance(0.8);
            traffic.fail(times, read.then_some(text));
        }
    }

    /// Who spoils an attempt: the source comes first, the destination last.
    fn culprit(
        &mut self,
        traffic: &Traffic,
        natures: &[Nature; 3],
        now: f64,
        spoiled: &mut [Vec<Spoiled>; 2],
    ) -> Option<usize> {
        for stage in [0, 2, 1] {
            let nature = &natures[stage];
            let spoils = if nature.faulty && now < nature.since { HEALTHY } else { nature.spoils };
            let fails = self.chance(spoils);
            if let Some(role) = spoiled.get_mut(stage) {
                let end = &mut role[[traffic.source, traffic.destination][stage]];
                end.attempts += 1.0;
                end.failures += f64::from(u8::from(fails));
            }
            if fails {
                return Some(stage);
            }
        }
        None
    }

    fn text(&mut self, shares: [f64; 3]) -> usize {
        let point = self.uniform();
        if point < shares[0] {
            0
        } else if point < shares[0] + shares[1] {
            1
        } else {
            2
        }
    }

    /// A few files that fail again and again: the link's fault, or that of the side that the text names.
    fn stuck_data(&mut self, traffic: &mut Traffic) {
        let text = self.text([0.6, 0.05, 0.35]);
        let times = 5 + self.below(35) as u64;
        for _ in 0..3 + self.below(27) {
            traffic.fail(times, Some(text));
            traffic.causes[2] += times as f64;
            if text < 2 {
                traffic.causes[text] += times as f64;
            }
        }
    }
}
