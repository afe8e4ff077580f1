//! Recording what was done about an issue: one transaction, author and time by the server.
use super::form::typed;
use super::issue::{draw, load};
use crate::admin::{AnyResource, Deed, Input, Save, Saved, Target, Verb};
use crate::error::{Error, Errors, Result};
use crate::web::{Level, Message, Posted, Visit, found};
use axum::extract::Path;
use axum::response::Response;
use entity::vocabulary::Side;
use entity::{action, issue, ticket, ticket_issue};
use sea_orm::sea_query::{Expr, ExprTrait, Func, OnConflict};
use sea_orm::{ActiveEnum, ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};

/// `POST /issues/<pk>/`
pub async fn record(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let actor = visit.actor()?;
    actor.must("issues", Verb::View)?;
    actor.must("actions-taken", Verb::Add)?;
    let issue = load(&visit, &pk).await?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let record = Record { visit: &visit, txn: &txn, deed: visit.deed()?, issue: &issue, input: &input };
    match record.write().await {
        Ok(()) => txn.commit().await?,
        Err(Error::Invalid(errors)) => {
            txn.rollback().await?;
            return draw(&visit, &pk, typed(&input), errors).await;
        }
        Err(error) => return Err(error),
    }
    visit.app.counts.forget();
    visit
        .say(Message::plain(Level::Good, "Recorded. Thank you: the next suggestion is better for it."))
        .await?;
    Ok(found(&format!("/issues/{}/", issue.id)))
}

/// Within so many seconds, the same record is taken for the same deed.
const SAME: i64 = 10;

struct Record<'a> {
    visit: &'a Visit,
    txn: &'a DatabaseTransaction,
    deed: Deed,
    issue: &'a issue::Model,
    input: &'a Input,
}

