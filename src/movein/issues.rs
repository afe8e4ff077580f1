//! Moves issues in, thousands at a time: sorted into categories anew, several texts of one category on one link taken
//! together.
//!
//! They are not in the audit log one by one, no more than those that a loader makes: one entry tells how many.
use super::fresh::Fresh;
use super::issue::{OldIssue, Place};
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept, upsert};
use crate::admin::history::{self, Changes};
use crate::admin::thousands;
use crate::auth::session::digest;
use crate::loading::{Belongs, CategoryBook, SiteBook};
use crate::resources::issue_key;
use anyhow::bail;
use entity::audit_log::{self, Verb};
use entity::issue;
use entity::vocabulary::Operation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

/// Keys to a question.
pub(super) const CHUNK: usize = 1000;

/// What issues of the old installation are here, as far as somebody asks.
#[derive(Default)]
pub(super) struct Issues {
    /// Issues that something else names, and what they are here.
    wanted: HashMap<(Place, i64), Option<i64>>,
    /// Of opint-framework: the category of the first issue that names a solution.
    pub(super) solved: HashMap<i64, i64>,
}

impl Issues {
    /// The issue here, whatever the table it was in.
    pub(super) fn get(&self, place: Place, pk: i64) -> Option<i64> {
        self.wanted.get(&(place, pk)).copied().flatten()
    }
}

/// Writes issues of one installation.
pub(super) struct Writer<'a> {
    pub(super) to: To<'a>,
    pub(super) sites: SiteBook,
    categories: CategoryBook,
    issues: Issues,
    counts: HashMap<u64, u32>,
    progress: super::report::Progress,
    made: u64,
}

impl<'a> Writer<'a> {
    /// Reads sites and categories.
    pub(super) async fn open(
        to: To<'a>,
        rows: &BTreeMap<Table, Vec<OldRow>>,
        total: u64,
    ) -> anyhow::Result<Self> {
        let db = to.txn.into();
        let wanted = super::history::wanted(rows)?.into_iter().map(|key| (key, None)).collect();
        Ok(Self {
            to,
            sites: SiteBook::read(&db).await?,
            categories: CategoryBook::read(&db).await?,
            issues: Issues { wanted, solved: HashMap::new() },
            counts: HashMap::new(),
            progress: super::report::Progress::new(total),
            made: 0,
        })
    }

    /// Sorts the categories that are only texts under those that our templates make.
    pub(super) async fn known_by_template(
        &mut self,
        rows: &[OldRow],
        curated: &HashSet<i64>,
        keys: &mut Keys,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        for row in rows {
            // Those went by their phrase, but for the few that have no word in them.
            if curated.contains(&row.pk) && keys.get(row.table, row.pk).is_some() {
                continue;
            }
            let line = report.becoming(row.table.table(), "error categories");
            line.read += 1;
            if keys.get(row.table, row.pk).is_some() {
                line.there += 1;
                continue;
            }
            let text = row.text("regex")?.replace('\0', " ");
            let (key, new) = self.category(Operation::Transfer, &text).await?;
            let Some(key) = key else {
                line.dropped += 1;
                continue;
            };
            *(if new { &mut line.made } else { &mut line.merged }) += 1;
            keys.set(row.table, row.pk, key);
            kept::remember(self.to, row.table.table(), "error_category", &[(row.pk, key)]).await?;
        }
        Ok(())
    }

    /// The category of a text, and whether it is new.
    async fn category(&mut self, operation: Operation, text: &str) -> anyhow::Result<(Option<i64>, bool)> {
        Ok(match self.categories.find(operation, text) {
            Belongs::To(id) => (Some(id), false),
            Belongs::Nowhere(template) => {
                let To { app, txn, deed, .. } = self.to;
                let made = self.categories.propose(&app.registry, txn, deed, &template, text).await?;
                (made, made.is_some())
            }
        })
    }

    /// Writes a batch.
    pub(super) async fn take(
        &mut self,
        batch: Vec<OldIssue>,
        keys: &Keys,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        let mut fresh: BTreeMap<String, Fresh> = BTreeMap::new();
        self.progress.add(batch.len() as u64);
        let known = self.known(&batch).await?;
        let mut again = Vec::new();
        for issue in batch {
            let place = issue.place;
            report.becoming(place.table(), "issues").read += 1;
            self.count(&issue);
            if let Some(pk) = issue.category
                && keys.get(Table::Category, pk).is_none()
            {
                bail!(
                    "{} {}, category: it points at {} {pk}, which is neither in what is moved in nor here already",
                    place.model(),
                    issue.pk,
                    Table::Category.model()
                );
            }
            if let Some(id) = known.get(&(place, issue.pk)) {
                report.line(place.table()).there += 1;
                self.resolve(place, issue.pk, *id);
                again.push((issue, *id));
                continue;
            }
            self.add(issue, &mut fresh, keys, report).await?;
        }
        self.same_installation(&again).await?;
        self.write(fresh, report).await
    }

    /// Those of a batch that were moved in before.
    async fn known(&self, batch: &[OldIssue]) -> anyhow::Result<HashMap<(Place, i64), i64>> {
        let mut known = HashMap::new();
        for place in Place::ALL {
            let pks = || batch.iter().filter(|issue| issue.place == place).map(|issue| issue.pk);
            let (Some(first), Some(last)) = (pks().min(), pks().max()) else { continue };
            let pairs = kept::between(self.to, place.table(), first, last).await?;
            known.extend(pairs.into_iter().map(|(pk, id)| ((place, pk), id)));
        }
        Ok(known)
    }

