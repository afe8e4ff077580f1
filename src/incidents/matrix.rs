//! Reads the counts of a window and what the messages of its failures say, as the blame model wants them.
use crate::blame::{Ends, Link, Matrix, Role};
use crate::categorise;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::vocabulary::{Operation, Side};
use entity::{error_category, issue, issue_hour, link_hour};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, HashMap};

/// Failures of one issue in a window.
#[derive(Clone, Debug)]
pub(super) struct Failing {
    /// The issue.
    pub(super) id: i64,
    /// Its category.
    pub(super) category: Option<i64>,
    /// From where, if known.
    pub(super) src: Option<i64>,
    /// To where, if known.
    pub(super) dst: Option<i64>,
    /// How many.
    pub(super) failures: i64,
    files: Option<i64>,
    side: Option<Side>,
}

/// All that failed in a window, by issue.
pub(super) async fn failing(
    db: &DatabaseConnection,
    operation: Operation,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    unknown: i64,
) -> Result<Vec<Failing>> {
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
        .filter(issue_hour::Column::Hour.gte(from))
        .filter(issue_hour::Column::Hour.lt(until))
        .group_by(issue_hour::Column::IssueId)
        .group_by(issue::Column::CategoryId)
        .group_by(issue::Column::SrcSiteId)
        .group_by(issue::Column::DstSiteId)
        .into_tuple()
        .all(db)
        .await?;
    let messages = messages(db, &counted.iter().map(|row| row.0).collect::<Vec<_>>()).await?;
    let known = |site: Option<i64>| site.filter(|site| *site != unknown);
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
                .or_else(|| messages.get(&id).and_then(|message| blamed(operation, message))),
        })
        .collect())
}

/// `SUM` of integers is a decimal on two of the three databases.
pub(super) fn integer(db: &DatabaseConnection) -> &'static str {
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
pub(super) async fn read(
    db: &DatabaseConnection,
    operation: Operation,
    from: DateTime<Utc>,
    until: DateTime<Utc>,
    failing: &[Failing],
    unknown: i64,
) -> Result<Matrix> {
    let known = |site: i64| (site != unknown).then_some(site);
    let sum = |column| Expr::col((link_hour::Entity, column)).sum().cast_as(Alias::new(integer(db)));
    let rows: Vec<(i64, i64, Option<i64>, Option<i64>)> = link_hour::Entity::find()
        .select_only()
        .columns([link_hour::Column::SrcSiteId, link_hour::Column::DstSiteId])
        .column_as(sum(link_hour::Column::Done), "done")
        .column_as(sum(link_hour::Column::Failed), "failed")
        .filter(link_hour::Column::Operation.eq(operation))
        .filter(link_hour::Column::Hour.gte(from))
        .filter(link_hour::Column::Hour.lt(until))
        .group_by(link_hour::Column::SrcSiteId)
        .group_by(link_hour::Column::DstSiteId)
        .into_tuple()
        .all(db)
        .await?;
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
    let ends = match operation {
        Operation::Deletion => Ends::One(Role::Destination),
        Operation::Staging => Ends::One(Role::Source),
        Operation::Transfer | Operation::Workflow => Ends::Both,
    };
    Ok(Matrix { ends, links: links.into_values().collect() })
}
