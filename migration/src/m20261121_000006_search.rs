//! Indexes that find a few letters inside a message: trigrams on PostgreSQL
//! (`pg_trgm`, where the database allows it) and on SQLite (FTS5).
//! MariaDB has nothing of the kind; there a search reads the messages.
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => &[POSTGRES],
            DbBackend::Sqlite => SQLITE,
            _ => &[],
        };
        run(manager, statements).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let statements: &[&str] = match manager.get_database_backend() {
            DbBackend::Postgres => &["DROP INDEX IF EXISTS ix_issue_message_trigrams"],
            DbBackend::Sqlite => &[
                "DROP TRIGGER issue_search_insert",
                "DROP TRIGGER issue_search_delete",
                "DROP TRIGGER issue_search_update",
                "DROP TABLE issue_search",
            ],
            _ => &[],
        };
        run(manager, statements).await
    }
}

async fn run(manager: &SchemaManager<'_>, statements: &[&str]) -> Result<(), DbErr> {
    for statement in statements {
        manager.get_connection().execute_unprepared(statement).await?;
    }
    Ok(())
}

/// A managed database may refuse the extension: then a search reads the messages,
/// and everything else works.
const POSTGRES: &str = r"
DO $$
BEGIN
    BEGIN
        CREATE EXTENSION IF NOT EXISTS pg_trgm;
    EXCEPTION WHEN OTHERS THEN
        RAISE NOTICE 'pg_trgm is not available: %', SQLERRM;
    END;
    IF EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm') THEN
        CREATE INDEX ix_issue_message_trigrams ON issue USING gin (lower(message) gin_trgm_ops);
    END IF;
END
$$";

/// The index keeps no copy of the messages; triggers keep it true.
const SQLITE: &[&str] = &[
    "CREATE VIRTUAL TABLE issue_search USING fts5(message, content='issue', content_rowid='id', tokenize='trigram', detail='full')",
    "CREATE TRIGGER issue_search_insert AFTER INSERT ON issue BEGIN
        INSERT INTO issue_search(rowid, message) VALUES (new.id, new.message);
    END",
    "CREATE TRIGGER issue_search_delete AFTER DELETE ON issue BEGIN
        INSERT INTO issue_search(issue_search, rowid, message) VALUES ('delete', old.id, old.message);
    END",
    "CREATE TRIGGER issue_search_update AFTER UPDATE OF message ON issue BEGIN
        INSERT INTO issue_search(issue_search, rowid, message) VALUES ('delete', old.id, old.message);
        INSERT INTO issue_search(rowid, message) VALUES (new.id, new.message);
    END",
];
