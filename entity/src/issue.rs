//! One category of error on one link, or in one workflow, with its count and status.
use crate::vocabulary::Operation;
use sea_orm::entity::prelude::*;

/// Where an issue stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Status {
    /// Nobody looked at it.
    New,
    /// In hand.
    Ongoing,
    /// Over.
    Resolved,
    /// Not worth telling anyone.
    Muted,
}

/// Who is to blame for an issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Attribution {
    /// The source.
    Source,
    /// The destination.
    Destination,
    /// The network between.
    Link,
    /// FTS or Rucio.
    Service,
    /// Not clear.
    Unclear,
}

/// One category of error on one link, or in one workflow, with its count and status.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "issue")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What failed.
    pub operation: Operation,
    /// Which error; none until it is classified.
    pub category_id: Option<i64>,
    /// Where it was read; none for deletions and workflows.
    pub src_site_id: Option<i64>,
    /// Where it was to be written; none for workflows.
    pub dst_site_id: Option<i64>,
    /// Which workflow.
    #[sea_orm(column_type = "String(StringLen::N(128))", nullable)]
    pub workflow: Option<String>,
    /// Last full message.
    #[sea_orm(column_type = "String(StringLen::N(4096))")]
    pub message: String,
    /// Hex SHA-256 of that message.
    #[sea_orm(column_type = "String(StringLen::N(64))")]
    pub message_hash: String,
    /// Where it stands.
    #[sea_orm(default_value = "new")]
    pub status: Status,
    /// Hour of the first failure.
    pub first_seen: DateTimeUtc,
    /// Hour of the last failure.
    pub last_seen: DateTimeUtc,
    /// Failed attempts since then.
    #[sea_orm(default_value = 0)]
    pub failures_total: i64,
    /// Distinct files among them.
    #[sea_orm(default_value = 0)]
    pub files_total: i64,
    /// Who is to blame.
    #[sea_orm(default_value = "unclear")]
    pub attribution: Attribution,
    /// Share of the failures that this explains, 0 to 1.
    pub confidence: Option<f64>,
    /// Why, in words and numbers.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub evidence: Option<String>,
    /// The incident it is part of.
    pub incident_id: Option<i64>,
    /// How often it came back after it was resolved.
    #[sea_orm(default_value = 0)]
    pub reopened_count: i32,
    /// Hash of operation, link, workflow and category: one issue of each.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique)]
    pub dedup_key: String,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Restrict")]
    pub category: BelongsTo<Option<super::error_category::Entity>>,
    /// What `src_site_id` points at.
    #[sea_orm(
        belongs_to,
        from = "src_site_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "SrcSite"
    )]
    pub src_site: BelongsTo<Option<super::site::Entity>>,
    /// What `dst_site_id` points at.
    #[sea_orm(
        belongs_to,
        from = "dst_site_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "DstSite"
    )]
    pub dst_site: BelongsTo<Option<super::site::Entity>>,
    /// What `incident_id` points at.
    #[sea_orm(belongs_to, from = "incident_id", to = "id", on_delete = "SetNull")]
    pub incident: BelongsTo<Option<super::incident::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
