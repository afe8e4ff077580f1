//! Reads a situation from the hourly counts: a fixed number of statements.
use super::{Asked, CHART_HOURS, Failures, Link, Series, Situation, USUAL_DAYS, trouble};
use crate::app::{App, aside};
use crate::blame::{self, Blame};
use crate::error::{Error, Result};
use crate::incidents::matrix::{self, Scope, integer};
use crate::loading::UNKNOWN;
use crate::shift::window::Window;
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::{self, Role};
use entity::vocabulary::Operation;
use entity::{activity_hour, error_category, settings, site};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, HashMap};

pub(super) async fn read(app: &App, asked: Asked) -> Result<Situation> {
    let db = &app.db;
    let settings = settings::Entity::find().one(db).await?.ok_or(Error::NotFound)?;
    let sites: HashMap<i64, site::Model> =
        site::Entity::find().all(db).await?.into_iter().map(|site| (site.id, site)).collect();
    let unknown = sites.values().find(|site| site.name == UNKNOWN).map_or(0, |site| site.id);
    let read_at = app.now();
    let window = Window::read(app, asked.operation, asked.hours).await?;
    let Window { from, until, .. } = window;
    let scope = Scope { operation: asked.operation, activity: asked.activity.clone(), from, until, unknown };
    let failing = matrix::failing(db, &scope).await?;
    let counted = matrix::read(db, &scope, &failing).await?;
    let model = crate::incidents::model(&settings);
    let (counted, verdicts) = aside(move || {
        let verdicts = blame::attribute(&counted, &model);
        (counted, verdicts)
    })
    .await?;
    let failures = failures(&failing, unknown);
    let series = match &asked.activity {
        None => sites_series(db, asked.operation, window).await?,
        Some(_) => BTreeMap::new(),
    };
    let deletion_series = match asked.operation {
        Operation::Deletion => BTreeMap::new(),
        _ => sites_series(db, Operation::Deletion, window).await?,
    };
    let mut situation = Situation {
        links: links(&counted, &verdicts, asked.operation, unknown),
        categories: categories(db, &failures).await?,
        total: match &asked.activity {
            None => total(&series),
            Some(activity) => activity_series(db, asked.operation, activity, until).await?,
        },
        deletions: in_window(&deletion_series, window.whole_hours()),
        deletion_total: total(&deletion_series),
        activities: activities(db, until).await?,
        troubles: Vec::new(),
        asked,
        window,
        read_at,
        settings,
        sites,
        unknown,
        failures,
        verdicts,
        series,
    };
    situation.troubles = trouble::find(&situation);
    Ok(situation)
}

/// The links of the window with their verdicts, in the order of their sites.
fn links(
    counted: &blame::Matrix,
    verdicts: &blame::Verdicts,
    operation: Operation,
    unknown: i64,
) -> Vec<Link> {
    let count = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    let mut links: Vec<Link> = counted
        .links
        .iter()
        .map(|link| {
            let key = match operation {
                Operation::Deletion => (None, link.destination),
                Operation::Staging => (link.source, None),
                Operation::Transfer | Operation::Workflow => (link.source, link.destination),
            };
            let verdict = verdicts.link(key.0, key.1);
            Link {
                src: link.source.unwrap_or(unknown),
                dst: link.destination.unwrap_or(unknown),
                done: count(link.attempts.saturating_sub(link.failures)),
                failed: count(link.failures),
                blame: verdict.map_or(Blame::Unclear, |verdict| verdict.blame),
                likeliest: verdict.map_or(Blame::Unclear, |verdict| verdict.likeliest),
            }
        })
        .collect();
    links.sort_by_key(|link| (link.src, link.dst));
    links
}

fn failures(failing: &[matrix::Failing], unknown: i64) -> Vec<Failures> {
    let mut failures: Vec<Failures> = failing
        .iter()
        .map(|failed| Failures {
            issue: failed.id,
            category: failed.category,
            src: failed.src.unwrap_or(unknown),
            dst: failed.dst.unwrap_or(unknown),
            count: failed.failures,
        })
        .collect();
    failures.sort_by_key(|failed| (std::cmp::Reverse(failed.count), failed.issue));
    failures
}

async fn categories(db: &DatabaseConnection, failures: &[Failures]) -> Result<HashMap<i64, String>> {
    let mut keys: Vec<i64> = failures.iter().filter_map(|failed| failed.category).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut titles = HashMap::with_capacity(keys.len());
    for chunk in keys.chunks(500) {
        let rows: Vec<(i64, String)> = error_category::Entity::find()
            .select_only()
            .columns([error_category::Column::Id, error_category::Column::Title])
            .filter(error_category::Column::Id.is_in(chunk.to_vec()))
            .into_tuple()
            .all(db)
            .await?;
        titles.extend(rows);
    }
    Ok(titles)
}

