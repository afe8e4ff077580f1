//! Two people changed the same row: both versions side by side, and what each field keeps.
use super::form::{stored, stored_names};
use super::popup::POPUP;
use super::shared::{FILTERS, crumbs, row_href};
use super::widget::Typed;
use crate::admin::{AnyResource, Field, Input, Kind, Meta, Record, find, version_of};
use crate::error::Result;
use crate::web::{Chrome, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "admin/conflict.html")]
struct ConflictPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    label: String,
    who: Option<(String, chrono::DateTime<chrono::Utc>)>,
    opened: Option<i32>,
    version: i32,
    differences: Vec<Difference>,
    same: Vec<(String, String)>,
    action: String,
    /// What the row has now, to compare with should somebody change it again.
    now: String,
}

/// A field that two people see differently.
struct Difference {
    name: String,
    title: String,
    opened: String,
    theirs: String,
    yours: String,
    values: Vec<String>,
    keep_theirs: bool,
    who: &'static str,
}

/// Both versions side by side; what only one of the two changed is preselected.
pub(super) async fn conflict(
    visit: &Visit,
    resource: &dyn AnyResource,
    pk: &str,
    input: &Input,
) -> Result<Response> {
    let meta = resource.meta();
    let row = find(resource, &(&visit.app.db).into(), pk).await?;
    let theirs = stored(visit, resource, &row).await?;
    let opened: Typed =
        input.get("_opened").and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let mut differences = Vec::new();
    let mut same = Vec::new();
    for name in stored_names(resource) {
        let mine = sent(meta, &name, input);
        let now = theirs.get(&name).cloned().unwrap_or_default();
        if sorted(&mine) == sorted(&now) {
            same.extend(mine.into_iter().map(|value| (name.clone(), value)));
        } else {
            differences.push(difference(visit, meta, &name, opened.get(&name), now, mine).await?);
        }
    }
    // What was typed into rows below the form goes along.
    same.extend(super::tabular::sent(meta.inlines, &input.to_map()));
    same.extend(input.get(POPUP).map(|popup| (POPUP.to_owned(), popup.to_owned())));
    let filters = input.get(FILTERS).unwrap_or_default();
    let now = serde_json::to_string(&theirs).unwrap_or_default();
    let page = ConflictPage {
        chrome: visit
            .chrome(format!("Conflict: {}", row.label), crumbs(visit, meta, filters, Some(&row), "Conflict"))
            .await?,
        who: last_change(visit, meta, pk).await?,
        opened: input.get("_version").and_then(|version| version.parse().ok()),
        version: version_of(resource, &row).unwrap_or_default(),
        action: row_href(meta, pk, "change", filters),
        label: row.label,
        meta,
        differences,
        same,
        now,
    };
    render(StatusCode::CONFLICT, &page)
}

fn sorted(values: &[String]) -> Vec<&str> {
    let mut values: Vec<&str> =
        values.iter().map(|value| value.trim()).filter(|value| !value.is_empty()).collect();
    values.sort_unstable();
    values
}

/// What a form sent for a field, a box that is not ticked included.
fn sent(meta: &Meta, name: &str, input: &Input) -> Vec<String> {
    let values = input.all(name).to_vec();
    match meta.field(name) {
        Some((_, field)) if field.kind == Kind::Boolean => {
            vec![crate::admin::parse_bool(input.get(name).unwrap_or("false")).unwrap_or_default().to_string()]
        }
        Some((_, field)) if field.kind == Kind::Moment => values
            .iter()
            .map(|text| {
                crate::admin::parse_moment(text.trim())
                    .map_or_else(|| text.clone(), |moment| Field::input_text(&moment.into()))
            })
            .collect(),
        _ => values,
    }
}

async fn difference(
    visit: &Visit,
    meta: &Meta,
    name: &str,
    opened: Option<&Vec<String>>,
    theirs: Vec<String>,
    mine: Vec<String>,
) -> Result<Difference> {
    let title = meta
        .field(name)
        .map(|(_, field)| field.title.clone())
        .or_else(|| meta.many.iter().find(|many| many.name == name).map(|many| many.title.to_owned()));
    let untouched = |values: &[String]| opened.is_some_and(|opened| sorted(opened) == sorted(values));
    let (keep_theirs, who) = match (untouched(&theirs), untouched(&mine)) {
        (_, true) => (true, "only they changed it"),
        (true, _) => (false, "only you changed it"),
        _ => (false, "both changed it"),
    };
    Ok(Difference {
        opened: match opened {
            Some(values) => in_words(visit, meta, name, values).await?,
            None => "not known".into(),
        },
        theirs: in_words(visit, meta, name, &theirs).await?,
        yours: in_words(visit, meta, name, &mine).await?,
        name: name.to_owned(),
        title: title.unwrap_or_default(),
        values: mine,
        keep_theirs,
        who,
    })
}

/// Values as typed, keys replaced by what they stand for.
async fn in_words(visit: &Visit, meta: &Meta, name: &str, values: &[String]) -> Result<String> {
    let foreign = match meta.field(name) {
        Some((_, field)) => match &field.kind {
            Kind::Foreign(table) => Some(table.as_str()),
            _ => None,
        },
        None => meta.many.iter().find(|many| many.name == name).map(|many| many.to),
    };
    let Some(table) = foreign else { return Ok(values.join(", ")) };
    let keys = values.iter().filter_map(|key| key.parse().ok()).collect();
    let mut names: Vec<String> =
        visit.app.registry.labels(&(&visit.app.db).into(), table, keys).await?.into_values().collect();
    names.sort();
    Ok(names.join(", "))
}

async fn last_change(
    visit: &Visit,
    meta: &Meta,
    pk: &str,
) -> Result<Option<(String, chrono::DateTime<chrono::Utc>)>> {
    use entity::audit_log::{Column, Entity};
    use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
    let last = Entity::find()
        .filter(Column::Resource.eq(meta.slug))
        .filter(Column::ObjectPk.eq(pk))
        .order_by_desc(Column::Id)
        .one(&visit.app.db)
        .await?;
    Ok(last.map(|entry| (entry.username, entry.at)))
}

/// After a conflict, each field says whose value to keep; "theirs" is what the row has now.
pub(super) async fn resolved(
    visit: &Visit,
    resource: &dyn AnyResource,
    row: &Record,
    mut input: Input,
) -> Result<Input> {
    let names: Vec<String> = stored_names(resource);
    if !names.iter().any(|name| input.has(&format!("_keep-{name}"))) {
        return Ok(input);
    }
    let now = stored(visit, resource, row).await?;
    for name in names {
        if input.get(&format!("_keep-{name}")) == Some("theirs") {
            input.replace(&name, now.get(&name).cloned().unwrap_or_default());
        }
    }
    Ok(input)
}
