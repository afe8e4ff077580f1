//! A number in the original's list of solutions.
use crate::vocabulary::Side;
use sea_orm::entity::prelude::*;

/// A number in the original's list of solutions: of a suggestion, of a record, or of an answer that names a category
/// and no issue, as the original's client gives it. Only answers have values of their own.
///
/// A number goes with what it stands for, unasked: so the first two keys are relations of the database alone.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "solution")]
pub struct Model {
    /// Key, as the original's clients know it.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The suggestion of that number.
    #[sea_orm(unique)]
    pub suggested_action_id: Option<i64>,
    /// The record of that number.
    #[sea_orm(unique)]
    pub action_taken_id: Option<i64>,
    /// Of an answer: about which errors.
    pub category_id: Option<i64>,
    /// Of an answer: what was done.
    pub action_id: Option<i64>,
    /// Of an answer that says “what was proposed”: what was proposed then.
    pub meant_action_id: Option<i64>,
    /// Of an answer: why it happened.
    pub real_cause_id: Option<i64>,
    /// Of an answer: which end was at fault.
    #[sea_orm(default_value = "unknown")]
    pub side: Side,
    /// Of an answer: the original's estimate in per cent, by the original's name.
    #[sea_orm(default_value = 0.0)]
    pub propability: f64,
    /// Of an answer: the original's mark.
    #[sea_orm(default_value = false)]
    pub score: bool,
    /// Who gave the answer.
    pub user_id: Option<i64>,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
    /// What `category_id` points at.
    #[sea_orm(belongs_to, from = "category_id", to = "id", on_delete = "Cascade")]
    pub category: BelongsTo<Option<super::error_category::Entity>>,
    /// What `action_id` points at.
    #[sea_orm(belongs_to, from = "action_id", to = "id", on_delete = "Restrict", relation_enum = "Action")]
    pub action: BelongsTo<Option<super::action::Entity>>,
    /// What `meant_action_id` points at.
    #[sea_orm(
        belongs_to,
        from = "meant_action_id",
        to = "id",
        on_delete = "Restrict",
        relation_enum = "MeantAction"
    )]
    pub meant_action: BelongsTo<Option<super::action::Entity>>,
    /// What `real_cause_id` points at.
    #[sea_orm(belongs_to, from = "real_cause_id", to = "id", on_delete = "Restrict")]
    pub real_cause: BelongsTo<Option<super::cause::Entity>>,
    /// What `user_id` points at.
    #[sea_orm(belongs_to, from = "user_id", to = "id", on_delete = "SetNull")]
    pub user: BelongsTo<Option<super::user::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
