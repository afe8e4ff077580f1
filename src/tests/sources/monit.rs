//! CERN's monitoring: numbers from a real InfluxDB, messages from a stand-in for Elasticsearch, Grafana before both.
use super::stand_ins::grafana::{Grafana, TOKEN};
use super::stand_ins::influxdb::Database;
use super::stand_ins::search::{self as stand_in, Behaviour};
use super::stand_ins::{StandIn, Trouble};
use super::{client, time};
use crate::sources::fault::{Fault, Kind};
use crate::sources::http::Credentials;
use crate::sources::monit::{Hour, Influx, Monit, Search};
use crate::sources::record::{Files, Place};
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use std::fmt::Write;
use url::Url;

const HOUR: &str = "2026-11-20T08:00:00Z";

struct Monitoring {
    database: Database,
    grafana: StandIn<Grafana>,
    monit: Monit,
}

impl Monitoring {
    async fn start() -> Self {
        let database = Database::new().await;
        let service = Grafana { influxdb: Some(database.url.clone()), search: stand_in::Search::default() };
        let grafana = StandIn::start(service).await;
        let mut monit = Monit::behind_grafana(&grafana.url, TOKEN).unwrap();
        monit.efficiency.as_mut().unwrap().database = database.name.clone();
        Self { database, grafana, monit }
    }

    /// Adds numbers of a link at a time.
    async fn numbers(&self, at: &str, state: &str, (src, dst): (&str, &str), fields: &str) {
        let millis = time(at).timestamp_millis();
        let mut line = format!("ddm_transfer,state={state}");
        for (tag, value) in [("src_experiment_site", src), ("dst_experiment_site", dst)] {
            if !value.is_empty() {
                let escaped = value.replace(' ', "\\ ").replace(',', "\\,").replace('=', "\\=");
                write!(line, ",{tag}={escaped}").unwrap();
            }
        }
        self.database.write(&format!("{line} {fields} {millis}")).await;
    }

    fn event(&self, kind: &str, link: (&str, &str), reason: &str, file: &str) {
        self.search().event("2026-11-20T08:30:00Z", kind, link, reason, file);
    }

    fn search(&self) -> &stand_in::Search {
        &self.grafana.service.search
    }

    fn be(&self, behaviour: Behaviour) {
        *self.search().behaviour.lock().unwrap() = behaviour;
    }

    async fn hour(&self) -> Result<Hour, Fault> {
        self.monit.hour(&client(), time(HOUR)).await
    }
}

/// Operation, source, destination, done, failed.
fn tallies(hour: &Hour) -> Vec<(Operation, String, String, u64, u64)> {
    let told = hour.tallies.iter();
    told.map(|tally| {
        (tally.operation, tally.src.to_string(), tally.dst.to_string(), tally.done, tally.failed)
    })
    .collect()
}

/// Source, destination, message, failures, files.
fn failures(hour: &Hour) -> Vec<(String, String, &str, u64, &Files)> {
    let told = hour.failures.iter();
    told.map(|failure| {
        (
            failure.src.to_string(),
            failure.dst.to_string(),
            &*failure.message,
            failure.failures,
            &failure.files,
        )
    })
    .collect()
}

fn link(src: &str, dst: &str) -> (String, String) {
    (src.to_owned(), dst.to_owned())
}

