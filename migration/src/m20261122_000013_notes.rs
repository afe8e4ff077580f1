//! Notes that people leave on records.
use crate::columns::{Columns, create, drop, foreign, index};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        create(
            manager,
            vec![note(Columns::of(manager))],
            vec![
                index("note", &["resource", "object_pk", "id"]),
                index("note", &["written_at", "id"]),
                index("note", &["user_id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["note"]).await
    }
}

fn note(c: Columns) -> TableCreateStatement {
    c.editable("note")
        .col(c.text("resource", 64).not_null())
        .col(c.key("object_pk").not_null())
        .col(c.text("text", 2000).not_null())
        .col(c.key("user_id"))
        .col(c.moment("written_at").not_null())
        .foreign_key(&mut foreign("note", "user_id", "user", ForeignKeyAction::SetNull))
        .to_owned()
}
