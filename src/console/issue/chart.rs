//! Failures per hour as a picture, with what happened meanwhile, and the same as tables.
use crate::admin::thousands;
use crate::shift::numbers::median;
use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::issue_hour;
use std::collections::BTreeMap;

/// Days shown.
pub(super) const DAYS: i64 = 7;
const HOURS: i64 = DAYS * 24;
/// Height of the bars, in percent; below are the names of the days.
const HEIGHT: f64 = 82.0;
/// Labels beside marks; more would cover each other.
const LABELS: usize = 8;
/// Lines that the labels take turns on.
const LINES: usize = 3;

/// Something that happened: in the picture as a mark, in the table as a line.
pub(super) struct Event {
    pub(super) at: DateTime<Utc>,
    pub(super) text: String,
}

/// A time in which a site was down.
pub(super) struct Down {
    pub(super) from: DateTime<Utc>,
    pub(super) until: DateTime<Utc>,
    pub(super) text: String,
}

/// The picture; places and sizes are in percent.
#[derive(Default)]
pub(super) struct Chart {
    pub(super) bars: Vec<Bar>,
    pub(super) levels: Vec<(String, String)>,
    pub(super) days: Vec<(String, String, bool)>,
    pub(super) bands: Vec<(String, String)>,
    pub(super) marks: Vec<Mark>,
    pub(super) title: String,
    pub(super) summary: String,
    /// Day, failures, worst hour.
    pub(super) table: Vec<(String, String, String)>,
    /// When and what, newest first.
    pub(super) events: Vec<(DateTime<Utc>, String)>,
}

/// One hour.
pub(super) struct Bar {
    pub(super) x: String,
    pub(super) y: String,
    pub(super) height: String,
    pub(super) high: bool,
}

/// One event.
pub(super) struct Mark {
    pub(super) x: String,
    pub(super) label: String,
    pub(super) text_x: String,
    pub(super) text_y: usize,
    /// Whether the label stands left of its mark.
    pub(super) left: bool,
}

impl Chart {
    /// The last seven days.
    pub(super) fn of(
        hours: &[issue_hour::Model],
        mut events: Vec<Event>,
        downs: &[Down],
        now: DateTime<Utc>,
    ) -> Self {
        let end = now.duration_trunc(Duration::hours(1)).unwrap_or(now) + Duration::hours(1);
        let frame = Frame { start: end - Duration::hours(HOURS), end };
        let counts: BTreeMap<i64, i64> = hours
            .iter()
            .map(|row| ((row.hour - frame.start).num_hours(), row.failures))
            .filter(|(place, _)| (0..HOURS).contains(place))
            .collect();
        events.retain(|event| event.at >= frame.start && event.at < end);
        events.sort_by_key(|event| event.at);
        let peak = counts.values().copied().max().unwrap_or_default();
        let step = step(peak);
        Self {
            bars: bars(&counts, step * LINES as i64),
            levels: (0..=LINES as i64)
                .map(|level| (y(level, LINES as i64), thousands(step * level)))
                .collect(),
            days: frame.days(),
            bands: downs.iter().filter_map(|down| frame.band(down.from, down.until)).collect(),
            marks: frame.marks(&events),
            title: format!("Failures per hour, {} to {}", day(frame.start), day(now)),
            summary: summary(&counts, frame, now),
            table: table(hours, frame),
            events: listed(events, downs, frame),
        }
    }
}

/// Time as width.
#[derive(Clone, Copy)]
struct Frame {
    start: DateTime<Utc>,
    end: DateTime<Utc>,
}

impl Frame {
    #[expect(clippy::cast_precision_loss, reason = "a picture of some hundred pixels")]
    fn x(self, at: DateTime<Utc>) -> f64 {
        let minutes = (at.clamp(self.start, self.end) - self.start).num_minutes();
        minutes as f64 / (HOURS * 60) as f64 * 100.0
    }

    /// Midnights, every other for narrow screens.
    fn days(self) -> Vec<(String, String, bool)> {
        let first = self.start.duration_trunc(Duration::days(1)).unwrap_or(self.start) + Duration::days(1);
        (0..DAYS)
            .map(|number| first + Duration::days(number))
            .filter(|midnight| *midnight < self.end)
            .enumerate()
            .map(|(place, at)| (percent(self.x(at)), at.format("%a %-d").to_string(), place % 2 == 1))
            .collect()
    }

    fn band(self, from: DateTime<Utc>, until: DateTime<Utc>) -> Option<(String, String)> {
        let (left, right) = (self.x(from), self.x(until));
        (right > left).then(|| (percent(left), percent(right - left)))
    }

    fn marks(self, events: &[Event]) -> Vec<Mark> {
        let unlabelled = events.len().saturating_sub(LABELS);
        let mark = |(place, event): (usize, &Event)| {
            let x = self.x(event.at);
            let left = x > 60.0;
            let label = place
                .checked_sub(unlabelled)
                .map_or_else(String::new, |_| crate::admin::shorten(&event.text, 34));
            Mark {
                x: percent(x),
                label,
                text_x: percent(if left { x - 0.7 } else { x + 0.7 }),
                text_y: 12 + place % LINES * 13,
                left,
            }
        };
        events.iter().enumerate().map(mark).collect()
    }
}

