//! FTS records as files: every shape, every damage, and from any line on.
#[path = "../../../benches/fts/records.rs"]
mod records;

use super::time;
use crate::sources::batch::Batch;
use crate::sources::reading::{At, Each, End, Ending, Item, Reading};
use crate::sources::record::{Attempt, Failure, Files, Outcome, Rejected, Tally, file_hash};
use crate::sources::{fts, input};
use entity::vocabulary::Operation;
use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;
use records::Records;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::{self, Cursor, Read, Write};
use std::ops::ControlFlow;
use std::sync::LazyLock;

const NOW: &str = "2026-11-20T09:00:00Z";

fn reading(from_line: u64) -> Reading<'static> {
    Reading { name: "part-0.json", now: time(NOW), from_line }
}

/// Everything that reading gave.
#[derive(Default)]
struct Told {
    batch: Batch,
    attempts: Vec<Attempt<'static>>,
    rejected: Vec<Rejected>,
    mended: Vec<Rejected>,
    others: u64,
    resumed: Option<String>,
}

impl Told {
    fn take(&mut self, item: Item<'_>, at: &At) {
        match item {
            Item::Attempt(attempt) => self.add(&attempt),
            Item::Mended(attempt, remark) => {
                self.add(&attempt);
                self.mended.push(remark);
            }
            Item::Other => self.others += 1,
            Item::Rejected(rejected) => self.rejected.push(rejected),
            Item::Resumed => self.resumed = Some(at.digest()),
        }
    }

    fn add(&mut self, attempt: &Attempt<'_>) {
        self.batch.add(attempt);
        let own =
            |text: &Option<std::borrow::Cow<'_, str>>| text.as_ref().map(|text| text.to_string().into());
        let place = |place: &crate::sources::record::Place<std::borrow::Cow<'_, str>>| {
            crate::sources::record::Place {
                site: own(&place.site),
                rse: own(&place.rse),
                host: own(&place.host),
            }
        };
        self.attempts.push(Attempt {
            operation: attempt.operation,
            outcome: attempt.outcome,
            src: place(&attempt.src),
            dst: place(&attempt.dst),
            activity: own(&attempt.activity),
            workflow: None,
            ended: attempt.ended,
            message: attempt.message.to_string().into(),
            file: attempt.file,
            bytes: attempt.bytes,
        });
    }
}

fn read_from(input: impl Read, from_line: u64) -> (Told, End) {
    let mut told = Told::default();
    let each: Each<'_> = &mut |item, at| {
        told.take(item, at);
        ControlFlow::Continue(())
    };
    let end = fts::read(input, &reading(from_line), each).expect("reads");
    (told, end)
}

fn read(text: &[u8]) -> (Told, End) {
    read_from(input::unpack(Cursor::new(text.to_vec())).expect("begins"), 0)
}

/// A record with the fields that are needed, and some that are not.
fn record() -> Value {
    json!({
        "tr_id": "x", "file_id": "2012345678", "t_final_transfer_state": "Error", "t_final_transfer_state_flag": 0,
        "tr_timestamp_complete": 1_795_161_600_123_u64, "timestamp_tr_comp": 1_795_161_599_000_u64,
        "tr_error_scope": "DESTINATION", "t_error_code": 110, "t__error_message": "DESTINATION OVERWRITE timed out",
        "src_hostname": "se1.example.org", "dst_hostname": "SE2.Example.net", "src_site_name": "", "dst_site_name": null,
        "src_url": "davs://se1.example.org:2880/p/f", "dst_url": "davs://se2.example.net:443/p/f",
        "file_size": 2_147_483_648_u64, "tr_bt_transfered": 0,
        "file_metadata": {
            "scope": "mc23_13p6TeV", "name": "AOD.1", "src_rse": "A_DATADISK", "dst_rse": "B_DATADISK",
            "request_type": "transfer", "md5": null,
        },
        "new_field": [{"a": 1.5e300}],
    })
}

