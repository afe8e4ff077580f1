//! The change list.
use super::arrival::{Arrival, arrive, remember_size, remembered_size};
use super::cell::{Body, Cell, cell, column_class};
use super::list_parts::{Parts, parts, plain_address};
use super::shared::row_href;
use crate::admin::changelist::dates;
use crate::admin::changelist::facets::Facet;
use crate::admin::changelist::filter::{Lookup, phrase};
use crate::admin::changelist::page::{Count, SIZES};
use crate::admin::changelist::params::Params;
use crate::admin::changelist::views::Views;
use crate::admin::changelist::{self, Asked, Listing, SHOWN_BY};
use crate::admin::exchange::{Format, links::Links};
use crate::admin::{AnyResource, AskingMeta, Meta, Record, Verb, capitalise, shorten, thousands};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use std::time::Duration;

/// Longest that people wait for a list: databases stop a statement of theirs before, but for SQLite.
pub(super) const PATIENCE: Duration = Duration::from_secs(15);

#[derive(Template)]
#[template(path = "admin/list.html")]
struct ListPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    title: String,
    summary: String,
    add: Option<String>,
    q: String,
    hidden: Vec<(String, String)>,
    notes: Vec<String>,
    chips: Vec<Chip>,
    clear: Option<String>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    facets: Vec<Facet>,
    facets_hidden: Vec<(String, String)>,
    counts_toggle: (String, &'static str),
    actions: Vec<(&'static str, String)>,
    across: Option<String>,
    pager: Pager,
    narrowed: bool,
    all: String,
    everything: String,
    action_url: String,
    /// Whether the database gave up on it.
    slow: bool,
    parts: Parts,
    exchange: Links,
}

impl ListPage<'_> {
    /// A browser's date input shows nothing of what is no plain date, and would send that back.
    fn date_input(text: &str) -> &'static str {
        let plain = text.is_empty() || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok();
        if plain { "date" } else { "text" }
    }
}

/// A filter in force, and the address without it.
struct Chip {
    title: String,
    value: String,
    href: String,
}

/// The head of a column.
struct Head {
    title: String,
    class: &'static str,
    href: Option<String>,
    direction: Option<&'static str>,
    priority: Option<usize>,
    remove: Option<String>,
}

struct Row {
    pk: String,
    label: String,
    href: String,
    /// What can be done to it alone.
    act: String,
    cells: Vec<Cell>,
}

struct Pager {
    text: String,
    exact: Option<String>,
    sizes: Vec<(u64, String, bool)>,
    first: Option<String>,
    previous: Option<String>,
    next: Option<String>,
    last: Option<String>,
    pages: Vec<Option<(u64, String, bool)>>,
}

/// `GET /admin/<resource>/`
pub async fn list(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let actor = visit.actor()?.clone();
    let resource = visit.app.registry.get(&slug)?;
    actor.must(resource.meta().slug, Verb::View)?;
    let db = (&visit.app.db).into();
    let registry = &visit.app.registry;
    let views = Views::load(&db, resource.meta(), &actor).await?;
    let opened = match arrive(&visit, resource, &views).await? {
        Arrival::Elsewhere(href) => return Ok(found(&href)),
        Arrival::Here(opened) => opened,
    };
    let mut asked = Asked::parse(&db, registry, resource, opened.params, &actor, visit.now).await?;
    asked.notes.splice(0..0, opened.notes);
    if let Some(size) = remembered_size(&visit).filter(|_| asked.params.get("n").is_none()) {
        asked.place.size = size;
    }
    let reading = changelist::list(&db, registry, resource, &asked, &visit.app.counts, visit.now);
    let listing = match tokio::time::timeout(PATIENCE, reading).await {
        Ok(Err(Error::TooSlow)) | Err(_) => None,
        Ok(listing) => Some(listing?),
    };
    let params = asked.params.clone();
    let page = page(&visit, resource, asked, listing, &views).await?;
    let mut response = render(StatusCode::OK, &page)?;
    remember_size(&visit, &params, &mut response);
    Ok(response)
}

