//! Draws errors: a page for people, JSON for programs. The outermost frame has no visitor (the
//! database may be away), so there the page stands alone.
use super::page::found;
use super::page::{Chrome, Crumb, render};
use super::visit::Visit;
use crate::error::Problem;
use askama::Template;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage {
    chrome: Chrome,
    status: u16,
    problem: Problem,
    request_id: String,
}

#[derive(Template)]
#[template(path = "error_alone.html")]
struct ErrorAlone {
    status: u16,
    problem: Problem,
    request_id: String,
}

/// Inside the session: errors in the frame of the visitor; nobody signed in goes to sign in.
pub(super) async fn framed(request: Request, next: Next) -> Response {
    let visit = request.extensions().get::<Visit>().cloned();
    let safe = request.method().is_safe();
    let from = came_from(request.headers());
    let response = next.run(request).await;
    let (Some(visit), true) = (visit, needs_drawing(&response)) else { return response };
    let status = response.status();
    let problem = problem(&response);
    if visit.json {
        return as_json(&response, status, &problem);
    }
    if status == StatusCode::UNAUTHORIZED {
        return to_sign_in(&visit, from.filter(|_| !safe), safe, &response);
    }
    if visit.actor.is_none() || status == StatusCode::SERVICE_UNAVAILABLE {
        return response;
    }
    let Ok(chrome) = visit.chrome(problem.title.clone(), vec![Crumb::here(problem.title.clone())]).await
    else {
        return response;
    };
    let page = ErrorPage { chrome, status: status.as_u16(), problem, request_id: visit.request_id.clone() };
    drawn(response, status, &page)
}

/// Page of ours on which the form stood.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let (_, rest) = text(header::REFERER)?.split_once("://")?;
    let path = rest.strip_prefix(text(header::HOST)?)?;
    path.starts_with('/').then(|| path.to_owned())
}

/// To sign in and from there back; who has signed in again elsewhere goes straight back to the form.
fn to_sign_in(visit: &Visit, from: Option<String>, safe: bool, response: &Response) -> Response {
    let kept = response.headers().get(header::SET_COOKIE);
    let own = || {
        if visit.query.is_empty() { visit.path.clone() } else { format!("{}?{}", visit.path, visit.query) }
    };
    // What is kept comes back where it was sent to, which need not be where it was typed; other addresses
    // that take forms may have nothing to show.
    let next = from.filter(|_| kept.is_none()).unwrap_or_else(own);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.append_pair("next", &next);
    if !safe {
        query.append_pair("ended", if kept.is_some() { "kept" } else { "lost" });
    }
    let sign_in = format!("/admin/login/?{}", query.finish());
    let mut answer = found(if visit.actor.is_some() { &next } else { &sign_in });
    if let Some(cookie) = kept {
        answer.headers_mut().insert(header::SET_COOKIE, cookie.clone());
    }
    answer
}

/// Outside of everything: errors on a page of their own.
pub(super) async fn alone(request: Request, next: Next) -> Response {
    let id =
        request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let json = request
        .headers()
        .get(header::ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.starts_with("application/json"));
    let json =
        json || ["/api/", "/auth/rest-auth/"].iter().any(|root| request.uri().path().starts_with(root));
    // A probe reads a word, and a person who asks it by hand wants the reason.
    let probe = request.uri().path() == "/readyz";
    let response = next.run(request).await;
    if probe || !needs_drawing(&response) {
        return response;
    }
    let (status, problem) = (response.status(), problem(&response));
    if json {
        return as_json(&response, status, &problem);
    }
    let page = ErrorAlone { status: status.as_u16(), problem, request_id: id };
    drawn(response, status, &page)
}

/// An error that nobody has drawn yet: bare, or with the plain text of some layer.
fn needs_drawing(response: &Response) -> bool {
    let error = response.status().is_client_error() || response.status().is_server_error();
    let kind =
        response.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    error && (kind.is_empty() || kind.starts_with("text/plain"))
}

fn problem(response: &Response) -> Problem {
    response.extensions().get::<Problem>().cloned().unwrap_or_else(|| Problem::of_status(response.status()))
}

/// The page with the headers that the error itself had.
fn drawn(response: Response, status: StatusCode, page: &impl Template) -> Response {
    match render(status, page) {
        Ok(mut page) => {
            for name in [header::ALLOW, header::RETRY_AFTER] {
                if let Some(value) = response.headers().get(&name) {
                    page.headers_mut().insert(name, value.clone());
                }
            }
            page
        }
        Err(_) => response,
    }
}

fn as_json(response: &Response, status: StatusCode, problem: &Problem) -> Response {
    let body = if problem.errors.is_empty() {
        json!({ "detail": format!("{}. {}", problem.title, problem.text) })
    } else {
        json!(*problem.errors)
    };
    let mut answer = (status, axum::Json(body)).into_response();
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}
