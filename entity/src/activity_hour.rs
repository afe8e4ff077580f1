//! Attempts on one link in one hour for one purpose, where the source tells it.
use crate::vocabulary::Operation;
use sea_orm::entity::prelude::*;

/// Attempts on one link in one hour for one purpose, where the source tells it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "activity_hour")]
pub struct Model {
    /// What was done.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: Operation,
    /// What for, such as `Production Input`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(64))")]
    pub activity: String,
    /// From where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub src_site_id: i64,
    /// To where.
    #[sea_orm(primary_key, auto_increment = false)]
    pub dst_site_id: i64,
    /// Start of the hour, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// Attempts that succeeded.
    pub done: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// What `src_site_id` points at.
    #[sea_orm(
        belongs_to,
        from = "src_site_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "SrcSite"
    )]
    pub src_site: BelongsTo<super::site::Entity>,
    /// What `dst_site_id` points at.
    #[sea_orm(
        belongs_to,
        from = "dst_site_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "DstSite"
    )]
    pub dst_site: BelongsTo<super::site::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
