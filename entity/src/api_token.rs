//! A key for programs; only its hash is kept.
use sea_orm::entity::prelude::*;

/// A key for programs; only its hash is kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "api_token")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it is for.
    #[sea_orm(column_type = "String(StringLen::N(100))")]
    pub name: String,
    /// Whose rights it has.
    pub user_id: i64,
    /// Hex SHA-256 of the token.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique)]
    pub token_hash: String,
    /// Its first characters, to tell it from others.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub prefix: String,
    /// What it may do; everything its user may if empty.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub scopes: Option<String>,
    /// Not valid from then on.
    pub expires_at: Option<DateTimeUtc>,
    /// Last request with it.
    pub last_used_at: Option<DateTimeUtc>,
    /// Taken back.
    pub revoked_at: Option<DateTimeUtc>,
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
