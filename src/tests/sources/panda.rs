//! Jobs of PanDA as files.
use super::time;
use crate::sources::batch::Batch;
use crate::sources::panda;
use crate::sources::reading::{Item, Reading};
use crate::sources::record::{Files, Place, file_hash};
use entity::vocabulary::Operation;
use serde_json::json;
use std::ops::ControlFlow;

fn read(text: &str) -> (Batch, Vec<String>, u64) {
    let (mut batch, mut rejected, mut others) = (Batch::default(), Vec::new(), 0);
    let reading = Reading { name: "jobs.json", now: time("2026-11-20T12:00:00Z"), from_line: 0 };
    panda::read(text.as_bytes(), &reading, &mut |item, _| {
        match item {
            Item::Attempt(attempt) => batch.add(&attempt),
            Item::Rejected(why) => rejected.push(format!("{}: {}", why.place, why.reason)),
            _ => others += 1,
        }
        ControlFlow::Continue(())
    })
    .expect("reads");
    (batch, rejected, others)
}

#[test]
fn failed_jobs_are_failures_of_their_workflow() {
    let failed = json!({
        "pandaid": 5_273_918_442_u64, "jeditaskid": 29_876_543, "jobstatus": "failed", "computingsite": "DESY-HH",
        "processingtype": "reprocessing", "transformation": "Reco_tf.py", "endtime": "2026-11-20 08:12:00",
        "piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload", "exeerrordiag": "SIGSEGV", "ddmerrordiag": "NULL",
    });
    let mut again = failed.clone();
    again["pandaid"] = json!("5273918443");
    again["endtime"] = json!(1_795_162_000_000_u64);
    let done = json!({"jobstatus": "finished", "computingsite": "DESY-HH", "transformation": "Reco_tf.py", "modificationtime": "2026-11-20T08:30:00Z"});
    let simple = json!({"data": {"workflow": "user", "message": "LRMS error: (91) Job failed", "statechangetime": "2026-11-20T09:00:00"}});
    let running = json!({"jobstatus": "running"});
    let text = format!("{failed}\n{again}\n{failed}\n{done}\n{simple}\n{running}\n");
    let (mut batch, rejected, others) = read(&text);
    assert_eq!((rejected.len(), others), (0, 1));
    let (tallies, failures) = batch.take();
    let counts: Vec<_> =
        tallies.iter().map(|tally| (tally.src.to_string(), tally.done, tally.failed)).collect();
    assert_eq!(counts, [("DESY-HH".to_owned(), 1, 3), ("UNKNOWN".to_owned(), 0, 1)]);
    let first = &failures[0];
    assert_eq!((first.operation, first.workflow.as_deref()), (Operation::Workflow, Some("reprocessing")));
    assert_eq!((first.hour, first.failures), (time("2026-11-20T08:00:00Z"), 3));
    assert_eq!(first.message, "SIGSEGV; Failed to execute payload");
    let mut files = vec![file_hash(["panda:5273918442"]), file_hash(["panda:5273918443"])];
    files.sort_unstable();
    assert_eq!((&first.files, &first.dst), (&Files::Hashes(files), &Place::default()));
    assert_eq!(failures[1].files, Files::Unknown);
}

#[test]
fn jobs_without_what_is_needed_are_rejected() {
    let text = [
        json!({"jobstatus": "failed", "processingtype": "x"}),
        json!({"jobstatus": "failed", "endtime": "2026-11-20T08:12:00Z"}),
        json!({"processingtype": "x", "endtime": "2026-11-20T08:12:00Z"}),
        json!({"jobstatus": "failed", "processingtype": "x", "endtime": "2026-11-20T14:12:00Z"}),
    ];
    let text: String = text.iter().map(|job| format!("{job}\n")).chain(["{\"pandaid\": 5".into()]).collect();
    let (batch, rejected, _) = read(&text);
    assert!(batch.is_empty());
    for (rejected, said) in rejected.iter().zip([
        "jobs.json:1: has no time of its end (endtime, statechangetime, modificationtime)",
        "jobs.json:2: has no workflow (processingtype, transformation)",
        "jobs.json:3: has neither a jobstatus nor an error",
        "jobs.json:4: ended in the future, 2026-11-20 14:12 UTC",
        "jobs.json:5: the JSON ends in the middle",
    ]) {
        assert!(rejected.starts_with(said), "{rejected}");
    }
    assert_eq!(rejected.len(), 5);
}
