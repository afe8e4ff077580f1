//! One run of a loader.
use sea_orm::entity::prelude::*;

/// Where a loader reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Source {
    /// InfluxDB and Elasticsearch behind Grafana.
    Monit,
    /// FTS records as JSON Lines.
    Fts,
    /// Sites and storage elements.
    Cric,
    /// Tickets.
    Ggus,
    /// Job errors.
    Panda,
    /// The project's sample data.
    Demo,
}

/// How a run went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Not over.
    Running,
    /// All read.
    Ok,
    /// Some records were rejected.
    Partial,
    /// It stopped.
    Failed,
}

/// One run of a loader.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "loader_run")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Where it read.
    pub source: Source,
    /// From.
    pub window_start: Option<DateTimeUtc>,
    /// Until, not included.
    pub window_end: Option<DateTimeUtc>,
    /// How it went.
    #[sea_orm(default_value = "running")]
    pub state: State,
    /// When it began.
    pub started_at: DateTimeUtc,
    /// When it ended.
    pub finished_at: Option<DateTimeUtc>,
    /// Records read.
    #[sea_orm(default_value = 0)]
    pub rows_read: i64,
    /// Records rejected.
    #[sea_orm(default_value = 0)]
    pub rows_bad: i64,
    /// Issues made.
    #[sea_orm(default_value = 0)]
    pub issues_new: i64,
    /// Issues changed.
    #[sea_orm(default_value = 0)]
    pub issues_updated: i64,
    /// Requests sent.
    #[sea_orm(default_value = 0)]
    pub requests: i64,
    /// Why it failed.
    #[sea_orm(column_type = "String(StringLen::N(2000))", nullable)]
    pub error: Option<String>,
    /// Where to go on.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub checkpoint: Option<String>,
    /// Machine and process at work.
    #[sea_orm(column_type = "String(StringLen::N(200))", nullable)]
    pub lease_holder: Option<String>,
    /// Another worker may take over after this.
    pub lease_until: Option<DateTimeUtc>,
    /// The source, while it runs: one run of each at a time.
    #[sea_orm(column_type = "String(StringLen::N(32))", unique, nullable)]
    pub running_key: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
