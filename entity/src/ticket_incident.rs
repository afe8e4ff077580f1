//! Which tickets are about which incidents.
use sea_orm::entity::prelude::*;

/// Which tickets are about which incidents.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket_incident")]
pub struct Model {
    /// The ticket.
    #[sea_orm(primary_key, auto_increment = false)]
    pub ticket_id: i64,
    /// The incident.
    #[sea_orm(primary_key, auto_increment = false)]
    pub incident_id: i64,
    /// Who said so; none for a rule.
    pub linked_by_id: Option<i64>,
    /// Since when.
    pub created_at: DateTimeUtc,
    /// What `ticket_id` points at.
    #[sea_orm(belongs_to, from = "ticket_id", to = "id", on_delete = "Cascade")]
    pub ticket: BelongsTo<super::ticket::Entity>,
    /// What `incident_id` points at.
    #[sea_orm(belongs_to, from = "incident_id", to = "id", on_delete = "Cascade")]
    pub incident: BelongsTo<super::incident::Entity>,
    /// What `linked_by_id` points at.
    #[sea_orm(belongs_to, from = "linked_by_id", to = "id", on_delete = "SetNull")]
    pub linked_by: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
