//! One run of a loader: at most one of each source at a time, on whatever machine; its progress and
//! its outcome stand in `loader_run`.
//!
//! A run holds a lease that it renews with every batch and from a task of its own. Whoever finds the
//! lease over, or the process gone, takes over. Each batch renews the lease inside its own
//! transaction, so a process that slept through its lease can write nothing any more.
use super::owed;
use crate::app::App;
use crate::error::Result;
use crate::process;
use crate::sources::record::Rejected;
use chrono::{DateTime, Duration, Utc};
use entity::loader_run::{ActiveModel, Column, Entity, Model, Source, State};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, Set, SqlErr,
};
use tokio::task::AbortHandle;

/// After this without a sign of life, another process may take over.
const LEASE: Duration = Duration::seconds(60);
/// How often a run gives a sign of life.
const BEAT: std::time::Duration = std::time::Duration::from_secs(15);
/// Rejected records kept of one run; the rest are only counted.
const REJECTIONS_KEPT: i64 = 100;

/// Half-open interval of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    /// From.
    pub start: Option<DateTime<Utc>>,
    /// Until, not included.
    pub end: Option<DateTime<Utc>>,
}

impl Window {
    /// Whether a moment is inside.
    #[must_use]
    pub fn holds(&self, at: DateTime<Utc>) -> bool {
        self.start.is_none_or(|start| at >= start) && self.end.is_none_or(|end| at < end)
    }

    /// As it is kept beside a file that was counted; empty for all.
    #[must_use]
    pub fn text(&self) -> String {
        let moment = |at: Option<DateTime<Utc>>| {
            at.map_or_else(String::new, |at| at.format("%Y-%m-%dT%H:%M:%SZ").to_string())
        };
        if self.start.is_none() && self.end.is_none() {
            return String::new();
        }
        format!("{}/{}", moment(self.start), moment(self.end))
    }
}

/// What a run counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Records read.
    pub read: i64,
    /// Records rejected.
    pub bad: i64,
    /// Issues, sites or tickets made.
    pub made: i64,
    /// Issues, sites or tickets changed.
    pub changed: i64,
    /// Requests sent.
    pub requests: i64,
}

/// Why a run did not start.
#[derive(Debug, thiserror::Error)]
pub enum Refused {
    /// Another is under way.
    #[error(
        "another run of {source_name} is under way since {} UTC ({holder}); if it has died, it is taken over after {} UTC",
        since.format("%H:%M:%S"), until.format("%H:%M:%S")
    )]
    Busy {
        /// The loader.
        source_name: String,
        /// Since when.
        since: DateTime<Utc>,
        /// Until when at least.
        until: DateTime<Utc>,
        /// Who.
        holder: String,
    },
    /// The database.
    #[error(transparent)]
    Failed(#[from] crate::error::Error),
}

/// A run under way.
pub struct Run {
    /// Its key.
    pub id: i64,
    /// What it counted so far, in this process or in the one before.
    pub counts: Counts,
    rejected: i64,
    /// Whether what it counts has to be judged.
    owes: bool,
    beat: AbortHandle,
}

