//! Issues like this one: the same error elsewhere, and other errors of the same site.
use crate::admin::{shorten, thousands};
use crate::app::App;
use crate::categorise;
use crate::console::rates::{Rates, Scope};
use crate::console::words::{blamed_side, site_on, status_badge, whereabouts};
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::{issue, site};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Issues of each kind.
const EACH: u64 = 6;

/// A line of the table.
pub(super) struct Near {
    pub(super) id: i64,
    pub(super) failures: String,
    pub(super) place: String,
    pub(super) message: String,
    pub(super) status: (&'static str, &'static str),
    pub(super) last_seen: DateTime<Utc>,
    pub(super) why: &'static str,
}

/// The rows, each with the reason: two statements, each along an index and bounded.
pub(super) async fn rows(app: &App, issue: &issue::Model) -> Result<Vec<(issue::Model, &'static str)>> {
    let mut rows = Vec::new();
    if let Some(category) = issue.category_id {
        let same = issue::Column::CategoryId.eq(category);
        rows.extend(
            latest(app, issue, Condition::all().add(same)).await?.into_iter().map(|row| (row, "same error")),
        );
    }
    // The site that is to blame, or the one that every operation has.
    let side = blamed_side(issue.attribution);
    let of_site = match (site_on(issue, side), issue.dst_site_id, issue.src_site_id) {
        (Some(site), _, _) if side == entity::vocabulary::Side::Source => issue::Column::SrcSiteId.eq(site),
        (_, Some(site), _) => issue::Column::DstSiteId.eq(site),
        (_, None, Some(site)) => issue::Column::SrcSiteId.eq(site),
        (_, None, None) => return Ok(rows),
    };
    for row in latest(app, issue, Condition::all().add(of_site)).await? {
        if rows.iter().all(|(known, _)| known.id != row.id) {
            rows.push((row, "same site"));
        }
    }
    Ok(rows)
}

async fn latest(app: &App, issue: &issue::Model, which: Condition) -> Result<Vec<issue::Model>> {
    Ok(issue::Entity::find()
        .filter(which)
        .filter(issue::Column::Id.ne(issue.id))
        .order_by_desc(issue::Column::LastSeen)
        .order_by_desc(issue::Column::Id)
        .limit(EACH)
        .all(&app.db)
        .await?)
}

/// The lines, those that fail most now first.
pub(super) fn lines(
    rows: Vec<(issue::Model, &'static str)>,
    rates: &Rates,
    sites: &HashMap<i64, site::Model>,
) -> Vec<Near> {
    let name = |id: i64| sites.get(&id).map(|site| site.name.clone()).unwrap_or_default();
    let mut rows: Vec<_> = rows.into_iter().map(|row| (rates.now(Scope::Issue(row.0.id)), row)).collect();
    rows.sort_by_key(|(failures, (row, _))| std::cmp::Reverse((*failures, row.last_seen)));
    let line = |(failures, (row, why)): (i64, (issue::Model, &'static str))| Near {
        id: row.id,
        failures: thousands(failures),
        place: whereabouts(&row, name),
        message: shorten(categorise::head(&row.message).rest.trim(), 200),
        status: status_badge(row.status),
        last_seen: row.last_seen,
        why,
    };
    rows.into_iter().map(line).collect()
}
