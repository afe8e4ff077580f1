//! Attempts of one site by the hour, in each role, against what is usual.
use super::asked::Asked;
use crate::admin::thousands;
use crate::error::Result;
use crate::shift::numbers::{against_usual, efficiency, heat, median, percent};
use crate::shift::spark::Spark;
use crate::shift::window::Window;
use chrono::TimeDelta;
use entity::site_hour::{Column, Entity, Role};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};

/// What is usual is taken from so many days, and the trend shows as many.
const DAYS: usize = 7;
/// Hours of a day.
const DAY: usize = 24;
/// Hours read: the usual of the longest window begins a day before the days.
const HOURS: usize = (DAYS + 1) * DAY;

/// Attempts that ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) done: i64,
    pub(super) failed: i64,
}

impl Ended {
    pub(super) fn attempts(self) -> i64 {
        self.done.saturating_add(self.failed)
    }

    /// Attempts, as people read them.
    pub(super) fn tried(self) -> String {
        thousands(self.attempts())
    }

    /// Failures, as people read them.
    pub(super) fn failures(self) -> String {
        thousands(self.failed)
    }

    pub(super) fn heat(self) -> &'static str {
        heat(self.done, self.failed)
    }

    /// `76.0 %`, or that there is nothing to divide.
    pub(super) fn efficiency(self) -> String {
        efficiency(self.done, self.failed).map_or_else(|| "no attempts".into(), percent)
    }

    pub(super) fn plus(self, more: Self) -> Self {
        Self { done: self.done.saturating_add(more.done), failed: self.failed.saturating_add(more.failed) }
    }
}

/// What a site did in one role.
pub(super) struct RoleCounts {
    pub(super) role: Role,
    /// In the window.
    pub(super) now: Ended,
    window: Window,
    /// By age, the last hour first.
    ages: Vec<Ended>,
}

impl RoleCounts {
    pub(super) fn title(&self) -> &'static str {
        title(self.role)
    }

    /// Failures an hour in the window.
    pub(super) fn rate(&self) -> i64 {
        self.window.per_hour(self.now.failed)
    }

    /// Failures an hour in the same hours of the days before.
    pub(super) fn usual(&self) -> i64 {
        let length = usize::try_from(self.window.whole_hours()).unwrap_or(1);
        let before = (1..=DAYS).map(|day| sum(self.ages.iter().skip(day * DAY).take(length)).failed);
        self.window.per_hour(self.window.of_other_day(median(before.collect())))
    }

    pub(super) fn against(&self) -> String {
        against_usual(self.rate(), self.usual())
    }

    /// Failures of the last day.
    pub(super) fn spark(&self) -> Spark {
        Spark::against(&self.failures(DAY), self.usual())
    }

    /// Failures of the last week.
    pub(super) fn trend(&self) -> Spark {
        Spark::against(&self.failures(DAYS * DAY), self.usual())
    }

    /// Most failures in one hour of the last week.
    pub(super) fn peak(&self) -> String {
        thousands(self.failures(DAYS * DAY).into_iter().max().unwrap_or_default())
    }

    fn failures(&self, hours: usize) -> Vec<i64> {
        self.ages.iter().take(hours).rev().map(|ended| ended.failed).collect()
    }
}

/// One day of the trend, in each role.
pub(super) struct Day {
    pub(super) day: String,
    pub(super) roles: Vec<Ended>,
}

/// `source` or `destination`.
pub(super) fn title(role: Role) -> &'static str {
    match role {
        Role::Source => "source",
        Role::Destination => "destination",
    }
}

fn sum<'a>(hours: impl Iterator<Item = &'a Ended>) -> Ended {
    hours.fold(Ended::default(), |sum, hour| sum.plus(*hour))
}

/// What a site did in all its roles: a few hundred rows, next to each other in the primary key.
pub(super) async fn read(
    db: &DatabaseConnection,
    asked: &Asked,
    site: i64,
    window: Window,
) -> Result<Vec<RoleCounts>> {
    let from = window.until - TimeDelta::hours(i64::try_from(HOURS).unwrap_or_default());
    let rows: Vec<(Role, chrono::DateTime<chrono::Utc>, i64, i64)> = Entity::find()
        .select_only()
        .columns([Column::Role, Column::Hour, Column::Done, Column::Failed])
        .filter(Column::Operation.eq(asked.operation))
        .filter(Column::SiteId.eq(site))
        .filter(Column::Role.is_in(asked.roles().iter().map(ActiveEnum::to_value)))
        .filter(Column::Hour.gte(from))
        .filter(Column::Hour.lt(window.until))
        .into_tuple()
        .all(db)
        .await?;
    let counts = asked.roles().iter().map(|role| {
        let mut ages = vec![Ended::default(); HOURS];
        for (_, hour, done, failed) in rows.iter().filter(|row| row.0 == *role) {
            let age = usize::try_from((window.until - *hour).num_hours() - 1).ok();
            if let Some(ended) = age.and_then(|age| ages.get_mut(age)) {
                *ended = ended.plus(Ended { done: *done, failed: *failed });
            }
        }
        let length = usize::try_from(window.whole_hours()).unwrap_or(1);
        RoleCounts { role: *role, now: sum(ages.iter().take(length)), window, ages }
    });
    Ok(counts.collect())
}

/// The last week by the day, the last one first.
pub(super) fn days(roles: &[RoleCounts], window: Window) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for age in 0..DAYS * DAY {
        let hour = window.until - TimeDelta::hours(i64::try_from(age).unwrap_or_default() + 1);
        let day = hour.format("%-d %b").to_string();
        if days.last().is_none_or(|last| last.day != day) {
            days.push(Day { day, roles: vec![Ended::default(); roles.len()] });
        }
        let Some(last) = days.last_mut() else { continue };
        for (sum, role) in last.roles.iter_mut().zip(roles) {
            *sum = sum.plus(role.ages.get(age).copied().unwrap_or_default());
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(hours: i64, failed: impl Fn(usize) -> i64) -> RoleCounts {
        let until = "2026-11-21T10:00:00Z".parse().unwrap();
        let ages: Vec<Ended> = (0..HOURS).map(|age| Ended { done: 1, failed: failed(age) }).collect();
        let now = sum(ages.iter().take(usize::try_from(hours).unwrap()));
        RoleCounts { role: Role::Source, now, window: Window::ending(until, until, hours), ages }
    }

    #[test]
    fn the_usual_is_the_median_of_the_same_hours() {
        // 100 in this hour, ten at this time of each day before, nothing else.
        let one = counts(1, |age| if age == 0 { 100 } else { i64::from(age % DAY == 0) * 10 });
        assert_eq!((one.rate(), one.usual(), one.peak().as_str()), (100, 10, "100"));
        assert_eq!(one.against(), "10\u{202f}×\u{202f}usual");
        let whole_day = counts(24, |age| if age < DAY { 48 } else { 24 });
        assert_eq!((whole_day.rate(), whole_day.usual()), (48, 24));
        assert_eq!(one.spark().width, DAY);
        assert_eq!(one.trend().bars.len(), DAYS);
    }
}
