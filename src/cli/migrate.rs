//! `opint migrate`
use crate::config::Config;
use clap::Args;
use migration::{Migrator, MigratorTrait};
use std::process::ExitCode;

/// Bring the database's schema up.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint migrate\n  opint migrate --status\n  opint migrate --check && echo up to date"
)]
pub(super) struct Migrate {
    /// List what is applied and what is pending; change nothing.
    #[arg(long)]
    status: bool,
    /// Change nothing; exit with 1 if anything is pending.
    #[arg(long)]
    check: bool,
}

impl Migrate {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let db = crate::db::connect(&config.database_url).await?;
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
}
