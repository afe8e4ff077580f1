//! Adds to rows that may be there already: one statement for many rows, on all three databases.
use crate::error::Result;
use entity::{activity_hour, issue_day, issue_hour, link_day, link_hour, site_hour};
use sea_orm::sea_query::{Expr, OnConflict, SimpleExpr};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DatabaseTransaction, DbBackend, EntityTrait, Iden,
};

/// Rows to a statement: the databases bound the values of one.
const CHUNK: usize = 500;

/// Adds attempts to links.
///
/// # Errors
/// What the database says.
pub async fn links(txn: &DatabaseTransaction, rows: Vec<link_hour::ActiveModel>) -> Result<()> {
    use link_hour::Column::{Bytes, Cancelled, Done, DstSiteId, Failed, Hour, Operation, SrcSiteId};
    add::<link_hour::Entity>(
        txn,
        rows,
        &[Operation, SrcSiteId, DstSiteId, Hour],
        &[Done, Failed, Cancelled, Bytes],
    )
    .await
}

/// Adds attempts to sites.
///
/// # Errors
/// What the database says.
pub async fn sites(txn: &DatabaseTransaction, rows: Vec<site_hour::ActiveModel>) -> Result<()> {
    use site_hour::Column::{Done, Failed, Hour, Operation, Role, SiteId};
    add::<site_hour::Entity>(txn, rows, &[Operation, SiteId, Role, Hour], &[Done, Failed]).await
}

/// Adds attempts to activities.
///
/// # Errors
/// What the database says.
pub async fn activities(txn: &DatabaseTransaction, rows: Vec<activity_hour::ActiveModel>) -> Result<()> {
    use activity_hour::Column::{Activity, Done, DstSiteId, Failed, Hour, Operation, SrcSiteId};
    add::<activity_hour::Entity>(
        txn,
        rows,
        &[Operation, Activity, SrcSiteId, DstSiteId, Hour],
        &[Done, Failed],
    )
    .await
}

/// Adds failures to hours of issues.
///
/// # Errors
/// What the database says.
pub async fn issue_hours(txn: &DatabaseTransaction, rows: Vec<issue_hour::ActiveModel>) -> Result<()> {
    use issue_hour::Column::{Bytes, DistinctFiles, Failures, Hour, IssueId};
    add::<issue_hour::Entity>(txn, rows, &[IssueId, Hour], &[Failures, DistinctFiles, Bytes]).await
}

/// Adds failures to days of issues.
///
/// # Errors
/// What the database says.
pub async fn issue_days(txn: &DatabaseTransaction, rows: Vec<issue_day::ActiveModel>) -> Result<()> {
    use issue_day::Column::{Bytes, Day, DistinctFiles, Failures, IssueId};
    add::<issue_day::Entity>(txn, rows, &[IssueId, Day], &[Failures, DistinctFiles, Bytes]).await
}

/// Adds attempts to days of links.
///
/// # Errors
/// What the database says.
pub async fn link_days(txn: &DatabaseTransaction, rows: Vec<link_day::ActiveModel>) -> Result<()> {
    use link_day::Column::{Bytes, Cancelled, Day, Done, DstSiteId, Failed, Operation, SrcSiteId};
    add::<link_day::Entity>(
        txn,
        rows,
        &[Operation, SrcSiteId, DstSiteId, Day],
        &[Done, Failed, Cancelled, Bytes],
    )
    .await
}

async fn add<E>(
    txn: &DatabaseTransaction,
    rows: Vec<E::ActiveModel>,
    key: &[E::Column],
    counts: &[E::Column],
) -> Result<()>
where
    E: EntityTrait,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
    E::Column: ColumnTrait + Copy,
{
    let backend = txn.get_database_backend();
    let table = E::default().table_name().to_owned();
    for chunk in rows.chunks(CHUNK) {
        let sums: Vec<(E::Column, SimpleExpr)> =
            counts.iter().map(|column| (*column, plus(backend, &table, &column.to_string()))).collect();
        let conflict = OnConflict::columns(key.iter().copied()).values(sums).to_owned();
        E::insert_many(chunk.to_vec()).on_conflict(conflict).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// What is there and what comes, or the one of the two that is known.
fn plus(backend: DbBackend, table: &str, column: &str) -> SimpleExpr {
    let (old, new) = match backend {
        DbBackend::MySql => (format!("`{column}`"), format!("VALUES(`{column}`)")),
        _ => (format!("\"{table}\".\"{column}\""), format!("excluded.\"{column}\"")),
    };
    Expr::cust(format!("COALESCE({old} + {new}, {old}, {new})"))
}
