//! Records that loaders could not use.
use crate::admin::{Col, Resource, Search, Section, Show, Verb, col, grants};
use entity::loader_rejection::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct LoaderRejections;

impl Resource for LoaderRejections {
    type Entity = Entity;

    const SLUG: &'static str = "loader-rejections";
    const NAME: (&'static str, &'static str) = ("rejected record", "rejected records");
    const ABOUT: &'static str = "Records that loaders could not use, and why: the first hundred of each run.";
    const ICON: &'static str = "i-warn";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[col(Place), col(Reason), col(LoaderRunId), col(CreatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Place), Search::Contains(Reason)];
    const FILTERS: &'static [Col<Self>] = &[LoaderRunId];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Id, Order::Desc)];
    const VERBS: &'static [Verb] = &[Verb::View];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::LOGS;

    fn label(row: &Model) -> String {
        row.place.clone()
    }
}
