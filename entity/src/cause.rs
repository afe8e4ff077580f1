//! Human explanation of an error category.
use crate::vocabulary::{FaultKind, Side};
use sea_orm::entity::prelude::*;

/// Human explanation of an error category.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "cause")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// One line.
    #[sea_orm(column_type = "String(StringLen::N(128))", unique)]
    pub name: String,
    /// More of it.
    #[sea_orm(column_type = "String(StringLen::N(4000))", nullable)]
    pub description: Option<String>,
    /// Coarse kind.
    pub fault_kind: Option<FaultKind>,
    /// Who usually has to act.
    pub usual_side: Option<Side>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
