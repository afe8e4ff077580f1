//! A change list's filters, order and columns under a name.
use sea_orm::entity::prelude::*;

/// A change list's filters, order and columns under a name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "saved_view")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// Slug of the resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// What it is called.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub name: String,
    /// Query string of the change list.
    #[sea_orm(column_type = "String(StringLen::N(2000))")]
    pub query: String,
    /// Everybody sees it.
    #[sea_orm(default_value = false)]
    pub is_shared: bool,
    /// Opened first.
    #[sea_orm(default_value = false)]
    pub is_default: bool,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
