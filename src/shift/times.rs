//! Times as people read them: the clock today, the date otherwise, ages in one unit. All in UTC.
use chrono::{DateTime, Datelike, TimeDelta, Utc};

/// `09:32` today, `26 Nov 09:32` this year, `26 Nov 2019 09:32` before.
#[must_use]
pub fn short(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at.date_naive() == now.date_naive() {
        at.format("%H:%M").to_string()
    } else if at.year() == now.year() {
        at.format("%-d %b %H:%M").to_string()
    } else {
        at.format("%-d %b %Y %H:%M").to_string()
    }
}

/// A length of time in its largest unit: `2 min`, `3 h`, `5 days`.
#[must_use]
pub fn length(time: TimeDelta) -> String {
    match (time.num_minutes(), time.num_hours(), time.num_days()) {
        (..1, _, _) => "less than a minute".into(),
        (minutes @ ..120, _, _) => format!("{minutes} min"),
        (_, hours @ ..48, _) => format!("{hours} h"),
        (_, _, days) => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_say_no_more_than_is_needed() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a time");
        let now = at("2026-11-21T09:30:00Z");
        assert_eq!(short(at("2026-11-21T00:05:00Z"), now), "00:05");
        assert_eq!(short(at("2026-11-20T23:59:00Z"), now), "20 Nov 23:59");
        assert_eq!(short(at("2019-02-03T04:05:00Z"), now), "3 Feb 2019 04:05");
        assert_eq!(length(TimeDelta::seconds(20)), "less than a minute");
        assert_eq!(length(TimeDelta::minutes(90)), "90 min");
        assert_eq!(length(TimeDelta::hours(26)), "26 h");
        assert_eq!(length(TimeDelta::hours(72)), "3 days");
    }
}
