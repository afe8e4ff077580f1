//! An input file as far as it has been counted. It is known by its beginning, so a copy, a rename or another compression is the same file, and one that grew is read on.
use super::loader_run::Source;
use sea_orm::entity::prelude::*;

/// An input file as far as it has been counted. It is known by its beginning, so a copy, a rename or another compression is the same file, and one that grew is read on.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "loaded_file")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Which loader read it.
    pub source: Source,
    /// Where it was last seen.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub name: String,
    /// Hex SHA-256 of its first line.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub head_hash: String,
    /// Time window that was counted; empty for all.
    #[sea_orm(column_type = "String(StringLen::N(64))", default_value = "")]
    pub window: String,
    /// Lines counted.
    #[sea_orm(default_value = 0)]
    pub lines: i64,
    /// Digest of those lines, as `sources::reading` makes it.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub lines_hash: String,
    /// Whether its end was reached.
    #[sea_orm(default_value = false)]
    pub is_complete: bool,
    /// The run that last counted it.
    pub loader_run_id: Option<i64>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// What `loader_run_id` points at.
    #[sea_orm(belongs_to, from = "loader_run_id", to = "id", on_delete = "SetNull")]
    pub loader_run: BelongsTo<Option<super::loader_run::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
