//! Counts what sources give: hours of links and of issues, the issues themselves, files among them.
//! Everything of one batch is one transaction of the caller's, together with the mark of how far the
//! source was read; so a batch counts once or not at all, whenever the process dies.
//!
//! Issues that a loader makes or counts up are not in the audit log (the run is their record, and an
//! hour has hundreds); sites and categories that it makes are, since people edit those.
use super::attempts::{self, Attempts, Ended, Ends};
use super::categories::{Belongs, CategoryBook};
use super::run::Run;
use super::sites::{Found, SiteBook};
use super::upsert;
use crate::admin::Deed;
use crate::app::App;
use crate::auth::session::digest;
use crate::error::Result;
use crate::resources::issue_key;
use crate::sources::record::{Failure, Files, Place, Rejected, Tally};
use chrono::{DateTime, Utc};
use entity::audit_log::Source as Door;
use entity::issue::{self, Status};
use entity::vocabulary::Operation;
use entity::{failed_file, issue_hour};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, Set};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Rows or keys to a statement: the databases bound the values of one.
const CHUNK: usize = 500;
/// Issues whose key is remembered between batches.
const REMEMBERED: usize = 200_000;

/// Counts of one issue in one hour, to be added.
#[derive(Clone, Debug, Default)]
struct Hour {
    failures: i64,
    bytes: Option<i64>,
    hashes: BTreeSet<i64>,
    files: Option<i64>,
}

/// What a batch says about one issue.
#[derive(Clone, Debug)]
struct Growth {
    operation: Operation,
    src: Option<i64>,
    dst: Option<i64>,
    workflow: Option<String>,
    category: Option<i64>,
    message: String,
    message_at: DateTime<Utc>,
    hours: BTreeMap<DateTime<Utc>, Hour>,
}

/// Writes batches of one run.
pub struct Store<'a> {
    app: &'a App,
    deed: Deed,
    sites: SiteBook,
    categories: CategoryBook,
    issues: HashMap<String, i64>,
    said: HashSet<String>,
    notes: Vec<Rejected>,
}

impl<'a> Store<'a> {
    /// Reads the names of sites and the categories.
    ///
    /// # Errors
    /// What the database says.
    pub async fn open(app: &'a App) -> Result<Self> {
        let db = (&app.db).into();
        Ok(Self {
            app,
            deed: Deed::system(Door::System, app.now()),
            sites: SiteBook::read(&db).await?,
            categories: CategoryBook::read(&db).await?,
            issues: HashMap::new(),
            said: HashSet::new(),
            notes: Vec::new(),
        })
    }

    /// Adds a batch to what is counted.
    ///
    /// # Errors
    /// What the database says; the transaction must then be given up, and this store with it.
    pub async fn add(
        &mut self,
        txn: &DatabaseTransaction,
        run: &mut Run,
        tallies: &[Tally],
        failures: &[Failure],
    ) -> Result<()> {
        self.add_links(txn, tallies).await?;
        let grown = self.growth(txn, failures).await?;
        self.add_issues(txn, run, grown).await?;
        let notes = std::mem::take(&mut self.notes);
        run.reject(txn, &notes, self.app.now()).await
    }

