//! What comes back: the parts of it that are needed, under the names that the questions give them.
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
pub(super) struct Answer {
    #[serde(default)]
    pub(super) responses: Vec<Reply>,
    pub(super) error: Option<Value>,
    pub(super) status: Option<u16>,
}

#[derive(Deserialize)]
pub(super) struct Reply {
    pub(super) status: Option<u16>,
    pub(super) error: Option<Value>,
    #[serde(default)]
    pub(super) timed_out: bool,
    #[serde(rename = "_shards")]
    pub(super) shards: Option<Shards>,
    pub(super) aggregations: Option<Aggregations>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Shards {
    pub(super) total: u64,
    pub(super) failed: u64,
}

/// By the names that the questions give them.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Aggregations {
    pub(super) links: Option<Links>,
    pub(super) reasons: Option<Reasons>,
    pub(super) silent: Option<Count>,
}

#[derive(Deserialize)]
pub(super) struct Links {
    pub(super) buckets: Vec<LinkBucket>,
    pub(super) after_key: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct LinkBucket {
    pub(super) key: LinkKey,
    pub(super) doc_count: u64,
    pub(super) reasons: Option<Reasons>,
}

#[derive(Deserialize)]
pub(super) struct LinkKey {
    pub(super) src: Option<String>,
    pub(super) dst: Option<String>,
    pub(super) event: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct Reasons {
    #[serde(default)]
    pub(super) sum_other_doc_count: u64,
    pub(super) buckets: Vec<Reason>,
}

#[derive(Deserialize)]
pub(super) struct Reason {
    pub(super) key: Value,
    pub(super) doc_count: u64,
    pub(super) files: Option<Cardinality>,
}

#[derive(Deserialize)]
pub(super) struct Cardinality {
    pub(super) value: Option<f64>,
}

impl Cardinality {
    pub(super) fn count(&self) -> Option<u64> {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count of documents that fits"
        )]
        self.value.filter(|value| (0.0..1e15).contains(value)).map(|value| value as u64)
    }
}

#[derive(Deserialize)]
pub(super) struct Count {
    pub(super) doc_count: u64,
}
