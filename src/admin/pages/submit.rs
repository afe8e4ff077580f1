//! What a form sends: written with everything that hangs on it, in one transaction; or a copy of it, or one more
//! row to type into.
use super::form::{Shown, addable, after_save, named, refused};
use super::shared::{FILTERS, filters};
use super::tabular::{self, Tally};
use crate::admin::{AnyResource, Input, Record, Save, Saved, Target, capitalise, find};
use crate::error::{Error, Errors, Result};
use crate::web::Visit;
use axum::http::StatusCode;
use axum::response::Response;

/// Button that asks for another empty row, without script.
pub(super) const ADD_ROW: &str = "_addrow";
/// Button that saves what the form shows as another row.
pub(super) const AS_NEW: &str = "_saveasnew";

/// The form as it was typed, with one more row; nothing is saved.
pub(super) async fn one_more_row(
    visit: &Visit,
    resource: &dyn AnyResource,
    row: Option<Record>,
    input: &Input,
) -> Result<Response> {
    let filters = input.get(FILTERS).map_or_else(|| filters(visit), str::to_owned);
    let shown = Shown {
        row,
        typed: input.to_map(),
        errors: Errors::new(),
        status: StatusCode::OK,
        dirty: true,
        earlier: None,
    };
    shown.draw(visit, resource, &filters).await
}

pub(super) async fn save_as_new(
    visit: &Visit,
    resource: &dyn AnyResource,
    row: Record,
    mut input: Input,
) -> Result<Response> {
    addable(visit, resource.meta().slug)?;
    if !resource.meta().save_as_new {
        return Err(Error::Refused(format!("{} are not copied.", capitalise(resource.meta().plural))));
    }
    match write(visit, resource, Target::New, input.clone()).await {
        Ok(saved) => {
            input.set("_continue", "1");
            after_save(visit, resource, &saved, &input, "added").await
        }
        Err(Error::Invalid(errors)) => refused(visit, resource, Some(row), &input, errors).await,
        Err(error) => Err(error),
    }
}

/// A row that was written, and what became of those below it.
pub(super) struct Written {
    pub(super) saved: Saved,
    pub(super) below: Tally,
}

/// One transaction: the row, its links, its history and the rows below it, or nothing.
pub(super) async fn write(
    visit: &Visit,
    resource: &dyn AnyResource,
    target: Target<'_>,
    input: Input,
) -> Result<Written> {
    let input = named(visit, resource, input).await?;
    let deed = visit.deed()?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given: Vec::new() };
    match save.run(&txn, target, &input).await {
        Ok(saved) => {
            let below = tabular::write(visit, &txn, (resource, &saved.row), &input).await?;
            txn.commit().await?;
            visit.app.forget();
            Ok(Written { saved, below })
        }
        // What is wrong with the rows below is told along with what is wrong with the row itself.
        Err(Error::Invalid(mut errors)) => {
            txn.rollback().await?;
            let row = match target {
                Target::Row(pk, _) => Some(find(resource, &(&visit.app.db).into(), pk).await?),
                Target::New => None,
            };
            errors.extend(tabular::check(visit, (resource, row.as_ref()), &input).await?);
            Err(Error::Invalid(errors))
        }
        Err(error) => Err(error),
    }
}