/// The record with other fields.
fn with(changes: Value) -> Value {
    let mut record = record();
    if let (Some(record), Value::Object(changes)) = (record.as_object_mut(), changes) {
        record.extend(changes);
    }
    record
}

fn one(record: &Value) -> Attempt<'static> {
    let (mut told, end) = read(format!("{record}\n").as_bytes());
    assert_eq!((end.ending, told.rejected.len(), end.at.line), (Ending::Whole, 0, 1), "{:?}", told.rejected);
    told.attempts.pop().expect("a record")
}

fn reason(line: &str) -> String {
    let (told, _) = read(format!("{line}\n").as_bytes());
    let [rejected] = &told.rejected[..] else { panic!("{line}: {:?}", told.attempts) };
    assert_eq!(rejected.place, "part-0.json:1");
    rejected.reason.clone()
}

#[test]
fn a_failure_says_where_when_what_and_which_file() {
    let wrapped = json!({"data": record(), "metadata": {"type": "complete", "timestamp": 1}});
    for record in [record(), wrapped] {
        let attempt = one(&record);
        assert_eq!((attempt.operation, attempt.outcome), (Operation::Transfer, Outcome::Failed));
        assert_eq!(attempt.ended, time("2026-11-20T08:00:00.123Z"));
        assert_eq!(attempt.message, "DESTINATION [110] DESTINATION OVERWRITE timed out");
        assert_eq!(
            (attempt.src.rse.as_deref(), attempt.dst.rse.as_deref()),
            (Some("A_DATADISK"), Some("B_DATADISK"))
        );
        assert_eq!(
            (attempt.src.host.as_deref(), attempt.dst.host.as_deref()),
            (Some("se1.example.org"), Some("se2.example.net"))
        );
        assert_eq!((attempt.src.site, attempt.dst.site), (None, None));
        assert_eq!(attempt.file, Some(file_hash(["mc23_13p6TeV:AOD.1"])));
        assert_eq!(attempt.bytes, Some(2_147_483_648));
    }
}

#[test]
fn values_come_in_many_ways() {
    let attempt = one(&with(json!({
        "t_final_transfer_state_flag": "1", "tr_timestamp_complete": "1795161600", "t_error_code": "",
        "tr_bt_transfered": "17", "file_size": -1, "file_metadata": null, "src_hostname": "",
    })));
    assert_eq!((attempt.outcome, attempt.ended), (Outcome::Done, time("2026-11-20T08:00:00Z")));
    assert_eq!((attempt.bytes, &*attempt.message, attempt.file), (Some(17), "", None));
    assert_eq!(attempt.src.host.as_deref(), Some("se1.example.org"), "from the address");

    let text = json!({"scope": "s", "name": "n", "src_rse": "A"}).to_string();
    for (changes, file, rse) in [
        (json!({"file_metadata": text}), "s:n", Some("A")),
        (json!({"file_metadata": "a text"}), "davs://se2.example.net:443/p/f", None),
        (json!({"file_metadata": [1, 2]}), "davs://se2.example.net:443/p/f", None),
        (json!({"file_metadata": 7}), "davs://se2.example.net:443/p/f", None),
        (
            json!({"file_metadata": {"scope": "s", "name": null, "src_rse": "None"}}),
            "davs://se2.example.net:443/p/f",
            None,
        ),
        (json!({"file_metadata": null, "dst_url": null}), "davs://se1.example.org:2880/p/f", None),
    ] {
        let attempt = one(&with(changes.clone()));
        assert_eq!((attempt.file, attempt.src.rse.as_deref()), (Some(file_hash([file])), rse), "{changes}");
    }
    let site = one(&with(
        json!({"src_site_name": "UNKNOWN", "src_experiment_site": "CERN-PROD", "dst_site_name": "X"}),
    ));
    assert_eq!((site.src.site.as_deref(), site.dst.site.as_deref()), (Some("CERN-PROD"), Some("X")));
    let aborted = one(&with(json!({"t_final_transfer_state_flag": null, "t_final_transfer_state": "Abort"})));
    assert_eq!((aborted.outcome, &*aborted.message), (Outcome::Cancelled, ""));
    let early = one(&with(json!({"tr_timestamp_complete": 0})));
    assert_eq!(early.ended, time("2026-11-20T07:59:59Z"));
}

