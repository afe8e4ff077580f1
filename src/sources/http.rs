//! Asks other servers: with limits for time and size, again when it may help, and without telling secrets.
use super::fault::{Fault, Kind, seconds};
use chrono::DateTime;
use rand::RngExt;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, DATE, HeaderMap, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, Method, Response, Url};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What errors say is read up to here.
const LONGEST_ERROR: usize = 64 << 10;

/// How long, how large, how often.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// Without a byte of an answer.
    pub silence: Duration,
    /// For one whole answer.
    pub answer: Duration,
    /// Bytes of one answer.
    pub size: usize,
    /// Requests in all, when the first one fails in a way that may pass.
    pub attempts: u32,
    /// Before the second attempt; doubled before each later one.
    pub pause: Duration,
    /// A server that asks to wait longer than this is left alone.
    pub longest_wait: Duration,
    /// How often a server may send elsewhere below its own name.
    pub redirects: usize,
    /// Past the proxy that the environment names.
    pub direct: bool,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            silence: Duration::from_secs(60),
            answer: Duration::from_secs(180),
            size: 64 << 20,
            attempts: 4,
            pause: Duration::from_millis(500),
            longest_wait: Duration::from_secs(60),
            redirects: 5,
            direct: false,
        }
    }
}

/// Who we are to a server. Never shown.
#[derive(Clone, Debug, Default)]
pub struct Credentials(Option<HeaderValue>);

impl Credentials {
    /// Nobody.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }

    /// `Authorization: Bearer …` (RFC 6750).
    ///
    /// # Errors
    /// When it holds what no header can.
    pub fn bearer(token: &str) -> anyhow::Result<Self> {
        Self::token("Bearer ", token)
    }

    /// `Authorization:` with any words before the token.
    ///
    /// # Errors
    /// When it holds what no header can.
    pub fn token(words: &str, token: &str) -> anyhow::Result<Self> {
        let Ok(mut value) = HeaderValue::from_str(&format!("{words}{}", token.trim())) else {
            anyhow::bail!("the token holds characters that no token has, such as a line end");
        };
        value.set_sensitive(true);
        Ok(Self(Some(value)))
    }

    /// `Authorization: Basic …` (RFC 7617).
    ///
    /// # Errors
    /// Never: it is encoded.
    pub fn basic(user: &str, password: &str) -> anyhow::Result<Self> {
        use base64::Engine;
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{user}:{password}"));
        Self::token("Basic ", &pair)
    }
}

/// A client for one kind of server. Cloning is cheap, and shares connections.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    limits: Limits,
}

/// What is sent.
struct Request<'a> {
    method: Method,
    url: &'a Url,
    credentials: &'a Credentials,
    body: Option<(&'static str, Vec<u8>)>,
}

impl Http {
    /// A client with limits.
    ///
    /// # Errors
    /// When TLS cannot be set up.
    pub fn new(limits: Limits) -> anyhow::Result<Self> {
        let redirects = limits.redirects;
        let client = Client::builder()
            .user_agent(concat!("opint/", env!("CARGO_PKG_VERSION")))
            .tls_backend_preconfigured(tls()?)
            .connect_timeout(limits.connect)
            .read_timeout(limits.silence)
            .timeout(limits.answer)
            .redirect(Policy::custom(move |attempt| {
                let (first, hops) = (attempt.previous().first(), attempt.previous().len());
                let same = first.is_some_and(|first| first.origin() == attempt.url().origin());
                if same && hops <= redirects { attempt.follow() } else { attempt.stop() }
            }));
        let client = if limits.direct { client.no_proxy() } else { client };
        Ok(Self { client: client.build()?, limits })
    }

    /// The same, with another number of attempts: 1 for what must not happen twice.
    #[must_use]
    pub fn with_attempts(&self, attempts: u32) -> Self {
        Self { client: self.client.clone(), limits: Limits { attempts, ..self.limits.clone() } }
    }

    /// Asks for JSON of a certain form.
    ///
    /// # Errors
    /// When there is no answer, no success, or another form.
    pub async fn get<T: DeserializeOwned>(&self, url: &Url, credentials: &Credentials) -> Result<T, Fault> {
        let body = self.send(&Request { method: Method::GET, url, credentials, body: None }).await?;
        serde_json::from_slice(&body).map_err(|error| Fault::of_json(host(url), &body, &error))
    }

    /// Sends a body of a certain type, and gives that of the answer.
    ///
    /// # Errors
    /// When there is no answer, or no success.
    pub async fn post(
        &self,
        url: &Url,
        credentials: &Credentials,
        kind: &'static str,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, Fault> {
        self.send(&Request { method: Method::POST, url, credentials, body: Some((kind, body)) }).await
    }

