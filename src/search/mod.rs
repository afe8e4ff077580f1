//! Search over everything: a number leads straight to its record, words to a few records of every kind.
mod direct;
mod found;
mod page;

pub use page::search;

use crate::admin::{AnyResource, Record, Verb};
use crate::web::Visit;

/// What is searched, in the order of the page, and the fields shown beside the name of a hit.
const KINDS: [(&str, &[&str]); 8] = [
    ("sites", &["country", "cloud", "status"]),
    ("issues", &["src_site", "dst_site", "last_seen", "status"]),
    ("tickets", &["title", "site", "status"]),
    ("error-categories", &["state"]),
    ("incidents", &["started_at", "state"]),
    ("storage-endpoints", &["site", "state"]),
    ("causes", &["fault_kind"]),
    ("actions", &["kind"]),
];

/// Kinds of records that the visitor may see.
fn visible(visit: &Visit) -> impl Iterator<Item = (&dyn AnyResource, &'static [&'static str])> {
    let mine = KINDS.into_iter().filter(move |(slug, _)| visit.may(slug, Verb::View));
    mine.filter_map(move |(slug, fields)| Some((visit.app.registry.get(slug).ok()?, fields)))
}

/// The page about a record.
fn href(resource: &dyn AnyResource, row: &Record) -> String {
    let own = || format!("/admin/{}/{}/change/", resource.meta().slug, row.pk());
    row.page.clone().unwrap_or_else(own)
}
