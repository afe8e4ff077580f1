//! Which incidents are to be told because of which rules, and what speaks against it.
use super::message::{Facts, Message};
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use entity::incident::{self, Model as Incident};
use entity::notification::{self, Kind, State, SuppressedBy};
use entity::notification_rule::{self, Model as Rule};
use entity::{
    action, downtime, error_category, issue, mute, settings, site, suggested_action, ticket, ticket_incident,
};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set, SqlErr,
};

/// For so long, the end of an incident is still told.
const ENDED: TimeDelta = TimeDelta::days(2);

/// A message that is due.
pub(super) struct Due {
    rule: i64,
    incident: i64,
    channel: notification::Channel,
    kind: Kind,
    key: String,
    /// The row to put back into the queue, if it was suppressed before.
    again: Option<i64>,
    pub(super) suppressed_by: Option<SuppressedBy>,
    pub(super) message: Message,
}

/// All that is to be told now.
pub(super) async fn due(app: &App) -> Result<Vec<Due>> {
    let now = app.now();
    let rules = notification_rule::Entity::find()
        .filter(notification_rule::Column::IsActive.eq(true))
        .all(&app.db)
        .await?;
    let lively = Condition::any()
        .add(incident::Column::OpenKey.is_not_null())
        .add(incident::Column::EndedAt.gt(now - ENDED));
    let incidents = incident::Entity::find()
        .filter(lively)
        .order_by_asc(incident::Column::StartedAt)
        .all(&app.db)
        .await?;
    let settings = settings::Entity::find().one(&app.db).await?.ok_or(crate::error::Error::NotFound)?;
    let mut due = Vec::new();
    for incident in &incidents {
        for rule in &rules {
            if let Some(found) = look(app, &settings, rule, incident, now).await? {
                due.push(found);
            }
        }
    }
    Ok(due)
}

