//! Points in time that move along: `-24h`, `+7d`, `today`, `today-7d`, `month`, `year`. A saved view that says
//! so means the last day tomorrow as well as today.
use chrono::{DateTime, Datelike, Duration, NaiveDate, NaiveTime, Utc};

/// Names of beginnings; an amount of time may follow.
const BASES: [&str; 4] = ["now", "today", "month", "year"];
/// Most of a unit that can be named: more is a date.
const MOST: i64 = 9_999;

/// What a text means at that time; `None` if it names no moving point.
#[must_use]
pub fn moment(text: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let (base, rest) = split(text)?;
    let day = now.date_naive();
    let start = |day: Option<NaiveDate>| day.map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let from = match base {
        "today" => start(Some(day)),
        "month" => start(day.with_day(1)),
        "year" => start(day.with_ordinal(1)),
        _ => Some(now),
    }?;
    if rest.is_empty() {
        return Some(from);
    }
    let (earlier, number, unit) = amount(rest)?;
    let span = match unit {
        'm' => Duration::minutes(number),
        'h' => Duration::hours(number),
        _ => Duration::days(number),
    };
    if earlier { from.checked_sub_signed(span) } else { from.checked_add_signed(span) }
}

/// The same in words: "24 hours ago", "7 days before today"; `None` if it names no moving point.
#[must_use]
pub fn in_words(text: &str) -> Option<String> {
    let (base, rest) = split(text)?;
    let base = match base {
        "month" => "this month",
        "year" => "this year",
        other => other,
    };
    if rest.is_empty() {
        return Some(base.to_owned());
    }
    let (earlier, number, unit) = amount(rest)?;
    let unit = match unit {
        'm' => "minute",
        'h' => "hour",
        _ => "day",
    };
    let long = format!("{number} {unit}{}", if number == 1 { "" } else { "s" });
    Some(match (base, earlier) {
        ("now", true) => format!("{long} ago"),
        ("now", false) => format!("in {long}"),
        (_, true) => format!("{long} before {base}"),
        (_, false) => format!("{long} after {base}"),
    })
}

/// The beginning and what follows it; a bare amount counts from now.
fn split(text: &str) -> Option<(&str, &str)> {
    let found = BASES.iter().find_map(|base| text.strip_prefix(base).map(|rest| (*base, rest)));
    let (base, rest) = found.unwrap_or(("now", text));
    let readable = if rest.is_empty() { !text.is_empty() } else { amount(rest).is_some() };
    readable.then_some((base, rest))
}

/// `-24h`: backwards, how many, of what.
fn amount(text: &str) -> Option<(bool, i64, char)> {
    let (earlier, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+')?),
    };
    let unit = rest.chars().last().filter(|unit| matches!(unit, 'm' | 'h' | 'd'))?;
    let digits = rest.strip_suffix(unit)?;
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse::<i64>().ok())??;
    (number <= MOST).then_some((earlier, number, unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moving_points_are_read_and_said() {
        let now = "2026-11-21T09:30:00Z".parse().unwrap();
        for (text, at, words) in [
            ("-24h", "2026-11-20T09:30:00Z", "24 hours ago"),
            ("+7d", "2026-11-28T09:30:00Z", "in 7 days"),
            ("-1m", "2026-11-21T09:29:00Z", "1 minute ago"),
            ("now", "2026-11-21T09:30:00Z", "now"),
            ("today", "2026-11-21T00:00:00Z", "today"),
            ("today-7d", "2026-11-14T00:00:00Z", "7 days before today"),
            ("month", "2026-11-01T00:00:00Z", "this month"),
            ("year", "2026-01-01T00:00:00Z", "this year"),
        ] {
            assert_eq!(moment(text, now), Some(at.parse().unwrap()), "{text}");
            assert_eq!(in_words(text).as_deref(), Some(words), "{text}");
        }
        for text in
            ["", "-", "24h", "-h", "-24w", "-99999d", "tomorrow", "2026-11-21", "-1é", "today7d", "--1d"]
        {
            assert_eq!((moment(text, now), in_words(text)), (None, None), "{text}");
        }
    }
}
