//! Keeps the database's size: hourly counts become daily sums after their time, and records that
//! nobody needs any more go.
use crate::app::App;
use crate::loading::{attempts, upsert};
use chrono::{DateTime, Days, DurationRound, TimeDelta, Utc};
use entity::{bulk_job, failed_file, issue_day, issue_hour, link_day, link_hour, loader_run, settings};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;

/// Days for which single failed files are remembered: records that late are hardly to come.
const FILES_DAYS: u64 = 14;
/// Days for which runs of loaders and background jobs are listed.
const RUNS_DAYS: u64 = 90;

/// Does it, a day at a time, each in a transaction of its own.
///
/// # Errors
/// What the database says.
pub async fn run(app: &App) -> anyhow::Result<String> {
    let today = app.now().duration_trunc(TimeDelta::days(1))?;
    let settings = settings::Entity::find().one(&app.db).await?;
    let (hours, days) = settings.map_or((90, 1095), |row| (row.keep_hours_for_days, row.keep_days_for_days));
    let before = |days: u64| today.checked_sub_days(Days::new(days)).unwrap_or(DateTime::UNIX_EPOCH);
    let (hours, days) = (before(u64::try_from(hours)?), before(u64::try_from(days)?));
    let mut rolled = 0;
    while let Some(day) = oldest(app).await?.filter(|day| *day < hours) {
        let txn = crate::db::begin(&app.db).await?;
        roll_up(&txn, day).await?;
        txn.commit().await?;
        rolled += 1;
    }
    issue_day::Entity::delete_many().filter(issue_day::Column::Day.lt(days)).exec(&app.db).await?;
    link_day::Entity::delete_many().filter(link_day::Column::Day.lt(days)).exec(&app.db).await?;
    let files = failed_file::Entity::delete_many()
        .filter(failed_file::Column::Hour.lt(before(FILES_DAYS)))
        .exec(&app.db)
        .await?;
    let runs = loader_run::Entity::delete_many()
        .filter(loader_run::Column::StartedAt.lt(before(RUNS_DAYS)))
        .filter(loader_run::Column::Source.ne(loader_run::Source::Demo))
        .filter(loader_run::Column::RunningKey.is_null())
        .exec(&app.db)
        .await?;
    bulk_job::Entity::delete_many()
        .filter(bulk_job::Column::FinishedAt.lt(before(RUNS_DAYS)))
        .exec(&app.db)
        .await?;
    Ok(format!(
        "{rolled} days became daily sums; {} names of files and {} old runs were forgotten.",
        files.rows_affected, runs.rows_affected
    ))
}

/// The day of the oldest hour.
async fn oldest(app: &App) -> anyhow::Result<Option<DateTime<Utc>>> {
    let link = link_hour::Entity::find()
        .select_only()
        .column(link_hour::Column::Hour)
        .order_by_asc(link_hour::Column::Hour)
        .limit(1)
        .into_tuple::<DateTime<Utc>>()
        .one(&app.db)
        .await?;
    let issue = issue_hour::Entity::find()
        .select_only()
        .column(issue_hour::Column::Hour)
        .order_by_asc(issue_hour::Column::Hour)
        .limit(1)
        .into_tuple::<DateTime<Utc>>()
        .one(&app.db)
        .await?;
    let first = [link, issue].into_iter().flatten().min();
    Ok(first.map(|hour| hour.duration_trunc(TimeDelta::days(1))).transpose()?)
}

async fn roll_up(txn: &DatabaseTransaction, day: DateTime<Utc>) -> anyhow::Result<()> {
    let end = day + TimeDelta::days(1);
    let hours = issue_hour::Entity::find()
        .filter(issue_hour::Column::Hour.gte(day))
        .filter(issue_hour::Column::Hour.lt(end))
        .all(txn)
        .await?;
    let mut issues: BTreeMap<i64, issue_day::ActiveModel> = BTreeMap::new();
    for hour in hours {
        let row = issues.entry(hour.issue_id).or_insert_with(|| issue_day::ActiveModel {
            issue_id: Set(hour.issue_id),
            day: Set(day),
            failures: Set(0),
            distinct_files: Set(None),
            bytes: Set(None),
        });
        row.failures = Set(row.failures.take().unwrap_or_default() + hour.failures);
        // The same files fail hour after hour: their sum would count them many times.
        row.distinct_files = Set(row.distinct_files.take().flatten().max(hour.distinct_files));
        row.bytes =
            Set(row.bytes.take().flatten().map_or(hour.bytes, |sum| Some(sum + hour.bytes.unwrap_or(0))));
    }
    upsert::issue_days(txn, issues.into_values().collect()).await?;
    let mut links: BTreeMap<(String, i64, i64), link_day::ActiveModel> = BTreeMap::new();
    let hours = link_hour::Entity::find()
        .filter(link_hour::Column::Hour.gte(day))
        .filter(link_hour::Column::Hour.lt(end))
        .all(txn)
        .await?;
    for hour in hours {
        let key = (format!("{:?}", hour.operation), hour.src_site_id, hour.dst_site_id);
        let row = links.entry(key).or_insert_with(|| link_day::ActiveModel {
            operation: Set(hour.operation),
            src_site_id: Set(hour.src_site_id),
            dst_site_id: Set(hour.dst_site_id),
            day: Set(day),
            done: Set(0),
            failed: Set(0),
            cancelled: Set(0),
            bytes: Set(None),
        });
        row.done = Set(row.done.take().unwrap_or_default() + hour.done);
        row.failed = Set(row.failed.take().unwrap_or_default() + hour.failed);
        row.cancelled = Set(row.cancelled.take().unwrap_or_default() + hour.cancelled);
        row.bytes =
            Set(row.bytes.take().flatten().map_or(hour.bytes, |sum| Some(sum + hour.bytes.unwrap_or(0))));
    }
    upsert::link_days(txn, links.into_values().collect()).await?;
    issue_hour::Entity::delete_many()
        .filter(issue_hour::Column::Hour.gte(day))
        .filter(issue_hour::Column::Hour.lt(end))
        .exec(txn)
        .await?;
    attempts::forget(txn, day, end).await?;
    Ok(())
}