/// A third of the height, as a round number: 1, 2, 4 or 5 and zeros.
fn step(peak: i64) -> i64 {
    let third = (peak + LINES as i64 - 1) / LINES as i64;
    let mut scale = 1;
    while scale * 10 <= third {
        scale *= 10;
    }
    [1, 2, 4, 5, 10]
        .into_iter()
        .map(|factor| factor * scale)
        .find(|step| *step >= third)
        .unwrap_or(third)
        .max(1)
}

#[expect(clippy::cast_precision_loss, reason = "a picture of some hundred pixels")]
fn bars(counts: &BTreeMap<i64, i64>, top: i64) -> Vec<Bar> {
    let all: Vec<i64> = (0..HOURS).map(|place| counts.get(&place).copied().unwrap_or_default()).collect();
    let high = median(all).saturating_mul(2).max(1);
    counts
        .iter()
        .filter(|(_, failures)| **failures > 0)
        .map(|(place, failures)| {
            let height = (*failures as f64 / top as f64 * HEIGHT).max(0.6);
            Bar {
                x: percent(*place as f64 / HOURS as f64 * 100.0),
                y: percent(HEIGHT - height),
                height: percent(height),
                high: *failures > high,
            }
        })
        .collect()
}

#[expect(clippy::cast_precision_loss, reason = "a picture of some hundred pixels")]
fn y(level: i64, levels: i64) -> String {
    percent(HEIGHT - HEIGHT * level as f64 / levels as f64)
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

fn day(at: DateTime<Utc>) -> String {
    at.format("%-d %b").to_string()
}

fn summary(counts: &BTreeMap<i64, i64>, frame: Frame, now: DateTime<Utc>) -> String {
    let Some((place, peak)) = counts.iter().max_by_key(|(place, failures)| (**failures, -**place)) else {
        return "No failures were counted.".into();
    };
    let worst = frame.start + Duration::hours(*place);
    let last = counts.get(&(HOURS - 2)).copied().unwrap_or_default();
    format!(
        "{} failures in 7 days, most in the hour from {}: {}; {} in the last full hour.",
        thousands(counts.values().sum()),
        crate::shift::times::short(worst, now),
        thousands(*peak),
        thousands(last)
    )
}

fn table(hours: &[issue_hour::Model], frame: Frame) -> Vec<(String, String, String)> {
    let mut days: BTreeMap<chrono::NaiveDate, (i64, i64)> = BTreeMap::new();
    for row in hours.iter().filter(|row| row.hour >= frame.start && row.failures > 0) {
        let (sum, worst) = days.entry(row.hour.date_naive()).or_default();
        *sum += row.failures;
        *worst = (*worst).max(row.failures);
    }
    let words = |(day, (sum, worst)): (chrono::NaiveDate, (i64, i64))| {
        (day.format("%a %-d %b").to_string(), thousands(sum), thousands(worst))
    };
    days.into_iter().rev().map(words).collect()
}

fn listed(events: Vec<Event>, downs: &[Down], frame: Frame) -> Vec<(DateTime<Utc>, String)> {
    let mut all: Vec<(DateTime<Utc>, String)> =
        events.into_iter().map(|event| (event.at, event.text)).collect();
    let shown = downs.iter().filter(|down| frame.band(down.from, down.until).is_some());
    all.extend(shown.map(|down| (down.from, down.text.clone())));
    all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().expect("a time")
    }

    fn hour(text: &str, failures: i64) -> issue_hour::Model {
        issue_hour::Model { issue_id: 1, hour: at(text), failures, distinct_files: None, bytes: None }
    }

    #[test]
    fn the_scale_is_round() {
        for (peak, expected) in
            [(0, 1), (1, 1), (3, 1), (4, 2), (9, 4), (15, 5), (30, 10), (1006, 400), (1300, 500)]
        {
            assert_eq!(step(peak), expected, "{peak}");
        }
    }

    #[test]
    fn bars_bands_and_marks_are_where_they_belong() {
        let now = at("2026-11-21T09:30:00Z");
        let hours = [
            hour("2026-11-10T09:00:00Z", 9),
            hour("2026-11-20T08:00:00Z", 50),
            hour("2026-11-21T09:00:00Z", 100),
        ];
        let events = vec![Event { at: at("2026-11-20T09:00:00Z"), text: "GGUS 1 opened".into() }];
        let down =
            Down { from: at("2026-11-01T00:00:00Z"), until: at("2026-11-15T10:00:00Z"), text: "down".into() };
        let gone =
            Down { from: at("2026-11-01T00:00:00Z"), until: at("2026-11-02T10:00:00Z"), text: "old".into() };
        let chart = Chart::of(&hours, events, &[down, gone], now);
        assert_eq!(chart.bars.len(), 2);
        assert_eq!(chart.bars[1].x, "99.40%");
        assert!(chart.bars.iter().all(|bar| bar.high));
        assert_eq!(chart.bands, [("0.00%".to_owned(), "14.29%".to_owned())]);
        assert_eq!((chart.marks[0].x.as_str(), chart.marks[0].left), ("85.12%", true));
        assert_eq!(chart.table.len(), 2);
        assert_eq!(chart.events.len(), 2);
        assert_eq!(chart.levels.last().map(|level| level.1.as_str()), Some("120"));
        assert!(chart.summary.starts_with("150 failures in 7 days"), "{}", chart.summary);
    }

    #[test]
    fn nothing_is_a_picture_too() {
        let chart = Chart::of(&[], Vec::new(), &[], at("2026-11-21T09:30:00Z"));
        assert!(chart.bars.is_empty() && chart.table.is_empty());
        assert_eq!(chart.summary, "No failures were counted.");
    }
}
