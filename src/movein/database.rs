//! Reads the original's own database, and writes nothing there: SQLite is opened for reading, PostgreSQL and MySQL are
//! asked in one read-only transaction. Every value is asked for as text, which is the same for all three.
use super::issue::{OldIssue, Place};
use super::old::{Old, OldRow, Table};
use super::schema::{LINK, Schema, check, is_read, schema, why};
use crate::fixture::{Fields, look};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, Statement,
};
use serde_json::Value as Json;
use std::collections::HashMap;
use tokio::sync::mpsc;

/// Rows to a batch.
const BATCH: usize = 5000;

/// The original's database.
pub struct Source {
    db: DatabaseConnection,
    txn: DatabaseTransaction,
    backend: DbBackend,
    schema: Schema,
}

/// Opens a database of the original.
///
/// # Errors
/// When it cannot be read, or is something else.
pub async fn open(url: &str) -> anyhow::Result<Source> {
    let shown = crate::db::without_password(url);
    let mut options = ConnectOptions::new(url.to_owned());
    options.max_connections(1).sqlx_logging(false).connect_timeout(std::time::Duration::from_secs(10));
    if url.starts_with("sqlite:") {
        let path = url.trim_start_matches("sqlite:").trim_start_matches("//");
        let path = path.split('?').next().unwrap_or_default();
        if !std::path::Path::new(path).is_file() {
            bail!("there is no database file {path}");
        }
        options.map_sqlx_sqlite_opts(|sqlite| sqlite.read_only(true).create_if_missing(false));
    }
    let cannot = || format!("cannot read the database {shown}");
    let db = Database::connect(options).await.with_context(cannot)?;
    let backend = db.get_database_backend();
    let txn = look(&db).await.with_context(cannot)?;
    let schema = schema(&txn, backend).await.with_context(cannot)?;
    check(&schema)?;
    Ok(Source { db, txn, backend, schema })
}

/// What is asked for: columns of a table, behind a key.
struct Ask {
    from: String,
    key: String,
    columns: Vec<(String, String)>,
}

