//! Failures an hour of what a record blames: before it, and since.
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, Duration, DurationRound, Utc};
use entity::site_hour::Role;
use entity::vocabulary::{Operation, Side};
use entity::{issue, issue_hour, link_hour, site_hour};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Hours looked back: the last two full ones, the one that goes on, and some for a loader that is late.
const HOURS: i64 = 6;
/// Full hours that are averaged.
const AVERAGED: i64 = 2;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    /// A site in one role.
    Site(Operation, i64, Role),
    /// A link.
    Link(Operation, i64, i64),
    /// One issue, where nothing else is known.
    Issue(i64),
}

impl Scope {
    /// What to count to see whether something helped: the site at fault in its role, or else the link, or else
    /// the issue itself.
    pub(super) fn of(issue: &issue::Model, side: Side, site: Option<i64>) -> Self {
        let at_fault = |own: Option<i64>| own.filter(|own| site.is_none_or(|site| site == *own));
        let blamed = match side {
            Side::Source => at_fault(issue.src_site_id).map(|site| (site, Role::Source)),
            Side::Destination => at_fault(issue.dst_site_id).map(|site| (site, Role::Destination)),
            _ => None,
        };
        match (blamed, issue.src_site_id, issue.dst_site_id) {
            (Some((site, role)), _, _) => Self::Site(issue.operation, site, role),
            (None, Some(source), Some(destination)) => Self::Link(issue.operation, source, destination),
            _ => Self::Issue(issue.id),
        }
    }
}

type Hour = DateTime<Utc>;

/// Attempts by what was asked for and hour: done and failed; of an issue, only those that failed.
pub(super) struct Rates {
    rows: HashMap<(Scope, Hour), (i64, i64)>,
    /// The hour that goes on.
    hour: Hour,
    /// The last hour with any counts at all; what comes after is not known yet.
    latest: Option<Hour>,
}

impl Rates {
    /// Counts of the last hours: at most four statements.
    pub(super) async fn read(app: &App, now: Hour, scopes: &[Scope]) -> Result<Self> {
        let hour = now.duration_trunc(Duration::hours(1)).unwrap_or(now);
        let mut rates = Self { rows: HashMap::new(), hour, latest: None };
        let from = hour - Duration::hours(HOURS);
        rates.read_sites(app, from, scopes).await?;
        rates.read_links(app, from, scopes).await?;
        rates.read_issues(app, from, scopes).await?;
        Ok(rates)
    }

    /// The same, and how far the counts reach, which tells silence from absence.
    pub(super) async fn read_with_end(app: &App, now: Hour, scopes: &[Scope]) -> Result<Self> {
        let mut rates = Self::read(app, now, scopes).await?;
        if !scopes.is_empty() {
            rates.latest = site_hour::Entity::find()
                .select_only()
                .column(site_hour::Column::Hour)
                .filter(site_hour::Column::Hour.lte(rates.hour))
                .order_by_desc(site_hour::Column::Hour)
                .limit(1)
                .into_tuple()
                .one(&app.db)
                .await?;
        }
        Ok(rates)
    }

    async fn read_sites(&mut self, app: &App, from: Hour, scopes: &[Scope]) -> Result<()> {
        use site_hour::Column::{Hour, Operation, SiteId};
        let sites = scopes.iter().filter_map(|scope| match scope {
            Scope::Site(operation, site, _) => Some((operation.to_value(), *site)),
            _ => None,
        });
        let (operations, keys): (BTreeSet<String>, BTreeSet<i64>) = sites.unzip();
        if keys.is_empty() {
            return Ok(());
        }
        let rows = site_hour::Entity::find()
            .filter(Operation.is_in(operations))
            .filter(SiteId.is_in(keys))
            .filter(Hour.gte(from))
            .all(&app.db)
            .await?;
        self.rows.extend(rows.into_iter().map(|row| {
            ((Scope::Site(row.operation, row.site_id, row.role), row.hour), (row.done, row.failed))
        }));
        Ok(())
    }

