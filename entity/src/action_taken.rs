//! What somebody did about an issue, and whether it worked.
use crate::vocabulary::Side;
use sea_orm::entity::prelude::*;

/// Whether an action helped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Worked {
    /// Too early to say.
    Pending,
    /// It did.
    Yes,
    /// It did not.
    No,
    /// Cannot be told.
    Unknown,
}

/// What somebody did about an issue, and whether it worked.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "action_taken")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// About which issue.
    pub issue_id: i64,
    /// In which incident.
    pub incident_id: Option<i64>,
    /// What was done.
    pub action_id: i64,
    /// Who did it; none where an imported record does not say.
    pub user_id: Option<i64>,
    /// When, by the server's clock.
    pub taken_at: DateTimeUtc,
    /// The suggestion followed.
    pub suggested_action_id: Option<i64>,
    /// Where it stood in the list offered, from 1.
    pub offered_rank: Option<i32>,
    /// Outcome.
    #[sea_orm(default_value = "pending")]
    pub worked: Worked,
    /// When the outcome was given.
    pub worked_at: Option<DateTimeUtc>,
    /// What was at fault.
    #[sea_orm(default_value = "unknown")]
    pub side: Side,
    /// Which site was at fault.
    pub site_id: Option<i64>,
    /// Why it happened.
    pub real_cause_id: Option<i64>,
    /// The ticket about it.
    pub ticket_id: Option<i64>,
    /// What the next shift should know.
    #[sea_orm(column_type = "String(StringLen::N(4000))", nullable)]
    pub comment: Option<String>,
    /// Failures an hour just before, so that one can tell later whether it helped.
    pub failures_before: Option<i64>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `issue_id` points at.
    #[sea_orm(belongs_to, from = "issue_id", to = "id", on_delete = "Restrict")]
    pub issue: BelongsTo<super::issue::Entity>,
    /// What `incident_id` points at.
    #[sea_orm(belongs_to, from = "incident_id", to = "id", on_delete = "SetNull")]
    pub incident: BelongsTo<Option<super::incident::Entity>>,
    /// What `action_id` points at.
    #[sea_orm(belongs_to, from = "action_id", to = "id", on_delete = "Restrict")]
    pub action: BelongsTo<super::action::Entity>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Restrict")]
    pub user: BelongsTo<Option<super::user::Entity>>,
    /// What `suggested_action_id` points at.
    #[sea_orm(belongs_to, from = "suggested_action_id", to = "id", on_delete = "SetNull")]
    pub suggested_action: BelongsTo<Option<super::suggested_action::Entity>>,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Restrict")]
    pub site: BelongsTo<Option<super::site::Entity>>,
    /// What `real_cause_id` points at.
    #[sea_orm(belongs_to, from = "real_cause_id", to = "id", on_delete = "Restrict")]
    pub real_cause: BelongsTo<Option<super::cause::Entity>>,
    /// What `ticket_id` points at.
    #[sea_orm(belongs_to, from = "ticket_id", to = "id", on_delete = "Restrict")]
    pub ticket: BelongsTo<Option<super::ticket::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
