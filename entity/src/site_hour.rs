//! Attempts of one site in one role and hour: sums over its links.
use crate::vocabulary::Operation;
use sea_orm::entity::prelude::*;

/// What a site does in an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Role {
    /// It is read.
    Source,
    /// It is written.
    Destination,
}

/// Attempts of one site in one role and hour: sums over its links.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_hour")]
pub struct Model {
    /// What was done.
    #[sea_orm(primary_key, auto_increment = false)]
    pub operation: Operation,
    /// Whose.
    #[sea_orm(primary_key, auto_increment = false)]
    pub site_id: i64,
    /// In which role.
    #[sea_orm(primary_key, auto_increment = false)]
    pub role: Role,
    /// Start of the hour, UTC.
    #[sea_orm(primary_key, auto_increment = false)]
    pub hour: DateTimeUtc,
    /// Attempts that succeeded.
    pub done: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Restrict")]
    pub site: BelongsTo<super::site::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
