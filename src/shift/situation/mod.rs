//! What fails now and by whose fault: read from the hourly counts once for all who look, a few seconds old
//! at most. What people do about it is read anew for each page.
mod cache;
mod read;
mod trouble;

pub use cache::Situations;
pub use trouble::{Culprit, Leading, Trouble};

use super::window::Window;
use crate::blame::{Blame, Verdicts};
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::Role;
use entity::vocabulary::Operation;
use entity::{settings, site};
use std::collections::{BTreeMap, HashMap};

/// Hours of the small charts.
pub const CHART_HOURS: i64 = 24;
/// Days before, whose same hours are the usual.
pub const USUAL_DAYS: i64 = 7;

/// Windows that can be asked for, in hours.
pub const WINDOWS: [i64; 3] = [1, 4, 24];

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asked {
    /// What is done.
    pub operation: Operation,
    /// What for; everything if none.
    pub activity: Option<String>,
    /// Hours that are looked at: one of [`WINDOWS`].
    pub hours: i64,
}

/// Attempts from one site to another in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// From where; the key of `UNKNOWN` for what is not known.
    pub src: i64,
    /// To where.
    pub dst: i64,
    /// Attempts that succeeded.
    pub done: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Whose fault the failures are.
    pub blame: Blame,
    /// Whose they would be if one had to say.
    pub likeliest: Blame,
}

/// Failures with one error on one link in the window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Failures {
    /// The issue.
    pub issue: i64,
    /// Its category.
    pub category: Option<i64>,
    /// From where; the key of `UNKNOWN` for what is not known.
    pub src: i64,
    /// To where.
    pub dst: i64,
    /// How many.
    pub count: i64,
}

/// Attempts by the hour, oldest first: [`CHART_HOURS`] to the end of the window.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series {
    /// Those that succeeded.
    pub done: Vec<i64>,
    /// Those that failed.
    pub failed: Vec<i64>,
    /// Failures in the same window on the days before, today's neighbour first; only days with counts.
    pub failed_before: Vec<i64>,
}

/// What fails.
#[derive(Debug)]
pub struct Situation {
    /// What was asked.
    pub asked: Asked,
    /// The hours that are counted.
    pub window: Window,
    /// When it was read.
    pub read_at: DateTime<Utc>,
    /// What people set.
    pub settings: settings::Model,
    /// All sites, by key.
    pub sites: HashMap<i64, site::Model>,
    /// Key of the site that stands for those not known.
    pub unknown: i64,
    /// Links that were tried.
    pub links: Vec<Link>,
    /// What failed on them, by issue, most first.
    pub failures: Vec<Failures>,
    /// Titles of the categories among them.
    pub categories: HashMap<i64, String>,
    /// What the blame model says of the window.
    pub verdicts: Verdicts,
    /// What is to be done something about, worst first.
    pub troubles: Vec<Trouble>,
    /// All attempts by the hour.
    pub total: Series,
    /// Attempts of each site in each role; not for an activity.
    pub series: BTreeMap<(i64, Role), Series>,
    /// Failed deletions in the window by site, beside transfers.
    pub deletions: BTreeMap<i64, i64>,
    /// All deletions by the hour.
    pub deletion_total: Series,
    /// Activities that were seen in the last day, by name.
    pub activities: Vec<String>,
}

impl Situation {
    /// Name of a site.
    #[must_use]
    pub fn name(&self, site: i64) -> &str {
        self.sites.get(&site).map_or(crate::loading::UNKNOWN, |site| site.name.as_str())
    }

    /// The link from one site to another, if it was tried.
    #[must_use]
    pub fn link(&self, src: i64, dst: i64) -> Option<&Link> {
        let place = self.links.binary_search_by_key(&(src, dst), |link| (link.src, link.dst)).ok()?;
        self.links.get(place)
    }

    /// Attempts and failures of the window.
    #[must_use]
    pub fn sums(&self) -> (i64, i64) {
        self.links.iter().fold((0, 0), |(done, failed), link| (done + link.done, failed + link.failed))
    }

    /// Start of the hours of the small charts.
    #[must_use]
    pub fn chart_from(&self) -> DateTime<Utc> {
        self.window.until - TimeDelta::hours(CHART_HOURS)
    }
}
