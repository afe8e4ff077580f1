//! Rows made, changed and deleted: as by a form, through the same [`Save`].
use super::At;
use super::answer::{invalid, refusal};
use super::body::Sent;
use super::endpoint::{Endpoint, Habits, Original};
use super::query::Trouble;
use super::read::{base, find, shown, tag};
use super::shape::Beside;
use super::{original, take};
use crate::admin::{Deed, Input, Meta, Record, Save, Target, Verb, deletion, version_of};
use crate::error::{Error, Errors, Result};
use crate::web::Visit;
use axum::extract::{Extension, Path};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::audit_log::Source as Door;
use sea_orm::{DatabaseExecutor, DatabaseTransaction, Value};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;

/// What a write is made of.
pub(super) struct Writing<'a> {
    pub(super) visit: &'a Visit,
    pub(super) endpoint: &'a Endpoint,
    pub(super) deed: Deed,
}

/// What came of it.
pub(super) struct Written {
    pub(super) row: Record,
    /// Whether it was made just now.
    pub(super) new: bool,
}

impl<'a> Writing<'a> {
    fn new(visit: &'a Visit, endpoint: &'a Endpoint) -> Result<Self> {
        Ok(Self { visit, endpoint, deed: Deed { source: Door::Api, ..visit.deed()? } })
    }

    pub(super) fn meta(&self) -> &'a Meta {
        self.endpoint.meta(&self.visit.app.registry)
    }

    /// Writes one row of any resource.
    pub(super) async fn save(
        &self,
        txn: &DatabaseTransaction,
        slug: &str,
        target: Target<'_>,
        input: &Input,
        given: Vec<(&'static str, Value)>,
    ) -> Result<Record> {
        let registry = &self.visit.app.registry;
        let save = Save { registry, resource: registry.get(slug)?, deed: &self.deed, given };
        Ok(save.run(txn, target, input).await?.row)
    }
}

/// `POST` to a list.
pub(super) async fn create(
    Extension(at): Extension<At>,
    visit: Visit,
    headers: HeaderMap,
    Sent(fields): Sent,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at);
    let writing = Writing::new(&visit, endpoint)?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let written = match endpoint.habits {
        Habits::Original(Original::Actions) => {
            original::actions::get_or_create(&writing, &txn, &fields).await
        }
        Habits::Original(Original::Solutions) => {
            visit.actor()?.must(endpoint.slug, Verb::Add)?;
            original::solutions::create(&writing, &txn, &fields).await
        }
        _ => {
            visit.actor()?.must(endpoint.slug, Verb::Add)?;
            make(&writing, &txn, &fields).await
        }
    };
    let written = written.map_err(|error| renamed(endpoint, writing.meta(), error))?;
    let status = if written.new { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = shown(&visit, &(&txn).into(), endpoint, status, &written.row).await?;
    txn.commit().await.map_err(Error::from)?;
    visit.app.forget_of(endpoint.slug);
    let location = format!("{}{}/", base(&visit, &headers), written.row.pk());
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

async fn make(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    fields: &Map<String, Json>,
) -> Result<Written> {
    let mut input = take::input(writing, txn, fields, None).await?;
    if let Habits::Original(original) = writing.endpoint.habits {
        original::fill_in(original, writing, fields, true, &mut input)?;
    }
    let row = writing.save(txn, writing.endpoint.slug, Target::New, &input, Vec::new()).await?;
    Ok(Written { row, new: true })
}

/// `PUT` of a row: what must be there must be in it, and what is left out stays.
pub(super) async fn update(
    at: Extension<At>,
    Path(pk): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    Sent(fields): Sent,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at.0);
    let missing = endpoint
        .parts
        .iter()
        .filter(|part| part.required && part.taken.1 && !fields.contains_key(&part.name));
    let missing: Errors =
        missing.map(|part| (part.name.clone(), vec!["This field is required.".to_owned()])).collect();
    if !missing.is_empty() {
        visit.actor()?.must(endpoint.slug, Verb::Change)?;
        find(&visit, &(&visit.app.db).into(), endpoint, &pk).await?;
        return Err(invalid(&missing).into());
    }
    partial_update(at, Path(pk), visit, headers, Sent(fields)).await
}

