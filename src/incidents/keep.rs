//! Opens, counts and closes incidents. One opens after some bad hours in a row and closes after some
//! good ones, so that it does not flicker; the people who look after it are told once.
use super::matrix::Failing;
use super::{Judgement, Names};
use crate::admin::{Deed, Input, Save, Target, key_number};
use crate::blame::{Hysteresis, Incident as Found, Opening, Place, Role as End, Verdicts, Window, incidents};
use crate::error::{Error, Result};
use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_log::Source;
use entity::incident::{self, Model, Role, State};
use entity::vocabulary::Operation;
use entity::{issue, link_hour};
use sea_orm::sea_query::{Alias, Expr, ExprTrait};
use sea_orm::{
    ActiveEnum, ColumnTrait, Condition, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
};
use std::collections::{BTreeMap, BTreeSet};

/// Opens, counts and closes; gives how many of each, and how many are open.
pub(super) async fn keep(
    judgement: &Judgement<'_>,
    now: &Verdicts,
    hours: &[(DateTime<Utc>, Verdicts)],
    failing: &[Failing],
) -> Result<(usize, usize, usize)> {
    let found: BTreeMap<Place, Found> =
        incidents(now).into_iter().map(|found| (found.place, found)).collect();
    let txn = crate::db::begin(&judgement.app.db).await?;
    let mut known: BTreeMap<Place, Model> = BTreeMap::new();
    for row in open(&txn, judgement.operation).await? {
        known.insert(place(&row), row);
    }
    let bad_hours: Vec<BTreeSet<Place>> = hours
        .iter()
        .map(|(_, verdicts)| incidents(verdicts).iter().map(|found| found.place).collect())
        .collect();
    let candidates: BTreeSet<Place> =
        bad_hours.iter().flatten().copied().chain(known.keys().copied()).collect();
    let (mut opened, mut closed, mut still) = (0, 0, 0);
    for place in candidates {
        let was_open = known.contains_key(&place);
        let since = if was_open { None } else { last_end(&txn, judgement.operation, place).await? };
        let windows =
            hours.iter().zip(&bad_hours).filter(|((hour, _), _)| since.is_none_or(|end| *hour >= end));
        let windows = windows.map(|((_, verdicts), bad)| window(verdicts, bad, place));
        let before = Opening { open: was_open, ..Opening::default() };
        let rule = hysteresis(judgement);
        let after = windows.fold(before, |opening, window| rule.step(opening, window)).open;
        let keeper = Keeper { judgement, txn: &txn, place, found: found.get(&place), failing };
        match (known.get(&place), after) {
            (None, true) => {
                let first = hours.iter().zip(&bad_hours).find(|(_, bad)| bad.contains(&place));
                keeper.open(first.map_or(judgement.until, |((hour, _), _)| *hour), now).await?;
                opened += 1;
                still += 1;
            }
            (Some(row), true) => {
                keeper.count(row.id, row.started_at, now).await?;
                still += 1;
            }
            (Some(row), false) => {
                keeper.close(row).await?;
                closed += 1;
            }
            (None, false) => {}
        }
    }
    txn.commit().await?;
    Ok((opened, closed, still))
}

fn hysteresis(judgement: &Judgement<'_>) -> Hysteresis {
    let hours = |number: i32| u32::try_from(number).unwrap_or(1).clamp(1, 1000);
    Hysteresis {
        open_after: hours(judgement.settings.open_after),
        close_after: hours(judgement.settings.close_after),
        ..Hysteresis::default()
    }
}

/// What one hour says about one place.
fn window(verdicts: &Verdicts, bad: &BTreeSet<Place>, place: Place) -> Window {
    if bad.contains(&place) {
        return Window::Bad;
    }
    let window = match place {
        Place::Endpoint { site, role } => verdicts.endpoint(site, role).map(|end| end.window),
        Place::Link { source, destination } => {
            verdicts.link(Some(source), Some(destination)).map(|link| link.window)
        }
    };
    // What fails by somebody else's fault, or not clearly by its own, says neither.
    window.filter(|window| *window == Window::Good).unwrap_or(Window::Unknown)
}

