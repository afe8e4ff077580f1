//! Jobs of PanDA that ended, as JSON Lines: what fails in workflows.
//!
//! PanDA has no such file; this is its own shape, kept close to the attributes of a job in PanDA's database
//! (<https://panda-wms.readthedocs.io/>), as its monitor's `/jobs/?json` gives them. One job to a line, bare or
//! within `{"data": …}`; unknown attributes are passed over:
//!
//! ```json
//! {"pandaid": 5273918442, "jeditaskid": 29876543, "jobstatus": "failed", "computingsite": "DESY-HH", "processingtype": "reprocessing", "transformation": "Reco_tf.py", "endtime": "2026-11-20T08:12:00Z", "piloterrorcode": 1305, "piloterrordiag": "Failed to execute payload", "exeerrordiag": ""}
//! ```
//!
//! - workflow: the first of `workflow`, `processingtype`, `transformation`, `taskname`;
//! - when: the first of `endtime`, `statechangetime`, `modificationtime`;
//! - how: `jobstatus` `finished`, `failed`, `cancelled` or `closed`; without one, a job with an error failed;
//! - what: all that `message`, `errordiag` and the `…errordiag` of PanDA's parts say, in the order below;
//! - the file: the job's number, so that a job that is told twice counts once among the distinct ones.
use super::lenient::{Text, implausible, time};
use super::reading::{self, Each, End, Reading};
use super::record::{Attempt, LONGEST_MESSAGE, Outcome, Place, clean, file_hash, known};
use chrono::{DateTime, Utc};
use entity::vocabulary::Operation;
use serde::Deserialize;
use std::borrow::Cow;
use std::io::{self, Read};

/// Reads all jobs of a stream; it blocks. The hour of a job is that of its end.
///
/// # Errors
/// When the system cannot read.
pub fn read(input: impl Read, reading: &Reading<'_>, each: Each<'_>) -> io::Result<End> {
    reading::read(input, reading, attempt, each)
}

fn attempt(line: &str, now: DateTime<Utc>) -> Result<Option<Attempt<'_>>, String> {
    let job: Job<'_> = serde_json::from_str(line).map_err(|error| reading::wrong(&error))?;
    match job.data {
        Some(data) => data.attempt(now),
        None => job.attempt(now),
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Job<'a> {
    #[serde(borrow)]
    data: Option<Box<Job<'a>>>,
    pandaid: Text<'a>,
    jobstatus: Text<'a>,
    computingsite: Text<'a>,
    workflow: Text<'a>,
    processingtype: Text<'a>,
    transformation: Text<'a>,
    taskname: Text<'a>,
    endtime: Text<'a>,
    statechangetime: Text<'a>,
    modificationtime: Text<'a>,
    message: Text<'a>,
    errordiag: Text<'a>,
    exeerrordiag: Text<'a>,
    piloterrordiag: Text<'a>,
    ddmerrordiag: Text<'a>,
    superrordiag: Text<'a>,
    brokerageerrordiag: Text<'a>,
    jobdispatchererrordiag: Text<'a>,
    taskbuffererrordiag: Text<'a>,
}

impl<'a> Job<'a> {
    /// `None` for a job that has not ended.
    fn attempt(self, now: DateTime<Utc>) -> Result<Option<Attempt<'a>>, String> {
        let message = self.said();
        let outcome = match self.jobstatus.as_str().trim() {
            "finished" => Outcome::Done,
            "failed" => Outcome::Failed,
            "cancelled" | "closed" => Outcome::Cancelled,
            "" if message.is_empty() => return Err("has neither a jobstatus nor an error".into()),
            "" => Outcome::Failed,
            _ => return Ok(None),
        };
        let times = [&self.endtime, &self.statechangetime, &self.modificationtime];
        let ended = times.into_iter().find_map(|text| time(text.as_str()));
        let ended = ended.ok_or("has no time of its end (endtime, statechangetime, modificationtime)")?;
        if let Some(reason) = implausible(ended, now) {
            return Err(reason);
        }
        let workflow = [self.workflow, self.processingtype, self.transformation, self.taskname]
            .into_iter()
            .find_map(|name| name.0.and_then(known));
        let workflow = workflow.ok_or("has no workflow (processingtype, transformation)")?;
        let failed = outcome == Outcome::Failed;
        let file = self.pandaid.said().filter(|_| failed).map(|id| file_hash(["panda:", &id]));
        Ok(Some(Attempt {
            operation: Operation::Workflow,
            outcome,
            src: Place { site: self.computingsite.0.and_then(known), rse: None, host: None },
            dst: Place::default(),
            activity: None,
            workflow: Some(workflow),
            ended,
            message: if failed { Cow::Owned(message) } else { Cow::Borrowed("") },
            file,
            bytes: None,
        }))
    }

    /// All that its parts say, each once.
    fn said(&self) -> String {
        let mut said: Vec<&str> = Vec::new();
        for text in [
            &self.message,
            &self.errordiag,
            &self.exeerrordiag,
            &self.piloterrordiag,
            &self.ddmerrordiag,
            &self.superrordiag,
            &self.brokerageerrordiag,
            &self.jobdispatchererrordiag,
            &self.taskbuffererrordiag,
        ] {
            let text = text.as_str().trim();
            if !matches!(text, "" | "NULL" | "None") && !said.iter().any(|other| other.contains(text)) {
                said.push(text);
            }
        }
        clean(Cow::Owned(said.join("; ")), LONGEST_MESSAGE).into_owned()
    }
}
