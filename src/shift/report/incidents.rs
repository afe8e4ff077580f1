//! Incidents that opened or closed in an interval.
use super::interval::Interval;
use super::rows::{Rows, most};
use crate::admin::Verb;
use crate::error::Result;
use crate::shift::records::{Labels, name};
use crate::shift::site_path;
use crate::web::Visit;
use chrono::{DateTime, Utc};
use entity::incident::{self, Column, Role};
use entity::vocabulary::Operation;
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeSet;

/// One incident.
pub struct Row {
    /// Its page.
    pub href: String,
    /// The site at fault and its page.
    pub site: (String, String),
    /// What fails, in which role.
    pub what: String,
    /// The leading error.
    pub problem: String,
    /// When it opened.
    pub from: DateTime<Utc>,
    /// When it closed.
    pub until: Option<DateTime<Utc>>,
    /// Whether it opened in the interval, or before.
    pub opened: bool,
    /// Failures.
    pub failures: i64,
}

/// What was found, before it has names; none if the visitor may not see incidents.
pub(super) struct Found(Option<Vec<incident::Model>>);

pub(super) async fn find(visit: &Visit, interval: Interval, site: Option<i64>) -> Result<Found> {
    if !visit.may("incidents", Verb::View) {
        return Ok(Found(None));
    }
    let within =
        |column: Column| Condition::all().add(column.gte(interval.from)).add(column.lt(interval.until));
    let mut rows = incident::Entity::find()
        .filter(Condition::any().add(within(Column::StartedAt)).add(within(Column::EndedAt)));
    if let Some(site) = site {
        rows = rows.filter(Condition::any().add(Column::SiteId.eq(site)).add(Column::PartnerSiteId.eq(site)));
    }
    let rows = rows.order_by_desc(Column::Failures).order_by_desc(Column::Id).limit(most());
    Ok(Found(Some(rows.all(&visit.app.db).await?)))
}

impl Found {
    /// Keys of the categories whose names are needed.
    pub(super) fn categories(&self) -> BTreeSet<i64> {
        self.0.iter().flatten().filter_map(|row| row.category_id).collect()
    }

    /// What was found, in words.
    pub(super) fn named(self, interval: Interval, sites: &Labels, categories: &Labels) -> Option<Rows<Row>> {
        let rows = self.0?.into_iter().map(|row| {
            let site = name(sites, Some(row.site_id)).unwrap_or_default();
            Row {
                href: format!("/admin/incidents/{}/change/", row.id),
                what: what(&row, sites),
                problem: name(categories, row.category_id).unwrap_or_else(|| "Not classified".into()),
                from: row.started_at,
                until: row.ended_at.filter(|end| *end < interval.until),
                opened: row.started_at >= interval.from,
                failures: row.failures,
                site: (site.clone(), site_path(&site)),
            }
        });
        let list = format!("/admin/incidents/?{}", super::rows::within("started_at", interval));
        Some(Rows::cut(rows.collect(), list))
    }
}

fn what(row: &incident::Model, sites: &Labels) -> String {
    let operation = match row.operation {
        Operation::Transfer => "transfers",
        Operation::Deletion => "deletions",
        Operation::Staging => "recalls from tape",
        Operation::Workflow => "jobs",
    };
    match (row.role, name(sites, row.partner_site_id)) {
        (Role::Source, _) => format!("{operation}, as source"),
        (Role::Destination, _) => format!("{operation}, as destination"),
        (Role::Link, Some(partner)) => format!("{operation}, the link with {partner}"),
        (Role::Link, None) => format!("{operation}, one link"),
    }
}
