//! Lists and single rows.
use super::At;
use super::answer::json;
use super::counts;
use super::endpoint::Endpoint;
use super::query::{Query, Trouble, no_page};
use super::shape::{Beside, Row};
use crate::admin::changelist::page::{Count, Place, Reader};
use crate::admin::changelist::params::Params;
use crate::admin::{AnyResource, Fetch, Record, Verb, version_of};
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::extract::{Extension, Path};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use sea_orm::DatabaseExecutor;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use serde::Serialize;

/// A page of a list.
#[derive(Serialize)]
struct PageOf<'a> {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Row<'a>>,
}

/// `GET` of a list.
pub(super) async fn list(
    Extension(at): Extension<At>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at);
    visit.actor()?.must(endpoint.slug, Verb::View)?;
    let query = Query::parse(&visit, endpoint).await?;
    let resource = visit.app.registry.get(endpoint.slug)?;
    let db: DatabaseExecutor<'_> = (&visit.app.db).into();
    let reader = Reader {
        db: &db,
        registry: &visit.app.registry,
        resource,
        condition: query.condition.clone(),
        order: &query.order,
    };
    let key = counts::selection(resource, &endpoint.path, &query.selection());
    let count = visit.app.api.totals.rows(key, &reader).await?;
    let last = Ord::max(count.div_ceil(query.place.size), 1);
    let place = if query.place.page == u64::MAX {
        Place::new(last, query.place.size, None)
    } else if query.place.page > last {
        return Err(no_page().into());
    } else {
        query.place
    };
    let page = reader.page(&place, Count::Exact(count)).await?;
    let beside = Beside::load(&visit.app, &db, endpoint, &page.rows).await?;
    let base = base(&visit, &headers);
    let following = page.rows.last().filter(|_| place.page < last).map(Record::pk);
    let answer = PageOf {
        count,
        next: following.map(|after| link(&base, &query.params, place.page + 1, Some(&after))),
        previous: (place.page > 1).then(|| link(&base, &query.params, place.page - 1, None)),
        results: page.rows.iter().map(|record| Row { endpoint, record, beside: &beside }).collect(),
    };
    Ok(json(StatusCode::OK, &answer))
}

/// Address of a page. The next one names the row that it goes on after, so that the last page costs what the first does.
fn link(base: &str, params: &Params, page: u64, after: Option<&str>) -> String {
    let mut params = params.without(&["page", "after"]);
    if page > 1 {
        params = params.and("page", page.to_string());
    }
    if let Some(after) = after {
        params = params.and("after", after);
    }
    let query = params.encoded();
    if query.is_empty() { base.to_owned() } else { format!("{base}?{query}") }
}

/// The address that was asked, with its host: clients follow links as they stand.
pub(super) fn base(visit: &Visit, headers: &HeaderMap) -> String {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    match &visit.app.config.base_url {
        Some(base) => format!("{base}{}", visit.path),
        None => format!("http://{host}{}", visit.path),
    }
}

/// `GET` of one row.
pub(super) async fn retrieve(
    Extension(at): Extension<At>,
    Path(pk): Path<String>,
    visit: Visit,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at);
    visit.actor()?.must(endpoint.slug, Verb::View)?;
    let db: DatabaseExecutor<'_> = (&visit.app.db).into();
    let record = find(&visit, &db, endpoint, &pk).await?;
    Ok(shown(&visit, &db, endpoint, StatusCode::OK, &record).await?)
}

/// One row as an answer.
pub(super) async fn shown(
    visit: &Visit,
    db: &DatabaseExecutor<'_>,
    endpoint: &Endpoint,
    status: StatusCode,
    record: &Record,
) -> Result<Response> {
    let beside = Beside::load(&visit.app, db, endpoint, std::slice::from_ref(record)).await?;
    let tag = tag(visit.app.registry.get(endpoint.slug)?, record, &beside);
    Ok(with_tag(json(status, &Row { endpoint, record, beside: &beside }), tag))
}

/// The row of that key, if the endpoint has it.
pub(super) async fn find(
    visit: &Visit,
    db: &DatabaseExecutor<'_>,
    endpoint: &Endpoint,
    pk: &str,
) -> Result<Record> {
    let key: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let resource = visit.app.registry.get(endpoint.slug)?;
    let own = Expr::col((resource.meta().table, "id")).eq(key);
    let filter = endpoint.only.map_or_else(Condition::all, |only| only()).add(own);
    let fetch = Fetch { filter, order: Vec::new(), limit: 1 };
    resource.fetch(db, fetch).await?.pop().ok_or(Error::NotFound)
}

/// The version of a row as an entity tag, for `If-Match`: what people change, not what loaders count. A number of
/// the original's has that of what it stands for.
pub(super) fn tag(resource: &dyn AnyResource, record: &Record, beside: &Beside) -> Option<String> {
    let version = beside.version_behind(record).or_else(|| version_of(resource, record));
    version.map(|version| format!("\"{version}\""))
}

fn with_tag(mut response: Response, tag: Option<String>) -> Response {
    if let Some(value) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(header::ETAG, value);
    }
    response
}
