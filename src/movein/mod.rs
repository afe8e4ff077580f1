//! Moves an installation of the original application in: its rows from a fixture or from its database, by the same
//! rules. What becomes of what, and why something is left out, stands in the report and in docs/moving-in.md.
mod categories;
mod database;
mod ends;
mod fixture;
mod fresh;
mod history;
mod issue;
mod issues;
mod kept;
mod names;
mod old;
mod people;
mod report;
mod schema;
mod solutions;
mod upsert;

pub use database::{Source, open};
pub use fixture::sort;
pub use old::Old;
pub use report::{Line, Report};

use crate::admin::{Deed, Input, Save, Target, key_number};
use crate::app::App;
use crate::fixture::told;
use anyhow::Context;
use old::{OldRow, Table};
use sea_orm::{DatabaseTransaction, Value};
use std::collections::HashMap;

/// Where rows are moved to.
#[derive(Clone, Copy)]
pub struct To<'a> {
    /// The application.
    pub app: &'a App,
    /// Everything is one transaction.
    pub txn: &'a DatabaseTransaction,
    /// Who does it, when.
    pub deed: &'a Deed,
    /// What the old installation is called.
    pub origin: &'a str,
}

impl To<'_> {
    /// Makes a row through the same save as a form.
    async fn save(
        &self,
        table: &str,
        fields: Vec<(&str, String)>,
        given: Vec<(&'static str, Value)>,
    ) -> anyhow::Result<i64> {
        let registry = &self.app.registry;
        let resource = registry.table(table).with_context(|| format!("there are no {table}s"))?;
        let input = Input::partial(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
        let save = Save { registry, resource, deed: self.deed, given };
        let saved = save.run(self.txn, Target::New, &input).await.map_err(told)?;
        key_number(saved.row.key()).context("a row without a key")
    }
}

/// What keys of the old installation are here.
#[derive(Default)]
struct Keys(HashMap<(Table, i64), i64>);

impl Keys {
    fn set(&mut self, table: Table, pk: i64, key: i64) {
        self.0.insert((table, pk), key);
    }

    fn get(&self, table: Table, pk: i64) -> Option<i64> {
        self.0.get(&(table, pk)).copied()
    }

    /// What a field points at, which must be there.
    fn follow(&self, row: &OldRow, field: &str, table: Table) -> anyhow::Result<Option<i64>> {
        let Some(pk) = row.key(field)? else { return Ok(None) };
        self.get(table, pk).map(Some).with_context(|| {
            format!(
                "{}, {field}: it points at {} {pk}, which is neither in what is moved in nor here already",
                row.name(),
                table.model()
            )
        })
    }
}

/// Moves everything in.
///
/// # Errors
/// What is wrong with the rows; then the transaction must be given up.
pub async fn move_in(to: To<'_>, old: Old, report: &mut Report) -> anyhow::Result<()> {
    report.generation = Some(old.generation);
    report.left_out.extend(old.left_out);
    let mut keys = Keys::default();
    kept::known(to, &old.rows, &mut keys).await?;
    let rows = old::by_table(old.rows);
    let of = |table: Table| rows.get(&table).map_or(&[][..], Vec::as_slice);
    names::actions(to, of(Table::Action), &mut keys, report).await?;
    names::causes(to, of(Table::Cause), &mut keys, report).await?;
    people::groups(to, of(Table::Group), &mut keys, report).await?;
    people::users(to, of(Table::User), &mut keys, report).await?;
    let curated = categories::curated(of(Table::Category), of(Table::Solution));
    categories::known_by_phrase(to, of(Table::Category), &curated, &mut keys, report).await?;
    let mut writer = issues::Writer::open(to, &rows, old.progress).await?;
    writer.known_by_template(of(Table::Category), &curated, &mut keys, report).await?;
    let mut batches = old.issues;
    while let Some(batch) = batches.recv().await {
        writer.take(batch?, &keys, report).await?;
    }
    let issues = writer.finish(report).await?;
    solutions::all(to, of(Table::Solution), &issues, &mut keys, report).await?;
    history::all(to, &rows, &issues, &keys, report).await
}
