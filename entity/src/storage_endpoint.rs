//! One door of a storage element.
use sea_orm::entity::prelude::*;

/// Whether a door is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// In use.
    Active,
    /// Taken out.
    Disabled,
}

/// One door of a storage element.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "storage_endpoint")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Whose door it is.
    pub site_id: i64,
    /// Storage element in CRIC.
    #[sea_orm(column_type = "String(StringLen::N(128))")]
    pub se_name: String,
    /// Protocol, such as `davs`.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub scheme: String,
    /// Host name.
    #[sea_orm(column_type = "String(StringLen::N(255))")]
    pub host: String,
    /// Port; 0 where CRIC names none.
    #[sea_orm(default_value = 0)]
    pub port: i32,
    /// Whether it is in use.
    #[sea_orm(default_value = "active")]
    pub state: State,
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
