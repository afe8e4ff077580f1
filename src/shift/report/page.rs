//! `GET /report/`: the page, or the text for the e-log.
use super::asked::{Asked, parse};
use super::interval::{Interval, Shift, input};
use super::markdown;
use super::read::{Report, Sites, address, read};
use crate::admin::{Verb, shorten};
use crate::error::Result;
use crate::shift::log::NoteForm;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

#[derive(Template)]
#[template(path = "shift/report.html")]
struct ReportPage {
    chrome: Chrome,
    report: Report,
    /// What was wrong with the address.
    complaints: Vec<String>,
    /// The report as Markdown.
    text: String,
    /// Where to go from here: title and address.
    before: (&'static str, String),
    current: Option<String>,
    after: Option<(&'static str, String)>,
    /// Fields of the form.
    from: String,
    to: String,
    sites: Vec<String>,
    /// Whether the visitor may say what came of an action.
    may_tell: bool,
    note: Option<NoteForm>,
}

/// `GET /report/`
///
/// # Errors
/// [`crate::error::Error::Forbidden`] for those who may not see issues.
pub async fn show(visit: Visit) -> Result<Response> {
    visit.actor()?.must("issues", Verb::View)?;
    let Asked { interval, site, markdown: as_text, notes: mut complaints } = parse(&visit.query, visit.now);
    let sites = Sites::read(&visit).await?;
    let known = site.as_deref().and_then(|name| sites.named(name));
    if let Some(name) = site.as_deref().filter(|_| known.is_none()) {
        complaints.push(format!("There is no site called “{}”; this is about all.", shorten(name, 40)));
    }
    let report = read(&visit, interval, &sites, known).await?;
    let text = markdown::text(&report, &complaints);
    if as_text {
        return Ok(plain(interval, text));
    }
    let title = format!("Shift report, {}", interval.title());
    let chrome = visit.chrome(title, vec![Crumb::here("Shift report")]).await?;
    let note = NoteForm::new(&visit, &chrome.csrf, &report.path);
    let to = |interval: Interval| address(interval, report.site.as_deref());
    let named = |interval: Interval, other| (interval.shift.map_or(other, Shift::title), to(interval));
    let current = Interval::from(Shift::at(visit.now));
    let after = interval.after();
    let page = ReportPage {
        before: named(interval.before(), "Before"),
        current: (interval != current).then(|| to(current)),
        after: (after.from <= visit.now).then(|| named(after, "After")),
        from: input(interval.from),
        to: input(interval.until),
        sites: sites.rows.into_iter().map(|(_, name)| name).collect(),
        may_tell: visit.may("actions-taken", Verb::Change),
        complaints,
        chrome,
        text,
        note,
        report,
    };
    render(StatusCode::OK, &page)
}

/// The text by itself, under a name to keep it by.
fn plain(interval: Interval, text: String) -> Response {
    let name = match interval.shift {
        Some(shift) => shift.name(),
        None => interval.from.format("%Y-%m-%d-%H%M").to_string(),
    };
    let headers = [
        (header::CONTENT_TYPE, "text/markdown; charset=utf-8".to_owned()),
        (header::CONTENT_DISPOSITION, format!("inline; filename=\"shift-report-{name}.md\"")),
    ];
    (headers, text).into_response()
}
