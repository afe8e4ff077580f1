//! When the worker does what.
use sea_orm::entity::prelude::*;

/// How a run of a job went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Under way.
    Running,
    /// Done.
    Ok,
    /// It broke off.
    Failed,
}

/// When the worker does what.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "schedule")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What is done.
    #[sea_orm(column_type = "String(StringLen::N(32))", unique)]
    pub job: String,
    /// When, as five fields of cron, UTC.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub cron: String,
    /// Whether it is done at all.
    #[sea_orm(default_value = true)]
    pub is_active: bool,
    /// When it is next due.
    pub next_run_at: Option<DateTimeUtc>,
    /// When it last began.
    pub last_started_at: Option<DateTimeUtc>,
    /// When it last ended.
    pub last_finished_at: Option<DateTimeUtc>,
    /// How it went.
    pub last_state: Option<State>,
    /// What it said.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub last_message: Option<String>,
    /// Which process is at it.
    #[sea_orm(column_type = "String(StringLen::N(200))", nullable)]
    pub lease_holder: Option<String>,
    /// Another process may take over after this.
    pub lease_until: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
