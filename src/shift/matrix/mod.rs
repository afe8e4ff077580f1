//! `/matrix/`: every link at a glance, sites sorted by trouble, and the same as a list.
mod grid;

use super::board::Switches;
use super::board::{address, asked, plural, switches};
use super::numbers::{efficiency, heat, percent};
use super::situation::{Link, Situation};
use crate::admin::{Verb, capitalise, thousands};
use crate::blame::Blame;
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use grid::Grid;
use sea_orm::ActiveEnum;
use std::cmp::Reverse;
use std::collections::HashMap;

/// Sites on each side at first: what fits on a screen.
const BUSIEST: usize = 40;
/// Links below the matrix.
const WORST: usize = 12;
/// Links of the list: what a page can show.
const LISTED: usize = 500;
/// Links that work less well are listed and can be opened.
const DEGRADED: f64 = 0.90;

/// How the sites are sorted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sort {
    /// Worst median first.
    Worst,
    /// By tier, then name.
    Tier,
    /// By name.
    Name,
}

/// What is shown of the situation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct View {
    /// Failures an hour instead of the efficiency.
    pub(super) failures: bool,
    pub(super) sort: Sort,
    /// All sites, not only the busiest.
    pub(super) all: bool,
    /// Only the links of one site.
    pub(super) site: Option<i64>,
    /// As a list.
    pub(super) list: bool,
}

type Choice = (String, String, bool);

#[derive(Template)]
#[template(path = "shift/matrix.html")]
struct MatrixPage {
    chrome: Chrome,
    title: String,
    what: &'static str,
    window: String,
    dropped: Vec<String>,
    switches: Switches,
    shown: Vec<Choice>,
    sorts: Vec<Choice>,
    sites: Vec<Choice>,
    sites_shown: String,
    as_list: (String, &'static str),
    view: View,
    findings: String,
    grid: Option<Grid>,
    links: usize,
    tried: String,
    degraded: usize,
    failing: String,
    listed: Vec<LinkRow>,
    all_degraded: String,
}

/// A link as text.
struct LinkRow {
    name: String,
    href: String,
    rate: String,
    attempts: String,
    heat: (&'static str, String),
    error: Option<(String, i64)>,
    blamed: String,
}

/// `GET /matrix/`
///
/// # Errors
/// When nobody is signed in, or may not see issues.
pub async fn show(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let (asked, mut dropped) = asked(&visit.query);
    let situation = visit.app.situations.get(&visit.app, asked).await?;
    let view = view(&visit.query, &situation, &mut dropped);
    let what = plural(situation.asked.operation);
    let title = match view.site {
        Some(site) => format!("{} of {}", capitalise(what), situation.name(site)),
        None => format!("Matrix of {what}"),
    };
    let chrome = visit.chrome(title.clone(), vec![Crumb::here("Matrix")]).await?;
    let links: Vec<&Link> = situation.links.iter().filter(|link| view.has(link)).collect();
    let degraded: Vec<&Link> = links.iter().copied().filter(|link| is_degraded(link)).collect();
    let page = MatrixPage {
        findings: findings(&situation),
        grid: (!view.list && !links.is_empty()).then(|| Grid::of(&situation, &view, &links)),
        listed: listed(&situation, &degraded, if view.list { LISTED } else { WORST }),
        links: links.len(),
        tried: thousands(i64::try_from(links.len()).unwrap_or(i64::MAX)),
        failing: thousands(i64::try_from(degraded.len()).unwrap_or(i64::MAX)),
        degraded: degraded.len(),
        window: situation.window.period(situation.read_at),
        switches: switches("/matrix/", &situation, &view.query(&situation)),
        shown: view.choices(&situation, [("Efficiency", false), ("Failures/h", true)], |view, failures| {
            view.failures = failures
        }),
        sorts: view.choices(
            &situation,
            [("Worst first", Sort::Worst), ("By tier", Sort::Tier), ("By name", Sort::Name)],
            |view, sort| view.sort = sort,
        ),
        sites: view.sites(&situation),
        sites_shown: view.sites_shown(&situation),
        as_list: view.as_list(&situation),
        all_degraded: View { list: true, ..view.clone() }.address(&situation),
        chrome,
        title,
        what,
        dropped,
        view,
    };
    render(StatusCode::OK, &page)
}

/// What the address says of the view.
fn view(query: &str, situation: &Situation, dropped: &mut Vec<String>) -> View {
    let mut view = View { failures: false, sort: Sort::Worst, all: false, site: None, list: false };
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        match (&*name, &*value) {
            ("show", "failures") => view.failures = true,
            ("show", "efficiency") | ("sort", "worst") | ("sites", "busiest") => {}
            ("sort", "tier") => view.sort = Sort::Tier,
            ("sort", "name") => view.sort = Sort::Name,
            ("sites", "all") => view.all = true,
            ("as", "list") => view.list = true,
            ("site", name) if !name.is_empty() => {
                view.site = situation.sites.values().find(|site| site.name == name).map(|site| site.id);
                if view.site.is_none() {
                    dropped.push(format!("No site is called “{}”.", crate::admin::shorten(name, 40)));
                }
            }
            ("show" | "sort" | "sites" | "as", _) => {
                dropped.push(format!("“{}” is no choice here.", crate::admin::shorten(&value, 40)));
            }
            _ => {}
        }
    }
    view
}

impl View {
    fn has(&self, link: &Link) -> bool {
        self.site.is_none_or(|site| link.src == site || link.dst == site)
    }

