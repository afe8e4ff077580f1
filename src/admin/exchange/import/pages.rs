//! What one sees of a file, step by step.
use super::mapping::{Mapping, stranger, targets};
use super::store;
use super::verdict::{Change, Verdict};
use crate::admin::changelist::params::Params;
use crate::admin::pages::shared::{list_href, row_href};
use crate::admin::{AnyResource, Input, Meta, capitalise, shorten, thousands};
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use entity::import_file::{Model, State};

/// Rows that cannot be written, on one page.
const PAGE: i64 = 100;
/// Values shown of each column.
const EXAMPLES: usize = 3;

#[derive(Template)]
#[template(path = "admin/import_upload.html")]
struct UploadPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    wrong: Option<String>,
    fields: Vec<(String, String, bool)>,
}

#[derive(Template)]
#[template(path = "admin/import_columns.html")]
struct ColumnsPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    file: &'a Model,
    rows: String,
    wrong: Option<String>,
    stranger: Option<String>,
    columns: Vec<Column>,
    targets: Vec<(String, String, bool)>,
    match_by: String,
    here: String,
}

/// A column of the file, and what it is for.
struct Column {
    title: String,
    examples: Vec<String>,
    chosen: String,
}

#[derive(Template)]
#[template(path = "admin/import_preview.html")]
struct PreviewPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    file: &'a Model,
    under_way: bool,
    stuck: bool,
    writes: i64,
    sample: Vec<(Change, Option<String>)>,
    refused: Vec<(u32, Vec<String>)>,
    pager: Option<(String, Option<String>, Option<String>)>,
    here: String,
    list: String,
}

impl PreviewPage<'_> {
    fn number(&self, number: &i64) -> String {
        thousands(*number)
    }
}

async fn chrome(visit: &Visit, meta: &Meta) -> Result<Chrome> {
    let title = format!("Import {}", meta.plural);
    let list = Crumb::to(capitalise(meta.plural), list_href(meta, ""));
    visit.chrome(title, vec![Crumb::to("Admin", "/admin/"), list, Crumb::here("Import")]).await
}

/// `GET /admin/<resource>/import/`
pub async fn form(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let (resource, _) = super::writable(&visit, &slug)?;
    upload_page(&visit, resource, None, StatusCode::OK).await
}

pub(super) async fn upload_page(
    visit: &Visit,
    resource: &dyn AnyResource,
    wrong: Option<String>,
    status: StatusCode,
) -> Result<Response> {
    let meta = resource.meta();
    let mut chrome = chrome(visit, meta).await?;
    chrome.error = wrong.is_some();
    let required = |name: &str| meta.field(name).is_some_and(|(_, field)| field.required);
    let fields = targets(resource).into_iter().map(|(name, title, _)| {
        let required = required(&name);
        (name, title, required)
    });
    render(status, &UploadPage { chrome, meta, wrong, fields: fields.collect() })
}

/// `GET /admin/<resource>/import/<id>/`
pub async fn show(visit: Visit, Path((slug, id)): Path<(String, String)>) -> Result<Response> {
    let (resource, user) = super::writable(&visit, &slug)?;
    let file = store::get(&visit.app, user, &slug, &id).await?;
    if file.state == State::Uploaded {
        return mapping_page(&visit, resource, &file, None).await;
    }
    preview_page(&visit, resource, &file).await
}

