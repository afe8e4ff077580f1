//! What was done and whether it worked; what was told to whom; what was loaded.
use crate::columns::{Columns, create, drop, foreign, index};
use crate::m20261121_000003_knowledge::{FAULT_KINDS, SIDES};
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
            vec![action_taken(c), action_stat(c), notification(c), mute(c), loader_run(c)],
            vec![
                index("action_taken", &["issue_id", "taken_at"]),
                index("action_taken", &["action_id"]),
                index("action_taken", &["user_id"]),
                index("action_taken", &["site_id"]),
                index("action_taken", &["real_cause_id"]),
                index("action_taken", &["ticket_id"]),
                index("action_taken", &["taken_at", "id"]),
                index("action_stat", &["category_id", "site_id"]),
                index("notification", &["state", "next_try_at"]),
                index("notification", &["created_at"]),
                index("mute", &["site_id"]),
                index("mute", &["category_id"]),
                index("loader_run", &["source", "started_at"]),
            ],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["loader_run", "mute", "notification", "action_stat", "action_taken"]).await
    }
}

fn action_taken(c: Columns) -> TableCreateStatement {
    c.editable("action_taken")
        .col(c.key("issue_id").not_null())
        .col(c.key("incident_id"))
        .col(c.key("action_id").not_null())
        .col(c.key("user_id"))
        .col(c.moment("taken_at").not_null())
        .col(c.key("suggested_action_id"))
        .col(ColumnDef::new("offered_rank").integer())
        .col(c.choice("worked", &["pending", "yes", "no", "unknown"]).not_null().default("pending"))
        .col(c.moment("worked_at"))
        .col(c.choice("side", SIDES).not_null().default("unknown"))
        .col(c.key("site_id"))
        .col(c.key("real_cause_id"))
        .col(c.key("ticket_id"))
        .col(c.long_text("comment", 4000))
        .foreign_key(&mut foreign("action_taken", "issue_id", "issue", Restrict))
        .foreign_key(&mut foreign("action_taken", "incident_id", "incident", SetNull))
        .foreign_key(&mut foreign("action_taken", "action_id", "action", Restrict))
        .foreign_key(&mut foreign("action_taken", "user_id", "user", Restrict))
        .foreign_key(&mut foreign("action_taken", "suggested_action_id", "suggested_action", SetNull))
        .foreign_key(&mut foreign("action_taken", "site_id", "site", Restrict))
        .foreign_key(&mut foreign("action_taken", "real_cause_id", "cause", Restrict))
        .foreign_key(&mut foreign("action_taken", "ticket_id", "ticket", Restrict))
        .to_owned()
}

fn action_stat(c: Columns) -> TableCreateStatement {
    c.table("action_stat")
        .col(c.text("stat_key", 64).not_null().unique_key())
        .col(c.key("category_id"))
        .col(c.choice("fault_kind", FAULT_KINDS))
        .col(c.key("site_id"))
        .col(c.key("action_id").not_null())
        .col(c.count("tries"))
        .col(c.count("worked"))
        .col(ColumnDef::new("decayed_tries").double().not_null().default(0.0))
        .col(ColumnDef::new("decayed_worked").double().not_null().default(0.0))
        .col(c.moment("updated_at").not_null())
        .check(Expr::col("worked").lte(Expr::col("tries")))
        .foreign_key(&mut foreign("action_stat", "category_id", "error_category", Cascade))
        .foreign_key(&mut foreign("action_stat", "site_id", "site", Cascade))
        .foreign_key(&mut foreign("action_stat", "action_id", "action", Cascade))
        .to_owned()
}

pub(crate) fn notification(c: Columns) -> TableCreateStatement {
    c.table("notification")
        .col(c.choice("channel", &["mattermost"]).not_null().default("mattermost"))
        .col(c.key("incident_id"))
        .col(c.choice("kind", &["opened", "updated", "resolved", "digest"]).not_null())
        .col(c.text("dedup_key", 128).not_null().unique_key())
        .col(c.long_text("payload", 16_000).not_null())
        .col(c.choice("state", &["queued", "sent", "failed", "suppressed"]).not_null().default("queued"))
        .col(c.number("attempts", 0))
        .col(c.moment("next_try_at"))
        .col(c.moment("sent_at"))
        .col(c.text("error", 1000))
        .col(c.choice("suppressed_by", &["ticket", "downtime", "mute"]))
        .col(c.moment("created_at").not_null())
        .foreign_key(&mut foreign("notification", "incident_id", "incident", SetNull))
        .to_owned()
}

fn mute(c: Columns) -> TableCreateStatement {
    c.editable("mute")
        .col(c.key("site_id"))
        .col(c.key("category_id"))
        .col(c.moment("until"))
        .col(c.text("reason", 500).not_null())
        .col(c.key("user_id"))
        .check(Expr::col("site_id").is_not_null().or(Expr::col("category_id").is_not_null()))
        .foreign_key(&mut foreign("mute", "site_id", "site", Cascade))
        .foreign_key(&mut foreign("mute", "category_id", "error_category", Cascade))
        .foreign_key(&mut foreign("mute", "user_id", "user", SetNull))
        .to_owned()
}

fn loader_run(c: Columns) -> TableCreateStatement {
    c.table("loader_run")
        .col(c.choice("source", &["monit", "fts", "cric", "ggus", "panda", "demo"]).not_null())
        .col(c.moment("window_start"))
        .col(c.moment("window_end"))
        .col(c.choice("state", &["running", "ok", "partial", "failed"]).not_null().default("running"))
        .col(c.moment("started_at").not_null())
        .col(c.moment("finished_at"))
        .col(c.count("rows_read"))
        .col(c.count("rows_bad"))
        .col(c.count("issues_new"))
        .col(c.count("issues_updated"))
        .col(c.count("requests"))
        .col(c.text("error", 2000))
        .col(c.text("checkpoint", 500))
        .col(c.moment("lease_until"))
        .col(c.text("running_key", 32).unique_key())
        .to_owned()
}
