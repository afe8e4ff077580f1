//! Files that were uploaded to be imported: kept until somebody has looked at them and said yes, or
//! has forgotten them.
use crate::columns::{Columns, create, drop, foreign, index, unique};
use ForeignKeyAction::Cascade;
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        create(
            manager,
            vec![import_file(c), import_chunk(c)],
            vec![
                index("import_file", &["user_id", "id"]),
                index("import_file", &["expires_at"]),
                unique("import_chunk", &["file_id", "position"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["import_chunk", "import_file"]).await
    }
}

fn import_file(c: Columns) -> TableCreateStatement {
    c.table("import_file")
        .col(c.key("user_id").not_null())
        .col(c.text("resource", 64).not_null())
        .col(c.text("name", 200).not_null())
        .col(
            c.choice("state", &["uploaded", "checking", "checked", "writing", "done", "failed"])
                .not_null()
                .default("uploaded"),
        )
        .col(c.large_text("headings").not_null())
        .col(c.large_text("mapping"))
        .col(c.text("match_by", 64))
        .col(c.text("note", 2000))
        .col(c.count("total"))
        .col(c.count("seen"))
        .col(c.count("added"))
        .col(c.count("changed"))
        .col(c.count("same"))
        .col(c.count("invalid"))
        .col(c.large_text("sample"))
        .col(c.text("claim", 64))
        .col(c.moment("claimed_until"))
        .col(c.moment("created_at").not_null())
        .col(c.moment("expires_at").not_null())
        .foreign_key(&mut foreign("import_file", "user_id", "user", Cascade))
        .to_owned()
}

/// Some rows of a file, and what was found out about each: one row of the database for many of the file.
fn import_chunk(c: Columns) -> TableCreateStatement {
    c.table("import_chunk")
        .col(c.key("file_id").not_null())
        .col(c.key("position").not_null())
        .col(c.large_text("rows").not_null())
        .col(c.large_text("verdicts"))
        .col(c.count("invalid"))
        .foreign_key(&mut foreign("import_chunk", "file_id", "import_file", Cascade))
        .to_owned()
}
