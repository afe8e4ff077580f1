//! The rows that an action is for: those that were ticked, or all that match, for which the database is asked again and
//! never the form.
use super::action::SAMPLE;
use super::shared::understood;
use crate::admin::changelist::page::COUNTED;
use crate::admin::{AnyResource, Fetch, Input, Record, deletion, thousands};
use crate::error::Result;
use crate::web::{Level, Message, Visit, found};
use axum::response::Response;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};

/// What was chosen on a list.
pub(super) enum Ticked {
    /// These rows.
    Rows(Vec<Record>),
    /// More than are done while somebody waits; the first of them.
    Many(Vec<Record>),
    /// None: the way back, with the reason why there is nothing to do.
    Nothing(Response),
}

impl Ticked {
    /// Asks for them.
    pub(super) async fn of(
        visit: &Visit,
        resource: &dyn AnyResource,
        input: &Input,
        back: &str,
    ) -> Result<Self> {
        if across(input) && more_than(visit, resource, visit.app.config.bulk_rows).await? {
            return selected(visit, resource, input, SAMPLE as u64).await.map(Self::Many);
        }
        let rows = selected(visit, resource, input, COUNTED + 1).await?;
        match obstacle(resource, input, &rows) {
            Some(why) => nothing(visit, back, &why).await.map(Self::Nothing),
            None => Ok(Self::Rows(rows)),
        }
    }
}

/// The rows that an action is for which takes no more than are listed, or the way back with the reason why there is
/// nothing to do.
pub(crate) async fn ticked(
    visit: &Visit,
    resource: &dyn AnyResource,
    input: &Input,
    back: &str,
) -> Result<Result<Vec<Record>, Response>> {
    let rows = selected(visit, resource, input, COUNTED + 1).await?;
    match obstacle(resource, input, &rows) {
        Some(why) => nothing(visit, back, &why).await.map(Err),
        None => Ok(Ok(rows)),
    }
}

/// Whether all are meant that match.
pub(super) fn across(input: &Input) -> bool {
    input.get("select_across") == Some("1")
}

/// Why there is nothing to do.
fn obstacle(resource: &dyn AnyResource, input: &Input, rows: &[Record]) -> Option<String> {
    let why = if rows.len() as u64 > COUNTED {
        format!("at most {} rows at once. Narrow the list with a filter.", thousands(COUNTED as i64))
    } else if !rows.is_empty() {
        return None;
    } else if !across(input) && input.has("_selected_action") {
        format!("the {} that you chose are not there any more.", resource.meta().plural)
    } else {
        "tick the rows that the action is for.".to_owned()
    };
    Some(format!("Nothing was done: {why}"))
}

/// The way back with a reason.
pub(super) async fn nothing(visit: &Visit, back: &str, why: &str) -> Result<Response> {
    visit.say(Message::plain(Level::Warn, why)).await?;
    Ok(found(back))
}

/// Whether more rows match than that: so many are counted, but not read.
async fn more_than(visit: &Visit, resource: &dyn AnyResource, most: u64) -> Result<bool> {
    let condition = understood(visit, resource, "done").await?.condition();
    let mut rows = Query::select();
    rows.expr(Expr::val(1)).from(resource.meta().table).cond_where(condition).limit(most + 1);
    Ok(deletion::count(&(&visit.app.db).into(), rows).await? > most)
}

async fn selected(
    visit: &Visit,
    resource: &dyn AnyResource,
    input: &Input,
    limit: u64,
) -> Result<Vec<Record>> {
    let id = || Expr::col((resource.meta().table, "id"));
    let filter = if across(input) {
        understood(visit, resource, "done").await?.condition()
    } else {
        let keys: Vec<i64> =
            input.all("_selected_action").iter().filter_map(|key| key.parse().ok()).collect();
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        Condition::all().add(id().is_in(keys))
    };
    let order = vec![(id(), Order::Asc)];
    Ok(resource.fetch(&(&visit.app.db).into(), Fetch { filter, order, limit }).await?)
}
