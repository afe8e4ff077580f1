//! Tells who is to blame, from the counts of the last hours, and keeps incidents: what one ticket
//! would be about. Runs after each load and on a schedule; the same counts give the same result.
mod keep;
pub(crate) mod matrix;

use crate::app::{App, aside};
use crate::blame::{self, Blame, LinkVerdict, Rule, Verdicts};
use crate::error::Result;
use crate::loading::{UNKNOWN, owed};
use chrono::{DateTime, TimeDelta, Utc};
use entity::issue::{self, Attribution};
use entity::vocabulary::Operation;
use entity::{settings, site, site_hour};
pub(crate) use matrix::integer;
use matrix::{Failing, Scope};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};
use std::fmt;

/// What a judgement came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Issues whose blame was looked at.
    pub issues: usize,
    /// Incidents opened.
    pub opened: usize,
    /// Incidents closed.
    pub closed: usize,
    /// Incidents that go on.
    pub open: usize,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} issues judged; {} incidents opened, {} closed, {} open.",
            self.issues, self.opened, self.closed, self.open
        )
    }
}

/// Judges the hours up to a moment, or up to the last that was counted.
///
/// # Errors
/// What the database says.
pub async fn judge(app: &App, until: Option<DateTime<Utc>>) -> Result<Summary> {
    let settings = settings::Entity::find().one(&app.db).await?.ok_or(crate::error::Error::NotFound)?;
    // Before the counts are read: what a run adds meanwhile is for the next time.
    let owing = if until.is_none() { owed::unjudged(app).await? } else { Vec::new() };
    let sites = Names::read(app).await?;
    let mut summary = Summary::default();
    for operation in [Operation::Transfer, Operation::Deletion, Operation::Staging] {
        let until = match until {
            Some(until) => until,
            None => match last_hour(app, operation).await? {
                Some(hour) => hour + TimeDelta::hours(1),
                None => continue,
            },
        };
        let judgement = Judgement { app, operation, until, settings: &settings, sites: &sites };
        let done = judgement.run().await?;
        summary.issues += done.issues;
        summary.opened += done.opened;
        summary.closed += done.closed;
        summary.open += done.open;
    }
    owed::judged(app, &owing).await?;
    app.forget();
    Ok(summary)
}

/// Judges if a load has counted something since the last time, be it one that died before it could.
///
/// # Errors
/// What the database says.
pub async fn judge_loaded(app: &App) -> Result<Option<Summary>> {
    if owed::unjudged(app).await?.is_empty() {
        return Ok(None);
    }
    judge(app, None).await.map(Some)
}

/// The last hour with attempts.
pub(crate) async fn last_hour(app: &App, operation: Operation) -> Result<Option<DateTime<Utc>>> {
    // Sums of sites have the index for it, also for an operation that was never counted.
    Ok(site_hour::Entity::find()
        .select_only()
        .column(site_hour::Column::Hour)
        .filter(site_hour::Column::Operation.eq(operation))
        .order_by_desc(site_hour::Column::Hour)
        .limit(1)
        .into_tuple()
        .one(&app.db)
        .await?)
}

/// Names of sites, for sentences.
struct Names {
    unknown: i64,
    names: HashMap<i64, String>,
}

impl Names {
    async fn read(app: &App) -> Result<Self> {
        let rows: Vec<(i64, String)> = site::Entity::find()
            .select_only()
            .columns([site::Column::Id, site::Column::Name])
            .into_tuple()
            .all(&app.db)
            .await?;
        let unknown = rows.iter().find(|(_, name)| name == UNKNOWN).map_or(0, |(id, _)| *id);
        Ok(Self { unknown, names: rows.into_iter().collect() })
    }

    fn of(&self, site: i64) -> &str {
        self.names.get(&site).map_or(UNKNOWN, String::as_str)
    }
}

/// One operation up to one moment.
struct Judgement<'a> {
    app: &'a App,
    operation: Operation,
    until: DateTime<Utc>,
    settings: &'a settings::Model,
    sites: &'a Names,
}

impl Judgement<'_> {
    async fn run(&self) -> Result<Summary> {
        let window = TimeDelta::hours(i64::from(self.settings.window_hours.max(1)));
        let (verdicts, failing) = self.verdicts(self.until - window, self.until).await?;
        self.blame_issues(&verdicts, &failing).await?;
        let mut hours = Vec::new();
        let back = self.settings.open_after.max(self.settings.close_after).max(1);
        for hour in (1..=i64::from(back)).rev() {
            let from = self.until - TimeDelta::hours(hour);
            hours.push((from, self.verdicts(from, from + TimeDelta::hours(1)).await?.0));
        }
        let (opened, closed, open) = keep::keep(self, &verdicts, &hours, &failing).await?;
        Ok(Summary { issues: failing.len(), opened, closed, open })
    }

    async fn verdicts(&self, from: DateTime<Utc>, until: DateTime<Utc>) -> Result<(Verdicts, Vec<Failing>)> {
        let (operation, unknown) = (self.operation, self.sites.unknown);
        let scope = Scope { operation, activity: None, from, until, unknown };
        let failing = matrix::failing(&self.app.db, &scope).await?;
        let matrix = matrix::read(&self.app.db, &scope, &failing).await?;
        let model = model(self.settings);
        Ok((aside(move || blame::attribute(&matrix, &model)).await?, failing))
    }

    /// Writes down whom each issue that failed in the window is blamed on, and why.
    async fn blame_issues(&self, verdicts: &Verdicts, failing: &[Failing]) -> Result<()> {
        let links: BTreeMap<_, &LinkVerdict> =
            verdicts.links.iter().map(|link| ((link.source, link.destination), link)).collect();
        let txn = crate::db::begin(&self.app.db).await?;
        for failed in failing {
            // A deletion's matrix has no sources.
            let key = match self.operation {
                Operation::Deletion => (None, failed.dst),
                Operation::Staging => (failed.src, None),
                _ => (failed.src, failed.dst),
            };
            let Some(verdict) = links.get(&key) else { continue };
            let evidence = verdict.sentence(&|site| self.sites.of(site).to_owned());
            issue::Entity::update_many()
                .col_expr(issue::Column::Attribution, Expr::value(attribution(verdict.blame).to_value()))
                .col_expr(issue::Column::Confidence, Expr::value(verdict.confidence.clamp(0.0, 1.0)))
                .col_expr(issue::Column::Evidence, Expr::value(crate::admin::shorten(&evidence, 1000)))
                .filter(issue::Column::Id.eq(failed.id))
                .exec(&txn)
                .await?;
        }
        txn.commit().await?;
        Ok(())
    }
}

/// How blame is found, by what people set.
pub(crate) fn model(settings: &settings::Model) -> blame::Settings {
    blame::Settings {
        threshold: settings.failing_below,
        rule: Rule::Interval { attempts: u64::try_from(settings.min_attempts).unwrap_or(20) },
        ..blame::Settings::default()
    }
}

fn attribution(blame: Blame) -> Attribution {
    match blame {
        Blame::Source => Attribution::Source,
        Blame::Destination => Attribution::Destination,
        Blame::Link => Attribution::Link,
        Blame::Service => Attribution::Service,
        Blame::Unclear => Attribution::Unclear,
    }
}
