//! The evidence of the database, kept in memory.
//!
//! Adding it up takes a look at every record and its issue, too much for each page; kept sums in a table would have
//! to follow every record, outcome, undo, move of an issue and merge of categories, and would not have the last
//! attempts. So each process keeps its own, some megabytes at 100,000 records, and asks from time to time whether
//! something was recorded elsewhere.
use super::{Event, Evidence, Tick};
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use entity::action_taken::{self, Worked};
use entity::vocabulary::{FaultKind, Side};
use entity::{error_category, incident, issue};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, JoinType, QueryFilter, QueryOrder, QuerySelect,
    RelationTrait,
};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How late this process learns of what was recorded through another, at most.
const ASKED_EVERY: TimeDelta = TimeDelta::seconds(5);
/// How late it learns that an issue moved to another category, or that an incident ended.
const READ_EVERY: TimeDelta = TimeDelta::seconds(60);
/// Records read, the last ones.
const RECORDS: u64 = 200_000;
/// An incident that ends within so long after an action may have ended by it.
const EFFECT: TimeDelta = TimeDelta::hours(24);
/// What a record counts that nobody of this installation made: links of old databases are not reliable.
const IMPORTED: f64 = 0.5;

/// What was done about errors and what came of it, as this process knows it.
#[derive(Default)]
pub struct Experience(Mutex<Option<Kept>>);

struct Kept {
    evidence: Arc<Evidence>,
    stamp: Stamp,
    /// Writes of this process when it was asked.
    writes: u64,
    asked: DateTime<Utc>,
    read: DateTime<Utc>,
}

/// Differs once a record was added, changed or deleted: how many there are, the last one, the last change.
type Stamp = (i64, Option<i64>, Option<DateTime<Utc>>);

/// Action, side, site, user, time, outcome; category, kind; end of the incident, and of the issue's incident.
type Row = (
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

impl Experience {
    /// All that is known by now. What was written through this process is in it; who asks while it is being read
    /// waits for the one who reads.
    pub(super) async fn evidence(&self, app: &App, now: DateTime<Utc>) -> Result<Arc<Evidence>> {
        let mut kept = self.0.lock().await;
        let writes = app.counts.writes();
        let young = |since: DateTime<Utc>, age: TimeDelta| since <= now && now - since < age;
        if let Some(kept) = kept.as_ref()
            && kept.writes == writes
            && young(kept.asked, ASKED_EVERY)
        {
            return Ok(kept.evidence.clone());
        }
        let stamp = stamp(&app.db).await?;
        if let Some(kept) = kept.as_mut()
            && kept.stamp == stamp
            && young(kept.read, READ_EVERY)
        {
            (kept.writes, kept.asked) = (writes, now);
            return Ok(kept.evidence.clone());
        }
        let evidence = Arc::new(read(&app.db, now).await?);
        *kept = Some(Kept { evidence: evidence.clone(), stamp, writes, asked: now, read: now });
        Ok(evidence)
    }
}

async fn stamp(db: &DatabaseConnection) -> Result<Stamp> {
    use action_taken::Column::{Id, UpdatedAt};
    let stamp = action_taken::Entity::find()
        .select_only()
        .expr(Id.count())
        .expr(Id.max())
        .expr(UpdatedAt.max())
        .into_tuple()
        .one(db)
        .await?;
    Ok(stamp.unwrap_or_default())
}

async fn read(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<Evidence> {
    use action_taken::Column::{ActionId, Id, SiteId, TakenAt, UserId};
    let rows: Vec<Row> = action_taken::Entity::find()
        .join(JoinType::InnerJoin, action_taken::Relation::Issue.def())
        .join(JoinType::LeftJoin, issue::Relation::ErrorCategory.def())
        .join(JoinType::LeftJoin, action_taken::Relation::Incident.def())
        .join_as(JoinType::LeftJoin, issue::Relation::Incident.def(), "of_issue")
        .filter(action_taken::Column::Worked.ne(Worked::Unknown))
        .order_by_desc(TakenAt)
        .order_by_desc(Id)
        .limit(RECORDS)
        .select_only()
        .columns([
            ActionId,
            action_taken::Column::Side,
            SiteId,
            UserId,
            TakenAt,
            action_taken::Column::Worked,
        ])
        .column(issue::Column::CategoryId)
        .column(error_category::Column::FaultKind)
        .column(incident::Column::EndedAt)
        .expr(Expr::col(("of_issue", incident::Column::EndedAt)))
        .into_tuple()
        .all(db)
        .await?;
    let mut evidence = Evidence::new(now);
    for event in rows.into_iter().filter_map(event) {
        evidence.add(&event);
    }
    Ok(evidence)
}

fn event(row: Row) -> Option<Event> {
    let (action, side, site, user, at, worked, category, kind, ended, issue_ended) = row;
    let outcome = match worked {
        Worked::Yes => Tick::Worked,
        Worked::No => Tick::Failed,
        Worked::Pending => {
            let after = ended.or(issue_ended)? - at;
            (TimeDelta::zero()..=EFFECT).contains(&after).then_some(Tick::Likely)?
        }
        Worked::Unknown => return None,
    };
    let weight = if user.is_some() { 1.0 } else { IMPORTED };
    Some(Event { action, category, kind, side, site, outcome, at, weight })
}
