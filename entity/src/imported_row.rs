//! Where a row came from that was moved in from another database.
use sea_orm::entity::prelude::*;

/// Where a row came from that was moved in from another database, so that moving in again finds it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imported_row")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Which installation: a name or a digest of its address.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub origin: String,
    /// Its table there.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub old_table: String,
    /// Its key there.
    pub old_pk: i64,
    /// Its table here.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub new_table: String,
    /// Its key here.
    pub new_id: i64,
}

impl ActiveModelBehavior for ActiveModel {}
