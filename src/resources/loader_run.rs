//! What the loaders read, and when.
use crate::admin::{
    Choices, Col, Inline, Resource, Search, Section, Show, Tone, Tones, Verb, View, choices, col, grants,
    inline, view,
};
use entity::loader_run::{Column::*, Entity, Model, Source, State};
use sea_orm::{ActiveEnum, Order};

pub(super) struct LoaderRuns;

impl Resource for LoaderRuns {
    type Entity = Entity;

    const SLUG: &'static str = "loader-runs";
    const NAME: (&'static str, &'static str) = ("loader run", "loader runs");
    const ABOUT: &'static str = "What was read from where, and what was wrong with it.";
    const ICON: &'static str = "i-down";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(Source),
        col(State),
        col(StartedAt),
        col(FinishedAt),
        col(RowsRead),
        col(RowsBad),
        col(IssuesNew),
        col(IssuesUpdated),
    ];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Error)];
    const FILTERS: &'static [Col<Self>] = &[Source, State, StartedAt];
    const VIEWS: &'static [View] =
        &[view("trouble", "In trouble", "state__exact=failed&state__exact=partial")];
    const ORDER: &'static [(Col<Self>, Order)] = &[(StartedAt, Order::Desc)];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(Source, Source::values), choices(State, State::values)];
    const TONES: &'static [(Col<Self>, Tones)] = &[(
        State,
        &[("running", Tone::Info), ("ok", Tone::Good), ("partial", Tone::Warn), ("failed", Tone::Bad)],
    )];
    const VERBS: &'static [Verb] = &[Verb::View];
    const INLINES: &'static [Inline] = &[inline("loader-rejections", "loader_run")];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::LOGS;

    fn label(row: &Model) -> String {
        format!("{} run {}", row.source.to_value().to_uppercase(), row.id)
    }
}
