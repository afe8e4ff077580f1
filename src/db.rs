//! The database: connecting, migrating, beginning a write.
use crate::admin::Registry;
use crate::error::Result;
use anyhow::Context;
use migration::{Migrator, MigratorTrait, SchemaManager};
use sea_orm::sea_query::Query;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IntoDatabaseExecutor, SqliteTransactionMode, Statement, TransactionOptions, TransactionTrait,
};
use std::time::Duration;

/// Connections of one process. Two cores keep about four busy; the rest covers slow queries.
const CONNECTIONS: u32 = 10;
/// The same for SQLite, where one writes at a time and each maps the file for itself.
pub(crate) const SQLITE_CONNECTIONS: u32 = 6;
/// A connection used so short ago is taken to be alive: to ask each time would double the round trips of a page.
const TRUSTED: Duration = Duration::from_secs(1);
/// A page whose query takes longer is not worth waiting for, and would block others.
const STATEMENT_TIMEOUT_SECONDS: u32 = 10;
/// What SQLite may keep in memory while very many rows are written.
const LARGE_CACHE_KIB: u32 = 256 * 1024;
/// Number of the lock that migrations take; any number does, as long as it stays.
const MIGRATION_LOCK: i64 = 727_274_001;
/// Seconds that a process waits for another that migrates.
const MIGRATION_PATIENCE: u32 = 300;
/// Where sea-orm-migration notes the steps applied.
const STEPS: &str = "seaql_migrations";

/// Connects; a SQLite file is made if it is not there.
///
/// # Errors
/// What is wrong with the address or the server, without the password.
pub async fn connect(url: &str) -> anyhow::Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url.to_owned());
    options
        .max_connections(CONNECTIONS)
        .min_connections(1)
        .acquire_timeout(Duration::from_secs(5))
        .sqlx_logging(false);
    if url.starts_with("sqlite:") {
        options.max_connections(SQLITE_CONNECTIONS).test_before_acquire(false).map_sqlx_sqlite_opts(
            |sqlite| {
                use sea_orm::sqlx::sqlite::{SqliteJournalMode, SqliteSynchronous};
                sqlite
                    .journal_mode(SqliteJournalMode::Wal)
                    .synchronous(SqliteSynchronous::Normal)
                    .busy_timeout(Duration::from_secs(5))
                    .foreign_keys(true)
                    // Pages of the file are shared by all connections through the map, not kept by each.
                    .pragma("cache_size", "-2000")
                    .pragma("mmap_size", "67108864")
                    .pragma("temp_store", "MEMORY")
                    // Rows come from a thread of SQLite's own: a whole page of a list at a time.
                    .row_buffer_size(512)
                    .optimize_on_close(true, None)
            },
        );
    } else {
        options.test_before_acquire_if_idle_for(TRUSTED).idle_timeout(Duration::from_secs(300));
    }
    if url.starts_with("postgres") {
        options.statement_timeout(Duration::from_secs(u64::from(STATEMENT_TIMEOUT_SECONDS)));
    }
    if url.starts_with("mysql:") || url.starts_with("mariadb:") {
        options.after_connect(|db| {
            Box::pin(async move {
                limit_statements(&db, STATEMENT_TIMEOUT_SECONDS).await;
                Ok(())
            })
        });
    }
    Database::connect(options)
        .await
        .with_context(|| format!("cannot connect to the database {}", without_password(url)))
}

/// The address as it may be shown.
#[must_use]
pub fn without_password(url: &str) -> String {
    match url::Url::parse(url) {
        Ok(mut parsed) if !url.starts_with("sqlite:") => {
            if parsed.password().is_some() {
                let _ = parsed.set_password(Some("***"));
            }
            // A password can stand there, too.
            parsed.set_query(None);
            parsed.to_string()
        }
        Ok(_) => url.to_owned(),
        Err(_) => url.split("://").next().unwrap_or_default().to_owned() + "://…",
    }
}

/// Brings the schema up, then permissions that the resources need. Several processes that start
/// at once do it one after the other: sea-orm-migration itself takes no lock.
///
/// # Errors
/// What the database refused.
pub async fn migrate(db: &DatabaseConnection, registry: &Registry) -> anyhow::Result<()> {
    match db.get_database_backend() {
        // Steps and their record are one transaction, which waits for other writers.
        DbBackend::Sqlite => {
            let txn = begin(db).await?;
            up(&txn, registry).await?;
            txn.commit().await?;
        }
        // A lock belongs to one connection; a transaction holds on to it.
        DbBackend::Postgres => {
            let guard = db.begin().await?;
            guard.execute_unprepared("SET LOCAL statement_timeout = 0").await?;
            guard.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATION_LOCK})")).await?;
            up(&guard, registry).await?;
            guard.commit().await?;
        }
        _ => migrate_mysql(db, registry).await?,
    }
    Ok(())
}