/// The hours of the charts, and the hours of the window on the days before.
async fn sites_series(
    db: &DatabaseConnection,
    operation: Operation,
    window: Window,
) -> Result<BTreeMap<(i64, Role), Series>> {
    let Window { from, until, .. } = window;
    use site_hour::Column::{Done, Failed, Hour, Operation as What, SiteId};
    let mut hours = Condition::any()
        .add(Condition::all().add(Hour.gte(until - TimeDelta::hours(CHART_HOURS))).add(Hour.lt(until)));
    for day in 1..=USUAL_DAYS {
        let back = TimeDelta::days(day);
        hours = hours.add(Condition::all().add(Hour.gte(from - back)).add(Hour.lt(until - back)));
    }
    let rows: Vec<(i64, Role, DateTime<Utc>, i64, i64)> = site_hour::Entity::find()
        .select_only()
        .columns([SiteId, site_hour::Column::Role, Hour, Done, Failed])
        .filter(What.eq(operation))
        .filter(hours)
        .into_tuple()
        .all(db)
        .await?;
    let mut series: BTreeMap<(i64, Role), Series> = BTreeMap::new();
    let mut before: BTreeMap<(i64, Role), BTreeMap<i64, i64>> = BTreeMap::new();
    for (site, role, hour, done, failed) in rows {
        let own = series.entry((site, role)).or_insert_with(Series::empty);
        own.add(until, hour, done, failed);
        for day in 1..=USUAL_DAYS {
            let then = hour + TimeDelta::days(day);
            if (from..until).contains(&then) {
                *before.entry((site, role)).or_default().entry(day).or_default() += failed;
            }
        }
    }
    for (key, days) in before {
        if let Some(own) = series.get_mut(&key) {
            let on = |day| window.of_other_day(days.get(&day).copied().unwrap_or_default());
            own.failed_before = (1..=USUAL_DAYS).map(on).collect();
        }
    }
    Ok(series)
}

/// The sum over all sites, in the role in which every attempt has one.
fn total(series: &BTreeMap<(i64, Role), Series>) -> Series {
    let mut sum = Series::empty();
    sum.failed_before = vec![0; usize::try_from(USUAL_DAYS).unwrap_or_default()];
    for (_, own) in series.iter().filter(|((_, role), _)| *role == Role::Destination) {
        for (sum, more) in [
            (&mut sum.done, &own.done),
            (&mut sum.failed, &own.failed),
            (&mut sum.failed_before, &own.failed_before),
        ] {
            sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += more);
        }
    }
    sum
}

/// Attempts of one activity by the hour.
async fn activity_series(
    db: &DatabaseConnection,
    operation: Operation,
    activity: &str,
    until: DateTime<Utc>,
) -> Result<Series> {
    use activity_hour::Column::{Activity, Done, Failed, Hour, Operation as What};
    let sum = |column: activity_hour::Column| Expr::col(column).sum().cast_as(Alias::new(integer(db)));
    let rows: Vec<(DateTime<Utc>, Option<i64>, Option<i64>)> = activity_hour::Entity::find()
        .select_only()
        .column(Hour)
        .column_as(sum(Done), "done")
        .column_as(sum(Failed), "failed")
        .filter(What.eq(operation))
        .filter(Activity.eq(activity))
        .filter(Hour.gte(until - TimeDelta::hours(CHART_HOURS)))
        .filter(Hour.lt(until))
        .group_by(Hour)
        .into_tuple()
        .all(db)
        .await?;
    let mut series = Series::empty();
    for (hour, done, failed) in rows {
        series.add(until, hour, done.unwrap_or_default(), failed.unwrap_or_default());
    }
    Ok(series)
}

/// Activities of the last hours that were counted, by name.
async fn activities(db: &DatabaseConnection, until: DateTime<Utc>) -> Result<Vec<String>> {
    Ok(activity_hour::Entity::find()
        .select_only()
        .column(activity_hour::Column::Activity)
        .distinct()
        .filter(activity_hour::Column::Hour.gte(until - TimeDelta::hours(4)))
        .filter(activity_hour::Column::Hour.lt(until))
        .order_by_asc(activity_hour::Column::Activity)
        .limit(50)
        .into_tuple()
        .all(db)
        .await?)
}

/// Failures of each site in the window, as destination.
fn in_window(series: &BTreeMap<(i64, Role), Series>, hours: i64) -> BTreeMap<i64, i64> {
    let hours = usize::try_from(hours).unwrap_or(1);
    series
        .iter()
        .filter(|((_, role), _)| *role == Role::Destination)
        .map(|((site, _), own)| (*site, own.failed.iter().rev().take(hours).sum()))
        .collect()
}

impl Series {
    fn empty() -> Self {
        let hours = usize::try_from(CHART_HOURS).unwrap_or_default();
        Self { done: vec![0; hours], failed: vec![0; hours], failed_before: Vec::new() }
    }

    fn add(&mut self, until: DateTime<Utc>, hour: DateTime<Utc>, done: i64, failed: i64) {
        let place = CHART_HOURS - (until - hour).num_hours();
        let Ok(place) = usize::try_from(place) else { return };
        for (values, more) in [(&mut self.done, done), (&mut self.failed, failed)] {
            if let Some(value) = values.get_mut(place) {
                *value += more;
            }
        }
    }
}
