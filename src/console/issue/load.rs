//! All that the page of an issue shows, read with a number of statements that does not depend on how much there is.
use super::chart::DAYS;
use super::near;
use crate::admin::Verb;
use crate::console::places::sites;
use crate::console::questions::Row;
use crate::console::rates::{Rates, Scope};
use crate::console::record::siblings;
use crate::error::Result;
use crate::web::Visit;
use chrono::{DateTime, Duration, Utc};
use entity::{
    action, action_taken, audit_log, cause, downtime, error_category, incident, issue, issue_hour,
    notification, settings, site, ticket, ticket_issue, user,
};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Records, tickets and entries of the history shown; the lists behind them have all.
const SHOWN: u64 = 20;

/// A ticket of the issue or of one of its sites.
pub(super) struct Held {
    pub(super) ticket: ticket::Model,
    pub(super) label: String,
    /// When it was last changed or closed, as far as is known.
    pub(super) at: DateTime<Utc>,
    /// Whether it is about this issue.
    pub(super) linked: bool,
    /// Not sure: the same site, maybe another subject.
    pub(super) maybe: bool,
}

/// What was read.
pub(super) struct Loaded {
    pub(super) issue: issue::Model,
    pub(super) category: Option<error_category::Model>,
    pub(super) cause: Option<cause::Model>,
    pub(super) incident: Option<incident::Model>,
    /// The incident's other issues that are not over.
    pub(super) siblings: Vec<issue::Model>,
    /// What was last done about one of them.
    pub(super) elsewhere: Option<Row>,
    pub(super) near: Vec<(issue::Model, &'static str)>,
    pub(super) sites: HashMap<i64, site::Model>,
    pub(super) hours: Vec<issue_hour::Model>,
    pub(super) rates: Rates,
    pub(super) sees_tickets: bool,
    pub(super) tickets: Vec<Held>,
    pub(super) records: Vec<Row>,
    pub(super) downtimes: Vec<downtime::Model>,
    pub(super) history: Vec<audit_log::Model>,
    pub(super) notifications: Vec<notification::Model>,
    pub(super) settings: Option<settings::Model>,
}

impl Loaded {
    pub(super) async fn read(visit: &Visit, issue: issue::Model) -> Result<Self> {
        let app = &visit.app;
        let (category, cause) = category(visit, &issue).await?;
        let incident = incident(visit, &issue).await?;
        let siblings = if incident.is_some() { siblings(visit, &issue).await? } else { Vec::new() };
        let near = near::rows(app, &issue).await?;
        let others = siblings.iter().chain(near.iter().map(|(row, _)| row));
        let scopes: Vec<Scope> = others.clone().map(|row| Scope::Issue(row.id)).chain(link(&issue)).collect();
        let records = records(visit, issue.id).await?;
        let own = [issue.src_site_id, issue.dst_site_id];
        let keys = others.flat_map(|row| [row.src_site_id, row.dst_site_id]).chain(own);
        let keys = keys.chain(records.iter().map(|row| row.0.site_id));
        let keys: BTreeSet<i64> = keys.chain([incident.as_ref().map(|row| row.site_id)]).flatten().collect();
        let places: Vec<i64> = own.into_iter().flatten().collect();
        Ok(Self {
            rates: Rates::read(app, visit.now, &scopes).await?,
            sites: sites(app, keys).await?,
            hours: hours(visit, issue.id).await?,
            elsewhere: elsewhere(visit, &siblings).await?,
            sees_tickets: visit.may("tickets", Verb::View),
            tickets: tickets(visit, issue.id, &places).await?,
            downtimes: downtimes(visit, &places).await?,
            history: history(visit, issue.id).await?,
            notifications: notifications(visit, issue.incident_id).await?,
            settings: settings::Entity::find().one(&app.db).await?,
            category,
            cause,
            incident,
            siblings,
            near,
            records,
            issue,
        })
    }

