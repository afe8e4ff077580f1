//! What operators know: causes, error categories, actions and which action to suggest.
use crate::columns::{Columns, create, drop, foreign, index, unique};
use ForeignKeyAction::{Cascade, Restrict};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        create(
            manager,
            vec![cause(c), error_category(c), category_example(c), action(c), suggested_action(c)],
            vec![
                index("error_category", &["cause_id"]),
                index("error_category", &["merged_into_id"]),
                index("error_category", &["priority"]),
                unique("category_example", &["category_id", "message_hash"]),
                index("suggested_action", &["category_id", "position"]),
                index("suggested_action", &["action_id"]),
                index("suggested_action", &["site_id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["suggested_action", "action", "category_example", "error_category", "cause"]).await
    }
}

/// Coarse kinds of fault.
pub(crate) const FAULT_KINDS: &[&str] = &[
    "connection",
    "file-missing",
    "permission",
    "authentication",
    "no-space",
    "overload",
    "timeout",
    "queue",
    "checksum",
    "name-resolution",
    "protocol",
    "storage",
    "other",
];
/// Who may be at fault.
pub(crate) const SIDES: &[&str] = &["source", "destination", "both", "link", "service", "unknown"];
/// What can fail.
pub(crate) const OPERATIONS: &[&str] = &["transfer", "deletion", "staging", "workflow"];

fn cause(c: Columns) -> TableCreateStatement {
    c.editable("cause")
        .col(c.text("name", 128).not_null().unique_key())
        .col(c.long_text("description", 4000))
        .col(c.choice("fault_kind", FAULT_KINDS))
        .col(c.choice("usual_side", SIDES))
        .to_owned()
}

fn error_category(c: Columns) -> TableCreateStatement {
    let mut table = c.editable("error_category");
    table
        .col(c.text("title", 200).not_null().unique_key())
        .col(c.long_text("template", 4096))
        .col(c.text("template_hash", 64).unique_key())
        .col(c.text("pattern", 512))
        .col(c.number("priority", 100))
        .col(c.key("cause_id"))
        .col(c.choice("fault_kind", FAULT_KINDS))
        .col(c.choice("known_side", SIDES))
        .col(c.choice("origin", &["manual", "mined", "imported"]).not_null().default("manual"))
        .col(c.choice("state", &["active", "merged", "muted"]).not_null().default("active"))
        .col(c.key("merged_into_id"))
        .col(c.long_text("note", 4000))
        .foreign_key(&mut foreign("error_category", "cause_id", "cause", Restrict))
        .foreign_key(&mut foreign("error_category", "merged_into_id", "error_category", Restrict));
    // MariaDB takes no check over a key that it makes itself; there only the program watches.
    if c.0 != DbBackend::MySql {
        table
            .check(Expr::col("merged_into_id").is_null().or(Expr::col("merged_into_id").ne(Expr::col("id"))));
    }
    table
}

fn category_example(c: Columns) -> TableCreateStatement {
    c.table("category_example")
        .col(c.key("category_id").not_null())
        .col(c.long_text("message", 4096).not_null())
        .col(c.text("message_hash", 64).not_null())
        .col(c.moment("first_seen").not_null())
        .col(c.count("seen_count"))
        .foreign_key(&mut foreign("category_example", "category_id", "error_category", Cascade))
        .to_owned()
}

fn action(c: Columns) -> TableCreateStatement {
    c.editable("action")
        .col(c.text("name", 128).not_null().unique_key())
        .col(c.text("description", 1000))
        .col(
            c.choice("kind", &["ticket", "contact", "wait", "internal", "none"])
                .not_null()
                .default("internal"),
        )
        .col(c.flag("is_retired", false))
        .to_owned()
}

fn suggested_action(c: Columns) -> TableCreateStatement {
    c.editable("suggested_action")
        .col(c.key("category_id").not_null())
        .col(c.key("action_id").not_null())
        .col(c.choice("side", SIDES))
        .col(c.key("site_id"))
        .col(c.choice("operation", OPERATIONS))
        .col(c.share("prior").not_null().default(0.8))
        .col(
            ColumnDef::new("prior_weight")
                .double()
                .not_null()
                .default(4.0)
                .check(Expr::col("prior_weight").gt(0)),
        )
        .col(c.text("text", 500))
        .col(c.number("position", 0))
        .col(c.flag("is_active", true))
        .col(c.text("dedup_key", 64).not_null().unique_key())
        .foreign_key(&mut foreign("suggested_action", "category_id", "error_category", Cascade))
        .foreign_key(&mut foreign("suggested_action", "action_id", "action", Restrict))
        .foreign_key(&mut foreign("suggested_action", "site_id", "site", Restrict))
        .to_owned()
}
