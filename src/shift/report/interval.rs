//! The time that a report is about: a shift of eight hours, or any other interval. All in UTC.
use chrono::{DateTime, Datelike, DurationRound, NaiveDate, NaiveTime, TimeDelta, Timelike, Utc};
use std::ops::RangeInclusive;

/// Hours of a shift.
pub(super) const HOURS: i64 = 8;
/// Hour at which the first shift of a day begins.
const FIRST: i64 = 6;
/// Years that can be asked for: outside of them, nothing happened, and the databases differ in what they store.
pub(super) const YEARS: RangeInclusive<i32> = 2000..=2100;

/// Which of the three shifts of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// 06:00 to 14:00.
    Morning,
    /// 14:00 to 22:00.
    Afternoon,
    /// 22:00 to 06:00 of the next day.
    Night,
}

impl Part {
    const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Morning, "morning", "Morning shift"),
        (Self::Afternoon, "afternoon", "Afternoon shift"),
        (Self::Night, "night", "Night shift"),
    ];

    fn words(self) -> (&'static str, &'static str) {
        let words = Self::ALL.iter().find(|(part, ..)| *part == self);
        words.map_or(("", ""), |(_, slug, title)| (slug, title))
    }
}

/// One shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shift {
    /// The day on which it begins.
    pub day: NaiveDate,
    /// Which of that day.
    pub part: Part,
}

impl Shift {
    /// The shift of a moment.
    #[must_use]
    pub fn at(moment: DateTime<Utc>) -> Self {
        let moved = moment - TimeDelta::hours(FIRST);
        let part = match moved.hour() / 8 {
            0 => Part::Morning,
            1 => Part::Afternoon,
            _ => Part::Night,
        };
        Self { day: moved.date_naive(), part }
    }

    /// The one of that name in addresses, such as `2026-11-21-morning`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        let (day, word) = name.rsplit_once('-')?;
        let part = Part::ALL.iter().find(|(_, slug, _)| *slug == word)?.0;
        let day = NaiveDate::parse_from_str(day, "%Y-%m-%d").ok()?;
        YEARS.contains(&day.year()).then_some(Self { day, part })
    }

    /// Its name in addresses.
    #[must_use]
    pub fn name(self) -> String {
        format!("{}-{}", self.day.format("%Y-%m-%d"), self.part.words().0)
    }

    /// `Morning shift`
    #[must_use]
    pub fn title(self) -> &'static str {
        self.part.words().1
    }

    /// When it begins.
    #[must_use]
    pub fn from(self) -> DateTime<Utc> {
        let place = match self.part {
            Part::Morning => 0,
            Part::Afternoon => 1,
            Part::Night => 2,
        };
        self.day.and_time(NaiveTime::MIN).and_utc() + TimeDelta::hours(FIRST + place * HOURS)
    }

    /// When it ends: the first moment of the next.
    #[must_use]
    pub fn until(self) -> DateTime<Utc> {
        self.from() + TimeDelta::hours(HOURS)
    }
}

/// From a moment until just before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Its first moment.
    pub from: DateTime<Utc>,
    /// The first moment after it.
    pub until: DateTime<Utc>,
    /// The shift that it is.
    pub shift: Option<Shift>,
}

impl From<Shift> for Interval {
    fn from(shift: Shift) -> Self {
        Self { from: shift.from(), until: shift.until(), shift: Some(shift) }
    }
}

impl Interval {
    /// Between two moments; the shift, if it is exactly one.
    #[must_use]
    pub fn between(from: DateTime<Utc>, until: DateTime<Utc>) -> Self {
        let shift = Shift::at(from);
        let shift = (shift.from() == from && shift.until() == until).then_some(shift);
        Self { from, until, shift }
    }

    /// As long, just before.
    #[must_use]
    pub fn before(self) -> Self {
        Self::between(self.from - (self.until - self.from), self.from)
    }

    /// As long, just after.
    #[must_use]
    pub fn after(self) -> Self {
        Self::between(self.until, self.until + (self.until - self.from))
    }

    /// The whole hours that it touches: counts are kept by the hour.
    #[must_use]
    pub fn hours(self) -> (DateTime<Utc>, DateTime<Utc>) {
        let hour = TimeDelta::hours(1);
        let start = |at: DateTime<Utc>| at.duration_trunc(hour).unwrap_or(at);
        let until = start(self.until);
        (start(self.from), if until < self.until { until + hour } else { until })
    }

    /// Its part of an address.
    #[must_use]
    pub fn query(self) -> String {
        match self.shift {
            Some(shift) => format!("shift={}", shift.name()),
            None => format!("from={}&to={}", input(self.from), input(self.until)),
        }
    }

    /// `Sat 21 Nov 2026, 06:00–14:00 UTC`
    #[must_use]
    pub fn times(self) -> String {
        if self.from.date_naive() == self.until.date_naive() {
            format!("{}–{} UTC", self.from.format("%a %-d %b %Y, %H:%M"), self.until.format("%H:%M"))
        } else {
            let format = "%a %-d %b %Y, %H:%M";
            format!("{} – {} UTC", self.from.format(format), self.until.format(format))
        }
    }

    /// What it is called: the shift, or nothing but its times.
    #[must_use]
    pub fn title(self) -> String {
        match self.shift {
            Some(shift) => format!("{}, {}", shift.title(), self.times()),
            None => self.times(),
        }
    }
}

/// A moment as a browser's input takes it, and as filters of lists do.
#[must_use]
pub fn input(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::parse_moment;

    fn at(text: &str) -> DateTime<Utc> {
        parse_moment(text).expect("a time")
    }

    #[test]
    fn every_moment_belongs_to_one_shift() {
        for (moment, name, from, until) in [
            ("2026-11-21T06:00", "2026-11-21-morning", "2026-11-21T06:00", "2026-11-21T14:00"),
            ("2026-11-21T13:59", "2026-11-21-morning", "2026-11-21T06:00", "2026-11-21T14:00"),
            ("2026-11-21T14:00", "2026-11-21-afternoon", "2026-11-21T14:00", "2026-11-21T22:00"),
            ("2026-11-21T22:00", "2026-11-21-night", "2026-11-21T22:00", "2026-11-22T06:00"),
            ("2026-11-22T05:59", "2026-11-21-night", "2026-11-21T22:00", "2026-11-22T06:00"),
        ] {
            let shift = Shift::at(at(moment));
            assert_eq!(shift.name(), name);
            assert_eq!((shift.from(), shift.until()), (at(from), at(until)));
            assert_eq!(Shift::named(name), Some(shift));
        }
    }

    #[test]
    fn shifts_follow_one_another() {
        let night = Interval::from(Shift::named("2026-12-31-night").expect("a shift"));
        assert_eq!(night.after().query(), "shift=2027-01-01-morning");
        assert_eq!(night.before().query(), "shift=2026-12-31-afternoon");
        assert_eq!(night.title(), "Night shift, Thu 31 Dec 2026, 22:00 – Fri 1 Jan 2027, 06:00 UTC");
    }

    #[test]
    fn counts_are_of_whole_hours() {
        let odd = Interval::between(at("2026-11-21T06:10"), at("2026-11-21T07:20"));
        assert_eq!(odd.hours(), (at("2026-11-21T06:00"), at("2026-11-21T08:00")));
        let even = Interval::between(at("2026-11-21T06:00"), at("2026-11-21T08:00"));
        assert_eq!(even.hours(), (even.from, even.until));
    }
}
