//! Loads tickets from GGUS: those that changed since the last run, and links them to what they are about.
use super::run::{Run, Window};
use super::sites::{Found, SiteBook};
use super::{Counts, Loaded};
use crate::admin::{Deed, Input, Save, Target, key_number};
use crate::app::App;
use crate::error::{Error, Result};
use crate::sources::ggus::{Ggus, Ticket, TokenStyle};
use crate::sources::http::{Http, Limits};
use crate::sources::record::{Place, Rejected};
use anyhow::Context;
use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_log::Source as Door;
use entity::loader_run::{Column, Entity, Source, State};
use entity::{incident, issue, ticket, ticket_incident, ticket_issue};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

/// Tickets of one transaction.
const BATCH: usize = 50;
/// Issues that failed within this are linked to a new ticket of their site.
const LATELY: TimeDelta = TimeDelta::days(3);
/// Issues linked to one ticket at most.
const LINKED: u64 = 200;

/// Loads what changed since the last run, or since a time.
///
/// # Errors
/// When GGUS cannot be asked; tickets before stay.
pub async fn load(app: &App, window: Window, dry_run: bool) -> anyhow::Result<Loaded> {
    let remote = app.config.ggus.as_ref().context("GGUS_URL is not set")?;
    let token = remote.token.as_deref().context("GGUS_TOKEN is not set")?;
    let ggus = Ggus::new(&remote.url, token, TokenStyle::default())?;
    let http = Http::new(Limits::default())?;
    let since = match window.start {
        Some(start) => Some(start),
        None => mark(app).await?,
    };
    if dry_run {
        let found = ggus.tickets(&http, since).await?;
        let counts = Counts {
            read: i64::try_from(found.tickets.len())?,
            bad: i64::try_from(found.rejected.len())?,
            requests: i64::from(found.requests),
            ..Counts::default()
        };
        return Ok(Loaded { source: Source::Ggus, counts, files: 0 });
    }
    let mut run = Run::start(app, Source::Ggus, Window { start: since, end: window.end }).await?;
    let done = all(app, &ggus, &http, &mut run, since).await;
    let counts = run.counts;
    run.finish(app, done.as_ref().err().map(|error| format!("{error:#}"))).await?;
    done.map(|()| Loaded { source: Source::Ggus, counts, files: 0 })
}

/// The latest change that an earlier run has seen.
async fn mark(app: &App) -> anyhow::Result<Option<DateTime<Utc>>> {
    let last: Option<Option<String>> = Entity::find()
        .select_only()
        .column(Column::Checkpoint)
        .filter(Column::Source.eq(Source::Ggus))
        .filter(Column::State.is_in([State::Ok, State::Partial]))
        .filter(Column::Checkpoint.is_not_null())
        .order_by_desc(Column::Id)
        .into_tuple()
        .one(&app.db)
        .await?;
    Ok(last.flatten().and_then(|text| text.parse().ok()))
}

async fn all(
    app: &App,
    ggus: &Ggus,
    http: &Http,
    run: &mut Run,
    since: Option<DateTime<Utc>>,
) -> anyhow::Result<()> {
    let found = ggus.tickets(http, since).await?;
    run.counts.requests += i64::from(found.requests);
    let book = SiteBook::read(&(&app.db).into()).await?;
    for batch in found.tickets.chunks(BATCH) {
        let txn = crate::db::begin(&app.db).await?;
        for ticket in batch {
            let writer = Writer { app, txn: &txn, book: &book, deed: Deed::system(Door::System, app.now()) };
            if let Err(why) = writer.write(run, ticket).await {
                let Error::Invalid(errors) = &why else { return Err(why.into()) };
                let rejected =
                    Rejected { place: format!("ticket {}", ticket.reference), reason: format!("{errors:?}") };
                run.reject(&txn, &[rejected], app.now()).await?;
            }
            run.counts.read += 1;
        }
        run.keep(&txn, app.now()).await?;
        txn.commit().await?;
    }
    let txn = crate::db::begin(&app.db).await?;
    run.reject(&txn, &found.rejected, app.now()).await?;
    let latest = found.latest.or(since).map(|latest| latest.to_rfc3339());
    Entity::update_many()
        .col_expr(Column::Checkpoint, Expr::value(latest))
        .filter(Column::Id.eq(run.id))
        .exec(&txn)
        .await?;
    txn.commit().await?;
    Ok(())
}

struct Writer<'a> {
    app: &'a App,
    txn: &'a DatabaseTransaction,
    book: &'a SiteBook,
    deed: Deed,
}

