//! `opint check` and `opint healthcheck`
use crate::config::Config;
use anyhow::Context;
use clap::Args;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Look for problems in configuration and database.
#[derive(Args)]
#[command(after_help = "Examples:\n  opint check\n  opint check --deploy")]
pub(super) struct Check {
    /// Also look at what production needs.
    #[arg(long)]
    deploy: bool,
}

impl Check {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let mut problems: Vec<String> = Config::unknown(std::env::vars().map(|(name, _)| name))
            .into_iter()
            .map(|name| format!("{name} is not a variable of OpInt's; is it a typing error?"))
            .collect();
        match crate::db::connect(&config.database_url).await {
            Ok(db) => match crate::db::pending(&db).await {
                Ok(pending) if pending.is_empty() => {}
                Ok(pending) => problems
                    .push(format!("migrations are pending: {}; run opint migrate", pending.join(", "))),
                Err(error) => problems.push(format!("the database does not answer: {error}")),
            },
            Err(error) => problems.push(format!("{error:#}")),
        }
        if self.deploy {
            problems.extend(deploy(&config));
        }
        for problem in &problems {
            eprintln!("opint: {problem}");
        }
        if problems.is_empty() {
            println!("No problems found.");
        }
        Ok(if problems.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

fn deploy(config: &Config) -> Vec<String> {
    let mut problems = Vec::new();
    if !config.https() {
        problems.push(
            "OPINT_BASE_URL is not an https:// address, so cookies are sent over plain HTTP, too".into(),
        );
    }
    if config.allowed_hosts.is_empty() && config.base_url.is_none() {
        problems.push("ALLOWED_HOSTS is empty, so the server answers to localhost only".into());
    }
    if config.https() && config.trusted_proxies.is_empty() {
        problems.push("OPINT_TRUSTED_PROXIES is empty, so behind a proxy all visitors share one address and one throttle".into());
    }
    if config.allowed_hosts.iter().any(|host| host == "*") {
        problems.push("ALLOWED_HOSTS holds *, so the server answers to any name".into());
    }
    if config.database_url.starts_with("sqlite:") {
        problems.push("DATABASE_URL is a SQLite file, which several replicas cannot share".into());
    }
    problems
}

/// Ask the running server whether it is ready.
#[derive(Args)]
#[command(after_help = "Examples:\n  opint healthcheck\n  opint healthcheck --worker")]
pub(super) struct Healthcheck {
    /// Ask the worker instead, whether it still works; it answers on OPINT_METRICS_LISTEN.
    #[arg(long)]
    worker: bool,
}

impl Healthcheck {
    /// Asks the process that this environment describes.
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<ExitCode> {
        let (who, mut address, path) = if self.worker {
            let listen =
                config.metrics_listen.context("OPINT_METRICS_LISTEN is not set, so no worker answers")?;
            ("worker", listen, "/healthz")
        } else {
            ("server", config.listen, "/readyz")
        };
        if address.ip().is_unspecified() {
            address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
        }
        match tokio::time::timeout(Duration::from_secs(5), ask(address, path)).await {
            Ok(Ok(200)) => Ok(ExitCode::SUCCESS),
            Ok(Ok(status)) => anyhow::bail!("the {who} at {address} is not ready (status {status})"),
            Ok(Err(error)) => anyhow::bail!("the {who} at {address} does not answer: {error}"),
            Err(_) => anyhow::bail!("the {who} at {address} does not answer in 5 s"),
        }
    }
}

/// One request by hand: an HTTP client would be the largest part of the program.
async fn ask(address: SocketAddr, path: &str) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    text.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| std::io::Error::other("no HTTP answer"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::StatusCode;
    use axum::{Router, routing::get};

    /// Something listens and answers `path` only; what the check of a worker says of it.
    async fn asked(path: &'static str, status: StatusCode) -> Result<ExitCode, String> {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let listen = format!("0.0.0.0:{}", listener.local_addr().unwrap().port());
        let router = Router::new().route(path, get(async move || status));
        let server = tokio::spawn(async move { axum::serve(listener, router).await });
        let config = Config::read(&|name| (name == "OPINT_METRICS_LISTEN").then(|| listen.clone())).unwrap();
        let said = Healthcheck { worker: true }.run(&config).await;
        server.abort();
        said.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_worker_is_asked_beside_its_metrics() {
        assert_eq!(asked("/healthz", StatusCode::OK).await, Ok(ExitCode::SUCCESS));
        let still = asked("/healthz", StatusCode::SERVICE_UNAVAILABLE).await.unwrap_err();
        assert!(still.starts_with("the worker at 127.0.0.1:") && still.contains("503"), "{still}");
        let other = asked("/readyz", StatusCode::OK).await.unwrap_err();
        assert!(other.contains("404"), "{other}");
    }

    #[tokio::test]
    async fn a_worker_without_an_address_cannot_be_asked() {
        let config = Config::read(&|_| None).unwrap();
        let error = Healthcheck { worker: true }.run(&config).await.unwrap_err().to_string();
        assert!(error.contains("OPINT_METRICS_LISTEN"), "{error}");
    }

    #[tokio::test]
    async fn nobody_there_is_said() {
        let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let lookup = |name: &str| (name == "OPINT_METRICS_LISTEN").then(|| free.to_string());
        let config = Config::read(&lookup).unwrap();
        let error = Healthcheck { worker: true }.run(&config).await.unwrap_err().to_string();
        assert!(error.contains("does not answer"), "{error}");
    }
}
