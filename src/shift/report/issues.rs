//! New issues and those still open, by the error and the site to blame: the worst first.
use super::interval::{Interval, input};
use crate::error::Result;
use crate::incidents::integer;
use crate::shift::records::{Labels, name};
use crate::shift::site_path;
use entity::issue::{self, Attribution, Column, Status};
use sea_orm::sea_query::{CaseStatement, Condition, Expr, ExprTrait, Query};
use sea_orm::{
    ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseConnection, EntityTrait, Order, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait,
};
use std::collections::BTreeSet;

/// Issues looked at; what is beyond is said, and the list has it.
const LOOKED_AT: u64 = 5_000;
/// Groups shown.
const SHOWN: usize = 20;

/// Issues of one error with the same blame.
struct Group {
    category: Option<i64>,
    blame: Attribution,
    site: Option<i64>,
    /// Issues looked at, and those of them that fit.
    looked_at: i64,
    issues: i64,
    failures: i64,
}

/// What was found, before it has names.
pub(super) struct Found(Vec<Group>);

/// Issues by error and blame.
#[derive(Default)]
pub struct Troubles {
    /// Worst first.
    pub rows: Vec<Trouble>,
    /// Issues in all groups.
    pub issues: i64,
    /// Groups not shown.
    pub hidden: usize,
    /// Whether there were too many to look at all.
    pub more: bool,
    /// The list of all.
    pub href: String,
}

/// One group.
pub struct Trouble {
    /// The site to blame with its page, if it is one.
    pub site: Option<(String, String)>,
    /// In which role, or what else is to blame.
    pub blame: &'static str,
    /// The error.
    pub problem: String,
    /// Issues.
    pub issues: i64,
    /// Failures since they began.
    pub failures: i64,
    /// The list of them.
    pub href: String,
}

/// Which issues.
#[derive(Clone, Copy)]
pub(super) enum Which {
    /// First seen in the interval.
    New,
    /// Seen in the interval or after, and neither resolved nor muted by now.
    Open,
}

impl Which {
    /// The latest of them in one statement, by the index of their time.
    pub(super) async fn find(
        self,
        db: &DatabaseConnection,
        interval: Interval,
        site: Option<i64>,
    ) -> Result<Found> {
        let blamed: Expr = CaseStatement::new()
            .case(Column::Attribution.eq(Attribution::Source), Expr::col(Column::SrcSiteId))
            .case(Column::Attribution.eq(Attribution::Destination), Expr::col(Column::DstSiteId))
            .into();
        // An open issue that began after the interval is none of it, but counts as looked at.
        let fits: Expr = CaseStatement::new().case(Column::FirstSeen.lt(interval.until), 1).finally(0).into();
        let failures: Expr = CaseStatement::new()
            .case(Column::FirstSeen.lt(interval.until), Expr::col(Column::FailuresTotal))
            .finally(0)
            .into();
        let mut rows = issue::Entity::find()
            .select_only()
            .columns([Column::CategoryId, Column::Attribution])
            .column_as(blamed, "blamed")
            .column_as(fits, "fits")
            .column_as(failures, "failures")
            .limit(LOOKED_AT);
        rows = match self {
            Self::New => rows
                .filter(Column::FirstSeen.gte(interval.from))
                .filter(Column::FirstSeen.lt(interval.until))
                .order_by_desc(Column::FirstSeen),
            Self::Open => rows
                .filter(Column::Status.is_in([Status::New, Status::Ongoing]))
                .filter(Column::LastSeen.gte(interval.from))
                .order_by_desc(Column::LastSeen),
        };
        if let Some(site) = site {
            // What was first seen then was also last seen after it: that is what the sites' indexes go by.
            rows = rows
                .filter(Condition::any().add(Column::SrcSiteId.eq(site)).add(Column::DstSiteId.eq(site)))
                .filter(Column::LastSeen.gte(interval.from));
        }
        let rows = rows.order_by_desc(Column::Id).into_query();
        let sum = |column: &'static str| Expr::col(column).sum().cast_as(integer(db));
        let groups = Query::select()
            .columns(["category_id", "attribution", "blamed"])
            .expr_as(Expr::cust("COUNT(*)"), "looked_at")
            .expr_as(sum("fits"), "issues")
            .expr_as(sum("failures"), "total")
            .from_subquery(rows, "bounded")
            .group_by_columns(["category_id", "attribution", "blamed"])
            .order_by("total", Order::Desc)
            .to_owned();
        let mut found = Vec::new();
        for row in db.query_all(&groups).await? {
            found.push(Group {
                category: row.try_get("", "category_id")?,
                blame: Attribution::try_from_value(&row.try_get("", "attribution")?)?,
                site: row.try_get("", "blamed")?,
                looked_at: row.try_get("", "looked_at")?,
                issues: row.try_get("", "issues")?,
                failures: row.try_get("", "total")?,
            });
        }
        Ok(Found(found))
    }

    /// The filter of the list that shows the same.
    fn query(self, interval: Interval) -> String {
        match self {
            Self::New => {
                format!("first_seen__gte={}&first_seen__lt={}", input(interval.from), input(interval.until))
            }
            Self::Open => format!(
                "status__in=new,ongoing&last_seen__gte={}&first_seen__lt={}",
                input(interval.from),
                input(interval.until)
            ),
        }
    }

    /// What was found, in words.
    pub(super) fn named(
        self,
        found: &Found,
        interval: Interval,
        sites: &Labels,
        categories: &Labels,
    ) -> Troubles {
        let list = format!("/admin/issues/?{}", self.query(interval));
        let groups: Vec<&Group> = found.0.iter().filter(|group| group.issues > 0).collect();
        let looked_at: i64 = found.0.iter().map(|group| group.looked_at).sum();
        let rows = groups.iter().take(SHOWN).map(|group| {
            let site = name(sites, group.site);
            Trouble {
                site: site.map(|name| (name.clone(), site_path(&name))),
                blame: blame(group.blame),
                problem: name(categories, group.category).unwrap_or_else(|| "Not classified".into()),
                issues: group.issues,
                failures: group.failures,
                href: format!("{list}{}", group.query()),
            }
        });
        Troubles {
            rows: rows.collect(),
            issues: groups.iter().map(|group| group.issues).sum(),
            hidden: groups.len().saturating_sub(SHOWN),
            more: u64::try_from(looked_at).is_ok_and(|looked_at| looked_at >= LOOKED_AT),
            href: list,
        }
    }
}

impl Found {
    /// Keys of the categories whose names are needed.
    pub(super) fn categories(&self) -> BTreeSet<i64> {
        let shown = self.0.iter().filter(|group| group.issues > 0).take(SHOWN);
        shown.filter_map(|group| group.category).collect()
    }
}

impl Group {
    fn query(&self) -> String {
        let mut query = match self.category {
            Some(category) => format!("&category__exact={category}"),
            None => "&category__isnull=true".into(),
        };
        query.push_str(&format!("&attribution__exact={}", self.blame.to_value()));
        match (self.blame, self.site) {
            (Attribution::Source, Some(site)) => query.push_str(&format!("&src_site__exact={site}")),
            (Attribution::Destination, Some(site)) => query.push_str(&format!("&dst_site__exact={site}")),
            _ => {}
        }
        query
    }
}

fn blame(blame: Attribution) -> &'static str {
    match blame {
        Attribution::Source => "as source",
        Attribution::Destination => "as destination",
        Attribution::Link => "the network between",
        Attribution::Service => "FTS or Rucio",
        Attribution::Unclear => "not clear",
    }
}