impl Record<'_> {
    async fn write(&self) -> Result<()> {
        let mut errors = Errors::new();
        for name in ["other", "ticket"] {
            if self.input.get(name).is_some_and(|text| text.contains('\0')) {
                errors.insert(name.into(), vec!["A NUL character cannot be stored. Remove it.".into()]);
            }
        }
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let side = self.side(&mut errors);
        let action = collect(self.action().await, &mut errors)?;
        let ticket = collect(self.ticket().await, &mut errors)?.flatten();
        if !errors.is_empty() {
            return Err(Error::Invalid(errors));
        }
        let mut row = Input::partial([]);
        row.set("issue", self.issue.id.to_string());
        row.set("action", action.unwrap_or_default());
        row.set("side", side.to_value());
        for name in ["worked", "real_cause", "comment"] {
            if let Some(text) = self.input.get(name).filter(|text| !text.is_empty()) {
                row.set(name, text);
            }
        }
        if let Some(site) = self.site(side) {
            row.set("site", site.to_string());
        }
        if let Some(ticket) = ticket {
            row.set("ticket", ticket.to_string());
            self.link(ticket).await?;
        }
        if self.again(&row).await? {
            return Ok(());
        }
        self.save("actions-taken", &self.deed, &row).await?;
        self.move_on().await
    }

    /// Whether the same was recorded a moment ago: a second click, or a reload of the answer.
    async fn again(&self, row: &Input) -> Result<bool> {
        use entity::action_taken::{Column, Entity};
        let action: i64 = row.get("action").and_then(|key| key.parse().ok()).unwrap_or_default();
        let last = Entity::find()
            .filter(Column::IssueId.eq(self.issue.id))
            .filter(Column::UserId.eq(self.deed.actor.id))
            .filter(Column::ActionId.eq(action))
            .filter(Column::TakenAt.gt(self.deed.at - chrono::Duration::seconds(SAME)))
            .one(self.txn)
            .await?;
        Ok(last.is_some_and(|last| {
            last.comment.as_deref().unwrap_or_default() == row.get("comment").unwrap_or_default().trim()
        }))
    }

    async fn save(&self, slug: &str, deed: &Deed, input: &Input) -> Result<Saved> {
        let resource: &dyn AnyResource = self.visit.app.registry.get(slug)?;
        let save = Save { registry: &self.visit.app.registry, resource, deed, given: Vec::new() };
        save.run(self.txn, Target::New, input).await
    }

    fn side(&self, errors: &mut Errors) -> Side {
        let text = self.input.get("side").filter(|text| !text.is_empty()).unwrap_or("unknown").to_owned();
        Side::try_from_value(&text).unwrap_or_else(|_| {
            errors.insert("side".into(), vec!["Choose one of these.".into()]);
            Side::Unknown
        })
    }

    fn site(&self, side: Side) -> Option<i64> {
        match side {
            Side::Source => self.issue.src_site_id,
            Side::Destination => self.issue.dst_site_id,
            _ => None,
        }
    }

    /// Key of the action: one of the list, one of that name, or a new one.
    async fn action(&self) -> Result<String> {
        let chosen = self.input.get("action").unwrap_or_default().trim();
        let other = self.input.get("other").unwrap_or_default().trim();
        if chosen != "other" && !chosen.is_empty() {
            return Ok(chosen.to_owned());
        }
        if other.is_empty() {
            return Err(Error::field("action", "Choose what you did, or describe it."));
        }
        let same = Expr::from(Func::lower(Expr::col(action::Column::Name))).eq(other.to_lowercase());
        if let Some(known) = action::Entity::find().filter(same).one(self.txn).await? {
            return Ok(known.id.to_string());
        }
        let made =
            self.save("actions", &self.deed, &Input::partial([("name".to_owned(), other.to_owned())])).await;
        made.map(|saved| saved.row.pk()).map_err(|error| moved(error, "name", "other"))
    }

    /// Key of the ticket of that number, known or new.
    async fn ticket(&self) -> Result<Option<i64>> {
        let number = self.input.get("ticket").unwrap_or_default().trim().trim_start_matches('#');
        let number = number.strip_prefix("GGUS").unwrap_or(number).trim_start_matches([':', '-', ' ']);
        if number.is_empty() {
            return Ok(None);
        }
        let known = ticket::Entity::find().filter(ticket::Column::Reference.eq(number)).one(self.txn).await?;
        if let Some(known) = known {
            return Ok(Some(known.id));
        }
        let mut row = Input::partial([
            ("reference".to_owned(), number.to_owned()),
            ("title".to_owned(), format!("GGUS {number}")),
        ]);
        if let Some(site) = self.side_site() {
            row.set("site", site.to_string());
        }
        let made = self
            .save("tickets", &self.deed, &row)
            .await
            .map_err(|error| moved(error, "reference", "ticket"))?;
        Ok(crate::admin::key_number(made.row.key()))
    }

    fn side_site(&self) -> Option<i64> {
        let text = self.input.get("side").unwrap_or_default().to_owned();
        Side::try_from_value(&text).ok().and_then(|side| self.site(side))
    }

    async fn link(&self, ticket: i64) -> Result<()> {
        let link = ticket_issue::ActiveModel {
            ticket_id: Set(ticket),
            issue_id: Set(self.issue.id),
            linked_by_id: Set(self.deed.actor.id),
            certainty: Set(ticket_issue::Certainty::Exact),
            created_at: Set(self.deed.at),
        };
        let keys = [ticket_issue::Column::TicketId, ticket_issue::Column::IssueId];
        let again = OnConflict::columns(keys).update_column(ticket_issue::Column::Certainty).to_owned();
        ticket_issue::Entity::insert(link).on_conflict(again).exec_without_returning(self.txn).await?;
        Ok(())
    }

    /// The issue's status goes with the record: whoever may record may move it, and nothing else of it.
    async fn move_on(&self) -> Result<()> {
        let Some(status) = self.input.get("status").filter(|status| !status.is_empty()) else {
            return Ok(());
        };
        let mut deed = self.deed.clone();
        deed.actor.permissions.insert("issues.change".into());
        let resource = self.visit.app.registry.get("issues")?;
        let save = Save { registry: &self.visit.app.registry, resource, deed: &deed, given: Vec::new() };
        let input = Input::partial([("status".to_owned(), status.to_owned())]);
        save.run(self.txn, Target::Row(&self.issue.id.to_string(), None), &input).await?;
        Ok(())
    }
}

/// Keeps what is wrong with one field, so that all of it is said at once.
fn collect<T>(result: Result<T>, errors: &mut Errors) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(wrong)) => {
            errors.extend(wrong);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What is wrong with a field of another form, at the input of this one.
fn moved(error: Error, from: &str, to: &str) -> Error {
    match error {
        Error::Invalid(mut errors) => {
            if let Some(messages) = errors.remove(from) {
                errors.insert(to.to_owned(), messages);
            }
            Error::Invalid(errors)
        }
        other => other,
    }
}
