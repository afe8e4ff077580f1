//! All that a report tells, read with a bounded number of statements over bounded stretches of indexes.
use super::interval::Interval;
use super::issues::{Troubles, Which};
use super::numbers::Numbers;
use super::rows::{Rows, most, within};
use super::solved::Solved;
use super::{incidents, tickets};
use crate::admin::Verb;
use crate::error::Result;
use crate::shift::log::LogEntry;
use crate::shift::records::{Labels, Records, Span};
use crate::shift::times::short;
use crate::web::Visit;
use chrono::{DateTime, Utc};
use entity::site;
use sea_orm::{EntityTrait, Order, QueryOrder, QuerySelect};

/// What a report tells; what is `None` the visitor may not see.
pub struct Report {
    /// About which time.
    pub interval: Interval,
    /// About which site, if about one.
    pub site: Option<String>,
    /// When it was made.
    pub made: DateTime<Utc>,
    /// Its address on this server.
    pub path: String,
    /// Its whole address.
    pub url: String,
    /// In one sentence.
    pub summary: String,
    /// Counts.
    pub numbers: Numbers,
    /// Issues first seen.
    pub new: Troubles,
    /// Issues resolved.
    pub solved: Solved,
    /// Issues left.
    pub open: Troubles,
    /// Incidents opened and closed.
    pub incidents: Option<Rows<incidents::Row>>,
    /// Tickets.
    pub tickets: Option<Rows<tickets::Row>>,
    /// What was done.
    pub actions: Option<Rows<LogEntry>>,
    /// What the next shift should know.
    pub notes: Option<Rows<LogEntry>>,
}

/// Every site by key and by name.
pub(super) struct Sites {
    /// Names by key.
    pub(super) labels: Labels,
    /// In the order of names.
    pub(super) rows: Vec<(i64, String)>,
}

impl Sites {
    pub(super) async fn read(visit: &Visit) -> Result<Self> {
        let rows: Vec<(i64, String)> = site::Entity::find()
            .select_only()
            .columns([site::Column::Id, site::Column::Name])
            .order_by_asc(site::Column::Name)
            .into_tuple()
            .all(&visit.app.db)
            .await?;
        Ok(Self { labels: rows.iter().map(|(id, name)| (id.to_string(), name.clone())).collect(), rows })
    }

    /// The site of that name; whatever the case, if no other has exactly that.
    pub(super) fn named(&self, name: &str) -> Option<&(i64, String)> {
        let lower = name.to_lowercase();
        let any_case = || self.rows.iter().find(|(_, other)| other.to_lowercase() == lower);
        self.rows.iter().find(|(_, other)| other == name).or_else(any_case)
    }
}

/// Reads a report.
pub(super) async fn read(
    visit: &Visit,
    interval: Interval,
    sites: &Sites,
    site: Option<&(i64, String)>,
) -> Result<Report> {
    let (db, key) = (&visit.app.db, site.map(|(id, _)| *id));
    let facts = visit.app.reports.get(&visit.app, interval, key).await?;
    let incidents = incidents::find(visit, interval, key).await?;
    let span =
        Span { from: interval.from, until: interval.until, site: key, limit: most(), order: Order::Asc };
    let records = Records::read(visit, &span).await?;
    let recorded = records.taken.iter().filter_map(|row| row.ticket_id).collect();
    let tickets = tickets::find(visit, interval, key, recorded).await?;
    let (actions, notes) = records.entries(visit, &sites.labels).await?;
    let mut categories = facts.new.categories();
    categories.extend(facts.open.categories());
    categories.extend(facts.solved.categories());
    categories.extend(incidents.categories());
    let categories = visit.app.registry.labels(&db.into(), "error_category", categories).await?;
    let labels = &sites.labels;
    let list = |slug, field, entries| {
        let href = format!("/admin/{slug}/?{}", within(field, interval));
        visit.may(slug, Verb::View).then(|| Rows::cut(entries, href))
    };
    let path = address(interval, site.map(|(_, name)| name.as_str()));
    let mut report = Report {
        interval,
        site: site.map(|(_, name)| name.clone()),
        made: visit.now,
        url: format!("{}{path}", base(visit)),
        path,
        summary: String::new(),
        numbers: facts.numbers.clone(),
        new: Which::New.named(&facts.new, interval, labels, &categories),
        solved: facts.solved.named(labels, &categories),
        open: Which::Open.named(&facts.open, interval, labels, &categories),
        incidents: incidents.named(interval, labels, &categories),
        tickets: tickets.map(|found| tickets::named(found, interval, labels)),
        actions: list("actions-taken", "taken_at", actions),
        notes: list("handover-notes", "written_at", notes),
    };
    report.summary = super::summary::sentence(&report);
    Ok(report)
}

/// Address of a report on this server: always the same for the same time and site.
pub(super) fn address(interval: Interval, site: Option<&str>) -> String {
    let mut path = format!("/report/?{}", interval.query());
    if let Some(site) = site {
        path.push_str("&site=");
        path.extend(url::form_urlencoded::byte_serialize(site.as_bytes()));
    }
    path
}

fn base(visit: &Visit) -> String {
    let config = &visit.app.config;
    config.base_url.clone().unwrap_or_else(|| format!("http://{}", config.listen))
}

impl Report {
    /// Whether its time is not over.
    #[must_use]
    pub fn goes_on(&self) -> bool {
        self.made < self.interval.until
    }

    /// A time as the report tells it: with the date where that is not the day on which the interval ends.
    #[must_use]
    pub fn time(&self, at: &DateTime<Utc>) -> String {
        short(*at, self.interval.until)
    }

    /// What the interval is called in a column.
    #[must_use]
    pub fn this(&self) -> &'static str {
        if self.interval.shift.is_some() { "This shift" } else { "This time" }
    }

    /// What the one before is called.
    #[must_use]
    pub fn before(&self) -> &'static str {
        self.interval.before().shift.map_or("As long before", |shift| shift.title())
    }
}
