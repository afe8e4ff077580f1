//! What a report counts, whoever looks: kept until somebody writes, since a busy shift has thousands of issues and
//! its report is read by many.
use super::interval::Interval;
use super::issues::{Found, Which};
use super::numbers::{self, Numbers};
use super::solved;
use crate::app::App;
use crate::error::{Error, Result};
use crate::shift::written::Written;
use moka::future::Cache;
use std::sync::Arc;
use std::time::Duration;

/// How long it is kept even if nobody writes: sites can be blamed anew without a trace.
const KEPT: Duration = Duration::from_secs(30);
/// While a loader is at work, what is so many seconds old is as good as new.
const FRESH: i64 = 10;
/// Intervals and sites that are kept.
const ENTRIES: u64 = 32;

/// What a report counts.
pub(super) struct Facts {
    pub(super) new: Found,
    pub(super) open: Found,
    pub(super) solved: solved::Found,
    pub(super) numbers: Numbers,
}

#[derive(PartialEq, Eq, Hash)]
struct Asked {
    interval: Interval,
    site: Option<i64>,
    written: Written,
    /// Counts on while a loader is at work.
    tick: i64,
}

/// Facts of reports that were asked for lately.
#[derive(Clone)]
pub struct Reports(Cache<Asked, Arc<Facts>>);

impl Default for Reports {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(ENTRIES).time_to_live(KEPT).build())
    }
}

impl Reports {
    /// Forgets everything.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }

    /// What was there when somebody wrote last.
    pub(super) async fn get(&self, app: &App, interval: Interval, site: Option<i64>) -> Result<Arc<Facts>> {
        let written = Written::read(app).await?;
        let tick = if written.rests { 0 } else { app.now().timestamp() / FRESH };
        let asked = Asked { interval, site, written, tick };
        self.0.try_get_with(asked, Facts::read(app, interval, site)).await.map_err(Error::shared)
    }
}

impl Facts {
    async fn read(app: &App, interval: Interval, site: Option<i64>) -> Result<Arc<Self>> {
        let db = &app.db;
        Ok(Arc::new(Self {
            new: Which::New.find(db, interval, site).await?,
            open: Which::Open.find(db, interval, site).await?,
            solved: solved::find(db, interval, site).await?,
            numbers: numbers::read(db, interval, site).await?,
        }))
    }
}