    /// Takes an hour's counts of some operations back, so that it can be counted anew.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_back(
        &mut self,
        txn: &DatabaseTransaction,
        operations: &[Operation],
        hour: DateTime<Utc>,
    ) -> Result<()> {
        let words: Vec<String> = operations.iter().map(ActiveEnum::to_value).collect();
        let rows: Vec<(i64, i64, Option<i64>)> = issue_hour::Entity::find()
            .select_only()
            .columns([
                issue_hour::Column::IssueId,
                issue_hour::Column::Failures,
                issue_hour::Column::DistinctFiles,
            ])
            .inner_join(issue::Entity)
            .filter(issue_hour::Column::Hour.eq(hour))
            .filter(issue::Column::Operation.is_in(words))
            .into_tuple()
            .all(txn)
            .await?;
        for (id, failures, files) in &rows {
            issue::Entity::update_many()
                .col_expr(
                    issue::Column::FailuresTotal,
                    Expr::col(issue::Column::FailuresTotal).sub(*failures),
                )
                .col_expr(
                    issue::Column::FilesTotal,
                    Expr::col(issue::Column::FilesTotal).sub(files.unwrap_or_default()),
                )
                .filter(issue::Column::Id.eq(*id))
                .exec(txn)
                .await?;
        }
        let ids: Vec<i64> = rows.iter().map(|(id, ..)| *id).collect();
        for ids in ids.chunks(CHUNK) {
            issue_hour::Entity::delete_many()
                .filter(issue_hour::Column::Hour.eq(hour))
                .filter(issue_hour::Column::IssueId.is_in(ids.to_vec()))
                .exec(txn)
                .await?;
        }
        attempts::take_back(txn, operations, hour).await
    }

    async fn add_links(&mut self, txn: &DatabaseTransaction, tallies: &[Tally]) -> Result<()> {
        let mut attempts = Attempts::default();
        for tally in tallies.iter().filter(|tally| tally.operation != Operation::Workflow) {
            let (Some(src), Some(dst)) =
                (self.site(txn, &tally.src).await?, self.site(txn, &tally.dst).await?)
            else {
                continue;
            };
            let ended = Ended {
                done: count(tally.done),
                failed: count(tally.failed),
                cancelled: count(tally.cancelled),
                bytes: tally.bytes.map(count),
            };
            attempts.add(tally.operation, Ends { src, dst }, tally.hour, tally.activity.as_deref(), ended);
        }
        attempts.write(txn).await
    }

    /// The site of a place, made if it is new; `None` if its name is impossible.
    async fn site(&mut self, txn: &DatabaseTransaction, place: &Place) -> Result<Option<i64>> {
        match self.sites.find(place) {
            Found::Site(id) => Ok(Some(id)),
            Found::New(name) => Ok(Some(self.sites.make(&self.app.registry, txn, &self.deed, &name).await?)),
            Found::Ambiguous(why) => {
                self.say(place, format!("{why}; it is counted as UNKNOWN"));
                Ok(Some(self.sites.unknown()))
            }
            Found::Impossible(name) => {
                self.say(place, format!("no site can be called “{name}”"));
                Ok(None)
            }
        }
    }

    /// Once for each place: a file names it a million times.
    fn say(&mut self, place: &Place, reason: String) {
        if self.said.len() < 1000 && self.said.insert(reason.clone()) {
            self.notes.push(Rejected { place: place.to_string(), reason });
        }
    }

    /// Failures by the issue that they belong to.
    async fn growth(
        &mut self,
        txn: &DatabaseTransaction,
        failures: &[Failure],
    ) -> Result<BTreeMap<String, Growth>> {
        let mut grown: BTreeMap<String, Growth> = BTreeMap::new();
        for failure in failures {
            let (Some(src), Some(dst)) =
                (self.site(txn, &failure.src).await?, self.site(txn, &failure.dst).await?)
            else {
                continue;
            };
            let category = self.category(txn, failure).await?;
            let (src, dst) = ends(failure, src, dst, self.sites.unknown());
            let hash = digest(&failure.message);
            let key = issue_key(failure.operation, src, dst, failure.workflow.as_deref(), category, &hash);
            let growth = grown.entry(key).or_insert_with(|| Growth {
                operation: failure.operation,
                src,
                dst,
                workflow: failure.workflow.clone(),
                category,
                message: failure.message.clone(),
                message_at: failure.hour,
                hours: BTreeMap::new(),
            });
            growth.add(failure);
        }
        Ok(grown)
    }

    async fn category(&mut self, txn: &DatabaseTransaction, failure: &Failure) -> Result<Option<i64>> {
        match self.categories.find(failure.operation, &failure.message) {
            Belongs::To(id) => Ok(Some(id)),
            Belongs::Nowhere(template) => {
                self.categories
                    .propose(&self.app.registry, txn, &self.deed, &template, &failure.message)
                    .await
            }
        }
    }

    async fn add_issues(
        &mut self,
        txn: &DatabaseTransaction,
        run: &mut Run,
        grown: BTreeMap<String, Growth>,
    ) -> Result<()> {
        let mut known = self.known(txn, grown.keys()).await?;
        let fresh: Vec<_> = grown
            .iter()
            .filter(|(key, _)| !known.contains_key(*key))
            .map(|(key, growth)| growth.fresh(key, self.app.now()))
            .collect();
        let made: Vec<String> = fresh.iter().filter_map(|row| row.dedup_key.try_as_ref().cloned()).collect();
        for chunk in fresh.chunks(CHUNK / 5) {
            issue::Entity::insert_many(chunk.to_vec()).exec_without_returning(txn).await?;
        }
        run.counts.made += i64::try_from(made.len()).unwrap_or_default();
        run.counts.changed += i64::try_from(grown.len() - made.len()).unwrap_or_default();
        known.extend(self.known(txn, made.iter()).await?);
        let by_id: BTreeMap<i64, Growth> =
            grown.into_iter().filter_map(|(key, growth)| known.get(&key).map(|id| (*id, growth))).collect();
        let files = new_files(txn, &by_id).await?;
        upsert::issue_hours(txn, hours(&by_id, &files)).await?;
        grow(txn, &by_id, &files).await
    }

    /// Keys of issues that are there, by their identity.
    async fn known(
        &mut self,
        txn: &DatabaseTransaction,
        keys: impl Iterator<Item = &String>,
    ) -> Result<HashMap<String, i64>> {
        let (mut known, mut asked) = (HashMap::new(), Vec::new());
        for key in keys {
            match self.issues.get(key) {
                Some(id) => drop(known.insert(key.clone(), *id)),
                None => asked.push(key.clone()),
            }
        }
        for chunk in asked.chunks(CHUNK) {
            let rows: Vec<(String, i64)> = issue::Entity::find()
                .select_only()
                .columns([issue::Column::DedupKey, issue::Column::Id])
                .filter(issue::Column::DedupKey.is_in(chunk.to_vec()))
                .into_tuple()
                .all(txn)
                .await?;
            if self.issues.len() < REMEMBERED {
                self.issues.extend(rows.clone());
            }
            known.extend(rows);
        }
        Ok(known)
    }
}

