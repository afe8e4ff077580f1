//! Counts of an interval beside those of the one before.
use super::interval::Interval;
use crate::admin::thousands;
use crate::error::Result;
use crate::incidents::integer;
use crate::shift::numbers::{efficiency, percent};
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::{self, Column, Role};
use entity::vocabulary::Operation;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};

/// Attempts of one operation in one role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    /// Those that succeeded.
    pub done: i64,
    /// Those that failed.
    pub failed: i64,
}

/// Attempts of an interval.
#[derive(Clone, Debug, Default)]
pub struct Counts {
    rows: Vec<(Operation, Role, Attempts)>,
    last: Option<DateTime<Utc>>,
}

/// The table of a report.
#[derive(Clone)]
pub struct Numbers {
    /// The interval.
    pub now: Counts,
    /// As long, before it.
    pub before: Counts,
    /// Lines: title, the interval, the one before.
    pub rows: Vec<(&'static str, String, String)>,
    /// Until when there are counts in the interval.
    pub until: Option<DateTime<Utc>>,
}

/// Reads both. Attempts are counted where they were to be written; of a site, in each role.
pub(super) async fn read(db: &DatabaseConnection, interval: Interval, site: Option<i64>) -> Result<Numbers> {
    let now = Counts::read(db, interval, site).await?;
    let before = Counts::read(db, interval.before(), site).await?;
    Ok(Numbers {
        rows: lines(&now, &before, site.is_some()),
        until: now.last.map(|hour| hour + TimeDelta::hours(1)),
        now,
        before,
    })
}

impl Counts {
    async fn read(db: &DatabaseConnection, interval: Interval, site: Option<i64>) -> Result<Self> {
        let sum = |column: Column| Expr::col(column).sum().cast_as(integer(db));
        let (from, until) = interval.hours();
        let rows = site_hour::Entity::find()
            .select_only()
            .columns([Column::Operation, Column::Role])
            .column_as(sum(Column::Done), "done")
            .column_as(sum(Column::Failed), "failed")
            .column_as(Column::Hour.max(), "last")
            .filter(Column::Hour.gte(from))
            .filter(Column::Hour.lt(until))
            .filter(Column::Operation.is_in([Operation::Transfer, Operation::Deletion, Operation::Staging]))
            .group_by(Column::Operation)
            .group_by(Column::Role);
        let rows = match site {
            Some(site) => rows.filter(Column::SiteId.eq(site)),
            None => rows.filter(Column::Role.eq(Role::Destination)),
        };
        let rows: Vec<(Operation, Role, i64, i64, DateTime<Utc>)> = rows.into_tuple().all(db).await?;
        let last = rows.iter().map(|(.., last)| *last).max();
        let counts = |(operation, role, done, failed, _)| (operation, role, Attempts { done, failed });
        Ok(Self { rows: rows.into_iter().map(counts).collect(), last })
    }

    /// Attempts of an operation in a role.
    #[must_use]
    pub fn of(&self, operation: Operation, role: Role) -> Attempts {
        let row = self.rows.iter().find(|row| (row.0, row.1) == (operation, role));
        row.map_or_else(Attempts::default, |(.., attempts)| *attempts)
    }

    /// Whether nothing was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }
}

impl Attempts {
    /// Share that succeeded, in words.
    #[must_use]
    pub fn efficiency(self) -> String {
        efficiency(self.done, self.failed).map_or_else(|| "no data".into(), percent)
    }
}

/// Reads a cell of the table.
type Cell = fn(Attempts) -> String;

const DONE: Cell = |attempts| thousands(attempts.done);
const FAILED: Cell = |attempts| thousands(attempts.failed);
const SHARE: Cell = Attempts::efficiency;

fn lines(now: &Counts, before: &Counts, site: bool) -> Vec<(&'static str, String, String)> {
    use Operation::{Deletion, Staging, Transfer};
    use Role::{Destination, Source};
    let all: &[(&'static str, Operation, Role, Cell)] = if site {
        &[
            ("Transfers from it done", Transfer, Source, DONE),
            ("Transfers from it failed", Transfer, Source, FAILED),
            ("Efficiency as source", Transfer, Source, SHARE),
            ("Transfers to it done", Transfer, Destination, DONE),
            ("Transfers to it failed", Transfer, Destination, FAILED),
            ("Efficiency as destination", Transfer, Destination, SHARE),
            ("Failed deletions", Deletion, Destination, FAILED),
            ("Failed recalls from tape", Staging, Source, FAILED),
        ]
    } else {
        &[
            ("Transfers done", Transfer, Destination, DONE),
            ("Failed transfers", Transfer, Destination, FAILED),
            ("Transfer efficiency", Transfer, Destination, SHARE),
            ("Failed deletions", Deletion, Destination, FAILED),
            ("Failed recalls from tape", Staging, Destination, FAILED),
        ]
    };
    let told = |operation, role| {
        operation != Staging
            || [now, before].iter().any(|counts| counts.of(operation, role) != Attempts::default())
    };
    let cell = |counts: &Counts, operation, role, read: Cell| {
        if counts.is_empty() { "no data".into() } else { read(counts.of(operation, role)) }
    };
    all.iter()
        .filter(|(_, operation, role, _)| told(*operation, *role))
        .map(|(title, operation, role, read)| {
            (*title, cell(now, *operation, *role, *read), cell(before, *operation, *role, *read))
        })
        .collect()
}
