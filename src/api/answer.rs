//! How answers look: JSON as Django REST framework writes it, or a page for whoever looks with a browser.
use super::browse;
use crate::error::Problem;
use crate::web::{Visit, found};
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value, json};
use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;

/// Largest answer that is drawn as a page, in bytes.
const LARGEST_PAGE: usize = 8 * 1024 * 1024;

/// A JSON answer.
pub(super) fn json(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => crate::error::Error::Internal(error.into()).into_response(),
    }
}

/// `{"detail": …}`.
pub(super) fn refusal(status: StatusCode, detail: &str) -> Response {
    let mut response = json(status, &json!({ "detail": detail }));
    if status == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Token"));
    }
    response
}

/// What is wrong, by field.
pub(super) fn invalid(errors: &BTreeMap<String, Vec<String>>) -> Response {
    json(StatusCode::BAD_REQUEST, errors)
}

/// Faults of whatever was asked, in the shapes of Django REST framework.
pub(super) async fn refusals(request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let response = next.run(request).await;
    let status = response.status();
    let kind = response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let drawn = kind.is_some_and(|kind| !kind.starts_with("text/plain"));
    if drawn || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut answer = of_problem(status, response.extensions().get::<Problem>(), &method);
    for name in [header::ALLOW, header::RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn of_problem(status: StatusCode, problem: Option<&Problem>, method: &Method) -> Response {
    let errors = problem.map(|problem| &*problem.errors).filter(|errors| !errors.is_empty());
    if let Some(errors) = errors {
        let named = errors.iter().map(|(name, errors)| {
            (if name.is_empty() { "non_field_errors".to_owned() } else { name.clone() }, errors.clone())
        });
        return invalid(&named.collect());
    }
    let text = problem.map_or("", |problem| problem.text.as_str());
    let detail = match status {
        StatusCode::UNAUTHORIZED => "Authentication credentials were not provided.".to_owned(),
        StatusCode::FORBIDDEN => format!("You do not have permission to perform this action. {text}"),
        StatusCode::NOT_FOUND => "Not found.".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => format!("Method \"{method}\" not allowed."),
        _ if text.is_empty() => status.canonical_reason().unwrap_or("Refused").to_owned(),
        _ => text.to_owned(),
    };
    refusal(status, detail.trim_end())
}

/// What a client can read: `?format=` first, then the `Accept` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Json,
    Page,
}

/// Draws answers as the client can read them.
pub(super) async fn negotiate(request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Visit>().cloned();
    let asked = request.uri().query().and_then(|query| {
        url::form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "format")
            .map(|(_, value)| value.into_owned())
    });
    let accept = request.headers().get(header::ACCEPT).and_then(|value| value.to_str().ok());
    let format = match format(asked.as_deref(), accept) {
        Ok(format) => format,
        Err(refused) => return *refused,
    };
    let method = request.method().clone();
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::VARY, HeaderValue::from_static("Accept, Authorization, Cookie"));
    match (format, visit) {
        // A person who has not signed in yet.
        (Format::Page, Some(visit))
            if visit.actor.is_none() && response.status() == StatusCode::UNAUTHORIZED =>
        {
            let next = url::form_urlencoded::byte_serialize(visit.path.as_bytes()).collect::<String>();
            found(&format!("/admin/login/?next={next}"))
        }
        (Format::Page, Some(visit)) if is_json(&response) => page(&visit, &method, response).await,
        _ => response,
    }
}

fn format(asked: Option<&str>, accept: Option<&str>) -> Result<Format, Box<Response>> {
    match asked {
        Some("json") => return Ok(Format::Json),
        Some("api") => return Ok(Format::Page),
        Some(_) => return Err(Box::new(refusal(StatusCode::NOT_FOUND, "Not found."))),
        None => {}
    }
    let Some(accept) = accept.filter(|accept| !accept.trim().is_empty()) else { return Ok(Format::Json) };
    let kinds: Vec<(&str, f64)> =
        accept.split(',').map(weighed).filter(|(_, weight)| *weight > 0.0).collect();
    // The first of those with the largest weight; */* is a program.
    let best = |wanted: &[&str]| {
        let known = kinds.iter().enumerate().filter(|(_, (kind, _))| wanted.contains(kind));
        known
            .map(|(place, (_, weight))| (*weight, Reverse(place)))
            .max_by(|one, other| one.partial_cmp(other).unwrap_or(Ordering::Equal))
    };
    match (best(&["text/html"]), best(&["application/json", "application/*", "*/*"])) {
        (Some(page), data) if data.is_none_or(|data| page > data) => Ok(Format::Page),
        (_, Some(_)) => Ok(Format::Json),
        _ => {
            let detail = "Could not satisfy the request Accept header.";
            Err(Box::new(refusal(StatusCode::NOT_ACCEPTABLE, detail)))
        }
    }
}

/// A kind of the Accept header with its weight (RFC 9110, 12.4.2), which is 1 unless it says otherwise.
fn weighed(text: &str) -> (&str, f64) {
    let mut parts = text.split(';').map(str::trim);
    let kind = parts.next().unwrap_or_default();
    let weight = parts.find_map(|part| part.strip_prefix("q=")).and_then(|weight| weight.trim().parse().ok());
    (kind, weight.unwrap_or(1.0))
}

fn is_json(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/json")
}

/// The same answer as a page, with its status and headers.
async fn page(visit: &Visit, method: &Method, response: Response) -> Response {
    let (parts, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST_PAGE).await else {
        return refusal(StatusCode::PAYLOAD_TOO_LARGE, "This is too much for a page: ask for ?format=json.");
    };
    let value: Option<Value> = serde_json::from_slice(&bytes).ok();
    match browse::draw(visit, method, &parts, value.as_ref()).await {
        Ok(mut page) => {
            for (name, value) in &parts.headers {
                if *name != header::CONTENT_TYPE && *name != header::CONTENT_LENGTH {
                    page.headers_mut().insert(name, value.clone());
                }
            }
            page
        }
        Err(_) => Response::from_parts(parts, Body::from(bytes)),
    }
}
