//! Elasticsearch and OpenSearch as far as `_msearch` goes: range, terms and query-string filters; composite, terms,
//! cardinality and missing aggregations, computed from events. What it does not know, it refuses as they do.
use super::search_query::matches;
use super::{Asked, Reply, Service};
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

/// Fields that are keywords, numbers or dates: others cannot be aggregated.
const FIELDS: [&str; 5] =
    ["data.src_experiment_site", "data.dst_experiment_site", "data.event_type", "data.reason", "data.name"];
const TIME: &str = "metadata.timestamp";

/// An event, by field; what is missing is not there.
type Event = BTreeMap<&'static str, String>;
/// Values by which the buckets of a composite are in order.
type Order = Vec<Option<String>>;

#[derive(Default)]
pub(in crate::tests) struct Search {
    events: Mutex<Vec<(i64, Event)>>,
    pub(in crate::tests) behaviour: Mutex<Behaviour>,
}

/// What else it may do.
#[derive(Clone, Debug)]
pub(in crate::tests) struct Behaviour {
    /// Knows composite aggregations.
    pub(in crate::tests) composite: bool,
    /// Buckets allowed in one answer.
    pub(in crate::tests) most_buckets: usize,
    /// What each answer says of its shards; more than none failed is a partial answer.
    pub(in crate::tests) failed_shards: u64,
    /// Says that it ran out of time.
    pub(in crate::tests) timed_out: bool,
    /// Has the indices.
    pub(in crate::tests) indices: bool,
    /// Leaves out the last of several answers.
    pub(in crate::tests) forgets: bool,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            composite: true,
            most_buckets: 65_536,
            failed_shards: 0,
            timed_out: false,
            indices: true,
            forgets: false,
        }
    }
}

impl Search {
    /// Adds an event; empty texts are missing fields.
    pub(in crate::tests) fn event(
        &self,
        time: &str,
        kind: &str,
        link: (&str, &str),
        reason: &str,
        file: &str,
    ) {
        let millis = crate::tests::sources::time(time).timestamp_millis();
        let values = [link.0, link.1, kind, reason, file];
        let pairs = FIELDS.into_iter().zip(values).filter(|(_, value)| !value.is_empty());
        let event = pairs.map(|(field, value)| (field, value.to_owned())).collect();
        self.events.lock().expect("not poisoned").push((millis, event));
    }
}

#[async_trait::async_trait]
impl Service for Search {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String> {
        if asked.method != "POST" || !asked.path.ends_with("/_msearch") || !asked.query.is_empty() {
            return Err("is no _msearch".into());
        }
        if asked.header("content-type") != "application/x-ndjson" {
            return Err(format!("content type {}", asked.header("content-type")));
        }
        let body = str::from_utf8(&asked.body).map_err(|error| error.to_string())?;
        // "The msearch request must be terminated by a newline".
        let body = body.strip_suffix('\n').ok_or("no line end at the end")?;
        let lines: Vec<Value> = body
            .split('\n')
            .map(|line| serde_json::from_str(line).map_err(|error| format!("{error}: {line}")))
            .collect::<Result<_, _>>()?;
        let (pairs, []) = lines.as_chunks::<2>() else { return Err("a search without a head".into()) };
        let mut responses = Vec::new();
        for [head, body] in pairs {
            check_head(head)?;
            responses.push(self.search(body)?);
        }
        if self.behaviour().forgets {
            responses.pop();
        }
        Ok(Reply::json(200, &json!({"took": 3, "responses": responses})))
    }
}

fn check_head(head: &Value) -> Result<(), String> {
    only(head, &["search_type", "ignore_unavailable", "index"])?;
    let right = head["search_type"] == "query_then_fetch" && head["ignore_unavailable"] == true;
    let index = head["index"].as_array().is_some_and(|names| {
        !names.is_empty()
            && names.iter().all(|name| name.as_str().is_some_and(|name| name.starts_with("monit_prod_ddm")))
    });
    if right && index { Ok(()) } else { Err(format!("head {head}")) }
}

/// That an object has no other fields.
fn only(value: &Value, names: &[&str]) -> Result<(), String> {
    let fields = value.as_object().ok_or_else(|| format!("no object: {value}"))?;
    match fields.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(format!("unknown field {name} in {value}")),
        None => Ok(()),
    }
}

impl Search {
    fn behaviour(&self) -> Behaviour {
        self.behaviour.lock().expect("not poisoned").clone()
    }

