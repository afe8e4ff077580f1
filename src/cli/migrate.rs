//! `opint migrate`
use crate::config::Config;
use clap::Args;
use migration::{Migrator, MigratorTrait};
use sea_orm::DatabaseConnection;
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// Bring the database's schema up.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint migrate\n  opint migrate --status\n  opint migrate --check && echo up to date\n  opint migrate --wait 120"
)]
pub(super) struct Migrate {
    /// List what is applied and what is pending; change nothing.
    #[arg(long)]
    status: bool,
    /// Change nothing; exit with 1 if anything is pending.
    #[arg(long)]
    check: bool,
    /// Wait up to that many seconds for the database to answer.
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    wait: u64,
}

/// Between two tries to reach a database that is not there yet.
const AGAIN: Duration = Duration::from_secs(1);

impl Migrate {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let db = self.connect(&config.database_url).await?;
        if self.status || self.check {
            let pending = crate::db::pending(&db).await?;
            for step in Migrator::migrations() {
                let state =
                    if pending.iter().any(|name| name == step.name()) { "pending" } else { "applied" };
                println!("{state}  {}", step.name());
            }
            return Ok(if self.check && !pending.is_empty() { ExitCode::FAILURE } else { ExitCode::SUCCESS });
        }
        crate::db::migrate(&db, &crate::resources::registry()).await?;
        println!("The schema is up to date.");
        Ok(ExitCode::SUCCESS)
    }
    /// Tries until the database answers or the time is over; a wrong password or name is tried again,
    /// too, since a new server has neither for its first seconds.
    async fn connect(&self, url: &str) -> anyhow::Result<DatabaseConnection> {
        let end = Instant::now() + Duration::from_secs(self.wait);
        loop {
            match crate::db::connect(url).await {
                Err(error) if Instant::now() + AGAIN < end => {
                    tracing::info!(error = format!("{error:#}"), "waiting for the database");
                    tokio::time::sleep(AGAIN).await;
                }
                result => return result,
            }
        }
    }
}
