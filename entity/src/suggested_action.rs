//! An action offered for a category, before there is evidence.
use crate::vocabulary::{Operation, Side};
use sea_orm::entity::prelude::*;

/// An action offered for a category, before there is evidence.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "suggested_action")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// For which errors.
    pub category_id: i64,
    /// What to offer.
    pub action_id: i64,
    /// Only when this side is at fault.
    pub side: Option<Side>,
    /// Only at this site.
    pub site_id: Option<i64>,
    /// Only for this operation.
    pub operation: Option<Operation>,
    /// Chance that it works, 0 to 1, as far as its author knows.
    #[sea_orm(default_value = 0.8)]
    pub prior: f64,
    /// How many recorded outcomes that belief is worth.
    #[sea_orm(default_value = 4.0)]
    pub prior_weight: f64,
    /// What to tell the shifter besides.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub text: Option<String>,
    /// Order among equals, lowest first.
    #[sea_orm(default_value = 0)]
    pub position: i32,
    /// Offered.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// Hash of category, action and conditions: the same offer is made once.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique)]
    pub dedup_key: String,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Cascade")]
    pub category: BelongsTo<super::error_category::Entity>,
    /// What `action_id` points at.
    #[sea_orm(belongs_to, from = "action_id", to = "id", on_delete = "Restrict")]
    pub action: BelongsTo<super::action::Entity>,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Restrict")]
    pub site: BelongsTo<Option<super::site::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
