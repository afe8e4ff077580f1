//! A file that failed in an issue in an hour: what makes distinct files countable when records arrive in many batches.
use sea_orm::entity::prelude::*;

/// A file that failed in an issue in an hour: what makes distinct files countable when records arrive in many batches.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "failed_file")]
pub struct Model {
    /// 64-bit hash of its name.
    #[sea_orm(primary_key, auto_increment = false)]
    pub file_hash: i64,
    /// Of which issue.
    #[sea_orm(primary_key, auto_increment = false)]
    pub issue_id: i64,
    /// Start of the hour, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// What `issue_id` points at.
    #[sea_orm(belongs_to, from = "issue_id", to = "id", on_delete = "Cascade")]
    pub issue: BelongsTo<super::issue::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
