//! Trying a pattern: what it would move, before it is saved. The same page splits a category: the
//! pattern then belongs to a new one.
use super::{category, crumbs, newest};
use crate::admin::{Deed, Input, Save, Target, Verb, key_number, thousands};
use crate::categorise;
use crate::error::{Error, Errors, Result};
use crate::recategorise::{Preview, preview};
use crate::web::{Chrome, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::Response;
use entity::error_category::Model;
use serde::Deserialize;

/// What is tried, in the address so that it can be sent to somebody.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Tried {
    title: Option<String>,
    pattern: Option<String>,
    priority: Option<String>,
}

#[derive(Template)]
#[template(path = "knowledge/pattern.html")]
struct PatternPage {
    chrome: Chrome,
    row: Model,
    splits: bool,
    title: String,
    pattern: String,
    priority: String,
    version: i32,
    errors: Errors,
    preview: Option<Preview>,
    action: String,
}

impl PatternPage {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }

    fn number(&self, number: &u64) -> String {
        thousands(i64::try_from(*number).unwrap_or(i64::MAX))
    }
}

/// `GET /admin/error-categories/<pk>/pattern/`
pub async fn pattern_page(
    visit: Visit,
    Path(pk): Path<String>,
    Query(tried): Query<Tried>,
) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    show(&visit, row, false, tried, Errors::new()).await
}

/// `GET /admin/error-categories/<pk>/split/`
pub async fn split_page(
    visit: Visit,
    Path(pk): Path<String>,
    Query(tried): Query<Tried>,
) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    visit.actor()?.must("error-categories", Verb::Add)?;
    show(&visit, row, true, tried, Errors::new()).await
}

async fn show(visit: &Visit, row: Model, splits: bool, tried: Tried, mut errors: Errors) -> Result<Response> {
    let asked = tried.pattern.is_some();
    let proposed = || match (&row.pattern, &row.template) {
        (Some(pattern), _) if !splits => pattern.clone(),
        (_, Some(template)) => categorise::pattern_from_template(template),
        _ => String::new(),
    };
    let pattern = tried.pattern.clone().unwrap_or_else(proposed);
    let priority = tried.priority.clone().unwrap_or_else(|| row.priority.min(100).to_string());
    let order = priority.trim().parse::<i32>();
    if asked && order.is_err() {
        errors.entry("priority".into()).or_default().push("Enter a whole number.".into());
    }
    if let Some(Err(why)) = asked.then(|| crate::categorise::check_pattern(&pattern)) {
        let known = errors.entry("pattern".into()).or_default();
        if !known.contains(&why) {
            known.push(why);
        }
    }
    let wrong = ["pattern", "priority"].iter().any(|name| errors.contains_key(*name));
    let category = if splits { 0 } else { row.id };
    let preview = match order {
        Ok(order) if asked && !wrong => {
            let text = Some(pattern.as_str()).filter(|text| !text.is_empty());
            Some(preview(&visit.app, category, text, order).await?)
        }
        _ => None,
    };
    let here = if splits { "Split off" } else { "Try a pattern" };
    let mut chrome = visit.chrome(format!("{here}: {}", row.title), crumbs(&row, here)).await?;
    chrome.error = !errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = PatternPage {
        chrome,
        action: format!("/admin/error-categories/{}/{}/", row.id, if splits { "split" } else { "pattern" }),
        title: tried.title.unwrap_or_default(),
        version: row.version,
        row,
        splits,
        pattern,
        priority,
        errors,
        preview,
    };
    render(status, &page)
}

/// `POST /admin/error-categories/<pk>/pattern/`
pub async fn set_pattern(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    let fields = named(&input, &["pattern", "priority"]);
    let version = input.get("_version").and_then(|version| version.parse().ok());
    match save(&visit, Target::Row(&pk, version), fields).await {
        Ok(id) => Ok(found(&newest(&visit, id).await?)),
        Err(Error::Invalid(errors)) => show(&visit, row, false, tried(&input), errors).await,
        Err(other) => Err(other),
    }
}

/// `POST /admin/error-categories/<pk>/split/`
pub async fn split(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    let mut fields = named(&input, &["title", "pattern", "priority"]);
    let inherited = [
        ("cause", row.cause_id.map(|id| id.to_string())),
        ("fault_kind", row.fault_kind.map(|kind| sea_orm::ActiveEnum::to_value(&kind))),
    ];
    fields.extend(inherited.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    match save(&visit, Target::New, fields).await {
        Ok(id) => {
            visit.say(Message::plain(Level::Good, "The new category takes its messages in now.")).await?;
            Ok(found(&newest(&visit, id).await?))
        }
        Err(Error::Invalid(errors)) => show(&visit, row, true, tried(&input), errors).await,
        Err(other) => Err(other),
    }
}

fn named(input: &Input, names: &[&str]) -> Vec<(String, String)> {
    names.iter().map(|name| ((*name).to_owned(), input.get(name).unwrap_or_default().to_owned())).collect()
}

fn tried(input: &Input) -> Tried {
    let text = |name: &str| input.get(name).map(str::to_owned);
    Tried { title: text("title"), pattern: text("pattern"), priority: text("priority") }
}

async fn save(visit: &Visit, target: Target<'_>, fields: Vec<(String, String)>) -> Result<i64> {
    let app = &visit.app;
    let deed: Deed = visit.deed()?;
    let resource = app.registry.table("error_category").ok_or(Error::NotFound)?;
    let save = Save { registry: &app.registry, resource, deed: &deed, given: Vec::new() };
    let txn = crate::db::begin(&app.db).await?;
    let saved = save.run(&txn, target, &Input::partial(fields)).await?;
    txn.commit().await?;
    app.forget();
    key_number(saved.row.key()).ok_or(Error::NotFound)
}