async fn page<'a>(
    visit: &Visit,
    resource: &'a dyn AnyResource,
    asked: Asked,
    listing: Option<Listing>,
    views: &Views,
) -> Result<ListPage<'a>> {
    let meta = resource.meta();
    let slow = listing.is_none();
    let listing = listing.unwrap_or_else(|| Listing::empty(&asked));
    let params = &asked.params;
    let title = capitalise(meta.plural);
    let mut notes = asked.notes.clone();
    notes.extend(listing.page.note.clone());
    let counted = params.get("_facets") != Some("false");
    let facet_params = params.from_start();
    Ok(ListPage {
        chrome: visit
            .chrome(title.clone(), vec![Crumb::to("Admin", "/admin/"), Crumb::here(title.clone())])
            .await?,
        summary: if slow { "Not known".into() } else { summary(meta, &asked, listing.count) },
        add: (meta.offers(Verb::Add) && visit.may(meta.slug, Verb::Add))
            .then(|| super::shared::keep(&format!("/admin/{}/add/", meta.slug), &params.encoded())),
        hidden: pairs(&params.from_start().without(&["q"])),
        facets_hidden: pairs(&facet_params),
        chips: chips(meta, &asked, &listing),
        clear: (!asked.filters.list.is_empty()).then(|| kept_when_cleared(params).href()),
        heads: heads(meta, &asked),
        rows: rows(visit, resource, &asked, &listing),
        facets: carried(&listing.facets, params),
        counts_toggle: if counted {
            (params.with("_facets", "false").href(), "Hide counts")
        } else {
            (params.without(&["_facets"]).href(), "Show counts")
        },
        across: (listing.page.more || listing.page.number > 1).then(|| listing.count.text()),
        pager: pager(&asked, &listing),
        narrowed: asked.narrowed(),
        all: format!("/admin/{}/", meta.slug),
        everything: plain_address(meta, views),
        parts: parts(visit, resource, views, &asked, &listing)?,
        slow,
        action_url: if params.encoded().is_empty() {
            format!("/admin/{}/", meta.slug)
        } else {
            format!("/admin/{}/{}", meta.slug, params.href())
        },
        exchange: Links::of(visit, meta, params),
        q: asked.q.clone(),
        meta,
        actions: actions(visit, resource),
        title,
        notes,
    })
}

/// What the visitor may do with ticked rows.
fn actions(visit: &Visit, resource: &dyn AnyResource) -> Vec<(&'static str, String)> {
    let meta = resource.meta();
    let may = |verb| meta.offers(verb) && visit.may(meta.slug, verb);
    let mut actions = Vec::new();
    if may(Verb::Change) {
        actions.extend(meta.actions.iter().map(|action| (action.name, action.title.to_owned())));
        actions.extend(meta.asking.iter().map(|action| (action.name, action.title.clone())));
        actions.extend(AskingMeta::edit(resource).map(|action| (action.name, action.title)));
    }
    let pages =
        meta.pages.iter().filter(|page| visit.actor.as_ref().is_some_and(|actor| page.open_to(actor)));
    actions.extend(pages.map(|page| (page.name, page.title.to_owned())));
    actions.extend(Format::ALL.iter().map(|format| format.action()));
    if may(Verb::Delete) {
        actions.push(("delete_selected", format!("Delete selected {}", meta.plural)));
    }
    actions
}