    fn search(&self, body: &Value) -> Result<Value, String> {
        only(body, &["size", "query", "aggs"])?;
        if body["size"] != 0 {
            return Err("hits are asked for".into());
        }
        let behaviour = self.behaviour();
        let shards = if behaviour.indices { 6 } else { 0 };
        let mut answer = json!({
            "took": 1, "timed_out": behaviour.timed_out, "status": 200,
            "_shards": {"total": shards, "successful": shards, "skipped": 0, "failed": behaviour.failed_shards},
            "hits": {"total": {"value": 0, "relation": "eq"}, "max_score": null, "hits": []},
        });
        if !behaviour.indices {
            return Ok(answer);
        }
        let found = self.filter(&body["query"])?;
        let mut aggregator = Aggregator { behaviour: &behaviour, buckets: 0 };
        match aggregator.all(&body["aggs"], &found) {
            Ok(aggregations) => answer["aggregations"] = aggregations,
            Err(Refusal::Wrong(complaint)) => return Err(complaint),
            Err(Refusal::Told(kind, reason)) => {
                return Ok(json!({"status": 400, "error": {
                    "root_cause": [{"type": kind, "reason": reason}], "type": kind, "reason": reason,
                }}));
            }
        }
        Ok(answer)
    }

    fn filter(&self, query: &Value) -> Result<Vec<Event>, String> {
        let filters = query["bool"]["filter"].as_array().ok_or("no filter")?;
        let [range, other] = &filters[..] else { return Err("not two filters".into()) };
        let range = &range["range"][TIME];
        only(range, &["gte", "lt", "lte", "format"])?;
        let millis = |name: &str| range[name].as_str().and_then(|text| text.parse::<i64>().ok());
        let (Some(from), Some(to)) = (millis("gte"), millis("lt").or(millis("lte").map(|last| last + 1)))
        else {
            return Err(format!("range {range}"));
        };
        if range["format"] != "epoch_millis" {
            return Err("range without its format".into());
        }
        let mut found = Vec::new();
        for (time, event) in self.events.lock().expect("not poisoned").iter() {
            if (from..to).contains(time) && passes(other, event)? {
                found.push(event.clone());
            }
        }
        Ok(found)
    }
}

fn passes(filter: &Value, event: &Event) -> Result<bool, String> {
    let get = |field: &str| event.get(field).map(String::as_str);
    if let Some(query) = filter.get("query_string") {
        only(query, &["analyze_wildcard", "query"])?;
        return matches(query["query"].as_str().ok_or("no query")?, &get);
    }
    let terms = filter["terms"].as_object().ok_or_else(|| format!("filter {filter}"))?;
    Ok(terms.iter().all(|(field, values)| {
        values.as_array().is_some_and(|values| values.iter().any(|value| get(field) == value.as_str()))
    }))
}

enum Refusal {
    /// As the server says it.
    Told(&'static str, String),
    /// Nobody should ask that.
    Wrong(String),
}

struct Aggregator<'a> {
    behaviour: &'a Behaviour,
    buckets: usize,
}

