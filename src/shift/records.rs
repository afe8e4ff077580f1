//! What was done and noted in some time: of the handover log and of shift reports.
use super::log::{Done, LogEntry};
use crate::admin::Verb;
use crate::error::Result;
use crate::web::Visit;
use chrono::{DateTime, Utc};
use entity::action_taken::{self, Worked};
use entity::{handover_note, issue};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, Order, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Names by key, as text.
pub(super) type Labels = HashMap<String, String>;

/// Which records and notes.
pub(super) struct Span {
    /// From then on.
    pub(super) from: DateTime<Utc>,
    /// Before then.
    pub(super) until: DateTime<Utc>,
    /// Those about a site only.
    pub(super) site: Option<i64>,
    /// So many of each at most.
    pub(super) limit: u64,
    /// In which order of time.
    pub(super) order: Order,
}

/// Records and notes that the visitor may see.
pub(super) struct Records {
    /// What was done.
    pub(super) taken: Vec<action_taken::Model>,
    /// What was noted.
    pub(super) notes: Vec<handover_note::Model>,
    /// Source, destination and workflow of issues, for records that blame no site.
    links: HashMap<i64, Link>,
}

type Link = (Option<i64>, Option<i64>, Option<String>);

impl Records {
    pub(super) async fn read(visit: &Visit, span: &Span) -> Result<Self> {
        let taken =
            if visit.may("actions-taken", Verb::View) { taken(visit, span).await? } else { Vec::new() };
        let notes =
            if visit.may("handover-notes", Verb::View) { notes(visit, span).await? } else { Vec::new() };
        let homeless = taken.iter().filter(|row| row.site_id.is_none()).map(|row| row.issue_id);
        let links = links(visit, homeless.collect()).await?;
        Ok(Self { taken, notes, links })
    }

    /// Keys of the sites whose names the entries need.
    pub(super) fn sites(&self) -> BTreeSet<i64> {
        let ends = self.links.values().flat_map(|(src, dst, _)| [*src, *dst]);
        let taken = self.taken.iter().map(|row| row.site_id);
        taken.chain(self.notes.iter().map(|row| row.site_id)).chain(ends).flatten().collect()
    }

    /// What was done and what was noted, in words.
    pub(super) async fn entries(
        &self,
        visit: &Visit,
        sites: &Labels,
    ) -> Result<(Vec<LogEntry>, Vec<LogEntry>)> {
        let (registry, db) = (&visit.app.registry, &(&visit.app.db).into());
        let actions = self.taken.iter().map(|row| row.action_id).collect();
        let actions = registry.labels(db, "action", actions).await?;
        let users = self.taken.iter().map(|row| row.user_id).chain(self.notes.iter().map(|row| row.user_id));
        let users = registry.labels(db, "user", users.flatten().collect()).await?;
        let tickets = if visit.may("tickets", Verb::View) {
            let keys = self.taken.iter().filter_map(|row| row.ticket_id).collect();
            registry.labels(db, "ticket", keys).await?
        } else {
            Labels::new()
        };
        let names = Names { actions, users, tickets, sites };
        let taken = self.taken.iter().map(|row| names.record(row, self.links.get(&row.issue_id)));
        let notes = self.notes.iter().map(|row| names.note(row));
        Ok((taken.collect(), notes.collect()))
    }
}

struct Names<'a> {
    actions: Labels,
    users: Labels,
    tickets: Labels,
    sites: &'a Labels,
}

