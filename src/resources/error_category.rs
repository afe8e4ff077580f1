//! What several error messages have in common.
use crate::admin::{
    ActiveModel, Check, Choices, Col, Deed, Fieldset, Inline, Resource, Search, Show, Tone, Tones, choices,
    col, fieldset, inline,
};
use crate::auth::session::digest;
use crate::error::Error;
use entity::error_category::{Column::*, Entity, Model, Origin, State};
use entity::vocabulary::{FaultKind, Side};
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, Set,
};

pub(super) struct ErrorCategories;

/// Largest compiled pattern, in bytes: bounds memory and the time of one match.
const PATTERN_SIZE: usize = 1 << 20;

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
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Pattern, check_pattern)];
    const INLINES: &'static [Inline] =
        &[inline("suggested-actions", "category"), inline("issues", "category")];

    fn label(row: &Model) -> String {
        row.title.clone()
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        _: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if let ActiveValue::Set(template) = &row.template {
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

/// A pattern runs over every message: linear time and bounded memory, or not at all.
fn check_pattern(text: &str) -> Result<(), String> {
    regex::RegexBuilder::new(text).size_limit(PATTERN_SIZE).build().map(drop).map_err(|error| match error {
        regex::Error::CompiledTooBig(_) => "This pattern becomes too large. Use shorter repetitions.".into(),
        regex::Error::Syntax(text) => {
            // The last line says what is wrong; those before draw where, which needs a fixed-width face.
            let what = text.lines().last().unwrap_or_default().trim_start_matches("error: ").to_owned();
            format!("This is no pattern: {what}. Look-around and back-references do not exist here; a literal ( or [ needs a backslash.")
        }
        other => other.to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::check_pattern;

    #[test]
    fn patterns_are_linear_and_bounded() {
        assert!(check_pattern(r"421 Service busy: .*exceeded").is_ok());
        for bad in ["(", "a(?!b)", r"(a)\1", "[z-a]", "((a{1000}){1000}){1000}"] {
            assert!(check_pattern(bad).is_err(), "{bad}");
        }
    }
}
