//! How many rows a list has. Clients of Django REST framework count on an exact number; it is counted at once up to
//! a bound, and beyond that once a minute at most, however many ask.
use crate::admin::AnyResource;
use crate::admin::changelist::page::{Count, Reader};
use crate::app::App;
use crate::error::{Error, Result};
use entity::issue;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DbBackend};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A number that took long to count is given for so long.
const KEPT: Duration = Duration::from_secs(60);
/// Numbers kept, at most.
const MOST: u64 = 1000;

/// Numbers that took long to count.
pub(super) struct Totals {
    rows: moka::future::Cache<String, u64>,
    amounts: moka::future::Cache<(), Arc<HashMap<i64, i64>>>,
}

impl Totals {
    pub(super) fn new() -> Self {
        Self {
            rows: moka::future::Cache::builder().max_capacity(MOST).time_to_live(KEPT).build(),
            amounts: moka::future::Cache::builder().max_capacity(1).time_to_live(KEPT).build(),
        }
    }

    /// Rows of a selection, which `key` names.
    pub(super) async fn rows(&self, key: String, reader: &Reader<'_>) -> Result<u64> {
        if let Some(known) = self.rows.get(&key).await {
            return Ok(known);
        }
        if let Count::Exact(count) = reader.count(false).await? {
            return Ok(count);
        }
        let counting = async {
            match reader.count(true).await? {
                Count::Exact(count) => Ok(count),
                Count::Many => Err(Error::TooSlow),
            }
        };
        self.rows.try_get_with(key, counting).await.map_err(Error::shared)
    }

    /// Failures of all issues by category.
    pub(super) async fn amounts(&self, app: &App) -> Result<Arc<HashMap<i64, i64>>> {
        self.amounts.try_get_with((), amounts(app)).await.map_err(Error::shared)
    }
}

async fn amounts(app: &App) -> Result<Arc<HashMap<i64, i64>>> {
    use issue::Column::{CategoryId, FailuresTotal};
    let integer = if app.db.get_database_backend() == DbBackend::MySql { "signed" } else { "bigint" };
    let sum = Query::select()
        .column(CategoryId)
        .expr_as(Expr::col(FailuresTotal).sum().cast_as(integer), "amount")
        .from(issue::Entity)
        .and_where(Expr::col(CategoryId).is_not_null())
        .group_by_col(CategoryId)
        .to_owned();
    let rows = app.db.query_all(&sum).await?;
    let pairs = rows.iter().map(|row| Ok((row.try_get("", "category_id")?, row.try_get("", "amount")?)));
    Ok(Arc::new(pairs.collect::<Result<_, sea_orm::DbErr>>()?))
}

/// What the rows of a list are counted and read from.
pub(super) fn selection(resource: &dyn AnyResource, path: &str, query: &str) -> String {
    format!("{path} of {} ? {query}", resource.meta().table)
}
