//! CERN's monitoring: numbers per link from InfluxDB, messages per link from Elasticsearch or OpenSearch, both behind
//! Grafana's proxy with a token, or asked directly
//! (<https://monit.docs.cern.ch/wlcg/current_data_flows/>, <https://grafana.com/docs/grafana/latest/developers/http_api/data_source/>).
//!
//! It is read hour by hour: an hour is there as a whole, or the [`Fault`] says why not.
mod influx;
mod search;
mod sums;

use super::batch;
use super::fault::Fault;
use super::http::{Credentials, Http};
use super::record::{Failure, Rejected, Tally};
use chrono::{DateTime, Utc};
use sums::Link;
use url::Url;

pub use influx::Influx;
pub use search::Search;

/// Where Grafana keeps the data sources that the experiment's dashboards use.
const EFFICIENCY: &str = "api/datasources/proxy/7730/query";
const MESSAGES: &str = "api/datasources/proxy/8736/_msearch";

/// Both halves of the monitoring; each can be left out.
#[derive(Clone, Debug)]
pub struct Monit {
    /// Attempts and successes of links.
    pub efficiency: Option<Influx>,
    /// Messages of failures; attempts and successes, too, if nothing else gives them.
    pub messages: Option<Search>,
}

/// What is known about one hour.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Hour {
    /// Each link with any attempt, once.
    pub tallies: Vec<Tally>,
    /// Each message of each failing link, once.
    pub failures: Vec<Failure>,
    /// What could not be used, or is not complete.
    pub rejected: Vec<Rejected>,
    /// Requests it took.
    pub requests: u32,
}

impl Monit {
    /// Both behind one Grafana, where they are at CERN; `base` is like `https://monit-grafana.cern.ch/`.
    ///
    /// # Errors
    /// When that is no address.
    pub fn behind_grafana(base: &str, token: &str) -> anyhow::Result<Self> {
        let base = Url::parse(&format!("{}/", base.trim_end_matches('/')))?;
        let credentials = Credentials::bearer(token)?;
        Ok(Self {
            efficiency: Some(Influx::new(base.join(EFFICIENCY)?, credentials.clone())),
            messages: Some(Search::new(base.join(MESSAGES)?, credentials)),
        })
    }

    /// All of the hour that begins then.
    ///
    /// # Errors
    /// When a part of it is not to be had.
    pub async fn hour(&self, http: &Http, begin: DateTime<Utc>) -> Result<Hour, Fault> {
        let begin = batch::hour(begin);
        let mut hour = Hour::default();
        if let Some(influx) = &self.efficiency {
            influx.read(http, begin, &mut hour).await?;
        }
        if let Some(search) = &self.messages {
            let failing = self.efficiency.as_ref().map(|_| failing(&hour.tallies));
            let counted = failing.is_some();
            let found = search.read(http, begin, failing).await?;
            hour.requests += found.requests;
            hour.failures = found.failures;
            hour.rejected.extend(found.rejected);
            if !counted {
                hour.tallies = found.tallies;
            }
        }
        Ok(hour)
    }
}

/// Links with failures, each once whatever its activities.
fn failing(tallies: &[Tally]) -> Vec<Link> {
    let failing = tallies.iter().filter(|tally| tally.failed > 0);
    let mut links: Vec<Link> = failing
        .map(|Tally { operation, src, dst, .. }| Link {
            operation: *operation,
            src: src.clone(),
            dst: dst.clone(),
        })
        .collect();
    links.dedup_by_key(|link| link.key());
    links
}
