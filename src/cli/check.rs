//! `opint check` and `opint healthcheck`
use crate::config::Config;
use clap::Args;
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

/// Asks `/readyz` of the server that this environment describes.
pub(super) async fn healthcheck(config: &Config) -> anyhow::Result<ExitCode> {
    let mut address = config.listen;
    if address.ip().is_unspecified() {
        address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    let status = tokio::time::timeout(Duration::from_secs(5), ask(address)).await;
    match status {
        Ok(Ok(200)) => Ok(ExitCode::SUCCESS),
        Ok(Ok(status)) => anyhow::bail!("the server at {address} is not ready (status {status})"),
        Ok(Err(error)) => anyhow::bail!("the server at {address} does not answer: {error}"),
        Err(_) => anyhow::bail!("the server at {address} does not answer in 5 s"),
    }
}

/// One request by hand: an HTTP client would be the largest part of the program.
async fn ask(address: std::net::SocketAddr) -> std::io::Result<u16> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").await?;
    let mut answer = Vec::new();
    stream.take(4096).read_to_end(&mut answer).await?;
    let text = String::from_utf8_lossy(&answer);
    text.split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| std::io::Error::other("no HTTP answer"))
}