    async fn read_links(&mut self, app: &App, from: Hour, scopes: &[Scope]) -> Result<()> {
        use link_hour::Column::{DstSiteId, Hour, Operation, SrcSiteId};
        let links: Vec<_> = scopes
            .iter()
            .filter_map(|scope| match scope {
                Scope::Link(operation, source, destination) => Some((operation, *source, *destination)),
                _ => None,
            })
            .collect();
        if links.is_empty() {
            return Ok(());
        }
        let operations: BTreeSet<String> = links.iter().map(|link| link.0.to_value()).collect();
        let rows = link_hour::Entity::find()
            .filter(Operation.is_in(operations))
            .filter(SrcSiteId.is_in(links.iter().map(|link| link.1).collect::<BTreeSet<_>>()))
            .filter(DstSiteId.is_in(links.iter().map(|link| link.2).collect::<BTreeSet<_>>()))
            .filter(Hour.gte(from))
            .all(&app.db)
            .await?;
        self.rows.extend(rows.into_iter().map(|row| {
            let link = Scope::Link(row.operation, row.src_site_id, row.dst_site_id);
            ((link, row.hour), (row.done, row.failed))
        }));
        Ok(())
    }

    async fn read_issues(&mut self, app: &App, from: Hour, scopes: &[Scope]) -> Result<()> {
        use issue_hour::Column::{Hour, IssueId};
        let keys: BTreeSet<i64> = scopes
            .iter()
            .filter_map(|scope| match scope {
                Scope::Issue(id) => Some(*id),
                _ => None,
            })
            .collect();
        if keys.is_empty() {
            return Ok(());
        }
        let rows = issue_hour::Entity::find()
            .filter(IssueId.is_in(keys))
            .filter(Hour.gte(from))
            .all(&app.db)
            .await?;
        self.rows
            .extend(rows.into_iter().map(|row| ((Scope::Issue(row.issue_id), row.hour), (0, row.failures))));
        Ok(())
    }

    fn at(&self, scope: Scope, hour: Hour) -> (i64, i64) {
        self.rows.get(&(scope, hour)).copied().unwrap_or_default()
    }

    /// Failures an hour now: those of the last full hour, or of the one that goes on if they are more already.
    pub(super) fn now(&self, scope: Scope) -> i64 {
        self.at(scope, self.hour).1.max(self.at(scope, self.hour - Duration::hours(1)).1)
    }

    /// Attempts of the last full hour and the one that goes on: done and failed.
    pub(super) fn attempts(&self, scope: Scope) -> (i64, i64) {
        let (now, before) = (self.at(scope, self.hour), self.at(scope, self.hour - Duration::hours(1)));
        (now.0 + before.0, now.1 + before.1)
    }

    /// Failures an hour in the last full hours that began after a moment; none before one has passed and
    /// was counted, so that a loader that stands still is not taken for success.
    pub(super) fn since(&self, scope: Scope, moment: Hour) -> Option<i64> {
        let first = match moment.duration_trunc(Duration::hours(1)) {
            Ok(start) if start == moment => start,
            Ok(start) => start + Duration::hours(1),
            Err(_) => return None,
        };
        // The last hour with counts may still fill up.
        let end = self.hour.min(self.latest?);
        let first = first.max(end - Duration::hours(AVERAGED));
        let hours = (end - first).num_hours();
        if hours < 1 || first < self.hour - Duration::hours(HOURS) {
            return None;
        }
        let sum: i64 = (0..hours).map(|number| self.at(scope, first + Duration::hours(number)).1).sum();
        Some(crate::shift::numbers::per_hour(sum, hours * 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Hour {
        text.parse().expect("a time")
    }

    fn rates(latest: &str) -> Rates {
        let scope = Scope::Issue(1);
        let rows = [("06", 100), ("07", 80), ("08", 20), ("09", 5)];
        let row =
            |(hour, failed): (&str, i64)| ((scope, at(&format!("2026-11-21T{hour}:00:00Z"))), (0, failed));
        Rates {
            rows: rows.into_iter().map(row).collect(),
            hour: at("2026-11-21T09:00:00Z"),
            latest: Some(at(latest)),
        }
    }

    #[test]
    fn only_full_hours_after_a_moment_count() {
        let (rates, scope) = (rates("2026-11-21T09:00:00Z"), Scope::Issue(1));
        assert_eq!(rates.now(scope), 20);
        assert_eq!(rates.since(scope, at("2026-11-21T02:00:00Z")), Some(50));
        assert_eq!(rates.since(scope, at("2026-11-21T07:30:00Z")), Some(20));
        assert_eq!(rates.since(scope, at("2026-11-21T08:00:00Z")), Some(20));
        assert_eq!(rates.since(scope, at("2026-11-21T08:30:00Z")), None);
    }

    #[test]
    fn what_was_not_counted_yet_is_not_silence() {
        let scope = Scope::Issue(1);
        assert_eq!(rates("2026-11-21T08:00:00Z").since(scope, at("2026-11-21T07:30:00Z")), None);
        assert_eq!(rates("2026-11-20T08:00:00Z").since(scope, at("2026-11-19T07:30:00Z")), None);
    }
}