impl Source {
    /// Reads small tables; issues follow batch by batch.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(self) -> anyhow::Result<Old> {
        let mut rows = Vec::new();
        for table in Table::ALL {
            if self.schema.contains_key(table.table()) {
                self.small(table, &mut rows).await.with_context(|| table.table())?;
            }
        }
        self.memberships(&mut rows).await?;
        let mut left_out = Vec::new();
        for table in self.schema.keys().filter(|table| !is_read(table)) {
            let count = self.count(table).await?;
            if count > 0 {
                left_out.push((table.clone(), count, why(table)));
            }
        }
        let mut progress = 0;
        for place in self.places() {
            progress += self.count(place.table()).await?;
        }
        let generation = self.generation();
        let (give, issues) = mpsc::channel(2);
        tokio::spawn(async move {
            if let Err(error) = self.stream(&give).await {
                drop(give.send(Err(error)).await);
            }
        });
        Ok(Old { generation, rows, issues, left_out, progress })
    }

    fn has(&self, table: &str, column: &str) -> bool {
        self.schema.get(table).is_some_and(|columns| columns.iter().any(|known| known == column))
    }

    fn generation(&self) -> &'static str {
        if self.has("core_issue", "id") {
            "as opint-framework"
        } else if !self.has("core_solution", "proposed_action_id") {
            "first version (2019-12)"
        } else {
            "current version"
        }
    }

    fn places(&self) -> Vec<Place> {
        Place::ALL.into_iter().filter(|place| self.has(place.table(), "message")).collect()
    }

    async fn count(&self, table: &str) -> anyhow::Result<u64> {
        let sql = format!("SELECT {} FROM {}", self.text("COUNT(*)"), self.quoted(table));
        let row = self.txn.query_one_raw(Statement::from_string(self.backend, sql)).await?;
        let count: Option<String> = row.map(|row| row.try_get_by_index(0)).transpose()?;
        Ok(count.and_then(|count| count.parse().ok()).unwrap_or_default())
    }

    fn quoted(&self, name: &str) -> String {
        match self.backend {
            DbBackend::MySql => format!("`{}`", name.replace('`', "``")),
            _ => format!("\"{}\"", name.replace('"', "\"\"")),
        }
    }

    fn text(&self, expression: &str) -> String {
        match self.backend {
            DbBackend::MySql => format!("CAST({expression} AS CHAR)"),
            _ => format!("CAST({expression} AS TEXT)"),
        }
    }

    /// All columns of a table, by the names that fields have in a fixture.
    fn ask(&self, table: &str, key: &str) -> Ask {
        let columns = self.schema.get(table).map_or(&[][..], Vec::as_slice);
        let columns = columns.iter().map(|column| {
            let field = if column == "object_id" { column } else { column.trim_end_matches("_id") };
            (format!("t.{}", self.quoted(column)), field.to_owned())
        });
        Ask {
            from: format!("{} t", self.quoted(table)),
            key: format!("t.{}", self.quoted(key)),
            columns: columns.collect(),
        }
    }

    /// The next batch behind a key.
    async fn batch(&self, ask: &Ask, after: Option<i64>) -> anyhow::Result<Vec<(i64, Fields)>> {
        let columns: Vec<String> = ask.columns.iter().map(|(column, _)| self.text(column)).collect();
        let behind = after.map_or_else(String::new, |after| format!("WHERE {} > {after}", ask.key));
        let sql = format!(
            "SELECT {}, {} FROM {} {behind} ORDER BY {} LIMIT {BATCH}",
            self.text(&ask.key),
            columns.join(", "),
            ask.from,
            ask.key
        );
        let found = self.txn.query_all_raw(Statement::from_string(self.backend, sql)).await?;
        let mut rows = Vec::with_capacity(found.len());
        for row in found {
            let key: String = row.try_get_by_index(0)?;
            let key = key.parse().with_context(|| format!("the key {key} is no number"))?;
            let mut fields = Fields::default();
            for (at, (_, field)) in ask.columns.iter().enumerate() {
                let value: Option<String> = row
                    .try_get_by_index(at + 1)
                    .with_context(|| format!("row {key}, {field}: it is no text in UTF-8"))?;
                fields.set(field, value);
            }
            rows.push((key, fields));
        }
        Ok(rows)
    }

    async fn small(&self, table: Table, rows: &mut Vec<OldRow>) -> anyhow::Result<()> {
        let ask = self.ask(table.table(), "id");
        let mut after = None;
        loop {
            let batch = self.batch(&ask, after).await?;
            after = batch.last().map(|(key, _)| *key);
            let whole = batch.len() == BATCH;
            rows.extend(batch.into_iter().map(|(pk, fields)| OldRow { table, pk, fields }));
            if !whole {
                return Ok(());
            }
        }
    }

    /// Groups of users, as a fixture has them.
    async fn memberships(&self, rows: &mut [OldRow]) -> anyhow::Result<()> {
        if !self.has("auth_user_groups", "group_id") {
            return Ok(());
        }
        let ask = self.ask("auth_user_groups", "id");
        let mut groups: HashMap<i64, Vec<Json>> = HashMap::new();
        let mut after = None;
        loop {
            let batch = self.batch(&ask, after).await?;
            after = batch.last().map(|(key, _)| *key);
            let whole = batch.len() == BATCH;
            for (_, fields) in batch {
                let key = |field: &str| fields.0.get(field).and_then(crate::fixture::number);
                if let (Some(user), Some(group)) = (key("user"), key("group")) {
                    groups.entry(user).or_default().push(group.into());
                }
            }
            if !whole {
                break;
            }
        }
        for row in rows.iter_mut().filter(|row| row.table == Table::User) {
            row.fields.set("groups", groups.remove(&row.pk).unwrap_or_default());
        }
        Ok(())
    }

    async fn stream(self, give: &mpsc::Sender<anyhow::Result<Vec<OldIssue>>>) -> anyhow::Result<()> {
        for place in self.places() {
            let mut ask = self.ask(place.table(), "id");
            if place == Place::Issue && self.has(LINK, "issue_ptr_id") {
                let join = format!("LEFT JOIN {} l ON l.issue_ptr_id = t.id", self.quoted(LINK));
                ask.from = format!("{} {join}", ask.from);
                ask.columns.extend(["src_site", "dst_site"].map(|end| (format!("l.{end}"), end.to_owned())));
            }
            let mut after = None;
            loop {
                let batch = self.batch(&ask, after).await.with_context(|| place.table())?;
                let Some((last, _)) = batch.last() else { break };
                after = Some(*last);
                let whole = batch.len() == BATCH;
                let issues = batch
                    .into_iter()
                    .map(|(pk, fields)| OldIssue::read(place, pk, fields, None, DateTime::<Utc>::UNIX_EPOCH));
                let issues: Result<Vec<OldIssue>, String> = issues.collect();
                if give.send(issues.map_err(anyhow::Error::msg)).await.is_err() || !whole {
                    break;
                }
            }
        }
        self.txn.rollback().await?;
        self.db.close().await?;
        Ok(())
    }
}
