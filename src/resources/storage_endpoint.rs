//! Doors of storage elements: how the host in a record leads to a site.
use crate::admin::{Choices, Col, Resource, Search, Show, Tone, Tones, choices, col};
use entity::storage_endpoint::{Column::*, Entity, Model, State};
use sea_orm::{ActiveEnum, Order};

pub(super) struct StorageEndpoints;

impl Resource for StorageEndpoints {
    type Entity = Entity;

    const SLUG: &'static str = "storage-endpoints";
    const NAME: (&'static str, &'static str) = ("storage endpoint", "storage endpoints");
    const ABOUT: &'static str =
        "Doors of storage elements, from CRIC: they tell which site a host belongs to.";
    const ICON: &'static str = "i-site";
    const LIST: &'static [Show<Self>] =
        &[col(SiteId), col(SeName), col(Scheme), col(Host), col(Port), col(State)];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(Host), Search::Contains(SeName), Search::Contains(SiteId)];
    const FILTERS: &'static [Col<Self>] = &[State, Scheme, SiteId];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Host, Order::Asc)];
    const CHOICES: &'static [Choices<Self>] = &[choices(State, State::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(State, &[("active", Tone::Good), ("disabled", Tone::Warn)])];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[(SeName, "Storage element")];

    fn label(row: &Model) -> String {
        format!("{}://{}:{}", row.scheme, row.host, row.port)
    }
}
