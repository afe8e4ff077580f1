//! The cells: one for each pair of the sites shown, small in bytes, since there are many.
use super::{Sort, View, is_degraded, issues};
use crate::admin::thousands;
use crate::shift::numbers::{efficiency, heat};
use crate::shift::site_path;
use crate::shift::situation::{Link, Situation};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

/// A number is shown in cells that work less well.
const TELLING: f64 = 0.95;
/// Fewer attempts say nothing.
const FEW: i64 = 10;

/// The table.
pub(in crate::shift) struct Grid {
    /// Destinations.
    pub(in crate::shift) columns: Vec<Head>,
    /// Medians of the columns.
    pub(in crate::shift) medians: Vec<Cell>,
    /// Sources.
    pub(in crate::shift) rows: Vec<Row>,
}

/// A site at the edge of the table.
pub(in crate::shift) struct Head {
    pub(in crate::shift) name: String,
    pub(in crate::shift) href: String,
}

/// A source with its cells, drawn.
pub(in crate::shift) struct Row {
    pub(in crate::shift) head: Head,
    pub(in crate::shift) median: Cell,
    /// The cells as HTML, made here of numbers and escaped names alone.
    pub(in crate::shift) cells: String,
}

/// A median.
pub(in crate::shift) struct Cell {
    pub(in crate::shift) class: &'static str,
    pub(in crate::shift) text: String,
}

impl Grid {
    /// Sorts the sites and draws the cells.
    pub(super) fn of(situation: &Situation, view: &View, links: &[&Link]) -> Self {
        let sources = sites(situation, view, links, |link| link.src);
        let destinations = sites(situation, view, links, |link| link.dst);
        let cells: HashMap<(i64, i64), &Link> =
            links.iter().map(|link| ((link.src, link.dst), *link)).collect();
        let head =
            |site: i64| Head { name: situation.name(site).to_owned(), href: site_path(situation.name(site)) };
        Self {
            columns: destinations.iter().map(|side| head(side.site)).collect(),
            medians: destinations.iter().map(Side::cell).collect(),
            rows: sources
                .iter()
                .map(|source| Row {
                    head: head(source.site),
                    median: source.cell(),
                    cells: row(situation, view, source.site, &destinations, &cells),
                })
                .collect(),
        }
    }
}

/// A site on one side of the table.
struct Side {
    site: i64,
    median: Option<f64>,
    attempts: i64,
}

impl Side {
    fn cell(&self) -> Cell {
        match self.median {
            None => Cell { class: "nd", text: "·".into() },
            Some(share) => {
                // In ten thousandths, so that the scale's finest step is kept.
                let done = (share * 10_000.0) as i64;
                Cell { class: heat(done, 10_000 - done), text: whole(share) }
            }
        }
    }
}

/// The sites of one side, in order; who is not known comes last.
fn sites(situation: &Situation, view: &View, links: &[&Link], of: impl Fn(&Link) -> i64) -> Vec<Side> {
    let mut shares: BTreeMap<i64, (Vec<f64>, i64)> = BTreeMap::new();
    for link in links {
        let (own, attempts) = shares.entry(of(link)).or_default();
        *attempts += link.done + link.failed;
        if link.done + link.failed >= FEW {
            own.extend(efficiency(link.done, link.failed));
        }
    }
    let mut sides: Vec<Side> = shares
        .into_iter()
        .map(|(site, (mut shares, attempts))| {
            shares.sort_by(f64::total_cmp);
            let median = shares.get(shares.len().saturating_sub(1) / 2).copied();
            Side { site, median, attempts }
        })
        .collect();
    if !view.all && view.site.is_none() && sides.len() > super::BUSIEST {
        sides.sort_by_key(|side| (Reverse(side.attempts), side.site));
        let unknown = sides.iter().position(|side| side.site == situation.unknown);
        // Failures that nobody can place are never cut off.
        let kept = unknown.filter(|place| *place >= super::BUSIEST).map(|place| sides.swap_remove(place));
        sides.truncate(super::BUSIEST);
        sides.extend(kept);
    }
    let name = |side: &Side| situation.name(side.site).to_lowercase();
    let tier = |side: &Side| situation.sites.get(&side.site).and_then(|site| site.tier).unwrap_or(i32::MAX);
    let median = |side: &Side| side.median.unwrap_or(2.0);
    sides.sort_by(|a, b| {
        let unknown = (a.site == situation.unknown).cmp(&(b.site == situation.unknown));
        unknown
            .then_with(|| match view.sort {
                Sort::Worst => median(a).total_cmp(&median(b)).then(b.attempts.cmp(&a.attempts)),
                Sort::Tier => tier(a).cmp(&tier(b)),
                Sort::Name => std::cmp::Ordering::Equal,
            })
            .then_with(|| name(a).cmp(&name(b)))
    });
    sides
}

fn row(
    situation: &Situation,
    view: &View,
    src: i64,
    destinations: &[Side],
    cells: &HashMap<(i64, i64), &Link>,
) -> String {
    let mut html = String::with_capacity(destinations.len() * 24);
    for side in destinations {
        match cells.get(&(src, side.site)) {
            None => html.push_str("<td class=nd>·</td>"),
            Some(link) => cell(&mut html, situation, view, link),
        }
    }
    html
}

/// Only what fails is a link: the others are reached through their sites.
fn cell(html: &mut String, situation: &Situation, view: &View, link: &Link) {
    let share = efficiency(link.done, link.failed).unwrap_or(1.0);
    let class = heat(link.done, link.failed);
    let text = if view.failures { short(situation.window.per_hour(link.failed)) } else { whole(share) };
    let shown = if view.failures { link.failed > 0 } else { share < TELLING };
    // What is read out begins with what is seen.
    let said = if view.failures { format!("{text} an hour") } else { format!("{text} %") };
    // Writing to a string cannot fail.
    let _ = if is_degraded(link) {
        write!(
            html,
            "<td class={class}><a href=\"{}\" aria-label=\"{} to {}: {said}, {} of {} failed\">{text}</a></td>",
            issues(situation, link).replace('&', "&amp;"),
            escape(situation.name(link.src)),
            escape(situation.name(link.dst)),
            thousands(link.failed),
            thousands(link.done + link.failed),
        )
    } else if shown {
        write!(html, "<td class={class}>{text}</td>")
    } else {
        write!(html, "<td class={class}><span class=sr>{text}</span></td>")
    };
}

fn escape(text: &str) -> String {
    askama::filters::escape(text, askama::filters::Html)
        .map_or_else(|_| String::new(), |text| text.to_string())
}

/// Whole percent that never flatter: 100 is all, 0 is none or nearly.
fn whole(share: f64) -> String {
    format!("{}", (share * 100.0).floor() as i64)
}

/// A count in few letters: `1.2k`.
fn short(count: i64) -> String {
    match count {
        ..1000 => count.to_string(),
        1000..10_000 => format!("{}.{}k", count / 1000, count % 1000 / 100),
        _ => format!("{}k", count / 1000),
    }
}
