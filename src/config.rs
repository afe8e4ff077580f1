//! Configuration: from the environment only. Any `NAME` can be given as `NAME_FILE`, a path whose
//! content is the value, so that secrets can be mounted.
mod oidc;

use crate::admin::changelist::page::COUNTED;
use anyhow::{Context, bail};
use ipnet::IpNet;
pub use oidc::{Oidc, group_name, is_loopback, is_private};
use std::net::SocketAddr;
use std::time::Duration;

/// Where variables come from; tests give their own.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// How the program is to run.
#[derive(Clone)]
pub struct Config {
    /// Database; `sqlite://`, `postgres://` or `mysql://`.
    pub database_url: String,
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address people type, without a slash at its end.
    pub base_url: Option<String>,
    /// Names the server answers to; `.cern.ch` stands for all below it.
    pub allowed_hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpNet>,
    /// Address for metrics alone, which the public address then does not show.
    pub metrics_listen: Option<SocketAddr>,
    /// How long to go on serving after a signal to stop, while `/readyz` already says no: routers and
    /// proxies need a while to notice.
    pub drain: Duration,
    /// A session that is not used ends after this.
    pub session_idle: Duration,
    /// A session ends after this, however much it is used.
    pub session_whole: Duration,
    /// Rows that a bulk action does while somebody waits; more become a job in the background.
    pub bulk_rows: u64,
    /// Whether programs may read without a token what the group Viewers may.
    pub anonymous_read: bool,
    /// Pages of other origins that may use the API; `*` for all.
    pub cors_origins: Vec<String>,
    /// Log lines as JSON.
    pub json_logs: bool,
    /// The monitoring: address and token.
    pub monit: Option<Remote>,
    /// InfluxDB's `/query`, if it is not behind Grafana.
    pub influx: Option<Remote>,
    /// Elasticsearch's or OpenSearch's `/_msearch`, if it is not behind Grafana.
    pub search: Option<Remote>,
    /// The catalogue of sites: address.
    pub cric: Option<Remote>,
    /// The ticket system: address and token.
    pub ggus: Option<Remote>,
    /// Incoming webhook of Mattermost; the address is its password.
    pub mattermost: Option<String>,
    /// Mail server as `smtps://user:password@host`, and who writes.
    pub smtp: Option<(String, String)>,
    /// Superuser that `ensure-admin` makes: name, address, password.
    pub admin: Option<(String, String, String)>,
    /// The identity provider, if people sign in there.
    pub oidc: Option<Oidc>,
    /// Whether people sign in with a password of this program's.
    pub local_sign_in: bool,
}

/// Another system that is asked.
#[derive(Clone)]
pub struct Remote {
    /// Its address, without a slash at its end.
    pub url: String,
    /// What opens it, if anything does.
    pub token: Option<String>,
}

/// Variables of ours that begin with `OPINT_`; any other is a typing error.
const OURS: [&str; 19] = [
    "OPINT_LISTEN",
    "OPINT_BASE_URL",
    "OPINT_LOG",
    "OPINT_METRICS_LISTEN",
    "OPINT_TRUSTED_PROXIES",
    "OPINT_ANONYMOUS_READ",
    "OPINT_BULK_ROWS",
    "OPINT_CORS_ORIGINS",
    "OPINT_ADMIN_GROUPS",
    "OPINT_OPERATOR_GROUPS",
    "OPINT_SHIFTER_GROUPS",
    "OPINT_LOCAL_SIGN_IN",
    "OPINT_DRAIN_SECONDS",
    "OPINT_SESSION_IDLE_MINUTES",
    "OPINT_SESSION_HOURS",
    "OPINT_SMTP_URL",
    "OPINT_EMAIL_FROM",
    "OPINT_BUILD_COMMIT",
    "OPINT_BUILD_NUMBER",
];

impl Config {
    /// Reads the environment.
    ///
    /// # Errors
    /// The variable at fault and what it should be.
    pub fn from_env() -> anyhow::Result<Self> {
        Self::read(&|name| std::env::var(name).ok())
    }

