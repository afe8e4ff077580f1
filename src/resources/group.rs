//! Sets of rights that people share.
use crate::admin::{Col, Fieldset, Many, Resource, Search, Section, Show, Verb, col, grants};
use entity::group::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct Groups;

impl Resource for Groups {
    type Entity = Entity;

    const SLUG: &'static str = "groups";
    const NAME: (&'static str, &'static str) = ("group", "groups");
    const ABOUT: &'static str = "Sets of rights that people share.";
    const ICON: &'static str = "i-users";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[col(Name), col(UpdatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name)];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] =
        &[Fieldset { title: "", columns: &[Name], many: &["permissions"], collapsed: false }];
    const MANY: &'static [Many] = &[Many {
        name: "permissions",
        title: "Rights",
        help: "What members may do with which records.",
        pairs: "group_permission",
        near: "group_id",
        far: "permission_id",
        to: "permission",
        filter: false,
    }];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.name.clone()
    }
}
