//! The handover log: what was done and noted in the last day, newest first, and the form for the next note.
//!
//! A page shows it with a field `log: Log` and `{% include "shift/log.html" %}`.
use super::records::{Records, Span};
use super::times::short;
use crate::admin::Verb;
use crate::app::App;
use crate::error::{Errors, Result};
use crate::web::Visit;
use chrono::{DateTime, TimeDelta, Utc};
use sea_orm::Order;
use std::cmp::Reverse;
use std::collections::HashMap;

/// How far back it goes.
const BACK: TimeDelta = TimeDelta::hours(24);

/// Something done or noted.
#[derive(Clone, Debug)]
pub struct LogEntry {
    /// When.
    pub at: DateTime<Utc>,
    /// By whom.
    pub author: String,
    /// The site or link concerned, with its page.
    pub site: Option<(String, String)>,
    /// The action, or the note.
    pub text: String,
    /// More about something done; none for a note.
    pub done: Option<Done>,
    /// Until when somebody watches the site.
    pub watch_until: Option<DateTime<Utc>>,
}

/// What is known of something done.
#[derive(Clone, Debug)]
pub struct Done {
    /// Key of the record.
    pub record: i64,
    /// Key of the issue.
    pub issue: i64,
    /// The ticket and its page, if the visitor may see tickets.
    pub ticket: Option<(String, String)>,
    /// Tone and words of the outcome.
    pub outcome: (&'static str, &'static str),
    /// Whether somebody said that it worked or did not.
    pub settled: bool,
    /// What was said besides.
    pub comment: Option<String>,
}

/// The card with the log.
pub struct Log {
    /// Newest first.
    pub entries: Vec<LogEntry>,
    /// What times are told against.
    pub now: DateTime<Utc>,
    /// Whether there is a list of all actions to be seen.
    pub all: bool,
    /// The form, for those who may write notes.
    pub form: Option<NoteForm>,
}

/// The form for a note.
#[derive(Default)]
pub struct NoteForm {
    /// Its token.
    pub csrf: String,
    /// Path to go to afterwards.
    pub next: String,
    /// What was typed, by name of the field.
    pub typed: HashMap<&'static str, String>,
    /// What is wrong with it.
    pub errors: Errors,
}

impl NoteForm {
    /// An empty form that leads back to a page, for those who may write notes.
    #[must_use]
    pub fn new(visit: &Visit, csrf: &str, next: &str) -> Option<Self> {
        let form = Self { csrf: csrf.to_owned(), next: next.to_owned(), ..Self::default() };
        visit.may("handover-notes", Verb::Add).then_some(form)
    }

    /// What was typed into a field.
    #[must_use]
    pub fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    /// What is wrong with a field.
    #[must_use]
    pub fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether more than the text was filled in.
    #[must_use]
    pub fn about_site(&self) -> bool {
        ["site", "watch_until"]
            .iter()
            .any(|name| !self.typed(name).is_empty() || self.errors.contains_key(*name))
    }
}

impl Log {
    /// The log of the last day with a form that leads back to a page.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(visit: &Visit, csrf: &str, next: &str, limit: usize) -> Result<Self> {
        Ok(Self {
            entries: read(&visit.app, visit, limit).await?,
            now: visit.now,
            all: visit.may("actions-taken", Verb::View),
            form: NoteForm::new(visit, csrf, next),
        })
    }

    /// A time as the log tells it.
    #[must_use]
    pub fn time(&self, at: &DateTime<Utc>) -> String {
        short(*at, self.now)
    }
}

/// What was done and noted in the last day, newest first, as far as the visitor may see it.
///
/// # Errors
/// What the database says.
pub async fn read(app: &App, visit: &Visit, limit: usize) -> Result<Vec<LogEntry>> {
    let span = Span {
        from: visit.now - BACK,
        // What is written in this very moment belongs to it.
        until: visit.now + TimeDelta::minutes(1),
        site: None,
        limit: u64::try_from(limit).unwrap_or(u64::MAX),
        order: Order::Desc,
    };
    let records = Records::read(visit, &span).await?;
    let sites = app.registry.labels(&(&app.db).into(), "site", records.sites()).await?;
    let (mut entries, notes) = records.entries(visit, &sites).await?;
    entries.extend(notes);
    entries.sort_by_key(|entry| Reverse(entry.at));
    entries.truncate(limit);
    Ok(entries)
}
