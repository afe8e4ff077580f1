//! What would go with a row, what would lose it, and what protects it; and the deleting itself.
use super::along;
use super::erased::{Fetch, Record};
use super::history::{self, Changes, Written};
use super::registry::{Reference, Registry};
use super::resource::Verb;
use super::trace::Trace;
use super::{AnyResource, Deed, words};
use crate::error::{Error, Result};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction, ForeignKeyAction};

/// Rows named on the page; the rest is counted.
const NAMED: u64 = 20;
/// Rows counted; beyond, the page says "more than".
const COUNTED: u64 = 1000;
/// How far deletions are followed: no chain of cascades in the schema is longer.
const DEPTH: usize = 4;

/// What happens to rows of other tables when rows are deleted.
#[derive(Default)]
pub struct Preview {
    /// Whether it is about more than one.
    pub several: bool,
    /// Deleted with it.
    pub deleted: Vec<Group>,
    /// Keep standing, but lose their reference to it.
    pub loosened: Vec<Group>,
    /// Need it: nothing is deleted.
    pub protected: Vec<Group>,
    /// Rights that are missing for what would go with it.
    pub missing: Vec<String>,
}

/// Rows of one table.
pub struct Group {
    /// What one and several of them are called.
    pub name: (String, String),
    /// How many; at most one more than are counted.
    pub count: u64,
    /// The first of them, with their addresses where the person may see them.
    pub rows: Vec<(String, Option<String>)>,
}

impl Group {
    /// How many, in words.
    #[must_use]
    pub fn amount(&self) -> String {
        match self.count {
            1 => format!("1 {}", self.name.0),
            more if more > COUNTED => {
                format!("more than {} {}", super::thousands(COUNTED as i64), self.name.1)
            }
            some => format!("{} {}", super::thousands(some as i64), self.name.1),
        }
    }

    /// How many are not named.
    #[must_use]
    pub fn unnamed(&self) -> u64 {
        self.count.saturating_sub(self.rows.len() as u64)
    }
}

impl Preview {
    /// Whether nothing stands in the way.
    #[must_use]
    pub fn possible(&self) -> bool {
        self.protected.is_empty() && self.missing.is_empty()
    }

    /// What hangs on them: a tone and a word for what happens, the same in a sentence, and which rows.
    #[must_use]
    pub fn groups(&self) -> [(&'static str, &'static str, &'static str, &[Group]); 3] {
        let said = |one, more| if self.several { more } else { one };
        [
            ("bad", "deleted", said("Will be deleted with it", "Will be deleted with them"), &self.deleted),
            (
                "warn",
                "changed",
                said("Will lose their reference to it", "Will lose their reference to them"),
                &self.loosened,
            ),
            ("info", "kept", said("Need it, so it stays", "Need them, so they stay"), &self.protected),
        ]
    }

    /// What stands in the way, in one sentence.
    #[must_use]
    pub fn obstacle(&self) -> String {
        let groups: Vec<String> = self.protected.iter().map(Group::amount).collect();
        format!("It is used by {}.", groups.join(", "))
    }
}

/// Looks at what deleting rows would do. Costs a few bounded queries, however much hangs on them.
///
/// # Errors
/// When the database does not answer.
pub async fn preview(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    rows: &[&Record],
    deed: &Deed,
) -> Result<Preview> {
    let mut preview = Preview { several: rows.len() > 1, ..Preview::default() };
    let own = Query::select()
        .column("id")
        .from(resource.meta().table)
        .and_where(Expr::col("id").is_in(rows.iter().map(|row| row.key().clone())))
        .to_owned();
    let mut front = vec![(resource.meta().table.to_owned(), own)];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for (table, keys) in front {
            for reference in registry.references_to(&table) {
                let cascades = look(db, registry, reference, &keys, deed, &mut preview).await?;
                next.extend(cascades);
            }
        }
        front = next;
    }
    Ok(preview)
}

/// Rows of one table that point at the rows in `keys`; gives those that go with them, to be followed.
async fn look(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    reference: &Reference,
    keys: &SelectStatement,
    deed: &Deed,
    preview: &mut Preview,
) -> Result<Option<(String, SelectStatement)>> {
    let points = || Expr::col((reference.table.clone(), reference.column.clone())).in_subquery(keys.clone());
    let bounded = Query::select()
        .expr(Expr::val(1))
        .from(reference.table.clone())
        .and_where(points())
        .limit(COUNTED + 1)
        .to_owned();
    let count = count(db, bounded).await?;
    if count == 0 {
        return Ok(None);
    }
    let target = registry.table(&reference.table);
    let mut rows = Vec::new();
    if let Some(target) = target {
        let meta = target.meta();
        let visible = deed.actor.may(meta.slug, Verb::View);
        let filter = Condition::all().add(points());
        let order = vec![(Expr::col((meta.table, "id")), sea_orm::Order::Asc)];
        for row in target.fetch(db, Fetch { filter, order, limit: NAMED }).await? {
            let href = visible.then(|| format!("/admin/{}/{}/change/", meta.slug, row.pk()));
            rows.push((
                if visible { row.label.clone() } else { format!("{} {}", meta.singular, row.pk()) },
                href,
            ));
        }
    }
    let name = names(registry, reference);
    let group = Group { name, count, rows };
    match reference.on_delete {
        ForeignKeyAction::Cascade => {
            if let Some(target) = target.filter(|target| !deed.actor.may(target.meta().slug, Verb::Delete)) {
                preview.missing.push(target.meta().codename(Verb::Delete));
            }
            preview.deleted.push(group);
            // Tables of pairs have no key of their own, so nothing points at them.
            Ok(target.map(|_| {
                (
                    reference.table.clone(),
                    Query::select().column("id").from(reference.table.clone()).and_where(points()).to_owned(),
                )
            }))
        }
        ForeignKeyAction::SetNull => {
            preview.loosened.push(group);
            Ok(None)
        }
        _ => {
            preview.protected.push(group);
            Ok(None)
        }
    }
}

