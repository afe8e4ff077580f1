//! Loads the monitoring hour by hour. An hour is replaced, not added to: records arrive late there, so
//! the last hours are read again at each run, and a run that died is simply repeated.
use super::run::{Run, Window};
use super::store::Store;
use super::{Counts, Loaded};
use crate::app::App;
use crate::config::Config;
use crate::sources::http::{Credentials, Http, Limits};
use crate::sources::monit::{Influx, Monit, Search};
use anyhow::{Context, bail};
use chrono::{DateTime, DurationRound, TimeDelta, Utc};
use entity::loader_run::{Column, Entity, Source, State};
use entity::vocabulary::Operation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use url::Url;

/// What the monitoring counts.
const OPERATIONS: [Operation; 2] = [Operation::Transfer, Operation::Deletion];
/// Hours that are read again, since records come late.
const AGAIN: TimeDelta = TimeDelta::hours(2);
/// How far back the first run goes.
const FIRST: TimeDelta = TimeDelta::hours(24);
/// How far back any run goes by itself: what a worker missed for longer is asked for by hand.
const FARTHEST: TimeDelta = TimeDelta::days(7);

/// Loads the hours of a window, or all complete ones since the last run.
///
/// # Errors
/// When the monitoring cannot be asked; hours before stay.
pub async fn load(app: &App, window: Window, dry_run: bool) -> anyhow::Result<Loaded> {
    let monit = monitoring(&app.config)?;
    let http = Http::new(Limits::default())?;
    let window = hours(app, window).await?;
    if dry_run {
        let counts = look(&monit, &http, window).await?;
        return Ok(Loaded { source: Source::Monit, counts, files: 0 });
    }
    let mut run = Run::start(app, Source::Monit, window).await?;
    let done = all(app, &monit, &http, &mut run, window).await;
    let counts = run.counts;
    run.finish(app, done.as_ref().err().map(|error| format!("{error:#}"))).await?;
    done.map(|()| Loaded { source: Source::Monit, counts, files: 0 })
}

/// Where it is: behind Grafana, or its two halves directly.
fn monitoring(config: &Config) -> anyhow::Result<Monit> {
    if let Some(remote) = &config.monit {
        let token = remote.token.as_deref().context("MONIT_TOKEN is not set; Grafana wants one")?;
        return Monit::behind_grafana(&remote.url, token);
    }
    let open = |remote: &crate::config::Remote| -> anyhow::Result<(Url, Credentials)> {
        let url = Url::parse(&remote.url)?;
        let credentials = match &remote.token {
            Some(token) => Credentials::bearer(token)?,
            None if !url.username().is_empty() => {
                Credentials::basic(url.username(), url.password().unwrap_or_default())?
            }
            None => Credentials::none(),
        };
        Ok((url, credentials))
    };
    let influx = config.influx.as_ref().map(open).transpose()?;
    let search = config.search.as_ref().map(open).transpose()?;
    if influx.is_none() && search.is_none() {
        bail!("MONIT_URL is not set, nor MONIT_INFLUX_URL or MONIT_SEARCH_URL; set one of them");
    }
    Ok(Monit {
        efficiency: influx.map(|(url, credentials)| named_influx(url, credentials)),
        messages: search.map(|(url, credentials)| named_search(url, credentials)),
    })
}

/// With the database that the address names as `?db=…`, if it does.
fn named_influx(mut url: Url, credentials: Credentials) -> Influx {
    let database = url.query_pairs().find(|(name, _)| name == "db").map(|(_, value)| value.into_owned());
    url.set_query(None);
    let mut influx = Influx::new(url, credentials);
    influx.database = database.unwrap_or(influx.database);
    influx
}

/// With the indices that the address names as `?index=…`, separated by commas, if it does.
fn named_search(mut url: Url, credentials: Credentials) -> Search {
    let indices = url.query_pairs().find(|(name, _)| name == "index").map(|(_, value)| value.into_owned());
    url.set_query(None);
    let mut search = Search::new(url, credentials);
    if let Some(indices) = indices {
        search.indices = indices.split(',').map(str::to_owned).collect();
    }
    search
}

/// Whole hours: of the window, or from shortly before where the last good run ended.
async fn hours(app: &App, window: Window) -> anyhow::Result<Window> {
    let hour = TimeDelta::hours(1);
    let now = app.now().duration_trunc(hour)?;
    let end = window.end.map_or(Ok(now), |end| end.duration_trunc(hour))?.min(now);
    let start = match window.start {
        Some(start) => start.duration_trunc(hour)?,
        None => {
            let last: Option<Option<DateTime<Utc>>> = Entity::find()
                .select_only()
                .column(Column::WindowEnd)
                .filter(Column::Source.eq(Source::Monit))
                .filter(Column::State.is_in([State::Ok, State::Partial]))
                .order_by_desc(Column::WindowEnd)
                .into_tuple()
                .one(&app.db)
                .await?;
            last.flatten().map_or(end - FIRST, |last| (last - AGAIN).max(end - FARTHEST))
        }
    };
    Ok(Window { start: Some(start.min(end)), end: Some(end) })
}

fn each_hour(window: Window) -> impl Iterator<Item = DateTime<Utc>> {
    let start = window.start.unwrap_or_default();
    std::iter::successors(Some(start), |hour| Some(*hour + TimeDelta::hours(1)))
        .take_while(move |hour| window.end.is_some_and(|end| *hour < end))
}

async fn all(app: &App, monit: &Monit, http: &Http, run: &mut Run, window: Window) -> anyhow::Result<()> {
    for begin in each_hour(window) {
        let hour = monit
            .hour(http, begin)
            .await
            .with_context(|| format!("hour {}", begin.format("%Y-%m-%d %H:00")))?;
        // Nothing at all is rather a monitoring that lags than a grid that stands still: what is there stays.
        if hour.tallies.is_empty() && hour.failures.is_empty() {
            tracing::info!(hour = %begin.format("%Y-%m-%d %H:00"), "the monitoring has nothing");
            continue;
        }
        let mut store = Store::open(app).await?;
        let txn = crate::db::begin(&app.db).await?;
        store.take_back(&txn, &OPERATIONS, begin).await?;
        run.counts.read += i64::try_from(hour.tallies.len() + hour.failures.len())?;
        run.counts.requests += i64::from(hour.requests);
        run.reject(&txn, &hour.rejected, app.now()).await?;
        store.add(&txn, run, &hour.tallies, &hour.failures).await?;
        run.keep(&txn, app.now()).await?;
        txn.commit().await?;
        tracing::info!(hour = %begin.format("%Y-%m-%d %H:00"), links = hour.tallies.len(), messages = hour.failures.len(), "loaded");
    }
    Ok(())
}

/// Reads without writing.
async fn look(monit: &Monit, http: &Http, window: Window) -> anyhow::Result<Counts> {
    let mut counts = Counts::default();
    for begin in each_hour(window) {
        let hour = monit.hour(http, begin).await?;
        counts.read += i64::try_from(hour.tallies.len() + hour.failures.len())?;
        counts.bad += i64::try_from(hour.rejected.len())?;
        counts.requests += i64::from(hour.requests);
    }
    Ok(counts)
}
