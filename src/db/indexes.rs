//! Indexes of an empty table, set aside while very many rows are written: to sort once at the end costs a fraction of
//! keeping fifteen trees in order row by row.
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr};

/// What PostgreSQL may keep in memory while it makes an index.
const SORT_MEMORY: &str = "256MB";

/// Indexes that are not there until they are put back, in the same transaction.
///
/// `PostgreSQL` lets nobody read the table meanwhile. `MariaDB` would end the transaction at each index: there nothing
/// is set aside.
#[must_use = "the indexes must be put back"]
pub struct SetAside {
    statements: Vec<String>,
}

impl SetAside {
    /// Takes those of a table away that are not unique, and what keeps its search true; nothing, if it holds rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn of(txn: &DatabaseTransaction, table: &str) -> Result<Self, DbErr> {
        let mut aside = Self { statements: Vec::new() };
        let some = format!("SELECT 1 FROM {table} LIMIT 1");
        if !rows(txn, some).await?.is_empty() {
            return Ok(aside);
        }
        let all = match txn.get_database_backend() {
            DbBackend::Postgres => format!(
                "SELECT 'INDEX' AS kind, c.relname::text AS name, pg_get_indexdef(c.oid) AS made \
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid \
                 WHERE i.indrelid = '{table}'::regclass AND NOT i.indisunique"
            ),
            DbBackend::Sqlite => format!(
                "SELECT type AS kind, name, sql AS made FROM sqlite_master \
                 WHERE tbl_name = '{table}' AND type IN ('index', 'trigger') \
                 AND sql IS NOT NULL AND sql NOT LIKE 'CREATE UNIQUE%'"
            ),
            _ => return Ok(aside),
        };
        let mut searched = false;
        let memory = format!("SET LOCAL maintenance_work_mem = '{SORT_MEMORY}'");
        if txn.get_database_backend() == DbBackend::Postgres {
            aside.statements.push(memory);
        }
        for row in rows(txn, all).await? {
            let (kind, name): (String, String) = (row.try_get("", "kind")?, row.try_get("", "name")?);
            txn.execute_unprepared(&format!("DROP {kind} \"{name}\"")).await?;
            aside.statements.push(row.try_get("", "made")?);
            searched |= kind == "trigger";
        }
        if searched {
            // The index of letters is a table of its own, which the triggers keep true.
            aside.statements.push(format!("INSERT INTO {table}_search({table}_search) VALUES ('rebuild')"));
        }
        Ok(aside)
    }

    /// Makes them again, of all that was written.
    ///
    /// # Errors
    /// What the database says.
    pub async fn put_back(self, txn: &DatabaseTransaction) -> Result<(), DbErr> {
        for statement in &self.statements {
            txn.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

async fn rows(txn: &DatabaseTransaction, sql: String) -> Result<Vec<sea_orm::QueryResult>, DbErr> {
    txn.query_all_raw(sea_orm::Statement::from_string(txn.get_database_backend(), sql)).await
}
