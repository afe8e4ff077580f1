//! Moves one issue to another category. If its link already has an issue of that category, it is
//! folded into that one: counts, files, actions and tickets go over, and what is needed to unfold it
//! again is kept.
use crate::admin::{Deed, Input, Save, Target};
use crate::app::App;
use crate::error::{Error, Result};
use crate::loading::upsert;
use crate::resources::issue_key;
use chrono::{DateTime, Utc};
use entity::audit_log::{self, Verb};
use entity::issue::{self, Attribution, Status};
use entity::vocabulary::Operation;
use entity::{action_taken, failed_file, issue_hour, recategorisation_move, ticket_issue};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, IntoActiveModel,
    QueryFilter, QuerySelect, Value,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Moves issues in one transaction.
pub(super) struct Mover<'a> {
    pub(super) app: &'a App,
    pub(super) txn: &'a DatabaseTransaction,
    pub(super) deed: &'a Deed,
    /// The change that moves, if its moves are to be kept.
    pub(super) job: Option<i64>,
}

/// Hour, failures, files, bytes.
type Hour = (DateTime<Utc>, i64, Option<i64>, Option<i64>);

/// An issue that was folded into another.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    operation: String,
    src: Option<i64>,
    dst: Option<i64>,
    workflow: Option<String>,
    message: String,
    message_hash: String,
    status: String,
    first_seen: DateTime<Utc>,
    last_seen: DateTime<Utc>,
    failures: i64,
    files: i64,
    attribution: String,
    reopened: i32,
    created_at: DateTime<Utc>,
    version: i32,
    hours: Vec<Hour>,
    actions: Vec<i64>,
    tickets: Vec<i64>,
}

