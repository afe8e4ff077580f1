//! What people do about troubles, read anew for each page: tickets, downtimes, records, watches, and what
//! helped before. A fixed number of statements for all rows.
use crate::admin::Verb;
use crate::error::Result;
use crate::shift::situation::{Culprit, Situation, Trouble};
use crate::suggestions::{self, Context, Suggestion};
use crate::web::Visit;
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::Role;
use entity::vocabulary::Side;
use entity::{action_taken, downtime, handover_note, incident, issue, mute, ticket};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Troubles that are looked at: nobody reads more rows.
pub(super) const MOST: usize = 40;

/// What is known beside the counts.
#[derive(Default)]
pub(super) struct Live {
    pub(super) tickets: HashMap<i64, ticket::Model>,
    pub(super) downtimes: HashMap<i64, downtime::Model>,
    pub(super) mutes: HashMap<i64, mute::Model>,
    pub(super) watches: HashMap<i64, handover_note::Model>,
    /// By site.
    pub(super) taken: HashMap<i64, action_taken::Model>,
    /// By issue, where no site is to blame.
    pub(super) taken_between: HashMap<i64, action_taken::Model>,
    pub(super) actions: HashMap<String, String>,
    pub(super) users: HashMap<String, String>,
    pub(super) issues: HashMap<i64, issue::Model>,
    /// By the place of the trouble.
    pub(super) suggestions: Vec<Vec<Suggestion>>,
    pub(super) may_see_tickets: bool,
}

/// The troubles that have so many failures an hour that they matter.
pub(super) fn listed(situation: &Situation) -> impl Iterator<Item = &Trouble> {
    let least = situation.window.count_of(i64::from(situation.settings.action_failures));
    situation.troubles.iter().filter(move |trouble| trouble.failures >= least)
}

pub(super) async fn read(visit: &Visit, situation: &Situation) -> Result<Live> {
    let troubles: Vec<&Trouble> = listed(situation).take(MOST).collect();
    let sites: Vec<i64> = troubles.iter().flat_map(|trouble| sites(trouble.culprit)).collect();
    let issues: Vec<i64> = troubles.iter().filter_map(|trouble| Some(trouble.leading?.issue)).collect();
    let contexts: Vec<Context> = troubles.iter().map(|trouble| context(situation, trouble)).collect();
    let mut live = Live {
        suggestions: suggestions::rank(&visit.app, visit.now, &contexts).await?,
        may_see_tickets: visit.may("tickets", Verb::View),
        ..Live::default()
    };
    if troubles.is_empty() {
        return Ok(live);
    }
    let (db, now) = (&visit.app.db, visit.now);
    if live.may_see_tickets {
        live.tickets = tickets(visit, &sites).await?;
    }
    let downtimes = downtime::Entity::find()
        .filter(downtime::Column::SiteId.is_in(sites.clone()))
        .filter(downtime::Column::StartsAt.lte(now))
        .filter(downtime::Column::EndsAt.gt(now))
        .order_by_asc(downtime::Column::EndsAt)
        .all(db)
        .await?;
    live.downtimes = downtimes.into_iter().map(|row| (row.site_id, row)).collect();
    let mutes = mute::Entity::find()
        .filter(mute::Column::SiteId.is_in(sites.clone()))
        .filter(mute::Column::CategoryId.is_null())
        .filter(Condition::any().add(mute::Column::Until.is_null()).add(mute::Column::Until.gt(now)))
        .all(db)
        .await?;
    live.mutes = mutes.into_iter().filter_map(|row| Some((row.site_id?, row))).collect();
    let watches = handover_note::Entity::find()
        .filter(handover_note::Column::SiteId.is_in(sites.clone()))
        .filter(handover_note::Column::WatchUntil.gt(now))
        .order_by_asc(handover_note::Column::WatchUntil)
        .all(db)
        .await?;
    live.watches = watches.into_iter().filter_map(|row| Some((row.site_id?, row))).collect();
    let between = troubles.iter().flat_map(|trouble| between(situation, trouble)).collect();
    taken(visit, situation, (&sites, between), &mut live).await?;
    let rows = issue::Entity::find().filter(issue::Column::Id.is_in(issues)).all(db).await?;
    live.issues = rows.into_iter().map(|row| (row.id, row)).collect();
    Ok(live)
}

