//! The transaction: action, ticket, records, links, status.
use super::parse::{check_nul, collect, is_number, moved, reference, side};
use super::{Job, Status};
use crate::admin::{AnyResource, Deed, Input, Save, Saved, Target, key_number};
use crate::console::rates::Scope;
use crate::console::words::site_on;
use crate::error::{Error, Result};
use entity::vocabulary::Side;
use entity::{action, action_taken, issue, ticket, ticket_incident, ticket_issue};
use sea_orm::sea_query::{Expr, ExprTrait, Func};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
};
use std::collections::HashMap;

/// What came of a post.
pub(super) struct Done {
    /// The record of the issue itself.
    pub(super) record: i64,
    /// How many issues have one now.
    pub(super) issues: usize,
    /// What was done.
    pub(super) action: String,
    /// The issue's status now.
    pub(super) status: Status,
    /// Number of the ticket.
    pub(super) ticket: Option<String>,
    /// Whether it had been recorded a moment ago.
    pub(super) again: bool,
}

pub(super) struct Writer<'a> {
    pub(super) job: &'a Job<'a>,
    pub(super) txn: &'a DatabaseTransaction,
    pub(super) deed: Deed,
}

/// What all records of a post have in common.
struct Common {
    action: i64,
    side: Side,
    site: Option<i64>,
    ticket: Option<ticket::Model>,
}

