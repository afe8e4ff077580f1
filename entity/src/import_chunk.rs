//! Some rows of a file to be imported.
use sea_orm::entity::prelude::*;

/// Some rows of a file to be imported.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_chunk")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The file.
    pub file_id: i64,
    /// Where in it, from 0.
    pub position: i64,
    /// Number and cells of each row, as JSON.
    #[sea_orm(column_type = "Text")]
    pub rows: String,
    /// What was found out about each, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub verdicts: Option<String>,
    /// Rows of it that cannot be written.
    #[sea_orm(default_value = 0)]
    pub invalid: i64,
    /// What `file_id` points at.
    #[sea_orm(belongs_to, from = "file_id", to = "id", on_delete = "Cascade")]
    pub file: BelongsTo<super::import_file::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
