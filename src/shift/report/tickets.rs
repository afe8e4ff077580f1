//! Tickets opened, updated and closed in an interval.
use super::interval::Interval;
use super::rows::{Rows, most, within};
use crate::admin::Verb;
use crate::error::Result;
use crate::shift::records::{Labels, name};
use crate::web::Visit;
use chrono::{DateTime, Utc};
use entity::ticket::{self, Column};
use sea_orm::sea_query::Condition;
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// What became of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    /// It was opened.
    Opened,
    /// It was changed, or somebody acted on it.
    Updated,
    /// It was closed.
    Closed,
}

impl Became {
    /// In words.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Updated => "updated",
            Self::Closed => "closed",
        }
    }

    /// Its tone.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Opened => "bad",
            Self::Updated => "warn",
            Self::Closed => "good",
        }
    }
}

/// One ticket.
pub struct Row {
    /// System and number.
    pub label: String,
    /// Its page here.
    pub href: String,
    /// Its page there.
    pub url: Option<String>,
    /// Subject.
    pub title: String,
    /// Site notified.
    pub site: Option<String>,
    /// State in that system's words.
    pub status: String,
    /// What became of it, the last thing last.
    pub became: Vec<Became>,
    /// When it last changed, as far as known.
    pub at: DateTime<Utc>,
}

/// Those of the interval, with those that records of it name; none if the visitor may not see tickets.
pub(super) async fn find(
    visit: &Visit,
    interval: Interval,
    site: Option<i64>,
    recorded: Vec<i64>,
) -> Result<Option<Vec<ticket::Model>>> {
    if !visit.may("tickets", Verb::View) {
        return Ok(None);
    }
    let mut any = Condition::any();
    for column in [Column::OpenedAt, Column::ChangedAt, Column::ClosedAt] {
        any = any.add(Condition::all().add(column.gte(interval.from)).add(column.lt(interval.until)));
    }
    if !recorded.is_empty() {
        any = any.add(Column::Id.is_in(recorded));
    }
    let mut rows = ticket::Entity::find().filter(any);
    if let Some(site) = site {
        rows = rows.filter(Column::SiteId.eq(site));
    }
    Ok(Some(rows.order_by_desc(Column::Id).limit(most()).all(&visit.app.db).await?))
}

/// What was found, in words.
pub(super) fn named(found: Vec<ticket::Model>, interval: Interval, sites: &Labels) -> Rows<Row> {
    let mut rows: Vec<Row> = found.into_iter().map(|row| one(row, interval, sites)).collect();
    // The order of a report: what is new first.
    rows.sort_by_key(|row| match row.became.as_slice() {
        [Became::Opened, ..] => 0,
        [Became::Updated, ..] => 1,
        _ => 2,
    });
    Rows::cut(rows, format!("/admin/tickets/?{}", within("changed_at", interval)))
}

fn one(row: ticket::Model, interval: Interval, sites: &Labels) -> Row {
    let inside = |at: Option<DateTime<Utc>>| at.filter(|at| (interval.from..interval.until).contains(at));
    // A number that a shifter typed has no dates of GGUS yet.
    let opened = inside(row.opened_at.or(Some(row.created_at)));
    let closed = inside(row.closed_at);
    let mut became = Vec::new();
    became.extend(opened.map(|_| Became::Opened));
    became.extend(closed.map(|_| Became::Closed));
    if became.is_empty() {
        became.push(Became::Updated);
    }
    Row {
        label: format!("{} {}", row.system.to_value().to_uppercase(), row.reference),
        href: format!("/admin/tickets/{}/change/", row.id),
        site: name(sites, row.site_id),
        at: closed.or(inside(row.changed_at)).or(opened).unwrap_or(row.updated_at),
        url: row.url,
        title: row.title,
        status: row.status,
        became,
    }
}
