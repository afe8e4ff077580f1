//! The command line. Exit status: 0 done, 1 failed, 2 wrong usage; what went wrong stands on
//! standard error in one sentence.
mod accounts;
mod check;
mod load;
mod migrate;
mod movein;
mod serve;

use crate::app::{App, system_clock};
use crate::config::Config;
use clap::{Parser, Subcommand};
use std::io::IsTerminal;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Operational-intelligence console for distributed data management.
#[derive(Parser)]
#[command(name = "opint", version = crate::version::LINE.as_str(), propagate_version = true)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Bring the schema up, then serve.
    Serve(serve::Serve),
    /// Bring the database's schema up.
    Migrate(migrate::Migrate),
    /// Load once from one source.
    Load(load::Load),
    /// Read Django fixtures: this program's own and the original application's.
    Loaddata(movein::Loaddata),
    /// Write everything as a Django fixture, or the resources named.
    Dumpdata(movein::Dumpdata),
    /// Move the original application's database in.
    ImportDjango(movein::ImportDjango),
    /// Do jobs when they are due: load, judge, tell, tidy up.
    Worker(load::Worker),
    /// Make a superuser.
    Createsuperuser(accounts::CreateSuperuser),
    /// Make the superuser that ADMIN_USERNAME and ADMIN_PASSWORD name, if there is none of that name.
    EnsureAdmin,
    /// Give a user another password.
    Changepassword(accounts::ChangePassword),
    /// Let somebody sign in with an account by single sign-on.
    Linkidentity(accounts::LinkIdentity),
    /// Look for problems in configuration and database.
    Check(check::Check),
    /// Ask the running server whether it is ready.
    Healthcheck(check::Healthcheck),
}

/// Runs the command that was typed.
pub async fn run() -> ExitCode {
    drop(dotenvy::dotenv());
    let cli = Cli::parse();
    match execute(cli).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("opint: {error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn execute(cli: Cli) -> anyhow::Result<ExitCode> {
    let config = Config::from_env()?;
    start_logging(config.json_logs);
    // These end in order by themselves.
    match cli.command {
        Command::Serve(_) => return once(cli.command, config).await,
        Command::Worker(ref worker) if worker.goes_on() => return once(cli.command, config).await,
        _ => {}
    }
    // The first process of a container is not ended by a signal that it does not ask for.
    tokio::select! {
        done = once(cli.command, config) => done,
        () = serve::asked_to_stop() => anyhow::bail!("stopped by a signal; what was not committed is undone"),
    }
}

/// Does what was asked.
async fn once(command: Command, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve(serve) => serve.run(config).await,
        Command::Migrate(migrate) => migrate.run(config).await,
        Command::Load(load) => load.run(config).await,
        Command::Loaddata(load) => load.run(&open(config).await?).await,
        Command::Dumpdata(dump) => dump.run(&open(config).await?).await,
        Command::ImportDjango(import) => import.run(&open(config).await?).await,
        Command::Worker(worker) => worker.run(config).await,
        Command::Createsuperuser(create) => create.run(&open(config).await?).await,
        Command::EnsureAdmin => accounts::ensure_admin(&open(config).await?).await,
        Command::Changepassword(change) => change.run(&open(config).await?).await,
        Command::Linkidentity(link) => link.run(&open(config).await?).await,
        Command::Check(check) => check.run(config).await,
        Command::Healthcheck(healthcheck) => healthcheck.run(&config).await,
    }
}

/// The application on a database whose schema is up.
async fn open(config: Config) -> anyhow::Result<App> {
    let db = crate::db::connect(&config.database_url).await?;
    let app = App::new(db, config, system_clock());
    crate::db::migrate(&app.db, &app.registry).await?;
    Ok(app)
}

fn start_logging(json: bool) {
    let filter = EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn,sea_orm_migration=warn,tower_sessions=warn"));
    let registry = tracing_subscriber::registry().with(filter);
    let writer = std::io::stderr;
    // A second start in one process (tests) keeps the first.
    let started = if json {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .json()
                    .flatten_event(true)
                    .with_current_span(true)
                    .with_span_list(false)
                    .with_writer(writer),
            )
            .try_init()
    } else {
        registry
            .with(
                tracing_subscriber::fmt::layer()
                    .with_target(false)
                    .with_ansi(std::io::stderr().is_terminal())
                    .with_writer(writer),
            )
            .try_init()
    };
    drop(started);
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