async fn open(txn: &DatabaseTransaction, operation: Operation) -> Result<Vec<Model>> {
    Ok(incident::Entity::find()
        .filter(incident::Column::OpenKey.is_not_null())
        .filter(incident::Column::Operation.eq(operation))
        .all(txn)
        .await?)
}

/// When the last incident of a place ended: hours before are its own.
async fn last_end(
    txn: &DatabaseTransaction,
    operation: Operation,
    place: Place,
) -> Result<Option<DateTime<Utc>>> {
    let (site, partner, role) = parts(place);
    let mut last = incident::Entity::find()
        .filter(incident::Column::SiteId.eq(site))
        .filter(incident::Column::Role.eq(role))
        .filter(incident::Column::Operation.eq(operation))
        .filter(incident::Column::EndedAt.is_not_null());
    if let Some(partner) = partner {
        last = last.filter(incident::Column::PartnerSiteId.eq(partner));
    }
    Ok(last.order_by_desc(incident::Column::EndedAt).one(txn).await?.and_then(|row| row.ended_at))
}

/// Site, other end and role as an incident keeps them: of a link, the destination and the source.
fn parts(place: Place) -> (i64, Option<i64>, Role) {
    match place {
        Place::Endpoint { site, role: End::Source } => (site, None, Role::Source),
        Place::Endpoint { site, role: End::Destination } => (site, None, Role::Destination),
        Place::Link { source, destination } => (destination, Some(source), Role::Link),
    }
}

fn place(row: &Model) -> Place {
    match (row.role, row.partner_site_id) {
        (Role::Source, _) => Place::Endpoint { site: row.site_id, role: End::Source },
        (Role::Link, Some(source)) => Place::Link { source, destination: row.site_id },
        _ => Place::Endpoint { site: row.site_id, role: End::Destination },
    }
}

/// One place whose incident is kept.
struct Keeper<'a> {
    judgement: &'a Judgement<'a>,
    txn: &'a DatabaseTransaction,
    place: Place,
    found: Option<&'a Found>,
    failing: &'a [Failing],
}