#[test]
fn messages_have_their_head_once() {
    for (scope, code, text, message) in [
        ("TRANSFER", json!(70), "TRANSFER CHECKSUM MISMATCH", "TRANSFER [70] TRANSFER CHECKSUM MISMATCH"),
        ("TRANSFER", json!("70"), "", "TRANSFER [70]"),
        ("TRANSFER", json!(null), "x", "TRANSFER x"),
        ("", json!(70), "x", "x"),
        ("", json!(0), "", ""),
        ("SOURCE", json!(2), "SOURCE [2] x", "SOURCE [2] x"),
        ("SOURCE", json!(2), "SOURCE[2] x", "SOURCE[2] x"),
        ("SOURCE", json!(2), "SOURCES [2] x", "SOURCE [2] SOURCES [2] x"),
        ("SOURCE", json!(2), " a \"b\" \u{e9}\u{0} ", "SOURCE [2] a \"b\" \u{e9}"),
    ] {
        let attempt =
            one(&with(json!({"tr_error_scope": scope, "t_error_code": code, "t__error_message": text})));
        assert_eq!(attempt.message.trim_end(), message);
    }
    let long = one(&with(json!({"t__error_message": "x".repeat(100_000)})));
    assert_eq!(long.message.len(), 4096);
}

#[test]
fn recalls_from_tape_are_staging() {
    for (changes, operation) in [
        (json!({"tr_error_scope": "STAGING"}), Operation::Staging),
        (json!({"file_metadata": {"request_type": "stagein"}}), Operation::Staging),
        (json!({"file_metadata": {"request_type": "transfer"}, "job_multihop": true}), Operation::Transfer),
    ] {
        assert_eq!(one(&with(changes.clone())).operation, operation, "{changes}");
    }
}

#[test]
fn the_message_bus_marks_kinds() {
    let text = format!(
        "CO {0}\u{4}\nST {0}\nSS {0}\nOP {0}\n{1}\n{2}\n",
        record(),
        json!({"data": record(), "metadata": {"type": "start"}}),
        json!({"data": record(), "metadata": null}),
    );
    let (told, end) = read(text.as_bytes());
    assert_eq!((told.attempts.len(), told.others, told.rejected.len(), end.at.line), (2, 4, 0, 6));
}

#[test]
fn what_cannot_be_right_is_rejected_with_a_reason() {
    for (changes, said) in [
        (json!({"tr_timestamp_complete": 0, "timestamp_tr_comp": null}), "has no time of its end"),
        (
            json!({"tr_timestamp_complete": 1_795_169_000_000_u64}),
            "ended in the future, 2026-11-20 10:03 UTC",
        ),
        (json!({"tr_timestamp_complete": 940_000_000}), "ended before the year 2000, 1999-10-15 15:06 UTC"),
        (json!({"tr_timestamp_complete": "soon"}), "has a wrong value"),
        (json!({"tr_timestamp_complete": {"$date": 1}}), "expected a number"),
        (json!({"t_final_transfer_state_flag": 7}), "ended as 7, which is neither 1, 0 nor -1"),
        (
            json!({"t_final_transfer_state_flag": null, "t_final_transfer_state": ""}),
            "does not say how it ended",
        ),
        (
            json!({"t_final_transfer_state_flag": null, "t_final_transfer_state": "<b>"}),
            "ended as “<b>”, which is no state",
        ),
        (json!({"file_size": -7}), "has a negative size, -7"),
        (json!({"src_hostname": ["a"]}), "expected a text"),
        (
            json!({"src_hostname": null, "dst_hostname": "", "src_url": "", "dst_url": null, "file_metadata": null}),
            "says neither from where nor to where",
        ),
    ] {
        let reason = reason(&with(changes.clone()).to_string());
        assert!(reason.contains(said), "{changes}: {reason}");
    }
    // Clocks may be an hour wrong.
    one(&with(json!({"tr_timestamp_complete": 1_795_168_800_000_u64})));
}