    fn query(&self, situation: &Situation) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if self.failures {
            query.append_pair("show", "failures");
        }
        match self.sort {
            Sort::Worst => {}
            Sort::Tier => drop(query.append_pair("sort", "tier")),
            Sort::Name => drop(query.append_pair("sort", "name")),
        }
        if self.all {
            query.append_pair("sites", "all");
        }
        if let Some(site) = self.site {
            query.append_pair("site", situation.name(site));
        }
        if self.list {
            query.append_pair("as", "list");
        }
        query.finish()
    }

    fn address(&self, situation: &Situation) -> String {
        address("/matrix/", &situation.asked, &self.query(situation))
    }

    fn choices<T: Copy>(
        &self,
        situation: &Situation,
        choices: impl IntoIterator<Item = (&'static str, T)>,
        set: impl Fn(&mut Self, T),
    ) -> Vec<Choice> {
        let choice = |(title, value): (&str, T)| {
            let mut other = self.clone();
            set(&mut other, value);
            (title.to_owned(), other.address(situation), other == *self)
        };
        choices.into_iter().map(choice).collect()
    }

    fn sites(&self, situation: &Situation) -> Vec<Choice> {
        let busiest = format!("{BUSIEST} busiest sites");
        let mut choices = vec![
            (busiest, Self { all: false, site: None, ..self.clone() }),
            ("All sites".into(), Self { all: true, site: None, ..self.clone() }),
        ];
        if self.site.is_some() {
            choices.push((self.sites_shown(situation), self.clone()));
        }
        choices.into_iter().map(|(title, view)| (title, view.address(situation), view == *self)).collect()
    }

    fn sites_shown(&self, situation: &Situation) -> String {
        match (self.site, self.all) {
            (Some(site), _) => format!("Links of {}", situation.name(site)),
            (None, true) => "All sites".into(),
            (None, false) => format!("{BUSIEST} busiest sites"),
        }
    }

    fn as_list(&self, situation: &Situation) -> (String, &'static str) {
        let other = Self { list: !self.list, ..self.clone() };
        (other.address(situation), if self.list { "As matrix" } else { "As list" })
    }
}

fn is_degraded(link: &Link) -> bool {
    efficiency(link.done, link.failed).is_some_and(|share| share < DEGRADED)
}

/// Who fails, in a sentence.
fn findings(situation: &Situation) -> String {
    let clear = situation.troubles.iter().filter(|trouble| trouble.clear).take(3);
    let sentences: Vec<String> = clear
        .filter_map(|trouble| {
            let super::situation::Culprit::Site(site) = trouble.culprit else { return None };
            let roles = match trouble.roles[..] {
                [entity::site_hour::Role::Source] => "as source",
                [entity::site_hour::Role::Destination] => "as destination",
                _ => "both ways",
            };
            Some(format!("{} fails {roles}.", situation.name(site)))
        })
        .collect();
    sentences.join(" ")
}

/// The links with most failures, as text.
fn listed(situation: &Situation, links: &[&Link], most: usize) -> Vec<LinkRow> {
    let mut worst: Vec<&Link> = links.to_vec();
    worst.sort_by_key(|link| (Reverse(link.failed), link.src, link.dst));
    let mut leading: HashMap<(i64, i64), (Option<i64>, i64)> = HashMap::new();
    // Failures come with most first.
    for failed in &situation.failures {
        leading.entry((failed.src, failed.dst)).or_insert((failed.category, failed.issue));
    }
    let row = |link: &&Link| {
        let error = leading.get(&(link.src, link.dst)).map(|(category, issue)| {
            let title = category.and_then(|category| situation.categories.get(&category));
            (title.cloned().unwrap_or_else(|| "Unclassified".into()), *issue)
        });
        LinkRow {
            name: format!("{} → {}", situation.name(link.src), situation.name(link.dst)),
            href: issues(situation, link),
            rate: thousands(situation.window.per_hour(link.failed)),
            attempts: thousands(situation.window.per_hour(link.done + link.failed)),
            heat: (
                heat(link.done, link.failed),
                efficiency(link.done, link.failed).map_or_else(|| "no data".into(), percent),
            ),
            error,
            blamed: match link.blame {
                Blame::Source => situation.name(link.src).to_owned(),
                Blame::Destination => situation.name(link.dst).to_owned(),
                Blame::Link => "the network between".into(),
                Blame::Service => "FTS or Rucio".into(),
                Blame::Unclear => "not clear".into(),
            },
        }
    };
    worst.iter().take(most).map(row).collect()
}

/// The issues of a link.
fn issues(situation: &Situation, link: &Link) -> String {
    use entity::vocabulary::Operation;
    let operation = situation.asked.operation;
    let mut url = format!("/admin/issues/?operation__exact={}", operation.to_value());
    if operation != Operation::Deletion {
        url.push_str(&format!("&src_site__exact={}", link.src));
    }
    if operation != Operation::Staging {
        url.push_str(&format!("&dst_site__exact={}", link.dst));
    }
    url
}
