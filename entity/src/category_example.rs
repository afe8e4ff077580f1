//! A message seen for a category; a few are kept of each.
use sea_orm::entity::prelude::*;

/// A message seen for a category; a few are kept of each.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "category_example")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which category.
    pub category_id: i64,
    /// The message as it came.
    #[sea_orm(column_type = "String(StringLen::N(4096))")]
    pub message: String,
    /// Hex SHA-256 of the message.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub message_hash: String,
    /// When it was first seen.
    pub first_seen: DateTimeUtc,
    /// How often.
    #[sea_orm(default_value = 1)]
    pub seen_count: i64,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Cascade")]
    pub category: BelongsTo<super::error_category::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
