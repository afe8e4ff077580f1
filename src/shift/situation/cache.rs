//! Keeps situations for some seconds: a board of 170 sites sums up tens of thousands of rows, and many people
//! look at the same one. Who comes when one has grown old gets it at once, and it is read anew behind.
use super::{Asked, Situation, read};
use crate::app::App;
use crate::error::{Error, Result};
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Younger ones are as good as new: sources give new counts every few minutes.
const FRESH: Duration = Duration::from_secs(10);
/// Older ones are given to nobody.
const KEPT: Duration = Duration::from_secs(90);
/// Different windows, operations and activities that are kept.
const ENTRIES: u64 = 64;

/// Situations of the last seconds.
#[derive(Clone)]
pub struct Situations(Cache<Asked, Arc<Entry>>);

struct Entry {
    situation: Arc<Situation>,
    read: Instant,
    renewing: AtomicBool,
}

impl Default for Situations {
    fn default() -> Self {
        Self(Cache::builder().max_capacity(ENTRIES).time_to_live(KEPT).build())
    }
}

impl Situations {
    /// Forgets everything: counts or settings were written by this process.
    pub fn forget(&self) {
        self.0.invalidate_all();
    }

    /// The situation, at most some seconds old.
    ///
    /// # Errors
    /// What the database says.
    pub async fn get(&self, app: &App, asked: Asked) -> Result<Arc<Situation>> {
        let reading = entry(app.clone(), asked.clone());
        let entry = self.0.try_get_with(asked.clone(), reading).await.map_err(Error::shared)?;
        if entry.read.elapsed() > FRESH && !entry.renewing.swap(true, Ordering::Relaxed) {
            let (cache, app, old) = (self.0.clone(), app.clone(), entry.clone());
            tokio::spawn(async move {
                match self::entry(app, asked.clone()).await {
                    Ok(new) => cache.insert(asked, new).await,
                    Err(error) => {
                        tracing::warn!(%error, "the situation could not be read anew");
                        old.renewing.store(false, Ordering::Relaxed);
                    }
                }
            });
        }
        Ok(entry.situation.clone())
    }
}

async fn entry(app: App, asked: Asked) -> Result<Arc<Entry>> {
    let situation = Arc::new(read::read(&app, asked).await?);
    Ok(Arc::new(Entry { situation, read: Instant::now(), renewing: AtomicBool::new(false) }))
}