    /// Tries until it works, does not make sense any more, or was often enough.
    async fn send(&self, request: &Request<'_>) -> Result<Vec<u8>, Fault> {
        let mut attempt = 1;
        loop {
            let fault = match self.once(request).await {
                Ok(body) => return Ok(body),
                Err(fault) => fault,
            };
            let wait = fault.wait.unwrap_or_else(|| self.pause(attempt));
            if !fault.is_temporary() || attempt >= self.limits.attempts || wait > self.limits.longest_wait {
                return Err(fault);
            }
            tracing::warn!(attempt, "{fault}; asking again in {} s", seconds(wait));
            tokio::time::sleep(wait).await;
            attempt += 1;
        }
    }

    /// Between half and all of a time that doubles: many clients shall not come back at once.
    fn pause(&self, attempt: u32) -> Duration {
        let longest = self.limits.pause * 2_u32.saturating_pow(attempt.saturating_sub(1).min(10));
        longest.mul_f64(rand::rng().random_range(0.5..1.0)).min(self.limits.longest_wait)
    }

    /// Which limit an error is about, if it is about time.
    fn passed(&self, error: &reqwest::Error, time: Duration) -> Duration {
        match error.is_connect() {
            true => self.limits.connect,
            false if time < self.limits.answer => self.limits.silence,
            false => self.limits.answer,
        }
    }

    async fn once(&self, request: &Request<'_>) -> Result<Vec<u8>, Fault> {
        let host = host(request.url);
        let mut sent = self.client.request(request.method.clone(), request.url.clone());
        if let Some(value) = &request.credentials.0 {
            sent = sent.header(AUTHORIZATION, value.clone());
        }
        if let Some((kind, body)) = &request.body {
            sent = sent.header(CONTENT_TYPE, *kind).body(body.clone());
        }
        let start = Instant::now();
        let fault = |error| Fault::of_client(host, &error, self.passed(&error, start.elapsed()));
        let mut answer = sent.send().await.map_err(fault)?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(redirected(host, &answer));
        }
        let most = if status.is_success() { self.limits.size } else { LONGEST_ERROR };
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(fault)? {
            if body.len() + part.len() > most {
                if status.is_success() {
                    let what = format!("answers with more than {} kB", most >> 10);
                    return Err(Fault::new(host, Kind::TooLarge, what));
                }
                break;
            }
            body.extend_from_slice(&part);
        }
        if status.is_success() {
            return Ok(body);
        }
        Err(Fault::of_status(host, status.as_u16(), &body, wait(answer.headers())))
    }
}

fn host(url: &Url) -> &str {
    url.host_str().unwrap_or("the server")
}

fn redirected(host: &str, answer: &Response) -> Fault {
    let place = answer.headers().get(LOCATION).and_then(|place| place.to_str().ok());
    let place = place.and_then(|place| answer.url().join(place).ok());
    let place = place.as_ref().and_then(Url::host_str).unwrap_or("nowhere");
    Fault::new(host, Kind::Redirected, format!("sends to {place}, which is not asked; is the address right?"))
}

/// How long the server asks to wait (RFC 9110, 10.2.3): seconds, or a time by the server's own clock.
fn wait(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let after = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(after).ok()?;
    let now = DateTime::parse_from_rfc2822(text(DATE)?).ok()?;
    (until - now).to_std().ok()
}

/// Trusts what the system trusts: `SSL_CERT_FILE`, `SSL_CERT_DIR`, or the usual places such as
/// `/etc/ssl/certs/ca-certificates.crt`; where there is none of it, what Mozilla trusts.
fn tls() -> anyhow::Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    Ok(rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(reqwest::header::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn a_server_may_ask_to_wait_in_seconds_or_until_a_time() {
        let date = (DATE, "Wed, 21 Oct 2026 07:28:00 GMT");
        for (after, seconds) in [
            ("120", Some(120)),
            ("Wed, 21 Oct 2026 07:28:30 GMT", Some(30)),
            ("Wed, 21 Oct 2026 07:27:00 GMT", None),
            ("soon", None),
        ] {
            let waited = wait(&headers(&[(RETRY_AFTER, after), date.clone()]));
            assert_eq!(waited, seconds.map(Duration::from_secs), "{after}");
        }
        assert_eq!(wait(&headers(&[])), None);
    }

    #[test]
    fn secrets_are_not_shown_and_cannot_break_a_header() {
        let credentials = Credentials::bearer("glsa_secret\n").unwrap();
        assert!(!format!("{credentials:?}").contains("secret"));
        assert!(Credentials::bearer("two\nlines").is_err());
        assert!(!format!("{:?}", Credentials::basic("reader", "secret").unwrap()).contains("secret"));
    }
}
