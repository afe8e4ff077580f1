//! Failures of one issue in one hour.
use sea_orm::entity::prelude::*;

/// Failures of one issue in one hour.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "issue_hour")]
pub struct Model {
    /// Of which issue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issue_id: i64,
    /// Start of the hour, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// Failed attempts that ended in it.
    pub failures: i64,
    /// Distinct files among them, where known.
    pub distinct_files: Option<i64>,
    /// Their size.
    pub bytes: Option<i64>,
    /// What `issue_id` points at.
    #[sea_orm(belongs_to, from = "issue_id", to = "id", on_delete = "Cascade")]
    pub issue: BelongsTo<super::issue::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