impl Mover<'_> {
    /// Moves an issue; one that is gone, or there already, needs no moving: `false`.
    pub(super) async fn carry(&self, id: i64, to: Option<i64>) -> Result<bool> {
        let row = issue::Entity::find_by_id(id).one(self.txn).await?;
        let Some(row) = row.filter(|row| row.category_id != to) else { return Ok(false) };
        let key = key_of(&row, to);
        let there = issue::Entity::find()
            .filter(issue::Column::DedupKey.eq(key))
            .filter(issue::Column::Id.ne(id))
            .one(self.txn)
            .await?;
        match there {
            Some(into) => self.fold(row, into, to).await?,
            None => {
                let input = Input::partial([(
                    "category".to_owned(),
                    to.map_or_else(String::new, |to| to.to_string()),
                )]);
                let resource = self.app.registry.table("issue").ok_or(Error::NotFound)?;
                let save = Save {
                    registry: &self.app.registry,
                    resource,
                    deed: self.deed,
                    given: Vec::<(&'static str, Value)>::new(),
                };
                save.run(self.txn, Target::Row(&id.to_string(), None), &input).await?;
                self.note(id, row.category_id, to, None, None).await?;
            }
        }
        Ok(true)
    }

    async fn fold(&self, row: issue::Model, into: issue::Model, to: Option<i64>) -> Result<()> {
        let snapshot = self.snapshot(&row).await?;
        let hours = snapshot.hours.iter().map(|hour| hour_row(into.id, hour)).collect();
        upsert::issue_hours(self.txn, hours).await?;
        self.add(&into, &row, 1).await?;
        self.move_files(row.id, into.id).await?;
        action_taken::Entity::update_many()
            .col_expr(action_taken::Column::IssueId, Expr::value(into.id))
            .filter(action_taken::Column::IssueId.eq(row.id))
            .exec(self.txn)
            .await?;
        self.link(into.id, &snapshot.tickets).await?;
        issue::Entity::delete_by_id(row.id).exec(self.txn).await?;
        let text = serde_json::to_string(&snapshot).map_err(anyhow::Error::from)?;
        self.note(row.id, row.category_id, to, Some(into.id), Some(text)).await?;
        self.say(Verb::Delete, &row, "Folded into", format!("#{}", into.id)).await?;
        self.say(Verb::Change, &into, "Counts of", format!("#{} added", row.id)).await
    }

    async fn snapshot(&self, row: &issue::Model) -> Result<Snapshot> {
        let hours =
            issue_hour::Entity::find().filter(issue_hour::Column::IssueId.eq(row.id)).all(self.txn).await?;
        let actions = action_taken::Entity::find()
            .select_only()
            .column(action_taken::Column::Id)
            .filter(action_taken::Column::IssueId.eq(row.id))
            .into_tuple()
            .all(self.txn)
            .await?;
        let tickets = ticket_issue::Entity::find()
            .select_only()
            .column(ticket_issue::Column::TicketId)
            .filter(ticket_issue::Column::IssueId.eq(row.id))
            .into_tuple()
            .all(self.txn)
            .await?;
        Ok(Snapshot {
            operation: row.operation.to_value(),
            src: row.src_site_id,
            dst: row.dst_site_id,
            workflow: row.workflow.clone(),
            message: row.message.clone(),
            message_hash: row.message_hash.clone(),
            status: row.status.to_value(),
            first_seen: row.first_seen,
            last_seen: row.last_seen,
            failures: row.failures_total,
            files: row.files_total,
            attribution: row.attribution.to_value(),
            reopened: row.reopened_count,
            created_at: row.created_at,
            version: row.version,
            hours: hours.into_iter().map(|h| (h.hour, h.failures, h.distinct_files, h.bytes)).collect(),
            actions,
            tickets,
        })
    }

    /// Adds an issue's totals to another's, or takes them away.
    async fn add(&self, into: &issue::Model, row: &issue::Model, sign: i64) -> Result<()> {
        issue::Entity::update_many()
            .col_expr(
                issue::Column::FailuresTotal,
                Expr::col(issue::Column::FailuresTotal).add(sign * row.failures_total),
            )
            .col_expr(
                issue::Column::FilesTotal,
                Expr::col(issue::Column::FilesTotal).add(sign * row.files_total),
            )
            .col_expr(issue::Column::FirstSeen, Expr::value(std::cmp::min(into.first_seen, row.first_seen)))
            .col_expr(issue::Column::LastSeen, Expr::value(std::cmp::max(into.last_seen, row.last_seen)))
            .filter(issue::Column::Id.eq(into.id))
            .exec(self.txn)
            .await?;
        Ok(())
    }

    async fn move_files(&self, from: i64, into: i64) -> Result<()> {
        let rows =
            failed_file::Entity::find().filter(failed_file::Column::IssueId.eq(from)).all(self.txn).await?;
        let rows: Vec<_> = rows
            .into_iter()
            .map(|row| failed_file::ActiveModel {
                file_hash: Set(row.file_hash),
                issue_id: Set(into),
                hour: Set(row.hour),
            })
            .collect();
        for chunk in rows.chunks(1000) {
            let conflict = OnConflict::columns([
                failed_file::Column::FileHash,
                failed_file::Column::IssueId,
                failed_file::Column::Hour,
            ])
            .update_column(failed_file::Column::Hour)
            .to_owned();
            failed_file::Entity::insert_many(chunk.to_vec())
                .on_conflict(conflict)
                .exec_without_returning(self.txn)
                .await?;
        }
        Ok(())
    }

    /// Links tickets to an issue, those that are not yet.
    async fn link(&self, issue_id: i64, tickets: &[i64]) -> Result<()> {
        for ticket in tickets {
            if ticket_issue::Entity::find_by_id((*ticket, issue_id)).one(self.txn).await?.is_some() {
                continue;
            }
            let link = ticket_issue::ActiveModel {
                ticket_id: Set(*ticket),
                issue_id: Set(issue_id),
                linked_by_id: Set(None),
                certainty: Set(ticket_issue::Certainty::Exact),
                created_at: Set(self.deed.at),
            };
            ticket_issue::Entity::insert(link).exec_without_returning(self.txn).await?;
        }
        Ok(())
    }

    async fn note(
        &self,
        id: i64,
        from: Option<i64>,
        to: Option<i64>,
        into: Option<i64>,
        snapshot: Option<String>,
    ) -> Result<()> {
        let Some(job) = self.job else { return Ok(()) };
        let row = recategorisation_move::ActiveModel {
            recategorisation_id: Set(job),
            issue_id: Set(id),
            from_category_id: Set(from),
            to_category_id: Set(to),
            folded_into_id: Set(into),
            snapshot: Set(snapshot),
            ..Default::default()
        };
        recategorisation_move::Entity::insert(row).exec_without_returning(self.txn).await?;
        Ok(())
    }

    /// Writes down in the history what no form did.
    async fn say(&self, verb: Verb, row: &issue::Model, what: &str, to: String) -> Result<()> {
        let changes = BTreeMap::from([(what.to_owned(), [None, Some(to)])]);
        let label = format!("#{} {}", row.id, crate::admin::shorten(row.message.trim(), 100));
        let entry =
            crate::admin::history::entry(self.deed, verb, "issues", &row.id.to_string(), &label, &changes);
        audit_log::Entity::insert(entry).exec_without_returning(self.txn).await?;
        Ok(())
    }
}

