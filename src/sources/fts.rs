//! FTS "complete" records as JSON Lines: one for each attempt of a transfer that ended.
//!
//! They are what FTS sends to its message bus (fts3 `src/activemq/msg-ifce.cpp`) and what MONIT keeps in HDFS,
//! there within `{"data": …, "metadata": …}`
//! (<https://monit.docs.cern.ch/wlcg/current_data_flows/>). Fields come and go with releases of FTS, so only those needed are
//! read, and each may be missing, `null`, or a text where a number should be.
use super::endpoint;
use super::lenient::{Text, Whole, implausible};
use super::reading::{self, Each, End, Reading};
use super::record::{Attempt, LONGEST_MESSAGE, Outcome, Place, activity, clean, file_hash, host, known};
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read};

/// What begins a text on the message bus, and which one is ours: started, changed state, optimizer are not.
const OTHER_KINDS: [&str; 3] = ["ST ", "SS ", "OP "];
const COMPLETE: &str = "CO ";

/// Reads all records of a stream; it blocks. The hour of a record is that of its end.
///
/// # Errors
/// When the system cannot read.
pub fn read(input: impl Read, reading: &Reading<'_>, each: Each<'_>) -> io::Result<End> {
    reading::read(input, reading, attempt, each)
}

/// The record of a line.
fn attempt(line: &str, now: DateTime<Utc>) -> Result<Option<Attempt<'_>>, String> {
    if OTHER_KINDS.iter().any(|kind| line.starts_with(kind)) {
        return Ok(None);
    }
    let line = line.strip_prefix(COMPLETE).unwrap_or(line);
    // The message bus ends texts with EOT.
    let line = line.strip_suffix('\x04').unwrap_or(line);
    let fields: Fields<'_> = serde_json::from_str(line).map_err(|error| reading::wrong(&error))?;
    if fields.metadata.as_ref().is_some_and(|metadata| !matches!(metadata.kind.as_str(), "" | "complete")) {
        return Ok(None);
    }
    match fields.data {
        Some(data) => data.attempt(now),
        None => fields.attempt(now),
    }
    .map(Some)
}

/// The fields needed, or the same one level below. Keys are FTS's.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    data: Option<Box<Fields<'a>>>,
    metadata: Option<Metadata<'a>>,
    t_final_transfer_state: Text<'a>,
    t_final_transfer_state_flag: Whole,
    tr_timestamp_complete: Whole,
    timestamp_tr_comp: Whole,
    tr_error_scope: Text<'a>,
    t_error_code: Whole,
    #[serde(rename = "t__error_message")]
    message: Text<'a>,
    src_hostname: Text<'a>,
    dst_hostname: Text<'a>,
    src_url: Text<'a>,
    dst_url: Text<'a>,
    src_site_name: Text<'a>,
    dst_site_name: Text<'a>,
    src_experiment_site: Text<'a>,
    dst_experiment_site: Text<'a>,
    tr_bt_transfered: Whole,
    file_size: Whole,
    f_size: Whole,
    activity: Text<'a>,
    #[serde(borrow, deserialize_with = "client")]
    file_metadata: Rucio<'a>,
}

/// What MONIT says about a record.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Metadata<'a> {
    #[serde(borrow, rename = "type")]
    kind: Text<'a>,
}

