//! What every response carries, and what every request must be.
use crate::app::App;
use crate::error::Error;
use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{Predicate, SizeAbove};

/// Scripts and styles only from our own files: what somebody smuggles into a message stays text.
const CSP: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
                   form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, &str); 6] = [
    (header::CONTENT_SECURITY_POLICY, CSP),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(), geolocation=(), microphone=()"),
];

/// Sets them; over HTTPS, browsers are told to stay there for a year.
pub(super) async fn security_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if app.config.https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    response
}

/// Who keeps a connection open to a server that is about to stop is told to open another.
pub(super) async fn last_answer(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    if app.is_stopping() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

/// Only names that are ours: links in pages and mails are made from the name asked for.
pub(super) async fn known_host(State(app): State<App>, request: Request, next: Next) -> Response {
    let host = request
        .uri()
        .host()
        .or_else(|| request.headers().get(header::HOST).and_then(|host| host.to_str().ok()))
        .unwrap_or_default();
    if app.config.answers_to(host) {
        return next.run(request).await;
    }
    let why = "This server does not answer to that host name. An administrator can add it to ALLOWED_HOSTS.";
    Error::BadRequest(why.into()).into_response()
}

/// Smaller answers fit in one packet anyway.
const WORTH_IT: u64 = 1024;

/// Compresses pages with gzip: every browser reads it, and its library is here for other reasons. What
/// is said under a token stays unguessable because tokens are masked; a page that shows
/// another secret says `Content-Encoding: identity` and is left alone.
pub(super) fn compression() -> CompressionLayer<impl Predicate> {
    // Half the time of the usual level, for a few bytes in a hundred.
    let level = CompressionLevel::Precise(4);
    CompressionLayer::new().quality(level).compress_when(SizeAbove::new(WORTH_IT).and(is_page))
}

fn is_page(
    _: axum::http::StatusCode,
    _: axum::http::Version,
    headers: &axum::http::HeaderMap,
    _: &axum::http::Extensions,
) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    kind.starts_with("text/html") || kind.starts_with("application/json")
}

/// Longest query string: pages repeat it in every link.
const LONGEST_QUERY: usize = 8 * 1024;

/// No page of ours makes a longer address.
pub(super) async fn bounded_query(request: Request, next: Next) -> Response {
    if request.uri().query().is_some_and(|query| query.len() > LONGEST_QUERY) {
        return Error::BadRequest("This address is too long. Use fewer filters or shorter words.".into())
            .into_response();
    }
    next.run(request).await
}

/// Addresses end with a slash; whoever leaves it out is sent there, query and all.
pub(super) async fn trailing_slash(request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // `//host` would lead away from here.
    if !request.method().is_safe()
        || path.ends_with('/')
        || path.ends_with(".json")
        || path.starts_with("//")
        || !["/admin", "/api", "/auth", "/issues", "/recategorisations", "/search"]
            .iter()
            .any(|root| path.starts_with(root))
    {
        return next.run(request).await;
    }
    let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
    let location = format!("{path}/{query}");
    match HeaderValue::from_str(&location) {
        Ok(location) => {
            (axum::http::StatusCode::MOVED_PERMANENTLY, [(header::LOCATION, location)]).into_response()
        }
        Err(_) => Error::NotFound.into_response(),
    }
}
