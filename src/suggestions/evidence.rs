//! What was tried and what came of it, added up for each error at each site, each error, each kind of fault, and
//! altogether.
use super::{Tally, Tick};
use chrono::{DateTime, Utc};
use entity::vocabulary::{FaultKind, Side};
use std::collections::HashMap;

/// After so many days, evidence counts half: sites and software change.
const HALF_LIFE: f64 = 180.0;
/// Attempts shown, at most.
const TICKS: usize = 20;
const SECONDS_OF_A_DAY: f64 = 86_400.0;

/// Something that was done about an error, and what came of it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Event {
    /// What was done.
    pub action: i64,
    /// About which error, if it is classified.
    pub category: Option<i64>,
    /// The error's coarse kind.
    pub kind: Option<FaultKind>,
    /// What was at fault.
    pub side: Side,
    /// Which site was at fault.
    pub site: Option<i64>,
    /// Whether it worked.
    pub outcome: Tick,
    /// When it was done.
    pub at: DateTime<Utc>,
    /// What it counts beside a record of one's own, 0 to 1.
    pub weight: f64,
}

/// Where evidence is from, widest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Level {
    /// This error at this site.
    Site { category: i64, site: i64 },
    /// This error.
    Error(i64),
    /// Errors of this kind, with one side at fault or any.
    Kind(u8, Option<u8>),
    /// All errors.
    All,
}

impl Level {
    pub(super) fn kind(kind: FaultKind, side: Option<Side>) -> Self {
        Self::Kind(kind as u8, side.map(|side| side as u8))
    }
}

/// Outcomes of one action at one level.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sum {
    /// As people count them.
    pub(super) tally: Tally,
    /// Attempts that nobody has confirmed.
    pub(super) likely: u64,
    /// Successes, old ones counting less.
    pub(super) worked: f64,
    /// Known outcomes, old ones counting less.
    pub(super) tries: f64,
}

impl Sum {
    fn count(&mut self, outcome: Tick, weight: f64) {
        self.tally.tries += 1;
        self.tries += weight;
        if outcome == Tick::Worked {
            self.tally.worked += 1;
            self.worked += weight;
        }
    }

    fn discount(&mut self, outcome: Tick, weight: f64) {
        self.tally.tries = self.tally.tries.saturating_sub(1);
        self.tries -= weight;
        if outcome == Tick::Worked {
            self.tally.worked = self.tally.worked.saturating_sub(1);
            self.worked -= weight;
        }
        // Rounding must not leave successes without attempts.
        if self.tally.worked == 0 {
            self.worked = 0.0;
        }
        if self.tally.tries == 0 {
            self.tries = 0.0;
        }
    }
}

/// Attempts, oldest first.
type Attempts = Vec<(DateTime<Utc>, Tick)>;

/// All that was tried, ready to be asked about any error.
///
/// Old evidence fades while it lies here: sums are kept as they counted on one day, and since all of them fade
/// at the same rate, one factor turns them into what they count on another.
#[derive(Clone, Debug)]
pub struct Evidence {
    day: DateTime<Utc>,
    sums: HashMap<Level, HashMap<i64, Sum>>,
    /// By error and action.
    attempts: HashMap<(i64, i64), Attempts>,
}

impl Evidence {
    /// Nothing yet; `day` is any day near those of the events.
    #[must_use]
    pub fn new(day: DateTime<Utc>) -> Self {
        Self { day, sums: HashMap::new(), attempts: HashMap::new() }
    }

    /// Takes in what came of one attempt. The order of the calls does not matter.
    pub fn add(&mut self, event: &Event) {
        let weight = event.weight / self.fading(event.at);
        for level in levels_of(event) {
            let sum = self.sums.entry(level).or_default().entry(event.action).or_default();
            match event.outcome {
                Tick::Likely => sum.likely += 1,
                outcome => sum.count(outcome, weight),
            }
        }
        if let Some(category) = event.category {
            let attempts = self.attempts.entry((category, event.action)).or_default();
            let place = attempts.partition_point(|(at, _)| *at <= event.at);
            attempts.insert(place, (event.at, event.outcome));
        }
    }

    /// Forgets what was taken in before.
    pub fn remove(&mut self, event: &Event) {
        let weight = event.weight / self.fading(event.at);
        for level in levels_of(event) {
            let known = self.sums.get_mut(&level).and_then(|actions| actions.get_mut(&event.action));
            match (known, event.outcome) {
                (Some(sum), Tick::Likely) => sum.likely = sum.likely.saturating_sub(1),
                (Some(sum), outcome) => sum.discount(outcome, weight),
                (None, _) => {}
            }
        }
        let attempts = event.category.and_then(|category| self.attempts.get_mut(&(category, event.action)));
        if let Some(attempts) = attempts
            && let Some(place) = attempts.iter().rposition(|attempt| *attempt == (event.at, event.outcome))
        {
            attempts.remove(place);
        }
    }

    /// What is known about an action at a level, as it counts now.
    pub(super) fn sum(&self, level: Level, action: i64, now: DateTime<Utc>) -> Sum {
        let known = self.sums.get(&level).and_then(|actions| actions.get(&action)).copied();
        let mut sum = known.unwrap_or_default();
        let fading = self.fading(now);
        sum.worked *= fading;
        sum.tries *= fading;
        sum
    }

    /// Actions that helped at a level, at least once.
    pub(super) fn helpful(&self, level: Level) -> impl Iterator<Item = i64> {
        self.actions(level).filter(|(_, sum)| sum.tally.worked > 0).map(|(action, _)| *action)
    }

    /// The same, with those that seem to have helped, and nobody has confirmed it.
    pub(super) fn promising(&self, level: Level) -> impl Iterator<Item = i64> {
        self.actions(level).filter(|(_, sum)| sum.tally.worked + sum.likely > 0).map(|(action, _)| *action)
    }

    fn actions(&self, level: Level) -> impl Iterator<Item = (&i64, &Sum)> {
        self.sums.get(&level).into_iter().flatten()
    }

    /// The last attempts of an action for an error, oldest first.
    pub(super) fn ticks(&self, category: i64, action: i64) -> Vec<Tick> {
        let attempts = self.attempts(category, action);
        let last = attempts.len().saturating_sub(TICKS);
        attempts.iter().skip(last).map(|(_, tick)| *tick).collect()
    }

    /// When the last attempt with a known outcome was made.
    pub(super) fn last(&self, category: i64, action: i64) -> Option<DateTime<Utc>> {
        let known = |attempt: &&(DateTime<Utc>, Tick)| attempt.1 != Tick::Likely;
        self.attempts(category, action).iter().rev().find(known).map(|(at, _)| *at)
    }

    fn attempts(&self, category: i64, action: i64) -> &[(DateTime<Utc>, Tick)] {
        self.attempts.get(&(category, action)).map_or(&[], Vec::as_slice)
    }

    /// What something of the day of the sums counts at another time.
    fn fading(&self, at: DateTime<Utc>) -> f64 {
        let days = (at - self.day).as_seconds_f64() / SECONDS_OF_A_DAY;
        // A clock that was far off must not make one record outweigh all others, or all sums infinite.
        (-days / HALF_LIFE).clamp(-40.0, 40.0).exp2()
    }
}

fn levels_of(event: &Event) -> impl Iterator<Item = Level> {
    let site = event.category.zip(event.site).map(|(category, site)| Level::Site { category, site });
    let kinds = event.kind.map(|kind| [Level::kind(kind, Some(event.side)), Level::kind(kind, None)]);
    let error = event.category.map(Level::Error);
    site.into_iter().chain(error).chain(kinds.into_iter().flatten()).chain([Level::All])
}
