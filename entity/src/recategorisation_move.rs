//! One issue that a recategorisation moved, with what it takes to move it back.
use sea_orm::entity::prelude::*;

/// One issue that a recategorisation moved, with what it takes to move it back.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "recategorisation_move")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// By which change.
    pub recategorisation_id: i64,
    /// The issue; gone if it was folded into another.
    pub issue_id: i64,
    /// From which category.
    pub from_category_id: Option<i64>,
    /// Into which category; none as long as it is only planned.
    pub to_category_id: Option<i64>,
    /// The issue of the same link that took its counts.
    pub folded_into_id: Option<i64>,
    /// The folded issue as JSON.
    #[sea_orm(column_type = "Text", nullable)]
    pub snapshot: Option<String>,
    /// What `recategorisation_id` points at.
    #[sea_orm(belongs_to, from = "recategorisation_id", to = "id", on_delete = "Cascade")]
    pub recategorisation: BelongsTo<super::recategorisation::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
