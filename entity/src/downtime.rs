//! An outage that a site announced.
use sea_orm::entity::prelude::*;

/// How bad a downtime is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Severity {
    /// Nothing works.
    Outage,
    /// At risk.
    Warning,
}

/// Whether a downtime was planned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Classification {
    /// Announced in time.
    Scheduled,
    /// Not announced in time.
    Unscheduled,
}

/// An outage that a site announced.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "downtime")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Who is down.
    pub site_id: i64,
    /// From.
    pub starts_at: DateTimeUtc,
    /// Until, not included.
    pub ends_at: DateTimeUtc,
    /// How bad.
    pub severity: Severity,
    /// Planned or not.
    pub classification: Classification,
    /// In the site's words.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub description: Option<String>,
    /// Announcement.
    #[sea_orm(column_type = "String(StringLen::N(500))", nullable)]
    pub url: Option<String>,
    /// Number in GOCDB or OSG topology.
    #[sea_orm(column_type = "String(StringLen::N(128))", unique, nullable)]
    pub external_id: Option<String>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Cascade")]
    pub site: BelongsTo<super::site::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
