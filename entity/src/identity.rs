//! A user's name at an identity provider.
use sea_orm::entity::prelude::*;

/// A user's name at an identity provider.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "identity")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose.
    pub user_id: i64,
    /// The provider's address.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub issuer: String,
    /// The name there, which never changes.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub subject: String,
    /// First sign-in.
    pub created_at: DateTimeUtc,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
