//! Which action to offer for which error, before there is evidence.
use crate::admin::{
    Action, ActiveModel, Check, Choices, Col, Deed, Fieldset, Resource, Search, Show, choices, col, fieldset,
};
use crate::auth::session::digest;
use crate::error::Error;
use entity::suggested_action::{Column::*, Entity, Model};
use entity::vocabulary::{Operation, Side};
use sea_orm::{ActiveEnum, DatabaseTransaction, Order, Set};

pub(super) struct SuggestedActions;

impl Resource for SuggestedActions {
    type Entity = Entity;

    const SLUG: &'static str = "suggested-actions";
    const NAME: (&'static str, &'static str) = ("suggested action", "suggested actions");
    const ABOUT: &'static str = "Which action to offer for which error.";
    const ICON: &'static str = "i-bulb";
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(CategoryId),
        col(ActionId),
        col(Side),
        col(SiteId),
        col(Prior),
        col(Position),
        col(IsActive),
    ];
    const SEARCH: &'static [Search<Self>] = &[
        Search::Contains(CategoryId),
        Search::Contains(ActionId),
        Search::Contains(SiteId),
        Search::Contains(Text),
    ];
    const FILTERS: &'static [Col<Self>] = &[IsActive, CategoryId, ActionId, Side, Operation];
    const ORDER: &'static [(Col<Self>, Order)] = &[(CategoryId, Order::Asc), (Position, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[CategoryId, ActionId, Text, Position, IsActive]),
        fieldset("Only when", &[Side, SiteId, Operation]),
        fieldset("Belief before evidence", &[Prior, PriorWeight]),
    ];
    const READONLY: &'static [Col<Self>] = &[DedupKey];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(Side, Side::values), choices(Operation, Operation::values)];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Prior, "Chance that it works"),
        (PriorWeight, "Worth how many outcomes"),
        (IsActive, "Offered"),
        (Text, "What to tell the shifter"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Prior, "0 to 1, as far as you know."),
        (PriorWeight, "The more, the longer recorded outcomes take to change it."),
        (Position, "Order among equals, lowest first."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Prior, check_share), (PriorWeight, check_weight)];
    const ACTIONS: &'static [Action<Self>] = &[
        Action { name: "offer", title: "Offer", column: IsActive, value: "true" },
        Action { name: "withdraw", title: "No longer offer", column: IsActive, value: "false" },
    ];
    const SAVE_AS_NEW: bool = true;

    fn label(row: &Model) -> String {
        format!("Suggestion {}", row.id)
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        _: Option<&Model>,
        _: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let key = |value: Option<&i64>| value.map_or_else(String::new, ToString::to_string);
        let parts = [
            key(row.category_id.try_as_ref()),
            key(row.action_id.try_as_ref()),
            row.side.try_as_ref().copied().flatten().map_or_else(String::new, |side| side.to_value()),
            key(row.site_id.try_as_ref().and_then(Option::as_ref)),
            row.operation
                .try_as_ref()
                .copied()
                .flatten()
                .map_or_else(String::new, |operation| operation.to_value()),
        ];
        row.dedup_key = Set(digest(&parts.join("\u{1f}")));
        Ok(())
    }

    async fn after_save(
        row: &Model,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        match before {
            None => super::solution::number(txn, super::solution::Numbered::Suggestion(row.id), deed).await,
            Some(_) => Ok(()),
        }
    }
}

fn check_share(text: &str) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(number) if !(0.0..=1.0).contains(&number) => Err("A chance is between 0 and 1.".into()),
        _ => Ok(()),
    }
}

fn check_weight(text: &str) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(number) if number <= 0.0 => Err("This must be more than 0.".into()),
        _ => Ok(()),
    }
}