/// Makes a folded issue again and takes its counts out of the other.
pub(super) async fn unfold(
    mover: &Mover<'_>,
    step: &recategorisation_move::Model,
    snapshot: &str,
) -> Result<()> {
    let kept: Snapshot = serde_json::from_str(snapshot).map_err(anyhow::Error::from)?;
    let row = restored(step, &kept)?;
    let model = row.clone();
    issue::Entity::insert(row.into_active_model()).exec_without_returning(mover.txn).await?;
    upsert::issue_hours(mover.txn, kept.hours.iter().map(|hour| hour_row(model.id, hour)).collect()).await?;
    action_taken::Entity::update_many()
        .col_expr(action_taken::Column::IssueId, Expr::value(model.id))
        .filter(action_taken::Column::Id.is_in(kept.actions.clone()))
        .exec(mover.txn)
        .await?;
    mover.link(model.id, &kept.tickets).await?;
    let other = step.folded_into_id.unwrap_or_default();
    if let Some(into) = issue::Entity::find_by_id(other).one(mover.txn).await? {
        take_hours(mover.txn, into.id, &kept).await?;
        issue_hour::Entity::delete_many()
            .filter(issue_hour::Column::IssueId.eq(into.id))
            .filter(issue_hour::Column::Failures.eq(0))
            .exec(mover.txn)
            .await?;
        mover.add(&into, &model, -1).await?;
        mover.say(Verb::Change, &into, "Counts of", format!("#{} taken out again", model.id)).await?;
    }
    mover.say(Verb::Add, &model, "Unfolded from", format!("#{other}")).await
}

fn restored(step: &recategorisation_move::Model, kept: &Snapshot) -> Result<issue::Model> {
    let word = |error: sea_orm::DbErr| Error::from(error);
    let mut row = issue::Model {
        id: step.issue_id,
        operation: Operation::try_from_value(&kept.operation).map_err(word)?,
        category_id: step.from_category_id,
        src_site_id: kept.src,
        dst_site_id: kept.dst,
        workflow: kept.workflow.clone(),
        message: kept.message.clone(),
        message_hash: kept.message_hash.clone(),
        status: Status::try_from_value(&kept.status).map_err(word)?,
        first_seen: kept.first_seen,
        last_seen: kept.last_seen,
        failures_total: kept.failures,
        files_total: kept.files,
        attribution: Attribution::try_from_value(&kept.attribution).map_err(word)?,
        confidence: None,
        evidence: None,
        incident_id: None,
        reopened_count: kept.reopened,
        dedup_key: String::new(),
        created_at: kept.created_at,
        updated_at: kept.created_at,
        version: kept.version + 1,
    };
    row.dedup_key = key_of(&row, row.category_id);
    Ok(row)
}

/// What an issue would be known by in a category.
pub(super) fn key_of(row: &issue::Model, category: Option<i64>) -> String {
    issue_key(
        row.operation,
        row.src_site_id,
        row.dst_site_id,
        row.workflow.as_deref(),
        category,
        &row.message_hash,
    )
}

fn hour_row(issue: i64, hour: &Hour) -> issue_hour::ActiveModel {
    let (at, failures, files, bytes) = *hour;
    issue_hour::ActiveModel {
        issue_id: Set(issue),
        hour: Set(at),
        failures: Set(failures),
        distinct_files: Set(files),
        bytes: Set(bytes),
    }
}

/// Takes an issue's hours out of another's: no upsert, since PostgreSQL checks the negative row first.
async fn take_hours(txn: &DatabaseTransaction, issue: i64, kept: &Snapshot) -> Result<()> {
    use issue_hour::Column::{Bytes, DistinctFiles, Failures, Hour as At, IssueId};
    for (at, failures, files, bytes) in &kept.hours {
        issue_hour::Entity::update_many()
            .col_expr(Failures, Expr::col(Failures).sub(*failures))
            .col_expr(DistinctFiles, Expr::col(DistinctFiles).sub(files.unwrap_or_default()))
            .col_expr(Bytes, Expr::col(Bytes).sub(bytes.unwrap_or_default()))
            .filter(IssueId.eq(issue))
            .filter(At.eq(*at))
            .exec(txn)
            .await?;
    }
    Ok(())
}
