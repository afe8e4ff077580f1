//! The API for whoever opens it with a browser: the same answers on a page, with links to follow.
use super::answer::json;
use super::read::base;
use crate::admin::Verb;
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::{HeaderMap, Method, StatusCode, header, response::Parts};
use axum::response::Response;
use serde_json::{Map, Value};

#[derive(Template)]
#[template(path = "api/browse.html")]
struct BrowsePage {
    chrome: Chrome,
    method: String,
    address: String,
    status: String,
    allow: Option<String>,
    lines: Vec<Line>,
    raw: String,
    next: Option<String>,
    previous: Option<String>,
}

/// A line of the answer: text, with an address in it made a link.
struct Line {
    before: String,
    link: Option<String>,
    after: String,
}

/// `GET /api/`: addresses of all lists that the visitor may read.
pub(super) async fn root(visit: Visit, headers: HeaderMap) -> Result<Response> {
    visit.actor()?;
    let base = base(&visit, &headers);
    let mut all = Map::new();
    for endpoint in visit.app.api.endpoints.iter().filter(|endpoint| visit.may(endpoint.slug, Verb::View)) {
        all.insert(endpoint.path.clone(), Value::String(format!("{base}{}/", endpoint.path)));
    }
    if visit.may("issues", Verb::View) {
        for name in ["board", "matrix"] {
            all.insert(name.into(), Value::String(format!("{base}{name}/")));
        }
    }
    Ok(json(StatusCode::OK, &all))
}

/// Draws an answer.
pub(super) async fn draw(
    visit: &Visit,
    method: &Method,
    parts: &Parts,
    value: Option<&Value>,
) -> Result<Response> {
    let crumbs = vec![Crumb::to("API", "/api/"), Crumb::here(visit.path.clone())];
    let chrome = visit.chrome(format!("API: {}", visit.path), crumbs).await?;
    let text = value.map(|value| serde_json::to_string_pretty(value).unwrap_or_default()).unwrap_or_default();
    let link =
        |name: &str| value.and_then(|value| value.get(name)).and_then(Value::as_str).map(str::to_owned);
    let query = if visit.query.is_empty() { String::new() } else { format!("?{}", visit.query) };
    let raw = crate::admin::changelist::params::Params::parse(&visit.query).with("format", "json");
    let page = BrowsePage {
        chrome,
        method: method.to_string(),
        address: format!("{}{query}", visit.path),
        status: parts.status.to_string(),
        allow: parts.headers.get(header::ALLOW).and_then(|allow| allow.to_str().ok()).map(str::to_owned),
        lines: text.lines().map(line).collect(),
        raw: format!("{}{}", visit.path, raw.href()),
        next: link("next"),
        previous: link("previous"),
    };
    render(parts.status, &page)
}

/// Only addresses of this site's own making are links: whatever else an answer holds is text.
fn line(text: &str) -> Line {
    let whole = || Line { before: text.to_owned(), link: None, after: String::new() };
    let Some(start) = text.find("\"http").map(|at| at + 1) else { return whole() };
    let Some(length) = text[start..].find('"') else { return whole() };
    let address = &text[start..start + length];
    let is_ours = text.trim_start().starts_with('"') && address.contains("/api/");
    if !is_ours || !(address.starts_with("http://") || address.starts_with("https://")) {
        return whole();
    }
    Line {
        before: text[..start].to_owned(),
        link: Some(address.to_owned()),
        after: text[start + length..].to_owned(),
    }
}
