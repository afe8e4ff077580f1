//! What people did and wrote about a site.
use crate::admin::Verb;
use crate::error::Result;
use crate::shift::records::outcome;
use crate::web::Visit;
use chrono::{DateTime, Utc};
use entity::action_taken::Worked;
use entity::{action, action_taken, handover_note, ticket, user};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, EntityTrait, FromQueryResult, QueryFilter, QueryOrder, QuerySelect,
};

/// Records shown; the list behind them has all.
const SHOWN: u64 = 20;

/// Something that was done.
#[derive(FromQueryResult)]
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) issue_id: i64,
    pub(super) taken_at: DateTime<Utc>,
    pub(super) worked: Worked,
    pub(super) comment: Option<String>,
    pub(super) action: String,
    pub(super) who: Option<String>,
    pub(super) ticket_id: Option<i64>,
    system: Option<ticket::System>,
    reference: Option<String>,
}

impl Taken {
    pub(super) fn outcome(&self) -> (&'static str, &'static str) {
        outcome(self.worked)
    }

    /// The ticket about it: what it is called, and its key.
    pub(super) fn ticket(&self) -> Option<(String, i64)> {
        let (system, reference) = (self.system?, self.reference.as_ref()?);
        Some((format!("{} {reference}", system.to_value().to_uppercase()), self.ticket_id?))
    }
}

/// The last records that name the site, or that are about what fails there now. `None` without the right to
/// see them.
pub(super) async fn taken(visit: &Visit, site: i64, issues: Vec<i64>) -> Result<Option<Vec<Taken>>> {
    use action_taken::Column::{Comment, Id, IssueId, SiteId, TakenAt, TicketId, Worked};
    if !visit.may("actions-taken", Verb::View) {
        return Ok(None);
    }
    let of_site = Condition::any().add(SiteId.eq(site)).add(IssueId.is_in(issues));
    let rows = action_taken::Entity::find()
        .select_only()
        .columns([Id, IssueId, TakenAt, Worked, Comment, TicketId])
        .column_as(action::Column::Name, "action")
        .column_as(user::Column::Username, "who")
        .column_as(ticket::Column::System, "system")
        .column_as(ticket::Column::Reference, "reference")
        .inner_join(action::Entity)
        .left_join(user::Entity)
        .left_join(ticket::Entity)
        .filter(of_site)
        .order_by_desc(TakenAt)
        .order_by_desc(Id)
        .limit(SHOWN)
        .into_model()
        .all(&visit.app.db)
        .await?;
    Ok(Some(rows))
}

/// What a shift wrote about the site.
#[derive(FromQueryResult)]
pub(super) struct Note {
    pub(super) id: i64,
    pub(super) text: String,
    pub(super) watch_until: Option<DateTime<Utc>>,
    pub(super) written_at: DateTime<Utc>,
    pub(super) who: Option<String>,
}

impl Note {
    /// Until when somebody watches, if somebody does.
    pub(super) fn watch(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        self.watch_until.filter(|until| *until > now)
    }
}

/// The last notes about the site. `None` without the right to see them.
pub(super) async fn notes(visit: &Visit, site: i64) -> Result<Option<Vec<Note>>> {
    use handover_note::Column::{Id, SiteId, Text, WatchUntil, WrittenAt};
    if !visit.may("handover-notes", Verb::View) {
        return Ok(None);
    }
    let rows = handover_note::Entity::find()
        .select_only()
        .columns([Id, Text, WatchUntil, WrittenAt])
        .column_as(user::Column::Username, "who")
        .left_join(user::Entity)
        .filter(SiteId.eq(site))
        .order_by_desc(WrittenAt)
        .order_by_desc(Id)
        .limit(SHOWN)
        .into_model()
        .all(&visit.app.db)
        .await?;
    Ok(Some(rows))
}
