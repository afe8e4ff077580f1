//! How far a change of categories is, with the brake and the way back. The page draws itself anew
//! while something goes on, without a script.
use crate::admin::{Verb, thousands};
use crate::error::{Error, Result};
use crate::recategorise;
use crate::web::{Chrome, Crumb, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use entity::recategorisation::{Model, State};

#[derive(Template)]
#[template(path = "knowledge/progress.html")]
struct ProgressPage {
    chrome: Chrome,
    row: Model,
    goes_on: bool,
    may_stop: bool,
    may_undo: bool,
}

impl ProgressPage {
    fn number(&self, number: &i64) -> String {
        thousands(*number)
    }
}

/// `GET /recategorisations/<pk>/`
pub async fn progress_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let actor = visit.actor()?;
    actor.must("recategorisations", Verb::View)?;
    let row = recategorise::get(&visit.app.db, pk.parse().map_err(|_| Error::NotFound)?).await?;
    let changes = actor.may("error-categories", Verb::Change);
    let goes_on = matches!(row.state, State::Queued | State::Running | State::Undoing);
    let crumbs = vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to("Recategorisations", "/admin/recategorisations/"),
        Crumb::here(format!("#{}", row.id)),
    ];
    let page = ProgressPage {
        chrome: visit.chrome(row.summary.clone(), crumbs).await?,
        goes_on,
        may_stop: changes && matches!(row.state, State::Queued | State::Running),
        may_undo: changes && matches!(row.state, State::Done | State::Stopped | State::Failed),
        row,
    };
    let mut response = render(StatusCode::OK, &page)?;
    if goes_on {
        response.headers_mut().insert("refresh", HeaderValue::from_static("2"));
    }
    Ok(response)
}

/// `POST /recategorisations/<pk>/`: `stop` or `undo`.
pub async fn turn(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let id: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let (db, actor) = (&visit.app.db, visit.actor()?);
    recategorise::get(db, id).await?;
    match input.get("do") {
        Some("stop") => recategorise::stop(db, actor, id, visit.now).await?,
        Some("undo") => recategorise::undo(db, actor, id, visit.now).await?,
        _ => return Err(Error::BadRequest("Choose to stop or to undo.".into())),
    }
    Ok(found(&format!("/recategorisations/{id}/")))
}
