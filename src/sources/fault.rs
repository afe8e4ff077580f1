//! Why a request failed, in a sentence that people read.
use super::record::clean;
use serde_json::Value;
use std::borrow::Cow;
use std::error::Error;
use std::time::Duration;

/// What another server says about an error is cut after so many bytes.
const LONGEST_SAYING: usize = 300;

/// A request that failed. Its text names the host and nothing else of the address, and no secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{host} {what}")]
pub struct Fault {
    /// Who was asked.
    pub host: String,
    /// What sort of failure it is.
    pub kind: Kind,
    /// How long to wait before asking again, if the server says so.
    pub wait: Option<Duration>,
    what: String,
}

/// Sorts of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// No connection.
    Unreachable,
    /// The other side cannot show who it is.
    Untrusted,
    /// No answer in time.
    Slow,
    /// The answer ended in the middle.
    CutOff,
    /// The answer is larger than anything expected.
    TooLarge,
    /// The server sends elsewhere.
    Redirected,
    /// The server answered with an error.
    Status(u16),
    /// The answer has another form than documented, or is not whole.
    Unreadable,
}

impl Fault {
    pub(super) fn new(host: &str, kind: Kind, what: impl Into<String>) -> Self {
        Self { host: host.to_owned(), kind, wait: None, what: what.into() }
    }

    /// An answer that cannot be used.
    pub(super) fn unreadable(host: &str, what: impl Into<String>) -> Self {
        Self::new(host, Kind::Unreadable, what)
    }

    /// Whether the same request may work later.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        match self.kind {
            Kind::Unreachable | Kind::Slow | Kind::CutOff => true,
            Kind::Status(status) => matches!(status, 408 | 425 | 429 | 500..),
            Kind::Untrusted | Kind::TooLarge | Kind::Redirected | Kind::Unreadable => false,
        }
    }

    /// From the HTTP client's error, whose own text would show the address.
    pub(super) fn of_client(host: &str, error: &reqwest::Error, limit: Duration) -> Self {
        if error.is_timeout() {
            return Self::new(host, Kind::Slow, format!("did not answer within {} s", seconds(limit)));
        }
        let cause = innermost(error);
        if error.is_connect() {
            let kind = if is_about_trust(error) { Kind::Untrusted } else { Kind::Unreachable };
            let what = if kind == Kind::Untrusted { "cannot be trusted" } else { "cannot be reached" };
            return Self::new(host, kind, format!("{what}: {cause}"));
        }
        Self::new(host, Kind::CutOff, format!("broke off in the middle of its answer: {cause}"))
    }

    /// From an answer that is no success.
    pub(super) fn of_status(host: &str, status: u16, body: &[u8], wait: Option<Duration>) -> Self {
        let said = said(body).map_or_else(String::new, |said| format!(": {said}"));
        let page = if is_page(body) { " with a page instead of data" } else { "" };
        let what = match (status, wait) {
            (401, _) => format!("refuses the token (401{said})"),
            (403, _) => format!("does not allow that (403{said})"),
            (429, Some(wait)) => format!("gets too many requests (429) and asks to wait {} s", seconds(wait)),
            (429, None) => "gets too many requests (429)".to_owned(),
            _ => format!("answers {status}{page}{said}"),
        };
        Self { wait, ..Self::new(host, Kind::Status(status), what) }
    }

    /// From an answer that should be JSON of a certain form.
    pub(super) fn of_json(host: &str, body: &[u8], error: &serde_json::Error) -> Self {
        if is_page(body) {
            return Self::unreadable(host, "answers with a page instead of data; is the token still valid?");
        }
        Self::unreadable(host, format!("answers with something unexpected: {error}"))
    }
}

/// Whole seconds, or what is left of one.
pub(super) fn seconds(time: Duration) -> String {
    if time.subsec_millis() == 0 { time.as_secs().to_string() } else { format!("{:.1}", time.as_secs_f64()) }
}

/// What the body of an error says: the texts that Grafana, InfluxDB, Elasticsearch, Zammad and Mattermost use.
fn said(body: &[u8]) -> Option<String> {
    saying(&serde_json::from_slice(body).ok()?)
}

/// The sentence in an error's JSON.
pub(super) fn saying(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => Some(text.clone()),
        Value::Object(fields) => {
            ["error_human", "message", "reason", "error", "root_cause", "detail", "caused_by"]
                .iter()
                .find_map(|name| saying(fields.get(*name)?))
        }
        Value::Array(list) => list.first().and_then(saying),
        _ => None,
    }?;
    let text = clean(Cow::Owned(text), LONGEST_SAYING).split_whitespace().collect::<Vec<_>>().join(" ");
    (!text.is_empty()).then_some(text)
}

fn is_page(body: &[u8]) -> bool {
    body.trim_ascii_start().first() == Some(&b'<')
}

/// The last of the causes, which is the one that says something: "Connection refused", "certificate expired".
fn innermost(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.last().map_or_else(|| "the connection was lost".to_owned(), ToString::to_string)
}

fn is_about_trust(error: &reqwest::Error) -> bool {
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.any(|cause| {
        let inner = cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause.is::<rustls::Error>() || inner.is_some_and(|inner| inner.is::<rustls::Error>())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_servers_say_is_one_short_sentence() {
        for (body, sentence) in [
            (r#"{"message":"Invalid API key"}"#, "se answers 400: Invalid API key"),
            (
                r#"{"error":"error parsing query: found\n EOF"}"#,
                "se answers 400: error parsing query: found EOF",
            ),
            (
                r#"{"error":{"root_cause":[{"type":"x","reason":"no such index"}],"type":"x"},"status":400}"#,
                "se answers 400: no such index",
            ),
            (r#"{"error":"x","error_human":"Not allowed"}"#, "se answers 400: Not allowed"),
            ("<html>secret</html>", "se answers 400 with a page instead of data"),
            ("nonsense", "se answers 400"),
            ("", "se answers 400"),
        ] {
            assert_eq!(Fault::of_status("se", 400, body.as_bytes(), None).to_string(), sentence);
        }
    }
}
