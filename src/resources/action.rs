//! What one can do about an issue.
use crate::admin::{
    Action as Bulk, Choices, Col, Fieldset, Resource, Search, Show, choices, col, fieldset, grants,
};
use entity::action::{Column::*, Entity, Kind, Model};
use sea_orm::{ActiveEnum, Order};

pub(super) struct Actions;

impl Resource for Actions {
    type Entity = Entity;

    const SLUG: &'static str = "actions";
    const NAME: (&'static str, &'static str) = ("action", "actions");
    const ABOUT: &'static str = "What one can do about an issue.";
    const ICON: &'static str = "i-check";
    const LIST: &'static [Show<Self>] =
        &[col(Name), col(Kind), col(Description), col(IsRetired), col(UpdatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name), Search::Contains(Description)];
    const FILTERS: &'static [Col<Self>] = &[Kind, IsRetired];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[fieldset("", &[Name, Kind, Description, IsRetired])];
    const CHOICES: &'static [Choices<Self>] = &[choices(Kind, Kind::values)];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[(IsRetired, "Retired")];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Name, "As an order, such as “Submit a ticket to the site”."),
        (IsRetired, "No longer offered; kept for the record."),
    ];
    const ACTIONS: &'static [Bulk<Self>] =
        &[Bulk { name: "retire", title: "Retire", column: IsRetired, value: "true" }];
    const GRANTS: &'static [(&'static str, &'static [crate::admin::Verb])] = grants::RECORDED;

    fn label(row: &Model) -> String {
        row.name.clone()
    }
}
