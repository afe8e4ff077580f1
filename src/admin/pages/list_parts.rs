//! What stands around the rows of a list: views, columns, filters in one form, dates to drill down by.
use crate::admin::changelist::advanced::{Line, lines};
use crate::admin::changelist::dates::{self, Dates, Span};
use crate::admin::changelist::page::{ALL, Count};
use crate::admin::changelist::params::Params;
use crate::admin::changelist::views::{NONE, Views};
use crate::admin::changelist::{Asked, Listing, columns};
use crate::admin::{AnyResource, Meta};
use crate::error::Result;
use crate::web::Visit;

/// Everything around the rows.
pub(super) struct Parts {
    pub(super) tabs: Vec<Tab>,
    pub(super) all_tab: Tab,
    /// The view that the list began with, and what may be done with it.
    pub(super) view: Option<ThisView>,
    pub(super) save: String,
    pub(super) columns: Vec<Choice>,
    pub(super) columns_hidden: Vec<(String, String)>,
    pub(super) lines: Vec<Line>,
    pub(super) lines_hidden: Vec<(String, String)>,
    pub(super) compact: bool,
    pub(super) density: String,
    pub(super) dates: Option<Bar>,
    pub(super) show_all: Option<String>,
}

/// A view above the list.
pub(super) struct Tab {
    pub(super) title: String,
    pub(super) owner: Option<String>,
    pub(super) href: String,
    pub(super) current: bool,
}

/// The view that is open.
pub(super) struct ThisView {
    pub(super) title: String,
    /// Page to change it on, for its owner.
    pub(super) edit: Option<String>,
    /// Whether the list is not what it keeps any more.
    pub(super) changed: bool,
}

/// A column that may be shown.
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) shown: bool,
    pub(super) place: usize,
}

/// Dates to drill down by.
pub(super) struct Bar {
    pub(super) title: String,
    /// Ways back: words and addresses, the widest first.
    pub(super) back: Vec<(String, String)>,
    /// What the choices are in.
    pub(super) within: Option<String>,
    pub(super) choices: Vec<(String, String)>,
}

/// Collects what stands around a list.
pub(super) fn parts(
    visit: &Visit,
    resource: &dyn AnyResource,
    views: &Views,
    asked: &Asked,
    listing: &Listing,
) -> Result<Parts> {
    let meta = resource.meta();
    let params = &asked.params;
    let registry = &visit.app.registry;
    let compact = params.get("density") == Some("compact");
    let bare = params.from_start();
    let marked = params.get("_view").unwrap_or_default();
    let state = params.state();
    let tabs = tabs(meta, views, marked);
    let plain = !views.list.iter().any(|view| view.key == marked);
    Ok(Parts {
        all_tab: Tab {
            title: format!("All {}", meta.plural),
            owner: None,
            href: plain_address(meta, views),
            current: plain && !asked.narrowed(),
        },
        view: views.get(marked).map(|view| ThisView {
            title: view.title.clone(),
            edit: view.own.then(|| format!("/admin/{}/views/{}/?{}", meta.slug, view.key, state.encoded())),
            changed: !state.same_as(&Params::parse(&view.query)),
        }),
        tabs,
        save: format!("/admin/{}/views/?{}", meta.slug, state.encoded()),
        columns: choices(visit, meta, asked)?,
        columns_hidden: pairs(&bare.without(&["cols"])),
        lines: lines(registry, meta, params, asked.visible(), &listing.chosen),
        lines_hidden: pairs(&bare),
        density: if compact {
            bare.without(&["density"]).href()
        } else {
            bare.with("density", "compact").href()
        },
        compact,
        dates: listing.dates.as_ref().and_then(|dates| bar(meta, params, dates, asked.filters.span)),
        show_all: show_all(asked, listing),
    })
}

/// The list without any view: the bare address leads to the usual one, where there is one.
pub(super) fn plain_address(meta: &Meta, views: &Views) -> String {
    match views.default() {
        Some(_) => format!("/admin/{}/?view={NONE}", meta.slug),
        None => format!("/admin/{}/", meta.slug),
    }
}

fn tabs(meta: &Meta, views: &Views, marked: &str) -> Vec<Tab> {
    let tab = |view: &crate::admin::changelist::views::Offered| Tab {
        title: view.title.clone(),
        owner: view.owner.clone(),
        href: format!("/admin/{}/?view={}", meta.slug, view.key),
        current: view.key == marked,
    };
    views.list.iter().map(tab).collect()
}

fn pairs(params: &Params) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Columns shown, in their order, then the others.
fn choices(visit: &Visit, meta: &Meta, asked: &Asked) -> Result<Vec<Choice>> {
    let offered = columns::offered(&visit.app.registry, meta, visit.actor()?);
    let others = offered.into_iter().filter(|at| !asked.columns.contains(at));
    let order: Vec<usize> = asked.columns.iter().copied().chain(others).collect();
    let all: Vec<_> = columns::all(meta).collect();
    Ok(order
        .into_iter()
        .enumerate()
        .map(|(place, at)| Choice {
            name: all[at].name.clone(),
            title: all[at].title.clone(),
            shown: asked.columns.contains(&at),
            place: place + 1,
        })
        .collect())
}

fn show_all(asked: &Asked, listing: &Listing) -> Option<String> {
    match listing.count {
        Count::Exact(number) if number <= ALL && number > listing.page.size => {
            Some(asked.params.from_start().and("all", "1").href())
        }
        _ => None,
    }
}

fn bar(meta: &Meta, params: &Params, dates: &Dates, chosen: Option<Span>) -> Option<Bar> {
    let field = &meta.fields[meta.dates?];
    let to = |span: Option<Span>| dates::with(meta, params, span).href();
    let mut back = Vec::new();
    if let Some(span) = chosen {
        back.push(("All dates".to_owned(), to(None)));
        let year = Span { month: None, day: None, ..span };
        if span.month.is_some() {
            back.push((year.text(), to(Some(year))));
        }
        if span.day.is_some() {
            let month = Span { day: None, ..span };
            back.push((month.text(), to(Some(month))));
        }
    }
    let choices = dates.choices.iter().filter_map(|choice| {
        let span = match dates.within {
            Some(span) => span.part(*choice),
            None => Span { year: i32::try_from(*choice).ok()?, month: None, day: None },
        };
        let text = span.text();
        // Within a month, the day alone; within a year, the month.
        let short = text.split(' ').next().unwrap_or_default().to_owned();
        Some((short, to(Some(span))))
    });
    let within = if chosen.is_some_and(|span| span.day.is_some()) { chosen } else { dates.within };
    Some(Bar { title: field.title.clone(), back, within: within.map(Span::text), choices: choices.collect() })
}
