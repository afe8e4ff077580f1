//! Bulk actions on more rows than anybody waits for, done in the background: some rows at a time, each time in one
//! transaction together with how far it is. So a process that dies leaves nothing by halves and nothing to be done
//! twice, and any other process goes on.
mod batch;
mod run;

pub use run::{Jobs, Taken, start, take};

use super::{Actor, AnyResource, Deed, Input, Verb, json, shorten};
use crate::app::App;
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use entity::bulk_job::{ActiveModel, Column, Entity, Model, State};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, SqlErr,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Rows named that were left alone.
pub const NAMED: usize = 50;
/// Jobs listed.
const LISTED: u64 = 100;

/// What is done to each row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct What {
    /// Name of the action, as the form of the list has it.
    pub action: String,
    /// Values of the fields that are set, as a form has them; none if the rows are deleted.
    pub values: Option<BTreeMap<String, Vec<String>>>,
}

impl What {
    /// Of a job.
    ///
    /// # Errors
    /// If it was not written by this program.
    pub fn of(job: &Model) -> Result<Self> {
        json::value(&job.what)
    }

    /// The right that it takes.
    #[must_use]
    pub fn verb(&self) -> Verb {
        if self.values.is_some() { Verb::Change } else { Verb::Delete }
    }

    /// What is written to each row; nothing if the rows are deleted.
    #[must_use]
    pub fn input(&self) -> Option<Input> {
        let mut input = Input::partial([]);
        for (name, values) in self.values.as_ref()? {
            input.replace(name, values.clone());
        }
        Some(input)
    }
}

/// A row that was left alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// Its key.
    pub pk: String,
    /// What it is called.
    pub label: String,
    /// What stood in the way.
    pub why: String,
}

/// The first rows that a job left alone.
///
/// # Errors
/// If they were not written by this program.
pub fn refusals(job: &Model) -> Result<Vec<Refusal>> {
    Ok(job.refusals.as_deref().map(json::value).transpose()?.unwrap_or_default())
}

/// What somebody asked for.
pub struct Order<'a> {
    /// What people read.
    pub title: &'a str,
    /// What is done to each row.
    pub what: What,
    /// Query string of the list, which says to which rows.
    pub query: &'a str,
    /// Key of the last row; later ones are left alone.
    pub highest: i64,
}

/// What came of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// A job with this key.
    New(i64),
    /// Nothing: this job of theirs on the same kind of records is not over.
    Busy(i64),
}

/// Writes down what is to be done, for whoever has time.
///
/// # Errors
/// Without the rights, or what the database says.
pub async fn begin(app: &App, resource: &dyn AnyResource, deed: &Deed, order: Order<'_>) -> Result<Begun> {
    let meta = resource.meta();
    deed.actor.must(meta.slug, Verb::View)?;
    deed.actor.must(meta.slug, order.what.verb())?;
    let user = deed.actor.id.ok_or(Error::SignIn)?;
    let key = format!("{}/{user}", meta.slug);
    let before = end(&(&app.db).into(), resource, "MIN").await?.unwrap_or(1).saturating_sub(1);
    let row = ActiveModel {
        user_id: Set(Some(user)),
        username: Set(deed.actor.username.clone()),
        resource: Set(meta.slug.to_owned()),
        title: Set(shorten(order.title, 200)),
        what: Set(json::text(&order.what)?),
        query: Set(order.query.to_owned()),
        reason: Set(deed.reason.clone()),
        operation: Set(deed.operation.clone()),
        request_id: Set(deed.request_id.clone()),
        address: Set(deed.address.clone()),
        running_key: Set(Some(key.clone())),
        lowest_key: Set(before),
        highest_key: Set(order.highest),
        last_key: Set(before),
        created_at: Set(deed.at),
        ..Default::default()
    };
    match Entity::insert(row).exec(&app.db).await {
        Ok(done) => Ok(Begun::New(done.last_insert_id)),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
            let other = Entity::find().filter(Column::RunningKey.eq(&key)).one(&app.db).await?;
            // If it is gone, it ended this very moment.
            other.map(|job| Begun::Busy(job.id)).ok_or(Error::Crossed)
        }
        Err(error) => Err(error.into()),
    }
}

/// Key of the last row of a table; 0 if there is none.
///
/// # Errors
/// When the database does not answer.
pub async fn highest(db: &DatabaseExecutor<'_>, resource: &dyn AnyResource) -> Result<i64> {
    Ok(end(db, resource, "MAX").await?.unwrap_or_default())
}

/// The first or the last key of a table, each from the end of its index: a database asked for both at once reads all.
async fn end(db: &DatabaseExecutor<'_>, resource: &dyn AnyResource, function: &str) -> Result<Option<i64>> {
    let expression = Expr::cust(format!("{function}(id)"));
    let select = Query::select().expr_as(expression, "end_key").from(resource.meta().table).to_owned();
    let row = db.query_one(&select).await?;
    Ok(row.map(|row| row.try_get::<Option<i64>>("", "end_key")).transpose()?.flatten())
}

/// The job of that key, for whoever asked for it and for superusers.
///
/// # Errors
/// [`Error::NotFound`] also for a key that is no number.
pub async fn get(app: &App, actor: &Actor, id: &str) -> Result<Model> {
    let id: i64 = id.parse().map_err(|_| Error::NotFound)?;
    let job = Entity::find_by_id(id).one(&app.db).await?;
    let visible = |job: &Model| actor.is_superuser || job.user_id.is_some() && job.user_id == actor.id;
    job.filter(visible).ok_or(Error::NotFound)
}

/// Somebody's last jobs; for superusers, everybody's.
///
/// # Errors
/// When the database does not answer.
pub async fn latest(app: &App, actor: &Actor) -> Result<Vec<Model>> {
    let mut find = Entity::find().order_by_desc(Column::Id).limit(LISTED);
    if !actor.is_superuser {
        find = find.filter(Column::UserId.eq(actor.id));
    }
    Ok(find.all(&app.db).await?)
}

/// Whether a job waits or is under way.
#[must_use]
pub fn goes_on(job: &Model) -> bool {
    matches!(job.state, State::Waiting | State::Running)
}

/// Ends a job before its time; what is done stays done, and the rows that are being written now are given up. `false`
/// if it was over already.
///
/// # Errors
/// When the database does not answer.
pub async fn cancel(app: &App, id: i64) -> Result<bool> {
    let mut update = Entity::update_many();
    for (column, value) in ended(State::Cancelled, app.now()) {
        update = update.col_expr(column, value);
    }
    let open = [State::Waiting, State::Running];
    let done = update.filter(Column::Id.eq(id)).filter(Column::State.is_in(open)).exec(&app.db).await?;
    Ok(done.rows_affected == 1)
}

/// What every end of a job sets.
fn ended(state: State, now: DateTime<Utc>) -> [(Column, Expr); 5] {
    [
        (Column::State, state.into()),
        (Column::FinishedAt, now.into()),
        (Column::RunningKey, Expr::value(None::<String>)),
        (Column::Claim, Expr::value(None::<String>)),
        (Column::ClaimedUntil, Expr::value(None::<DateTime<Utc>>)),
    ]
}