impl Growth {
    fn add(&mut self, failure: &Failure) {
        if failure.hour >= self.message_at {
            self.message_at = failure.hour;
            self.message.clone_from(&failure.message);
        }
        let hour = self.hours.entry(failure.hour).or_default();
        hour.failures += count(failure.failures);
        hour.bytes = sum(hour.bytes, failure.bytes.map(count));
        match &failure.files {
            Files::Hashes(hashes) => hour.hashes.extend(hashes.iter().map(|hash| hash.cast_signed())),
            Files::Count(number) => hour.files = sum(hour.files, Some(count(*number))),
            Files::Unknown => {}
        }
    }

    /// The issue as it is made: with no failures yet, they are added with its hours.
    fn fresh(&self, key: &str, now: DateTime<Utc>) -> issue::ActiveModel {
        let hour = *self.hours.keys().next().unwrap_or(&self.message_at);
        issue::ActiveModel {
            operation: Set(self.operation),
            category_id: Set(self.category),
            src_site_id: Set(self.src),
            dst_site_id: Set(self.dst),
            workflow: Set(self.workflow.clone()),
            message: Set(crate::admin::shorten(&self.message, 4096)),
            message_hash: Set(digest(&self.message)),
            status: Set(Status::New),
            first_seen: Set(hour),
            last_seen: Set(hour),
            dedup_key: Set(key.to_owned()),
            created_at: Set(now),
            updated_at: Set(now),
            version: Set(1),
            ..Default::default()
        }
    }
}

/// Deletions have no source, jobs neither end but the site that ran them.
fn ends(failure: &Failure, src: i64, dst: i64, unknown: i64) -> (Option<i64>, Option<i64>) {
    let known = |site: i64| (site != unknown).then_some(site);
    match failure.operation {
        Operation::Workflow => (known(src), known(dst)),
        Operation::Deletion => (None, Some(dst)),
        Operation::Transfer | Operation::Staging => (Some(src), Some(dst)),
    }
}

/// For each issue and hour, files that had not failed in that hour, and those that had never failed
/// in the issue; the new ones are kept.
async fn new_files(
    txn: &DatabaseTransaction,
    grown: &BTreeMap<i64, Growth>,
) -> Result<HashMap<(i64, DateTime<Utc>), (i64, i64)>> {
    let mut wanted: BTreeSet<(i64, i64, DateTime<Utc>)> = BTreeSet::new();
    for (id, growth) in grown {
        for (hour, counts) in &growth.hours {
            wanted.extend(counts.hashes.iter().map(|hash| (*hash, *id, *hour)));
        }
    }
    let hashes: Vec<i64> =
        wanted.iter().map(|(hash, ..)| *hash).collect::<BTreeSet<_>>().into_iter().collect();
    let mut seen: HashSet<(i64, i64)> = HashSet::new();
    for chunk in hashes.chunks(CHUNK) {
        let rows: Vec<failed_file::Model> = failed_file::Entity::find()
            .filter(failed_file::Column::FileHash.is_in(chunk.to_vec()))
            .all(txn)
            .await?;
        for row in rows {
            wanted.remove(&(row.file_hash, row.issue_id, row.hour));
            seen.insert((row.file_hash, row.issue_id));
        }
    }
    let mut new: HashMap<(i64, DateTime<Utc>), (i64, i64)> = HashMap::new();
    let mut rows = Vec::with_capacity(wanted.len());
    for (file_hash, issue_id, hour) in wanted {
        let counts = new.entry((issue_id, hour)).or_default();
        counts.0 += 1;
        counts.1 += i64::from(seen.insert((file_hash, issue_id)));
        rows.push(failed_file::ActiveModel {
            file_hash: Set(file_hash),
            issue_id: Set(issue_id),
            hour: Set(hour),
        });
    }
    for chunk in rows.chunks(CHUNK * 4) {
        failed_file::Entity::insert_many(chunk.to_vec()).exec_without_returning(txn).await?;
    }
    Ok(new)
}

