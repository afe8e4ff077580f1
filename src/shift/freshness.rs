//! How old the counts are: on every page, since who acts on old numbers errs.
use super::times;
use crate::app::App;
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use entity::loader_run::{self, Source, State};
use moka::future::Cache;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::time::Duration;

/// Older counts are stale: sources are asked every few minutes to an hour, and say so on their runs.
const STALE: TimeDelta = TimeDelta::minutes(75);
/// How long the answer is kept: every page asks.
const KEPT: Duration = Duration::from_secs(15);

/// When a loader last ended well; kept for some seconds.
#[derive(Clone)]
pub struct LastLoad(Cache<(), Option<DateTime<Utc>>>);

/// What the header says.
pub struct Freshness {
    /// Whether it is stale.
    pub stale: bool,
    /// How old.
    pub age: String,
    /// When it was loaded.
    pub loaded: DateTime<Utc>,
}

impl Default for LastLoad {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(1).time_to_live(KEPT).build())
    }
}

impl LastLoad {
    /// Forgets it: something was loaded.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }

    /// How old the counts are; nothing if none were ever loaded.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(&self, app: &App) -> Result<Option<Freshness>> {
        let loaded = self.0.try_get_with((), last(app)).await.map_err(Error::shared)?;
        let now = app.now();
        Ok(loaded.map(|loaded| Freshness {
            stale: now - loaded > STALE,
            age: times::length(now - loaded),
            loaded,
        }))
    }
}

/// The end of the last run that counted attempts.
async fn last(app: &App) -> Result<Option<DateTime<Utc>>> {
    let ended: Option<Option<DateTime<Utc>>> = loader_run::Entity::find()
        .select_only()
        .column(loader_run::Column::FinishedAt)
        .filter(loader_run::Column::Source.is_in([Source::Monit, Source::Fts, Source::Demo]))
        .filter(loader_run::Column::State.is_in([State::Ok, State::Partial]))
        .order_by_desc(loader_run::Column::StartedAt)
        .limit(1)
        .into_tuple()
        .one(&app.db)
        .await?;
    Ok(ended.flatten())
}
