//! Reads the counts of a window and what the messages of its failures say, as the blame model wants them.
use crate::app::aside;
use crate::blame::{Ends, Link, Matrix, Role};
use crate::categorise;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::vocabulary::{Operation, Side};
use entity::{error_category, issue, issue_hour};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryResult,
    QuerySelect,
};
use std::collections::{BTreeMap, HashMap};

/// Which attempts are looked at.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Scope {
    /// What was done.
    pub(crate) operation: Operation,
    /// What for; everything if none.
    pub(crate) activity: Option<String>,
    /// From which hour.
    pub(crate) from: DateTime<Utc>,
    /// Until when, not included.
    pub(crate) until: DateTime<Utc>,
    /// Key of the site that stands for those not known.
    pub(crate) unknown: i64,
}

/// Failures of one issue in a window.
#[derive(Clone, Debug)]
pub(crate) struct Failing {
    /// The issue.
    pub(crate) id: i64,
    /// Its category.
    pub(crate) category: Option<i64>,
    /// From where, if known.
    pub(crate) src: Option<i64>,
    /// To where, if known.
    pub(crate) dst: Option<i64>,
    /// How many.
    pub(crate) failures: i64,
    files: Option<i64>,
    side: Option<Side>,
}

/// All that failed in a window, by issue. Messages are not counted by activity.
pub(crate) async fn failing(db: &DatabaseConnection, scope: &Scope) -> Result<Vec<Failing>> {
    let operation = scope.operation;
    let sides = known_sides(db).await?;
    let sum = |column| Expr::col((issue_hour::Entity, column)).sum().cast_as(Alias::new(integer(db)));
    type Row = (i64, Option<i64>, Option<i64>, Option<i64>, Option<i64>, Option<i64>);
    let counted: Vec<Row> = issue_hour::Entity::find()
        .select_only()
        .column(issue_hour::Column::IssueId)
        .column_as(issue::Column::CategoryId, "category")
        .column_as(issue::Column::SrcSiteId, "src")
        .column_as(issue::Column::DstSiteId, "dst")
        .column_as(sum(issue_hour::Column::Failures), "failures")
        .column_as(sum(issue_hour::Column::DistinctFiles), "files")
        .inner_join(issue::Entity)
        .filter(issue::Column::Operation.eq(operation))
        .filter(issue_hour::Column::Hour.gte(scope.from))
        .filter(issue_hour::Column::Hour.lt(scope.until))
        .group_by(issue_hour::Column::IssueId)
        .group_by(issue::Column::CategoryId)
        .group_by(issue::Column::SrcSiteId)
        .group_by(issue::Column::DstSiteId)
        .into_tuple()
        .all(db)
        .await?;
    let messages = messages(db, &counted.iter().map(|row| row.0).collect::<Vec<_>>()).await?;
    let blamed = aside(move || {
        let sides = messages.into_iter().filter_map(|(id, message)| Some((id, blamed(operation, &message)?)));
        sides.collect::<HashMap<i64, Side>>()
    })
    .await?;
    let known = |site: Option<i64>| site.filter(|site| *site != scope.unknown);
    Ok(counted
        .into_iter()
        .map(|(id, category, src, dst, failures, files)| Failing {
            id,
            category,
            src: known(src),
            dst: known(dst),
            failures: failures.unwrap_or_default(),
            files,
            side: category
                .and_then(|category| sides.get(&category).copied())
                .or_else(|| blamed.get(&id).copied()),
        })
        .collect())
}

/// `SUM` of integers is a decimal on two of the three databases.
pub(crate) fn integer(db: &DatabaseConnection) -> &'static str {
    match db.get_database_backend() {
        sea_orm::DbBackend::MySql => "signed",
        _ => "bigint",
    }
}

/// What operators say is always at fault.
async fn known_sides(db: &DatabaseConnection) -> Result<HashMap<i64, Side>> {
    let rows: Vec<(i64, Side)> = error_category::Entity::find()
        .select_only()
        .columns([error_category::Column::Id, error_category::Column::KnownSide])
        .filter(error_category::Column::KnownSide.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn messages(db: &DatabaseConnection, ids: &[i64]) -> Result<HashMap<i64, String>> {
    let mut found = HashMap::with_capacity(ids.len());
    for chunk in ids.chunks(500) {
        let rows: Vec<(i64, String)> = issue::Entity::find()
            .select_only()
            .columns([issue::Column::Id, issue::Column::Message])
            .filter(issue::Column::Id.is_in(chunk.to_vec()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// The side that a message names.
fn blamed(operation: Operation, message: &str) -> Option<Side> {
    match categorise::template(&operation.to_value(), message).side {
        Some("source") => Some(Side::Source),
        Some("destination") => Some(Side::Destination),
        _ => None,
    }
}

/// Attempts and failures of all links in a window.
pub(crate) async fn read(db: &DatabaseConnection, scope: &Scope, failing: &[Failing]) -> Result<Matrix> {
    let known = |site: i64| (site != scope.unknown).then_some(site);
    let rows = counts(db, scope).await?;
    let number = |count: Option<i64>| u64::try_from(count.unwrap_or_default()).unwrap_or_default();
    let mut links: BTreeMap<(Option<i64>, Option<i64>), Link> = BTreeMap::new();
    for (src, dst, done, failed) in rows {
        let (source, destination) = (known(src), known(dst));
        let link =
            links.entry((source, destination)).or_insert(Link { source, destination, ..Link::default() });
        link.attempts += number(done) + number(failed);
        link.failures += number(failed);
    }
    for issue in failing {
        let Some(link) = links.get_mut(&(issue.src, issue.dst)) else { continue };
        let failures = number(Some(issue.failures));
        match issue.side {
            Some(Side::Source) => link.said.source += failures,
            Some(Side::Destination) => link.said.destination += failures,
            _ => link.said.neither += failures,
        }
        if let Some(files) = issue.files {
            link.failed_files = Some(link.failed_files.unwrap_or_default() + number(Some(files)));
        }
    }
    let ends = match scope.operation {
        Operation::Deletion => Ends::One(Role::Destination),
        Operation::Staging => Ends::One(Role::Source),
        Operation::Transfer | Operation::Workflow => Ends::Both,
    };
    Ok(Matrix { ends, links: links.into_values().collect() })
}

/// Source, destination, successes and failures of each link that was tried.
async fn counts(db: &DatabaseConnection, scope: &Scope) -> Result<Vec<(i64, i64, Option<i64>, Option<i64>)>> {
    let table = if scope.activity.is_some() { "activity_hour" } else { "link_hour" };
    let sum = |column: &'static str| Expr::col(column).sum().cast_as(Alias::new(integer(db)));
    let mut query = Query::select();
    query
        .columns(["src_site_id", "dst_site_id"])
        .expr_as(sum("done"), "done")
        .expr_as(sum("failed"), "failed")
        .from(table)
        .and_where(Expr::col("operation").eq(scope.operation.to_value()))
        .and_where(Expr::col("hour").gte(scope.from))
        .and_where(Expr::col("hour").lt(scope.until))
        .and_where_option(scope.activity.as_ref().map(|activity| Expr::col("activity").eq(activity.as_str())))
        .group_by_columns(["src_site_id", "dst_site_id"]);
    let rows = db.query_all(&query).await?;
    let tuple = |row: &QueryResult| {
        Ok((
            row.try_get("", "src_site_id")?,
            row.try_get("", "dst_site_id")?,
            row.try_get("", "done")?,
            row.try_get("", "failed")?,
        ))
    };
    rows.iter().map(tuple).collect()
}
