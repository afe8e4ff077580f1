//! Silence about a site or a category.
use sea_orm::entity::prelude::*;

/// Silence about a site or a category.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "mute")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Which site.
    pub site_id: Option<i64>,
    /// Which category.
    pub category_id: Option<i64>,
    /// Until when; open-ended if empty.
    pub until: Option<DateTimeUtc>,
    /// Why.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub reason: String,
    /// Who asked for it.
    pub user_id: Option<i64>,
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
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Cascade")]
    pub category: BelongsTo<Option<super::error_category::Entity>>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
