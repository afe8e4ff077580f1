//! Failures of one issue in one day: what remains of its hours after their time.
use sea_orm::entity::prelude::*;

/// Failures of one issue in one day: what remains of its hours after their time.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "issue_day")]
pub struct Model {
    /// Of which issue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issue_id: i64,
    /// Start of the day, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: DateTimeUtc,
    /// Failed attempts that ended in it.
    pub failures: i64,
    /// Distinct files of its worst hour, where known.
    pub distinct_files: Option<i64>,
    /// Their size.
    pub bytes: Option<i64>,
    /// What `issue_id` points at.
    #[sea_orm(belongs_to, from = "issue_id", to = "id", on_delete = "Cascade")]
    pub issue: BelongsTo<super::issue::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