/// The open ticket of each site that was touched last.
async fn tickets(visit: &Visit, sites: &[i64]) -> Result<HashMap<i64, ticket::Model>> {
    let rows = ticket::Entity::find()
        .filter(ticket::Column::SiteId.is_in(sites.iter().copied()))
        .filter(ticket::Column::IsOpen.eq(true))
        .order_by_asc(ticket::Column::ChangedAt)
        .order_by_asc(ticket::Column::Id)
        .limit(1000)
        .all(&visit.app.db)
        .await?;
    Ok(rows.into_iter().filter_map(|row| Some((row.site_id?, row))).collect())
}

/// The last thing that was done about each site, and about each issue for which no site is to blame, if it still counts.
async fn taken(
    visit: &Visit,
    situation: &Situation,
    (sites, issues): (&[i64], Vec<i64>),
    live: &mut Live,
) -> Result<()> {
    use action_taken::Column::{IssueId, SiteId};
    let since = visit.now - TimeDelta::hours(i64::from(situation.settings.action_hours));
    let rows = action_taken::Entity::find()
        .filter(action_taken::Column::TakenAt.gt(since))
        .filter(
            Condition::any()
                .add(SiteId.is_in(sites.iter().copied()))
                .add(IssueId.is_in(issues.iter().copied())),
        )
        .filter(action_taken::Column::Worked.ne(action_taken::Worked::No))
        .order_by_asc(action_taken::Column::TakenAt)
        .limit(1000)
        .all(&visit.app.db)
        .await?;
    let about = rows.iter().filter(|row| issues.contains(&row.issue_id));
    live.taken_between = about.map(|row| (row.issue_id, row.clone())).collect();
    live.taken = rows.into_iter().filter_map(|row| Some((row.site_id?, row))).collect();
    let all = || live.taken.values().chain(live.taken_between.values());
    let keys = |of: fn(&action_taken::Model) -> Option<i64>| all().filter_map(of).collect();
    let (registry, db) = (&visit.app.registry, (&visit.app.db).into());
    let actions = registry.labels(&db, "action", keys(|row| Some(row.action_id))).await?;
    let users = registry.labels(&db, "user", keys(|row| row.user_id)).await?;
    (live.actions, live.users) = (actions, users);
    Ok(())
}

/// The sites that something is to be done about.
pub(super) fn sites(culprit: Culprit) -> Vec<i64> {
    match culprit {
        Culprit::Site(site) => vec![site],
        Culprit::Network(..) | Culprit::Service => Vec::new(),
    }
}

/// Issues of what no site is to blame for.
pub(super) fn between(situation: &Situation, trouble: &Trouble) -> Vec<i64> {
    let Trouble { culprit, leading, .. } = trouble;
    match *culprit {
        Culprit::Site(_) => Vec::new(),
        Culprit::Network(src, dst) => {
            let here = situation.failures.iter().filter(|failed| (failed.src, failed.dst) == (src, dst));
            here.map(|failed| failed.issue).collect()
        }
        Culprit::Service => leading.iter().map(|leading| leading.issue).collect(),
    }
}

fn context(situation: &Situation, trouble: &Trouble) -> Context {
    let (side, site) = match trouble.culprit {
        Culprit::Site(site) => {
            let side = match trouble.roles[..] {
                [Role::Source] => Side::Source,
                [Role::Destination] => Side::Destination,
                _ => Side::Both,
            };
            (side, Some(site).filter(|site| *site != situation.unknown))
        }
        Culprit::Network(..) => (Side::Link, None),
        Culprit::Service => (Side::Service, None),
    };
    Context {
        category: trouble.leading.and_then(|leading| leading.category),
        operation: situation.asked.operation,
        side: if trouble.clear { side } else { Side::Unknown },
        site,
    }
}

/// When the last incident ended, for a board without rows.
pub(super) async fn last_solved(visit: &Visit) -> Result<Option<DateTime<Utc>>> {
    let last = incident::Entity::find()
        .filter(incident::Column::EndedAt.is_not_null())
        .order_by_desc(incident::Column::EndedAt)
        .one(&visit.app.db)
        .await?;
    Ok(last.and_then(|row| row.ended_at))
}
