//! What several error messages have in common.
use crate::admin::{
    ActiveModel, Check, Choices, Col, Deed, Fieldset, Inline, Resource, Search, Show, Tone, Tones, View,
    choices, col, fieldset, inline, tabular, view,
};
use crate::auth::session::digest;
use crate::categorise;
use crate::error::Error;
use entity::error_category::{Column::*, Entity, Model, Origin, State};
use entity::vocabulary::{FaultKind, Side};
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, Set,
};

/// What of a suggestion is said on the form of its category.
const SUGGESTED: &[&str] = &["action", "side", "site", "prior", "position", "is_active"];

pub(super) struct ErrorCategories;

impl Resource for ErrorCategories {
    type Entity = Entity;

    const SLUG: &'static str = "error-categories";
    const NAME: (&'static str, &'static str) = ("error category", "error categories");
    const ABOUT: &'static str = "What error messages have in common, and what it means.";
    const ICON: &'static str = "i-tag";
    const LIST: &'static [Show<Self>] = &[
        col(Title),
        col(Pattern),
        col(Priority),
        col(CauseId),
        col(FaultKind),
        col(Origin),
        col(State),
        col(UpdatedAt),
    ];
    const SEARCH: &'static [Search<Self>] = &[
        Search::Contains(Title),
        Search::Contains(Pattern),
        Search::Contains(Template),
        Search::Contains(CauseId),
    ];
    const FILTERS: &'static [Col<Self>] = &[State, Origin, FaultKind, CauseId, KnownSide];
    const VIEWS: &'static [View] =
        &[view("causeless", "Without a cause", "cause__isnull=true&state__exact=active")];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Priority, Order::Asc), (Title, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("What it matches", &[Title, Template, Pattern, Priority, State]),
        fieldset("What it means", &[CauseId, FaultKind, KnownSide, Note]),
        Fieldset {
            title: "Where it comes from",
            columns: &[Origin, MergedIntoId],
            many: &[],
            collapsed: true,
        },
    ];
    const READONLY: &'static [Col<Self>] = &[TemplateHash];
    const CHOICES: &'static [Choices<Self>] = &[
        choices(FaultKind, FaultKind::values),
        choices(KnownSide, Side::values),
        choices(Origin, Origin::values),
        choices(State, State::values),
    ];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(State, &[("active", Tone::Good), ("muted", Tone::Info), ("merged", Tone::Warn)])];
    const TITLES: &'static [(Col<Self>, &'static str)] =
        &[(Note, "Note for shifters"), (MergedIntoId, "Merged into")];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Template, "The message with its variable parts masked, as clustering found it."),
        (Pattern, "Regular expression, tried before templates, anywhere in the message."),
        (Priority, "Lower numbers are tried first."),
        (KnownSide, "Overrides what the data say about the side at fault."),
        (Note, "What to check first."),
        (MergedIntoId, "For a merged category: the one that took its place."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Pattern, categorise::check_pattern)];
    const ASKS_WHY: bool = true;
    const INLINES: &'static [Inline] =
        &[tabular("suggested-actions", "category", SUGGESTED), inline("issues", "category")];
    const SAVE_AS_NEW: bool = true;
    const NOTES: bool = true;

    fn label(row: &Model) -> String {
        row.title.clone()
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        _: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        // What was mined brings its own: two templates can read alike and differ in what was masked.
        if let (ActiveValue::Set(template), false) = (&row.template, row.template_hash.is_set()) {
            row.template_hash = Set(template.as_deref().map(digest));
        }
        let into = row.merged_into_id.try_as_ref().copied().flatten();
        let merged = row.state.try_as_ref().is_some_and(|state| *state == State::Merged);
        match into {
            None if merged => {
                Err(Error::field("merged_into", "Choose the category that took its place, or another state."))
            }
            Some(_) if !merged => Err(Error::field(
                "merged_into",
                "Only a merged category has one; set the state to merged, or empty this.",
            )),
            Some(into) => no_cycle(txn, before.map(|row| row.id), into).await,
            None => Ok(()),
        }
    }

    async fn after_save(
        row: &Model,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        crate::recategorise::follow(txn, row, before, deed).await
    }

    fn links(row: &Model) -> Vec<(String, String)> {
        let to = |what: &str| format!("/admin/error-categories/{}/{what}/", row.id);
        vec![
            ("Try a pattern".into(), to("pattern")),
            ("Split off".into(), to("split")),
            ("Merge into another".into(), to("merge")),
        ]
    }
}

/// Following the merges must come to an end.
async fn no_cycle(txn: &DatabaseTransaction, own: Option<i64>, mut into: i64) -> Result<(), Error> {
    for _ in 0..100 {
        if Some(into) == own {
            return Err(Error::field("merged_into", "That category was itself merged into this one."));
        }
        let next = Entity::find().filter(Id.eq(into)).one(txn).await?.and_then(|row| row.merged_into_id);
        match next {
            Some(next) => into = next,
            None => return Ok(()),
        }
    }
    Err(Error::field("merged_into", "This chain of merged categories is too long."))
}
