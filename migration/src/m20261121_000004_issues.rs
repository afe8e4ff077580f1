//! Issues and incidents with their hourly counts, and tickets about them.
use crate::columns::{Columns, create, drop, foreign, index, unique};
use crate::m20261121_000003_knowledge::OPERATIONS;
use ForeignKeyAction::{Cascade, Restrict, SetNull};
use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        create(
            manager,
            vec![
                incident(c),
                issue(c),
                issue_hour(c),
                link_hour(c),
                ticket(c),
                ticket_issue(c),
                ticket_incident(c),
            ],
            vec![
                index("incident", &["state", "started_at"]),
                index("incident", &["site_id"]),
                // The change list's orders and filters, each with the key that makes the order total.
                index("issue", &["last_seen", "id"]),
                index("issue", &["failures_total", "id"]),
                index("issue", &["status", "last_seen", "id"]),
                index("issue", &["status", "failures_total", "id"]),
                index("issue", &["operation", "last_seen", "id"]),
                index("issue", &["attribution", "last_seen", "id"]),
                index("issue", &["category_id", "last_seen", "id"]),
                index("issue", &["src_site_id", "last_seen", "id"]),
                index("issue", &["dst_site_id", "last_seen", "id"]),
                index("issue", &["incident_id"]),
                index("link_hour", &["hour", "operation"]),
                index("link_hour", &["src_site_id", "hour"]),
                index("link_hour", &["dst_site_id", "hour"]),
                unique("ticket", &["system", "reference"]),
                index("ticket", &["site_id", "is_open"]),
                index("ticket", &["is_open", "changed_at"]),
                index("ticket_issue", &["issue_id"]),
                index("ticket_incident", &["incident_id"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &["ticket_incident", "ticket_issue", "ticket", "link_hour", "issue_hour", "issue", "incident"],
        )
        .await
    }
}

fn incident(c: Columns) -> TableCreateStatement {
    c.editable("incident")
        .col(c.key("site_id").not_null())
        .col(c.choice("role", &["source", "destination", "link"]).not_null())
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.key("category_id"))
        .col(c.choice("state", &["open", "acknowledged", "closed"]).not_null().default("open"))
        .col(c.moment("started_at").not_null())
        .col(c.moment("ended_at"))
        .col(c.count("failures"))
        .col(c.moment("announced_at"))
        .col(c.text("open_key", 64).unique_key())
        .foreign_key(&mut foreign("incident", "site_id", "site", Restrict))
        .foreign_key(&mut foreign("incident", "category_id", "error_category", Restrict))
        .to_owned()
}

fn issue(c: Columns) -> TableCreateStatement {
    c.editable("issue")
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.key("category_id"))
        .col(c.key("src_site_id"))
        .col(c.key("dst_site_id"))
        .col(c.text("workflow", 128))
        .col(c.long_text("message", 4096).not_null())
        .col(c.text("message_hash", 64).not_null())
        .col(c.choice("status", &["new", "ongoing", "resolved", "muted"]).not_null().default("new"))
        .col(c.moment("first_seen").not_null())
        .col(c.moment("last_seen").not_null())
        .col(c.count("failures_total"))
        .col(c.count("files_total"))
        .col(
            c.choice("attribution", &["source", "destination", "link", "service", "unclear"])
                .not_null()
                .default("unclear"),
        )
        .col(c.share("confidence"))
        .col(c.key("incident_id"))
        .col(c.number("reopened_count", 0))
        .col(c.text("dedup_key", 64).not_null().unique_key())
        .check(Expr::col("last_seen").gte(Expr::col("first_seen")))
        .foreign_key(&mut foreign("issue", "category_id", "error_category", Restrict))
        .foreign_key(&mut foreign("issue", "src_site_id", "site", Restrict))
        .foreign_key(&mut foreign("issue", "dst_site_id", "site", Restrict))
        .foreign_key(&mut foreign("issue", "incident_id", "incident", SetNull))
        .to_owned()
}

fn issue_hour(c: Columns) -> TableCreateStatement {
    c.bare("issue_hour")
        .col(c.key("issue_id").not_null())
        .col(c.moment("hour").not_null())
        .col(c.count("failures"))
        .col(c.key("distinct_files"))
        .col(c.key("bytes"))
        .primary_key(Index::create().col("issue_id").col("hour"))
        .foreign_key(&mut foreign("issue_hour", "issue_id", "issue", Cascade))
        .to_owned()
}

fn link_hour(c: Columns) -> TableCreateStatement {
    c.bare("link_hour")
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.key("src_site_id").not_null())
        .col(c.key("dst_site_id").not_null())
        .col(c.moment("hour").not_null())
        .col(c.count("done"))
        .col(c.count("failed"))
        .col(c.count("cancelled"))
        .col(c.key("bytes"))
        .primary_key(Index::create().col("operation").col("src_site_id").col("dst_site_id").col("hour"))
        .foreign_key(&mut foreign("link_hour", "src_site_id", "site", Restrict))
        .foreign_key(&mut foreign("link_hour", "dst_site_id", "site", Restrict))
        .to_owned()
}

fn ticket(c: Columns) -> TableCreateStatement {
    c.editable("ticket")
        .col(c.choice("system", &["ggus", "jira", "snow", "other"]).not_null().default("ggus"))
        .col(c.text("reference", 64).not_null())
        .col(c.text("title", 255).not_null())
        .col(c.text("url", 500))
        .col(c.text("status", 32).not_null().default("new"))
        .col(c.text("priority", 32))
        .col(c.text("ticket_type", 32))
        .col(c.key("site_id"))
        .col(c.text("vo", 32))
        .col(c.text("support_group", 128))
        .col(c.flag("is_open", true))
        .col(c.moment("opened_at"))
        .col(c.moment("changed_at"))
        .col(c.moment("closed_at"))
        .col(c.moment("synced_at"))
        .foreign_key(&mut foreign("ticket", "site_id", "site", Restrict))
        .to_owned()
}

fn ticket_issue(c: Columns) -> TableCreateStatement {
    c.bare("ticket_issue")
        .col(c.key("ticket_id").not_null())
        .col(c.key("issue_id").not_null())
        .col(c.key("linked_by_id"))
        .col(c.choice("certainty", &["exact", "maybe"]).not_null().default("exact"))
        .col(c.moment("created_at").not_null())
        .primary_key(Index::create().col("ticket_id").col("issue_id"))
        .foreign_key(&mut foreign("ticket_issue", "ticket_id", "ticket", Cascade))
        .foreign_key(&mut foreign("ticket_issue", "issue_id", "issue", Cascade))
        .foreign_key(&mut foreign("ticket_issue", "linked_by_id", "user", SetNull))
        .to_owned()
}

fn ticket_incident(c: Columns) -> TableCreateStatement {
    c.bare("ticket_incident")
        .col(c.key("ticket_id").not_null())
        .col(c.key("incident_id").not_null())
        .col(c.key("linked_by_id"))
        .col(c.moment("created_at").not_null())
        .primary_key(Index::create().col("ticket_id").col("incident_id"))
        .foreign_key(&mut foreign("ticket_incident", "ticket_id", "ticket", Cascade))
        .foreign_key(&mut foreign("ticket_incident", "incident_id", "incident", Cascade))
        .foreign_key(&mut foreign("ticket_incident", "linked_by_id", "user", SetNull))
        .to_owned()
}
