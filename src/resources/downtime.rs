//! Outages that sites announced.
use crate::admin::{
    ActiveModel, Choices, Col, Deed, Resource, Search, Show, Tone, Tones, View, choices, col, view,
};
use crate::error::Error;
use entity::downtime::{Classification, Column::*, Entity, Model, Severity};
use sea_orm::{ActiveEnum, DatabaseTransaction, Order};

pub(super) struct Downtimes;

impl Resource for Downtimes {
    type Entity = Entity;

    const SLUG: &'static str = "downtimes";
    const NAME: (&'static str, &'static str) = ("downtime", "downtimes");
    const ABOUT: &'static str = "Outages that sites announced: nobody is told about failures during them.";
    const ICON: &'static str = "i-clock";
    const LIST: &'static [Show<Self>] =
        &[col(SiteId), col(Severity), col(Classification), col(StartsAt), col(EndsAt), col(Description)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(SiteId), Search::Contains(Description)];
    const FILTERS: &'static [Col<Self>] = &[Severity, Classification, SiteId, EndsAt];
    const VIEWS: &'static [View] = &[view("coming", "Now and to come", "ends_at__gte=now&o=5")];
    const ORDER: &'static [(Col<Self>, Order)] = &[(EndsAt, Order::Desc)];
    const CHOICES: &'static [Choices<Self>] =
        &[choices(Severity, Severity::values), choices(Classification, Classification::values)];
    const TONES: &'static [(Col<Self>, Tones)] =
        &[(Severity, &[("outage", Tone::Bad), ("warning", Tone::Warn)])];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[(ExternalId, "Number in GOCDB or OSG")];

    fn label(row: &Model) -> String {
        format!(
            "{} {} to {}",
            row.severity.to_value(),
            row.starts_at.format("%Y-%m-%d %H:%M"),
            row.ends_at.format("%Y-%m-%d %H:%M")
        )
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        _: Option<&Model>,
        _: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        match (row.starts_at.try_as_ref(), row.ends_at.try_as_ref()) {
            (Some(start), Some(end)) if end <= start => {
                Err(Error::field("ends_at", "A downtime ends after it has begun."))
            }
            _ => Ok(()),
        }
    }
}
