//! A report in one sentence.
use super::read::Report;
use super::tickets::Became;
use crate::admin::thousands;
use entity::site_hour::Role;
use entity::vocabulary::Operation;

/// The sentence.
pub(super) fn sentence(report: &Report) -> String {
    let parts: Vec<String> = [transfers(report), worst(report), Some(issues(report)), tickets(report)]
        .into_iter()
        .flatten()
        .collect();
    let text = parts.join("; ");
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}

/// How well transfers went; of a site, in which role.
fn transfers(report: &Report) -> Option<String> {
    let of = |role| {
        let now = report.numbers.now.of(Operation::Transfer, role);
        let before = report.numbers.before.of(Operation::Transfer, role);
        let attempts = now.done.saturating_add(now.failed);
        (attempts > 0).then(|| {
            let before = match before.done.saturating_add(before.failed) {
                0 => String::new(),
                _ => format!(", {} before", before.efficiency()),
            };
            (now.efficiency(), attempts, before)
        })
    };
    match &report.site {
        None => of(Role::Destination).map(|(share, attempts, before)| {
            format!("{share} of {} succeeded{before}", some(attempts, "transfer"))
        }),
        Some(site) => {
            let roles =
                [(Role::Source, "from"), (Role::Destination, "to")].into_iter().filter_map(|(role, word)| {
                    let (share, attempts, before) = of(role)?;
                    Some(format!("{share} of {} {word} {site} succeeded{before}", some(attempts, "transfer")))
                });
            Some(roles.collect::<Vec<_>>().join("; ")).filter(|text| !text.is_empty())
        }
    }
}

/// What fails most of what is open or new.
fn worst(report: &Report) -> Option<String> {
    let rows = report.open.rows.iter().chain(&report.new.rows);
    let worst = rows.filter(|row| row.site.is_some()).max_by_key(|row| row.failures)?;
    let (site, _) = worst.site.as_ref()?;
    Some(format!("worst is {site} {} ({}, {})", worst.blame, worst.problem, some(worst.failures, "failure")))
}

fn issues(report: &Report) -> String {
    let more = |more: bool| if more { "more than " } else { "" };
    let count = |number: i64, more: &str, noun: &str| match number {
        0 => format!("no {noun}"),
        number => format!("{more}{}", some(number, noun)),
    };
    let solved = i64::try_from(report.solved.issues).unwrap_or(i64::MAX);
    format!(
        "{}, {}{} solved, {}{} still open",
        count(report.new.issues, more(report.new.more), "new issue"),
        more(report.solved.more),
        thousands(solved),
        more(report.open.more),
        thousands(report.open.issues),
    )
}

fn tickets(report: &Report) -> Option<String> {
    let tickets = report.tickets.as_ref()?;
    let count = |what: Became| tickets.rows.iter().filter(|row| row.became.contains(&what)).count();
    let words: Vec<String> = [Became::Opened, Became::Updated, Became::Closed]
        .into_iter()
        .map(|what| (count(what), what.word()))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    let more = if tickets.more { " and more" } else { "" };
    (!words.is_empty()).then(|| format!("tickets: {}{more}", words.join(", ")))
}

/// A number with its noun.
pub(super) fn some(number: i64, noun: &str) -> String {
    format!("{} {noun}{}", thousands(number), if number == 1 { "" } else { "s" })
}
