//! Something one can do about an issue.
use sea_orm::entity::prelude::*;

/// What sort of action it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Open or update a ticket.
    Ticket,
    /// Write to somebody.
    Contact,
    /// Wait and look again.
    Wait,
    /// Change something in Rucio, FTS or CRIC.
    Internal,
    /// Deliberately nothing.
    None,
}

/// Something one can do about an issue.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "action")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What to do, as an order.
    #[sea_orm(column_type = "String(StringLen::N(128))", unique)]
    pub name: String,
    /// How to do it.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub description: Option<String>,
    /// What sort of action it is.
    #[sea_orm(default_value = "internal")]
    pub kind: Kind,
    /// No longer offered; kept for the record.
    #[sea_orm(default_value = false)]
    pub is_retired: bool,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
