//! A year of shifts: what fails, what people do about it, and what they tell of it.
use crate::methods::{Memory, Method};
use crate::world::{DAYS, Dice, World};
use chrono::{DateTime, TimeDelta, Utc};
use opint::suggestions::{Event, Tick};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const SHIFTERS: usize = 30;
/// Shifts of a day.
const SHIFTS: u32 = 3;
/// Part of the outcomes that nobody tells: more of the bad ones.
const UNTOLD: [f64; 2] = [0.35, 0.2];
/// Part of those that are told wrongly.
const MISTAKEN: f64 = 0.03;

/// How good what was offered is.
#[derive(Clone, Copy, Default)]
pub struct Score {
    pub issues: u32,
    first: u32,
    three: u32,
    success: f64,
}

impl Score {
    pub fn and(self, other: Self) -> Self {
        Self {
            issues: self.issues + other.issues,
            first: self.first + other.first,
            three: self.three + other.three,
            success: self.success + other.success,
        }
    }

    /// Three cells of the table.
    pub fn cells(&self) -> String {
        let issues = f64::from(self.issues.max(1));
        let (first, three) = (f64::from(self.first) / issues, f64::from(self.three) / issues);
        format!(" {first:5.3} {three:5.3}  {:5.3}   ", self.success / issues)
    }

    fn add(&mut self, offered: &[usize], chances: &[f64]) {
        let best = chances.iter().copied().fold(0.0, f64::max);
        let is_best = |action: &usize| chances[*action] >= best;
        self.issues += 1;
        self.first += u32::from(offered.first().is_some_and(is_best));
        self.three += u32::from(offered.iter().take(3).any(is_best));
        self.success += offered.first().map_or(0.0, |action| chances[*action] / best);
    }
}

struct Year<'a> {
    world: &'a World,
    dice: Dice,
    memory: Memory,
    /// Outcomes by the hour in which they are told.
    told: BinaryHeap<Reverse<(i64, usize)>>,
    outcomes: Vec<(Event, bool)>,
    /// How often each shifter does what is offered.
    obedience: Vec<f64>,
}

/// Lives through a year with one way to offer actions.
pub fn run(world: &World, method: Method, seed: u64, quarters: &mut [Score; 4]) {
    let start = DateTime::from_timestamp(1_798_761_600, 0).unwrap_or_default();
    let mut dice = Dice::new(seed ^ 0x5EED);
    let obedience = (0..SHIFTERS).map(|_| 0.3 + 0.65 * dice.uniform()).collect();
    let memory = Memory::new(start);
    let mut year = Year { world, dice, memory, told: BinaryHeap::new(), outcomes: Vec::new(), obedience };
    for day in 0..DAYS {
        for shift in 0..SHIFTS {
            let now = start + TimeDelta::hours(i64::from(24 * day + 8 * shift));
            year.learn(now);
            let shifter = year.dice.below(SHIFTERS);
            for _ in 0..=year.dice.below(9) {
                let (category, site) = world.draw(&mut year.dice, day);
                let chances = world.chances(day, category, site);
                let offered = (method.offer)(&year.memory, world, category, site, now);
                let quarter = (day * 4 / DAYS) as usize;
                quarters[quarter].add(&offered, chances);
                year.handle(&offered, (category, site), chances, shifter, now);
            }
        }
    }
}

impl Year<'_> {
    /// Takes in what has been told by now.
    fn learn(&mut self, now: DateTime<Utc>) {
        while self.told.peek().is_some_and(|Reverse((hour, _))| *hour <= now.timestamp() / 3600) {
            let Some(Reverse((_, place))) = self.told.pop() else { return };
            let (event, worked) = self.outcomes[place];
            self.memory.known(&event, worked);
        }
    }

    /// Up to two attempts, as people make them.
    fn handle(
        &mut self,
        offered: &[usize],
        (category, site): (usize, usize),
        chances: &[f64],
        shifter: usize,
        now: DateTime<Utc>,
    ) {
        let mut tried = Vec::new();
        for attempt in 0..2 {
            let follows = self.dice.chance(self.obedience[shifter]);
            let action = match offered.get(attempt) {
                Some(action) if follows => *action,
                _ if self.dice.chance(0.7) => self.world.habit(category),
                _ => self.dice.below(chances.len()),
            };
            if tried.contains(&action) {
                return;
            }
            tried.push(action);
            let worked = self.dice.chance(chances[action]);
            self.record(action, (category, site), worked, now);
            if worked || self.dice.chance(0.5) {
                return;
            }
        }
    }

    fn record(&mut self, action: usize, (category, site): (usize, usize), worked: bool, now: DateTime<Utc>) {
        self.memory.taken(category, action);
        if self.dice.chance(UNTOLD[usize::from(worked)]) {
            return;
        }
        let told = worked != self.dice.chance(MISTAKEN);
        let truth = &self.world.categories[category];
        let event = Event {
            action: action as i64,
            category: Some(category as i64),
            kind: Some(truth.kind),
            side: truth.side,
            site: Some(site as i64),
            outcome: if told { Tick::Worked } else { Tick::Failed },
            at: now,
            weight: 1.0,
        };
        // Mostly within days, some after weeks.
        let hours = -60.0 * self.dice.uniform().max(1e-6).ln();
        self.told.push(Reverse((now.timestamp() / 3600 + hours as i64, self.outcomes.len())));
        self.outcomes.push((event, told));
    }
}
