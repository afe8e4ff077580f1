//! Taking a record back: within ten minutes, everything that its post wrote, and nothing that anybody uses.
use super::local;
use super::record::UNDO;
use super::words::plural;
use crate::admin::deletion;
use crate::admin::history::{self, Changes};
use crate::admin::{Deed, Input, Save, Target, Verb, find};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::Duration;
use entity::audit_log::{self, Verb as Wrote};
use entity::issue::{self, Status};
use entity::{action_taken, ticket, ticket_incident, ticket_issue};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect,
};

/// Entries of one post looked at.
const MOST: u64 = 500;

#[derive(Template)]
#[template(path = "console/too_late.html")]
struct TooLate {
    chrome: Chrome,
    record: i64,
    issue: i64,
    may_change: bool,
}

/// `POST /records/<pk>/undo/`
pub async fn undo(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let actor = visit.actor()?.clone();
    actor.must("actions-taken", Verb::Add)?;
    let id: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let record = action_taken::Entity::find_by_id(id).lock_exclusive().one(&txn).await?;
    let Some(record) = record else {
        txn.rollback().await?;
        return undone_before(&visit, id, input.get("next")).await;
    };
    if !actor.is_superuser && (record.user_id.is_none() || record.user_id != actor.id) {
        return Err(Error::Refused("Only the person who recorded this can undo it.".into()));
    }
    if visit.now - record.created_at > Duration::minutes(UNDO) {
        txn.rollback().await?;
        return too_late(&visit, &record).await;
    }
    let issue = record.issue_id;
    let records = Undoing::of(&visit, &txn, record).await?.run().await?;
    txn.commit().await?;
    visit.app.counts.forget();
    let text = if records > 1 {
        format!("Undone: {} were taken back.", plural(records, "record", "records"))
    } else {
        "Undone: the record was taken back.".into()
    };
    visit.say(Message::plain(Level::Good, text)).await?;
    Ok(found(&local(input.get("next"), format!("/issues/{}/", issue))))
}

/// A second click finds nothing to undo, and that is well.
async fn undone_before(visit: &Visit, id: i64, next: Option<&str>) -> Result<Response> {
    let last = audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("actions-taken"))
        .filter(audit_log::Column::ObjectPk.eq(id.to_string()))
        .order_by_desc(audit_log::Column::Id)
        .one(&visit.app.db)
        .await?;
    last.filter(|last| last.verb == Wrote::Delete).ok_or(Error::NotFound)?;
    visit.say(Message::plain(Level::Warn, "There is nothing to undo: the record is gone already.")).await?;
    Ok(found(&local(next, "/".into())))
}

async fn too_late(visit: &Visit, record: &action_taken::Model) -> Result<Response> {
    let crumbs = vec![
        Crumb::to("Issues", "/admin/issues/"),
        Crumb::to(format!("Issue {}", record.issue_id), format!("/issues/{}/", record.issue_id)),
        Crumb::here("Undo"),
    ];
    let page = TooLate {
        chrome: visit.chrome("Too late to undo", crumbs).await?,
        record: record.id,
        issue: record.issue_id,
        may_change: visit.may("actions-taken", Verb::Change),
    };
    render(StatusCode::CONFLICT, &page)
}

/// One post to be taken back.
struct Undoing<'a> {
    visit: &'a Visit,
    txn: &'a DatabaseTransaction,
    deed: Deed,
    record: action_taken::Model,
    /// What the post wrote, as the history has it.
    wrote: Vec<audit_log::Model>,
}

impl<'a> Undoing<'a> {
    async fn of(visit: &'a Visit, txn: &'a DatabaseTransaction, record: action_taken::Model) -> Result<Self> {
        let first = audit_log::Entity::find()
            .filter(audit_log::Column::Resource.eq("actions-taken"))
            .filter(audit_log::Column::ObjectPk.eq(record.id.to_string()))
            .order_by_asc(audit_log::Column::Id)
            .one(txn)
            .await?
            .filter(|first| first.verb == Wrote::Add);
        let wrote = match &first {
            Some(audit_log::Model { operation: Some(operation), .. }) => {
                let mut wrote = history::of_operation(txn, operation, MOST).await?;
                wrote.reverse();
                wrote
            }
            _ => first.into_iter().collect(),
        };
        // Whoever may record may take back what that wrote, and nothing else.
        let mut deed = visit.deed()?;
        for right in ["actions-taken.delete", "tickets.delete", "actions.delete", "issues.change"] {
            deed.actor.permissions.insert(right.into());
        }
        Ok(Self { visit, txn, deed, record, wrote })
    }

    fn keys(&self, resource: &str, verb: Wrote) -> Vec<i64> {
        let entries = self.wrote.iter().filter(|entry| entry.resource == resource && entry.verb == verb);
        entries.filter_map(|entry| entry.object_pk.parse().ok()).collect()
    }