impl Writer<'_> {
    /// Writes everything; `None` if the issue is gone.
    pub(super) async fn write(&self) -> Result<Option<Done>> {
        let issues = self.lock().await?;
        let Some(issue) = issues.get(&self.job.issue.id) else { return Ok(None) };
        let common = self.common(issue).await?;
        let action = action::Entity::find_by_id(common.action).one(self.txn).await?;
        let mut done = Done {
            record: 0,
            issues: issues.len(),
            action: action.map(|action| action.name).unwrap_or_default(),
            status: issue.status,
            ticket: common.ticket.as_ref().map(|ticket| ticket.reference.clone()),
            again: false,
        };
        if let Some(record) = self.again(&common).await? {
            return Ok(Some(Done { record, again: true, ..done }));
        }
        done.record = self.about(issue, &common).await?;
        done.status = self.move_on(issue).await?;
        for other in self.job.also.iter().filter_map(|other| issues.get(&other.id)) {
            self.about(other, &common).await?;
            self.move_on(other).await?;
        }
        Ok(Some(done))
    }

    /// The issues as they are now, locked in the order of their keys so that two posts wait for each other.
    async fn lock(&self) -> Result<HashMap<i64, issue::Model>> {
        let keys = self.job.also.iter().map(|other| other.id).chain([self.job.issue.id]);
        let rows = issue::Entity::find()
            .filter(issue::Column::Id.is_in(keys))
            .order_by_asc(issue::Column::Id)
            .lock_exclusive()
            .all(self.txn)
            .await?;
        Ok(rows.into_iter().map(|row| (row.id, row)).collect())
    }

    async fn common(&self, issue: &issue::Model) -> Result<Common> {
        let mut errors = check_nul(self.job.input);
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let side = collect(side(issue, self.job.input), &mut errors)?.unwrap_or(Side::Unknown);
        let site = site_on(issue, side);
        let action = collect(self.action().await, &mut errors)?;
        let ticket = collect(self.ticket(site).await, &mut errors)?.flatten();
        match action {
            Some(action) if errors.is_empty() => Ok(Common { action, side, site, ticket }),
            _ => Err(Error::Invalid(errors)),
        }
    }

    /// The same record by the same person since the form was drawn, or a moment ago: a second click, or a
    /// reload of the answer.
    async fn again(&self, common: &Common) -> Result<Option<i64>> {
        use action_taken::Column::{ActionId, IssueId, TakenAt, UserId};
        let comment = self.job.input.get("comment").unwrap_or_default().trim().replace("\r\n", "\n");
        let before = action_taken::Entity::find()
            .filter(IssueId.eq(self.job.issue.id))
            .filter(UserId.eq(self.deed.actor.id))
            .filter(ActionId.eq(common.action))
            .filter(TakenAt.gte(self.job.same_since()))
            .all(self.txn)
            .await?;
        let same = before.into_iter().find(|row| {
            row.ticket_id == common.ticket.as_ref().map(|ticket| ticket.id)
                && row.comment.as_deref().unwrap_or_default().replace("\r\n", "\n") == comment
        });
        Ok(same.map(|row| row.id))
    }

    /// The record of one issue.
    async fn about(&self, issue: &issue::Model, common: &Common) -> Result<i64> {
        let mut row = Input::partial([
            ("issue".to_owned(), issue.id.to_string()),
            ("action".to_owned(), common.action.to_string()),
            ("side".to_owned(), common.side.to_value()),
        ]);
        for name in ["worked", "real_cause", "comment"] {
            if let Some(text) = self.job.input.get(name).filter(|text| !text.is_empty()) {
                row.set(name, text);
            }
        }
        if let Some(site) = common.site {
            row.set("site", site.to_string());
        }
        if let Some(ticket) = &common.ticket {
            row.set("ticket", ticket.id.to_string());
            self.link(ticket.id, issue).await?;
        }
        let before = self.job.rates.now(Scope::of(issue, common.side, common.site));
        let mut given = vec![("failures_before", Value::from(Some(before)))];
        given.extend(issue.incident_id.map(|id| ("incident_id", Value::from(Some(id)))));
        given.extend(self.followed(issue, common.action));
        let saved = self.save("actions-taken", &row, given).await?;
        key_number(saved.row.key()).ok_or(Error::NotFound)
    }

    /// Where the action stood in what was offered, and which suggestion offered it.
    fn followed(&self, issue: &issue::Model, action: i64) -> Vec<(&'static str, Value)> {
        let offered = &self.job.offered;
        let Some(place) = offered.iter().position(|offer| offer.action == action) else { return Vec::new() };
        let rank = i32::try_from(place + 1).ok();
        let mut given = vec![("offered_rank", Value::from(rank))];
        let same = issue.category_id == self.job.issue.category_id;
        let suggestion = offered.get(place).and_then(|offer| offer.suggested_action).filter(|_| same);
        given.extend(suggestion.map(|id| ("suggested_action_id", Value::from(Some(id)))));
        given
    }

    async fn save(&self, slug: &str, input: &Input, given: Vec<(&'static str, Value)>) -> Result<Saved> {
        let registry = &self.job.visit.app.registry;
        let resource: &dyn AnyResource = registry.get(slug)?;
        Save { registry, resource, deed: &self.deed, given }.run(self.txn, Target::New, input).await
    }

    /// Key of the action: one of the list, one of that name, or a new one.
    async fn action(&self) -> Result<i64> {
        let chosen = self.job.input.get("action").unwrap_or_default().trim();
        let other = self.job.input.get("other").unwrap_or_default().trim();
        if chosen != "other" && !chosen.is_empty() {
            let key: Option<i64> = chosen.parse().ok();
            let known = match key {
                Some(key) => action::Entity::find_by_id(key).one(self.txn).await?,
                None => None,
            };
            let gone = || Error::field("action", "This action is not there any more. Choose another.");
            return known.map(|action| action.id).ok_or_else(gone);
        }
        if other.is_empty() {
            return Err(Error::field("action", "Choose what you did, or describe it."));
        }
        let same = Expr::from(Func::lower(Expr::col(action::Column::Name))).eq(other.to_lowercase());
        if let Some(known) = action::Entity::find().filter(same).one(self.txn).await? {
            return Ok(known.id);
        }
        let input = Input::partial([("name".to_owned(), other.to_owned())]);
        let made = self.save("actions", &input, Vec::new()).await;
        let made = made.map_err(|error| moved(error, "name", "other"))?;
        key_number(made.row.key()).ok_or(Error::NotFound)
    }

    /// The ticket of that number, known or new.
    async fn ticket(&self, site: Option<i64>) -> Result<Option<ticket::Model>> {
        let number = reference(self.job.input.get("ticket").unwrap_or_default());
        if number.is_empty() {
            return Ok(None);
        }
        let known = ticket::Entity::find()
            .filter(ticket::Column::Reference.eq(number))
            .order_by_asc(ticket::Column::System)
            .one(self.txn)
            .await?;
        if known.is_some() {
            return Ok(known);
        }
        if !is_number(number) {
            return Err(Error::field(
                "ticket",
                "Enter the number of the ticket, in digits, such as 1000981.",
            ));
        }
        let title = format!("GGUS {number}");
        let mut row =
            Input::partial([("reference".to_owned(), number.to_owned()), ("title".to_owned(), title)]);
        if let Some(site) = site {
            row.set("site", site.to_string());
        }
        let made = self.save("tickets", &row, Vec::new()).await;
        let made = made.map_err(|error| moved(error, "reference", "ticket"))?;
        Ok(made.row.model::<ticket::Model>().cloned())
    }

    /// Links the ticket to the issue and its incident. A rule's guess becomes what this person says.
    async fn link(&self, ticket: i64, issue: &issue::Model) -> Result<()> {
        let there = ticket_issue::Entity::find_by_id((ticket, issue.id)).one(self.txn).await?;
        if there.as_ref().is_none_or(|link| link.certainty == ticket_issue::Certainty::Maybe) {
            if there.is_some() {
                ticket_issue::Entity::delete_by_id((ticket, issue.id)).exec(self.txn).await?;
            }
            let link = ticket_issue::ActiveModel {
                ticket_id: Set(ticket),
                issue_id: Set(issue.id),
                linked_by_id: Set(self.deed.actor.id),
                certainty: Set(ticket_issue::Certainty::Exact),
                created_at: Set(self.deed.at),
            };
            ticket_issue::Entity::insert(link).exec_without_returning(self.txn).await?;
        }
        let Some(incident) = issue.incident_id else { return Ok(()) };
        if ticket_incident::Entity::find_by_id((ticket, incident)).one(self.txn).await?.is_none() {
            let link = ticket_incident::ActiveModel {
                ticket_id: Set(ticket),
                incident_id: Set(incident),
                linked_by_id: Set(self.deed.actor.id),
                created_at: Set(self.deed.at),
            };
            ticket_incident::Entity::insert(link).exec_without_returning(self.txn).await?;
        }
        Ok(())
    }

    /// The issue's status goes with the record: whoever may record may move it, and nothing else of it.
    async fn move_on(&self, issue: &issue::Model) -> Result<Status> {
        let ongoing = Status::Ongoing.to_value();
        let status = match self.job.input.get("status") {
            None if issue.status == Status::New => ongoing.as_str(),
            None | Some("") => return Ok(issue.status),
            Some(status) => status,
        };
        let mut deed = self.deed.clone();
        deed.actor.permissions.insert("issues.change".into());
        let registry = &self.job.visit.app.registry;
        let save = Save { registry, resource: registry.get("issues")?, deed: &deed, given: Vec::new() };
        let input = Input::partial([("status".to_owned(), status.to_owned())]);
        let saved = save.run(self.txn, Target::Row(&issue.id.to_string(), None), &input).await?;
        Ok(saved.row.model::<issue::Model>().map_or(issue.status, |row| row.status))
    }
}
