//! Attempts and successes per link from InfluxDB 1.x
//! (<https://docs.influxdata.com/influxdb/v1/tools/api/#query-http-endpoint>).
use super::Hour;
use super::sums::{Link, Sums, word};
use crate::sources::fault::Fault;
use crate::sources::http::{Credentials, Http};
use crate::sources::lenient::Whole;
use crate::sources::record::{Place, Rejected, activity};
use chrono::{DateTime, Duration, Utc};
use entity::vocabulary::Operation;
use serde::Deserialize;
use serde_json::Value;
use std::borrow::Cow;
use std::collections::HashMap;
use url::Url;

/// Operations that are counted there.
const OPERATIONS: [Operation; 2] = [Operation::Transfer, Operation::Deletion];

/// Where the numbers are, and what they are called.
#[derive(Clone, Debug)]
pub struct Influx {
    /// Address of its `/query`.
    pub url: Url,
    /// Who asks.
    pub credentials: Credentials,
    /// Database.
    pub database: String,
    /// Retention policy; the default one of the database if none.
    pub retention: Option<String>,
    /// Measurement.
    pub measurement: String,
    /// Tag that says `transfer` or `deletion`.
    pub state: String,
    /// Tag with the source.
    pub source: String,
    /// Tag with the destination.
    pub destination: String,
    /// Tag with the activity; where there is none, InfluxDB gives all as one without a name.
    pub activity: String,
    /// Field with the successes.
    pub done: String,
    /// Field with the attempts that ended.
    pub total: String,
}

impl Influx {
    /// With the names that ATLAS's monitoring has.
    #[must_use]
    pub fn new(url: Url, credentials: Credentials) -> Self {
        Self {
            url,
            credentials,
            database: "monit_production_ddm_transfers".into(),
            retention: Some("raw".into()),
            measurement: "ddm_transfer".into(),
            state: "state".into(),
            source: "src_experiment_site".into(),
            destination: "dst_experiment_site".into(),
            activity: "activity".into(),
            done: "files_done".into(),
            total: "files_total".into(),
        }
    }

    /// Adds the tallies of an hour.
    pub(super) async fn read(&self, http: &Http, begin: DateTime<Utc>, hour: &mut Hour) -> Result<(), Fault> {
        let mut sums = Sums::new(begin);
        for operation in OPERATIONS {
            let mut url = self.url.clone();
            url.query_pairs_mut()
                .append_pair("db", &self.database)
                .append_pair("q", &self.query(operation, begin))
                .append_pair("epoch", "ms");
            hour.requests += 1;
            let answer: Answer = http.get(&url, &self.credentials).await?;
            for series in answer.series().map_err(|what| Fault::unreadable(self.host(), what))? {
                self.add(operation, &series, &mut sums, hour)?;
            }
        }
        hour.tallies = sums.finish().0;
        Ok(())
    }

    fn query(&self, operation: Operation, begin: DateTime<Utc>) -> String {
        let retention = self.retention.as_deref().map(|name| format!("{}.", quoted(name)));
        let (start, end) = (begin.timestamp_millis(), (begin + Duration::hours(1)).timestamp_millis());
        format!(
            "SELECT sum({}) AS \"done\", sum({}) AS \"total\" FROM {}{} \
             WHERE {} = '{}' AND time >= {start}ms AND time < {end}ms GROUP BY {}, {}, {}",
            quoted(&self.done),
            quoted(&self.total),
            retention.unwrap_or_default(),
            quoted(&self.measurement),
            quoted(&self.state),
            word(operation),
            quoted(&self.source),
            quoted(&self.destination),
            quoted(&self.activity),
        )
    }

    /// One series is one activity on one link.
    fn add(
        &self,
        operation: Operation,
        series: &Series,
        sums: &mut Sums,
        hour: &mut Hour,
    ) -> Result<(), Fault> {
        let column = |names: [&str; 2]| series.columns.iter().position(|name| names.contains(&name.as_str()));
        let (Some(done), Some(total)) = (column(["done", "sum"]), column(["total", "sum_1"])) else {
            let what = format!("answers without sums, with the columns {}", series.columns.join(", "));
            return Err(Fault::unreadable(self.host(), what));
        };
        let tag = |name: &str| series.tags.get(name).and_then(Option::as_deref).unwrap_or_default();
        let place = |name: &str| Place::at_site(tag(name));
        let activity = activity(tag(&self.activity).into()).map(Cow::into_owned);
        let link = Link { operation, src: place(&self.source), dst: place(&self.destination) };
        for row in &series.values {
            match counts(row.get(done), row.get(total)) {
                Ok((0, 0)) => {}
                Ok((done, total)) => sums.count(&link, activity.clone(), done, total - done),
                Err(reason) => {
                    hour.rejected.push(Rejected::new(format!("InfluxDB: {}", link.name()), reason))
                }
            }
        }
        Ok(())
    }

    fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }
}

/// An identifier of InfluxQL.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}

/// Successes and attempts; sums over nothing are `null`.
fn counts(done: Option<&Value>, total: Option<&Value>) -> Result<(u64, u64), String> {
    let count = |value: Option<&Value>| -> Result<u64, String> {
        let value = value.unwrap_or(&Value::Null);
        let number = Whole::deserialize(value).map_err(|_| format!("{value} is no count"))?.0.unwrap_or(0);
        u64::try_from(number).map_err(|_| format!("{number} is a negative count"))
    };
    let (done, total) = (count(done)?, count(total)?);
    if done > total {
        return Err(format!("{done} of {total} attempts succeeded"));
    }
    Ok((done, total))
}

#[derive(Deserialize)]
struct Answer {
    #[serde(default)]
    results: Vec<Statement>,
    error: Option<String>,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    series: Vec<Series>,
    error: Option<String>,
    #[serde(default)]
    partial: bool,
}

#[derive(Deserialize)]
struct Series {
    #[serde(default)]
    tags: HashMap<String, Option<String>>,
    columns: Vec<String>,
    #[serde(default)]
    values: Vec<Vec<Value>>,
    #[serde(default)]
    partial: bool,
}

impl Answer {
    /// All series, or what is wrong with the answer. InfluxDB marks what it cut off at its limits as partial.
    fn series(self) -> Result<Vec<Series>, String> {
        let errors = self.results.iter().find_map(|result| result.error.clone());
        if let Some(error) = self.error.or(errors) {
            return Err(format!("refuses the query: {error}"));
        }
        let cut = |result: &Statement| result.partial || result.series.iter().any(|series| series.partial);
        if self.results.is_empty() {
            return Err("answers without results".into());
        }
        if self.results.iter().any(cut) {
            return Err("answers with a part of the numbers only".into());
        }
        Ok(self.results.into_iter().flat_map(|result| result.series).collect())
    }
}
