//! Answers about a category that name no issue: what the original's client sends and what was moved in. Numbers of
//! suggestions and records stand in the same table, so that the original's clients see one list.
use crate::admin::{
    ActiveModel, Choices, Col, Deed, Fieldset, Resource, Search, Section, Show, choices, col, fieldset,
    grants,
};
use crate::api::original::actions::PROPOSED;
use crate::error::Error;
use entity::solution::{Column::*, Entity, Model};
use entity::vocabulary::Side;
use entity::{action, suggested_action};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, QueryOrder, Set,
};

pub(super) struct Solutions;

impl Resource for Solutions {
    type Entity = Entity;

    const SLUG: &'static str = "solutions";
    const NAME: (&'static str, &'static str) = ("answer", "answers");
    const ABOUT: &'static str = "What was done about a category, as the original's client tells it; suggestions and records have a number here, too.";
    const ICON: &'static str = "i-check";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(CategoryId),
        col(ActionId),
        col(RealCauseId),
        col(Side),
        col(UserId),
        col(SuggestedActionId),
        col(ActionTakenId),
        col(UpdatedAt),
    ];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(CategoryId), Search::Contains(ActionId)];
    const FILTERS: &'static [Col<Self>] = &[CategoryId, ActionId, SuggestedActionId, ActionTakenId, UserId];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Id, Order::Desc)];
    const UNSORTED: &'static [Col<Self>] = &[ActionId, RealCauseId, Side, UserId, UpdatedAt];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("What was done", &[CategoryId, ActionId, RealCauseId, Side, Propability, Score]),
        fieldset("What it stands for", &[MeantActionId, SuggestedActionId, ActionTakenId, UserId]),
    ];
    const READONLY: &'static [Col<Self>] = &[MeantActionId, SuggestedActionId, ActionTakenId, UserId];
    const CHOICES: &'static [Choices<Self>] = &[choices(Side, Side::values)];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Side, "What was at fault"),
        (Propability, "Chance in per cent"),
        (MeantActionId, "Action meant"),
        (ActionTakenId, "Record"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] =
        &[(ActionId, "“Proposed” stands for what was offered at that time.")];
    const GRANTS: &'static [(&'static str, &'static [crate::admin::Verb])] = grants::RECORDED;

    fn label(row: &Model) -> String {
        format!("Answer {}", row.id)
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        _: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if let Some(before) = before
            && (before.suggested_action_id.is_some() || before.action_taken_id.is_some())
        {
            return Err(Error::field("", "This is the number of another record: change that one."));
        }
        let now = |value: &sea_orm::ActiveValue<Option<i64>>| value.try_as_ref().copied().flatten();
        if before.is_none() && (now(&row.suggested_action_id).or(now(&row.action_taken_id))).is_some() {
            return Ok(());
        }
        let (Some(category), Some(action)) = (now(&row.category_id), now(&row.action_id)) else {
            let missing = if now(&row.category_id).is_none() { "category" } else { "action" };
            return Err(Error::field(missing, "This field is required."));
        };
        if before.is_none_or(|before| before.action_id != Some(action)) {
            row.meant_action_id = Set(meant(txn, category, action).await?);
        }
        Ok(())
    }
}

/// What “the action that was proposed” is: the first suggestion for the category.
async fn meant(txn: &DatabaseTransaction, category: i64, action: i64) -> Result<Option<i64>, Error> {
    let name = action::Entity::find_by_id(action).one(txn).await?.map(|action| action.name);
    if name.as_deref() != Some(PROPOSED) {
        return Ok(None);
    }
    let first = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .order_by_desc(suggested_action::Column::Prior)
        .order_by_asc(suggested_action::Column::Id)
        .one(txn)
        .await?;
    Ok(first.map(|row| row.action_id))
}

/// What gets a number in the original's list.
pub(super) enum Numbered {
    Suggestion(i64),
    Record(i64),
}

/// Gives a new row its number.
pub(super) async fn number(txn: &DatabaseTransaction, what: Numbered, deed: &Deed) -> Result<(), Error> {
    let (suggestion, record) = match what {
        Numbered::Suggestion(key) => (Some(key), None),
        Numbered::Record(key) => (None, Some(key)),
    };
    let row = entity::solution::ActiveModel {
        suggested_action_id: Set(suggestion),
        action_taken_id: Set(record),
        created_at: Set(deed.at),
        updated_at: Set(deed.at),
        ..Default::default()
    };
    Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}
