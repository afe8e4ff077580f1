//! The first few rows that have some words, for a page that shows a few of many resources: bounded
//! work however many rows there are, so that a search for everything does not become a burden to all.
use super::order::Ordering;
use super::params::Params;
use super::search::{self, Found, Related, like};
use crate::admin::{AnyResource, Fetch, Kind, Match, Meta, Record, Registry};
use crate::error::Result;
use sea_orm::sea_query::{CaseStatement, Condition, Expr, ExprTrait, Order, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend};

/// Rows of a large table that are read in its list's order.
const RECENT: u64 = 10_000;
/// Rows of a large table that are sorted.
const SORTED: u64 = 10_000;
/// Letters in a row from which on an index of letters finds them.
const INDEXED: usize = 3;

/// What to look for, and how much of it to show.
pub struct Search<'a> {
    /// The database.
    pub db: &'a DatabaseExecutor<'a>,
    /// All resources.
    pub registry: &'a Registry,
    /// All of them must occur.
    pub words: &'a [String],
    /// What was typed, which puts rows of that name on top.
    pub text: &'a str,
    /// Most rows wanted.
    pub most: u64,
}

/// Rows found.
pub struct First {
    /// One more than wanted, if there are more.
    pub rows: Vec<Record>,
    /// Whether only the latest rows were looked at.
    pub recent: bool,
}

impl Search<'_> {
    /// The first rows of one resource.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn first(&self, resource: &dyn AnyResource, known: &mut Related) -> Result<First> {
        let found = search::words(self.db, self.registry, resource, self.words, known).await?;
        if resource.meta().trigrams.is_some() {
            return self.of_many(resource, found).await;
        }
        let named = self.named(resource.meta()).map(|named| (named, Order::Asc));
        let order = named.into_iter().chain(self.order(resource)).collect();
        Ok(First { rows: self.fetch(resource, found.indexed, order).await?, recent: false })
    }

    /// Of a table that grows to millions: the latest rows are read, which is enough for a word that is
    /// frequent; a rare one is found through the index of letters, where there is one.
    async fn of_many(&self, resource: &dyn AnyResource, found: Found) -> Result<First> {
        let meta = resource.meta();
        let latest = found.scanned.add(among(meta, self.latest(resource)));
        let rows = self.fetch(resource, latest, self.order(resource)).await?;
        if rows.len() as u64 > self.most {
            return Ok(First { rows, recent: false });
        }
        if !self.letters_are_indexed(meta).await? {
            return Ok(First { rows, recent: true });
        }
        let mut some = keys(meta);
        some.cond_where(found.indexed).limit(SORTED);
        let some = Condition::all().add(among(meta, some));
        Ok(First { rows: self.fetch(resource, some, self.order(resource)).await?, recent: false })
    }

    async fn fetch(
        &self,
        resource: &dyn AnyResource,
        filter: Condition,
        order: Vec<(Expr, Order)>,
    ) -> Result<Vec<Record>> {
        Ok(resource.fetch(self.db, Fetch { filter, order, limit: self.most + 1 }).await?)
    }

    /// As in the resource's list.
    fn order(&self, resource: &dyn AnyResource) -> Vec<(Expr, Order)> {
        let order = Ordering::parse(resource.meta(), &Params::default());
        order.expressions(self.registry, resource, false)
    }

    fn latest(&self, resource: &dyn AnyResource) -> SelectStatement {
        let mut latest = keys(resource.meta());
        for (expression, order) in self.order(resource) {
            latest.order_by_expr(expression, order);
        }
        latest.limit(RECENT).to_owned()
    }

    /// Rows called exactly so before those that begin with it, and both before the rest.
    fn named(&self, meta: &Meta) -> Option<Expr> {
        let text = |at: &usize| matches!(meta.fields[*at].kind, Kind::Text(_));
        let (at, _) = meta.search.iter().find(|(at, _)| text(at))?;
        let backend = self.db.get_database_backend();
        let name = || Expr::col((meta.table, meta.fields[*at].column));
        let typed = search::escape(self.text);
        let case = CaseStatement::new()
            .case(like(backend, name(), &typed), 0)
            .case(like(backend, name(), &format!("{typed}%")), 1)
            .finally(2);
        Some(Expr::Case(Box::new(case)))
    }

    /// Whether some word can be found without reading all texts.
    async fn letters_are_indexed(&self, meta: &Meta) -> Result<bool> {
        let run = |word: &String| {
            let runs = word.split(|letter: char| !letter.is_alphanumeric());
            runs.map(|run| run.chars().count()).max().unwrap_or_default() >= INDEXED
        };
        if !self.words.iter().any(run) {
            return Ok(false);
        }
        match self.db.get_database_backend() {
            DbBackend::Sqlite => Ok(true),
            // A managed server may have refused the extension that the index needs.
            DbBackend::Postgres => {
                let Some((at, _)) = meta.search.iter().find(|(_, how)| *how == Match::Contains) else {
                    return Ok(false);
                };
                let name = format!("ix_{}_{}_trigrams", meta.table, meta.fields[*at].column);
                let there = Expr::cust(format!("to_regclass('{name}') IS NOT NULL"));
                let there = Query::select().expr_as(there, "there").to_owned();
                let row = self.db.query_one(&there).await?;
                Ok(row.map(|row| row.try_get("", "there")).transpose()?.unwrap_or_default())
            }
            _ => Ok(false),
        }
    }
}

fn keys(meta: &Meta) -> SelectStatement {
    Query::select().column((meta.table, "id")).from(meta.table).to_owned()
}

/// Rows with those keys; MariaDB limits no query inside IN but one inside FROM.
fn among(meta: &Meta, keys: SelectStatement) -> Expr {
    let keys = Query::select().column(("some", "id")).from_subquery(keys, "some").to_owned();
    Expr::col((meta.table, "id")).in_subquery(keys)
}
