//! When the worker does what.
use crate::admin::{
    ActiveModel, Check, Choices, Col, Deed, Fieldset, Resource, Search, Section, Show, Tone, Tones, Verb,
    choices, col, fieldset,
};
use crate::error::Error;
use crate::worker::schedule;
use entity::schedule::{Column::*, Entity, Model, State};
use sea_orm::{ActiveEnum, DatabaseTransaction, Order, Set};

pub(super) struct Schedules;

impl Resource for Schedules {
    type Entity = Entity;

    const SLUG: &'static str = "schedules";
    const NAME: (&'static str, &'static str) = ("schedule", "schedules");
    const ABOUT: &'static str = "When the worker does what, and how it went last time.";
    const ICON: &'static str = "i-clock";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Job),
        col(Cron),
        col(IsActive),
        col(LastState),
        col(LastFinishedAt),
        col(LastMessage),
        col(NextRunAt),
    ];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Job), Search::Contains(LastMessage)];
    const FILTERS: &'static [Col<Self>] = &[IsActive, LastState];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Job, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Job, Cron, IsActive]),
        fieldset("Last time", &[LastState, LastStartedAt, LastFinishedAt, LastMessage, NextRunAt]),
    ];
    const READONLY: &'static [Col<Self>] =
        &[Job, LastState, LastStartedAt, LastFinishedAt, LastMessage, NextRunAt, LeaseHolder, LeaseUntil];
    const CHOICES: &'static [Choices<Self>] = &[choices(LastState, State::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(LastState, &[("running", Tone::Info), ("ok", Tone::Good), ("failed", Tone::Bad)])];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Cron, "When"),
        (LastState, "Last time"),
        (LastFinishedAt, "Done"),
        (LastMessage, "What it said"),
        (NextRunAt, "Next"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] =
        &[(Cron, "Minute, hour, day of month, month, day of week, UTC: */10 * * * * is every ten minutes.")];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Cron, check)];
    const VERBS: &'static [Verb] = &[Verb::View, Verb::Change];

    fn label(row: &Model) -> String {
        row.job.clone()
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        // Another time, or switched on again: it is due at its next time, not at one long gone.
        let cron = row.cron.try_as_ref().cloned().unwrap_or_default();
        let active = row.is_active.try_as_ref().copied().unwrap_or(true);
        if before.is_none_or(|before| before.cron != cron || before.is_active != active) {
            row.next_run_at = Set(schedule::next(&cron, deed.at));
        }
        Ok(())
    }
}

fn check(text: &str) -> Result<(), String> {
    schedule::parse(text).map(drop)
}
