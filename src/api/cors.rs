//! Pages of other origins that may ask, as configured (Fetch standard, <https://fetch.spec.whatwg.org/#http-cors-protocol>).
//! They bring tokens: no cookie of ours counts for them.
use crate::app::App;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Duration;
use tower::{Layer, ServiceExt};
use tower_http::cors::{AllowOrigin, CorsLayer};

/// A browser asks anew after this.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Answers a browser's question before it sends something, and says in answers who may read them.
pub(super) async fn allow(State(app): State<App>, request: Request, next: Next) -> Response {
    let asks = request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    if app.config.cors_origins.is_empty() || (request.method() == Method::OPTIONS && !asks) {
        return next.run(request).await;
    }
    let service = tower::service_fn(move |request| {
        let next = next.clone();
        async move { Ok::<_, std::convert::Infallible>(next.run(request).await) }
    });
    match layer(&app.config.cors_origins).layer(service).oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

fn layer(origins: &[String]) -> CorsLayer {
    let origin = if origins.iter().any(|origin| origin == "*") {
        AllowOrigin::any()
    } else {
        AllowOrigin::list(origins.iter().filter_map(|origin| HeaderValue::from_str(origin).ok()))
    };
    CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
            Method::OPTIONS,
        ])
        .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::ACCEPT, header::IF_MATCH])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER])
        .max_age(REMEMBERED)
}