fn pairs(params: &Params) -> Vec<(String, String)> {
    params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Clearing filters keeps what is no filter.
fn kept_when_cleared(params: &Params) -> Params {
    let kept = |name: &&str| !(matches!(*name, "q" | "_facets") || SHOWN_BY.contains(name));
    let all: Vec<&str> = params.iter().map(|(name, _)| name).filter(kept).collect();
    params.without(&all)
}

fn summary(meta: &Meta, asked: &Asked, count: Count) -> String {
    let (noun, verb) =
        if count == Count::Exact(1) { (meta.singular, "matches") } else { (meta.plural, "match") };
    let amount = format!("{} {noun}", count.text());
    if asked.narrowed() { format!("{amount} {verb}") } else { amount }
}

/// How rows are shown is no part of what was counted; the panel's links get that back here.
fn carried(facets: &[Facet], params: &Params) -> Vec<Facet> {
    let mut tail = Params::default();
    for name in SHOWN_BY {
        if let Some(value) = params.get(name) {
            tail = tail.and(name, value);
        }
    }
    let tail = tail.encoded();
    let with = |href: &str| match (tail.is_empty(), href.ends_with('?')) {
        (true, _) => href.to_owned(),
        (false, true) => format!("{href}{tail}"),
        (false, false) => format!("{href}&{tail}"),
    };
    let mut facets = facets.to_vec();
    for facet in &mut facets {
        for option in &mut facet.options {
            option.href = with(&option.href);
        }
        if let Some(typeahead) = &mut facet.typeahead {
            typeahead.go = with(&typeahead.go);
        }
    }
    facets
}

fn chips(meta: &Meta, asked: &Asked, listing: &Listing) -> Vec<Chip> {
    let bare = asked.params.from_start();
    let mut chips = Vec::new();
    if !asked.q.trim().is_empty() {
        chips.push(Chip {
            title: "Search".into(),
            value: shorten(&asked.q, 60),
            href: bare.without(&["q"]).href(),
        });
    }
    for filter in &asked.filters.list {
        for value in &filter.values {
            let names = filter.subject.target(meta).and_then(|table| listing.chosen.get(table));
            let label = names.and_then(|names| names.get(value));
            chips.push(Chip {
                title: filter.subject.title(meta).to_owned(),
                value: label
                    .map_or_else(|| shorten(&phrase(filter.lookup, value), 60), |label| shorten(label, 60)),
                href: match filter.lookup {
                    Lookup::Span => dates::with(meta, &bare, None).href(),
                    _ => bare.without_pair(&filter.key, value).href(),
                },
            });
        }
    }
    chips
}

fn heads(meta: &Meta, asked: &Asked) -> Vec<Head> {
    let many = asked.order.keys.len() > 1;
    asked
        .columns(meta)
        .into_iter()
        .zip(&asked.columns)
        .map(|(column, at)| {
            let number = at + 1;
            let key = asked.order.keys.iter().position(|key| key.column == Some(number));
            let clicked = asked.params.get("o").is_some();
            Head {
                title: column.title.clone(),
                class: column_class(meta, column.source),
                href: column
                    .sortable
                    .then(|| asked.params.from_start().with("o", asked.order.after_click(number)).href()),
                direction: key
                    .map(|key| if asked.order.keys[key].descending { "descending" } else { "ascending" }),
                priority: key.filter(|_| many).map(|key| key + 1),
                remove: key
                    .filter(|_| clicked && many)
                    .map(|_| asked.params.from_start().with("o", asked.order.without(number)).href()),
            }
        })
        .collect()
}

fn rows(visit: &Visit, resource: &dyn AnyResource, asked: &Asked, listing: &Listing) -> Vec<Row> {
    let meta = resource.meta();
    let filters = asked.params.encoded();
    let columns = asked.columns(meta);
    listing
        .page
        .rows
        .iter()
        .map(|row| {
            let pk = row.pk();
            let cells =
                columns.iter().map(|column| cell(visit, meta, column.source, row, &listing.labels)).collect();
            Row {
                act: row_href(meta, &pk, "act", &filters),
                href: row_href(meta, &pk, "change", &filters),
                label: shorten(&row.label, 80),
                cells,
                pk,
            }
        })
        .collect()
}

fn pager(asked: &Asked, listing: &Listing) -> Pager {
    let page = &listing.page;
    let params = asked.params.without(&["after", "before", "p"]);
    let to = |number: u64| params.with("p", number.to_string()).href();
    let first = (page.number - 1).saturating_mul(page.size) + 1;
    let shown = page.rows.len() as u64;
    let total = match listing.count {
        Count::Exact(total) => Some(total.div_ceil(page.size).max(1)),
        Count::Many => None,
    };
    let text = if shown == 0 {
        "0 rows".into()
    } else {
        format!(
            "{}–{} of {}",
            thousands(first as i64),
            thousands((first + shown - 1) as i64),
            listing.count.text()
        )
    };
    let beside = |name: &str, number: u64, row: Option<&Record>| {
        row.map(|row| params.with("p", number.to_string()).and(name, row.pk()).href())
    };
    Pager {
        text,
        exact: (listing.count == Count::Many).then(|| asked.params.with("count", "exact").href()),
        sizes: SIZES
            .iter()
            .map(|size| {
                (*size, asked.params.from_start().with("n", size.to_string()).href(), *size == page.size)
            })
            .collect(),
        first: (page.number > 1).then(|| params.href()),
        previous: if page.number > 1 { beside("before", page.number - 1, page.rows.first()) } else { None },
        next: if page.more { beside("after", page.number + 1, page.rows.last()) } else { None },
        last: total.filter(|total| page.number < *total).map(to),
        pages: total
            .map(|total| window(page.number, total))
            .unwrap_or_default()
            .into_iter()
            .map(|number| number.map(|number| (number, to(number), number == page.number)))
            .collect(),
    }
}

/// Page numbers shown: three each side of the current one, two at both ends, `None` for a gap. A gap of one page
/// would take as much room as the page.
fn window(page: u64, total: u64) -> Vec<Option<u64>> {
    if total <= 1 {
        return Vec::new();
    }
    let near = |number: &u64| *number <= 2 || *number > total - 2 || number.abs_diff(page) <= 3;
    let mut numbers = Vec::new();
    let mut last = 0;
    for number in (1..=total).filter(near) {
        match number - last {
            1 => {}
            2 => numbers.push(Some(last + 1)),
            _ => numbers.push(None),
        }
        numbers.push(Some(number));
        last = number;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use super::window;

    #[test]
    fn the_pager_shows_both_ends_and_the_neighbours() {
        let text = |page, total| {
            window(page, total)
                .iter()
                .map(|number| number.map_or_else(|| "…".into(), |number| number.to_string()))
                .collect::<Vec<_>>()
                .join(" ")
        };
        assert_eq!(text(1, 1), "");
        assert_eq!(text(1, 2), "1 2");
        assert_eq!(text(7, 14), "1 2 3 4 5 6 7 8 9 10 … 13 14");
        assert_eq!(text(8, 14), "1 2 … 5 6 7 8 9 10 11 12 13 14");
        assert_eq!(text(8, 15), "1 2 … 5 6 7 8 9 10 11 … 14 15");
    }
}
