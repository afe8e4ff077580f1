//! Ways to offer actions.
use crate::world::{ACTIONS, World};
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use opint::suggestions::{Case, Context, Event, Evidence, Ranking, Suggestion};
use std::cmp::Reverse;
use std::collections::HashMap;

/// A way to offer actions.
#[derive(Clone, Copy)]
pub struct Method {
    pub name: &'static str,
    pub offer: fn(&Memory, &World, usize, usize, DateTime<Utc>) -> Vec<usize>,
}

pub const ALL: [Method; 5] = [
    Method { name: "OpInt: lower bound of the mean with back-off", offer: ours },
    Method { name: "the same, by the mean", offer: by_mean },
    Method { name: "success rate of the error", offer: rate },
    Method { name: "most frequent action", offer: frequent },
    Method { name: "the original's percentage", offer: percentage },
];

/// What a way to offer may know: outcomes that were given so far, and what was done.
pub struct Memory {
    evidence: Evidence,
    names: HashMap<i64, String>,
    /// By error and action: taken, known, worked.
    counts: HashMap<(usize, usize), [u32; 3]>,
}

impl Memory {
    pub fn new(start: DateTime<Utc>) -> Self {
        let names = (0..ACTIONS).map(|action| (action as i64, format!("Action {action}"))).collect();
        Self { evidence: Evidence::new(start), names, counts: HashMap::new() }
    }

    pub fn taken(&mut self, category: usize, action: usize) {
        self.counts.entry((category, action)).or_default()[0] += 1;
    }

    pub fn known(&mut self, event: &Event, worked: bool) {
        let category = event.category.unwrap_or_default() as usize;
        let counts = self.counts.entry((category, event.action as usize)).or_default();
        counts[1] += 1;
        counts[2] += u32::from(worked);
        self.evidence.add(event);
    }

    fn count(&self, category: usize, action: usize) -> [u32; 3] {
        self.counts.get(&(category, action)).copied().unwrap_or_default()
    }
}

fn suggestions(
    memory: &Memory,
    world: &World,
    category: usize,
    site: usize,
    now: DateTime<Utc>,
) -> Vec<Suggestion> {
    let truth = &world.categories[category];
    let context = Context {
        category: Some(category as i64),
        operation: Operation::Transfer,
        side: truth.side,
        site: Some(site as i64),
    };
    let (actions, sites) = (&memory.names, &HashMap::new());
    let ranking = Ranking { evidence: &memory.evidence, offers: &world.offers, actions, sites, now };
    ranking.best(&Case { context, kind: Some(truth.kind) })
}

fn ours(memory: &Memory, world: &World, category: usize, site: usize, now: DateTime<Utc>) -> Vec<usize> {
    let list = suggestions(memory, world, category, site, now);
    list.iter().map(|suggestion| suggestion.action as usize).collect()
}

fn by_mean(memory: &Memory, world: &World, category: usize, site: usize, now: DateTime<Utc>) -> Vec<usize> {
    let mut list = suggestions(memory, world, category, site, now);
    list.sort_by(|one, other| other.probability.total_cmp(&one.probability));
    list.iter().map(|suggestion| suggestion.action as usize).collect()
}

/// Suggested ones, in their order; those that nobody suggested are last.
fn position(world: &World, category: usize, action: usize) -> i32 {
    let offer = |offer: &&opint::suggestions::Offer| {
        (offer.category, offer.action) == (category as i64, action as i64)
    };
    world.offers.iter().find(offer).map_or(i32::MAX, |offer| offer.position)
}

fn rate(memory: &Memory, world: &World, category: usize, _: usize, _: DateTime<Utc>) -> Vec<usize> {
    let mut actions: Vec<usize> = (0..ACTIONS)
        .filter(|action| {
            memory.count(category, *action)[1] > 0 || position(world, category, *action) < i32::MAX
        })
        .collect();
    let rate = |action: usize| match memory.count(category, action) {
        // Untried ones come between those that mostly work and those that mostly do not.
        [_, 0, _] => 0.5,
        [_, known, worked] => f64::from(worked) / f64::from(known),
    };
    actions.sort_by(|one, other| {
        let places = || position(world, category, *one).cmp(&position(world, category, *other));
        rate(*other).total_cmp(&rate(*one)).then_with(places)
    });
    actions
}

fn frequent(memory: &Memory, world: &World, category: usize, _: usize, _: DateTime<Utc>) -> Vec<usize> {
    let mut actions: Vec<usize> = (0..ACTIONS)
        .filter(|action| {
            memory.count(category, *action)[0] > 0 || position(world, category, *action) < i32::MAX
        })
        .collect();
    actions.sort_by_key(|action| {
        (Reverse(memory.count(category, *action)[0]), position(world, category, *action))
    });
    actions
}

/// All of the fixture have 80 %, so their order is that of the list.
fn percentage(_: &Memory, world: &World, category: usize, _: usize, _: DateTime<Utc>) -> Vec<usize> {
    let mut actions: Vec<usize> =
        (0..ACTIONS).filter(|action| position(world, category, *action) < i32::MAX).collect();
    actions.sort_by_key(|action| position(world, category, *action));
    actions
}
