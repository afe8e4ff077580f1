//! A set of permissions that people share.
use sea_orm::entity::prelude::*;

/// A set of permissions that people share.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "group")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What it is called.
    #[sea_orm(column_type = "String(StringLen::N(150))", unique)]
    pub name: String,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