impl Keeper<'_> {
    async fn open(&self, since: DateTime<Utc>, verdicts: &Verdicts) -> Result<()> {
        let (site, partner, role) = parts(self.place);
        let mut fields = vec![
            ("site".to_owned(), site.to_string()),
            ("role".to_owned(), role.to_value()),
            ("operation".to_owned(), self.judgement.operation.to_value()),
            ("started_at".to_owned(), since.to_rfc3339()),
        ];
        fields.extend(partner.map(|partner| ("partner_site".to_owned(), partner.to_string())));
        let id = self.save(Target::New, Input::partial(fields), Vec::new()).await?;
        self.count(id, since, verdicts).await
    }

    async fn close(&self, row: &Model) -> Result<()> {
        let input = Input::partial([("state".to_owned(), State::Closed.to_value())]);
        let ended = ("ended_at", Value::from(self.judgement.until));
        self.save(Target::Row(&row.id.to_string(), None), input, vec![ended]).await.map(drop)
    }

    async fn save(&self, target: Target<'_>, input: Input, given: Vec<(&'static str, Value)>) -> Result<i64> {
        let app = self.judgement.app;
        let deed = Deed::system(Source::System, app.now());
        let resource = app.registry.table("incident").ok_or(Error::NotFound)?;
        let save = Save { registry: &app.registry, resource, deed: &deed, given };
        let saved = save.run(self.txn, target, &input).await?;
        key_number(saved.row.key()).ok_or(Error::NotFound)
    }

    /// Counts up what an incident has cost so far, and takes its issues in.
    async fn count(&self, id: i64, since: DateTime<Utc>, verdicts: &Verdicts) -> Result<()> {
        let (done, failed) = self.totals(since).await?;
        let issues = self.issues();
        let mut update = incident::Entity::update_many()
            .col_expr(incident::Column::Failures, Expr::value(failed))
            .col_expr(incident::Column::Attempts, Expr::value(done + failed))
            .filter(incident::Column::Id.eq(id));
        if let Some(category) = leading(&issues) {
            update = update.col_expr(incident::Column::CategoryId, Expr::value(category));
        }
        if let Some(evidence) = sentence(verdicts, self.place, self.judgement.sites) {
            update = update
                .col_expr(incident::Column::Evidence, Expr::value(crate::admin::shorten(&evidence, 1000)));
        }
        update.exec(self.txn).await?;
        let ids: Vec<i64> = issues.iter().map(|issue| issue.id).collect();
        for chunk in ids.chunks(500) {
            issue::Entity::update_many()
                .col_expr(issue::Column::IncidentId, Expr::value(id))
                .filter(issue::Column::Id.is_in(chunk.to_vec()))
                .exec(self.txn)
                .await?;
        }
        Ok(())
    }

    /// Issues on the links that the incident spoils.
    fn issues(&self) -> Vec<&Failing> {
        let Some(found) = self.found else { return Vec::new() };
        let links: BTreeSet<_> = found.links.iter().copied().collect();
        let key = |issue: &Failing| match self.judgement.operation {
            Operation::Deletion => (None, issue.dst),
            Operation::Staging => (issue.src, None),
            _ => (issue.src, issue.dst),
        };
        self.failing.iter().filter(|issue| links.contains(&key(issue))).collect()
    }

    /// Attempts that succeeded and that failed since an hour.
    async fn totals(&self, since: DateTime<Utc>) -> Result<(i64, i64)> {
        let ends = match self.place {
            Place::Endpoint { site, role: End::Source } => {
                Condition::all().add(link_hour::Column::SrcSiteId.eq(site))
            }
            Place::Endpoint { site, role: End::Destination } => {
                Condition::all().add(link_hour::Column::DstSiteId.eq(site))
            }
            Place::Link { source, destination } => Condition::all()
                .add(link_hour::Column::SrcSiteId.eq(source))
                .add(link_hour::Column::DstSiteId.eq(destination)),
        };
        let sum = |column: link_hour::Column| {
            Expr::col(column).sum().cast_as(Alias::new(super::matrix::integer(&self.judgement.app.db)))
        };
        let row: Option<(Option<i64>, Option<i64>)> = link_hour::Entity::find()
            .select_only()
            .column_as(sum(link_hour::Column::Done), "done")
            .column_as(sum(link_hour::Column::Failed), "failed")
            .filter(ends)
            .filter(link_hour::Column::Operation.eq(self.judgement.operation))
            .filter(link_hour::Column::Hour.gte(since))
            .filter(
                link_hour::Column::Hour.lt(std::cmp::max(self.judgement.until, since + TimeDelta::hours(1))),
            )
            .into_tuple()
            .one(self.txn)
            .await?;
        let (done, failed) = row.unwrap_or_default();
        Ok((done.unwrap_or_default(), failed.unwrap_or_default()))
    }
}

/// The category with most failures.
fn leading(issues: &[&Failing]) -> Option<i64> {
    let mut counts: BTreeMap<i64, i64> = BTreeMap::new();
    for issue in issues {
        if let Some(category) = issue.category {
            *counts.entry(category).or_default() += issue.failures;
        }
    }
    counts.into_iter().max_by_key(|(category, failures)| (*failures, -category)).map(|(category, _)| category)
}

fn sentence(verdicts: &Verdicts, place: Place, sites: &Names) -> Option<String> {
    let name = |site: i64| sites.of(site).to_owned();
    match place {
        Place::Endpoint { site, role } => Some(verdicts.endpoint(site, role)?.sentence(&name)),
        Place::Link { source, destination } => {
            Some(verdicts.link(Some(source), Some(destination))?.sentence(&name))
        }
    }
}
