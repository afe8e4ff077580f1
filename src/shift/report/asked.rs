//! What an address asks a report for: what makes no sense is dropped and said.
use super::interval::{HOURS, Interval, Shift, YEARS};
use crate::admin::{parse_moment, shorten};
use chrono::{DateTime, Datelike, DurationRound, TimeDelta, Utc};

/// Longest interval, in days.
const LONGEST: i64 = 31;
/// Complaints told at most.
const TOLD: usize = 5;

/// What an address asks for.
#[derive(Debug, PartialEq, Eq)]
pub struct Asked {
    /// The time.
    pub interval: Interval,
    /// Name of a site, as it was given.
    pub site: Option<String>,
    /// Whether as Markdown.
    pub markdown: bool,
    /// What was dropped or changed, and why.
    pub notes: Vec<String>,
}

/// Reads an address: what makes no sense is dropped and said, and the shift that ended last stands in.
#[must_use]
pub fn parse(query: &str, now: DateTime<Utc>) -> Asked {
    let mut notes = Vec::new();
    let [mut shift, mut from, mut to, mut site, mut format] = [const { String::new() }; 5];
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let value = value.trim().to_owned();
        match &*name {
            "shift" => shift = value,
            "from" => from = value,
            "to" => to = value,
            "site" => site = value,
            "format" => format = value,
            other => notes.push(format!("“{}” means nothing to a report; it was ignored.", brief(other))),
        }
    }
    if !matches!(&*format, "" | "md" | "html") {
        notes.push(format!("There is no report as “{}”; this is the page.", brief(&format)));
    }
    let asked = between(&from, &to, &mut notes);
    let named = Shift::named(&shift);
    if !shift.is_empty() && named.is_none() {
        notes.push(format!(
            "“{}” is no shift. Shifts are called such as 2026-11-21-morning, -afternoon or -night.",
            brief(&shift)
        ));
    }
    if named.is_some() && asked.is_some() {
        notes.push("Both a shift and an interval were asked for; this is the shift.".into());
    }
    notes.truncate(TOLD);
    let running = || Interval::from(Shift::at(now));
    Asked {
        interval: named.map(Interval::from).or(asked).unwrap_or_else(running),
        site: Some(site).filter(|site| !site.is_empty()),
        markdown: format == "md",
        notes,
    }
}

fn brief(text: &str) -> String {
    shorten(text, 40)
}

fn between(from: &str, to: &str, notes: &mut Vec<String>) -> Option<Interval> {
    let hours = TimeDelta::hours(HOURS);
    let (from, until) = match (moment("from", from, notes), moment("to", to, notes)) {
        (Some(from), Some(until)) => (from, until),
        (Some(from), None) => {
            notes.push("Only the beginning was given: these are the eight hours after it.".into());
            (from, from + hours)
        }
        (None, Some(until)) => {
            notes.push("Only the end was given: these are the eight hours before it.".into());
            (until - hours, until)
        }
        (None, None) => return None,
    };
    if until <= from {
        notes.push("The end has to be after the beginning; the interval was ignored.".into());
        return None;
    }
    let longest = TimeDelta::days(LONGEST);
    if until - from > longest {
        notes.push(format!("A report covers {LONGEST} days at most; this one ends after them."));
    }
    Some(Interval::between(from, until.min(from + longest)))
}

/// A moment in whole minutes, as fields and addresses have it.
fn moment(name: &str, text: &str, notes: &mut Vec<String>) -> Option<DateTime<Utc>> {
    if text.is_empty() {
        return None;
    }
    let moment = parse_moment(text)
        .filter(|moment| YEARS.contains(&moment.year()))
        .and_then(|moment| moment.duration_trunc(TimeDelta::minutes(1)).ok());
    if moment.is_none() {
        notes.push(format!(
            "“{}” in “{name}” is no time of the years {} to {}, such as 2026-11-21T06:00; it was ignored.",
            brief(text),
            YEARS.start(),
            YEARS.end()
        ));
    }
    moment
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_said_and_dropped() {
        let now = parse_moment("2026-11-21T09:30").expect("a time");
        for (query, canonical, complaints) in [
            ("", "shift=2026-11-21-morning", 0),
            ("shift=2026-11-21-morning", "shift=2026-11-21-morning", 0),
            ("shift=&from=&to=&site=", "shift=2026-11-21-morning", 0),
            ("from=2026-11-21T06:00&to=2026-11-21T14:00", "shift=2026-11-21-morning", 0),
            ("from=2026-11-21T06:01&to=2026-11-22", "from=2026-11-21T06:01&to=2026-11-22T00:00", 0),
            ("from=2026-01-01&to=2026-03-01", "from=2026-01-01T00:00&to=2026-02-01T00:00", 1),
            ("from=2026-11-21T06:00", "shift=2026-11-21-morning", 1),
            ("to=2026-11-21T09:00", "from=2026-11-21T01:00&to=2026-11-21T09:00", 1),
            ("from=2026-11-21&to=2026-11-20", "shift=2026-11-21-morning", 1),
            ("from=yesterday&to=1800-01-01", "shift=2026-11-21-morning", 2),
            ("from=9999-12-31&to=99999-01-01", "shift=2026-11-21-morning", 2),
            ("shift=2026-02-30-night", "shift=2026-11-21-morning", 1),
            ("shift=0001-01-01-night&format=pdf&sort=x", "shift=2026-11-21-morning", 3),
            ("shift=2026-11-21-noon&a=1&b=2&c=3&d=4&e=5&f=6", "shift=2026-11-21-morning", TOLD),
            ("shift=2026-11-21-night&from=2026-11-01&to=2026-11-02", "shift=2026-11-21-night", 1),
        ] {
            let asked = parse(query, now);
            assert_eq!(asked.interval.query(), canonical, "{query}");
            assert_eq!(asked.notes.len(), complaints, "{query}: {:?}", asked.notes);
        }
        assert!(parse("format=md&site=+WT2+", now).markdown);
        assert_eq!(parse("format=md&site=+WT2+", now).site.as_deref(), Some("WT2"));
    }
}