/// Rows to add to the hours of issues.
fn hours(
    grown: &BTreeMap<i64, Growth>,
    files: &HashMap<(i64, DateTime<Utc>), (i64, i64)>,
) -> Vec<issue_hour::ActiveModel> {
    let mut rows = Vec::new();
    for (id, growth) in grown {
        for (hour, counts) in &growth.hours {
            let told = files.get(&(*id, *hour)).map(|(in_hour, _)| *in_hour);
            // Known files, none of them new, are none to add, as opposed to not knowing.
            let told = told.or((!counts.hashes.is_empty()).then_some(0));
            rows.push(issue_hour::ActiveModel {
                issue_id: Set(*id),
                hour: Set(*hour),
                failures: Set(counts.failures),
                distinct_files: Set(sum(told, counts.files)),
                bytes: Set(counts.bytes),
            });
        }
    }
    rows
}

/// Counts issues up. Their version stays: what a loader counts, no form writes. It rises only with
/// the status, so that a form opened before does not write the old one back.
async fn grow(
    txn: &DatabaseTransaction,
    grown: &BTreeMap<i64, Growth>,
    files: &HashMap<(i64, DateTime<Utc>), (i64, i64)>,
) -> Result<()> {
    let ids: Vec<i64> = grown.keys().copied().collect();
    for chunk in ids.chunks(CHUNK) {
        let rows = issue::Entity::find().filter(issue::Column::Id.is_in(chunk.to_vec())).all(txn).await?;
        for row in rows {
            let growth = &grown[&row.id];
            let of_hour = |hour: &DateTime<Utc>| files.get(&(row.id, *hour)).map_or(0, |(_, ever)| *ever);
            let new: i64 =
                growth.hours.iter().map(|(hour, c)| of_hour(hour) + c.files.unwrap_or_default()).sum();
            let failures: i64 = growth.hours.values().map(|hour| hour.failures).sum();
            let (first, last) = (growth.hours.keys().next(), growth.hours.keys().next_back());
            let mut update = issue::Entity::update_many()
                .col_expr(issue::Column::FailuresTotal, Expr::col(issue::Column::FailuresTotal).add(failures))
                .col_expr(issue::Column::FilesTotal, Expr::col(issue::Column::FilesTotal).add(new))
                .filter(issue::Column::Id.eq(row.id));
            if let Some(first) = first.filter(|first| **first < row.first_seen) {
                update = update.col_expr(issue::Column::FirstSeen, Expr::value(*first));
            }
            if let Some(last) = last.copied().filter(|last| *last >= row.last_seen) {
                update = update
                    .col_expr(issue::Column::LastSeen, Expr::value(last))
                    .col_expr(
                        issue::Column::Message,
                        Expr::value(crate::admin::shorten(&growth.message, 4096)),
                    )
                    .col_expr(issue::Column::MessageHash, Expr::value(digest(&growth.message)));
                // It came back after somebody had called it resolved.
                if row.status == Status::Resolved && last > row.updated_at {
                    update = update.col_expr(issue::Column::Status, Expr::value(Status::New.to_value()));
                    for count in [issue::Column::ReopenedCount, issue::Column::Version] {
                        update = update.col_expr(count, Expr::col(count).add(1));
                    }
                }
            }
            update.exec(txn).await?;
        }
    }
    Ok(())
}

/// Counts beyond what a database's integer holds are damage; they stop at its end.
fn count(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX / 1024)
}

/// The sum of what is known.
fn sum(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.saturating_add(other)),
        (one, other) => one.or(other),
    }
}
