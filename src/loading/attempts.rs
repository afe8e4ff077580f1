//! Attempts by the hour: of links, of sites in each role, of activities. They are written together and taken
//! back together, so that they always agree.
use super::upsert;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::site_hour::Role;
use entity::vocabulary::Operation;
use entity::{activity_hour, link_hour, site_hour};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use std::collections::BTreeMap;

/// Attempts that ended in an hour.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ended {
    /// Those that succeeded.
    pub done: i64,
    /// Those that failed.
    pub failed: i64,
    /// Those that were called off.
    pub cancelled: i64,
    /// Bytes moved, where known.
    pub bytes: Option<i64>,
}

/// From where to where, by key; a site that is not known is the one called `UNKNOWN`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ends {
    /// Source.
    pub src: i64,
    /// Destination.
    pub dst: i64,
}

type Hour = DateTime<Utc>;
type Named<T> = (Operation, T);

/// Sums to be added: one statement may touch a row once only.
#[derive(Debug, Default)]
pub struct Attempts {
    links: BTreeMap<(String, Ends, Hour), Named<Ended>>,
    sites: BTreeMap<(String, i64, Role, Hour), Named<Ended>>,
    activities: BTreeMap<(String, String, Ends, Hour), Named<Ended>>,
}

impl Attempts {
    /// Ended attempts on a link, for a purpose if that is known.
    pub fn add(&mut self, operation: Operation, ends: Ends, hour: Hour, activity: Option<&str>, more: Ended) {
        let word = operation.to_value();
        let named = (operation, Ended::default());
        self.links.entry((word.clone(), ends, hour)).or_insert(named).1.add(more);
        for (site, role) in [(ends.src, Role::Source), (ends.dst, Role::Destination)] {
            self.sites.entry((word.clone(), site, role, hour)).or_insert(named).1.add(more);
        }
        if let Some(activity) = activity {
            self.activities.entry((word, activity.to_owned(), ends, hour)).or_insert(named).1.add(more);
        }
    }

    /// Adds them to what the database has.
    ///
    /// # Errors
    /// What the database says.
    pub async fn write(self, txn: &DatabaseTransaction) -> Result<()> {
        let links =
            self.links.into_iter().map(|((_, ends, hour), (operation, counts))| link_hour::ActiveModel {
                operation: Set(operation),
                src_site_id: Set(ends.src),
                dst_site_id: Set(ends.dst),
                hour: Set(hour),
                done: Set(counts.done),
                failed: Set(counts.failed),
                cancelled: Set(counts.cancelled),
                bytes: Set(counts.bytes),
            });
        upsert::links(txn, links.collect()).await?;
        let sites = self.sites.into_iter().map(|((_, site, role, hour), (operation, counts))| {
            site_hour::ActiveModel {
                operation: Set(operation),
                site_id: Set(site),
                role: Set(role),
                hour: Set(hour),
                done: Set(counts.done),
                failed: Set(counts.failed),
            }
        });
        upsert::sites(txn, sites.collect()).await?;
        let activities =
            self.activities.into_iter().map(|((_, activity, ends, hour), (operation, counts))| {
                activity_hour::ActiveModel {
                    operation: Set(operation),
                    activity: Set(activity),
                    src_site_id: Set(ends.src),
                    dst_site_id: Set(ends.dst),
                    hour: Set(hour),
                    done: Set(counts.done),
                    failed: Set(counts.failed),
                }
            });
        upsert::activities(txn, activities.collect()).await
    }
}

impl Ended {
    fn add(&mut self, more: Self) {
        self.done = self.done.saturating_add(more.done);
        self.failed = self.failed.saturating_add(more.failed);
        self.cancelled = self.cancelled.saturating_add(more.cancelled);
        self.bytes = match (self.bytes, more.bytes) {
            (Some(bytes), Some(more)) => Some(bytes.saturating_add(more)),
            (bytes, more) => bytes.or(more),
        };
    }
}

/// Takes an hour of some operations back, so that it can be counted anew.
///
/// # Errors
/// What the database says.
pub async fn take_back(txn: &DatabaseTransaction, operations: &[Operation], hour: Hour) -> Result<()> {
    let words: Vec<String> = operations.iter().map(ActiveEnum::to_value).collect();
    link_hour::Entity::delete_many()
        .filter(link_hour::Column::Hour.eq(hour))
        .filter(link_hour::Column::Operation.is_in(words.clone()))
        .exec(txn)
        .await?;
    site_hour::Entity::delete_many()
        .filter(site_hour::Column::Hour.eq(hour))
        .filter(site_hour::Column::Operation.is_in(words.clone()))
        .exec(txn)
        .await?;
    activity_hour::Entity::delete_many()
        .filter(activity_hour::Column::Hour.eq(hour))
        .filter(activity_hour::Column::Operation.is_in(words))
        .exec(txn)
        .await?;
    Ok(())
}

/// Forgets the hours from one moment to another, once they are rolled up into days.
///
/// # Errors
/// What the database says.
pub async fn forget(txn: &DatabaseTransaction, from: Hour, until: Hour) -> Result<()> {
    link_hour::Entity::delete_many()
        .filter(link_hour::Column::Hour.gte(from))
        .filter(link_hour::Column::Hour.lt(until))
        .exec(txn)
        .await?;
    site_hour::Entity::delete_many()
        .filter(site_hour::Column::Hour.gte(from))
        .filter(site_hour::Column::Hour.lt(until))
        .exec(txn)
        .await?;
    activity_hour::Entity::delete_many()
        .filter(activity_hour::Column::Hour.gte(from))
        .filter(activity_hour::Column::Hour.lt(until))
        .exec(txn)
        .await?;
    Ok(())
}
