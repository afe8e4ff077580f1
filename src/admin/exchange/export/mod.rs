//! Everything that a list shows, as a file: read page by page from one moment of the database, sent
//! while it is read, and noted in the audit log however it ends.
mod logged;
mod rows;
mod sheet;
mod stream;
mod write;

pub(in crate::admin::exchange) use write::csv;

use super::columns::Columns;
use crate::admin::changelist::order::Ordering;
use crate::admin::pages::shared::{list_href, understood};
use crate::admin::{AnyResource, Input, Meta, Verb};
use crate::error::{Error, Result};
use crate::web::{Level, Message, Visit, found};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use stream::Job;

/// Kinds of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// One array of objects.
    Json,
    /// One object per line.
    Lines,
    /// A spreadsheet.
    Xlsx,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Csv, Self::Json, Self::Lines, Self::Xlsx];

    /// In addresses and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
            Self::Lines => "jsonl",
            Self::Xlsx => "xlsx",
        }
    }

    /// For people.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Lines => "JSON Lines",
            Self::Xlsx => "Excel (XLSX)",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/json",
            Self::Lines => "application/jsonl",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// The action on ticked rows that makes such a file.
    #[must_use]
    pub fn action(self) -> (&'static str, String) {
        let name = match self {
            Self::Csv => "export_csv",
            Self::Json => "export_json",
            Self::Lines => "export_jsonl",
            Self::Xlsx => "export_xlsx",
        };
        (name, format!("Export as {}", self.title()))
    }

    /// The kind that an action makes.
    #[must_use]
    pub fn of_action(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.action().0 == name)
    }
}

/// `GET /admin/<resource>/export/<format>/`, with the list's query string.
pub async fn export(visit: Visit, Path((slug, format)): Path<(String, String)>) -> Result<Response> {
    visit.actor()?.must(visit.app.registry.get(&slug)?.meta().slug, Verb::View)?;
    let format = Format::ALL.into_iter().find(|known| known.name() == format).ok_or(Error::NotFound)?;
    let (condition, order) = matching(&visit, visit.app.registry.get(&slug)?).await?;
    begin(&visit, slug, format, condition, order).await
}

/// Ticked rows, or all that match, as a file.
///
/// # Errors
/// [`Error::BadRequest`] if the list is not the one asked for, or what the database says.
pub async fn ticked(visit: &Visit, slug: String, format: Format, input: &Input) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    let (matching, order) = matching(visit, resource).await?;
    let across = input.get("select_across") == Some("1");
    let keys: Vec<i64> = input.all("_selected_action").iter().filter_map(|key| key.parse().ok()).collect();
    if !across && keys.is_empty() {
        let why = "Nothing was exported: tick the rows first, or use “Export” above the list for all.";
        visit.say(Message::plain(Level::Warn, why)).await?;
        return Ok(found(&list_href(meta, &visit.query)));
    }
    let condition =
        if across { matching } else { Condition::all().add(Expr::col((meta.table, "id")).is_in(keys)) };
    begin(visit, slug, format, condition, order).await
}

/// The rows of the list in its order.
async fn matching(visit: &Visit, resource: &dyn AnyResource) -> Result<(Condition, Ordering)> {
    let asked = understood(visit, resource, "exported").await?;
    Ok((asked.condition(), asked.order))
}

async fn begin(
    visit: &Visit,
    slug: String,
    format: Format,
    condition: Condition,
    order: Ordering,
) -> Result<Response> {
    let meta = visit.app.registry.get(&slug)?.meta();
    let Ok(place) = visit.app.exchange.exports.clone().try_acquire_owned() else {
        let why = "Other exports are under way. Nothing was exported; try again in a minute.";
        visit.say(Message::plain(Level::Warn, why)).await?;
        return Ok(found(&list_href(meta, &visit.query)));
    };
    let log = logged::begin(visit, meta, format).await?;
    let disposition = format!("attachment; filename=\"{}\"", file_name(meta, visit, format));
    let columns = Columns::of(meta);
    let job = Job { app: visit.app.clone(), slug, format, condition, order, columns, log, place };
    let headers =
        [(header::CONTENT_TYPE, format.kind().to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, job.start()).into_response())
}

/// The resource and the day.
fn file_name(meta: &Meta, visit: &Visit, format: Format) -> String {
    format!("{}-{}.{}", meta.slug, visit.now.format("%Y-%m-%d"), format.name())
}