impl<'a> Fields<'a> {
    fn attempt(self, now: DateTime<Utc>) -> Result<Attempt<'a>, String> {
        let outcome = self.outcome()?;
        let ended = self.tr_timestamp_complete.time().or(self.timestamp_tr_comp.time());
        let ended = ended.ok_or("has no time of its end (tr_timestamp_complete, timestamp_tr_comp)")?;
        if let Some(reason) = implausible(ended, now) {
            return Err(reason);
        }
        let bytes = self.bytes(outcome)?;
        let operation = self.operation();
        let (file, message) = match outcome {
            Outcome::Failed => (self.file(), self.message()),
            _ => (None, Cow::Borrowed("")),
        };
        let (rucio, mut src, mut dst) = (self.file_metadata, Place::default(), Place::default());
        let activity = [rucio.activity, self.activity].into_iter().find_map(|name| name.0.and_then(activity));
        (src.rse, dst.rse) = (rucio.src_rse.0.and_then(known), rucio.dst_rse.0.and_then(known));
        src.site = site(self.src_site_name, self.src_experiment_site);
        dst.site = site(self.dst_site_name, self.dst_experiment_site);
        src.host = hostname(self.src_hostname, &self.src_url);
        dst.host = hostname(self.dst_hostname, &self.dst_url);
        if src == Place::default() && dst == Place::default() {
            return Err("says neither from where nor to where".into());
        }
        Ok(Attempt { operation, outcome, src, dst, activity, workflow: None, ended, message, file, bytes })
    }

    /// 1 is `Ok`, 0 `Error`, -1 `Abort`.
    fn outcome(&self) -> Result<Outcome, String> {
        match (self.t_final_transfer_state_flag.0, self.t_final_transfer_state.as_str()) {
            (Some(1), _) | (None, "Ok") => Ok(Outcome::Done),
            (Some(0), _) | (None, "Error") => Ok(Outcome::Failed),
            (Some(-1), _) | (None, "Abort") => Ok(Outcome::Cancelled),
            (Some(flag), _) => Err(format!("ended as {flag}, which is neither 1, 0 nor -1")),
            (None, "") => Err("does not say how it ended (t_final_transfer_state_flag)".into()),
            (None, state) => Err(format!("ended as “{}”, which is no state", state.escape_debug())),
        }
    }

    /// FTS says -1 for a size it does not know.
    fn bytes(&self, outcome: Outcome) -> Result<Option<u64>, String> {
        let sizes = [self.tr_bt_transfered.0, self.file_size.0, self.f_size.0];
        if let Some(size) = sizes.into_iter().flatten().find(|size| *size < -1) {
            return Err(format!("has a negative size, {size}"));
        }
        let [moved, size, other] = sizes.map(|size| size.and_then(|size| u64::try_from(size).ok()));
        let moved = moved.filter(|moved| outcome == Outcome::Done && *moved > 0);
        Ok(moved.or(size.filter(|size| *size > 0)).or(other).or(size))
    }

    /// Rucio's name of the file, since its copies have many addresses; other clients give addresses only.
    fn file(&self) -> Option<u64> {
        let Rucio { scope, name, .. } = &self.file_metadata;
        match (scope.as_str(), name.as_str()) {
            ("", _) | (_, "") => [&self.dst_url, &self.src_url]
                .into_iter()
                .map(Text::as_str)
                .find(|url| !url.is_empty())
                .map(|url| file_hash([url])),
            (scope, name) => Some(file_hash([scope, ":", name])),
        }
    }

    /// Rucio asks for recalls from tape as `stagein`; FTS itself has a scope for them.
    fn operation(&self) -> Operation {
        let stagein = self.file_metadata.request_type.as_str().starts_with("stagein");
        if stagein || self.tr_error_scope.as_str().starts_with("STAGING") {
            Operation::Staging
        } else {
            Operation::Transfer
        }
    }

    /// The message as Rucio tells it: with `SCOPE [errno]` at its beginning, which FTS sends apart.
    fn message(&self) -> Cow<'static, str> {
        let (scope, text) = (self.tr_error_scope.as_str().trim(), self.message.as_str().trim());
        let whole = match self.t_error_code.0 {
            _ if scope.is_empty() || starts_with_head(text, scope) => text.to_owned(),
            Some(code) => format!("{scope} [{code}] {text}"),
            None => format!("{scope} {text}"),
        };
        let whole = whole.trim_end().to_owned();
        Cow::Owned(clean(Cow::Owned(whole), LONGEST_MESSAGE).into_owned())
    }
}

/// Whether a text has its head already, as `TRANSFER [70] ` or `TRANSFER[70]`.
fn starts_with_head(text: &str, scope: &str) -> bool {
    text.strip_prefix(scope).is_some_and(|rest| rest.trim_start().starts_with('['))
}

fn site<'a>(name: Text<'a>, experiment: Text<'a>) -> Option<Cow<'a, str>> {
    name.0.and_then(known).or_else(|| experiment.0.and_then(known))
}

fn hostname<'a>(name: Text<'a>, url: &Text<'a>) -> Option<Cow<'a, str>> {
    name.0.and_then(host).or_else(|| endpoint::host(url.as_str()).map(Cow::Owned))
}

/// What the client told FTS about the file. Rucio sends an object; others anything or nothing.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Rucio<'a> {
    #[serde(borrow)]
    scope: Text<'a>,
    name: Text<'a>,
    src_rse: Text<'a>,
    dst_rse: Text<'a>,
    request_type: Text<'a>,
    activity: Text<'a>,
}

/// An object, or a text that holds one, or anything else, which tells nothing.
fn client<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rucio<'de>, D::Error> {
    struct Reader;
    impl<'de> Visitor<'de> for Reader {
        type Value = Rucio<'de>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }

        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
            Rucio::deserialize(MapAccessDeserializer::new(map))
        }

        fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
            let Ok(rucio) = serde_json::from_str::<Rucio<'_>>(text) else { return Ok(Rucio::default()) };
            Ok(Rucio {
                scope: rucio.scope.into_owned(),
                name: rucio.name.into_owned(),
                src_rse: rucio.src_rse.into_owned(),
                dst_rse: rucio.dst_rse.into_owned(),
                request_type: rucio.request_type.into_owned(),
                activity: rucio.activity.into_owned(),
            })
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
            while list.next_element::<IgnoredAny>()?.is_some() {}
            Ok(Rucio::default())
        }

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok(Rucio::default())
        }

        fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
            Ok(Rucio::default())
        }

        fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
            Ok(Rucio::default())
        }

        fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
            Ok(Rucio::default())
        }

        fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
            Ok(Rucio::default())
        }
    }
    deserializer.deserialize_any(Reader)
}