impl Writer<'_> {
    /// Makes or changes a ticket, known by its number; somebody may have typed the number before.
    async fn write(&self, run: &mut Run, ticket: &Ticket) -> Result<()> {
        let known = ticket::Entity::find()
            .filter(ticket::Column::System.eq(ticket::System::Ggus))
            .filter(ticket::Column::Reference.eq(&ticket.reference))
            .one(self.txn)
            .await?;
        let site = ticket.sites.iter().find_map(|name| match self.book.find(&Place::at_site(name)) {
            Found::Site(id) if id != self.book.unknown() => Some(id),
            _ => None,
        });
        let resource = self.app.registry.table("ticket").ok_or(Error::NotFound)?;
        let save = Save { registry: &self.app.registry, resource, deed: &self.deed, given: Vec::new() };
        let pk = known.as_ref().map(|row| row.id.to_string());
        let target = pk.as_deref().map_or(Target::New, |pk| Target::Row(pk, None));
        let saved = save.run(self.txn, target, &Input::partial(fields(ticket, site))).await?;
        match known {
            None => run.counts.made += 1,
            Some(_) if !saved.changes.is_empty() => run.counts.changed += 1,
            Some(_) => {}
        }
        let id = key_number(saved.row.key()).ok_or(Error::NotFound)?;
        ticket::Entity::update_many()
            .col_expr(ticket::Column::SyncedAt, Expr::value(self.deed.at))
            .filter(ticket::Column::Id.eq(id))
            .exec(self.txn)
            .await?;
        match site.filter(|_| ticket.open) {
            Some(site) => self.link(id, site).await,
            None => Ok(()),
        }
    }

    /// Links a ticket to what fails at its site: surely to its incidents, perhaps to other issues there.
    async fn link(&self, id: i64, site: i64) -> Result<()> {
        let open = incident::Entity::find()
            .filter(incident::Column::OpenKey.is_not_null())
            .filter(incident::Column::SiteId.eq(site))
            .all(self.txn)
            .await?;
        for incident in &open {
            let there = ticket_incident::Entity::find_by_id((id, incident.id)).one(self.txn).await?;
            if there.is_none() {
                let row = ticket_incident::ActiveModel {
                    ticket_id: Set(id),
                    incident_id: Set(incident.id),
                    linked_by_id: Set(None),
                    created_at: Set(self.deed.at),
                };
                ticket_incident::Entity::insert(row).exec_without_returning(self.txn).await?;
            }
        }
        let at_site =
            Condition::any().add(issue::Column::SrcSiteId.eq(site)).add(issue::Column::DstSiteId.eq(site));
        let issues: Vec<i64> = issue::Entity::find()
            .select_only()
            .column(issue::Column::Id)
            .filter(at_site)
            .filter(issue::Column::Status.is_in([issue::Status::New, issue::Status::Ongoing]))
            .filter(issue::Column::LastSeen.gt(self.deed.at - LATELY))
            .order_by_desc(issue::Column::LastSeen)
            .limit(LINKED)
            .into_tuple()
            .all(self.txn)
            .await?;
        for issue_id in issues {
            if ticket_issue::Entity::find_by_id((id, issue_id)).one(self.txn).await?.is_some() {
                continue;
            }
            let row = ticket_issue::ActiveModel {
                ticket_id: Set(id),
                issue_id: Set(issue_id),
                linked_by_id: Set(None),
                certainty: Set(ticket_issue::Certainty::Maybe),
                created_at: Set(self.deed.at),
            };
            ticket_issue::Entity::insert(row).exec_without_returning(self.txn).await?;
        }
        Ok(())
    }
}

/// A ticket as the form of tickets takes it; what GGUS does not say stays as it is.
fn fields(ticket: &Ticket, site: Option<i64>) -> Vec<(String, String)> {
    let moment = |at: Option<DateTime<Utc>>| at.map(|at| at.to_rfc3339());
    let short = |text: &str, max| crate::admin::shorten(text, max);
    let all = [
        ("system", Some("ggus".to_owned())),
        ("reference", Some(ticket.reference.clone())),
        ("title", Some(short(if ticket.title.is_empty() { "(no title)" } else { &ticket.title }, 255))),
        ("url", Some(short(&ticket.url, 500))),
        ("status", Some(short(&ticket.state, 32))),
        ("is_open", Some(ticket.open.to_string())),
        ("priority", ticket.priority.as_deref().map(|text| short(text, 32))),
        ("ticket_type", ticket.kind.as_deref().map(|text| short(text, 32))),
        ("vo", ticket.vos.first().map(|text| short(text, 32))),
        ("support_group", ticket.group.as_deref().map(|text| short(text, 128))),
        ("site", site.map(|site| site.to_string())),
        ("opened_at", moment(ticket.opened)),
        ("changed_at", moment(ticket.changed)),
        ("closed_at", Some(moment(ticket.closed).unwrap_or_default())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
