//! A bulk action on more rows than anybody waits for, and how far it is.
use sea_orm::entity::prelude::*;

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Nobody is at it yet.
    Waiting,
    /// Under way.
    Running,
    /// All rows were looked at.
    Done,
    /// Somebody cancelled it; what was done stays.
    Cancelled,
    /// It could not go on; what was done stays.
    Failed,
}

/// A bulk action on more rows than anybody waits for, and how far it is.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "bulk_job")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who asked for it; nobody else but superusers sees it. None when the account is gone.
    pub user_id: Option<i64>,
    /// Their name at that time.
    #[sea_orm(column_type = "String(StringLen::N(150))")]
    pub username: String,
    /// Slug of the resource.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub resource: String,
    /// What people read.
    #[sea_orm(column_type = "String(StringLen::N(200))")]
    pub title: String,
    /// What is done to each row, as JSON.
    #[sea_orm(column_type = "Text")]
    pub what: String,
    /// Query string of the list.
    #[sea_orm(column_type = "Text")]
    pub query: String,
    /// Why, where they said.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub reason: Option<String>,
    /// All that it writes has this in the audit log.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub operation: String,
    /// Request that asked for it.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub request_id: Option<String>,
    /// Where that came from.
    #[sea_orm(column_type = "String(StringLen::N(45))", nullable)]
    pub address: Option<String>,
    /// How far it is.
    #[sea_orm(default_value = "waiting")]
    pub state: State,
    /// Resource and user as long as it is not over: one at a time.
    #[sea_orm(column_type = "String(StringLen::N(100))", nullable, unique)]
    pub running_key: Option<String>,
    /// Key before the first row, when it was asked for.
    pub lowest_key: i64,
    /// Key of the last row, when it was asked for; later ones are left alone.
    pub highest_key: i64,
    /// Key of the last row looked at.
    pub last_key: i64,
    /// Rows changed or deleted.
    #[sea_orm(default_value = 0)]
    pub done: i64,
    /// Rows that had these values already.
    #[sea_orm(default_value = 0)]
    pub same: i64,
    /// Rows left alone because something stood in the way.
    #[sea_orm(default_value = 0)]
    pub refused: i64,
    /// The first of these with the reasons, as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub refusals: Option<String>,
    /// Why it could not go on.
    #[sea_orm(column_type = "String(StringLen::N(2000))", nullable)]
    pub note: Option<String>,
    /// Who works on it.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub claim: Option<String>,
    /// Until when nobody else does.
    pub claimed_until: Option<DateTimeUtc>,
    /// When it was asked for.
    pub created_at: DateTimeUtc,
    /// When it began.
    pub started_at: Option<DateTimeUtc>,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
