//! A computing centre (rcsite) as CRIC knows it.
use sea_orm::entity::prelude::*;

/// Whether a site takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Status {
    /// In production.
    Active,
    /// Taken out.
    Disabled,
    /// Not known to CRIC.
    Unknown,
}

/// A computing centre (rcsite) as CRIC knows it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Name shared by all experiments, such as `INFN-T1`; `UNKNOWN` stands for what monitoring could not resolve.
    #[sea_orm(column_type = "String(StringLen::N(100))", unique)]
    pub name: String,
    /// ISO 3166 alpha-2.
    #[sea_orm(column_type = "String(StringLen::N(2))", nullable)]
    pub country: Option<String>,
    /// WLCG tier, 0 to 3.
    pub tier: Option<i32>,
    /// National cloud or federation.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub cloud: Option<String>,
    /// Whether it takes part.
    #[sea_orm(default_value = "active")]
    pub status: Status,
    /// Support unit that handles its tickets.
    #[sea_orm(column_type = "String(StringLen::N(128))", nullable)]
    pub ticket_group: Option<String>,
    /// Number in CRIC.
    pub cric_id: Option<i64>,
    /// Degrees north.
    pub latitude: Option<f64>,
    /// Degrees east.
    pub longitude: Option<f64>,
    /// What operators should know about it.
    #[sea_orm(column_type = "String(StringLen::N(4000))", nullable)]
    pub note: Option<String>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
