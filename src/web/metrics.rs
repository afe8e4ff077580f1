//! `/metrics`: on an address of its own if there is one (`OPINT_METRICS_LISTEN`), which no route leads
//! to; else on the public one, for programs on this machine only.
use crate::app::App;
use crate::error::{Error, Result};
use axum::Router;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::header;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::net::SocketAddr;
use std::time::Instant;

const FORMAT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What listens on the address for metrics.
pub fn metrics_router(app: &App) -> Router {
    Router::new().route("/metrics", get(show)).with_state(app.clone())
}

async fn show(State(app): State<App>) -> Result<Response> {
    let text = app.metrics.text().map_err(|error| Error::Internal(error.into()))?;
    Ok(([(header::CONTENT_TYPE, FORMAT)], text).into_response())
}

/// The same on the public address.
pub(super) async fn show_to_this_machine(State(app): State<App>, request: Request) -> Result<Response> {
    let here = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .is_some_and(|ConnectInfo(peer)| peer.ip().to_canonical().is_loopback());
    // A proxy on this machine speaks for somebody else.
    let proxied = ["x-forwarded-for", "forwarded", "x-real-ip", "via"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    if app.config.metrics_listen.is_some() || !here || proxied {
        return Err(Error::NotFound);
    }
    show(State(app)).await
}

/// Counts every request by the template of its route.
pub(super) async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "none".to_owned(), |path| path.as_str().to_owned());
    let start = Instant::now();
    let under_way = UnderWay::new(app.clone());
    let response = next.run(request).await;
    drop(under_way);
    app.metrics.answered(&method, &route, response.status().as_u16(), start.elapsed());
    response
}

/// A request under way; a visitor who leaves ends it, too.
struct UnderWay(App);

impl UnderWay {
    fn new(app: App) -> Self {
        app.metrics.in_flight.inc();
        Self(app)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}
