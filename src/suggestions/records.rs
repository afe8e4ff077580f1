//! Reads what was done about issues, and what of it changed.
use super::{Event, Tick, answers};
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use entity::action_taken::{self, Worked};
use entity::vocabulary::{FaultKind, Side};
use entity::{error_category, incident, issue};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait, Select,
};
use std::collections::{BTreeMap, HashSet};

/// Records read, about: the last ones.
const RECORDS: i64 = 200_000;
/// Clocks of processes differ, and transactions take their time: changes are looked for from so long before.
const SLACK: TimeDelta = TimeDelta::seconds(60);
/// An incident that ends within so long after an action may have ended by it.
const EFFECT: TimeDelta = TimeDelta::hours(24);
/// What a record counts that nobody of this installation made: links of old databases are not reliable.
pub(super) const IMPORTED: f64 = 0.5;

/// What differs once a record was added, changed or deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Only records after this one are looked at.
    floor: i64,
    count: i64,
    last: Option<i64>,
    changed: Option<DateTime<Utc>>,
    answers: answers::Stamp,
}

/// All records, and what each counts for.
pub(super) struct Records {
    pub(super) events: BTreeMap<i64, Option<Event>>,
    pub(super) stamp: Stamp,
}

/// What happened to them.
pub(super) struct Changes {
    /// Those that were added or changed.
    pub(super) events: Vec<(i64, Option<Event>)>,
    /// Those that were deleted.
    pub(super) gone: Vec<i64>,
    pub(super) stamp: Stamp,
}

/// Key, action, side, site, user, time, outcome; category, kind; end of the incident, and of the issue's incident.
type Row = (
    i64,
    i64,
    Side,
    Option<i64>,
    Option<i64>,
    DateTime<Utc>,
    Worked,
    Option<i64>,
    Option<FaultKind>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
);

/// Reads all.
pub(super) async fn read(db: &DatabaseConnection) -> Result<Records> {
    let last: Option<Option<i64>> = action_taken::Entity::find()
        .select_only()
        .expr(action_taken::Column::Id.max())
        .into_tuple()
        .one(db)
        .await?;
    // The stamp first: what is written after it is found as a change later.
    let stamp = stamp(db, last.flatten().unwrap_or_default() - RECORDS).await?;
    let rows: Vec<Row> = rows(stamp.floor).into_tuple().all(db).await?;
    let answers = answers::read(db).await?;
    Ok(Records { events: rows.into_iter().map(event).chain(answers).collect(), stamp })
}

/// What changed since a stamp was made, if anything; `known` are the keys of then.
pub(super) async fn changes(
    db: &DatabaseConnection,
    before: &Stamp,
    known: impl Iterator<Item = &i64> + Clone,
) -> Result<Option<Changes>> {
    let stamp = stamp(db, before.floor).await?;
    if stamp == *before {
        return Ok(None);
    }
    let mut query = rows(stamp.floor);
    if let Some(changed) = before.changed {
        query = query.filter(action_taken::Column::UpdatedAt.gte(changed - SLACK));
    }
    let rows: Vec<Row> = query.into_tuple().all(db).await?;
    let mut events: Vec<_> = rows.into_iter().map(event).collect();
    let records = known.clone().copied().filter(|key| *key > 0);
    let all: HashSet<i64> = records.chain(events.iter().map(|(id, _)| *id)).collect();
    let mut gone = Vec::new();
    if i64::try_from(all.len()) != Ok(stamp.count) {
        let there: HashSet<i64> = keys(db, stamp.floor).await?.into_iter().collect();
        gone.extend(all.difference(&there));
    }
    if stamp.answers != before.answers {
        let answers = answers::read(db).await?;
        let there: HashSet<i64> = answers.iter().map(|(key, _)| *key).collect();
        gone.extend(known.copied().filter(|key| *key < 0 && !there.contains(key)));
        events.extend(answers);
    }
    Ok(Some(Changes { events, gone, stamp }))
}

async fn stamp(db: &DatabaseConnection, floor: i64) -> Result<Stamp> {
    use action_taken::Column::{Id, UpdatedAt};
    let (count, last, changed) = action_taken::Entity::find()
        .filter(Id.gt(floor))
        .select_only()
        .expr(Id.count())
        .expr(Id.max())
        .expr(UpdatedAt.max())
        .into_tuple()
        .one(db)
        .await?
        .unwrap_or_default();
    Ok(Stamp { floor, count, last, changed, answers: answers::stamp(db).await? })
}

async fn keys(db: &DatabaseConnection, floor: i64) -> Result<Vec<i64>> {
    use action_taken::Column::Id;
    let query = action_taken::Entity::find().filter(Id.gt(floor)).select_only().column(Id);
    Ok(query.into_tuple().all(db).await?)
}

fn rows(floor: i64) -> Select<action_taken::Entity> {
    use action_taken::Column::{ActionId, Id, SiteId, TakenAt, UserId};
    action_taken::Entity::find()
        .join(JoinType::InnerJoin, action_taken::Relation::Issue.def())
        .join(JoinType::LeftJoin, issue::Relation::ErrorCategory.def())
        .join(JoinType::LeftJoin, action_taken::Relation::Incident.def())
        .join_as(JoinType::LeftJoin, issue::Relation::Incident.def(), "of_issue")
        .filter(Id.gt(floor))
        .select_only()
        .columns([Id, ActionId, action_taken::Column::Side, SiteId, UserId, TakenAt])
        .column(action_taken::Column::Worked)
        .column(issue::Column::CategoryId)
        .column(error_category::Column::FaultKind)
        .column(incident::Column::EndedAt)
        .expr(Expr::col(("of_issue", incident::Column::EndedAt)))
}

/// A record's key, and what it counts for.
fn event(row: Row) -> (i64, Option<Event>) {
    let (id, action, side, site, user, at, worked, category, kind, ended, issue_ended) = row;
    let over = ended.or(issue_ended).map(|ended| ended - at);
    let outcome = match worked {
        Worked::Yes => Some(Tick::Worked),
        Worked::No => Some(Tick::Failed),
        Worked::Pending => {
            over.filter(|time| (TimeDelta::zero()..=EFFECT).contains(time)).map(|_| Tick::Likely)
        }
        Worked::Unknown => None,
    };
    let weight = if user.is_some() { 1.0 } else { IMPORTED };
    (id, outcome.map(|outcome| Event { action, category, kind, side, site, outcome, at, weight }))
}