async fn look(
    app: &App,
    settings: &settings::Model,
    rule: &Rule,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<Option<Due>> {
    let told = notification::Entity::find()
        .filter(notification::Column::RuleId.eq(rule.id))
        .filter(notification::Column::IncidentId.eq(incident.id))
        .order_by_asc(notification::Column::Id)
        .all(&app.db)
        .await?;
    let grace = TimeDelta::minutes(i64::from(settings.grace_minutes));
    let ripe = matches(rule, incident) && incident.started_at + grace <= now;
    let Some((kind, again)) = next(rule, incident, &told, ripe) else { return Ok(None) };
    let suppressed_by = match kind {
        Kind::Resolved => None,
        _ => against(&app.db, rule, incident, now).await?,
    };
    // What is suppressed stays so until nothing speaks against it any more.
    if again.is_some() && suppressed_by.is_some() {
        return Ok(None);
    }
    let number = told.len();
    let key = match kind {
        Kind::Updated => format!("{}:{}:updated:{number}", rule.id, incident.id),
        kind => format!("{}:{}:{}", rule.id, incident.id, kind.to_value()),
    };
    let message = message(app, settings, incident, kind).await?;
    Ok(Some(Due {
        rule: rule.id,
        incident: incident.id,
        channel: rule.channel,
        kind,
        key,
        again,
        suppressed_by,
        message,
    }))
}

fn matches(rule: &Rule, incident: &Incident) -> bool {
    let rate = (incident.attempts - incident.failures) as f64 / incident.attempts.max(1) as f64;
    rule.operation.is_none_or(|operation| operation == incident.operation)
        && rule.site_id.is_none_or(|site| site == incident.site_id || Some(site) == incident.partner_site_id)
        && incident.failures >= rule.min_failures
        && rate < rule.efficiency_below
}

/// What is to be told next, if anything; with the row that was suppressed until now.
fn next(
    rule: &Rule,
    incident: &Incident,
    told: &[notification::Model],
    ripe: bool,
) -> Option<(Kind, Option<i64>)> {
    let opened = told.iter().find(|row| row.kind == Kind::Opened);
    let open = incident.open_key.is_some();
    match opened {
        None => (open && ripe).then_some((Kind::Opened, None)),
        Some(row) if row.state == State::Suppressed => {
            (open && ripe && row.suppressed_by.is_some()).then_some((Kind::Opened, Some(row.id)))
        }
        Some(_) if open => {
            let last = told.iter().rev().find(|row| matches!(row.kind, Kind::Opened | Kind::Updated))?;
            let before: Message = serde_json::from_str(&last.payload).ok()?;
            let grown = incident.failures as f64 >= before.failures.max(1) as f64 * rule.escalation_factor;
            grown.then_some((Kind::Updated, None))
        }
        Some(row) => {
            let resolved = told.iter().any(|row| row.kind == Kind::Resolved);
            (row.state == State::Sent && !resolved).then_some((Kind::Resolved, None))
        }
    }
}

/// What speaks against telling.
async fn against(
    db: &DatabaseConnection,
    rule: &Rule,
    incident: &Incident,
    now: DateTime<Utc>,
) -> Result<Option<SuppressedBy>> {
    let about = [Some(incident.site_id), incident.partner_site_id].into_iter().flatten();
    let about: Vec<i64> = about.collect();
    let muted = mute::Entity::find()
        .filter(Condition::any().add(mute::Column::Until.is_null()).add(mute::Column::Until.gt(now)))
        .filter(
            Condition::any()
                .add(mute::Column::SiteId.is_null())
                .add(mute::Column::SiteId.is_in(about.clone())),
        )
        .filter(
            Condition::any()
                .add(mute::Column::CategoryId.is_null())
                .add(mute::Column::CategoryId.eq(incident.category_id)),
        )
        .count(db)
        .await?;
    if muted > 0 {
        return Ok(Some(SuppressedBy::Mute));
    }
    let down = downtime::Entity::find()
        .filter(downtime::Column::SiteId.is_in(about.clone()))
        .filter(downtime::Column::StartsAt.lte(now))
        .filter(downtime::Column::EndsAt.gt(now))
        .count(db)
        .await?;
    if down > 0 {
        return Ok(Some(SuppressedBy::Downtime));
    }
    let ticketed = rule.only_without_ticket && has_ticket(db, incident, &about).await?;
    Ok(ticketed.then_some(SuppressedBy::Ticket))
}

/// Whether there is an open ticket for the incident, or for the site.
async fn has_ticket(db: &DatabaseConnection, incident: &Incident, about: &[i64]) -> Result<bool> {
    let open = ticket::Entity::find().filter(ticket::Column::IsOpen.eq(true));
    let of_site = open.clone().filter(ticket::Column::SiteId.is_in(about.to_vec())).count(db).await?;
    if of_site > 0 {
        return Ok(true);
    }
    let linked: Vec<i64> = ticket_incident::Entity::find()
        .select_only()
        .column(ticket_incident::Column::TicketId)
        .filter(ticket_incident::Column::IncidentId.eq(incident.id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(!linked.is_empty() && open.filter(ticket::Column::Id.is_in(linked)).count(db).await? > 0)
}

async fn message(app: &App, settings: &settings::Model, incident: &Incident, kind: Kind) -> Result<Message> {
    let db = &app.db;
    let site = name(db, Some(incident.site_id)).await?.unwrap_or_default();
    let partner = name(db, incident.partner_site_id).await?;
    let category = match incident.category_id {
        Some(id) => error_category::Entity::find_by_id(id).one(db).await?.map(|row| row.title),
        None => None,
    };
    let sample = issue::Entity::find()
        .filter(issue::Column::IncidentId.eq(incident.id))
        .order_by_desc(issue::Column::FailuresTotal)
        .one(db)
        .await?
        .map(|row| row.message);
    let action = suggested(db, incident.category_id).await?;
    let base = app.config.base_url.clone().unwrap_or_else(|| format!("http://{}", app.config.listen));
    let facts = Facts {
        incident,
        site: &site,
        partner: partner.as_deref(),
        category: category.as_deref(),
        sample: sample.as_deref(),
        action: action.as_deref(),
        url: format!("{base}{}", crate::shift::site_path_for(&site, incident.operation)),
        new_ticket_url: &settings.new_ticket_url,
    };
    Ok(facts.message(kind))
}

async fn name(db: &DatabaseConnection, site: Option<i64>) -> Result<Option<String>> {
    match site {
        Some(id) => Ok(site::Entity::find_by_id(id).one(db).await?.map(|site| site.name)),
        None => Ok(None),
    }
}

async fn suggested(db: &DatabaseConnection, category: Option<i64>) -> Result<Option<String>> {
    let Some(category) = category else { return Ok(None) };
    let first = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .order_by_desc(suggested_action::Column::Prior)
        .one(db)
        .await?;
    match first {
        Some(first) => {
            Ok(action::Entity::find_by_id(first.action_id).one(db).await?.map(|action| action.name))
        }
        None => Ok(None),
    }
}

/// Writes a message down; `false` if another process was faster.
pub(super) async fn write(app: &App, due: &Due) -> Result<bool> {
    let payload = serde_json::to_string(&due.message).map_err(anyhow::Error::from)?;
    if let Some(id) = due.again {
        let freed = notification::Entity::update_many()
            .col_expr(notification::Column::State, Expr::value(State::Queued.to_value()))
            .col_expr(notification::Column::SuppressedBy, Expr::value(Option::<String>::None))
            .col_expr(notification::Column::Payload, Expr::value(payload))
            .filter(notification::Column::Id.eq(id))
            .filter(notification::Column::State.eq(State::Suppressed))
            .exec(&app.db)
            .await?;
        return Ok(freed.rows_affected == 1);
    }
    let row = notification::ActiveModel {
        channel: Set(due.channel),
        rule_id: Set(Some(due.rule)),
        incident_id: Set(Some(due.incident)),
        kind: Set(due.kind),
        dedup_key: Set(due.key.clone()),
        payload: Set(payload),
        state: Set(if due.suppressed_by.is_some() { State::Suppressed } else { State::Queued }),
        suppressed_by: Set(due.suppressed_by),
        created_at: Set(app.now()),
        ..Default::default()
    };
    match notification::Entity::insert(row).exec_without_returning(&app.db).await {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => Ok(false),
        Err(error) => Err(error.into()),
    }
}
