//! What happens before a list is read: forms above it become ordinary addresses, and views are opened.
use super::autocomplete::matches;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::views::{Opened, Views, open};
use crate::admin::changelist::{advanced, columns, page::SIZES};
use crate::admin::{AnyResource, Field, Kind, Verb, shorten};
use crate::error::Result;
use crate::web::{Level, Message, Visit};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, SameSite};

/// Rows that a typed name may stand for.
const CANDIDATES: u64 = 20;
/// Name of the cookie that keeps how many rows a page has.
const ROWS: &str = "opint_rows";

/// Where an address leads.
pub(super) enum Arrival {
    /// To another one.
    Elsewhere(String),
    /// Here.
    Here(Opened),
}

/// Where the address of a visit leads.
pub(super) async fn arrive(visit: &Visit, resource: &dyn AnyResource, views: &Views) -> Result<Arrival> {
    let meta = resource.meta();
    let given = Params::parse(&visit.query);
    let here = |params: &Params| format!("/admin/{}/{}", meta.slug, params.href());
    if let Some(params) = columns::submitted(meta, &given) {
        return Ok(Arrival::Elsewhere(here(&params)));
    }
    let mut found = Vec::new();
    let mut parts = Vec::new();
    for (field, text) in advanced::typed(meta, &given) {
        let not = given.get(&format!("_op_{}", field.name)) == Some("not");
        match named(visit, field, text).await? {
            Named::Row(key) => found.push((field.name.clone(), key)),
            Named::Part(key) if !not => parts.push((key, text.to_owned())),
            _ => {
                let text = format!("{}: nothing is called “{}”.", field.title, shorten(text, 40));
                visit.say(Message::plain(Level::Warn, text)).await?;
            }
        }
    }
    if let Some(params) = advanced::submitted(meta, &given, &found) {
        let params = parts.into_iter().fold(params, |params, (key, text)| params.and(&key, text));
        return Ok(Arrival::Elsewhere(here(&params)));
    }
    let actor = visit.actor()?;
    if let Some(view) = views.default().filter(|_| visit.query.is_empty()) {
        return Ok(Arrival::Elsewhere(format!("/admin/{}/?view={}", meta.slug, view.key)));
    }
    Ok(Arrival::Here(open(&visit.app.registry, meta, views, given, actor)))
}

/// What a typed name means.
enum Named {
    /// One row, by key.
    Row(String),
    /// A part of the names of several, to be looked for under this name in the address.
    Part(String),
    /// Nothing.
    Nothing,
}

async fn named(visit: &Visit, field: &Field, text: &str) -> Result<Named> {
    let Kind::Foreign(table) = &field.kind else { return Ok(Named::Nothing) };
    let target = visit.app.registry.table(table).filter(|target| visit.may(target.meta().slug, Verb::View));
    let Some(target) = target else { return Ok(Named::Nothing) };
    let rows = matches(&(&visit.app.db).into(), target, text, CANDIDATES).await?;
    if let Some(row) = rows.iter().find(|row| row.label.to_lowercase() == text.to_lowercase()) {
        return Ok(Named::Row(row.pk()));
    }
    let meta = target.meta();
    let searched = meta.search.iter().map(|(at, _)| &meta.fields[*at]);
    let name = searched.into_iter().find(|field| matches!(field.kind, Kind::Text(_)));
    Ok(match (rows.as_slice(), name) {
        ([], _) => Named::Nothing,
        ([row], _) => Named::Row(row.pk()),
        (_, Some(name)) => Named::Part(format!("{}__{}__icontains", field.name, name.name)),
        _ => Named::Nothing,
    })
}

/// How many rows a page has where the address does not say: as many as last time.
pub(super) fn remembered_size(visit: &Visit) -> Option<u64> {
    let size = visit.jar.get(ROWS)?.value().parse().ok()?;
    SIZES.contains(&size).then_some(size)
}

/// Keeps how many rows were asked for, for next time.
pub(super) fn remember_size(visit: &Visit, params: &Params, response: &mut Response) {
    let asked = params.get("n").and_then(|size| size.parse::<u64>().ok()).filter(|size| SIZES.contains(size));
    let Some(size) = asked.filter(|size| remembered_size(visit) != Some(*size)) else { return };
    let cookie = Cookie::build((ROWS, size.to_string()))
        .path("/admin/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(visit.app.config.https())
        .permanent()
        .build();
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}
