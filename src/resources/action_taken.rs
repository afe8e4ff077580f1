//! What somebody did about an issue, and whether it worked.
use crate::admin::{
    Action, ActiveModel, Choices, Col, Deed, Fieldset, Resource, Search, Show, Tone, Tones, Verb, View,
    choices, col, fieldset, grants, view,
};
use crate::error::Error;
use entity::action_taken::{Column::*, Entity, Model, Worked};
use entity::vocabulary::Side;
use sea_orm::{ActiveEnum, ActiveValue, DatabaseTransaction, Order, Set};

pub(super) struct ActionsTaken;

impl Resource for ActionsTaken {
    type Entity = Entity;

    const SLUG: &'static str = "actions-taken";
    const NAME: (&'static str, &'static str) = ("action taken", "actions taken");
    const ABOUT: &'static str = "What was done about issues: the evidence behind suggestions.";
    const ICON: &'static str = "i-done";
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(TakenAt),
        col(ActionId),
        col(IssueId),
        col(SiteId),
        col(Worked),
        col(UserId),
        col(TicketId),
    ];
    const SEARCH: &'static [Search<Self>] = &[
        Search::Contains(Comment),
        Search::Contains(ActionId),
        Search::Contains(SiteId),
        Search::Contains(TicketId),
    ];
    const FILTERS: &'static [Col<Self>] =
        &[Worked, ActionId, SiteId, Side, UserId, TakenAt, IssueId, TicketId];
    const DATES: Option<Col<Self>> = Some(TakenAt);
    const VIEWS: &'static [View] = &[
        view("mine", "Mine", "user__exact=me"),
        view("open", "Outcome not known", "worked__exact=pending"),
        view("day", "Last 24 hours", "taken_at__gte=-24h"),
    ];
    const ORDER: &'static [(Col<Self>, Order)] = &[(TakenAt, Order::Desc)];
    const UNSORTED: &'static [Col<Self>] = &[IssueId];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("What was done", &[IssueId, ActionId, TicketId, Comment]),
        fieldset("What came of it", &[Worked, WorkedAt, Side, SiteId, RealCauseId]),
        fieldset("Who and when", &[UserId, TakenAt, SuggestedActionId, OfferedRank, FailuresBefore]),
    ];
    // Author and time are the server's to say.
    const READONLY: &'static [Col<Self>] =
        &[UserId, TakenAt, WorkedAt, SuggestedActionId, OfferedRank, FailuresBefore];
    const CHOICES: &'static [Choices<Self>] = &[choices(Worked, Worked::values), choices(Side, Side::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(Worked, &[("yes", Tone::Good), ("no", Tone::Bad), ("pending", Tone::Warn)])];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Worked, "Did it work?"),
        (WorkedAt, "Known since"),
        (Side, "What was at fault"),
        (SiteId, "Site at fault"),
        (UserId, "Who"),
        (TakenAt, "When"),
    ];
    const ACTIONS: &'static [Action<Self>] = &[
        Action { name: "worked", title: "It worked", column: Worked, value: "yes" },
        Action { name: "did_not_work", title: "It did not work", column: Worked, value: "no" },
    ];
    // A shifter records, and later says whether it helped.
    const GRANTS: &'static [(&'static str, &'static [Verb])] = &[
        ("Viewers", &[Verb::View]),
        ("Shifters", &[Verb::View, Verb::Add, Verb::Change]),
        ("Operators", grants::RECORDS[2].1),
    ];

    fn label(row: &Model) -> String {
        format!("Record {} of {}", row.id, row.taken_at.format("%Y-%m-%d %H:%M"))
    }

    fn page(row: &Model) -> Option<String> {
        Some(format!("/issues/{}/", row.issue_id))
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if before.is_none() {
            if row.user_id.is_not_set() {
                row.user_id = Set(deed.actor.id);
            }
            if row.taken_at.is_not_set() {
                row.taken_at = Set(deed.at);
            }
        }
        if let ActiveValue::Set(worked) = &row.worked
            && row
                .worked_at
                .try_as_ref()
                .is_none_or(|known| before.is_some_and(|before| before.worked_at == *known))
        {
            let known = matches!(worked, Worked::Yes | Worked::No);
            row.worked_at = Set(known.then_some(deed.at));
        }
        Ok(())
    }

    async fn after_save(
        row: &Model,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        match before {
            None => super::solution::number(txn, super::solution::Numbered::Record(row.id), deed).await,
            Some(_) => Ok(()),
        }
    }
}
