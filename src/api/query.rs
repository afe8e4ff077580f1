//! What a query string asks of a list.
use super::answer::{invalid, refusal};
use super::endpoint::{Endpoint, Habits, Original};
use crate::admin::changelist::filter;
use crate::admin::changelist::order::{Key, Ordering};
use crate::admin::changelist::page::Place;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::search::{self, escape, like};
use crate::admin::{Meta, shorten};
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::http::StatusCode;
use axum::response::Response;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use std::collections::BTreeMap;

/// Rows to a page unless another number is asked for.
const PAGE_SIZE: u64 = 100;
/// Most rows to a page.
const LARGEST_PAGE: u64 = 1000;
/// Names that say how to show the list, not what of it.
pub(super) const SHOWN_BY: [&str; 5] = ["page", "page_size", "ordering", "format", "after"];
/// Most keys of one filter.
const MOST_KEYS: usize = 200;
/// Keys that a list is sorted by, at most.
const MOST_ORDERS: usize = 5;

/// What is asked of a list.
pub(super) struct Query {
    pub(super) condition: Condition,
    pub(super) order: Ordering,
    pub(super) place: Place,
    pub(super) params: Params,
}

/// Why a question has no answer.
pub(super) enum Trouble {
    /// What to say about it.
    Refused(Box<Response>),
    /// Something else.
    Fault(Error),
}

impl From<Error> for Trouble {
    fn from(error: Error) -> Self {
        Self::Fault(error)
    }
}

impl From<Response> for Trouble {
    fn from(response: Response) -> Self {
        Self::Refused(Box::new(response))
    }
}

impl From<Box<Response>> for Trouble {
    fn from(response: Box<Response>) -> Self {
        Self::Refused(response)
    }
}

impl axum::response::IntoResponse for Trouble {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(response) => *response,
            Self::Fault(error) => error.into_response(),
        }
    }
}

impl Query {
    /// Reads a query string.
    pub(super) async fn parse(visit: &Visit, endpoint: &Endpoint) -> Result<Self, Trouble> {
        let params = Params::parse(&visit.query);
        let meta = endpoint.meta(&visit.app.registry);
        let narrowed = match endpoint.habits {
            Habits::Ours => ours(visit, meta, &params.without(&SHOWN_BY)).await?,
            Habits::Original(original) => of_original(visit, meta, original, &params)?,
        };
        let condition = match endpoint.only {
            Some(only) => only().add(narrowed),
            None => narrowed,
        };
        Ok(Self { condition, order: order(endpoint, &params), place: place(&params)?, params })
    }

    /// What differs when other rows are asked for.
    pub(super) fn selection(&self) -> String {
        self.params.without(&SHOWN_BY).encoded()
    }
}

/// The filters of the change list; what makes no sense is refused, since nobody reads notes here.
async fn ours(visit: &Visit, meta: &Meta, params: &Params) -> Result<Condition, Trouble> {
    let registry = &visit.app.registry;
    let actor = visit.actor()?;
    let db = (&visit.app.db).into();
    let reading = filter::Reading { backend: visit.app.db.get_database_backend(), actor, now: visit.now };
    let filters = filter::parse(&reading, registry, meta, params)?;
    if !filters.notes.is_empty() {
        return Err(refusal(StatusCode::BAD_REQUEST, &filters.notes.join(" ")).into());
    }
    let q = params.get("q").unwrap_or_default();
    let (found, note) = search::typed(&db, registry, registry.get(meta.slug)?, q).await?;
    if let Some(note) = note {
        return Err(refusal(StatusCode::BAD_REQUEST, &note).into());
    }
    Ok(Condition::all().add(found.indexed).add(filters.condition_without(None)))
}

/// The original's filters; others are passed over, as its own were.
fn of_original(visit: &Visit, meta: &Meta, which: Original, params: &Params) -> Result<Condition, Trouble> {
    let mut all = Condition::all();
    let column = |name: &'static str| Expr::col((meta.table, name));
    if let Some(text) = params.get("id").filter(|text| !text.is_empty()) {
        let id: i64 = text.parse().map_err(|_| wrong("id", "Enter a number."))?;
        all = all.add(column("id").eq(id));
    }
    if !matches!(which, Original::Transfers | Original::Workflows) {
        return Ok(all);
    }
    let message = params.get("message").unwrap_or_default();
    if message.contains('\0') || message.chars().count() > 400 {
        return Err(wrong("message", "At most 400 characters can be looked for, and no NUL.").into());
    }
    if !message.is_empty() {
        let backend = visit.app.db.get_database_backend();
        all = all.add(like(backend, column("message"), &format!("%{}%", escape(message))));
    }
    if let Some(text) = params.get("categories").filter(|text| !text.is_empty()) {
        let keys: Result<Vec<i64>, _> = text.split(',').map(|key| key.trim().parse()).collect();
        let keys = keys.ok().filter(|keys| keys.len() <= MOST_KEYS);
        let keys = keys.ok_or_else(|| wrong("categories", "Enter keys with commas between them."))?;
        all = all.add(column("category_id").is_in(keys));
    }
    if let Some(name) = params.get("workflow").filter(|name| !name.is_empty() && !name.contains('\0')) {
        all = all.add(column("workflow").eq(name));
    }
    Ok(all)
}

fn wrong(name: &str, why: &str) -> Response {
    invalid(&BTreeMap::from([(name.to_owned(), vec![why.to_owned()])]))
}

/// `ordering=-last_modified,id`; what cannot be sorted by is passed over.
fn order(endpoint: &Endpoint, params: &Params) -> Ordering {
    let asked = params.get("ordering").unwrap_or_default();
    let keys: Vec<Key> = asked
        .split(',')
        .filter_map(|text| {
            let (descending, name) =
                text.trim().strip_prefix('-').map_or((false, text.trim()), |name| (true, name));
            let field = endpoint
                .part(name)
                .filter(|_| endpoint.sortable.iter().any(|known| known == name))?
                .field()?;
            Some(Key { field, column: None, descending })
        })
        .take(MOST_ORDERS)
        .collect();
    if !keys.is_empty() {
        return Ordering { keys };
    }
    let usual = endpoint.order.iter().map(|(field, descending)| Key {
        field: *field,
        column: None,
        descending: *descending,
    });
    Ordering { keys: usual.collect() }
}

/// `page` and `page_size`; a size that makes no sense is the usual one, a page that makes none is not there.
fn place(params: &Params) -> Result<Place, Box<Response>> {
    let size = params.get("page_size").and_then(|text| text.parse::<u64>().ok()).filter(|size| *size > 0);
    let page = match params.get("page").filter(|text| !text.is_empty()) {
        None => 1,
        Some("last") => u64::MAX,
        Some(text) => text
            .parse()
            .ok()
            .filter(|page| (1..=1_000_000_000).contains(page))
            .ok_or_else(|| Box::new(no_page()))?,
    };
    let after = params.get("after").map(|key| shorten(key, 20));
    Ok(Place::new(page, Ord::min(size.unwrap_or(PAGE_SIZE), LARGEST_PAGE), after))
}

/// As Django REST framework says it.
pub(super) fn no_page() -> Response {
    refusal(StatusCode::NOT_FOUND, "Invalid page.")
}
