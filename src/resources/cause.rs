//! Why errors happen, in words of people.
use crate::admin::{Choices, Col, Fieldset, Resource, Search, Show, choices, col, fieldset};
use entity::cause::{Column::*, Entity, Model};
use entity::vocabulary::{FaultKind, Side};
use sea_orm::{ActiveEnum, Order};

pub(super) struct Causes;

impl Resource for Causes {
    type Entity = Entity;

    const SLUG: &'static str = "causes";
    const NAME: (&'static str, &'static str) = ("cause", "causes");
    const ABOUT: &'static str = "Human explanations of error categories.";
    const ICON: &'static str = "i-cause";
    const LIST: &'static [Show<Self>] = &[col(Name), col(FaultKind), col(UsualSide), col(UpdatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name), Search::Contains(Description)];
    const FILTERS: &'static [Col<Self>] = &[FaultKind, UsualSide];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] =
        &[fieldset("", &[Name, Description]), fieldset("What it means", &[FaultKind, UsualSide])];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(FaultKind, FaultKind::values), choices(UsualSide, Side::values)];
    const HELP: &'static [(Col<Self>, &'static str)] = &[(UsualSide, "Who usually has to act.")];

    fn label(row: &Model) -> String {
        row.name.clone()
    }
}
