//! What works, in truth: for each error at each site, before and after half-way, from a seed, so that it is the
//! same at every run. Errors of a kind are alike, sites have habits of their own, operators know a little.
use entity::vocabulary::{FaultKind, Side};
use opint::suggestions::Offer;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use std::f64::consts::TAU;

pub const DAYS: u32 = 365;
pub const ACTIONS: usize = 8;
const CATEGORIES: usize = 60;
const SITES: usize = 12;
const KINDS: [FaultKind; 6] = [
    FaultKind::Connection,
    FaultKind::FileMissing,
    FaultKind::Permission,
    FaultKind::NoSpace,
    FaultKind::Overload,
    FaultKind::Checksum,
];

/// One number for each action.
type Row = [f64; ACTIONS];

/// An error as it is in truth.
pub struct Category {
    pub kind: FaultKind,
    pub side: Side,
    /// Day of its first failure.
    pub since: u32,
    kind_number: usize,
}

/// A year, as it is in truth.
pub struct World {
    pub categories: Vec<Category>,
    pub offers: Vec<Offer>,
    /// What shifters believe who know nothing but the kind of an error.
    pub folklore: Vec<usize>,
    /// Chance of each action by half-year, error and site.
    chances: [Vec<Vec<Row>>; 2],
    category_weights: Vec<f64>,
    site_weights: Vec<f64>,
}

impl World {
    /// How likely each action works.
    pub fn chances(&self, day: u32, category: usize, site: usize) -> &Row {
        &self.chances[usize::from(day >= DAYS / 2)][category][site]
    }

    /// What fails next, and where.
    pub fn draw(&self, dice: &mut Dice, day: u32) -> (usize, usize) {
        loop {
            let category = dice.pick(&self.category_weights);
            if self.categories[category].since <= day {
                return (category, dice.pick(&self.site_weights));
            }
        }
    }

    /// What people would do about an error of its kind.
    pub fn habit(&self, category: usize) -> usize {
        self.folklore[self.categories[category].kind_number]
    }
}

/// Chance, from a seed.
pub struct Dice(StdRng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(StdRng::seed_from_u64(seed))
    }

    pub fn uniform(&mut self) -> f64 {
        self.0.random()
    }

    pub fn chance(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    pub fn below(&mut self, end: usize) -> usize {
        self.0.random_range(0..end)
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * self.uniform().max(1e-12).ln()).sqrt();
        radius * (TAU * self.uniform()).cos()
    }

    fn row(&mut self, spread: f64) -> Row {
        std::array::from_fn(|_| spread * self.normal())
    }

    fn rows(&mut self, count: usize, spread: f64) -> Vec<Row> {
        (0..count).map(|_| self.row(spread)).collect()
    }

    fn pick(&mut self, weights: &[f64]) -> usize {
        let mut point = self.uniform() * weights.iter().sum::<f64>();
        for (place, weight) in weights.iter().enumerate() {
            point -= weight;
            if point < 0.0 {
                return place;
            }
        }
        weights.len() - 1
    }
}

/// Makes a year.
pub fn make(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let categories: Vec<Category> = (0..CATEGORIES).map(|_| category(&mut dice)).collect();
    let by_kind = dice.rows(KINDS.len(), 1.4);
    let mut by_category = dice.rows(CATEGORIES, 0.9);
    let mut by_site = dice.rows(SITES, 0.4);
    // What is left of chance for one error at one site.
    let rest: Vec<Vec<Row>> = (0..CATEGORIES).map(|_| dice.rows(SITES, 0.5)).collect();
    let offers = offers(&mut dice, &categories, &by_kind, &by_category);
    let folklore = by_kind.iter().map(|row| likely_best(&mut dice, row, 1.0)).collect();
    let mut half = || -> Vec<Vec<Row>> {
        let sum = |category: usize, site: usize| -> Row {
            std::array::from_fn(|action| {
                let of_kind = by_kind[categories[category].kind_number][action];
                let of_place = by_site[site][action] + rest[category][site][action];
                logistic(of_kind + by_category[category][action] + of_place - 1.0)
            })
        };
        let half = (0..CATEGORIES).map(|category| (0..SITES).map(|site| sum(category, site)).collect());
        let half = half.collect();
        // Software is upgraded, sites change their storage.
        for row in &mut by_category {
            if dice.chance(0.3) {
                *row = dice.row(0.9);
            }
        }
        for _ in 0..3 {
            by_site[dice.below(SITES)] = dice.row(0.4);
        }
        half
    };
    let chances = [half(), half()];
    let weights = |count: u32| (1..=count).map(|place| 1.0 / f64::from(place)).collect();
    World {
        categories,
        offers,
        folklore,
        chances,
        category_weights: weights(CATEGORIES as u32),
        site_weights: weights(SITES as u32),
    }
}

fn category(dice: &mut Dice) -> Category {
    let kind_number = dice.below(KINDS.len());
    let usual = if kind_number.is_multiple_of(2) { Side::Source } else { Side::Destination };
    let side = if dice.chance(0.8) { usual } else { Side::Unknown };
    let since = if dice.chance(0.25) { dice.below(DAYS as usize) as u32 } else { 0 };
    Category { kind: KINDS[kind_number], side, since, kind_number }
}

/// Operators suggest up to two actions for four of five errors, mostly good ones, all with the fixture's 80 %.
fn offers(dice: &mut Dice, categories: &[Category], by_kind: &[Row], by_category: &[Row]) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    for (number, category) in categories.iter().enumerate() {
        let count = if dice.chance(0.8) { 2 } else { 0 };
        let truth: Row =
            std::array::from_fn(|action| by_kind[category.kind_number][action] + by_category[number][action]);
        for position in 0..count {
            let action = likely_best(dice, &truth, 1.5) as i64;
            if offers.iter().any(|offer| (offer.category, offer.action) == (number as i64, action)) {
                continue;
            }
            offers.push(Offer {
                id: offers.len() as i64,
                category: number as i64,
                action,
                side: None,
                site: None,
                operation: None,
                prior: 0.8,
                prior_weight: 4.0,
                position,
                text: None,
            });
        }
    }
    offers
}

/// The best of a row, as somebody sees it who is sometimes wrong.
fn likely_best(dice: &mut Dice, row: &Row, error: f64) -> usize {
    let seen = row.map(|value| value + error * dice.normal());
    (0..ACTIONS).max_by(|one, other| seen[*one].total_cmp(&seen[*other])).unwrap_or_default()
}

fn logistic(value: f64) -> f64 {
    1.0 / (1.0 + (-value).exp())
}
