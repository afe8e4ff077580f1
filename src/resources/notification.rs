//! What was told to people.
use crate::admin::{
    Choices, Col, Resource, Search, Section, Show, Tone, Tones, Verb, View, choices, col, grants, view,
};
use entity::notification::{Channel, Column::*, Entity, Kind, Model, State, SuppressedBy};
use sea_orm::{ActiveEnum, Order};

pub(super) struct Notifications;

impl Resource for Notifications {
    type Entity = Entity;

    const SLUG: &'static str = "notifications";
    const NAME: (&'static str, &'static str) = ("notification", "notifications");
    const ABOUT: &'static str = "What was told to whom, and whether it arrived.";
    const ICON: &'static str = "i-info";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(Channel),
        col(Kind),
        col(State),
        col(Attempts),
        col(SentAt),
        col(SuppressedBy),
        col(CreatedAt),
    ];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Payload), Search::Contains(Error)];
    const FILTERS: &'static [Col<Self>] = &[State, Kind, CreatedAt];
    const DATES: Option<Col<Self>> = Some(CreatedAt);
    const VIEWS: &'static [View] = &[view("failed", "Failed", "state__exact=failed")];
    const ORDER: &'static [(Col<Self>, Order)] = &[(CreatedAt, Order::Desc)];
    const CHOICES: &'static [Choices<Self>] = &[
        choices(Channel, Channel::values),
        choices(Kind, Kind::values),
        choices(State, State::values),
        choices(SuppressedBy, SuppressedBy::values),
    ];
    const TONES: &'static [(Col<Self>, Tones)] = &[(
        State,
        &[("queued", Tone::Info), ("sent", Tone::Good), ("failed", Tone::Bad), ("suppressed", Tone::Warn)],
    )];
    const FIELDSETS: &'static [crate::admin::Fieldset<Self>] = &[crate::admin::fieldset(
        "",
        &[Channel, Kind, State, Payload, Attempts, NextTryAt, SentAt, Error, SuppressedBy, CreatedAt],
    )];
    const VERBS: &'static [Verb] = &[Verb::View];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::LOGS;

    fn label(row: &Model) -> String {
        format!("Notification {}", row.id)
    }
}
