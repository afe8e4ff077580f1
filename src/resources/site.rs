//! Computing centres.
use crate::admin::{
    Check, Choices, Col, Fieldset, Inline, Resource, Search, Show, Tone, Tones, choices, col, fieldset,
    inline, tabular,
};
use entity::site::{Column::*, Entity, Model, Status};
use sea_orm::{ActiveEnum, Order};

pub(super) struct Sites;

impl Resource for Sites {
    type Entity = Entity;

    const SLUG: &'static str = "sites";
    const NAME: (&'static str, &'static str) = ("site", "sites");
    const ABOUT: &'static str = "Computing centres, by the name that all experiments share.";
    const ICON: &'static str = "i-site";
    const LIST: &'static [Show<Self>] =
        &[col(Name), col(Country), col(Tier), col(Cloud), col(Status), col(TicketGroup)];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(Name), Search::Contains(Cloud), Search::Exact(Country)];
    const FILTERS: &'static [Col<Self>] = &[Status, Tier];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Name, Status, Tier, Country, Cloud]),
        fieldset("Contact", &[TicketGroup, Note]),
        fieldset("In CRIC", &[CricId, Latitude, Longitude]),
    ];
    const CHOICES: &'static [Choices<Self>] = &[choices(Status, Status::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(Status, &[("active", Tone::Good), ("disabled", Tone::Warn)])];
    const TITLES: &'static [(Col<Self>, &'static str)] =
        &[(TicketGroup, "Support unit"), (CricId, "CRIC number")];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Name, "As in GOCDB and CRIC, such as INFN-T1."),
        (Country, "Two letters, such as IT."),
        (Tier, "0 to 3."),
        (Latitude, "Degrees north."),
        (Longitude, "Degrees east."),
        (Note, "What operators should know about it."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[
        (Country, check_country),
        (Tier, check_tier),
        (Latitude, check_latitude),
        (Longitude, check_longitude),
    ];
    const INLINES: &'static [Inline] = &[
        tabular("storage-endpoints", "site", &["se_name", "scheme", "host", "port", "state"]),
        inline("tickets", "site"),
    ];
    const NOTES: bool = true;

    fn label(row: &Model) -> String {
        row.name.clone()
    }

    fn page(row: &Model) -> Option<String> {
        Some(crate::shift::site_path(&row.name))
    }
}

fn check_country(text: &str) -> Result<(), String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase()) {
        Ok(())
    } else {
        Err("Enter two capital letters, such as IT.".into())
    }
}

fn check_tier(text: &str) -> Result<(), String> {
    within(text, 0.0, 3.0, "The tier is 0, 1, 2 or 3.")
}

fn check_latitude(text: &str) -> Result<(), String> {
    within(text, -90.0, 90.0, "Degrees north are between −90 and 90.")
}

fn check_longitude(text: &str) -> Result<(), String> {
    within(text, -180.0, 180.0, "Degrees east are between −180 and 180.")
}

/// What is no number at all is told by its kind.
fn within(text: &str, low: f64, high: f64, why: &str) -> Result<(), String> {
    match text.parse::<f64>() {
        Ok(number) if !(low..=high).contains(&number) => Err(why.to_owned()),
        _ => Ok(()),
    }
}