#[test]
fn torn_lines_are_rejected_and_the_others_are_read() {
    let whole = record().to_string();
    for (line, said) in [
        (&whole[..whole.len() / 2], "the JSON ends in the middle, after"),
        ("nonsense", "is not JSON from character"),
        ("{}", "does not say how it ended"),
        ("17", "has a wrong value"),
        (r#"{"data": [1]}"#, "has a wrong value"),
        (&format!("{whole}{whole}"), "is not JSON from character"),
    ] {
        let reason = reason(line);
        assert!(reason.starts_with(said) || reason.contains(said), "{line}: {reason}");
    }
    let text = format!("\u{feff}{whole}\r\n\n   \n{}\n{whole}\n", &whole[..40]);
    let (told, end) = read(text.as_bytes());
    assert_eq!((told.attempts.len(), end.at.line, end.ending), (2, 5, Ending::Whole));
    assert_eq!(told.rejected[0].place, "part-0.json:4");
}

#[test]
fn text_that_is_not_utf8_is_kept_as_far_as_it_can_be_read() {
    let line = record().to_string().replace("OVERWRITE", "OVERWR?TE");
    let bytes: Vec<u8> =
        line.bytes().map(|byte| if byte == b'?' { 0xe9 } else { byte }).chain(*b"\n").collect();
    let (told, _) = read(&bytes);
    assert_eq!(told.attempts[0].message, "DESTINATION [110] DESTINATION OVERWR\u{fffd}TE timed out");
    assert_eq!(told.mended[0].place, "part-0.json:1");
    assert!(told.mended[0].reason.starts_with("is not UTF-8"), "{}", told.mended[0].reason);
    let (told, _) = read(b"\xff\xfe{\n");
    assert!(told.rejected[0].reason.ends_with("; it is not UTF-8 either"), "{}", told.rejected[0].reason);
}

#[test]
fn a_huge_line_is_rejected_without_being_kept() {
    let whole = record().to_string();
    let line = Cursor::new(format!("{whole}\n{{\"x\": \"").into_bytes())
        .chain(io::repeat(b'x').take(20 << 20))
        .chain(Cursor::new(format!("\"}}\n{whole}\n").into_bytes()));
    let (told, end) = read_from(line, 0);
    assert_eq!((told.attempts.len(), end.at.line), (2, 3));
    let rejected =
        Rejected { place: "part-0.json:2".into(), reason: "the line is longer than 1024 kB".into() };
    assert_eq!(told.rejected, [rejected]);
}

#[test]
fn the_last_line_of_a_growing_file_is_read_when_it_is_whole() {
    let whole = record().to_string();
    let (told, end) = read(format!("{whole}\n{}", &whole[..50]).as_bytes());
    assert_eq!((told.attempts.len(), end.at.line, end.ending), (1, 1, Ending::Unfinished));
    let said = "it is the last line and has no end, so the file may still be growing";
    assert!(told.rejected[0].reason.ends_with(said), "{}", told.rejected[0].reason);
    let (told, end_of_whole) = read(format!("{whole}\n{whole}").as_bytes());
    assert_eq!((told.attempts.len(), end_of_whole.at.line, end_of_whole.ending), (2, 2, Ending::Whole));
    // Later, it has its end: the lines before it are the same, and it is read once.
    let grown = format!("{whole}\n{whole}\n{whole}\n");
    let (told, _) = read_from(grown.as_bytes(), end.at.line);
    assert_eq!((told.attempts.len(), told.resumed), (2, Some(end.at.digest())));
    let (told, _) = read_from(grown.as_bytes(), end_of_whole.at.line);
    assert_eq!((told.attempts.len(), told.resumed), (1, Some(end_of_whole.at.digest())));
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("writes");
    encoder.finish().expect("ends")
}

fn zstd(text: &[u8]) -> Vec<u8> {
    zstd::encode_all(text, 3).expect("compresses")
}

const SAMPLES: u64 = 600;

/// Some records with errors among them, and what they add up to.
static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
    let (mut records, mut text) = (Records::new(SAMPLES, 42), Vec::new());
    while records.line(&mut text) {
        match records.truth.records % 100 {
            7 => text.extend_from_slice(b"{\"data\": {\"torn\": \n"),
            8 => text.extend_from_slice(b"\n"),
            9 => text.extend_from_slice(b"ST {}\n"),
            _ => {}
        }
    }
    text
});

