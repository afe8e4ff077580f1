//! Rights: one per resource and verb, made when a resource is new; given in groups and users.
use crate::admin::{Choices, Col, Resource, Search, Section, Show, Verb, choices, col, grants};
use entity::permission::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct Permissions;

impl Resource for Permissions {
    type Entity = Entity;

    const SLUG: &'static str = "permissions";
    const NAME: (&'static str, &'static str) = ("permission", "permissions");
    const ABOUT: &'static str = "Every right there is.";
    const ICON: &'static str = "i-key";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[col(Codename), col(Resource), col(Verb)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Codename)];
    const FILTERS: &'static [Col<Self>] = &[Verb];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Codename, Order::Asc)];
    const CHOICES: &'static [Choices<Self>] = &[choices(Verb, verbs)];
    const VERBS: &'static [Verb] = &[Verb::View];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.codename.clone()
    }
}

fn verbs() -> Vec<String> {
    Verb::ALL.iter().map(|verb| verb.name().to_owned()).collect()
}
