//! A file that somebody uploaded to be imported, and how far that is.
use sea_orm::entity::prelude::*;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Its columns are to be chosen.
    Uploaded,
    /// Its rows are being looked at.
    Checking,
    /// What it would do is known.
    Checked,
    /// It is being written.
    Writing,
    /// It is written.
    Done,
    /// It could not be looked at or written.
    Failed,
}

/// A file that somebody uploaded to be imported, and how far that is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "import_file")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who uploaded it; nobody else sees it.
    pub user_id: i64,
    /// Slug of the resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// What it was called.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub name: String,
    /// How far it is.
    #[sea_orm(default_value = "uploaded")]
    pub state: State,
    /// Titles of its columns, as JSON.
    #[sea_orm(column_type = "Text")]
    pub headings: String,
    /// The field that each column is for, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub mapping: Option<String>,
    /// The field by which rows are recognised.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub match_by: Option<String>,
    /// What to tell about it.
    #[sea_orm(column_type = "String(StringLen::N(2000))", nullable)]
    pub note: Option<String>,
    /// Its rows.
    #[sea_orm(default_value = 0)]
    pub total: i64,
    /// Rows looked at.
    #[sea_orm(default_value = 0)]
    pub seen: i64,
    /// Rows that are new.
    #[sea_orm(default_value = 0)]
    pub added: i64,
    /// Rows that change.
    #[sea_orm(default_value = 0)]
    pub changed: i64,
    /// Rows that are as they are already.
    #[sea_orm(default_value = 0)]
    pub same: i64,
    /// Rows that cannot be written.
    #[sea_orm(default_value = 0)]
    pub invalid: i64,
    /// The first changes, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub sample: Option<String>,
    /// Who works on it.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub claim: Option<String>,
    /// Until when nobody else does.
    pub claimed_until: Option<DateTimeUtc>,
    /// When it was uploaded.
    pub created_at: DateTimeUtc,
    /// When it is forgotten.
    pub expires_at: DateTimeUtc,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "Cascade")]
    pub user: BelongsTo<super::user::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
