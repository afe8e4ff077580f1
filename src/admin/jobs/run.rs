//! Going through the rows of a job: by one process at a time, which renews its claim with every batch.
use super::batch::{Batch, Counted, Stop};
use super::{ended, json};
use crate::admin::shorten;
use crate::app::{App, random_token};
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use entity::bulk_job::{Column, Entity, Model, State};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Jobs that one process does at the same time.
const AT_ONCE: usize = 2;
/// After this without a batch, another process goes on.
const LEASE: Duration = Duration::minutes(2);
/// Others come first: a writer who waits for SQLite's lock looks again every tenth of a second.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(120);
/// Before a batch that broke off is tried again.
const LATER: std::time::Duration = std::time::Duration::from_secs(2);
/// How often it is tried again.
const TRIES: u32 = 5;
/// What is said when something broke.
const BROKEN: &str = "Something went wrong on our side. The fault was logged; ask an administrator.";

/// Room for jobs in this process.
#[derive(Clone)]
pub struct Jobs(Arc<Semaphore>);

impl Default for Jobs {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

/// A job that this process does.
pub struct Taken {
    app: App,
    id: i64,
    /// Shows that it is this process that works on it.
    claim: String,
    _room: OwnedSemaphorePermit,
}

/// Takes what waits, or what a process left that has not been heard of for a while: the oldest first, as much as there
/// is room for.
///
/// # Errors
/// When the database does not answer.
pub async fn take(app: &App) -> Result<Vec<Taken>> {
    let mut taken = Vec::new();
    if app.is_stopping() {
        return Ok(taken);
    }
    let waiting = Entity::find().filter(free(app.now())).order_by_asc(Column::Id).limit(AT_ONCE as u64);
    for job in waiting.all(&app.db).await? {
        let Ok(room) = app.jobs.0.clone().try_acquire_owned() else { break };
        let (claim, now) = (random_token(), app.now());
        let done = Entity::update_many()
            .col_expr(Column::State, State::Running.into())
            .col_expr(Column::Claim, claim.as_str().into())
            .col_expr(Column::ClaimedUntil, (now + LEASE).into())
            .col_expr(Column::StartedAt, job.started_at.unwrap_or(now).into())
            .filter(Column::Id.eq(job.id))
            .filter(free(now))
            .exec(&app.db)
            .await?;
        if done.rows_affected == 1 {
            taken.push(Taken { app: app.clone(), id: job.id, claim, _room: room });
        }
    }
    Ok(taken)
}

/// Takes jobs, and does them in the background.
///
/// # Errors
/// When the database does not answer.
pub async fn start(app: &App) -> Result<()> {
    for job in take(app).await? {
        tokio::spawn(job.run());
    }
    Ok(())
}

/// Jobs that nobody is at.
fn free(now: DateTime<Utc>) -> Condition {
    let left = Condition::all().add(Column::State.eq(State::Running)).add(Column::ClaimedUntil.lt(now));
    Condition::any().add(Column::State.eq(State::Waiting)).add(left)
}

impl Taken {
    /// Goes on until it is over, or this process is about to end.
    pub async fn run(self) {
        let mut tries = 0;
        while !self.app.is_stopping() {
            let pause = match self.step().await {
                Ok(true) => {
                    tries = 0;
                    PAUSE
                }
                Ok(false) => return,
                Err(error) if tries < TRIES => {
                    tracing::warn!(%error, job = self.id, "a batch of a background job broke off");
                    tries += 1;
                    LATER
                }
                // Whoever takes it over when the database is back goes on.
                Err(Error::Unavailable(_)) => return,
                Err(error) => {
                    tracing::error!(
                        error = format!("{error:#}"),
                        job = self.id,
                        "a background job broke off"
                    );
                    return self.fail(BROKEN).await;
                }
            };
            tokio::time::sleep(pause).await;
        }
        self.give_back().await;
    }

    /// Does some rows in one transaction with what is noted about them. Gives whether it goes on: it does not, and
    /// nothing is written, if it was cancelled, if another process has taken it over, or if whoever asked for it may
    /// not do it any more.
    ///
    /// # Errors
    /// What the database says; then nothing is written either.
    pub async fn step(&self) -> Result<bool> {
        match self.advance().await {
            Ok(more) => Ok(more),
            Err(Stop::Refused(why)) => {
                self.fail(&why).await;
                Ok(false)
            }
            Err(Stop::Failed(error)) => Err(error),
        }
    }

    async fn advance(&self) -> Result<bool, Stop> {
        let mine = Entity::find_by_id(self.id).filter(Column::Claim.eq(&self.claim));
        let Some(job) = mine.one(&self.app.db).await? else { return Ok(false) };
        let batch = Batch::of(&self.app, &job).await?;
        let txn = crate::db::begin(&self.app.db).await?;
        let counted = batch.run(&txn).await?;
        let over = counted.last >= job.highest_key;
        let progress = self.progress(&job, &counted, over)?;
        if !self.note(&(&txn).into(), progress).await? {
            txn.rollback().await?;
            return Ok(false);
        }
        txn.commit().await?;
        self.app.forget();
        Ok(!over)
    }

    fn progress(&self, job: &Model, counted: &Counted, over: bool) -> Result<Vec<(Column, Expr)>> {
        let now = self.app.now();
        let mut values: Vec<(Column, Expr)> = vec![
            (Column::LastKey, counted.last.into()),
            (Column::Done, (job.done + counted.done).into()),
            (Column::Same, (job.same + counted.same).into()),
            (Column::Refused, (job.refused + counted.refused).into()),
            (Column::Refusals, json::text(&counted.refusals)?.into()),
        ];
        if over {
            values.extend(ended(State::Done, now));
        } else {
            values.push((Column::ClaimedUntil, (now + LEASE).into()));
        }
        Ok(values)
    }

    /// Lets another process go on at once.
    async fn give_back(&self) {
        let waiting = vec![
            (Column::State, State::Waiting.into()),
            (Column::Claim, Expr::value(None::<String>)),
            (Column::ClaimedUntil, Expr::value(None::<DateTime<Utc>>)),
        ];
        if let Err(error) = self.note(&(&self.app.db).into(), waiting).await {
            tracing::warn!(%error, job = self.id, "a background job could not be given back");
        }
    }

    async fn fail(&self, why: &str) {
        let mut values = vec![(Column::Note, Expr::value(shorten(why, 2000)))];
        values.extend(ended(State::Failed, self.app.now()));
        if let Err(error) = self.note(&(&self.app.db).into(), values).await {
            tracing::error!(%error, job = self.id, "nor could that be noted");
        }
    }

    /// Notes something about the job, as long as it is this process that works on it.
    async fn note(&self, db: &DatabaseExecutor<'_>, values: Vec<(Column, Expr)>) -> Result<bool> {
        let mut update = Entity::update_many();
        for (column, value) in values {
            update = update.col_expr(column, value);
        }
        let mine = update.filter(Column::Id.eq(self.id)).filter(Column::Claim.eq(&self.claim));
        Ok(mine.exec(db).await?.rows_affected == 1)
    }
}
