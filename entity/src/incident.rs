//! The issues of one faulty endpoint taken together: what one ticket is about.
use crate::vocabulary::Operation;
use sea_orm::entity::prelude::*;

/// In which role an endpoint fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Role {
    /// Reading from it.
    Source,
    /// Writing to it.
    Destination,
    /// Between it and one other.
    Link,
}

/// Whether somebody has an incident in hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Nobody yet.
    Open,
    /// Somebody.
    Acknowledged,
    /// Over.
    Closed,
}

/// The issues of one faulty endpoint taken together: what one ticket is about.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "incident")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose endpoint.
    pub site_id: i64,
    /// The other end, if the link between is at fault.
    pub partner_site_id: Option<i64>,
    /// In which role it fails.
    pub role: Role,
    /// What fails.
    pub operation: Operation,
    /// Leading error.
    pub category_id: Option<i64>,
    /// Whether somebody has it in hand.
    #[sea_orm(default_value = "open")]
    pub state: State,
    /// Since when.
    pub started_at: DateTimeUtc,
    /// Until when.
    pub ended_at: Option<DateTimeUtc>,
    /// Failed attempts so far.
    #[sea_orm(default_value = 0)]
    pub failures: i64,
    /// Attempts so far.
    #[sea_orm(default_value = 0)]
    pub attempts: i64,
    /// Why this endpoint, in words and numbers.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub evidence: Option<String>,
    /// When it was told.
    pub announced_at: Option<DateTimeUtc>,
    /// Site, role and operation while open: one open incident of each.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique, nullable)]
    pub open_key: Option<String>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Restrict", relation_enum = "Site")]
    pub site: BelongsTo<super::site::Entity>,
    /// What `partner_site_id` points at.
    #[sea_orm(
        belongs_to,
        from = "partner_site_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "PartnerSite"
    )]
    pub partner_site: BelongsTo<Option<super::site::Entity>>,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Restrict")]
    pub category: BelongsTo<Option<super::error_category::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
