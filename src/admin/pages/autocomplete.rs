//! What a type-ahead field asks while one types.
use crate::admin::changelist::params::Params;
use crate::admin::changelist::search::texts;
use crate::admin::{Fetch, Kind, Verb, shorten};
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order};
use sea_orm::{ConnectionTrait, DatabaseExecutor};
use serde_json::json;

/// Matches to a page.
const PAGE: u64 = 20;
/// Pages one may ask for: whoever needs more has to type more.
const PAGES: u64 = 50;

/// `GET /admin/autocomplete/?resource=…&field=…&term=…&page=…`
pub async fn autocomplete(visit: Visit) -> Result<Response> {
    let actor = visit.actor()?;
    let params = Params::parse(&visit.query);
    let refuse = || Error::Forbidden("autocomplete".into());
    let resource =
        visit.app.registry.get(params.get("resource").unwrap_or_default()).map_err(|_| refuse())?;
    if !Verb::ALL.iter().any(|verb| actor.may(resource.meta().slug, *verb)) {
        return Err(Error::Forbidden(resource.meta().codename(Verb::View)));
    }
    let (_, field) = resource.meta().field(params.get("field").unwrap_or_default()).ok_or_else(refuse)?;
    let Kind::Foreign(table) = &field.kind else { return Err(refuse()) };
    let target = visit.app.registry.table(table).ok_or_else(refuse)?;
    actor.must(target.meta().slug, Verb::View)?;
    let page = params.get("page").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, PAGES);
    let term = params.get("term").unwrap_or_default();
    let rows = matches(&(&visit.app.db).into(), target, term, page * PAGE + 1).await?;
    let more = rows.len() as u64 > page * PAGE && page < PAGES;
    let shown = rows
        .iter()
        .skip(usize::try_from((page - 1) * PAGE).unwrap_or_default())
        .take(usize::try_from(PAGE).unwrap_or_default());
    let results: Vec<_> =
        shown.map(|row| json!({ "id": row.pk(), "text": shorten(&row.label, 120) })).collect();
    let body = Json(json!({ "results": results, "pagination": { "more": more } }));
    Ok(([(header::CACHE_CONTROL, "private, no-store")], body).into_response())
}

/// Rows whose own texts hold every word of the term, in a stable order.
pub(super) async fn matches(
    db: &DatabaseExecutor<'_>,
    target: &dyn crate::admin::AnyResource,
    term: &str,
    limit: u64,
) -> Result<Vec<crate::admin::Record>> {
    let meta = target.meta();
    let mut filter = Condition::all();
    let term: String = term.chars().take(200).collect();
    for word in term.split_whitespace().take(8).filter(|word| !word.contains('\0')) {
        let mut any = texts(db.get_database_backend(), meta, word).unwrap_or_else(Condition::any);
        if let Ok(key) = word.trim_start_matches('#').parse::<i64>() {
            any = any.add(Expr::col((meta.table, "id")).eq(key));
        }
        filter = filter.add(if any.is_empty() { any.add(Expr::val(1).eq(0)) } else { any });
    }
    let name =
        meta.search.iter().map(|(at, _)| &meta.fields[*at]).find(|field| matches!(field.kind, Kind::Text(_)));
    let mut order: Vec<(Expr, Order)> =
        name.map(|field| (Expr::col((meta.table, field.column)), Order::Asc)).into_iter().collect();
    order.push((Expr::col((meta.table, "id")), Order::Asc));
    Ok(target.fetch(db, Fetch { filter, order, limit }).await?)
}
