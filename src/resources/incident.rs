//! The issues of one faulty endpoint taken together: what one ticket is about.
use crate::admin::{
    Action, ActiveModel, Choices, Col, Deed, Fieldset, Inline, Resource, Search, Show, Tone, Tones, Verb,
    View, choices, col, fieldset, inline, view,
};
use crate::error::Error;
use entity::incident::{Column::*, Entity, Model, Role, State};
use entity::vocabulary::Operation;
use sea_orm::{ActiveEnum, DatabaseTransaction, Order, Set};

pub(super) struct Incidents;

impl Resource for Incidents {
    type Entity = Entity;

    const SLUG: &'static str = "incidents";
    const NAME: (&'static str, &'static str) = ("incident", "incidents");
    const ABOUT: &'static str = "Endpoints that fail, each with all its issues: what one ticket is about.";
    const ICON: &'static str = "i-warn";
    const LIST: &'static [Show<Self>] = &[
        col(SiteId),
        col(Role),
        col(Operation),
        col(State),
        col(CategoryId),
        col(Failures),
        col(Attempts),
        col(StartedAt),
        col(EndedAt),
    ];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(SiteId), Search::Contains(CategoryId), Search::Exact(Id)];
    const FILTERS: &'static [Col<Self>] = &[State, Role, Operation, SiteId, StartedAt];
    const DATES: Option<Col<Self>> = Some(StartedAt);
    const VIEWS: &'static [View] =
        &[view("open", "Open", "state__not=closed"), view("day", "Last 24 hours", "started_at__gte=-24h")];
    const ORDER: &'static [(Col<Self>, Order)] = &[(StartedAt, Order::Desc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("What fails", &[SiteId, Role, PartnerSiteId, Operation, CategoryId, Evidence]),
        fieldset("Where it stands", &[State, StartedAt, EndedAt, AnnouncedAt]),
        fieldset("Counts", &[Failures, Attempts]),
    ];
    const READONLY: &'static [Col<Self>] = &[EndedAt, AnnouncedAt, Failures, Attempts, Evidence, OpenKey];
    // The judgement of each hour looks for it anew.
    const FIXED: &'static [Col<Self>] = &[CategoryId];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(Role, Role::values), choices(Operation, Operation::values), choices(State, State::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(State, &[("open", Tone::Bad), ("acknowledged", Tone::Warn), ("closed", Tone::Good)])];
    const TITLES: &'static [(Col<Self>, &'static str)] =
        &[(PartnerSiteId, "Other end"), (CategoryId, "Leading error"), (AnnouncedAt, "Told")];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Role, "Reading from it, writing to it, or the link between it and the other end."),
        (PartnerSiteId, "Of a link: the source."),
        (Evidence, "Why this endpoint, from the counts of the last hours."),
    ];
    const ACTIONS: &'static [Action<Self>] = &[
        Action { name: "acknowledge", title: "Acknowledge", column: State, value: "acknowledged" },
        Action { name: "close", title: "Close", column: State, value: "closed" },
    ];
    const VERBS: &'static [Verb] = &[Verb::View, Verb::Add, Verb::Change];
    const INLINES: &'static [Inline] = &[inline("issues", "incident"), inline("notifications", "incident")];
    const NOTES: bool = true;

    fn label(row: &Model) -> String {
        format!(
            "#{} {} as {} since {}",
            row.id,
            row.operation.to_value(),
            row.role.to_value(),
            row.started_at.format("%Y-%m-%d %H:%M")
        )
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        _: Option<&Model>,
        deed: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let site = row.site_id.try_as_ref().copied().unwrap_or_default();
        let partner = row.partner_site_id.try_as_ref().copied().flatten();
        let (Some(role), Some(operation)) =
            (row.role.try_as_ref().copied(), row.operation.try_as_ref().copied())
        else {
            return Ok(());
        };
        if (role == Role::Link) != partner.is_some() {
            return Err(Error::field("partner_site", "A link has another end, and nothing else has one."));
        }
        if row.state.try_as_ref() == Some(&State::Closed) {
            row.open_key = Set(None);
            if row.ended_at.try_as_ref().copied().flatten().is_none() {
                row.ended_at = Set(Some(deed.at));
            }
        } else {
            let partner = partner.map_or_else(String::new, |site| site.to_string());
            row.open_key =
                Set(Some(format!("{}:{}:{site}:{partner}", operation.to_value(), role.to_value())));
            row.ended_at = Set(None);
        }
        Ok(())
    }
}