#[tokio::test]
async fn numbers_are_those_of_the_hour_and_of_the_link() {
    let it = Monitoring::start().await;
    let wt2 = ("WT2", "BNL-ATLAS");
    it.numbers("2026-11-20T07:59:59.999Z", "transfer", wt2, "files_done=1000i,files_total=1000i").await;
    it.numbers("2026-11-20T08:00:00Z", "transfer", wt2, "files_done=20i,files_total=1100i").await;
    it.numbers("2026-11-20T08:59:59.999Z", "transfer", wt2, "files_done=3i,files_total=97i").await;
    it.numbers("2026-11-20T09:00:00Z", "transfer", wt2, "files_done=1000i,files_total=1000i").await;
    it.numbers(
        "2026-11-20T08:10:00Z",
        "transfer",
        ("A site, x=1", "O'Brien\"s"),
        "files_done=5i,files_total=5i",
    )
    .await;
    // Deletions have no source, and several ways to say so.
    it.numbers("2026-11-20T08:10:00Z", "deletion", ("UNKNOWN", "WT2"), "files_done=1i,files_total=4i").await;
    it.numbers("2026-11-20T08:10:00Z", "deletion", ("", "WT2"), "files_done=2i,files_total=2i").await;
    // Sums over nothing: one field is missing.
    it.numbers("2026-11-20T08:10:00Z", "transfer", ("NO", "DONE"), "files_total=9i").await;
    it.numbers("2026-11-20T08:10:00Z", "transfer", ("NO", "TOTAL"), "files_done=0i").await;
    it.numbers("2026-11-20T08:10:00Z", "queued", ("NO", "STATE"), "files_total=9i").await;

    let hour = it.hour().await.unwrap();
    assert_eq!(
        tallies(&hour),
        [
            (Operation::Transfer, "A site, x=1".into(), "O'Brien\"s".into(), 5, 0),
            (Operation::Transfer, "NO".into(), "DONE".into(), 0, 9),
            (Operation::Transfer, "WT2".into(), "BNL-ATLAS".into(), 23, 1174),
            (Operation::Deletion, "UNKNOWN".into(), "WT2".into(), 3, 3),
        ]
    );
    assert!(hour.tallies.iter().all(|tally| tally.hour == time(HOUR) && tally.bytes.is_none()));
    assert_eq!(hour.tallies[3].src, Place::default());
    assert_eq!((hour.rejected.len(), hour.requests), (0, 3));
}

#[tokio::test]
async fn floats_are_counts_and_nonsense_is_rejected() {
    let it = Monitoring::start().await;
    it.database
        .write(
            "ddm_transfer,state=deletion,dst_experiment_site=F files_done=2.0,files_total=3.0 1795161600000",
        )
        .await;
    it.database.write("ddm_transfer,state=deletion,dst_experiment_site=MORE files_done=4.0,files_total=3.0 1795161600000").await;
    it.database.write("ddm_transfer,state=deletion,dst_experiment_site=NEG files_done=-4.0,files_total=3.0 1795161600000").await;
    let hour = it.hour().await.unwrap();
    assert_eq!(tallies(&hour), [(Operation::Deletion, "UNKNOWN".into(), "F".into(), 2, 1)]);
    let rejected: Vec<_> = hour.rejected.iter().map(|told| (&*told.place, &*told.reason)).collect();
    assert_eq!(
        rejected,
        [
            ("InfluxDB: deletion from UNKNOWN to MORE", "4 of 3 attempts succeeded"),
            ("InfluxDB: deletion from UNKNOWN to NEG", "-4 is a negative count"),
        ]
    );
}

#[tokio::test]
async fn an_hour_without_anything_is_empty() {
    let it = Monitoring::start().await;
    assert_eq!(it.hour().await.unwrap(), Hour { requests: 3, ..Hour::default() });
}

#[tokio::test]
async fn what_influxdb_refuses_is_said_in_its_words() {
    let mut it = Monitoring::start().await;
    it.monit.efficiency.as_mut().unwrap().database = "nowhere".into();
    let fault = it.hour().await.unwrap_err();
    assert_eq!(fault.to_string(), "127.0.0.1 refuses the query: database not found: nowhere");
    it.monit.efficiency.as_mut().unwrap().database = it.database.name.clone();
    it.monit.efficiency.as_mut().unwrap().retention = Some("none".into());
    let fault = it.hour().await.unwrap_err();
    assert_eq!(fault.to_string(), "127.0.0.1 refuses the query: retention policy not found: none");
}

