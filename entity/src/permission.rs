//! The right to do one thing with one resource.
use sea_orm::entity::prelude::*;

/// The right to do one thing with one resource.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "permission")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// `resource.verb`, such as `issues.change`.
    #[sea_orm(column_type = "String(StringLen::N(100))", unique)]
    pub codename: String,
    /// Slug of the resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// `view`, `add`, `change` or `delete`.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub verb: String,
}

impl ActiveModelBehavior for ActiveModel {}
