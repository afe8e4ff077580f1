//! Keeps situations for some seconds: a board of 170 sites sums up tens of thousands of rows, and many people
//! look at the same one. Who comes when one has grown old gets it at once; behind, it is read anew if anything was
//! written meanwhile.
use super::{Asked, Situation, read};
use crate::app::App;
use crate::error::{Error, Result};
use crate::shift::written::Written;
use moka::future::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Younger ones are as good as new: sources give new counts every few minutes.
const FRESH: Duration = Duration::from_secs(10);
/// Older ones are read anew even if nobody seems to have written: somebody may have, past the application.
const TRUSTED: Duration = Duration::from_secs(60);
/// Older ones are given to nobody.
const KEPT: Duration = Duration::from_secs(90);
/// Different windows, operations and activities that are kept.
const ENTRIES: u64 = 64;

/// Situations of the last seconds.
#[derive(Clone)]
pub struct Situations(Cache<Asked, Arc<Entry>>);

struct Entry {
    situation: Arc<Situation>,
    written: Written,
    read: Instant,
    looked: Instant,
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
        if entry.looked.elapsed() > FRESH && !entry.renewing.swap(true, Ordering::Relaxed) {
            let (cache, app, old) = (self.0.clone(), app.clone(), entry.clone());
            tokio::spawn(async move {
                match renewed(app, asked.clone(), &old).await {
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

/// The same situation if nothing was written since.
async fn renewed(app: App, asked: Asked, old: &Entry) -> Result<Arc<Entry>> {
    let written = Written::read(&app).await?;
    if !written.rests || written != old.written || old.read.elapsed() > TRUSTED {
        return entry(app, asked).await;
    }
    Ok(Arc::new(Entry {
        situation: old.situation.clone(),
        written,
        read: old.read,
        looked: Instant::now(),
        renewing: AtomicBool::new(false),
    }))
}

async fn entry(app: App, asked: Asked) -> Result<Arc<Entry>> {
    let begun = Instant::now();
    let written = Written::read(&app).await?;
    let situation = Arc::new(read::read(&app, asked).await?);
    Ok(Arc::new(Entry { situation, written, read: begun, looked: begun, renewing: AtomicBool::new(false) }))
}