#[tokio::test]
async fn answers_that_are_no_numbers_are_faults() {
    let it = Monitoring::start().await;
    for (trouble, sentence) in [
        (
            Trouble::Status(200, r#"{"results":[{"statement_id":0,"error":"timeout"}]}"#),
            "refuses the query: timeout",
        ),
        (
            Trouble::Status(400, r#"{"error":"error parsing query: x"}"#),
            "answers 400: error parsing query: x",
        ),
        (Trouble::Status(200, r#"{"results":[]}"#), "answers without results"),
        (
            Trouble::Status(200, r#"{"results":[{"partial":true}]}"#),
            "answers with a part of the numbers only",
        ),
        (
            Trouble::Status(
                200,
                r#"{"results":[{"series":[{"columns":["time","mean"],"values":[[0,1]]}]}]}"#,
            ),
            "answers without sums, with the columns time, mean",
        ),
        (Trouble::Page, "answers with a page instead of data; is the token still valid?"),
    ] {
        it.grafana.trouble(trouble);
        let fault = it.hour().await.unwrap_err();
        assert_eq!(fault.to_string(), format!("127.0.0.1 {sentence}"));
    }
    // The documented answer, with columns in another order and one more.
    it.grafana.trouble(Trouble::Status(
        200,
        r#"{"results":[{"statement_id":0,"series":[{"name":"ddm_transfer","tags":{"dst_experiment_site":"BNL-ATLAS",
            "src_experiment_site":"WT2"},"columns":["x","sum_1","sum","time"],"values":[["?",1197,23,1574760000000]]}]}]}"#,
    ));
    assert_eq!(
        tallies(&it.hour().await.unwrap()),
        [(Operation::Transfer, "WT2".into(), "BNL-ATLAS".into(), 23, 1174)]
    );
}

#[tokio::test]
async fn a_source_that_fails_half_way_gives_nothing_of_the_hour() {
    let it = Monitoring::start().await;
    it.numbers("2026-11-20T08:10:00Z", "transfer", ("A", "B"), "files_done=1i,files_total=2i").await;
    // The numbers come, the messages do not.
    (0..2).for_each(|_| it.grafana.trouble(Trouble::Nothing));
    (0..3).for_each(|_| it.grafana.trouble(Trouble::Status(502, "<html>Bad Gateway</html>")));
    let fault = it.hour().await.unwrap_err();
    assert_eq!(fault.to_string(), "127.0.0.1 answers 502 with a page instead of data");
    assert!(fault.is_temporary());
    // One failure alone passes.
    it.grafana.trouble(Trouble::CutOff);
    assert_eq!(it.hour().await.unwrap().tallies.len(), 1);
}

#[tokio::test]
async fn a_wrong_token_is_said_and_not_shown() {
    let it = Monitoring::start().await;
    let monit = Monit::behind_grafana(&it.grafana.url, "glsa_expired").unwrap();
    let fault = monit.hour(&client(), time(HOUR)).await.unwrap_err();
    assert_eq!(fault.to_string(), "127.0.0.1 refuses the token (401: Invalid API key)");
    assert!(!format!("{monit:?} {fault:?}").contains("glsa_expired"));
}

