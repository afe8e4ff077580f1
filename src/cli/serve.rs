//! `opint serve`
use super::accounts;
use crate::app::{App, system_clock};
use crate::auth::{session::DbStore, throttle};
use crate::config::Config;
use anyhow::Context;
use clap::Args;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;
use tower_sessions::ExpiredDeletion;

/// How long requests under way may take after a signal to stop.
const DRAIN: Duration = Duration::from_secs(25);
/// How often changes of categories and background jobs are looked for.
const LOOK: Duration = Duration::from_secs(2);
/// How often expired sessions are removed.
const SWEEP: Duration = Duration::from_secs(3600);

/// Bring the schema up, then serve.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint serve --demo\n  DATABASE_URL=postgres://opint@db/opint opint serve --listen 0.0.0.0:8000"
)]
pub(super) struct Serve {
    /// Address to listen on; OPINT_LISTEN or PORT say it, too [default: 127.0.0.1:8000]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Fill an empty database with the sample data and print the accounts made.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) async fn run(self, mut config: Config) -> anyhow::Result<ExitCode> {
        if let Some(listen) = self.listen {
            config.listen = listen;
        }
        let listen = config.listen;
        let db = crate::db::connect(&config.database_url).await?;
        let app = App::new(db, config, system_clock());
        crate::db::migrate(&app.db, &app.registry).await?;
        let listener = bind(listen).await?;
        let address = listener.local_addr()?;
        if self.demo {
            let accounts = crate::demo::load(&app).await?;
            announce(address, &accounts);
        }
        if app.config.admin.is_some() {
            accounts::ensure_admin(&app).await?;
        }
        let metrics = bind_metrics(&app).await?;
        tracing::info!(%address, database = crate::db::without_password(&app.config.database_url), version = crate::version::LINE.as_str(), "listening");
        serve(app, listener, metrics).await?;
        Ok(ExitCode::SUCCESS)
    }
}

/// The one thing a newcomer looks for.
fn announce(address: SocketAddr, accounts: &[(String, String, String)]) {
    println!("\n  OpInt is ready at http://{address}/\n");
    for (name, group, password) in accounts {
        println!("    {name:<10} {password}   {group}");
    }
    println!("\n  These passwords are new at every start of the demo. Stop with Ctrl-C.\n");
}

async fn bind(listen: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(listen)
        .await
        .with_context(|| format!("cannot listen on {listen}; is another server running there?"))
}

/// The address for metrics, if there is one of its own.
pub(super) async fn bind_metrics(app: &App) -> anyhow::Result<Option<TcpListener>> {
    match app.config.metrics_listen {
        Some(listen) => bind(listen).await.map(Some),
        None => Ok(None),
    }
}

/// Serves metrics until the process ends.
pub(super) async fn serve_metrics(metrics: axum::Router, listener: TcpListener) {
    if let Err(error) = axum::serve(listener, metrics).await {
        tracing::error!(%error, "metrics are no longer served");
    }
}

/// Serves until a signal to stop, goes on while proxies take notice, then lets requests under way finish.
async fn serve(app: App, listener: TcpListener, metrics: Option<TcpListener>) -> anyhow::Result<()> {
    let mut beside = JoinSet::new();
    beside.spawn(sweep(app.clone()));
    beside.spawn(recategorise(app.clone()));
    beside.spawn(bulk_jobs(app.clone()));
    if let Some(listener) = metrics {
        beside.spawn(serve_metrics(crate::web::metrics_router(&app), listener));
    }
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let service = crate::web::router(&app).into_make_service_with_connect_info::<SocketAddr>();
    let leaving = app.clone();
    let server = axum::serve(listener, service).with_graceful_shutdown(async move {
        asked_to_stop().await;
        leaving.stop();
        if !leaving.config.drain.is_zero() {
            tracing::info!(
                seconds = leaving.config.drain.as_secs(),
                "no longer ready; serving on for a while"
            );
            tokio::time::sleep(leaving.config.drain).await;
        }
        tracing::info!("stopping: requests under way are finished first");
        let _ = stop.send(());
    });
    let drained = async {
        // Only a signal starts the clock.
        if stopped.await.is_err() {
            std::future::pending::<()>().await;
        }
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        result = server => result?,
        () = drained => tracing::warn!("some requests took too long and were cut off"),
    }
    beside.shutdown().await;
    app.db.clone().close().await?;
    tracing::info!("stopped");
    Ok(())
}

/// Waits for SIGTERM or Ctrl-C.
pub(super) async fn asked_to_stop() {
    let (Ok(mut terminate), Ok(mut interrupt)) =
        (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}

/// Moves issues between categories when somebody asked for it, so that this works without a worker.
async fn recategorise(app: App) {
    loop {
        let done = match crate::recategorise::waiting(&app).await {
            Ok(true) => crate::recategorise::work(&app).await,
            Ok(false) => Ok(()),
            Err(error) => Err(error),
        };
        if let Err(error) = done {
            tracing::warn!(%error, "a recategorisation could not go on");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Goes on with bulk actions that wait, or that another process left.
async fn bulk_jobs(app: App) {
    loop {
        if let Err(error) = crate::admin::jobs::start(&app).await {
            tracing::warn!(%error, "background jobs could not be looked for");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Removes what has expired, now and then.
async fn sweep(app: App) {
    loop {
        if let Err(error) = DbStore(app.db.clone()).delete_expired().await {
            tracing::warn!(%error, "expired sessions could not be removed");
        }
        if let Err(error) = throttle::sweep(&app.db, app.now()).await {
            tracing::warn!(%error, "old sign-in failures could not be removed");
        }
        tokio::time::sleep(SWEEP).await;
    }
}
