//! Turns the words searched for into a condition that the database can answer from its indexes.
use super::terms;
use crate::admin::{AnyResource, Kind, Match, Meta, Registry};
use crate::error::Result;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, LikeExpr, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend};
use std::collections::HashMap;

/// Most rows of another table that a word may stand for; more say nothing about it.
const MOST_RELATED: u64 = 500;

/// Rows in which each word occurs in some searched column, told in two ways.
#[derive(Clone, Debug)]
pub struct Found {
    /// Through the index of letters: best for few rows, which are then sorted.
    pub indexed: Condition,
    /// By reading texts: best for many rows, of which a page in the list's order is soon full.
    pub scanned: Condition,
}

/// Rows of other tables that words stand for, by table and word: asked for once.
#[derive(Debug, Default)]
pub struct Related(HashMap<(String, String), Vec<i64>>);

/// Adds the rows in which one word occurs.
async fn add(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    word: &str,
    known: &mut Related,
    found: &mut Found,
) -> Result<()> {
    let meta = resource.meta();
    let backend = db.get_database_backend();
    let mut any = Condition::any();
    let mut contains = Vec::new();
    for (at, how) in &meta.search {
        let field = &meta.fields[*at];
        let column = || Expr::col((meta.table, field.column));
        match (&field.kind, how) {
            (Kind::Foreign(table), _) => {
                let keys = known.keys(db, registry, table, word).await?;
                if !keys.is_empty() {
                    any = any.add(column().is_in(keys.iter().copied()));
                }
            }
            (Kind::Integer, _) => {
                if let Ok(number) = word.trim_start_matches('#').parse::<i64>() {
                    any = any.add(column().eq(number));
                }
            }
            (_, Match::Contains) => contains.push(field.column),
            (_, Match::Starts) => any = any.add(like(backend, column(), &format!("{}%", escape(word)))),
            (_, Match::Exact) => any = any.add(like(backend, column(), &escape(word))),
        }
    }
    let mut scanned = any.clone();
    for name in contains {
        any = any.add(within(backend, meta, name, word));
        scanned = scanned.add(like(backend, Expr::col((meta.table, name)), &format!("%{}%", escape(word))));
    }
    // A condition without parts is always true; a word found nowhere must find nothing.
    let or_none = |any: Condition| if any.is_empty() { any.add(Expr::val(1).eq(0)) } else { any };
    found.indexed = found.indexed.clone().add(or_none(any));
    found.scanned = found.scanned.clone().add(or_none(scanned));
    Ok(())
}

/// The word anywhere in the column: from the trigram table where there is one.
fn within(backend: DbBackend, meta: &Meta, column: &'static str, word: &str) -> Expr {
    if let Some(trigrams) =
        meta.trigrams.filter(|_| backend == DbBackend::Sqlite && word.chars().count() >= 3)
    {
        let phrase = format!("{column} : \"{}\"", word.replace('"', "\"\""));
        let rows = Query::select()
            .column("rowid")
            .from(trigrams)
            .and_where(Expr::cust_with_values(format!("{trigrams} MATCH ?"), [phrase]))
            .to_owned();
        return Expr::col((meta.table, "id")).in_subquery(rows);
    }
    like(backend, Expr::col((meta.table, column)), &format!("%{}%", escape(word)))
}

/// LIKE whatever the case. SQLite's does that by itself (for ASCII), and only without `lower`
/// could it use an index; the others compare bytes.
pub fn like(backend: DbBackend, column: Expr, pattern: &str) -> Expr {
    if backend == DbBackend::Sqlite {
        return column.like(LikeExpr::new(pattern).escape('\\'));
    }
    Expr::from(Func::lower(column)).like(LikeExpr::new(pattern.to_lowercase()).escape('\\'))
}

/// `%`, `_` and `\` as themselves.
#[must_use]
pub fn escape(text: &str) -> String {
    text.chars()
        .flat_map(|letter| matches!(letter, '%' | '_' | '\\').then_some('\\').into_iter().chain([letter]))
        .collect()
}

impl Related {
    async fn keys(
        &mut self,
        db: &DatabaseExecutor<'_>,
        registry: &Registry,
        table: &str,
        word: &str,
    ) -> Result<&[i64]> {
        let asked = (table.to_owned(), word.to_owned());
        if !self.0.contains_key(&asked) {
            let keys = related(db, registry, table, word).await?;
            self.0.insert(asked.clone(), keys);
        }
        Ok(self.0.get(&asked).map_or(&[], Vec::as_slice))
    }
}

/// Keys of rows of another table in which the word occurs, by that table's own text columns.
async fn related(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    table: &str,
    word: &str,
) -> Result<Vec<i64>> {
    let Some(target) = registry.table(table) else { return Ok(Vec::new()) };
    let Some(any) = texts(db.get_database_backend(), target.meta(), word) else { return Ok(Vec::new()) };
    let select =
        Query::select().column("id").from(target.meta().table).cond_where(any).limit(MOST_RELATED).to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "id").map_err(Into::into)).collect()
}

/// The word in the text columns that a resource searches itself, not in what it points at.
#[must_use]
pub fn texts(backend: DbBackend, meta: &Meta, word: &str) -> Option<Condition> {
    let columns = meta
        .search
        .iter()
        .map(|(at, _)| &meta.fields[*at])
        .filter(|field| matches!(field.kind, Kind::Text(_) | Kind::LongText(_)));
    let any = columns.fold(Condition::any(), |any, field| {
        any.add(like(backend, Expr::col((meta.table, field.column)), &format!("%{}%", escape(word))))
    });
    (!any.is_empty()).then_some(any)
}

/// What was typed as conditions, and what to say about what was left out.
///
/// # Errors
/// When the database does not answer.
pub async fn typed(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    text: &str,
) -> Result<(Found, Option<String>)> {
    let terms = terms::parse(text);
    Ok((words(db, registry, resource, &terms.words, &mut Related::default()).await?, terms.note))
}

/// Rows that have all the words.
///
/// # Errors
/// When the database does not answer.
pub async fn words(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    words: &[String],
    known: &mut Related,
) -> Result<Found> {
    let mut found = Found { indexed: Condition::all(), scanned: Condition::all() };
    for word in words {
        add(db, registry, resource, word, known, &mut found).await?;
    }
    Ok(found)
}