impl Run {
    /// Starts a run, or says who is at it.
    ///
    /// # Errors
    /// [`Refused::Busy`], or what the database says.
    pub async fn start(app: &App, source: Source, window: Window) -> Result<Self, Refused> {
        let now = app.now();
        let txn = crate::db::begin(&app.db).await?;
        let key = source.to_value();
        let running = Entity::find()
            .filter(Column::RunningKey.eq(&key))
            .one(&txn)
            .await
            .map_err(crate::error::Error::from)?;
        if let Some(run) = running {
            bury(&txn, run, now).await?;
        }
        let row = ActiveModel {
            source: Set(source),
            window_start: Set(window.start),
            window_end: Set(window.end),
            started_at: Set(now),
            lease_holder: Set(Some(process::HOLDER.clone())),
            lease_until: Set(Some(now + LEASE)),
            running_key: Set(Some(key.clone())),
            ..fresh()
        };
        let id = match Entity::insert(row).exec(&txn).await {
            Ok(inserted) => inserted.last_insert_id,
            Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                return Err(Refused::Busy {
                    source_name: key,
                    since: now,
                    until: now + LEASE,
                    holder: "it has just begun".into(),
                });
            }
            Err(error) => return Err(crate::error::Error::from(error).into()),
        };
        txn.commit().await.map_err(crate::error::Error::from)?;
        let beat = tokio::spawn(beat(app.clone(), id)).abort_handle();
        Ok(Self { id, counts: Counts::default(), rejected: 0, owes: owed::counts(source), beat })
    }

    /// Renews the lease and writes the counts and that they are to be judged, inside the transaction of
    /// a batch: if the lease went to another, the batch must not count.
    ///
    /// # Errors
    /// When it did, or what the database says.
    pub async fn keep(&self, txn: &DatabaseTransaction, now: DateTime<Utc>) -> Result<()> {
        let mut update = Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::value(now + LEASE))
            .col_expr(Column::RowsRead, Expr::value(self.counts.read))
            .col_expr(Column::RowsBad, Expr::value(self.counts.bad))
            .col_expr(Column::IssuesNew, Expr::value(self.counts.made))
            .col_expr(Column::IssuesUpdated, Expr::value(self.counts.changed))
            .col_expr(Column::Requests, Expr::value(self.counts.requests))
            .filter(Column::Id.eq(self.id))
            .filter(Column::RunningKey.is_not_null());
        if self.owes && self.counts.read > 0 {
            update = update.col_expr(Column::Checkpoint, Expr::value(owed::NOTE));
        }
        let kept = update.exec(txn).await?;
        if kept.rows_affected == 1 {
            return Ok(());
        }
        Err(anyhow::anyhow!(
            "this run was silent for too long and another took over; nothing more is written"
        )
        .into())
    }

    /// Notes records that cannot be used.
    ///
    /// # Errors
    /// What the database says.
    pub async fn reject(
        &mut self,
        txn: &DatabaseTransaction,
        rejected: &[Rejected],
        now: DateTime<Utc>,
    ) -> Result<()> {
        let room = usize::try_from(REJECTIONS_KEPT - self.rejected).unwrap_or_default();
        let rows: Vec<_> = rejected
            .iter()
            .take(room)
            .map(|rejected| entity::loader_rejection::ActiveModel {
                loader_run_id: Set(self.id),
                place: Set(crate::admin::shorten(&rejected.place, 500)),
                reason: Set(crate::admin::shorten(&rejected.reason, 1000)),
                created_at: Set(now),
                ..Default::default()
            })
            .collect();
        self.rejected += i64::try_from(rows.len()).unwrap_or_default();
        self.counts.bad += i64::try_from(rejected.len()).unwrap_or_default();
        if !rows.is_empty() {
            entity::loader_rejection::Entity::insert_many(rows).exec_without_returning(txn).await?;
        }
        Ok(())
    }

    /// Ends the run.
    ///
    /// # Errors
    /// What the database says.
    pub async fn finish(self, app: &App, error: Option<String>) -> Result<State> {
        let state = match (&error, self.counts.bad) {
            (Some(_), _) => State::Failed,
            (None, 0) => State::Ok,
            (None, _) => State::Partial,
        };
        let txn = crate::db::begin(&app.db).await?;
        self.keep(&txn, app.now()).await?;
        end(&(&txn).into(), self.id, state, error, app.now()).await?;
        txn.commit().await?;
        Ok(state)
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.beat.abort();
    }
}

/// A row with zeros: sea-orm leaves out of an insert what is not set, which the counts' checks allow, too.
fn fresh() -> ActiveModel {
    ActiveModel { state: Set(State::Running), ..Default::default() }
}

/// Marks a run as over whose process has ended, or refuses if it has not.
async fn bury(txn: &DatabaseTransaction, run: Model, now: DateTime<Utc>) -> Result<(), Refused> {
    let until = run.lease_until.unwrap_or(now);
    let holder = run.lease_holder.unwrap_or_default();
    if until > now && !process::is_gone(&holder) {
        return Err(Refused::Busy {
            source_name: run.source.to_value(),
            since: run.started_at,
            until,
            holder: holder.split('/').next().unwrap_or_default().to_owned(),
        });
    }
    let error = "Its process ended before it was done; the next run goes on from there.";
    Ok(end(&txn.into(), run.id, State::Failed, Some(error.into()), now).await?)
}

async fn end(
    db: &DatabaseExecutor<'_>,
    id: i64,
    state: State,
    error: Option<String>,
    now: DateTime<Utc>,
) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.to_value()))
        .col_expr(Column::FinishedAt, Expr::value(now))
        .col_expr(Column::Error, Expr::value(error.map(|error| crate::admin::shorten(&error, 2000))))
        .col_expr(Column::RunningKey, Expr::value(Option::<String>::None))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Renews the lease while a long request or a long batch is under way.
async fn beat(app: App, id: i64) {
    loop {
        tokio::time::sleep(BEAT).await;
        let renewed = Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::value(app.now() + LEASE))
            .filter(Column::Id.eq(id))
            .filter(Column::RunningKey.is_not_null())
            .exec(&app.db)
            .await;
        if let Err(error) = renewed {
            tracing::warn!(run = id, %error, "the lease of a run could not be renewed");
        }
    }
}
