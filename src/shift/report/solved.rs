//! Issues resolved in an interval.
//!
//! The audit log knows who resolved what and when, whoever changed the issue since; the time of an issue's last
//! change tells neither. An issue that failed again afterwards is still told, and said to be back.
use super::interval::Interval;
use crate::admin::history::Changes;
use crate::error::Result;
use crate::shift::records::{Labels, between, name};
use chrono::{DateTime, Utc};
use entity::audit_log::{self, Verb};
use entity::issue::{self, Status};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Entries of the log looked at.
const LOOKED_AT: u64 = 500;
/// Issues shown.
const SHOWN: usize = 30;

/// What was found, before it has names.
pub(super) struct Found {
    rows: Vec<(audit_log::Model, issue::Model)>,
    more: bool,
}

/// Issues resolved.
#[derive(Default)]
pub struct Solved {
    /// The last first.
    pub rows: Vec<Row>,
    /// Issues resolved, as far as they were looked at.
    pub issues: usize,
    /// Whether there were more than were looked at.
    pub more: bool,
}

/// One of them.
pub struct Row {
    /// Key of the issue.
    pub issue: i64,
    /// Where it failed.
    pub place: String,
    /// The error.
    pub problem: String,
    /// When it was resolved.
    pub at: DateTime<Utc>,
    /// By whom.
    pub author: String,
    /// Whether it is open again.
    pub back: bool,
}

/// Reads the log of the interval, and the issues as they are now.
pub(super) async fn find(db: &DatabaseConnection, interval: Interval, site: Option<i64>) -> Result<Found> {
    use audit_log::Column::{At, Changes, Id, Resource, Verb as What};
    let resolved = Status::Resolved.to_value();
    let entries = audit_log::Entity::find()
        .filter(At.gte(interval.from))
        .filter(At.lt(interval.until))
        .filter(Resource.eq("issues"))
        .filter(What.eq(Verb::Change))
        .filter(Changes.like(format!("%\"Status\":[%\"{resolved}\"]%")))
        .order_by_desc(At)
        .order_by_desc(Id)
        .limit(LOOKED_AT)
        .all(db)
        .await?;
    let more = entries.len() as u64 == LOOKED_AT;
    let mut seen = HashSet::new();
    let entries: Vec<(i64, audit_log::Model)> = entries
        .into_iter()
        .filter(|entry| became(entry, &resolved))
        .filter_map(|entry| Some((entry.object_pk.parse().ok()?, entry)))
        .filter(|(key, _)| seen.insert(*key))
        .collect();
    let keys: Vec<i64> = entries.iter().map(|(key, _)| *key).collect();
    let mut issues: HashMap<i64, issue::Model> = HashMap::new();
    if !keys.is_empty() {
        let rows = issue::Entity::find().filter(issue::Column::Id.is_in(keys)).all(db).await?;
        issues.extend(rows.into_iter().map(|row| (row.id, row)));
    }
    let about = |issue: &issue::Model| {
        site.is_none_or(|site| [issue.src_site_id, issue.dst_site_id].contains(&Some(site)))
    };
    let rows = entries.into_iter().filter_map(|(key, entry)| Some((entry, issues.remove(&key)?)));
    Ok(Found { rows: rows.filter(|(_, issue)| about(issue)).collect(), more })
}

/// Whether the entry says so of the status, and not of a field that holds the same words.
fn became(entry: &audit_log::Model, status: &str) -> bool {
    let changes: Changes = serde_json::from_str(&entry.changes).unwrap_or_default();
    changes.get("Status").is_some_and(|[_, now]| now.as_deref() == Some(status))
}

impl Found {
    /// Keys of the categories whose names are needed.
    pub(super) fn categories(&self) -> BTreeSet<i64> {
        self.rows.iter().take(SHOWN).filter_map(|(_, issue)| issue.category_id).collect()
    }

    /// What was found, in words.
    pub(super) fn named(&self, sites: &Labels, categories: &Labels) -> Solved {
        let issues = self.rows.len();
        let rows = self.rows.iter().take(SHOWN).map(|(entry, issue)| Row {
            issue: issue.id,
            problem: name(categories, issue.category_id).unwrap_or_else(|| "Not classified".into()),
            back: matches!(issue.status, Status::New | Status::Ongoing),
            place: between(&(issue.src_site_id, issue.dst_site_id, issue.workflow.clone()), sites)
                .unwrap_or_default(),
            at: entry.at,
            author: entry.username.clone(),
        });
        Solved { rows: rows.collect(), issues, more: self.more }
    }
}
