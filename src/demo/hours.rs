//! Hourly counts for the sample data: failures from the issues themselves, and healthy links beside
//! them, the same at every load.
use crate::loading::UNKNOWN;
use crate::loading::attempts::{Attempts, Ended, Ends};
use chrono::{DateTime, Duration, DurationRound, Timelike, Utc};
use entity::vocabulary::Operation;
use entity::{issue, issue_hour, site};
use sea_orm::{ActiveValue::Set, DatabaseTransaction, EntityTrait, QueryOrder};
use std::collections::BTreeSet;

/// Rows to an insert: MariaDB and SQLite bound the values of one statement.
const BATCH: usize = 500;
/// Hours of the links that work: enough to compare with yesterday.
const HEALTHY_HOURS: i64 = 50;
/// Failures from which an issue makes its ends bad.
const BAD: i64 = 600;
/// What transfers are for.
const ACTIVITIES: [&str; 5] =
    ["Production Input", "Production Output", "Data Consolidation", "User Subscriptions", "T0 Export"];

/// Writes counts per issue and per link for the last 14 days.
pub(super) async fn fill(txn: &DatabaseTransaction, now: DateTime<Utc>) -> anyhow::Result<()> {
    let end = now.duration_trunc(Duration::hours(1))?;
    let sites = site::Entity::find().order_by_asc(site::Column::Id).all(txn).await?;
    let unknown = sites.iter().find(|site| site.name == UNKNOWN).map_or(1, |site| site.id);
    let mut counts = Vec::new();
    let mut attempts = Attempts::default();
    let mut bad = BTreeSet::new();
    for issue in issue::Entity::find().all(txn).await? {
        let ends =
            Ends { src: issue.src_site_id.unwrap_or(unknown), dst: issue.dst_site_id.unwrap_or(unknown) };
        if issue.failures_total >= BAD {
            bad.insert((ends.src, true));
            bad.insert((ends.dst, false));
        }
        for (hour, failed) in spread(&issue, end) {
            counts.push(issue_hour::ActiveModel {
                issue_id: Set(issue.id),
                hour: Set(hour),
                failures: Set(failed),
                distinct_files: Set(Some(failed - failed / 3)),
                bytes: Set(None),
            });
            let ended = Ended { done: done(failed, hour), failed, ..Ended::default() };
            attempts.add(issue.operation, ends, hour, activity(issue.operation, ends), ended);
        }
    }
    let names: Vec<i64> = sites.iter().map(|site| site.id).filter(|site| *site != unknown).collect();
    healthy(&mut attempts, &names, &bad, end);
    for batch in counts.chunks(BATCH) {
        issue_hour::Entity::insert_many(batch.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(attempts.write(txn).await?)
}

/// Every ninth pair of sites works well, and few of those that an issue says are bad as source or destination.
fn healthy(attempts: &mut Attempts, sites: &[i64], bad: &BTreeSet<(i64, bool)>, end: DateTime<Utc>) {
    for src in sites {
        for dst in sites.iter().filter(|dst| *dst != src) {
            let ends = Ends { src: *src, dst: *dst };
            let is_bad = bad.contains(&(*src, true)) || bad.contains(&(*dst, false));
            if mixed(ends) % if is_bad { 90 } else { 9 } != 0 {
                continue;
            }
            for age in 0..HEALTHY_HOURS {
                let hour = end - Duration::hours(age);
                let done = 20 + mixed(ends) % 180 + i64::from(hour.hour() % 12) * 4;
                let failed = if mixed(ends) % 5 == 0 { done / 90 } else { 0 };
                let ended = Ended { done, failed, ..Ended::default() };
                attempts.add(Operation::Transfer, ends, hour, activity(Operation::Transfer, ends), ended);
            }
        }
    }
}

/// A number that looks random and is the same at every load.
fn mixed(ends: Ends) -> i64 {
    (ends.src * 7919 + ends.dst * 104_729) % 1009
}

fn activity(operation: Operation, ends: Ends) -> Option<&'static str> {
    let place = usize::try_from(mixed(ends)).unwrap_or_default() % ACTIVITIES.len();
    (operation == Operation::Transfer).then_some(ACTIVITIES[place])
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