type Sums = (Vec<Tally>, Vec<Failure>);

fn sums(mut told: Told) -> Sums {
    told.batch.take()
}

#[test]
fn compression_is_known_by_its_first_bytes() {
    let text = &SAMPLE[..];
    let plain = sums(read(text).0);
    let half = text.len() / 2;
    let skippable = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3][..], &zstd(text)].concat();
    for (name, packed) in [
        ("gzip", gzip(text)),
        ("gzip of two members", [gzip(&text[..half]), gzip(&text[half..])].concat()),
        ("gzip with an empty member", [gzip(b""), gzip(text)].concat()),
        ("zstd", zstd(text)),
        ("zstd of two frames", [zstd(&text[..half]), zstd(&text[half..])].concat()),
        ("zstd with a skippable frame", skippable),
    ] {
        let (told, end) = read(&packed);
        assert_eq!((end.ending, told.rejected.len()), (Ending::Whole, 6), "{name}");
        assert!(sums(told) == plain, "{name}");
    }
    for empty in [&b""[..], b"\n", b"{", &gzip(b"")] {
        assert!(read(empty).0.attempts.is_empty());
    }
}

#[test]
fn compressed_data_that_is_cut_or_damaged_is_read_up_to_there() {
    let text = &SAMPLE[..];
    for (name, packed) in [("gzip", gzip(text)), ("zstd", zstd(text))] {
        let (told, end) = read(&packed[..packed.len() * 2 / 3]);
        assert_eq!(end.ending, Ending::Cut, "{name}");
        assert!(told.attempts.len() > 100, "{name}: {}", told.attempts.len());
        let last = told.rejected.last().expect("is said");
        assert_eq!(last.place, format!("part-0.json:{}", end.at.line + 1), "{name}");
        assert_eq!(
            last.reason, "the compressed data ends in the middle; what comes before is read",
            "{name}"
        );
        // The rest is read when it is there.
        let (rest, whole) = read_from(input::unpack(Cursor::new(packed.clone())).unwrap(), end.at.line);
        assert_eq!((rest.resumed, whole.ending), (Some(end.at.digest()), Ending::Whole), "{name}");
        assert_eq!((told.attempts.len() + rest.attempts.len()) as u64, SAMPLES, "{name}");

        let mut damaged = packed.clone();
        let at = packed.len() / 2;
        damaged[at..at + 50].fill(0xaa);
        let (told, end) = read(&damaged);
        let last = told.rejected.last().expect("is said");
        assert!(
            end.ending == Ending::Cut && last.reason.contains("compressed data is damaged"),
            "{name}: {last:?}"
        );
    }
    let (_, end) = read(&[gzip(text), b"something else".to_vec()].concat());
    assert_eq!((end.ending, end.at.line > SAMPLES), (Ending::Cut, true));
}

#[test]
fn an_error_of_the_system_is_an_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from_raw_os_error(5))
        }
    }
    let mut each = |_: Item<'_>, _: &At| ControlFlow::Continue(());
    assert!(fts::read(Broken, &reading(0), &mut each).is_err());
    assert!(input::open("/nowhere/part-0.json".as_ref()).is_err());
    assert!(input::open("/".as_ref()).is_err_and(|error| error.raw_os_error().is_some()));
}

