//! Which tickets are about which issues.
use sea_orm::entity::prelude::*;

/// How sure a link between a ticket and an issue is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Certainty {
    /// Somebody said so, or the number is named.
    Exact,
    /// Same site, other subject.
    Maybe,
}

/// Which tickets are about which issues.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_issue")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: i64,
    /// The issue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issue_id: i64,
    /// Who said so; none for a rule.
    pub linked_by_id: Option<i64>,
    /// How sure that is.
    #[sea_orm(default_value = "exact")]
    pub certainty: Certainty,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// What `ticket_id` points at.
    #[sea_orm(belongs_to, from = "ticket_id", to = "id", on_delete = "Cascade")]
    pub ticket: BelongsTo<super::ticket::Entity>,
    /// What `issue_id` points at.
    #[sea_orm(belongs_to, from = "issue_id", to = "id", on_delete = "Cascade")]
    pub issue: BelongsTo<super::issue::Entity>,
    /// What `linked_by_id` points at.
    #[sea_orm(belongs_to, from = "linked_by_id", to = "id", on_delete = "SetNull")]
    pub linked_by: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