impl Names<'_> {
    fn record(&self, row: &action_taken::Model, link: Option<&Link>) -> LogEntry {
        let ticket = row
            .ticket_id
            .and_then(|key| Some((name(&self.tickets, Some(key))?, format!("/admin/tickets/{key}/change/"))));
        let ends = || Some((between(link?, self.sites)?, format!("/issues/{}/", row.issue_id)));
        LogEntry {
            at: row.taken_at,
            author: self.author(row.user_id),
            site: self.site(row.site_id).or_else(ends),
            text: name(&self.actions, Some(row.action_id)).unwrap_or_default(),
            done: Some(Done {
                record: row.id,
                issue: row.issue_id,
                ticket,
                outcome: outcome(row.worked),
                settled: matches!(row.worked, Worked::Yes | Worked::No),
                comment: row.comment.clone().filter(|text| !text.trim().is_empty()),
            }),
            watch_until: None,
        }
    }

    fn note(&self, row: &handover_note::Model) -> LogEntry {
        LogEntry {
            at: row.written_at,
            author: self.author(row.user_id),
            site: self.site(row.site_id),
            text: row.text.clone(),
            done: None,
            watch_until: row.watch_until,
        }
    }

    fn author(&self, key: Option<i64>) -> String {
        name(&self.users, key).unwrap_or_else(|| "not known".into())
    }

    fn site(&self, key: Option<i64>) -> Option<(String, String)> {
        let name = name(self.sites, key)?;
        let href = super::site_path(&name);
        Some((name, href))
    }
}

/// What a row is called.
pub(super) fn name(labels: &Labels, key: Option<i64>) -> Option<String> {
    labels.get(&key?.to_string()).cloned()
}

/// Where something fails: the link, the site, or the workflow.
pub(super) fn between((src, dst, workflow): &Link, sites: &Labels) -> Option<String> {
    match (name(sites, *src), name(sites, *dst)) {
        (Some(src), Some(dst)) => Some(format!("{src} → {dst}")),
        (only, other) => only.or(other).or_else(|| workflow.clone()),
    }
}

/// Tone and words of an outcome.
pub(super) fn outcome(worked: Worked) -> (&'static str, &'static str) {
    match worked {
        Worked::Yes => ("good", "worked"),
        Worked::No => ("bad", "did not work"),
        Worked::Pending => ("", "too early to tell"),
        Worked::Unknown => ("", "cannot tell"),
    }
}

async fn taken(visit: &Visit, span: &Span) -> Result<Vec<action_taken::Model>> {
    use action_taken::Column::{Id, SiteId, TakenAt};
    let mut rows = action_taken::Entity::find().filter(TakenAt.gte(span.from)).filter(TakenAt.lt(span.until));
    if let Some(site) = span.site {
        // A record that blames no site is about both ends of its issue.
        let ends =
            Condition::any().add(issue::Column::SrcSiteId.eq(site)).add(issue::Column::DstSiteId.eq(site));
        let about =
            Condition::any().add(SiteId.eq(site)).add(Condition::all().add(SiteId.is_null()).add(ends));
        rows = rows.inner_join(issue::Entity).filter(about);
    }
    let rows = rows.order_by(TakenAt, span.order.clone()).order_by(Id, span.order.clone());
    Ok(rows.limit(span.limit).all(&visit.app.db).await?)
}

async fn notes(visit: &Visit, span: &Span) -> Result<Vec<handover_note::Model>> {
    use handover_note::Column::{Id, SiteId, WrittenAt};
    let mut rows =
        handover_note::Entity::find().filter(WrittenAt.gte(span.from)).filter(WrittenAt.lt(span.until));
    if let Some(site) = span.site {
        rows = rows.filter(SiteId.eq(site));
    }
    let rows = rows.order_by(WrittenAt, span.order.clone()).order_by(Id, span.order.clone());
    Ok(rows.limit(span.limit).all(&visit.app.db).await?)
}

type Row = (i64, Option<i64>, Option<i64>, Option<String>);

async fn links(visit: &Visit, issues: BTreeSet<i64>) -> Result<HashMap<i64, Link>> {
    use issue::Column::{DstSiteId, Id, SrcSiteId, Workflow};
    if issues.is_empty() {
        return Ok(HashMap::new());
    }
    let rows: Vec<Row> = issue::Entity::find()
        .select_only()
        .columns([Id, SrcSiteId, DstSiteId, Workflow])
        .filter(Id.is_in(issues))
        .into_tuple()
        .all(&visit.app.db)
        .await?;
    Ok(rows.into_iter().map(|(id, src, dst, workflow)| (id, (src, dst, workflow))).collect())
}
