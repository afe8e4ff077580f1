//! Bulk actions that go on in the background: what was asked for, and how far it is.
use crate::columns::{Columns, create, drop, foreign, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![bulk_job(Columns::of(manager))],
            vec![
                index("bulk_job", &["state"]),
                index("bulk_job", &["user_id", "id"]),
                index("bulk_job", &["finished_at"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["bulk_job"]).await
    }
}

fn bulk_job(c: Columns) -> TableCreateStatement {
    c.table("bulk_job")
        .col(c.key("user_id"))
        .col(c.text("username", 150).not_null())
        .col(c.text("resource", 64).not_null())
        .col(c.text("title", 200).not_null())
        .col(c.large_text("what").not_null())
        .col(c.large_text("query").not_null())
        .col(c.text("reason", 500))
        .col(c.text("operation", 64).not_null())
        .col(c.text("request_id", 64))
        .col(c.text("address", 45))
        .col(
            c.choice("state", &["waiting", "running", "done", "cancelled", "failed"])
                .not_null()
                .default("waiting"),
        )
        .col(c.text("running_key", 100).unique_key())
        .col(c.key("lowest_key").not_null())
        .col(c.key("highest_key").not_null())
        .col(c.key("last_key").not_null())
        .col(c.count("done"))
        .col(c.count("same"))
        .col(c.count("refused"))
        .col(c.large_text("refusals"))
        .col(c.text("note", 2000))
        .col(c.text("claim", 64))
        .col(c.moment("claimed_until"))
        .col(c.moment("created_at").not_null())
        .col(c.moment("started_at"))
        .col(c.moment("finished_at"))
        .foreign_key(&mut foreign("bulk_job", "user_id", "user", ForeignKeyAction::SetNull))
        .to_owned()
}
