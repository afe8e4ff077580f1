//! What every request needs, and the only place where time and chance come from.
use crate::admin::Registry;
use crate::admin::changelist::Counts;
use crate::admin::exchange::Exchange;
use crate::admin::jobs::Jobs;
use crate::api::Api;
use crate::auth::oidc::Sso;
use crate::auth::password::Hasher;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::metrics::Metrics;
use crate::shift::freshness::LastLoad;
use crate::shift::report::Reports;
use crate::shift::situation::Situations;
use crate::suggestions::Experience;
use base64::Engine;
use chrono::{DateTime, Utc};
use rand::RngExt;
use sea_orm::DatabaseConnection;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How long counts beside filters may be out of date, at most.
const COUNTS_KEPT: Duration = Duration::from_secs(15);

/// Tells the time.
pub type Clock = Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>;

/// The application; cloning it is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// Its parts.
pub struct Parts {
    /// The database.
    pub db: DatabaseConnection,
    /// Every resource.
    pub registry: Registry,
    /// How to run.
    pub config: Config,
    /// Hashes passwords, a few at a time.
    pub hasher: Hasher,
    /// What is known of the identity provider.
    pub sso: Sso,
    /// Counts beside filters.
    pub counts: Counts,
    /// Exports and imports under way.
    pub exchange: Exchange,
    /// Bulk actions in the background.
    pub jobs: Jobs,
    /// What fails, read some seconds ago.
    pub situations: Situations,
    /// What reports count.
    pub reports: Reports,
    /// When counts were loaded last.
    pub last_load: LastLoad,
    /// What was done about errors, and what came of it.
    pub experience: Experience,
    /// The REST API.
    pub api: Api,
    /// Numbers for Prometheus.
    pub metrics: Metrics,
    stopping: AtomicBool,
    clock: Clock,
}

impl App {
    /// The application on a database.
    #[must_use]
    pub fn new(db: DatabaseConnection, config: Config, clock: Clock) -> Self {
        let registry = crate::resources::registry();
        Self(Arc::new(Parts {
            db,
            api: Api::new(&registry),
            registry,
            config,
            hasher: Hasher::new(),
            sso: Sso::default(),
            counts: Counts::new(COUNTS_KEPT),
            exchange: Exchange::default(),
            jobs: Jobs::default(),
            situations: Situations::default(),
            reports: Reports::default(),
            last_load: LastLoad::default(),
            experience: Experience::default(),
            metrics: Metrics::default(),
            stopping: AtomicBool::new(false),
            clock,
        }))
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }

    /// Forgets what was read some seconds ago: this process wrote.
    pub fn forget(&self) {
        self.counts.forget();
        self.forget_read();
    }

    /// The same after a write to rows of one kind: a program that writes much need not prove each time who it is.
    pub fn forget_of(&self, slug: &str) {
        if crate::auth::DECIDE.contains(&slug) {
            return self.forget();
        }
        self.counts.forget_rows();
        self.forget_read();
    }

    fn forget_read(&self) {
        self.situations.forget();
        self.reports.forget();
        self.last_load.forget();
    }

    /// From now on, this process is about to end: it still answers, but wants no more visitors.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether this process is about to end.
    #[must_use]
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Relaxed)
    }
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// The machine's clock, in milliseconds: what all three databases and a browser's inputs keep.
#[must_use]
pub fn system_clock() -> Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    Arc::new(|| {
        let now = Utc::now();
        DateTime::from_timestamp_millis(now.timestamp_millis()).unwrap_or(now)
    })
}

/// Something nobody can guess: 192 bits as 32 characters that fit in an address.
#[must_use]
pub fn random_token() -> String {
    let bytes: [u8; 24] = rand::rng().random();
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

/// Does what takes long and waits for nothing on a thread that serves nobody.
///
/// # Errors
/// When the work panicked.
pub async fn aside<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))
}
