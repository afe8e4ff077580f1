//! What several error messages have in common.
use crate::vocabulary::{FaultKind, Side};
use sea_orm::entity::prelude::*;

/// Where a category comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Origin {
    /// Made by a person.
    Manual,
    /// Found by clustering.
    Mined,
    /// Brought along from another system.
    Imported,
}

/// Whether a category is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// In use.
    Active,
    /// Another took its place.
    Merged,
    /// Not worth telling anyone.
    Muted,
}

/// What several error messages have in common.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "error_category")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Short name in plain words.
    #[sea_orm(column_type = "String(StringLen::N(200))", unique)]
    pub title: String,
    /// Masked message, found by clustering.
    #[sea_orm(column_type = "String(StringLen::N(4096))", nullable)]
    pub template: Option<String>,
    /// Hex SHA-256 of the template: its identity.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique, nullable)]
    pub template_hash: Option<String>,
    /// Linear-time regular expression, tried before templates, anywhere in the message.
    #[sea_orm(column_type = "String(StringLen::N(512))", nullable)]
    pub pattern: Option<String>,
    /// Order in which patterns are tried, lowest first.
    #[sea_orm(default_value = 100)]
    pub priority: i32,
    /// Why it happens.
    pub cause_id: Option<i64>,
    /// Coarse kind.
    pub fault_kind: Option<FaultKind>,
    /// Overrides what the data say about the side at fault.
    pub known_side: Option<Side>,
    /// Where the category comes from.
    #[sea_orm(default_value = "manual")]
    pub origin: Origin,
    /// Whether it is used.
    #[sea_orm(default_value = "active")]
    pub state: State,
    /// The category that took its place.
    pub merged_into_id: Option<i64>,
    /// What a shifter should check first.
    #[sea_orm(column_type = "String(StringLen::N(4000))", nullable)]
    pub note: Option<String>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `cause_id` points at.
    #[sea_orm(belongs_to, from = "cause_id", to = "id", on_delete = "Restrict")]
    pub cause: BelongsTo<Option<super::cause::Entity>>,
    /// What `merged_into_id` points at.
    #[sea_orm(
        belongs_to,
        from = "merged_into_id",
        to = "id",
        on_delete = "Restrict",
        self_ref,
        relation_enum = "MergedInto"
    )]
    pub merged_into: BelongsTo<Option<Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