#[test]
fn a_file_is_opened_by_its_path_and_tells_how_far_it_is() {
    let folder = tempfile::tempdir().unwrap();
    // A name that lies.
    let path = folder.path().join("part-0.json");
    let packed = gzip(&SAMPLE);
    std::fs::write(&path, &packed).unwrap();
    let opened = input::open(&path).unwrap();
    let (told, _) = read_from(opened.text, 0);
    assert_eq!(told.attempts.len() as u64, SAMPLES);
    assert_eq!(opened.size, Some(packed.len() as u64));
    assert_eq!(opened.taken.load(std::sync::atomic::Ordering::Relaxed), packed.len() as u64);
}

#[test]
fn sums_are_those_of_the_records() {
    let mut records = Records::new(4_000, 3);
    let mut text = Vec::new();
    records.read_to_end(&mut text).unwrap();
    let truth = records.truth;
    let (tallies, failures) = sums(read(&text).0);
    let sum = |count: fn(&Tally) -> u64| tallies.iter().map(count).sum::<u64>();
    assert_eq!(
        (sum(|tally| tally.done), sum(|tally| tally.failed), sum(|tally| tally.cancelled)),
        (truth.done, truth.failed, truth.cancelled)
    );
    assert_eq!(sum(|tally| tally.bytes.unwrap_or(0)), truth.bytes);
    assert_eq!(failures.iter().map(|failure| failure.failures).sum::<u64>(), truth.failed);
    let hashes = failures.iter().flat_map(|failure| match &failure.files {
        Files::Hashes(hashes) => {
            assert!(hashes.windows(2).all(|two| two[0] < two[1]) && hashes.len() as u64 <= failure.failures);
            hashes.clone()
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(hashes.collect::<HashSet<_>>().len(), truth.files.len());
    let hosts: HashSet<_> =
        tallies.iter().map(|tally| (&tally.hour, &tally.src.host, &tally.dst.host)).collect();
    assert_eq!(hosts.len(), truth.links.len());
}

#[test]
fn a_storm_of_one_file_takes_no_memory() {
    let mut batch = Batch::default();
    let attempt = one(&record());
    for _ in 0..100_000 {
        batch.add(&attempt);
    }
    assert!(batch.weight() < 4000, "{}", batch.weight());
    let (_, failures) = batch.take();
    assert_eq!(
        (failures[0].failures, &failures[0].files),
        (100_000, &Files::Hashes(vec![attempt.file.unwrap()]))
    );
    assert!(batch.is_empty() && batch.weight() == 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    /// However often it is stopped, each record is counted once.
    #[test]
    fn reading_goes_on_where_it_stopped(stops in proptest::collection::vec(1u64..200, 0..6)) {
        let whole = sums(read(&SAMPLE).0);
        let (mut told, mut from, mut digest) = (Told::default(), 0, None);
        for stop in stops.into_iter().map(Some).chain([None]) {
            let mut left = stop;
            let end = fts::read(&SAMPLE[..], &reading(from), &mut |item, at| {
                let resumed = matches!(item, Item::Resumed);
                told.take(item, at);
                left = left.map(|left| left - u64::from(!resumed));
                if left == Some(0) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            }).expect("reads");
            prop_assert!(from == 0 || told.resumed == digest);
            prop_assert_eq!(end.ending, if left == Some(0) { Ending::Stopped } else { Ending::Whole });
            (from, digest) = (end.at.line, Some(end.at.digest()));
        }
        prop_assert_eq!(told.attempts.len() as u64, SAMPLES);
        prop_assert!(sums(told) == whole);
    }

    /// No bytes whatsoever bring it down.
    #[test]
    fn any_bytes_are_read_or_rejected(damage in proptest::collection::vec((0usize..20_000, any::<u8>()), 0..40)) {
        let mut text = SAMPLE[..20_000].to_vec();
        for (at, byte) in damage {
            text[at] = byte;
        }
        let (told, end) = read(&text);
        prop_assert!(end.at.line <= 200 && told.attempts.len() <= 20);
    }
}
