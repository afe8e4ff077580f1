//! Tickets in GGUS, Jira and elsewhere.
use crate::admin::{
    Action, ActiveModel, Check, Choices, Col, Deed, Fieldset, Inline, Resource, Search, Show, View, choices,
    col, fieldset, grants, inline, view,
};
use crate::error::Error;
use entity::ticket::{Column::*, Entity, Model, System};
use sea_orm::{ActiveEnum, ActiveValue, DatabaseTransaction, Order, Set};

pub(super) struct Tickets;

impl Resource for Tickets {
    type Entity = Entity;

    const SLUG: &'static str = "tickets";
    const NAME: (&'static str, &'static str) = ("ticket", "tickets");
    const ABOUT: &'static str = "What was reported to whom, and how it stands.";
    const ICON: &'static str = "i-ticket";
    const LIST: &'static [Show<Self>] = &[
        col(Reference),
        col(Title),
        col(System),
        col(SiteId),
        col(Status),
        col(Priority),
        col(IsOpen),
        col(ChangedAt),
    ];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(Title), Search::Starts(Reference), Search::Contains(SiteId)];
    const FILTERS: &'static [Col<Self>] =
        &[IsOpen, System, SiteId, Status, Priority, Vo, OpenedAt, ChangedAt];
    const DATES: Option<Col<Self>> = Some(ChangedAt);
    const VIEWS: &'static [View] = &[
        view("open", "Open", "is_open__exact=true"),
        view("silent", "Open, silent for a day", "is_open__exact=true&changed_at__lt=-24h&o=8"),
        view("week", "Opened this week", "opened_at__gte=-7d"),
    ];
    const ORDER: &'static [(Col<Self>, Order)] = &[(ChangedAt, Order::Desc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[System, Reference, Title, Url]),
        fieldset("About", &[SiteId, Vo, SupportGroup]),
        fieldset("How it stands", &[IsOpen, Status, Priority, TicketType, OpenedAt, ChangedAt, ClosedAt]),
    ];
    const CHOICES: &'static [Choices<Self>] = &[choices(System, System::values)];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Reference, "Number"),
        (IsOpen, "Open"),
        (ChangedAt, "Last changed"),
        (Vo, "Experiment"),
        (Url, "Address"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Url, "Left empty, a GGUS ticket gets its address from its number."),
        (Status, "In the words of the ticket system, such as “in progress” or “solved”."),
        (Vo, "Such as atlas or cms."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Url, check_url)];
    const ACTIONS: &'static [Action<Self>] =
        &[Action { name: "set_closed", title: "Mark as closed", column: IsOpen, value: "false" }];
    const GRANTS: &'static [(&'static str, &'static [crate::admin::Verb])] = grants::RECORDED;
    const INLINES: &'static [Inline] = &[inline("actions-taken", "ticket")];
    const NOTES: bool = true;

    fn label(row: &Model) -> String {
        format!("{} {}", row.system.to_value().to_uppercase(), row.reference)
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        _: Option<&Model>,
        _: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let text = |value: &ActiveValue<String>| value.try_as_ref().cloned().unwrap_or_default();
        let ggus = row.system.try_as_ref().is_none_or(|system| *system == System::Ggus);
        let number = text(&row.reference);
        if ggus
            && row.url.try_as_ref().and_then(Option::as_ref).is_none()
            && number.bytes().all(|byte| byte.is_ascii_digit())
        {
            // Seven digits since January 2025 (Zammad); six before.
            let url = if number.len() > 6 {
                format!("https://helpdesk.ggus.eu/#ticket/zoom/{number}")
            } else {
                format!("https://ggus.eu/?mode=ticket_info&ticket_id={number}")
            };
            row.url = Set(Some(url));
        }
        Ok(())
    }
}

/// An address of the web; anything else could run in somebody's browser.
fn check_url(text: &str) -> Result<(), String> {
    let web = text.starts_with("https://") || text.starts_with("http://");
    if web && validator::ValidateUrl::validate_url(&text) {
        Ok(())
    } else {
        Err("Enter an address that begins with https://.".into())
    }
}
