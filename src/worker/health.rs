//! Whether the worker lives. It serves no pages, so it says so beside its metrics.
use crate::app::App;
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use chrono::{DateTime, Duration, Utc};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// After this without a turn of its loop, a worker is as good as dead. A database that is away costs a turn
/// some seconds, not that long: starting anew would not bring it back.
const PATIENCE: Duration = Duration::seconds(60);

/// When the worker's loop turned last; cloning it is cheap.
#[derive(Clone, Default)]
pub struct Pulse(Arc<AtomicI64>);

impl Pulse {
    /// The loop turns.
    pub(super) fn beat(&self, now: DateTime<Utc>) {
        self.0.store(now.timestamp_millis(), Ordering::Relaxed);
    }

    /// Whether it turned lately; it never did if the worker has not begun.
    #[must_use]
    pub fn is_felt(&self, now: DateTime<Utc>) -> bool {
        now.timestamp_millis() - self.0.load(Ordering::Relaxed) < PATIENCE.num_milliseconds()
    }
}

/// What a worker serves: metrics, and `/healthz` about its loop.
pub fn router(app: &App, pulse: Pulse) -> Router {
    let clock = app.clone();
    let healthz = async move || {
        if pulse.is_felt(clock.now()) {
            (StatusCode::OK, "ok")
        } else {
            (StatusCode::SERVICE_UNAVAILABLE, "the worker's loop stands still")
        }
    };
    crate::web::metrics_router(app).route("/healthz", get(healthz))
}
