//! A change of categories over stored issues, in the background: what was asked for, how far it is, and what it moved, so that it can be undone.
use sea_orm::entity::prelude::*;

/// What was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Other categories into this one.
    Merge,
    /// Its pattern changed.
    Pattern,
    /// Some issues into it.
    Move,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Waiting.
    Queued,
    /// Under way.
    Running,
    /// All moved.
    Done,
    /// Somebody stopped it; what was moved stays.
    Stopped,
    /// It broke off.
    Failed,
    /// Being undone.
    Undoing,
    /// All moved back.
    Undone,
}

/// A change of categories over stored issues, in the background: what was asked for, how far it is, and what it moved, so that it can be undone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recategorisation")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What was asked for.
    pub kind: Kind,
    /// The category that takes issues in.
    pub category_id: i64,
    /// How far it is.
    #[sea_orm(default_value = "queued")]
    pub state: State,
    /// In words.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub summary: String,
    /// What was before, as JSON, so that it can be undone.
    #[sea_orm(column_type = "String(StringLen::N(4000))", nullable)]
    pub detail: Option<String>,
    /// Issues to look at.
    #[sea_orm(default_value = 0)]
    pub total: i64,
    /// Issues looked at.
    #[sea_orm(default_value = 0)]
    pub seen: i64,
    /// Issues moved.
    #[sea_orm(default_value = 0)]
    pub moved: i64,
    /// Key of the last issue looked at.
    #[sea_orm(default_value = 0)]
    pub cursor: i64,
    /// Why it failed.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub error: Option<String>,
    /// Who asked for it.
    pub user_id: Option<i64>,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Another process may take over after this.
    pub lease_until: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Restrict")]
    pub category: BelongsTo<super::error_category::Entity>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