/// `PATCH` of a row.
pub(super) async fn partial_update(
    Extension(at): Extension<At>,
    Path(pk): Path<String>,
    visit: Visit,
    headers: HeaderMap,
    Sent(fields): Sent,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at);
    visit.actor()?.must(endpoint.slug, Verb::Change)?;
    let writing = Writing::new(&visit, endpoint)?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let before = find(&visit, &(&txn).into(), endpoint, &pk).await?;
    unchanged(&visit, &(&txn).into(), endpoint, &before, &headers).await?;
    let row = match endpoint.habits {
        Habits::Original(Original::Solutions) => {
            original::solutions::change(&writing, &txn, &before, &fields).await
        }
        _ => change(&writing, &txn, &before, &fields).await,
    };
    let row = row.map_err(|error| renamed(endpoint, writing.meta(), error))?;
    let response = shown(&visit, &(&txn).into(), endpoint, StatusCode::OK, &row).await?;
    txn.commit().await.map_err(Error::from)?;
    visit.app.forget_of(endpoint.slug);
    Ok(response)
}

async fn change(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    before: &Record,
    fields: &Map<String, Json>,
) -> Result<Record> {
    let mut input = take::input(writing, txn, fields, Some(before)).await?;
    if let Habits::Original(original) = writing.endpoint.habits {
        original::fill_in(original, writing, fields, false, &mut input)?;
    }
    let version = version_of(writing.visit.app.registry.get(writing.endpoint.slug)?, before);
    let pk = before.pk();
    writing.save(txn, writing.endpoint.slug, Target::Row(&pk, version), &input, Vec::new()).await
}

/// `DELETE` of a row.
pub(super) async fn destroy(
    Extension(at): Extension<At>,
    Path(pk): Path<String>,
    visit: Visit,
    headers: HeaderMap,
) -> Result<Response, Trouble> {
    let endpoint = visit.app.api.endpoint(at);
    visit.actor()?.must(endpoint.slug, Verb::Delete)?;
    let writing = Writing::new(&visit, endpoint)?;
    let registry = &visit.app.registry;
    let txn = crate::db::begin(&visit.app.db).await?;
    let row = find(&visit, &(&txn).into(), endpoint, &pk).await?;
    unchanged(&visit, &(&txn).into(), endpoint, &row, &headers).await?;
    let (resource, row) = match endpoint.habits {
        Habits::Original(Original::Solutions) => original::solutions::behind(&writing, &txn, row).await?,
        _ => (registry.get(endpoint.slug)?, row),
    };
    visit.actor()?.must(resource.meta().slug, Verb::Delete)?;
    deletion::delete(&txn, registry, resource, &row, &writing.deed).await?;
    txn.commit().await.map_err(Error::from)?;
    visit.app.forget_of(resource.meta().slug);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Refuses a write over another version than the client saw, where it says which.
async fn unchanged(
    visit: &Visit,
    db: &DatabaseExecutor<'_>,
    endpoint: &Endpoint,
    row: &Record,
    headers: &HeaderMap,
) -> Result<(), Trouble> {
    let Some(seen) = headers.get(header::IF_MATCH).and_then(|seen| seen.to_str().ok()) else { return Ok(()) };
    let beside = Beside::load(&visit.app, db, endpoint, std::slice::from_ref(row)).await?;
    let now = tag(visit.app.registry.get(endpoint.slug)?, row, &beside);
    let same = seen.split(',').map(|seen| seen.trim().trim_start_matches("W/"));
    let same = same.into_iter().any(|seen| seen == "*" || Some(seen) == now.as_deref());
    if same {
        return Ok(());
    }
    let detail = "It was changed meanwhile: read it again. Nothing was saved.";
    Err(refusal(StatusCode::PRECONDITION_FAILED, detail).into())
}

/// What is wrong with fields of the resource, under the names that the client knows.
fn renamed(endpoint: &Endpoint, meta: &Meta, error: Error) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let mut named: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (name, errors) in errors {
        let ours = meta.field(&name);
        let part = ours.and_then(|(at, _)| endpoint.part_of(at)).or_else(|| endpoint.part(&name));
        match part {
            Some(part) => named.entry(part.name.clone()).or_default().extend(errors),
            // A field of the resource that this endpoint does not have.
            None if ours.is_some() => {
                let titled = errors.into_iter().map(|error| format!("{name}: {error}"));
                named.entry(String::new()).or_default().extend(titled);
            }
            None => named.entry(name).or_default().extend(errors),
        }
    }
    Error::Invalid(named)
}