    /// Reads variables from anywhere.
    ///
    /// # Errors
    /// The variable at fault and what it should be.
    pub fn read(lookup: Lookup<'_>) -> anyhow::Result<Self> {
        let get = |name: &str| variable(lookup, name);
        // Deployments mount a file for each of these; it is empty where there is no such system.
        let given = |name: &str| get(name).map(|value| value.filter(|text| !text.is_empty()));
        let base_url = get("OPINT_BASE_URL")?.map(base_url).transpose()?;
        let oidc = Oidc::read(&given, base_url.as_deref())?;
        Ok(Self {
            database_url: get("DATABASE_URL")?.unwrap_or_else(|| "sqlite://opint.db?mode=rwc".into()),
            listen: listen(get("OPINT_LISTEN")?, get("PORT")?)?,
            local_sign_in: local_sign_in(get("OPINT_LOCAL_SIGN_IN")?, oidc.is_some())?,
            oidc,
            base_url,
            allowed_hosts: list(get("ALLOWED_HOSTS")?),
            trusted_proxies: list(get("OPINT_TRUSTED_PROXIES")?)
                .iter()
                .map(|text| network(text))
                .collect::<anyhow::Result<_>>()?,
            metrics_listen: get("OPINT_METRICS_LISTEN")?
                .map(|text| address("OPINT_METRICS_LISTEN", &text))
                .transpose()?,
            bulk_rows: bulk_rows(get("OPINT_BULK_ROWS")?)?,
            anonymous_read: get("OPINT_ANONYMOUS_READ")?
                .map_or(Ok(false), |text| yes("OPINT_ANONYMOUS_READ", &text))?,
            cors_origins: list(get("OPINT_CORS_ORIGINS")?)
                .into_iter()
                .map(origin)
                .collect::<anyhow::Result<_>>()?,
            drain: drain(get("OPINT_DRAIN_SECONDS")?)?,
            session_idle: lasting(
                "OPINT_SESSION_IDLE_MINUTES",
                get("OPINT_SESSION_IDLE_MINUTES")?,
                14 * 60,
                60,
            )?,
            session_whole: lasting("OPINT_SESSION_HOURS", get("OPINT_SESSION_HOURS")?, 14 * 24, 60 * 60)?,
            json_logs: match get("OPINT_LOG")?.as_deref() {
                None | Some("pretty") => false,
                Some("json") => true,
                Some(other) => bail!("OPINT_LOG is “{other}”; it can be pretty or json"),
            },
            monit: remote("MONIT_URL", get("MONIT_URL")?, given("MONIT_TOKEN")?)?,
            influx: remote("MONIT_INFLUX_URL", get("MONIT_INFLUX_URL")?, given("MONIT_TOKEN")?)?,
            search: remote("MONIT_SEARCH_URL", get("MONIT_SEARCH_URL")?, given("MONIT_TOKEN")?)?,
            cric: remote("CRIC_URL", get("CRIC_URL")?, None)?,
            ggus: remote("GGUS_URL", get("GGUS_URL")?, given("GGUS_TOKEN")?)?,
            mattermost: remote("MATTERMOST_WEBHOOK_URL", given("MATTERMOST_WEBHOOK_URL")?, None)?
                .map(|remote| remote.url),
            smtp: smtp(given("OPINT_SMTP_URL")?, get("OPINT_EMAIL_FROM")?)?,
            admin: admin(get("ADMIN_USERNAME")?, get("ADMIN_EMAIL")?, get("ADMIN_PASSWORD")?)?,
        })
    }

    /// Whether there is a monitoring to load from.
    #[must_use]
    pub fn has_monitoring(&self) -> bool {
        self.monit.is_some() || self.influx.is_some() || self.search.is_some()
    }

    /// Whether people reach the server over HTTPS.
    #[must_use]
    pub fn https(&self) -> bool {
        self.base_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Whether the server answers to that name. Unless configured, it is this machine only.
    #[must_use]
    pub fn answers_to(&self, host: &str) -> bool {
        let name = host
            .rsplit_once(':')
            .filter(|(_, port)| port.bytes().all(|byte| byte.is_ascii_digit()))
            .map_or(host, |(name, _)| name);
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        let own = self
            .base_url
            .as_deref()
            .and_then(|url| url::Url::parse(url).ok())
            .and_then(|url| url.host_str().map(str::to_owned));
        if own.as_deref() == Some(name.as_str()) {
            return true;
        }
        if self.allowed_hosts.is_empty() {
            return matches!(name.as_str(), "localhost" | "127.0.0.1" | "[::1]");
        }
        self.allowed_hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            allowed == "*"
                || allowed == name
                || (allowed.starts_with('.') && (name.ends_with(&allowed) || name == allowed[1..]))
        })
    }

    /// Variables beginning with `OPINT_` that are none of ours. What Kubernetes injects for a
    /// Service named `opint` is not meant for us.
    pub fn unknown(names: impl Iterator<Item = String>) -> Vec<String> {
        names
            .filter(|name| name.starts_with("OPINT_") && !name.starts_with("OPINT_TEST_"))
            .filter(|name| !name.starts_with("OPINT_SERVICE_") && !name.starts_with("OPINT_PORT"))
            .filter(|name| !OURS.contains(&name.as_str()) && !OURS.contains(&name.trim_end_matches("_FILE")))
            .collect()
    }
}

