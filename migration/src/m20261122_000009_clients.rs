//! What clients and other systems need: the original's list of solutions, where moved rows came from, and which session
//! of an identity provider a browser's session belongs to.
use crate::columns::{Columns, add, create, drop, foreign, index, unique};
use ForeignKeyAction::{Cascade, Restrict, SetNull};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::ConnectionTrait;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        add(manager, "session", c.text("provider_session", 64)).await?;
        create(
            manager,
            vec![solution(c), imported_row(c)],
            vec![
                index("session", &["provider_session"]),
                index("solution", &["category_id"]),
                // The original's client asks for issues by their last change.
                index("issue", &["updated_at", "id"]),
                unique("imported_row", &["origin", "old_table", "old_pk"]),
            ],
        )
        .await?;
        number(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["imported_row", "solution"]).await?;
        for (name, table) in [("ix_issue_updated_at_id", "issue"), ("ix_session_provider_session", "session")]
        {
            manager.drop_index(Index::drop().name(name).table(table).to_owned()).await?;
        }
        manager.alter_table(Table::alter().table("session").drop_column("provider_session").to_owned()).await
    }
}

/// The original kept suggestions and what became of them in one table, under one sequence of keys. Here a row is
/// the number of a suggestion, the number of a record, or an answer that names a category and no issue.
fn solution(c: Columns) -> TableCreateStatement {
    c.editable("solution")
        .col(c.key("suggested_action_id").unique_key())
        .col(c.key("action_taken_id").unique_key())
        .col(c.key("category_id"))
        .col(c.key("action_id"))
        .col(c.key("meant_action_id"))
        .col(c.key("real_cause_id"))
        .col(
            c.choice("side", &["source", "destination", "both", "link", "service", "unknown"])
                .not_null()
                .default("unknown"),
        )
        .col(ColumnDef::new("propability").double().not_null().default(0.0))
        .col(c.flag("score", false))
        .col(c.key("user_id"))
        .foreign_key(&mut foreign("solution", "suggested_action_id", "suggested_action", Cascade))
        .foreign_key(&mut foreign("solution", "action_taken_id", "action_taken", Cascade))
        .foreign_key(&mut foreign("solution", "category_id", "error_category", Cascade))
        .foreign_key(&mut foreign("solution", "action_id", "action", Restrict))
        .foreign_key(&mut foreign("solution", "meant_action_id", "action", Restrict))
        .foreign_key(&mut foreign("solution", "real_cause_id", "cause", Restrict))
        .foreign_key(&mut foreign("solution", "user_id", "user", SetNull))
        .to_owned()
}

/// Where a row came from that was moved in, so that moving in again finds it.
fn imported_row(c: Columns) -> TableCreateStatement {
    c.table("imported_row")
        .col(c.text("origin", 64).not_null())
        .col(c.text("old_table", 64).not_null())
        .col(c.key("old_pk").not_null())
        .col(c.text("new_table", 64).not_null())
        .col(c.key("new_id").not_null())
        .to_owned()
}

/// Numbers what is there already, suggestions before records.
async fn number(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    for table in ["suggested_action", "action_taken"] {
        let insert = format!(
            "INSERT INTO solution ({table}_id, created_at, updated_at) \
             SELECT id, created_at, updated_at FROM {table} ORDER BY id"
        );
        manager.get_connection().execute_unprepared(&insert).await?;
    }
    Ok(())
}
