//! How often an action worked in one context; derived from `action_taken`, can be rebuilt.
use crate::vocabulary::FaultKind;
use sea_orm::entity::prelude::*;

/// How often an action worked in one context; derived from `action_taken`, can be rebuilt.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "action_stat")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// Hash of the context and the action.
    #[sea_orm(column_type = "String(StringLen::N(64))", unique)]
    pub stat_key: String,
    /// For this category, or for a wider context.
    pub category_id: Option<i64>,
    /// For this kind, or for all.
    pub fault_kind: Option<FaultKind>,
    /// At this site, or anywhere.
    pub site_id: Option<i64>,
    /// Which action.
    pub action_id: i64,
    /// How often it was tried with a known outcome.
    pub tries: i64,
    /// How often it worked.
    pub worked: i64,
    /// Tries, older ones counting less.
    pub decayed_tries: f64,
    /// Successes, older ones counting less.
    pub decayed_worked: f64,
    /// When it was computed.
    pub updated_at: DateTimeUtc,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Cascade")]
    pub category: BelongsTo<Option<super::error_category::Entity>>,
    /// What `site_id` points at.
    #[sea_orm(belongs_to, from = "site_id", to = "id", on_delete = "Cascade")]
    pub site: BelongsTo<Option<super::site::Entity>>,
    /// What `action_id` points at.
    #[sea_orm(belongs_to, from = "action_id", to = "id", on_delete = "Cascade")]
    pub action: BelongsTo<super::action::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