/// `NAME`, or the content of the file that `NAME_FILE` names.
fn variable(lookup: Lookup<'_>, name: &str) -> anyhow::Result<Option<String>> {
    if let Some(value) = lookup(name).filter(|value| !value.is_empty()) {
        return Ok(Some(value));
    }
    let Some(path) = lookup(&format!("{name}_FILE")).filter(|path| !path.is_empty()) else { return Ok(None) };
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("{name}_FILE names {path}, which cannot be read"))?;
    Ok(Some(text.trim_end_matches(['\r', '\n']).to_owned()))
}

fn listen(listen: Option<String>, port: Option<String>) -> anyhow::Result<SocketAddr> {
    match (listen, port) {
        (Some(text), _) => address("OPINT_LISTEN", &text),
        (None, Some(port)) => {
            let port = port
                .parse::<u16>()
                .with_context(|| format!("PORT is “{port}”; it should be a number up to 65535"))?;
            Ok(SocketAddr::from(([0, 0, 0, 0], port)))
        }
        (None, None) => Ok(SocketAddr::from(([127, 0, 0, 1], 8000))),
    }
}

fn address(name: &str, text: &str) -> anyhow::Result<SocketAddr> {
    text.parse().with_context(|| format!("{name} is “{text}”; it should be like 127.0.0.1:8000"))
}

/// An orchestrator kills what takes minutes to stop.
fn drain(text: Option<String>) -> anyhow::Result<Duration> {
    let Some(text) = text else { return Ok(Duration::ZERO) };
    match text.parse() {
        Ok(seconds @ 0..=300) => Ok(Duration::from_secs(seconds)),
        _ => bail!("OPINT_DRAIN_SECONDS is “{text}”; it should be a number of seconds from 0 to 300"),
    }
}

/// More than the bound of the lists would not fit in the time that a request has.
fn bulk_rows(text: Option<String>) -> anyhow::Result<u64> {
    let Some(text) = text else { return Ok(COUNTED) };
    match text.parse() {
        Ok(rows @ 1..=COUNTED) => Ok(rows),
        _ => bail!("OPINT_BULK_ROWS is “{text}”; it should be a number of rows from 1 to {COUNTED}"),
    }
}

/// How long a session lasts, in units of so many seconds: between five of them and a year.
fn lasting(name: &str, text: Option<String>, default: u64, seconds: u64) -> anyhow::Result<Duration> {
    const YEAR: u64 = 366 * 24 * 60 * 60;
    let units = match &text {
        None => default,
        Some(text) => {
            text.parse().ok().filter(|units| (5..=YEAR / seconds).contains(units)).with_context(|| {
                format!("{name} is “{text}”; it should be a number from 5 to {}", YEAR / seconds)
            })?
        }
    };
    Ok(Duration::from_secs(units * seconds))
}

fn yes(name: &str, text: &str) -> anyhow::Result<bool> {
    crate::admin::parse_bool(text).map_err(|_| anyhow::anyhow!("{name} is “{text}”; it can be true or false"))
}

/// As browsers send it: scheme, host and port, nothing after.
fn origin(text: String) -> anyhow::Result<String> {
    let known = url::Url::parse(&text).ok().map(|url| url.origin().ascii_serialization());
    if text == "*" || known.as_deref() == Some(text.as_str()) {
        return Ok(text);
    }
    bail!("OPINT_CORS_ORIGINS holds “{text}”; it should be like https://client.example.org, without a path")
}

/// Somebody must be able to get in.
fn local_sign_in(text: Option<String>, elsewhere: bool) -> anyhow::Result<bool> {
    match text.as_deref() {
        None | Some("true") => Ok(true),
        Some("false") if elsewhere => Ok(false),
        Some("false") => {
            bail!("OPINT_LOCAL_SIGN_IN is false, but without OIDC_ISSUER there is no other way to sign in")
        }
        Some(other) => bail!("OPINT_LOCAL_SIGN_IN is “{other}”; it can be true or false"),
    }
}