#[tokio::test]
async fn every_message_of_every_link_is_found() {
    let mut it = Monitoring::start().await;
    let (a, b) = (("WT2", "BNL-ATLAS"), ("AGLT2", "BNL-ATLAS"));
    for file in ["f1", "f1", "f2"] {
        it.event("transfer-failed", a, "TRANSFER [110] timed out", file);
    }
    it.event("transfer-failed", a, "SOURCE [2] no such file", "f3");
    it.event("transfer-failed", a, "", "f4");
    it.event("transfer-done", a, "", "f5");
    it.event("transfer-failed", b, "DESTINATION [28] \"no\" space\u{0}", "f1");
    it.event("deletion-failed", ("", "WT2"), "unlink HTTP 403", "f6");
    it.event("deletion-failed", ("UNKNOWN", "WT2"), "unlink HTTP 403", "f7");
    it.event("deletion-done", ("", "WT2"), "", "f8");
    it.event("stagein-failed", ("TAPE", "TAPE"), "STAGING [70] x", "f9");
    it.event("transfer-submitted", a, "", "f1");
    it.search().event("2026-11-20T09:00:00Z", "transfer-failed", a, "an hour later", "f1");
    it.monit.efficiency = None;
    // Pages of two links: the last one is found, too.
    it.monit.messages.as_mut().unwrap().page = 2;

    let hour = it.hour().await.unwrap();
    let (unknown, tape) = (link("UNKNOWN", "WT2"), link("TAPE", "TAPE"));
    let (a, b) = (link("WT2", "BNL-ATLAS"), link("AGLT2", "BNL-ATLAS"));
    assert_eq!(
        tallies(&hour),
        [
            (Operation::Transfer, b.0.clone(), b.1.clone(), 0, 1),
            (Operation::Transfer, a.0.clone(), a.1.clone(), 1, 5),
            (Operation::Deletion, unknown.0.clone(), unknown.1.clone(), 1, 2),
            (Operation::Staging, tape.0.clone(), tape.1.clone(), 0, 1),
        ]
    );
    assert_eq!(
        failures(&hour),
        [
            (b.0, b.1, "DESTINATION [28] \"no\" space ", 1, &Files::Count(1)),
            (a.0.clone(), a.1.clone(), "", 1, &Files::Unknown),
            (a.0.clone(), a.1.clone(), "SOURCE [2] no such file", 1, &Files::Count(1)),
            (a.0, a.1, "TRANSFER [110] timed out", 3, &Files::Count(2)),
            (unknown.0, unknown.1, "unlink HTTP 403", 2, &Files::Count(2)),
            (tape.0, tape.1, "STAGING [70] x", 1, &Files::Count(1)),
        ]
    );
    assert!(hour.requests >= 4, "{}", hour.requests);
}

#[tokio::test]
async fn rare_messages_are_counted_and_mentioned() {
    let mut it = Monitoring::start().await;
    for number in 0..5 {
        for _ in 0..=number {
            it.event("transfer-failed", ("A", "B"), &format!("message {number}"), "f");
        }
    }
    it.monit.efficiency = None;
    it.monit.messages.as_mut().unwrap().reasons = 2;
    let hour = it.hour().await.unwrap();
    assert_eq!(hour.tallies[0].failed, 15);
    assert_eq!(
        failures(&hour).iter().map(|failure| (failure.2, failure.3)).collect::<Vec<_>>(),
        [("message 3", 4), ("message 4", 5)]
    );
    assert_eq!(hour.rejected[0].place, "messages of transfer from A to B");
    assert_eq!(hour.rejected[0].reason, "6 failures with rarer messages count for the link only");
}

#[tokio::test]
async fn pages_shrink_when_there_are_too_many_buckets() {
    let mut it = Monitoring::start().await;
    for number in 0..400 {
        it.event("transfer-failed", (&format!("S{number:03}"), "B"), "x", "f");
    }
    it.monit.efficiency = None;
    it.be(Behaviour { most_buckets: 250, ..Behaviour::default() });
    let hour = it.hour().await.unwrap();
    assert_eq!((hour.tallies.len(), hour.failures.len()), (400, 400));
    assert!(hour.tallies.iter().all(|tally| tally.failed == 1));
}