    /// Counts of several sources of one destination that are the same to the failure.
    fn count(&mut self, issue: &OldIssue) {
        if issue.operation == Operation::Transfer && issue.amount > 1 {
            let mut hasher = DefaultHasher::new();
            (&issue.dst, &issue.message, issue.amount).hash(&mut hasher);
            *self.counts.entry(hasher.finish()).or_default() += 1;
        }
    }

    async fn add(
        &mut self,
        mut old: OldIssue,
        fresh: &mut BTreeMap<String, Fresh>,
        keys: &Keys,
        report: &mut Report,
    ) -> anyhow::Result<()> {
        if old.message.contains('\0') {
            old.message = old.message.replace('\0', " ");
            report
                .note("NUL characters in messages, made blanks", format!("{} {}", old.place.model(), old.pk));
        }
        if old.acted && old.place == Place::Transfer {
            report.note(
                "Issues of the first version that name an action; what became of it was not kept there, and is not here",
                format!("{} {}", old.place.model(), old.pk),
            );
        }
        let (src, dst) = self.ends(&old, report).await?;
        let (category, _) = self.category(old.operation, &old.message).await?;
        self.compare(&old, category, keys, report);
        if let (Some(solution), Some(category)) = (old.solution, category) {
            self.issues.solved.entry(solution).or_insert(category);
        }
        let hash = digest(&old.message);
        let key = issue_key(old.operation, src, dst, old.workflow.as_deref(), category, &hash);
        match fresh.get_mut(&key) {
            Some(fresh) => fresh.add(old, hash),
            None => {
                let new = Fresh::new(old, self.to.deed.at, key.clone(), hash, [src, dst, category]);
                fresh.insert(key, new);
            }
        }
        Ok(())
    }

    /// What the old category would have been, and what it is now.
    fn compare(&self, old: &OldIssue, category: Option<i64>, keys: &Keys, report: &mut Report) {
        let Some(pk) = old.category else { return };
        let then = keys.get(Table::Category, pk);
        if then != category {
            let now = category.map_or_else(|| "none".to_owned(), |id| format!("#{id}"));
            report.note(
                "Issues whose category was another; it was chosen anew from the text",
                format!(
                    "{} {}: was category {pk} (here #{}), is {now}",
                    old.place.model(),
                    old.pk,
                    then.unwrap_or_default()
                ),
            );
        }
    }

    fn resolve(&mut self, place: Place, pk: i64, id: i64) {
        if let Some(wanted) = self.issues.wanted.get_mut(&(place, pk)) {
            *wanted = Some(id);
        }
    }

    async fn write(&mut self, fresh: BTreeMap<String, Fresh>, report: &mut Report) -> anyhow::Result<()> {
        let before = self.ids(fresh.keys()).await?;
        let mut rows = Vec::with_capacity(fresh.len());
        let mut olds = Vec::with_capacity(fresh.len());
        for (key, fresh) in fresh {
            let made = !before.contains_key(&key);
            self.made += u64::from(made);
            for (at, (place, _)) in fresh.old.iter().enumerate() {
                let line = report.line(place.table());
                *(if made && at == 0 { &mut line.made } else { &mut line.merged }) += 1;
            }
            rows.push(fresh.row);
            olds.push((key, fresh.old));
        }
        upsert::issues(self.to.txn, rows).await?;
        let missing = olds.iter().map(|(key, _)| key).filter(|key| !before.contains_key(*key));
        let mut ids = self.ids(missing).await?;
        ids.extend(before);
        let mut pairs: BTreeMap<Place, Vec<(i64, i64)>> = BTreeMap::new();
        for (key, old) in olds {
            let Some(id) = ids.get(&key) else { bail!("an issue is gone that was just written") };
            for (place, pk) in old {
                pairs.entry(place).or_default().push((pk, *id));
                self.resolve(place, pk, *id);
            }
        }
        for (place, pairs) in pairs {
            kept::remember(self.to, place.table(), "issue", &pairs).await?;
        }
        Ok(())
    }

    async fn ids(&self, keys: impl Iterator<Item = &String>) -> anyhow::Result<HashMap<String, i64>> {
        let keys: Vec<&String> = keys.collect();
        let mut ids = HashMap::with_capacity(keys.len());
        for keys in keys.chunks(CHUNK) {
            let rows: Vec<(String, i64)> = issue::Entity::find()
                .select_only()
                .columns([issue::Column::DedupKey, issue::Column::Id])
                .filter(issue::Column::DedupKey.is_in(keys.iter().map(|key| key.as_str())))
                .into_tuple()
                .all(self.to.txn)
                .await?;
            ids.extend(rows);
        }
        Ok(ids)
    }

    /// Says what there was to say about all of them, once in the audit log, too.
    pub(super) async fn finish(self, report: &mut Report) -> anyhow::Result<Issues> {
        self.progress.end();
        let doubled: u64 = self.counts.values().filter(|rows| **rows > 1).map(|rows| u64::from(*rows)).sum();
        let count = |number: u64| thousands(i64::try_from(number).unwrap_or(i64::MAX));
        if doubled > 0 {
            report.fact(format!(
                "{} issues have the same text and count as another source of the same destination: the original's \
                 loader filtered by destination only, so these counts may belong to another link.",
                count(doubled)
            ));
        }
        if self.made > 0 {
            let what = format!("{} issues moved in", count(self.made));
            let changes =
                Changes::from([("Moved in from".to_owned(), [None, Some(self.to.origin.to_owned())])]);
            let entry = history::entry(self.to.deed, Verb::Add, "issues", "", &what, &changes);
            audit_log::Entity::insert(entry).exec_without_returning(self.to.txn).await?;
        }
        Ok(self.issues)
    }
}