/// What rows of a reference are called; with the role, where a table points there twice.
fn names(registry: &Registry, reference: &Reference) -> (String, String) {
    let (one, several) = reference.name;
    let twice =
        registry.references_to(&reference.to).filter(|other| other.table == reference.table).count() > 1;
    if !twice {
        return (one.to_owned(), several.to_owned());
    }
    let field = registry.table(&reference.table).and_then(|target| {
        let meta = target.meta();
        meta.column(&reference.column).map(|at| meta.fields[at].title.to_lowercase())
    });
    let role = field.unwrap_or_else(|| words(reference.column.trim_end_matches("_id")));
    (format!("{one} as {role}"), format!("{several} as {role}"))
}

/// Number of rows of a bounded select.
///
/// # Errors
/// When the database does not answer.
pub async fn count(db: &DatabaseExecutor<'_>, bounded: SelectStatement) -> Result<u64> {
    let outer =
        Query::select().expr_as(Expr::cust("COUNT(*)"), "n").from_subquery(bounded, "bounded").to_owned();
    let row = db.query_one(&outer).await?;
    let number: i64 = row.map(|row| row.try_get("", "n")).transpose()?.unwrap_or_default();
    Ok(number.unsigned_abs())
}

/// What the history cannot bring back: rows of tables without pages of their own, and references to the row.
fn lost_with(registry: &Registry, resource: &dyn AnyResource, preview: &Preview) -> Vec<String> {
    let meta = resource.meta();
    // Links of the row itself are kept with it.
    let own = |group: &Group| {
        let mut pairs = registry.references_to(meta.table);
        pairs.any(|to| to.name.1 == group.name.1 && meta.many.iter().any(|many| many.pairs == to.table))
    };
    let gone = preview.deleted.iter().filter(|group| group.rows.is_empty() && !own(group));
    let loosened = preview.loosened.iter().map(|group| format!("the reference of {}", group.amount()));
    gone.map(Group::amount).chain(loosened).collect()
}

/// Deletes a row with what goes with it.
///
/// # Errors
/// [`Error::Forbidden`], [`Error::Protected`], or what the resource's hook or the database say.
pub async fn delete(
    txn: &DatabaseTransaction,
    registry: &Registry,
    resource: &dyn AnyResource,
    row: &Record,
    deed: &Deed,
) -> Result<()> {
    let meta = resource.meta();
    if !meta.offers(Verb::Delete) {
        return Err(Error::Refused(format!("Nobody can delete {} here.", meta.plural)));
    }
    deed.actor.must(meta.slug, Verb::Delete)?;
    resource.before_delete(txn, row, deed).await?;
    let preview = preview(&txn.into(), registry, resource, &[row], deed).await?;
    if let Some(right) = preview.missing.first() {
        return Err(Error::Forbidden(right.clone()));
    }
    if !preview.protected.is_empty() {
        return Err(Error::Protected(preview.obstacle()));
    }
    let labels = registry
        .labels_of(&txn.into(), resource, &(0..meta.fields.len()).collect::<Vec<_>>(), &[&row.values])
        .await?;
    let lost = |at: usize| history::kept(super::in_words(&meta.fields[at], &row.values[at], &labels));
    let changes: Changes = (0..meta.fields.len())
        .filter(|at| !meta.fields[*at].automatic)
        .filter_map(|at| lost(at).map(|text| (meta.fields[at].title.clone(), [Some(text), None])))
        .chain(
            preview
                .deleted
                .iter()
                .map(|group| (format!("Also deleted: {}", group.name.1), [Some(group.amount()), None])),
        )
        .collect();
    let mut trace = Trace::of_deleted(txn, resource, row).await?;
    trace.lost = lost_with(registry, resource, &preview);
    if preview.deleted.iter().any(|group| !group.rows.is_empty()) {
        trace.lost.extend(along::keep(txn, registry, resource, row, deed).await?);
    }
    let written = Written { changes, trace };
    history::record(txn, deed, entity::audit_log::Verb::Delete, resource, row, &written).await?;
    let statement =
        Query::delete().from_table(meta.table).and_where(Expr::col("id").eq(row.key().clone())).to_owned();
    let done = txn.execute(&statement).await.map_err(|error| match error.sql_err() {
        Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)) => {
            Error::Protected("A record that uses it was added meanwhile.".into())
        }
        _ => error.into(),
    })?;
    // Somebody else was faster.
    if done.rows_affected() == 0 { Err(Error::NotFound) } else { Ok(()) }
}
