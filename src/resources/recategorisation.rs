//! Changes of categories over stored issues, with how far they are.
use crate::admin::{Choices, Col, Resource, Search, Section, Show, Tone, Tones, Verb, choices, col, grants};
use entity::recategorisation::{Column::*, Entity, Kind, Model, State};
use sea_orm::{ActiveEnum, Order};

pub(super) struct Recategorisations;

impl Resource for Recategorisations {
    type Entity = Entity;

    const SLUG: &'static str = "recategorisations";
    const NAME: (&'static str, &'static str) = ("recategorisation", "recategorisations");
    const ABOUT: &'static str = "Issues moved between categories: how far it is, and the way back.";
    const ICON: &'static str = "i-tag";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] =
        &[col(Id), col(Summary), col(State), col(Moved), col(Seen), col(Total), col(UserId), col(CreatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Summary), Search::Contains(CategoryId)];
    const FILTERS: &'static [Col<Self>] = &[State, Kind, CategoryId];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Id, Order::Desc)];
    const CHOICES: &'static [Choices<Self>] = &[choices(Kind, Kind::values), choices(State, State::values)];
    const TONES: &'static [(Col<Self>, Tones)] = &[(
        State,
        &[
            ("queued", Tone::Info),
            ("running", Tone::Info),
            ("done", Tone::Good),
            ("stopped", Tone::Warn),
            ("failed", Tone::Bad),
        ],
    )];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[(UserId, "Asked for by")];
    const VERBS: &'static [Verb] = &[Verb::View];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::LOGS;

    fn label(row: &Model) -> String {
        row.summary.clone()
    }

    fn page(row: &Model) -> Option<String> {
        Some(format!("/recategorisations/{}/", row.id))
    }
}