    /// Takes everything back; gives the number of records.
    async fn run(&self) -> Result<usize> {
        let mut keys = self.keys("actions-taken", Wrote::Add);
        if keys.is_empty() {
            keys.push(self.record.id);
        }
        let records = action_taken::Entity::find()
            .filter(action_taken::Column::Id.is_in(keys))
            .order_by_asc(action_taken::Column::Id)
            .all(self.txn)
            .await?;
        for record in &records {
            self.delete("actions-taken", record.id).await?;
            self.unlink(record).await?;
        }
        for entry in
            self.wrote.iter().filter(|entry| entry.resource == "issues" && entry.verb == Wrote::Change)
        {
            self.put_back(entry).await?;
        }
        for ticket in self.keys("tickets", Wrote::Add) {
            self.forget_ticket(ticket).await?;
        }
        for action in self.keys("actions", Wrote::Add) {
            match self.delete("actions", action).await {
                // Somebody uses it already, or it is gone.
                Err(Error::Protected(_) | Error::NotFound) => {}
                other => other?,
            }
        }
        Ok(records.len())
    }

    async fn delete(&self, slug: &str, id: i64) -> Result<()> {
        let registry = &self.visit.app.registry;
        let resource = registry.get(slug)?;
        let row = find(resource, &self.txn.into(), &id.to_string()).await?;
        deletion::delete(self.txn, registry, resource, &row, &self.deed).await
    }

    /// Takes back the links that the record made, unless another record needs them.
    async fn unlink(&self, record: &action_taken::Model) -> Result<()> {
        let Some(ticket) = record.ticket_id else { return Ok(()) };
        let others = |column: action_taken::Column, key: i64| {
            action_taken::Entity::find()
                .filter(action_taken::Column::TicketId.eq(ticket))
                .filter(column.eq(key))
                .count(self.txn)
        };
        if others(action_taken::Column::IssueId, record.issue_id).await? == 0 {
            ticket_issue::Entity::delete_many()
                .filter(ticket_issue::Column::TicketId.eq(ticket))
                .filter(ticket_issue::Column::IssueId.eq(record.issue_id))
                .filter(ticket_issue::Column::CreatedAt.eq(record.created_at))
                .filter(ticket_issue::Column::LinkedById.eq(record.user_id))
                .exec(self.txn)
                .await?;
        }
        let Some(incident) = record.incident_id else { return Ok(()) };
        if others(action_taken::Column::IncidentId, incident).await? == 0 {
            ticket_incident::Entity::delete_many()
                .filter(ticket_incident::Column::TicketId.eq(ticket))
                .filter(ticket_incident::Column::IncidentId.eq(incident))
                .filter(ticket_incident::Column::CreatedAt.eq(record.created_at))
                .filter(ticket_incident::Column::LinkedById.eq(record.user_id))
                .exec(self.txn)
                .await?;
        }
        Ok(())
    }

    /// Gives an issue the status that it had, unless somebody has moved it or recorded something since.
    async fn put_back(&self, entry: &audit_log::Model) -> Result<()> {
        let resource = self.visit.app.registry.get("issues")?;
        let meta = resource.meta();
        let title =
            meta.column("status").and_then(|at| meta.fields.get(at)).map(|field| field.title.as_str());
        let changes: Changes = serde_json::from_str(&entry.changes).unwrap_or_default();
        let Some([Some(old), Some(new)]) = title.and_then(|title| changes.get(title)) else { return Ok(()) };
        let status = |word: &str| Status::try_from_value(&word.to_lowercase()).ok();
        let (Some(old), Some(new)) = (status(old), status(new)) else { return Ok(()) };
        let Ok(id) = entry.object_pk.parse::<i64>() else { return Ok(()) };
        let Some(row) = issue::Entity::find_by_id(id).one(self.txn).await? else { return Ok(()) };
        let later = action_taken::Entity::find()
            .filter(action_taken::Column::IssueId.eq(id))
            .filter(action_taken::Column::TakenAt.gte(entry.at))
            .count(self.txn)
            .await?;
        if row.status != new || later > 0 {
            return Ok(());
        }
        let registry = &self.visit.app.registry;
        let save = Save { registry, resource, deed: &self.deed, given: Vec::new() };
        let input = Input::partial([("status".to_owned(), old.to_value())]);
        save.run(self.txn, Target::Row(&entry.object_pk, None), &input).await?;
        Ok(())
    }

    /// Deletes a ticket that the post made, unless it is known to its system or anything else points at it.
    async fn forget_ticket(&self, id: i64) -> Result<()> {
        let Some(row) = ticket::Entity::find_by_id(id).one(self.txn).await? else { return Ok(()) };
        let issues = ticket_issue::Entity::find()
            .filter(ticket_issue::Column::TicketId.eq(id))
            .count(self.txn)
            .await?;
        let incidents = ticket_incident::Entity::find()
            .filter(ticket_incident::Column::TicketId.eq(id))
            .count(self.txn)
            .await?;
        if row.synced_at.is_some() || issues + incidents > 0 {
            return Ok(());
        }
        match self.delete("tickets", id).await {
            Err(Error::Protected(_) | Error::NotFound) => Ok(()),
            other => other,
        }
    }
}