impl Aggregator<'_> {
    fn all(&mut self, aggs: &Value, events: &[Event]) -> Result<Value, Refusal> {
        let mut results = Map::new();
        for (name, body) in aggs.as_object().into_iter().flatten() {
            results.insert(name.clone(), self.one(body, events)?);
        }
        Ok(results.into())
    }

    fn one(&mut self, body: &Value, events: &[Event]) -> Result<Value, Refusal> {
        only(body, &["composite", "terms", "cardinality", "missing", "aggs"]).map_err(Refusal::Wrong)?;
        if let Some(composite) = body.get("composite") {
            return self.composite(composite, &body["aggs"], events);
        }
        if let Some(terms) = body.get("terms") {
            return self.terms(terms, &body["aggs"], events);
        }
        if let Some(missing) = body.get("missing") {
            let field = field(missing)?;
            let count = events.iter().filter(|event| !event.contains_key(field)).count();
            return Ok(json!({"doc_count": count}));
        }
        let field = field(&body["cardinality"])?;
        let values: BTreeSet<_> = events.iter().filter_map(|event| event.get(field)).collect();
        Ok(json!({"value": values.len()}))
    }

    fn count(&mut self, more: usize) -> Result<(), Refusal> {
        self.buckets += more;
        if self.buckets <= self.behaviour.most_buckets {
            return Ok(());
        }
        let most = self.behaviour.most_buckets;
        let reason = format!("Trying to create too many buckets. Must be less than or equal to: [{most}]");
        Err(Refusal::Told("too_many_buckets_exception", reason))
    }

    fn terms(&mut self, terms: &Value, aggs: &Value, events: &[Event]) -> Result<Value, Refusal> {
        only(terms, &["field", "size"]).map_err(Refusal::Wrong)?;
        let mut groups = group(field(terms)?, events);
        groups.sort_by(|a, b| (b.1.len(), &a.0).cmp(&(a.1.len(), &b.0)));
        let size = terms["size"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(10);
        let rest: usize = groups.iter().skip(size).map(|(_, events)| events.len()).sum();
        groups.truncate(size);
        self.count(groups.len())?;
        let mut buckets = Vec::new();
        for (key, events) in groups {
            buckets.push(bucket(json!(key), &events, self.all(aggs, &events)?));
        }
        Ok(json!({"doc_count_error_upper_bound": 0, "sum_other_doc_count": rest, "buckets": buckets}))
    }

    fn composite(&mut self, composite: &Value, aggs: &Value, events: &[Event]) -> Result<Value, Refusal> {
        if !self.behaviour.composite {
            let reason = "Unknown BaseAggregationBuilder [composite]".to_owned();
            return Err(Refusal::Told("unknown_named_object_exception", reason));
        }
        only(composite, &["size", "sources", "after"]).map_err(Refusal::Wrong)?;
        let mut keys: BTreeMap<Order, (Value, Vec<Event>)> = BTreeMap::new();
        let sources = composite["sources"].as_array().cloned().unwrap_or_default();
        for event in events {
            if let Some((order, key)) = key(&sources, event)? {
                keys.entry(order).or_insert((key, Vec::new())).1.push(event.clone());
            }
        }
        let names: Vec<&String> =
            sources.iter().filter_map(|source| source.as_object()?.keys().next()).collect();
        let after = composite.get("after").map(|after| {
            names.iter().map(|name| after[name.as_str()].as_str().map(str::to_owned)).collect::<Order>()
        });
        let size = composite["size"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(10);
        let page = keys.into_iter().filter(|(order, _)| after.as_ref().is_none_or(|after| order > after));
        let mut buckets = Vec::new();
        for (_, (key, events)) in page.take(size) {
            self.count(1)?;
            let nested = self.all(aggs, &events)?;
            buckets.push(bucket(key, &events, nested));
        }
        let mut answer = json!({"buckets": buckets});
        if let Some(last) = buckets.last() {
            answer["after_key"] = last["key"].clone();
        }
        Ok(answer)
    }
}

/// The key of an event: in order, and as it is told. An event that lacks a field has none, unless that is asked for.
fn key(sources: &[Value], event: &Event) -> Result<Option<(Order, Value)>, Refusal> {
    let (mut order, mut key) = (Vec::new(), Map::new());
    for source in sources {
        let Some((name, source)) = source.as_object().and_then(|source| source.iter().next()) else {
            return Err(Refusal::Wrong(format!("source {source}")));
        };
        let terms = &source["terms"];
        only(terms, &["field", "missing_bucket"]).map_err(Refusal::Wrong)?;
        let value = event.get(field(terms)?).cloned();
        if value.is_none() && terms["missing_bucket"] != true {
            return Ok(None);
        }
        key.insert(name.clone(), json!(value));
        order.push(value);
    }
    Ok(Some((order, key.into())))
}

fn field(body: &Value) -> Result<&str, Refusal> {
    let field = body["field"].as_str().unwrap_or_default();
    if FIELDS.contains(&field) {
        return Ok(field);
    }
    Err(Refusal::Told("illegal_argument_exception", format!("Text fields are not optimised: [{field}]")))
}

fn group(field: &str, events: &[Event]) -> Vec<(String, Vec<Event>)> {
    let mut groups: BTreeMap<String, Vec<Event>> = BTreeMap::new();
    for event in events {
        if let Some(value) = event.get(field) {
            groups.entry(value.clone()).or_default().push(event.clone());
        }
    }
    groups.into_iter().collect()
}

fn bucket(key: Value, events: &[Event], nested: Value) -> Value {
    let mut bucket = json!({"key": key, "doc_count": events.len()});
    if let (Some(bucket), Value::Object(nested)) = (bucket.as_object_mut(), nested) {
        bucket.extend(nested);
    }
    bucket
}
