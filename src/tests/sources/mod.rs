//! Sources read from files, from an InfluxDB, and from stand-ins that check what they are asked.

pub(in crate::tests) mod stand_ins;

mod cric;
mod fts;
mod ggus;
mod http;
mod mattermost;
mod monit;
mod panda;

use crate::sources::http::{Http, Limits};
use std::time::Duration;

/// A client that does not wait long before it asks again.
fn client() -> Http {
    Http::new(limits()).expect("TLS is there")
}

fn limits() -> Limits {
    Limits { pause: Duration::from_millis(1), attempts: 3, direct: true, ..Limits::default() }
}

fn time(text: &str) -> chrono::DateTime<chrono::Utc> {
    text.parse().expect("a time")
}