#[tokio::test]
async fn where_composites_are_refused_failing_links_are_asked_for_one_by_one() {
    let it = Monitoring::start().await;
    let numbers = "files_done=0i,files_total=2i";
    let strange = ("WT2", r#"B" OR data.x:""#);
    for number in 0..120 {
        let source = format!("S{number:03}");
        it.numbers("2026-11-20T08:10:00Z", "transfer", (&source, "BNL-ATLAS"), numbers).await;
        it.event("transfer-failed", (&source, "BNL-ATLAS"), &format!("message of {source}"), "f");
    }
    it.numbers("2026-11-20T08:10:00Z", "deletion", ("", "WT2"), numbers).await;
    it.event("deletion-failed", ("", "WT2"), "unlink", "f");
    it.event("deletion-failed", ("UNKNOWN", "WT2"), "", "f");
    it.event("transfer-failed", ("WT2", "WT2"), "of another link", "f");
    it.event("transfer-failed", strange, "of a strange link", "f");
    it.numbers("2026-11-20T08:10:00Z", "transfer", strange, numbers).await;
    it.be(Behaviour { composite: false, ..Behaviour::default() });

    let hour = it.hour().await.unwrap();
    assert_eq!(hour.tallies.len(), 122);
    let found = failures(&hour);
    assert_eq!(found.len(), 123);
    for (source, _, message, count, files) in &found[..120] {
        assert_eq!((message, *count), (&format!("message of {source}").as_str(), 1));
        assert_eq!(**files, Files::Count(1));
    }
    assert_eq!((found[120].2, found[121].2, found[122].2), ("of a strange link", "", "unlink"));
    // Two for the numbers, one refused, three with up to fifty links each.
    assert_eq!(hour.requests, 6);
}

#[tokio::test]
async fn a_part_of_the_messages_is_no_answer() {
    let mut it = Monitoring::start().await;
    it.event("transfer-failed", ("A", "B"), "x", "f");
    it.monit.efficiency = None;
    let usual = Behaviour::default;
    for (behaviour, sentence) in [
        (
            Behaviour { failed_shards: 1, ..usual() },
            "answers with a part of the messages only (some shards failed)",
        ),
        (Behaviour { timed_out: true, ..usual() }, "answers with a part of the messages only (out of time)"),
        (Behaviour { forgets: true, ..usual() }, "answers 0 of 1 searches"),
        (
            Behaviour { composite: false, ..usual() },
            "refuses the search: Unknown BaseAggregationBuilder [composite]",
        ),
    ] {
        it.be(behaviour);
        assert_eq!(it.hour().await.unwrap_err().to_string(), format!("127.0.0.1 {sentence}"));
    }
    it.be(Behaviour { indices: false, ..usual() });
    let hour = it.hour().await.unwrap();
    assert!(
        hour.tallies.is_empty()
            && hour.rejected[0].reason == "no index is called monit_prod_ddm_enr_transfer_*"
    );
    it.grafana.trouble(Trouble::Status(200, r#"{"error":{"reason":"no permissions"},"status":403}"#));
    let fault = it.hour().await.unwrap_err();
    assert_eq!(
        (fault.kind, &*fault.to_string()),
        (Kind::Status(403), "127.0.0.1 refuses the search: no permissions")
    );
}

#[tokio::test]
async fn both_can_be_asked_without_grafana() {
    let it = Monitoring::start().await;
    it.numbers("2026-11-20T08:10:00Z", "transfer", ("A", "B"), "files_done=1i,files_total=2i").await;
    let search = StandIn::start(stand_in::Search::default()).await;
    search.service.event("2026-11-20T08:30:00Z", "transfer-failed", ("A", "B"), "x", "f");
    let mut influx = Influx::new(it.database.url.join("query").unwrap(), Credentials::none());
    influx.database = it.database.name.clone();
    let url = Url::parse(&format!("{}/_msearch", search.url)).unwrap();
    let messages = Search::new(url, Credentials::basic("reader", "secret").unwrap());
    let monit = Monit { efficiency: Some(influx), messages: Some(messages) };
    let later: DateTime<Utc> = time("2026-11-20T08:47:11Z");
    let hour = monit.hour(&client(), later).await.unwrap();
    assert_eq!((hour.tallies[0].hour, hour.tallies[0].done, hour.failures[0].failures), (time(HOUR), 1, 1));
}
