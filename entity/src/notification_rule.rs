//! Whom to tell about which incidents, and how.
use super::notification::Channel;
use super::vocabulary::Operation;
use sea_orm::entity::prelude::*;

/// Whom to tell about which incidents, and how.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification_rule")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name.
    #[sea_orm(column_type = "String(StringLen::N(128))", unique)]
    pub name: String,
    /// By which way.
    #[sea_orm(default_value = "mattermost")]
    pub channel: Channel,
    /// Where to, if not where the environment says: address of a webhook, or of a person.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub target: Option<String>,
    /// Only this operation.
    pub operation: Option<Operation>,
    /// Only this site.
    pub site_id: Option<i64>,
    /// Only with at least that many failures.
    #[sea_orm(default_value = 100)]
    pub min_failures: i64,
    /// Only if fewer than this share of attempts succeed.
    #[sea_orm(default_value = 0.2)]
    pub efficiency_below: f64,
    /// Not if there is an open ticket for the site.
    #[sea_orm(default_value = true)]
    pub only_without_ticket: bool,
    /// Tell again when failures have grown by this factor.
    #[sea_orm(default_value = 10.0)]
    pub escalation_factor: f64,
    /// Whether it is used.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Cascade")]
    pub site: BelongsTo<Option<super::site::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
