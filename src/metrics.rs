//! What Prometheus asks for (text format 1.0, <https://prometheus.io/docs/specs/om/open_metrics_spec/>).
//! Labels have few values: routes by their template, never by the path asked for.
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};
use std::time::Duration;

/// Bounds of the buckets for request times, in seconds: a page takes some milliseconds, the longest a
/// request may take is 30 s.
const BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0];

/// A request as it is counted.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
    status: u16,
}

/// The route alone.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// All numbers of this process.
pub struct Metrics {
    registry: Registry,
    requests: Family<Asked, Counter>,
    times: Family<Route, Histogram, fn() -> Histogram>,
    /// Requests under way.
    pub in_flight: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("opint");
        let build = Info::new([
            ("version", crate::version::RELEASE.to_owned()),
            ("commit", crate::version::COMMIT.to_owned()),
            ("build", crate::version::BUILD.clone()),
        ]);
        registry.register("build", "What this program was built from", build);
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let times = Family::new_with_constructor((|| Histogram::new(BUCKETS)) as fn() -> Histogram);
        registry.register_with_unit(
            "http_request_duration",
            "Time to the head of the answer",
            Unit::Seconds,
            times.clone(),
        );
        let in_flight = Gauge::default();
        registry.register("http_requests_in_flight", "Requests under way", in_flight.clone());
        Self { registry, requests, times, in_flight }
    }
}

impl Metrics {
    /// Counts an answer.
    pub fn answered(&self, method: &axum::http::Method, route: &str, status: u16, time: Duration) {
        let asked = Asked { method: known(method), route: route.to_owned(), status };
        self.requests.get_or_create(&asked).inc();
        self.times.get_or_create(&Route { route: route.to_owned() }).observe(time.as_secs_f64());
    }

    /// All of them as text.
    ///
    /// # Errors
    /// Never in practice: text is written to memory.
    pub fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// A visitor can invent methods; a label cannot grow with them.
fn known(method: &axum::http::Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}
