//! Servers that stand in for others on free loopback ports. They answer what is documented, to requests that are as
//! documented; any other request fails the test when the stand-in is dropped. A test can queue troubles, each of
//! which spoils one request.

pub(in crate::tests) mod cric;
pub(in crate::tests) mod grafana;
pub(in crate::tests) mod influxdb;
pub(in crate::tests) mod mattermost;
pub(in crate::tests) mod search;
mod search_query;
pub(in crate::tests) mod zammad;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{Request, Response, header};
use http_body_util::BodyExt;
use http_body_util::channel::Channel;
use serde_json::Value;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// What can go wrong with one request.
#[derive(Clone, Debug)]
pub(in crate::tests) enum Trouble {
    /// None: the request is answered as it should be.
    Nothing,
    /// A status with a body; JSON if it begins with `{` or `[`, else HTML.
    Status(u16, &'static str),
    /// 429, maybe with `Retry-After` in seconds.
    TooMany(Option<u64>),
    /// 200 with a page, as a proxy shows when a session is over.
    Page,
    /// Sends elsewhere.
    Redirect(String),
    /// No answer at all.
    Silent,
    /// The first half of the right answer, a byte at a time.
    Dripping,
    /// The first half of the right answer; then the connection is closed.
    CutOff,
}

/// A request as it came.
pub(in crate::tests) struct Asked {
    pub(in crate::tests) method: String,
    pub(in crate::tests) path: String,
    pub(in crate::tests) query: Vec<(String, String)>,
    pub(in crate::tests) body: Vec<u8>,
    head: Parts,
}

impl Asked {
    pub(in crate::tests) fn header(&self, name: &str) -> &str {
        self.head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// A parameter of the query, which must be there once.
    pub(in crate::tests) fn parameter(&self, name: &str) -> Result<&str, String> {
        let values: Vec<_> = self.query.iter().filter(|(known, _)| known == name).collect();
        match values[..] {
            [(_, value)] => Ok(value),
            _ => Err(format!("{} parameters “{name}” in {}", values.len(), self.head.uri)),
        }
    }

    /// That these are the parameters, and no others.
    pub(in crate::tests) fn only_parameters(&self, names: &[&str]) -> Result<(), String> {
        let mut known: Vec<_> = self.query.iter().map(|(name, _)| name.as_str()).collect();
        let mut names = names.to_vec();
        known.sort_unstable();
        names.sort_unstable();
        if known == names { Ok(()) } else { Err(format!("parameters {known:?} instead of {names:?}")) }
    }

    pub(in crate::tests) fn is(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == path
    }

    /// That a request without a body has none, and asks for what can be answered.
    pub(in crate::tests) fn bare(&self) -> Result<(), String> {
        if !self.body.is_empty() {
            return Err("a GET request with a body".into());
        }
        let accept = self.header("accept");
        let json = ["", "*/*", "application/json"].contains(&accept);
        if json { Ok(()) } else { Err(format!("accepts {accept} only")) }
    }
}

/// An answer.
pub(in crate::tests) struct Reply {
    pub(in crate::tests) status: u16,
    pub(in crate::tests) kind: &'static str,
    pub(in crate::tests) body: Vec<u8>,
}

impl Reply {
    pub(in crate::tests) fn json(status: u16, body: &Value) -> Self {
        Self { status, kind: "application/json", body: body.to_string().into_bytes() }
    }
}

/// What a stand-in knows. An error is a request that the documentation does not allow.
#[async_trait::async_trait]
pub(in crate::tests) trait Service: Send + Sync + 'static {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String>;
}

/// A running stand-in.
pub(in crate::tests) struct StandIn<S> {
    /// Its address, without a slash at the end.
    pub(in crate::tests) url: String,
    pub(in crate::tests) service: Arc<S>,
    shared: Arc<Shared>,
    server: JoinHandle<()>,
}

#[derive(Default)]
struct Shared {
    troubles: Mutex<VecDeque<Trouble>>,
    complaints: Mutex<Vec<String>>,
    requests: Mutex<Vec<String>>,
}

impl<S: Service> StandIn<S> {
    pub(in crate::tests) async fn start(service: S) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("has an address"));
        let (service, shared) = (Arc::new(service), Arc::new(Shared::default()));
        let router = Router::new().fallback(handle::<S>).with_state((service.clone(), shared.clone()));
        let server = tokio::spawn(async move {
            axum::serve(listener, router).await.expect("serves");
        });
        Self { url, service, shared, server }
    }

    /// Spoils the next request; called again, the one after it.
    pub(in crate::tests) fn trouble(&self, trouble: Trouble) {
        self.shared.troubles.lock().expect("not poisoned").push_back(trouble);
    }

    /// Requests so far, as `GET /path?query`.
    pub(in crate::tests) fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().expect("not poisoned").clone()
    }
}

