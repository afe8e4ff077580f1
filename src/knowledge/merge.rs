//! Merging a category into another: its issues, and the messages that come, go there.
use super::{category, crumbs, newest};
use crate::admin::{Input, Save, Target, thousands};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use entity::error_category::{Column, Entity, Model, State};
use entity::issue;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

/// Categories offered; with more, the key can be typed.
const OFFERED: u64 = 1000;

#[derive(Template)]
#[template(path = "knowledge/merge.html")]
struct MergePage {
    chrome: Chrome,
    row: Model,
    others: Vec<(i64, String)>,
    chosen: String,
    issues: String,
    errors: Errors,
}

impl MergePage {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// `GET /admin/error-categories/<pk>/merge/`
pub async fn merge_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    show(&visit, row, String::new(), Errors::new()).await
}

async fn show(visit: &Visit, row: Model, chosen: String, errors: Errors) -> Result<Response> {
    let db = &visit.app.db;
    let others = Entity::find()
        .select_only()
        .columns([Column::Id, Column::Title])
        .filter(Column::Id.ne(row.id))
        .filter(Column::State.ne(State::Merged))
        .order_by_asc(Column::Title)
        .limit(OFFERED)
        .into_tuple()
        .all(db)
        .await?;
    let issues = issue::Entity::find().filter(issue::Column::CategoryId.eq(row.id)).count(db).await?;
    let mut chrome =
        visit.chrome(format!("Merge: {}", row.title), crumbs(&row, "Merge into another")).await?;
    chrome.error = !errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let issues = thousands(i64::try_from(issues).unwrap_or(i64::MAX));
    render(status, &MergePage { chrome, row, others, chosen, issues, errors })
}

/// `POST /admin/error-categories/<pk>/merge/`
pub async fn merge(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let row = category(&visit, &pk).await?;
    let chosen = input.get("merged_into").unwrap_or_default().trim().to_owned();
    let app = &visit.app;
    let deed = visit.deed()?;
    let resource = app.registry.table("error_category").ok_or(Error::NotFound)?;
    let save = Save { registry: &app.registry, resource, deed: &deed, given: Vec::new() };
    let fields = [("state", State::Merged), ("merged_into", State::Merged)];
    let fields = fields.map(|(name, _)| {
        let value = if name == "state" { "merged".to_owned() } else { chosen.clone() };
        (name.to_owned(), value)
    });
    let txn = crate::db::begin(&app.db).await?;
    match save.run(&txn, Target::Row(&pk, None), &Input::partial(fields)).await {
        Ok(_) => {
            txn.commit().await?;
            app.forget();
            Ok(found(&newest(&visit, chosen.parse().unwrap_or_default()).await?))
        }
        Err(Error::Invalid(errors)) => {
            drop(txn);
            show(&visit, row, chosen, errors).await
        }
        Err(other) => Err(other),
    }
}
