//! Numbers as people read them: shares, heat, multiples of the usual.
use crate::admin::thousands;

/// Stands between a number and its unit: narrow, and no line breaks there (U+202F).
const NARROW: char = '\u{202f}';
/// Fewer attempts give no colour: their ratio says nothing.
const FEW: i64 = 10;
/// Lower ends of the steps of the efficiency scale, best first.
const STEPS: [f64; 7] = [0.98, 0.95, 0.90, 0.75, 0.50, 0.25, 0.005];
/// Their classes in the style sheet; the last is for what is below all.
const CLASSES: [&str; 8] = ["h0", "h1", "h2", "h3", "h4", "h5", "h6", "h7"];

/// Share of attempts that succeeded, 0 to 1; `None` if there was no attempt.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "a share, shown with three digits")]
pub fn efficiency(done: i64, failed: i64) -> Option<f64> {
    let attempts = done.saturating_add(failed);
    (attempts > 0).then(|| done as f64 / attempts as f64)
}

/// A share as `76.0 %`, or `0 %` and `100 %` where it is exactly that. Never rounds up to 100.
#[must_use]
pub fn percent(share: f64) -> String {
    let shown = (share * 1000.0).floor() / 10.0;
    if share <= 0.0 {
        format!("0{NARROW}%")
    } else if share >= 1.0 {
        format!("100{NARROW}%")
    } else if shown < 0.1 {
        format!("<{NARROW}0.1{NARROW}%")
    } else {
        format!("{shown:.1}{NARROW}%")
    }
}

/// The step of the efficiency scale: `h0` (works) to `h7`, `lo` for too few attempts.
#[must_use]
pub fn heat(done: i64, failed: i64) -> &'static str {
    match efficiency(done, failed) {
        Some(share) if done.saturating_add(failed) >= FEW => {
            let step = STEPS.iter().take_while(|least| share < **least).count();
            CLASSES.get(step).copied().unwrap_or("h7")
        }
        _ => "lo",
    }
}

/// A count over some minutes as a rate per hour, rounded to the nearest.
#[must_use]
pub fn per_hour(count: i64, minutes: i64) -> i64 {
    let minutes = minutes.max(1);
    count.saturating_mul(60).saturating_add(minutes / 2) / minutes
}

/// A number with its unit, as `8,490 /h`.
#[must_use]
pub fn with_unit(number: i64, unit: &str) -> String {
    format!("{}{NARROW}{unit}", thousands(number))
}

/// How a rate compares with the usual: `41 × usual`, `as usual`, `new today` where there used to be none.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
pub fn against_usual(now: i64, usual: i64) -> String {
    let times = now as f64 / usual.max(1) as f64;
    match (now, usual) {
        (0, _) => "none now".into(),
        (_, 0) => "new today".into(),
        _ if times >= 9.5 => format!("{}{NARROW}×{NARROW}usual", thousands(now / usual)),
        _ if times >= 1.25 => format!("{times:.1}{NARROW}×{NARROW}usual"),
        _ if times > 0.8 => "as usual".into(),
        _ => "less than usual".into(),
    }
}

/// The middle value; the lower of two middle ones. 0 of nothing.
#[must_use]
pub fn median(mut values: Vec<i64>) -> i64 {
    values.sort_unstable();
    values.get(values.len().saturating_sub(1) / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_do_not_flatter() {
        assert_eq!(percent(0.0), "0\u{202f}%");
        assert_eq!(percent(0.000_4), "<\u{202f}0.1\u{202f}%");
        assert_eq!(percent(0.76), "76.0\u{202f}%");
        assert_eq!(percent(0.9999), "99.9\u{202f}%");
        assert_eq!(percent(1.0), "100\u{202f}%");
    }

    #[test]
    fn heat_follows_the_scale() {
        assert_eq!(heat(0, 0), "lo");
        assert_eq!(heat(1, 8), "lo");
        assert_eq!(heat(98, 2), "h0");
        assert_eq!(heat(62, 38), "h4");
        assert_eq!(heat(5, 995), "h6");
        assert_eq!(heat(4, 996), "h7");
        assert_eq!(heat(0, 1000), "h7");
    }

    #[test]
    fn rates_are_compared_with_the_usual() {
        assert_eq!(against_usual(0, 5), "none now");
        assert_eq!(against_usual(10, 0), "new today");
        assert_eq!(against_usual(4100, 100), "41\u{202f}×\u{202f}usual");
        assert_eq!(against_usual(20, 10), "2.0\u{202f}×\u{202f}usual");
        assert_eq!(against_usual(10, 10), "as usual");
        assert_eq!(against_usual(1, 10), "less than usual");
        assert_eq!(per_hour(7, 240), 2);
        assert_eq!(median(vec![9, 1, 5]), 5);
        assert_eq!(median(vec![]), 0);
    }
}
