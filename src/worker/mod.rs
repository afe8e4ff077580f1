//! `opint worker`: does jobs when they are due. Any number of workers may run; a job's lease lets
//! one at a time do it.
pub mod health;
mod job;
mod retention;
pub mod schedule;

pub use job::Job;

use crate::app::App;
use crate::error::Result;
use entity::schedule::Model;
use health::Pulse;
use std::time::Duration;
use tokio::task::JoinSet;

/// How often the schedules are looked at.
const TICK: Duration = Duration::from_secs(2);
/// How often a job under way shows that it lives.
const BEAT: Duration = Duration::from_secs(20);
/// How long jobs under way may take after a signal to stop; what they have not committed is undone.
const DRAIN: Duration = Duration::from_secs(25);

/// Works until told to stop, then lets jobs under way finish. Each turn of the loop is a beat of the pulse.
///
/// # Errors
/// Never: what goes wrong with a job stands in its schedule, and what goes wrong with the database in
/// the log, until it is back.
pub async fn work(app: App, pulse: Pulse, stop: impl Future<Output = ()>) -> Result<()> {
    let mut jobs = JoinSet::new();
    tokio::pin!(stop);
    loop {
        pulse.beat(app.now());
        if let Err(error) = start_due(&app, &mut jobs).await {
            tracing::warn!(%error, "the schedules cannot be read");
        }
        tokio::select! {
            () = &mut stop => break,
            () = tokio::time::sleep(TICK) => {}
        }
        while jobs.try_join_next().is_some() {}
    }
    app.stop();
    tracing::info!(jobs = jobs.len(), "stopping: jobs under way are finished first");
    let drained = tokio::time::timeout(DRAIN, async { while jobs.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!("some jobs took too long and were cut off; what they had not committed is undone");
        jobs.shutdown().await;
    }
    Ok(())
}

async fn start_due(app: &App, jobs: &mut JoinSet<()>) -> Result<()> {
    for row in schedule::due(app).await? {
        if schedule::claim(app, &row).await? {
            let app = app.clone();
            jobs.spawn(async move { perform(app, row).await });
        }
    }
    for job in crate::admin::jobs::take(app).await? {
        jobs.spawn(job.run());
    }
    let app = app.clone();
    if crate::recategorise::waiting(&app).await? {
        jobs.spawn(async move {
            if let Err(error) = crate::recategorise::work(&app).await {
                tracing::warn!(%error, "a recategorisation broke off");
            }
        });
    }
    Ok(())
}

/// Does one job and gives it back.
async fn perform(app: App, row: Model) {
    let beat = tokio::spawn({
        let (app, id) = (app.clone(), row.id);
        async move {
            loop {
                tokio::time::sleep(BEAT).await;
                if let Err(error) = schedule::renew(&app, id).await {
                    tracing::warn!(%error, "the lease of a job could not be renewed");
                }
            }
        }
    });
    let outcome = match row.job.parse::<Job>() {
        Ok(job) => job.run(&app).await.map_err(|error| format!("{error:#}")),
        Err(error) => Err(error),
    };
    beat.abort();
    match &outcome {
        Ok(message) => tracing::info!(job = row.job, message, "done"),
        Err(message) => tracing::warn!(job = row.job, message, "failed"),
    }
    if let Err(error) = schedule::finish(&app, &row, outcome).await {
        tracing::warn!(job = row.job, %error, "how a job went could not be written down");
    }
}
