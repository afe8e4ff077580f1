//! The hours that the pages of a shift look at.
use super::numbers::per_hour;
use super::situation::CHART_HOURS;
use super::times;
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use entity::vocabulary::Operation;

/// An hour that has lasted so many minutes says enough by itself.
const ENOUGH: i64 = 30;

/// From one start of an hour to another: the last hours that were counted. While the last of them has hardly begun, one
/// more before it, so that a board does not empty at every full hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Its start.
    pub from: DateTime<Utc>,
    /// Its end, not included: the end of the last hour that was counted.
    pub until: DateTime<Utc>,
    /// Hours that were asked for.
    pub hours: i64,
    /// Minutes that rates are taken over: what has passed of it, and never less than was asked for.
    minutes: i64,
}

impl Window {
    /// The last hours that were counted, at whichever site; this hour if none was.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(app: &App, operation: Operation, hours: i64) -> Result<Self> {
        let (now, hour) = (app.now(), TimeDelta::hours(1));
        let last = crate::incidents::last_hour(app, operation).await?;
        Ok(Self::ending(last.unwrap_or(now.duration_trunc(hour).unwrap_or(now)) + hour, now, hours))
    }

    pub(super) fn ending(until: DateTime<Utc>, now: DateTime<Utc>, hours: i64) -> Self {
        let begun = 60 - (until - now).num_minutes().max(0);
        // Charts of a day have no place for one hour more, which would not change its numbers much.
        let more = i64::from(begun < ENOUGH && hours < CHART_HOURS);
        let from = until - TimeDelta::hours(hours + more);
        let minutes = (until.min(now) - from).num_minutes().max(hours * 60);
        Self { from, until, hours, minutes }
    }

    /// Hours that are read: those asked for, or one more.
    #[must_use]
    pub fn whole_hours(self) -> i64 {
        (self.until - self.from).num_hours()
    }

    /// A count of the window as a rate.
    #[must_use]
    pub fn per_hour(self, count: i64) -> i64 {
        per_hour(count, self.minutes)
    }

    /// The least count that makes such a rate.
    #[must_use]
    pub fn count_of(self, rate: i64) -> i64 {
        rate.saturating_mul(self.minutes) / 60
    }

    /// A count over the same whole hours of another day, brought to the part of this window that has passed.
    #[must_use]
    pub fn of_other_day(self, count: i64) -> i64 {
        if self.is_longer() { count.saturating_mul(self.minutes) / (self.whole_hours() * 60) } else { count }
    }

    /// `last hour to 09:32 UTC`, `08:00 to 09:04 UTC`: which hours are counted.
    #[must_use]
    pub fn period(self, now: DateTime<Utc>) -> String {
        let end = times::short(self.until.min(now.max(self.from)), now);
        match self.hours {
            _ if self.is_longer() => format!("{} to {end} UTC", times::short(self.from, now)),
            1 => format!("last hour to {end} UTC"),
            hours => format!("last {hours} hours to {end} UTC"),
        }
    }

    /// `in the last hour`, `since 08:00`.
    #[must_use]
    pub fn words(self) -> String {
        match self.hours {
            _ if self.is_longer() => format!("since {}", self.from.format("%H:%M")),
            1 => "in the last hour".into(),
            hours => format!("in the last {hours} hours"),
        }
    }

    fn is_longer(self) -> bool {
        self.whole_hours() > self.hours
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        format!("2026-11-21T{text}:00Z").parse().expect("a time")
    }

    #[test]
    fn an_hour_that_has_just_begun_has_the_one_before_with_it() {
        let window = Window::ending(at("10:00"), at("09:06"), 1);
        assert_eq!((window.from, window.until, window.whole_hours()), (at("08:00"), at("10:00"), 2));
        assert_eq!((window.per_hour(132), window.count_of(10), window.of_other_day(200)), (120, 11, 110));
        assert_eq!(window.period(at("09:06")), "08:00 to 09:06 UTC");
        assert_eq!(window.words(), "since 08:00");
        let window = Window::ending(at("10:00"), at("09:00"), 4);
        assert_eq!((window.from, window.per_hour(8), window.of_other_day(10)), (at("05:00"), 2, 8));
    }

    #[test]
    fn a_window_is_as_long_as_was_asked_otherwise() {
        for (until, now, hours) in
            [("10:00", "09:30", 1), ("10:00", "10:00", 1), ("08:00", "09:06", 4), ("10:00", "09:06", 24)]
        {
            let window = Window::ending(at(until), at(now), hours);
            assert_eq!(window.whole_hours(), hours, "{until} {now}");
            assert_eq!((window.per_hour(240), window.of_other_day(7)), (per_hour(240, hours * 60), 7));
        }
        assert_eq!(Window::ending(at("10:00"), at("09:32"), 1).period(at("09:32")), "last hour to 09:32 UTC");
        let old = Window::ending(at("08:00"), at("09:32"), 4);
        assert_eq!(
            (old.period(at("09:32")), old.words()),
            ("last 4 hours to 08:00 UTC".into(), "in the last 4 hours".into())
        );
    }
}
