//! A ticket in GGUS, Jira or elsewhere.
use sea_orm::entity::prelude::*;

/// Where a ticket is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum System {
    /// The helpdesk of EGI and WLCG.
    Ggus,
    /// An experiment's tracker.
    Jira,
    /// CERN's ServiceNow.
    Snow,
    /// Elsewhere.
    Other,
}

/// A ticket in GGUS, Jira or elsewhere.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "ticket")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Where it is kept.
    #[sea_orm(default_value = "ggus")]
    pub system: System,
    /// Its number there; text, since systems differ.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub reference: String,
    /// Subject.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub title: String,
    /// Address; made from the number for GGUS when empty.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub url: Option<String>,
    /// State in that system's words.
    #[sea_orm(column_type = "String(StringLen::N(32))", default_value = "new")]
    pub status: String,
    /// Priority in that system's words.
    #[sea_orm(column_type = "String(StringLen::N(32))", nullable)]
    pub priority: Option<String>,
    /// Such as TEAM or ALARM.
    #[sea_orm(column_type = "String(StringLen::N(32))", nullable)]
    pub ticket_type: Option<String>,
    /// Notified site.
    pub site_id: Option<i64>,
    /// Experiment concerned.
    #[sea_orm(column_type = "String(StringLen::N(32))", nullable)]
    pub vo: Option<String>,
    /// Who handles it.
    #[sea_orm(column_type = "String(StringLen::N(128))", nullable)]
    pub support_group: Option<String>,
    /// Not solved, unsolved, verified or closed.
    #[sea_orm(default_value = true)]
    pub is_open: bool,
    /// When it was opened there.
    pub opened_at: Option<DateTimeUtc>,
    /// When it was last changed there.
    pub changed_at: Option<DateTimeUtc>,
    /// When it was closed there.
    pub closed_at: Option<DateTimeUtc>,
    /// When it was last read from there.
    pub synced_at: Option<DateTimeUtc>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Restrict")]
    pub site: BelongsTo<Option<super::site::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
