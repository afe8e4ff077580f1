//! What somebody noted on a record.
use sea_orm::entity::prelude::*;

/// What somebody noted on a record.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "note")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Slug of the record's resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// Key of the record.
    pub object_pk: i64,
    /// The note.
    #[sea_orm(column_type = "String(StringLen::N(2000))")]
    pub text: String,
    /// Who wrote it.
    pub user_id: Option<i64>,
    /// When, by the server's clock.
    pub written_at: DateTimeUtc,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
