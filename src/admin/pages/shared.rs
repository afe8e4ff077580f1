//! What the pages of a row share: the list they go back to, and the tools above them.
use crate::admin::changelist::Asked;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::views::{Views, open};
use crate::admin::{AnyResource, Meta, Record, Verb, capitalise, shorten};
use crate::error::{Error, Result};
use crate::web::{Crumb, Level, Message, Visit};

/// What the list of an address shows, its view opened. Who means all that match means what they see: a filter that cannot
/// be read would let more be `done` (a word such as *exported*) than was asked for.
///
/// # Errors
/// [`Error::BadRequest`] if not all of the address was understood, or what the database says.
pub async fn understood(visit: &Visit, resource: &dyn AnyResource, done: &str) -> Result<Asked> {
    let (db, registry, actor) = ((&visit.app.db).into(), &visit.app.registry, visit.actor()?);
    let given = Params::parse(&visit.query);
    let views = match given.get("view") {
        Some(_) => Views::load(&db, resource.meta(), actor).await?,
        None => Views { list: Vec::new() },
    };
    let opened = open(registry, resource.meta(), &views, given, actor);
    let asked = Asked::parse(&db, registry, resource, opened.params, actor, visit.now).await?;
    match opened.notes.iter().chain(&asked.notes).next() {
        Some(note) => Err(Error::BadRequest(format!(
            "Nothing was {done}, since the list is not the one asked for. {note}"
        ))),
        None => Ok(asked),
    }
}

/// Name under which the list's own query string travels through forms and back.
pub const FILTERS: &str = "_changelist_filters";

/// The list's query string that a page was reached with.
#[must_use]
pub fn filters(visit: &Visit) -> String {
    Params::parse(&visit.query).get(FILTERS).unwrap_or_default().to_owned()
}

/// Address of a page of a row, which knows the list it came from.
#[must_use]
pub fn row_href(meta: &Meta, pk: &str, page: &str, filters: &str) -> String {
    keep(&format!("/admin/{}/{pk}/{page}/", meta.slug), filters)
}

/// An address that carries the list's query string.
#[must_use]
pub fn keep(path: &str, filters: &str) -> String {
    if filters.is_empty() {
        path.to_owned()
    } else {
        format!("{path}?{}", Params::default().and(FILTERS, filters).encoded())
    }
}

/// Address of the list as it was.
#[must_use]
pub fn list_href(meta: &Meta, filters: &str) -> String {
    let path = format!("/admin/{}/", meta.slug);
    if filters.is_empty() { path } else { format!("{path}?{}", Params::parse(filters).encoded()) }
}

/// Where to go when done: the list as it was, or the index for those who may not see it.
#[must_use]
pub fn back_href(visit: &Visit, meta: &Meta, filters: &str) -> String {
    if visit.may(meta.slug, Verb::View) { list_href(meta, filters) } else { "/admin/".into() }
}

/// Way back from a page of a row.
#[must_use]
pub fn crumbs(visit: &Visit, meta: &Meta, filters: &str, row: Option<&Record>, here: &str) -> Vec<Crumb> {
    let mut crumbs = vec![Crumb::to("Admin", "/admin/")];
    let plural = capitalise(meta.plural);
    crumbs.push(if visit.may(meta.slug, Verb::View) {
        Crumb::to(plural, list_href(meta, filters))
    } else {
        Crumb::here(plural)
    });
    if let Some(row) = row {
        crumbs.push(Crumb::to(shorten(&row.label, 60), row_href(meta, &row.pk(), "change", filters)));
    }
    crumbs.push(Crumb::here(here));
    crumbs
}

/// Whether the person may do the opposite of a change or of a deletion.
#[must_use]
pub fn may_undo(visit: &Visit, meta: &Meta, deletes: bool) -> bool {
    let verb = if deletes { Verb::Add } else { Verb::Change };
    meta.offers(verb) && visit.may(meta.slug, verb)
}

/// The message with a button that takes the change back, where something changed and the person may do the opposite.
#[must_use]
pub fn undoable(visit: &Visit, meta: &Meta, message: Message, changed: bool, deletes: bool) -> Message {
    if changed && may_undo(visit, meta, deletes) { message.with_undo("Undo", visit.undo()) } else { message }
}

/// "The site “INFN-T1” was changed.", with a link for those who may follow it.
#[must_use]
pub fn done(visit: &Visit, resource: &dyn AnyResource, row: &Record, what: &str, filters: &str) -> Message {
    let meta = resource.meta();
    let label = shorten(&row.label, 80);
    if !visit.may(meta.slug, Verb::View) {
        return Message::plain(Level::Good, format!("The {} “{label}” was {what}.", meta.singular));
    }
    Message {
        level: Level::Good,
        before: format!("The {} “", meta.singular),
        link: Some((label, row_href(meta, &row.pk(), "change", filters))),
        after: format!("” was {what}."),
        undo: None,
    }
}
