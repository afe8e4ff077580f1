//! Whom to tell about which incidents, and how.
use crate::admin::{
    ActiveModel, Check, Choices, Col, Deed, Fieldset, Resource, Search, Section, Show, choices, col, fieldset,
};
use crate::error::Error;
use crate::notify;
use entity::notification::Channel;
use entity::notification_rule::{Column::*, Entity, Model};
use entity::vocabulary::Operation;
use sea_orm::{ActiveEnum, DatabaseTransaction, Order};

pub(super) struct NotificationRules;

impl Resource for NotificationRules {
    type Entity = Entity;

    const SLUG: &'static str = "notification-rules";
    const NAME: (&'static str, &'static str) = ("notification rule", "notification rules");
    const ABOUT: &'static str = "Whom to tell about which incidents, and how.";
    const ICON: &'static str = "i-info";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Name),
        col(Channel),
        col(Operation),
        col(SiteId),
        col(MinFailures),
        col(EfficiencyBelow),
        col(IsActive),
    ];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name), Search::Contains(SiteId)];
    const FILTERS: &'static [Col<Self>] = &[IsActive, Channel, Operation];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Name, IsActive]),
        fieldset(
            "About what",
            &[Operation, SiteId, MinFailures, EfficiencyBelow, OnlyWithoutTicket, EscalationFactor],
        ),
        fieldset("To whom", &[Channel, Target]),
    ];
    // The address of a webhook is its password.
    const SECRET: &'static [Col<Self>] = &[Target];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(Channel, Channel::values), choices(Operation, Operation::values)];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (SiteId, "Only this site"),
        (Operation, "Only this operation"),
        (MinFailures, "At least so many failures"),
        (EfficiencyBelow, "Efficiency below"),
        (OnlyWithoutTicket, "Only without a ticket"),
        (EscalationFactor, "Again when failures grow by"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (
            Target,
            "Address of the webhook, or of the person. Left empty, Mattermost uses MATTERMOST_WEBHOOK_URL.",
        ),
        (EfficiencyBelow, "Share of attempts that succeed, 0 to 1."),
        (OnlyWithoutTicket, "Not while there is an open ticket for the site."),
        (EscalationFactor, "A second message when there are so many times as many failures as at the first."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(EscalationFactor, check_factor)];
    const SAVE_AS_NEW: bool = true;

    fn label(row: &Model) -> String {
        row.name.clone()
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        _: Option<&Model>,
        _: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let channel = row.channel.try_as_ref().copied().unwrap_or(Channel::Mattermost);
        let target = row.target.try_as_ref().cloned().flatten().unwrap_or_default();
        notify::check_target(channel, &target).map_err(|why| Error::field("target", why))
    }
}

fn check_factor(text: &str) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(factor) if factor <= 1.0 => Err("Enter a number above 1, such as 10.".into()),
        _ => Ok(()),
    }
}
