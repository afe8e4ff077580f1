//! Thresholds and rules that people change while OpInt runs.
use crate::admin::{Check, Col, Fieldset, Resource, Search, Section, Show, Verb, col, fieldset};
use entity::settings::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct Settings;

impl Resource for Settings {
    type Entity = Entity;

    const SLUG: &'static str = "settings";
    const NAME: (&'static str, &'static str) = ("settings", "settings");
    const ABOUT: &'static str = "From when on an endpoint is failing, and for how long counts are kept.";
    const ICON: &'static str = "i-filter";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] =
        &[col(Id), col(FailingBelow), col(MinAttempts), col(WindowHours), col(OpenAfter), col(CloseAfter)];
    const SEARCH: &'static [Search<Self>] = &[];
    const FILTERS: &'static [Col<Self>] = &[];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Id, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("Failing", &[FailingBelow, MinAttempts, WindowHours, OpenAfter, CloseAfter]),
        fieldset("Needing action", &[ActionFailures, ActionHours, ReplyHours]),
        fieldset("Telling", &[GraceMinutes, NewTicketUrl]),
        fieldset("Keeping", &[KeepHoursForDays, KeepDaysForDays]),
    ];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (FailingBelow, "Failing below"),
        (MinAttempts, "At least so many attempts"),
        (WindowHours, "Hours that count together"),
        (OpenAfter, "Opens after bad hours"),
        (CloseAfter, "Closes after good hours"),
        (ActionFailures, "Needs action from failures an hour"),
        (ActionHours, "Quiet after an action, hours"),
        (ReplyHours, "Quiet after a ticket's change, hours"),
        (GraceMinutes, "Minutes before it is told"),
        (NewTicketUrl, "Address for a new ticket"),
        (KeepHoursForDays, "Days with hourly counts"),
        (KeepDaysForDays, "Days with daily counts"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (FailingBelow, "Share of attempts that succeed, 0 to 1; failing is what is surely below it."),
        (MinAttempts, "Fewer in an hour say nothing."),
        (ActionFailures, "A site with fewer stays off the shift board."),
        (ActionHours, "For so long a site about which something was done is in hand."),
        (ReplyHours, "A ticket that nobody touched for longer brings its site back to the board."),
        (KeepHoursForDays, "Then they become daily sums."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[
        (MinAttempts, positive),
        (WindowHours, positive),
        (OpenAfter, positive),
        (CloseAfter, positive),
        (ActionFailures, positive),
        (ActionHours, positive),
        (ReplyHours, positive),
        (KeepHoursForDays, a_week),
        (KeepDaysForDays, a_week),
    ];
    const VERBS: &'static [Verb] = &[Verb::View, Verb::Change];

    fn label(_: &Model) -> String {
        "Settings".into()
    }
}

fn positive(text: &str) -> Result<(), String> {
    at_least(text, 1, "Enter a number from 1 to 1000.")
}

fn a_week(text: &str) -> Result<(), String> {
    match text.parse::<i64>() {
        Ok(number) if !(7..=36_500).contains(&number) => Err("Keep at least 7 days.".into()),
        _ => Ok(()),
    }
}

/// What is no number at all is told by its kind.
fn at_least(text: &str, least: i64, why: &str) -> Result<(), String> {
    match text.parse::<i64>() {
        Ok(number) if number < least || number > 1000 => Err(why.to_owned()),
        _ => Ok(()),
    }
}
