//! Who did what, when and from where; written in the same transaction as the deed.
use sea_orm::entity::prelude::*;

/// By which door a write came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Source {
    /// A page.
    Form,
    /// The REST API.
    Api,
    /// An uploaded file.
    Import,
    /// `loaddata` or the sample data.
    Fixture,
    /// The command line.
    Command,
    /// A rule or the worker.
    System,
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Verb {
    /// A row was made.
    Add,
    /// A row was changed.
    Change,
    /// A row was deleted.
    Delete,
    /// Somebody signed in.
    SignIn,
    /// Somebody signed out.
    SignOut,
    /// Somebody was refused.
    Refused,
}

/// Who did what, when and from where; written in the same transaction as the deed.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_log")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// When.
    pub at: DateTimeUtc,
    /// Who; none for the system, or when the account is gone.
    pub user_id: Option<i64>,
    /// Their name at that time.
    #[sea_orm(column_type = "String(StringLen::N(150))")]
    pub username: String,
    /// By which door.
    pub source: Source,
    /// What was done.
    pub verb: Verb,
    /// Slug of the resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// Key of the row.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub object_pk: String,
    /// What the row was called.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub object_label: String,
    /// `{field: [old, new]}` as JSON, in words people read.
    #[sea_orm(column_type = "Text")]
    pub changes: String,
    /// Why, where they said.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub reason: Option<String>,
    /// Request that did it.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub request_id: Option<String>,
    /// Where it came from.
    #[sea_orm(column_type = "String(StringLen::N(45))", nullable)]
    pub address: Option<String>,
    /// What was done at once with others has the same.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub operation: Option<String>,
    /// Exact values before and after as JSON, where all of them could be kept.
    #[sea_orm(column_type = "Text", nullable)]
    pub trace: Option<String>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