impl<S> Drop for StandIn<S> {
    fn drop(&mut self) {
        self.server.abort();
        let complaints = self.shared.complaints.lock().expect("not poisoned");
        assert!(complaints.is_empty() || std::thread::panicking(), "was asked wrongly: {complaints:#?}");
    }
}

async fn handle<S: Service>(
    State((service, shared)): State<(Arc<S>, Arc<Shared>)>,
    request: Request<Body>,
) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.expect("a whole request").to_bytes().to_vec();
    let query = url::form_urlencoded::parse(head.uri.query().unwrap_or_default().as_bytes());
    let asked = Asked {
        method: head.method.to_string(),
        path: head.uri.path().to_owned(),
        query: query.into_owned().collect(),
        body,
        head,
    };
    shared.requests.lock().expect("not poisoned").push(format!("{} {}", asked.method, asked.head.uri));
    let trouble = shared.troubles.lock().expect("not poisoned").pop_front();
    match service.answer(&asked).await {
        Ok(reply) => spoil(reply, trouble).await,
        Err(complaint) => {
            shared
                .complaints
                .lock()
                .expect("not poisoned")
                .push(format!("{} {}: {complaint}", asked.method, asked.path));
            respond(Reply::json(400, &serde_json::json!({"error": complaint})))
        }
    }
}

/// Long enough for a whole answer to take longer than any test waits, short enough never to be silence.
const DRIP: Duration = Duration::from_millis(100);

async fn spoil(reply: Reply, trouble: Option<Trouble>) -> Response<Body> {
    let html = |status, body: &str| Reply { status, kind: "text/html", body: body.into() };
    match trouble {
        None | Some(Trouble::Nothing) => respond(reply),
        Some(Trouble::Status(status, body)) if body.starts_with(['{', '[']) => {
            respond(Reply { status, kind: "application/json", body: body.into() })
        }
        Some(Trouble::Status(status, body)) => respond(html(status, body)),
        Some(Trouble::Page) => respond(html(200, "<!DOCTYPE html><title>Sign in</title>")),
        Some(Trouble::TooMany(after)) => {
            let mut response = respond(Reply::json(429, &serde_json::json!({"message": "limit"})));
            if let Some(after) = after {
                response.headers_mut().insert(header::RETRY_AFTER, after.into());
            }
            response
        }
        Some(Trouble::Redirect(place)) => {
            let mut response = respond(html(302, ""));
            response.headers_mut().insert(header::LOCATION, place.parse().expect("an address"));
            response
        }
        Some(Trouble::Silent) => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            respond(reply)
        }
        Some(Trouble::Dripping) => broken(reply, DRIP),
        Some(Trouble::CutOff) => broken(reply, Duration::ZERO),
    }
}

fn respond(reply: Reply) -> Response<Body> {
    let Reply { status, kind, body } = reply;
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    response.body(Body::from(body)).expect("a response")
}

/// Promises the whole answer and gives the first half of it, with pauses after each byte if it is to be slow; then
/// the connection is closed.
fn broken(reply: Reply, pause: Duration) -> Response<Body> {
    let Reply { status, kind, body } = reply;
    let response = Response::builder().status(status).header(header::CONTENT_TYPE, kind);
    let response = response.header(header::CONTENT_LENGTH, body.len());
    let (mut sender, channel) = Channel::<Bytes, std::io::Error>::new(1);
    tokio::spawn(async move {
        let half = &body[..body.len() / 2];
        let step = if pause.is_zero() { half.len().max(1) } else { 1 };
        for part in half.chunks(step) {
            if sender.send_data(Bytes::copy_from_slice(part)).await.is_err() {
                return;
            }
            tokio::time::sleep(pause).await;
        }
        sender.abort(std::io::Error::other("cut off"));
    });
    response.body(Body::new(channel)).expect("a response")
}
