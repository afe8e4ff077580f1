//! Files out and in: every row of a list as CSV, JSON or a spreadsheet, and such a file back, looked at
//! before anything is written.
mod cell;
mod columns;
mod export;
pub mod import;
pub mod links;

pub use export::{Format, export, ticked};

use std::sync::Arc;
use tokio::sync::Semaphore;

/// Files that one process makes or reads at the same time: each holds a connection to the database.
const AT_ONCE: usize = 2;

/// Exports and imports under way in this process.
#[derive(Clone)]
pub struct Exchange {
    exports: Arc<Semaphore>,
    uploads: Arc<Semaphore>,
}

impl Default for Exchange {
    fn default() -> Self {
        Self { exports: Arc::new(Semaphore::new(AT_ONCE)), uploads: Arc::new(Semaphore::new(AT_ONCE)) }
    }
}
