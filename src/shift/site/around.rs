//! What is known about a site besides its counts: incidents, tickets, downtimes, mutes.
use crate::admin::{Verb, shorten};
use crate::error::Result;
use crate::shift::times::length;
use crate::web::Visit;
use chrono::{DateTime, TimeDelta, Utc};
use entity::incident::{self, State};
use entity::{downtime, error_category, mute, ticket, ticket_incident, ticket_issue, user};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, FromQueryResult, JoinType, QueryFilter, QueryOrder,
    QuerySelect, QueryTrait,
};

/// Rows of each kind that are shown.
const SHOWN: u64 = 20;
/// Closed tickets and past downtimes are shown so long, coming downtimes so long before.
const WEEK: TimeDelta = TimeDelta::days(7);
/// A description is a sentence here, and complete behind its link.
const SENTENCE: usize = 200;

/// Open incidents of a site, as its own or as the other end of a link. Few are open at a time.
pub(super) async fn incidents(visit: &Visit, site: i64) -> Result<Vec<incident::Model>> {
    if !visit.may("incidents", Verb::View) {
        return Ok(Vec::new());
    }
    let open = [State::Open, State::Acknowledged].map(|state| state.to_value());
    Ok(incident::Entity::find()
        .filter(incident::Column::State.is_in(open))
        .filter(
            Condition::any()
                .add(incident::Column::SiteId.eq(site))
                .add(incident::Column::PartnerSiteId.eq(site)),
        )
        .order_by_desc(incident::Column::Failures)
        .order_by_asc(incident::Column::Id)
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?)
}

/// A ticket as it is shown.
pub(super) struct TicketLine {
    pub(super) label: String,
    pub(super) title: String,
    pub(super) href: String,
    pub(super) open: bool,
    pub(super) status: String,
    pub(super) opened: Option<DateTime<Utc>>,
    pub(super) changed: Option<DateTime<Utc>>,
    /// How long nobody has answered, if that is too long.
    pub(super) silent: Option<String>,
}

/// Tickets of a site and of what fails there now: open ones first, closed ones of the last week. `None`
/// without the right to see them.
pub(super) async fn tickets(
    visit: &Visit,
    site: i64,
    incidents: Vec<i64>,
    issues: Vec<i64>,
    reply: TimeDelta,
) -> Result<Option<Vec<TicketLine>>> {
    use ticket::Column::{ChangedAt, Id, IsOpen, SiteId};
    if !visit.may("tickets", Verb::View) {
        return Ok(None);
    }
    let lively = Condition::any().add(IsOpen.eq(true)).add(ChangedAt.gte(visit.now - WEEK));
    let mut keys = Query::select();
    keys.column(Id).from(ticket::Entity).and_where(SiteId.eq(site)).cond_where(lively.clone());
    keys.union(
        UnionType::Distinct,
        Query::select()
            .column(ticket_incident::Column::TicketId)
            .from(ticket_incident::Entity)
            .and_where(ticket_incident::Column::IncidentId.is_in(incidents))
            .to_owned(),
    );
    keys.union(
        UnionType::Distinct,
        Query::select()
            .column(ticket_issue::Column::TicketId)
            .from(ticket_issue::Entity)
            .and_where(ticket_issue::Column::IssueId.is_in(issues))
            .to_owned(),
    );
    let about = Alias::new("about");
    // A ticket about a link may be the other site's.
    let of_site = Condition::any().add(SiteId.is_null()).add(SiteId.eq(site));
    let mut select = ticket::Entity::find().filter(lively).filter(of_site);
    QueryTrait::query(&mut select).join_subquery(
        JoinType::InnerJoin,
        keys,
        about.clone(),
        Expr::col((about, Id)).eq(Expr::col((ticket::Entity, Id))),
    );
    let rows = select.order_by_desc(IsOpen).order_by_desc(ChangedAt).order_by_desc(Id).limit(SHOWN);
    let rows = rows.all(&visit.app.db).await?;
    Ok(Some(rows.into_iter().map(|row| line(row, visit.now, reply)).collect()))
}

fn line(row: ticket::Model, now: DateTime<Utc>, reply: TimeDelta) -> TicketLine {
    let changed = row.changed_at.or(row.opened_at);
    let silence = changed.map(|changed| now - changed).filter(|silence| row.is_open && *silence >= reply);
    TicketLine {
        label: format!("{} {}", row.system.to_value().to_uppercase(), row.reference),
        title: row.title,
        href: row.url.unwrap_or_else(|| format!("/admin/tickets/{}/change/", row.id)),
        open: row.is_open,
        status: row.status,
        opened: row.opened_at,
        changed: row.changed_at,
        silent: silence.map(length),
    }
}

/// A downtime as it is shown.
pub(super) struct DowntimeLine {
    pub(super) id: i64,
    pub(super) starts: DateTime<Utc>,
    pub(super) ends: DateTime<Utc>,
    pub(super) now: bool,
    pub(super) state: &'static str,
    pub(super) kind: String,
    pub(super) description: String,
    pub(super) href: Option<String>,
}

/// Downtimes that run, that come, and that were a short time ago.
pub(super) async fn downtimes(visit: &Visit, site: i64) -> Result<Option<Vec<DowntimeLine>>> {
    if !visit.may("downtimes", Verb::View) {
        return Ok(None);
    }
    let now = visit.now;
    let rows = downtime::Entity::find()
        .filter(downtime::Column::SiteId.eq(site))
        .filter(downtime::Column::EndsAt.gt(now - WEEK))
        .filter(downtime::Column::StartsAt.lt(now + WEEK))
        .order_by_desc(downtime::Column::StartsAt)
        .order_by_desc(downtime::Column::Id)
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?;
    let line = |row: downtime::Model| DowntimeLine {
        now: row.starts_at <= now && now < row.ends_at,
        state: match (row.starts_at <= now, now < row.ends_at) {
            (true, true) => "now",
            (false, _) => "announced",
            _ => "over",
        },
        id: row.id,
        starts: row.starts_at,
        ends: row.ends_at,
        kind: format!("{} {}", row.classification.to_value(), row.severity.to_value()),
        description: shorten(row.description.as_deref().unwrap_or_default().trim(), SENTENCE),
        href: row.url,
    };
    Ok(Some(rows.into_iter().map(line).collect()))
}

/// A mute as it is shown.
#[derive(FromQueryResult)]
pub(super) struct MuteLine {
    pub(super) id: i64,
    pub(super) until: Option<DateTime<Utc>>,
    pub(super) reason: String,
    pub(super) category: Option<String>,
    pub(super) who: Option<String>,
}

/// Mutes of a site that are in force.
pub(super) async fn mutes(visit: &Visit, site: i64) -> Result<Vec<MuteLine>> {
    if !visit.may("mutes", Verb::View) {
        return Ok(Vec::new());
    }
    Ok(mute::Entity::find()
        .select_only()
        .columns([mute::Column::Id, mute::Column::Until, mute::Column::Reason])
        .column_as(error_category::Column::Title, "category")
        .column_as(user::Column::Username, "who")
        .left_join(error_category::Entity)
        .left_join(user::Entity)
        .filter(mute::Column::SiteId.eq(site))
        .filter(Condition::any().add(mute::Column::Until.is_null()).add(mute::Column::Until.gt(visit.now)))
        .order_by_asc(mute::Column::Id)
        .limit(SHOWN)
        .into_model()
        .all(&visit.app.db)
        .await?)
}
