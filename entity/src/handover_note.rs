//! What one shift tells the next.
use sea_orm::entity::prelude::*;

/// What one shift tells the next.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "handover_note")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The note.
    #[sea_orm(column_type = "String(StringLen::N(2000))")]
    pub text: String,
    /// About which site, if about one.
    pub site_id: Option<i64>,
    /// Until then somebody watches the site, and it needs no other action.
    pub watch_until: Option<DateTimeUtc>,
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
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Cascade")]
    pub site: BelongsTo<Option<super::site::Entity>>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