    /// The name of a site.
    pub(super) fn name(&self, id: i64) -> String {
        self.sites.get(&id).map(|site| site.name.clone()).unwrap_or_default()
    }
}

/// The issue's link, if it has two ends.
pub(super) fn link(issue: &issue::Model) -> Option<Scope> {
    Some(Scope::Link(issue.operation, issue.src_site_id?, issue.dst_site_id?))
}

async fn category(
    visit: &Visit,
    issue: &issue::Model,
) -> Result<(Option<error_category::Model>, Option<cause::Model>)> {
    let Some(id) = issue.category_id else { return Ok((None, None)) };
    let found = error_category::Entity::find_by_id(id).find_also_related(cause::Entity).one(&visit.app.db);
    Ok(found.await?.map_or((None, None), |(category, cause)| (Some(category), cause)))
}

async fn incident(visit: &Visit, issue: &issue::Model) -> Result<Option<incident::Model>> {
    match issue.incident_id {
        Some(id) if visit.may("incidents", Verb::View) => {
            Ok(incident::Entity::find_by_id(id).one(&visit.app.db).await?)
        }
        _ => Ok(None),
    }
}

async fn hours(visit: &Visit, issue: i64) -> Result<Vec<issue_hour::Model>> {
    Ok(issue_hour::Entity::find()
        .filter(issue_hour::Column::IssueId.eq(issue))
        .filter(issue_hour::Column::Hour.gte(visit.now - Duration::days(DAYS)))
        .order_by_asc(issue_hour::Column::Hour)
        .all(&visit.app.db)
        .await?)
}

async fn records(visit: &Visit, issue: i64) -> Result<Vec<Row>> {
    if !visit.may("actions-taken", Verb::View) {
        return Ok(Vec::new());
    }
    Ok(action_taken::Entity::find()
        .filter(action_taken::Column::IssueId.eq(issue))
        .order_by_desc(action_taken::Column::TakenAt)
        .order_by_desc(action_taken::Column::Id)
        .limit(SHOWN)
        .find_also_related(action::Entity)
        .find_also_related(user::Entity)
        .all(&visit.app.db)
        .await?)
}

/// The last record about another issue of the incident.
async fn elsewhere(visit: &Visit, siblings: &[issue::Model]) -> Result<Option<Row>> {
    if siblings.is_empty() || !visit.may("actions-taken", Verb::View) {
        return Ok(None);
    }
    Ok(action_taken::Entity::find()
        .filter(action_taken::Column::IssueId.is_in(siblings.iter().map(|row| row.id)))
        .order_by_desc(action_taken::Column::TakenAt)
        .order_by_asc(action_taken::Column::Id)
        .limit(1)
        .find_also_related(action::Entity)
        .find_also_related(user::Entity)
        .all(&visit.app.db)
        .await?
        .into_iter()
        .next())
}

/// Tickets linked to the issue and tickets of its sites: open ones first, then those linked, then the newest.
async fn tickets(visit: &Visit, issue: i64, sites: &[i64]) -> Result<Vec<Held>> {
    if !visit.may("tickets", Verb::View) {
        return Ok(Vec::new());
    }
    let db = &visit.app.db;
    let linked = ticket_issue::Entity::find()
        .filter(ticket_issue::Column::IssueId.eq(issue))
        .order_by_desc(ticket_issue::Column::TicketId)
        .limit(SHOWN)
        .find_also_related(ticket::Entity)
        .all(db)
        .await?;
    let mut held: Vec<Held> = linked
        .into_iter()
        .filter_map(|(link, ticket)| {
            let maybe = link.certainty == ticket_issue::Certainty::Maybe;
            ticket.map(|ticket| Held {
                label: label(&ticket),
                at: moment(&ticket),
                ticket,
                linked: true,
                maybe,
            })
        })
        .collect();
    if !sites.is_empty() {
        let of_sites = ticket::Entity::find()
            .filter(ticket::Column::SiteId.is_in(sites.to_vec()))
            .order_by_desc(ticket::Column::IsOpen)
            .order_by_desc(ticket::Column::ChangedAt)
            .order_by_desc(ticket::Column::Id)
            .limit(SHOWN)
            .all(db)
            .await?;
        for ticket in of_sites {
            if held.iter().all(|known| known.ticket.id != ticket.id) {
                let (label, at) = (label(&ticket), moment(&ticket));
                held.push(Held { label, at, ticket, linked: false, maybe: false });
            }
        }
    }
    held.sort_by_key(|held| {
        (!held.ticket.is_open, !held.linked, std::cmp::Reverse((held.at, held.ticket.id)))
    });
    Ok(held)
}

fn moment(ticket: &ticket::Model) -> DateTime<Utc> {
    ticket.closed_at.or(ticket.changed_at).or(ticket.opened_at).unwrap_or(ticket.created_at)
}

fn label(ticket: &ticket::Model) -> String {
    format!("{} {}", ticket.system.to_value().to_uppercase(), ticket.reference)
}

async fn downtimes(visit: &Visit, sites: &[i64]) -> Result<Vec<downtime::Model>> {
    if sites.is_empty() || !visit.may("downtimes", Verb::View) {
        return Ok(Vec::new());
    }
    Ok(downtime::Entity::find()
        .filter(downtime::Column::SiteId.is_in(sites.to_vec()))
        .filter(downtime::Column::EndsAt.gt(visit.now - Duration::days(DAYS)))
        .filter(downtime::Column::StartsAt.lte(visit.now))
        .order_by_asc(downtime::Column::StartsAt)
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?)
}

async fn history(visit: &Visit, issue: i64) -> Result<Vec<audit_log::Model>> {
    Ok(audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("issues"))
        .filter(audit_log::Column::ObjectPk.eq(issue.to_string()))
        .order_by_desc(audit_log::Column::Id)
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?)
}

async fn notifications(visit: &Visit, incident: Option<i64>) -> Result<Vec<notification::Model>> {
    match incident {
        Some(incident) if visit.may("notifications", Verb::View) => Ok(notification::Entity::find()
            .filter(notification::Column::IncidentId.eq(incident))
            .order_by_desc(notification::Column::Id)
            .limit(SHOWN)
            .all(&visit.app.db)
            .await?),
        _ => Ok(Vec::new()),
    }
}
