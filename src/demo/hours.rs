//! Hourly counts for the sample data: made from the issues themselves, the same at every load.
use chrono::{DateTime, Duration, DurationRound, Timelike, Utc};
use entity::vocabulary::Operation;
use entity::{issue, issue_hour, link_hour};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use std::collections::BTreeMap;

/// Rows to an insert: MariaDB and SQLite bound the values of one statement.
const BATCH: usize = 500;

type Link = (String, i64, i64, DateTime<Utc>);

/// Writes counts per issue and per link for the last 14 days.
pub(super) async fn fill(txn: &DatabaseTransaction, now: DateTime<Utc>) -> anyhow::Result<()> {
    let end = now.duration_trunc(Duration::hours(1))?;
    let unknown = entity::site::Entity::find()
        .filter(entity::site::Column::Name.eq("UNKNOWN"))
        .one(txn)
        .await?
        .map_or(1, |site| site.id);
    let mut counts = Vec::new();
    let mut links: BTreeMap<Link, (Operation, i64)> = BTreeMap::new();
    for issue in issue::Entity::find().all(txn).await? {
        for (hour, failures) in spread(&issue, end) {
            counts.push(issue_hour::ActiveModel {
                issue_id: Set(issue.id),
                hour: Set(hour),
                failures: Set(failures),
                distinct_files: Set(Some(failures - failures / 3)),
                bytes: Set(None),
            });
            let link = (
                format!("{:?}", issue.operation),
                issue.src_site_id.unwrap_or(unknown),
                issue.dst_site_id.unwrap_or(unknown),
                hour,
            );
            links.entry(link).or_insert((issue.operation, 0)).1 += failures;
        }
    }
    for batch in counts.chunks(BATCH) {
        issue_hour::Entity::insert_many(batch.to_vec()).exec_without_returning(txn).await?;
    }
    let links: Vec<_> = links
        .into_iter()
        .map(|((_, source, destination, hour), (operation, failed))| link_hour::ActiveModel {
            operation: Set(operation),
            src_site_id: Set(source),
            dst_site_id: Set(destination),
            hour: Set(hour),
            done: Set(done(failed, hour)),
            failed: Set(failed),
            cancelled: Set(0),
            bytes: Set(None),
        })
        .collect();
    for batch in links.chunks(BATCH) {
        link_hour::Entity::insert_many(batch.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(())
}

/// An issue's failures over its hours: rising to the end while it goes on, with a daily rhythm.
/// The sum is the issue's own count, at least one an hour.
fn spread(issue: &issue::Model, end: DateTime<Utc>) -> Vec<(DateTime<Utc>, i64)> {
    let last = issue.last_seen.duration_trunc(Duration::hours(1)).unwrap_or(end).min(end);
    let first = issue
        .first_seen
        .duration_trunc(Duration::hours(1))
        .unwrap_or(last)
        .max(end - Duration::days(14) + Duration::hours(1));
    let hours: Vec<DateTime<Utc>> =
        std::iter::successors(Some(first), |hour| Some(*hour + Duration::hours(1)))
            .take_while(|hour| *hour <= last)
            .collect();
    let weight = |place: usize, hour: &DateTime<Utc>| {
        1 + place as i64 * 4 / hours.len().max(1) as i64 + i64::from(hour.hour() % 8) / 3
    };
    let total: i64 = hours.iter().enumerate().map(|(place, hour)| weight(place, hour)).sum::<i64>().max(1);
    hours
        .iter()
        .enumerate()
        .map(|(place, hour)| (*hour, issue.failures_total * weight(place, hour) / total))
        .filter(|(_, failures)| *failures > 0)
        .collect()
}

/// Successes beside so many failures: bad links succeed rarely, small troubles are noise.
fn done(failed: i64, hour: DateTime<Utc>) -> i64 {
    match failed {
        200.. => failed / 40,
        20.. => failed,
        _ => 60 + i64::from(hour.hour()) * 3,
    }
}
