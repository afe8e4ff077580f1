//! Bulk actions in the background: how far they are, what they left alone and why, the brake, and the way back.
use super::shared::{list_href, may_undo, row_href};
use crate::admin::changelist::page::COUNTED;
use crate::admin::changelist::params::Params;
use crate::admin::jobs::{self, What, goes_on};
use crate::admin::undo::UNDO;
use crate::admin::{Meta, Verb, thousands};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Duration;
use entity::bulk_job::{Model, State};

#[derive(Template)]
#[template(path = "admin/jobs.html")]
struct JobsPage {
    chrome: Chrome,
    /// Whether there are those of others among them.
    everybody: bool,
    jobs: Vec<(Model, Progress)>,
}

#[derive(Template)]
#[template(path = "admin/job.html")]
struct JobPage {
    chrome: Chrome,
    job: Model,
    progress: Progress,
    plural: &'static str,
    list: String,
    /// Names, addresses and reasons of the rows left alone.
    refused: Vec<(String, String, String)>,
    unnamed: String,
    /// Where to take all of it back.
    undo: Option<String>,
    /// All that it did, for those who may look at the audit log.
    log: Option<String>,
}

/// The part of the page that a script asks for again and again.
#[derive(Template)]
#[template(path = "admin/job_progress.html")]
struct ProgressPart {
    progress: Progress,
}

/// How far a job is.
struct Progress {
    over: bool,
    tone: &'static str,
    word: &'static str,
    /// Part of the table that it has gone through, in percent.
    part: i64,
    /// What came of it so far.
    text: String,
}

impl Progress {
    fn of(job: &Model) -> Result<Self> {
        let (tone, word) = match job.state {
            State::Waiting => ("info", "Waiting"),
            State::Running => ("info", "Under way"),
            State::Done => ("good", "Done"),
            State::Cancelled => ("warn", "Cancelled"),
            State::Failed => ("bad", "Stopped"),
        };
        let whole = job.highest_key.saturating_sub(job.lowest_key).max(1);
        let gone = job.last_key.saturating_sub(job.lowest_key);
        let part = (gone as f64 / whole as f64 * 100.0) as i64;
        let done = if What::of(job)?.verb() == Verb::Delete { "deleted" } else { "changed" };
        let mut text = format!("{} {done}", thousands(job.done));
        if job.same > 0 {
            text.push_str(&format!(", {} had these values already", thousands(job.same)));
        }
        if job.refused > 0 {
            text.push_str(&format!(", {} left alone", thousands(job.refused)));
        }
        text.push('.');
        Ok(Self { over: !goes_on(job), tone, word, part: part.clamp(0, 100), text })
    }

    /// It is read out when this changes, not each time that it is asked for.
    fn tenth(&self) -> i64 {
        self.part / 10
    }
}

/// Where a job is.
pub(super) fn href(id: i64) -> String {
    format!("/admin/jobs/{id}/")
}

/// `GET /admin/jobs/`
pub async fn list(visit: Visit) -> Result<Response> {
    let actor = visit.actor()?;
    let mut lines = Vec::new();
    for job in jobs::latest(&visit.app, actor).await? {
        let progress = Progress::of(&job)?;
        lines.push((job, progress));
    }
    let title = "Background jobs";
    let chrome = visit.chrome(title, vec![Crumb::to("Admin", "/admin/"), Crumb::here(title)]).await?;
    render(StatusCode::OK, &JobsPage { chrome, everybody: actor.is_superuser, jobs: lines })
}

/// `GET /admin/jobs/<id>/`
pub async fn show(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let job = jobs::get(&visit.app, visit.actor()?, &id).await?;
    let meta = visit.app.registry.get(&job.resource)?.meta();
    let progress = Progress::of(&job)?;
    let crumbs = vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to("Background jobs", "/admin/jobs/"),
        Crumb::here(format!("#{}", job.id)),
    ];
    let log = Params::default().and("operation__exact", &*job.operation).encoded();
    let refused = if visit.may(meta.slug, Verb::View) { jobs::refusals(&job)? } else { Vec::new() };
    let unnamed = job.refused.saturating_sub(refused.len() as i64);
    let page = JobPage {
        chrome: visit.chrome(format!("{}: {}", progress.word, job.title), crumbs).await?,
        plural: meta.plural,
        list: list_href(meta, &job.query),
        refused: refused
            .into_iter()
            .map(|row| (row.label, row_href(meta, &row.pk, "change", ""), row.why))
            .collect(),
        unnamed: if unnamed > 0 { thousands(unnamed) } else { String::new() },
        undo: undo(&visit, meta, &job)?,
        log: visit.may("audit-log", Verb::View).then(|| format!("/admin/audit-log/?{log}")),
        progress,
        job,
    };
    render(StatusCode::OK, &page)
}

/// `GET /admin/jobs/<id>/progress/`
pub async fn progress(visit: Visit, Path(id): Path<String>) -> Result<Response> {
    let job = jobs::get(&visit.app, visit.actor()?, &id).await?;
    render(StatusCode::OK, &ProgressPart { progress: Progress::of(&job)? })
}

/// `POST /admin/jobs/<id>/`: `cancel`.
pub async fn turn(Path(id): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let job = jobs::get(&visit.app, visit.actor()?, &id).await?;
    if input.get("do") != Some("cancel") {
        return Err(Error::BadRequest("Choose what to do with the job.".into()));
    }
    if !jobs::cancel(&visit.app, job.id).await? {
        let text = "The job was over already; there was nothing to cancel.";
        visit.say(Message::plain(Level::Warn, text)).await?;
    }
    Ok(found(&href(job.id)))
}

/// Where to take back what a job did: as long as that is offered at all, and if it fits in one transaction.
fn undo(visit: &Visit, meta: &Meta, job: &Model) -> Result<Option<String>> {
    let soon = job.finished_at.is_some_and(|end| visit.now - end <= Duration::minutes(UNDO));
    let fits = job.done > 0 && job.done.unsigned_abs() <= COUNTED;
    let theirs = visit.actor()?.id == job.user_id;
    let may = may_undo(visit, meta, What::of(job)?.verb() == Verb::Delete);
    Ok((soon && fits && theirs && may).then(|| format!("/admin/undo/{}/", job.operation)))
}
