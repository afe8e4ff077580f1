//! A browser that is signed in, or about to.
use sea_orm::entity::prelude::*;

/// A browser that is signed in, or about to. The key is the hash of the cookie's
/// value, so that a copy of the table opens no session.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "session")]
pub struct Model {
    /// Hex SHA-256 of the session's id.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(64))")]
    pub id: String,
    /// Who is signed in.
    pub user_id: Option<i64>,
    /// What is remembered, as JSON.
    #[sea_orm(column_type = "Text")]
    pub data: String,
    /// Not valid from then on, in seconds since 1970.
    pub expires_at: i64,
    /// Hash of the session at an identity provider that it came from, which can end it.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub provider_session: Option<String>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
