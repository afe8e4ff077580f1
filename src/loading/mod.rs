//! Stores what [`crate::sources`] read: runs with leases, batches in transactions, sites and
//! categories found on the way. Which source is loaded how is one small file each.
pub mod attempts;
mod categories;
pub mod cric;
pub mod files;
pub mod ggus;
pub mod monit;
pub mod owed;
mod progress;
mod run;
mod sites;
mod store;
pub mod upsert;

pub use categories::{Belongs, CategoryBook};
pub use progress::Progress;
pub use run::{Counts, Refused, Run, Window};
pub use sites::{Found, SiteBook, UNKNOWN};
pub use store::Store;

use crate::admin::thousands;
use entity::loader_run::Source;
use std::fmt;

/// What a run came to, in words by `Display`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The loader.
    pub source: Source,
    /// What it counted.
    pub counts: Counts,
    /// Files read; 0 for sources that are asked over the network.
    pub files: usize,
}

impl fmt::Display for Loaded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.source {
            Source::Cric => "sites and endpoints",
            Source::Ggus => "tickets",
            _ => "issues",
        };
        let Counts { read, bad, made, changed, requests } = self.counts;
        write!(f, "{} records read", thousands(read))?;
        if self.files > 0 {
            write!(f, " from {} {}", self.files, if self.files == 1 { "file" } else { "files" })?;
        }
        if requests > 0 {
            write!(f, " with {requests} requests")?;
        }
        write!(
            f,
            ", {} rejected; {} {what} made, {} changed.",
            thousands(bad),
            thousands(made),
            thousands(changed)
        )
    }
}
