//! How often something was tried of late.
use sea_orm::entity::prelude::*;

/// How often something was tried of late: failed sign-ins by account and address.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "throttle")]
pub struct Model {
    /// Hex SHA-256 of what is counted.
    #[sea_orm(primary_key, auto_increment = false, column_type = "String(StringLen::N(64))")]
    pub key: String,
    /// Failures since the last success or pause.
    pub failures: i32,
    /// No further try before, in milliseconds since 1970.
    pub blocked_until: i64,
    /// Forgotten after, in milliseconds since 1970.
    pub forget_at: i64,
}

impl ActiveModelBehavior for ActiveModel {}