pub(super) async fn mapping_page(
    visit: &Visit,
    resource: &dyn AnyResource,
    file: &Model,
    wrong: Option<(String, &Input)>,
) -> Result<Response> {
    let meta = resource.meta();
    let headings: Vec<String> = store::parsed(&file.headings)?;
    let known = if file.mapping.is_some() { Mapping::of(file)? } else { Mapping::guess(resource, &headings) };
    let first = store::part(&(&visit.app.db).into(), file.id, 0).await?;
    let rows = first.map(|part| part.rows).unwrap_or_default();
    let typed = |name: &str, otherwise: &str| {
        wrong.as_ref().and_then(|(_, input)| input.get(name)).unwrap_or(otherwise).to_owned()
    };
    let columns = headings.iter().enumerate().map(|(at, title)| {
        let cells = rows.iter().filter_map(|(_, cells)| cells.get(at)?.as_deref());
        Column {
            title: if title.is_empty() { format!("Column {}", at + 1) } else { title.clone() },
            examples: cells
                .filter(|cell| !cell.trim().is_empty())
                .take(EXAMPLES)
                .map(|cell| shorten(cell, 60))
                .collect(),
            chosen: typed(&format!("column-{at}"), known.columns.get(at).map_or("", String::as_str)),
        }
    });
    let mut chrome = chrome(visit, meta).await?;
    chrome.error = wrong.is_some();
    let page = ColumnsPage {
        chrome,
        meta,
        file,
        rows: thousands(file.total),
        columns: columns.collect(),
        targets: targets(resource),
        match_by: typed("match", &known.match_by),
        stranger: stranger(&visit.app.registry, visit, meta, &headings),
        here: super::href(meta.slug, file.id),
        wrong: wrong.as_ref().map(|(why, _)| why.clone()),
    };
    render(if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}

async fn preview_page(visit: &Visit, resource: &dyn AnyResource, file: &Model) -> Result<Response> {
    let meta = resource.meta();
    let under_way = matches!(file.state, State::Checking | State::Writing);
    let stuck = under_way && file.claimed_until.is_none_or(|until| until < visit.now);
    let sample: Vec<Change> = file.sample.as_deref().map(store::parsed).transpose()?.unwrap_or_default();
    let (refused, pager) = if under_way { (Vec::new(), None) } else { refused(visit, file).await? };
    let page = PreviewPage {
        chrome: chrome(visit, meta).await?,
        under_way: under_way && !stuck,
        stuck,
        writes: file.added + file.changed,
        sample: sample
            .into_iter()
            .map(|change| {
                let href = change.pk.as_deref().map(|pk| row_href(meta, pk, "change", ""));
                (change, href)
            })
            .collect(),
        refused,
        pager,
        here: super::href(meta.slug, file.id),
        list: list_href(meta, ""),
        meta,
        file,
    };
    let mut response = render(StatusCode::OK, &page)?;
    if page.under_way {
        response.headers_mut().insert("refresh", HeaderValue::from_static("2"));
    }
    Ok(response)
}

type Refused = (Vec<(u32, Vec<String>)>, Option<(String, Option<String>, Option<String>)>);

/// One page of the rows that cannot be written, and the ways to the others.
async fn refused(visit: &Visit, file: &Model) -> Result<Refused> {
    let params = Params::parse(&visit.query);
    let last = (file.invalid - 1).max(0) / PAGE + 1;
    let number = params.get("p").and_then(|page| page.parse().ok()).unwrap_or(1).clamp(1, last);
    let db = (&visit.app.db).into();
    let mut skip = (number - 1) * PAGE;
    let mut rows = Vec::new();
    for (position, count) in store::invalid(&db, file.id).await? {
        if skip >= count {
            skip -= count;
            continue;
        }
        let Some(part) = store::part(&db, file.id, position).await? else { break };
        let wrong = part.rows.iter().zip(part.verdicts).filter_map(|(row, verdict)| match verdict {
            Verdict::Invalid(why) => Some((row.0, why)),
            _ => None,
        });
        let room = usize::try_from(PAGE).unwrap_or_default() - rows.len();
        rows.extend(wrong.skip(usize::try_from(skip).unwrap_or_default()).take(room));
        skip = 0;
        if rows.len() as i64 >= PAGE {
            break;
        }
    }
    let to = |page: i64| (1..=last).contains(&page).then(|| format!("?p={page}"));
    let pager = (last > 1).then(|| {
        (format!("Page {} of {}", thousands(number), thousands(last)), to(number - 1), to(number + 1))
    });
    Ok((rows, pager))
}
