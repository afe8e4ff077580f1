//! Messages per link from Elasticsearch or OpenSearch
//! (<https://www.elastic.co/docs/api/doc/elasticsearch/operation/operation-msearch>,
//! <https://docs.opensearch.org/latest/api-reference/search-apis/multi-search/>).
//!
//! One composite aggregation gives all links, page by page. Where it is refused (an old version, a proxy that allows
//! less), each failing link is asked for by itself, many in one request.
mod answer;
mod asking;

use super::sums::{Link, word};
use crate::sources::fault::{Fault, Kind};
use crate::sources::http::{Credentials, Http};
use crate::sources::record::{Failure, Place, Rejected, Tally};
use asking::Asking;
use chrono::{DateTime, Duration, Utc};
use entity::vocabulary::Operation;
use serde_json::{Value, json};
use url::Url;

/// What Rucio's events about each operation begin with, before `-done` and `-failed`.
const OPERATIONS: [Operation; 3] = [Operation::Transfer, Operation::Deletion, Operation::Staging];
/// Links asked for in one request, where each is asked for by itself.
const LINKS_AT_ONCE: usize = 50;

/// Where the messages are, and what they are called.
#[derive(Clone, Debug)]
pub struct Search {
    /// Address of its `/_msearch`.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// Names of indices, with wildcards.
    pub indices: Vec<String>,
    /// Field with the time of the event.
    pub time: String,
    /// Field with the kind of the event.
    pub event: String,
    /// Field with the source.
    pub source: String,
    /// Field with the destination.
    pub destination: String,
    /// Field with the message.
    pub reason: String,
    /// Field with the name of the file.
    pub file: String,
    /// Messages per link, the most frequent ones.
    pub reasons: usize,
    /// Links to a page. Elasticsearch allows 65,536 buckets in an answer, older ones 10,000.
    pub page: usize,
}

/// What was found.
pub(super) struct Found {
    pub(super) tallies: Vec<Tally>,
    pub(super) failures: Vec<Failure>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) requests: u32,
}

impl Search {
    /// With the names that Rucio's events have in ATLAS's monitoring.
    #[must_use]
    pub fn new(url: Url, credentials: Credentials) -> Self {
        Self {
            url,
            credentials,
            indices: vec!["monit_prod_ddm_enr_transfer_*".into()],
            time: "metadata.timestamp".into(),
            event: "data.event_type".into(),
            source: "data.src_experiment_site".into(),
            destination: "data.dst_experiment_site".into(),
            reason: "data.reason".into(),
            file: "data.name".into(),
            reasons: 20,
            page: 2000,
        }
    }
}

impl Search {
    /// All links of an hour with their messages. Those known to fail are asked for one by one if need be.
    ///
    /// # Errors
    /// When an answer is missing, refused or not whole.
    pub(super) async fn read(
        &self,
        http: &Http,
        begin: DateTime<Utc>,
        failing: Option<Vec<Link>>,
    ) -> Result<Found, Fault> {
        let mut asking = Asking::new(self, http, begin);
        let refusal = match asking.all_links().await {
            Ok(()) => return Ok(asking.finish()),
            Err(refusal) => refusal,
        };
        let Some(failing) = failing.filter(|_| is_refused(&refusal)) else { return Err(refusal) };
        tracing::info!("{refusal}; asking for each of {} failing links by itself", failing.len());
        asking.forget();
        for links in failing.chunks(LINKS_AT_ONCE) {
            asking.some_links(links).await?;
        }
        Ok(asking.finish())
    }

    fn body(&self, begin: DateTime<Utc>, filter: &Value, aggregations: &Value) -> Value {
        let millis = |time: DateTime<Utc>| time.timestamp_millis().to_string();
        let range = json!({"range": {self.time.as_str(): {
            "gte": millis(begin), "lt": millis(begin + Duration::hours(1)), "format": "epoch_millis",
        }}});
        json!({"size": 0, "query": {"bool": {"filter": [range, filter]}}, "aggs": aggregations})
    }

    /// The most frequent messages, and in how many files.
    fn reasons(&self) -> Value {
        json!({
            "terms": {"field": self.reason, "size": self.reasons},
            "aggs": {"files": {"cardinality": {"field": self.file}}},
        })
    }

    fn page(&self, begin: DateTime<Utc>, size: usize, after: Option<&Value>) -> Value {
        let events: Vec<String> = OPERATIONS
            .iter()
            .flat_map(|operation| ["done", "failed"].map(|end| format!("{}-{end}", word(*operation))))
            .collect();
        // Deletions have no source: without missing_bucket, they would be left out.
        let site = |field: &str| json!({"terms": {"field": field, "missing_bucket": true}});
        let mut composite = json!({"size": size, "sources": [
            {"src": site(&self.source)},
            {"dst": site(&self.destination)},
            {"event": {"terms": {"field": self.event}}},
        ]});
        if let Some(after) = after {
            composite["after"] = after.clone();
        }
        let filter = json!({"terms": {self.event.as_str(): events}});
        let links = json!({"links": {"composite": composite, "aggs": {"reasons": self.reasons()}}});
        self.body(begin, &filter, &links)
    }

    fn link(&self, begin: DateTime<Utc>, link: &Link) -> Value {
        let query = format!(
            "{}:{} AND {} AND {}",
            self.event,
            phrase(&format!("{}-failed", word(link.operation))),
            at(&self.destination, &link.dst),
            at(&self.source, &link.src),
        );
        let filter = json!({"query_string": {"analyze_wildcard": true, "query": query}});
        let silent = json!({"missing": {"field": self.reason}});
        self.body(begin, &filter, &json!({"reasons": self.reasons(), "silent": silent}))
    }
}

/// Whether another form of the question may be allowed.
fn is_refused(fault: &Fault) -> bool {
    matches!(fault.kind, Kind::Status(400 | 403 | 405 | 422 | 501))
}

/// A condition of the query string syntax. A site that is not known is `UNKNOWN`, or missing.
fn at(field: &str, place: &Place) -> String {
    match &place.site {
        Some(site) => format!("{field}:{}", phrase(site)),
        None => format!("({field}:\"UNKNOWN\" OR NOT _exists_:{field})"),
    }
}

/// A phrase of the query string syntax, in which quotes and backslashes alone mean something.
fn phrase(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_within_their_quotes() {
        assert_eq!(phrase(r#"a" OR "b\"#), r#""a\" OR \"b\\""#);
        assert_eq!(at("src", &Place::at_site("WT2")), "src:\"WT2\"");
        assert_eq!(at("src", &Place::default()), "(src:\"UNKNOWN\" OR NOT _exists_:src)");
    }
}