/// Steps commit by themselves here, and the lock belongs to the connection: all happens on one, for which nothing
/// is too slow, be it the wait for another process or an index on a large table.
async fn migrate_mysql(db: &DatabaseConnection, registry: &Registry) -> anyhow::Result<()> {
    let guard = db.begin().await?;
    limit_statements(&guard, 0).await;
    let done = locked(&guard, registry).await;
    limit_statements(&guard, STATEMENT_TIMEOUT_SECONDS).await;
    guard.commit().await?;
    done
}

async fn locked(guard: &DatabaseTransaction, registry: &Registry) -> anyhow::Result<()> {
    let ask = |question: String| guard.query_one_raw(Statement::from_string(DbBackend::MySql, question));
    let lock =
        ask(format!("SELECT GET_LOCK('opint-migration-{MIGRATION_LOCK}', {MIGRATION_PATIENCE}) = 1 AS held"));
    let held = lock.await?.map(|row| row.try_get::<Option<bool>>("", "held")).transpose()?.flatten();
    if held != Some(true) {
        anyhow::bail!(
            "another process has been migrating for {MIGRATION_PATIENCE} s; look what it does, and try again"
        );
    }
    let done = up(guard, registry).await;
    ask(format!("SELECT RELEASE_LOCK('opint-migration-{MIGRATION_LOCK}')")).await?;
    done
}

/// How long a statement of this connection may take, in seconds; 0 is for ever. MariaDB only: MySQL has
/// `max_execution_time` instead. Either may refuse the other's.
async fn limit_statements(db: &impl ConnectionTrait, seconds: u32) {
    drop(db.execute_unprepared(&format!("SET SESSION max_statement_time = {seconds}")).await);
}

async fn up<'c>(db: impl IntoDatabaseExecutor<'c> + Copy, registry: &Registry) -> anyhow::Result<()> {
    let steps = steps(db).await?;
    if !steps.newer.is_empty() {
        // A newer release was here. Steps only add, so this one works, too: that is how one goes back.
        if !steps.pending.is_empty() {
            anyhow::bail!(
                "the schema has steps that this program does not know ({}) and lacks some that it needs ({}); use a release that knows both",
                steps.newer.join(", "),
                steps.pending.join(", ")
            );
        }
        tracing::warn!(
            steps = steps.newer.join(", "),
            "the schema is newer than this program; it is left as it is"
        );
        return Ok(());
    }
    Migrator::up(db, None).await.context("the schema could not be brought up")?;
    crate::auth::permission::sync(&db.into_database_executor(), registry).await?;
    Ok(())
}

/// Steps of the schema that are not as this program knows them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Steps {
    /// Not applied yet.
    pub pending: Vec<String>,
    /// Applied, but unknown here: a newer release was at work.
    pub newer: Vec<String>,
}

/// Looks which steps were applied. Writes nothing: probes ask it, too.
///
/// # Errors
/// When the database does not answer.
pub async fn steps<'c>(db: impl IntoDatabaseExecutor<'c> + Copy) -> Result<Steps, DbErr> {
    let known: Vec<String> = Migrator::migrations().iter().map(|step| step.name().to_owned()).collect();
    let mut applied = Vec::new();
    if SchemaManager::new(db).has_table(STEPS).await? {
        let all = Query::select().column("version").from(STEPS).to_owned();
        for row in db.into_database_executor().query_all(&all).await? {
            applied.push(row.try_get::<String>("", "version")?);
        }
    }
    let without = |some: &[String], others: &[String]| {
        some.iter().filter(|name| !others.contains(name)).cloned().collect::<Vec<_>>()
    };
    Ok(Steps { pending: without(&known, &applied), newer: without(&applied, &known) })
}

/// Steps not applied yet.
///
/// # Errors
/// When the database does not answer.
pub async fn pending(db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
    Ok(steps(db).await?.pending)
}

/// Begins a write of very many rows by a command that ends with it. SQLite keeps more of what is written in memory:
/// with the little that a connection of the server has, every page goes through the log again and again.
///
/// # Errors
/// When the database does not answer.
pub async fn begin_large(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let txn = begin(db).await?;
    if txn.get_database_backend() == DbBackend::Sqlite {
        txn.execute_unprepared(&format!("PRAGMA cache_size = -{LARGE_CACHE_KIB}")).await?;
    }
    Ok(txn)
}

/// Begins a write. SQLite must take its write lock at once: a transaction that reads first and
/// then finds another writer would fail instead of waiting.
///
/// # Errors
/// When the database does not answer.
pub async fn begin(db: &DatabaseConnection) -> Result<DatabaseTransaction> {
    let options = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..Default::default()
    };
    Ok(db.begin_with_options(options).await?)
}