fn base_url(text: String) -> anyhow::Result<String> {
    let url = url::Url::parse(&text).with_context(|| {
        format!("OPINT_BASE_URL is “{text}”; it should be like https://opint.example.org")
    })?;
    if !matches!(url.scheme(), "http" | "https") || url.path() != "/" {
        bail!("OPINT_BASE_URL is “{text}”; it should be like https://opint.example.org, without a path");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The value itself is not shown when it is wrong: it may be a password.
fn remote(name: &str, url: Option<String>, token: Option<String>) -> anyhow::Result<Option<Remote>> {
    let Some(text) = url else { return Ok(None) };
    let url =
        url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    if url.is_none() {
        bail!("{name} is no address; it should be like https://host.example.org/path");
    }
    Ok(Some(Remote { url: text.trim_end_matches('/').to_owned(), token }))
}

fn smtp(url: Option<String>, from: Option<String>) -> anyhow::Result<Option<(String, String)>> {
    match (url, from) {
        (Some(url), Some(from)) => Ok(Some((url, from))),
        (None, None) => Ok(None),
        _ => bail!("OPINT_SMTP_URL and OPINT_EMAIL_FROM are needed together"),
    }
}

fn network(text: &str) -> anyhow::Result<IpNet> {
    text.parse::<IpNet>().or_else(|_| text.parse::<std::net::IpAddr>().map(IpNet::from)).with_context(|| {
        format!("OPINT_TRUSTED_PROXIES holds “{text}”; it should be an address or a network like 10.0.0.0/8")
    })
}

fn list(text: Option<String>) -> Vec<String> {
    text.unwrap_or_default().split([',', ' ']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn admin(
    name: Option<String>,
    email: Option<String>,
    password: Option<String>,
) -> anyhow::Result<Option<(String, String, String)>> {
    match (name, password) {
        (Some(name), Some(password)) => Ok(Some((name, email.unwrap_or_default(), password))),
        (None, None) => Ok(None),
        (Some(_), None) => bail!("ADMIN_USERNAME is set but ADMIN_PASSWORD is not; give both or none"),
        (None, Some(_)) => bail!("ADMIN_PASSWORD is set but ADMIN_USERNAME is not; give both or none"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(pairs: &'static [(&'static str, &'static str)]) -> anyhow::Result<Config> {
        Config::read(&|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn kubernetes_service_variables_are_not_ours() {
        let names =
            ["OPINT_PORT", "OPINT_SERVICE_HOST", "OPINT_PORT_8000_TCP", "OPINT_LISTEN_FILE", "OPINT_LISTN"];
        assert_eq!(Config::unknown(names.into_iter().map(str::to_owned)), ["OPINT_LISTN"]);
        assert_eq!(with(&[("OPINT_PORT", "tcp://10.0.0.1:80")]).unwrap().listen.port(), 8000);
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        for (pairs, name) in [
            (&[("PORT", "http")][..], "PORT"),
            (&[("OPINT_LISTEN", "8000")], "OPINT_LISTEN"),
            (&[("OPINT_BASE_URL", "opint.cern.ch")], "OPINT_BASE_URL"),
            (&[("OPINT_TRUSTED_PROXIES", "proxy")], "OPINT_TRUSTED_PROXIES"),
            (&[("OPINT_METRICS_LISTEN", "9090")], "OPINT_METRICS_LISTEN"),
            (&[("OPINT_DRAIN_SECONDS", "10s")], "OPINT_DRAIN_SECONDS"),
            (&[("OPINT_BULK_ROWS", "0")], "OPINT_BULK_ROWS"),
            (&[("OPINT_BULK_ROWS", "10001")], "OPINT_BULK_ROWS"),
            (&[("ADMIN_USERNAME", "x")], "ADMIN_PASSWORD"),
            (&[("DATABASE_URL_FILE", "/nowhere")], "DATABASE_URL_FILE"),
        ] {
            let error = with(pairs).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(name), "{error}");
        }
    }

    #[test]
    fn an_empty_file_of_another_system_says_that_there_is_none() {
        let config = with(&[
            ("MONIT_URL", "https://monit.example.org"),
            ("MONIT_TOKEN_FILE", "/dev/null"),
            ("MATTERMOST_WEBHOOK_URL_FILE", "/dev/null"),
            ("OPINT_SMTP_URL_FILE", "/dev/null"),
        ])
        .unwrap();
        assert_eq!(config.monit.map(|remote| remote.token), Some(None));
        assert!(config.mattermost.is_none() && config.smtp.is_none());
    }

    #[test]
    fn hosts_are_those_configured_or_this_machine() {
        let local = with(&[]).unwrap();
        assert!(
            local.answers_to("127.0.0.1:8000")
                && local.answers_to("localhost")
                && local.answers_to("[::1]:8000")
        );
        assert!(!local.answers_to("evil.example"));
        let cern = with(&[
            ("ALLOWED_HOSTS", "opint.cern.ch,.example.org"),
            ("OPINT_BASE_URL", "https://ops.cern.ch"),
        ])
        .unwrap();
        for (host, answer) in [
            ("opint.cern.ch", true),
            ("OPINT.cern.ch:443", true),
            ("a.example.org", true),
            ("ops.cern.ch", true),
            ("xexample.org", false),
            ("127.0.0.1", false),
        ] {
            assert_eq!(cern.answers_to(host), answer, "{host}");
        }
    }
}
