//! What fails at one site: links to other sites, and the errors on them.
use super::counts::Ended;
use crate::error::Result;
use crate::incidents::integer;
use crate::shift::window::Window;
use entity::issue::Attribution;
use entity::site_hour::Role;
use entity::vocabulary::Operation;
use entity::{issue, issue_hour, link_hour};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Issues counted for each role, most failures first: a site that is down has one for each link and error.
const ISSUES: u64 = 500;

/// The other end of a link.
pub(super) struct Partner {
    pub(super) site: i64,
    pub(super) ended: Ended,
}

impl Partner {
    /// Whether there is enough to judge by, and most of it failed.
    pub(super) fn fails(&self) -> bool {
        matches!(self.ended.heat(), "h5" | "h6" | "h7")
    }
}

/// An issue and its failures in the window.
#[derive(Clone, Debug)]
pub(super) struct Failing {
    pub(super) id: i64,
    pub(super) category: Option<i64>,
    pub(super) src: Option<i64>,
    pub(super) dst: Option<i64>,
    pub(super) attribution: Attribution,
    pub(super) failures: i64,
}

impl Failing {
    /// The other end, seen from a site in a role.
    pub(super) fn partner(&self, role: Role) -> Option<i64> {
        match role {
            Role::Source => self.dst,
            Role::Destination => self.src,
        }
    }
}

/// Links of a site in one role, most failures first: at most one for each other site.
pub(super) async fn partners(
    db: &DatabaseConnection,
    operation: Operation,
    site: i64,
    role: Role,
    window: Window,
) -> Result<Vec<Partner>> {
    use link_hour::Column::{Done, DstSiteId, Failed, Hour, Operation as Of, SrcSiteId};
    let (own, other) = match role {
        Role::Source => (SrcSiteId, DstSiteId),
        Role::Destination => (DstSiteId, SrcSiteId),
    };
    let sum = |column| Expr::col((link_hour::Entity, column)).sum().cast_as(Alias::new(integer(db)));
    let rows: Vec<(i64, Option<i64>, Option<i64>)> = link_hour::Entity::find()
        .select_only()
        .column(other)
        .column_as(sum(Done), "done")
        .column_as(sum(Failed), "failed")
        .filter(own.eq(site))
        .filter(Of.eq(operation))
        .filter(Hour.gte(window.from))
        .filter(Hour.lt(window.until))
        .group_by(other)
        .into_tuple()
        .all(db)
        .await?;
    let mut partners: Vec<Partner> = rows
        .into_iter()
        .map(|(site, done, failed)| Partner {
            site,
            ended: Ended { done: done.unwrap_or_default(), failed: failed.unwrap_or_default() },
        })
        .filter(|partner| partner.ended.attempts() > 0)
        .collect();
    partners.sort_by_key(|partner| (-partner.ended.failed, partner.site));
    Ok(partners)
}

/// Issues of a site in one role with their failures in the window, most first.
pub(super) async fn issues(
    db: &DatabaseConnection,
    operation: Operation,
    site: i64,
    role: Role,
    window: Window,
) -> Result<Vec<Failing>> {
    use issue::Column::{
        Attribution as Blamed, CategoryId, DstSiteId, Id, LastSeen, Operation as Of, SrcSiteId,
    };
    let own = match role {
        Role::Source => SrcSiteId,
        Role::Destination => DstSiteId,
    };
    let sum =
        Expr::col((issue_hour::Entity, issue_hour::Column::Failures)).sum().cast_as(Alias::new(integer(db)));
    type Row = (i64, Option<i64>, Option<i64>, Option<i64>, Attribution, Option<i64>);
    let rows: Vec<Row> = issue_hour::Entity::find()
        .select_only()
        .column_as(Id, "id")
        .column_as(CategoryId, "category")
        .column_as(SrcSiteId, "src")
        .column_as(DstSiteId, "dst")
        .column_as(Blamed, "attribution")
        .column_as(sum.clone(), "failures")
        .inner_join(issue::Entity)
        .filter(own.eq(site))
        .filter(Of.eq(operation))
        .filter(LastSeen.gte(window.from))
        .filter(issue_hour::Column::Hour.gte(window.from))
        .filter(issue_hour::Column::Hour.lt(window.until))
        .group_by(Id)
        .group_by(CategoryId)
        .group_by(SrcSiteId)
        .group_by(DstSiteId)
        .group_by(Blamed)
        .order_by(sum, Order::Desc)
        .order_by_asc(Id)
        .limit(ISSUES)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(id, category, src, dst, attribution, failures)| Failing {
            id,
            category,
            src,
            dst,
            attribution,
            failures: failures.unwrap_or_default(),
        })
        .collect())
}

/// The last full message of some issues.
pub(super) async fn messages(db: &DatabaseConnection, ids: Vec<i64>) -> Result<HashMap<i64, String>> {
    if ids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<(i64, String)> = issue::Entity::find()
        .select_only()
        .columns([issue::Column::Id, issue::Column::Message])
        .filter(issue::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
