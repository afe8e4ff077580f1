//! Another name of a site: an experiment's, an RSE, a host or a domain.
use sea_orm::entity::prelude::*;

/// What sort of name an alias is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// Name in one experiment's monitoring.
    ExperimentSite,
    /// Rucio storage element.
    Rse,
    /// Full host name.
    Host,
    /// Suffix of host names.
    Domain,
}

/// Another name of a site: an experiment's, an RSE, a host or a domain.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "site_alias")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The site meant.
    pub site_id: i64,
    /// Experiment that uses the name; empty for all.
    #[sea_orm(column_type = "String(StringLen::N(32))", default_value = "")]
    pub vo: String,
    /// What sort of name it is.
    pub kind: Kind,
    /// The name.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub value: String,
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
