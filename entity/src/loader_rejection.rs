//! A record that a loader could not use, and why; the first few of each run are kept.
use sea_orm::entity::prelude::*;

/// A record that a loader could not use, and why; the first few of each run are kept.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "loader_rejection")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Of which run.
    pub loader_run_id: i64,
    /// File and line, or request.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub place: String,
    /// What was wrong.
    #[sea_orm(column_type = "String(StringLen::N(1000))")]
    pub reason: String,
    /// When it was met.
    pub created_at: DateTimeUtc,
    /// What `loader_run_id` points at.
    #[sea_orm(belongs_to, from = "loader_run_id", to = "id", on_delete = "Cascade")]
    pub loader_run: BelongsTo<super::loader_run::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
