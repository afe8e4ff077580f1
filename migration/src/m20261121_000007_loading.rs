//! What loaders, worker and categoriser remember: input counted so far, rejected records, daily sums,
//! schedules, settings, rules for notifications, and changes of categories that can be undone.
use crate::columns::{Columns, add, create, drop, foreign, index, unique};
use crate::m20261121_000003_knowledge::OPERATIONS;
use crate::m20261121_000005_evidence;
use ForeignKeyAction::{Cascade, Restrict, SetNull};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SOURCES: &[&str] = &["monit", "fts", "cric", "ggus", "panda", "demo"];
const CHANNELS: &[&str] = &["mattermost", "webhook", "email"];
/// What the worker does, and when unless somebody says otherwise: minute, hour, day, month, weekday in UTC.
const SCHEDULES: [(&str, &str); 6] = [
    ("load-monit", "7 * * * *"),
    ("load-ggus", "*/10 * * * *"),
    ("load-cric", "17 4 * * *"),
    ("blame", "*/10 * * * *"),
    ("notify", "* * * * *"),
    ("retention", "31 3 * * *"),
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        add(manager, "issue", c.text("evidence", 1000)).await?;
        add(manager, "incident", c.key("partner_site_id")).await?;
        add(manager, "incident", c.count("attempts")).await?;
        add(manager, "incident", c.text("evidence", 1000)).await?;
        add(manager, "loader_run", c.text("lease_holder", 200)).await?;
        // Nothing wrote notifications before this step, so the table can be made anew with more channels.
        drop(manager, &["notification"]).await?;
        create(manager, tables(c), indexes()).await?;
        defaults(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "notification",
                "notification_rule",
                "settings",
                "schedule",
                "recategorisation_move",
                "recategorisation",
                "link_day",
                "issue_day",
                "loader_rejection",
                "failed_file",
                "loaded_file",
            ],
        )
        .await?;
        create(manager, vec![m20261121_000005_evidence::notification(Columns::of(manager))], vec![]).await?;
        for (table, column) in [
            ("loader_run", "lease_holder"),
            ("incident", "evidence"),
            ("incident", "attempts"),
            ("incident", "partner_site_id"),
            ("issue", "evidence"),
        ] {
            manager.alter_table(Table::alter().table(table).drop_column(column).to_owned()).await?;
        }
        Ok(())
    }
}

fn tables(c: Columns) -> Vec<TableCreateStatement> {
    vec![
        loaded_file(c),
        failed_file(c),
        loader_rejection(c),
        issue_day(c),
        link_day(c),
        recategorisation(c),
        recategorisation_move(c),
        schedule(c),
        settings(c),
        notification_rule(c),
        notification(c),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        unique("loaded_file", &["source", "head_hash", "window"]),
        index("failed_file", &["issue_id", "hour"]),
        index("failed_file", &["hour"]),
        index("loader_rejection", &["loader_run_id"]),
        index("issue_hour", &["hour"]),
        index("issue_day", &["day"]),
        index("link_day", &["day", "operation"]),
        index("recategorisation", &["state"]),
        index("recategorisation", &["category_id"]),
        index("recategorisation_move", &["recategorisation_id"]),
        index("notification", &["state", "next_try_at"]),
        index("notification", &["created_at"]),
        index("notification", &["incident_id"]),
    ]
}

fn loaded_file(c: Columns) -> TableCreateStatement {
    c.table("loaded_file")
        .col(c.choice("source", SOURCES).not_null())
        .col(c.text("name", 500).not_null())
        .col(c.text("head_hash", 64).not_null())
        .col(c.text("window", 64).not_null().default(""))
        .col(c.count("lines"))
        .col(c.text("lines_hash", 64).not_null())
        .col(c.flag("is_complete", false))
        .col(c.key("loader_run_id"))
        .col(c.moment("created_at").not_null())
        .col(c.moment("updated_at").not_null())
        .foreign_key(&mut foreign("loaded_file", "loader_run_id", "loader_run", SetNull))
        .to_owned()
}

fn failed_file(c: Columns) -> TableCreateStatement {
    c.bare("failed_file")
        .col(c.key("file_hash").not_null())
        .col(c.key("issue_id").not_null())
        .col(c.moment("hour").not_null())
        .primary_key(Index::create().col("file_hash").col("issue_id").col("hour"))
        .foreign_key(&mut foreign("failed_file", "issue_id", "issue", Cascade))
        .to_owned()
}

fn loader_rejection(c: Columns) -> TableCreateStatement {
    c.table("loader_rejection")
        .col(c.key("loader_run_id").not_null())
        .col(c.text("place", 500).not_null())
        .col(c.text("reason", 1000).not_null())
        .col(c.moment("created_at").not_null())
        .foreign_key(&mut foreign("loader_rejection", "loader_run_id", "loader_run", Cascade))
        .to_owned()
}

fn issue_day(c: Columns) -> TableCreateStatement {
    c.bare("issue_day")
        .col(c.key("issue_id").not_null())
        .col(c.moment("day").not_null())
        .col(c.count("failures"))
        .col(c.key("distinct_files"))
        .col(c.key("bytes"))
        .primary_key(Index::create().col("issue_id").col("day"))
        .foreign_key(&mut foreign("issue_day", "issue_id", "issue", Cascade))
        .to_owned()
}

fn link_day(c: Columns) -> TableCreateStatement {
    c.bare("link_day")
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.key("src_site_id").not_null())
        .col(c.key("dst_site_id").not_null())
        .col(c.moment("day").not_null())
        .col(c.count("done"))
        .col(c.count("failed"))
        .col(c.count("cancelled"))
        .col(c.key("bytes"))
        .primary_key(Index::create().col("operation").col("src_site_id").col("dst_site_id").col("day"))
        .foreign_key(&mut foreign("link_day", "src_site_id", "site", Restrict))
        .foreign_key(&mut foreign("link_day", "dst_site_id", "site", Restrict))
        .to_owned()
}

fn recategorisation(c: Columns) -> TableCreateStatement {
    c.editable("recategorisation")
        .col(c.choice("kind", &["merge", "pattern", "move"]).not_null())
        .col(c.key("category_id").not_null())
        .col(
            c.choice("state", &["queued", "running", "done", "stopped", "failed", "undoing", "undone"])
                .not_null()
                .default("queued"),
        )
        .col(c.text("summary", 500).not_null())
        .col(c.long_text("detail", 4000))
        .col(c.count("total"))
        .col(c.count("seen"))
        .col(c.count("moved"))
        .col(c.count("cursor"))
        .col(c.text("error", 1000))
        .col(c.key("user_id"))
        .col(c.moment("started_at"))
        .col(c.moment("finished_at"))
        .col(c.moment("lease_until"))
        .foreign_key(&mut foreign("recategorisation", "category_id", "error_category", Restrict))
        .foreign_key(&mut foreign("recategorisation", "user_id", "user", SetNull))
        .to_owned()
}

fn recategorisation_move(c: Columns) -> TableCreateStatement {
    let mut snapshot = ColumnDef::new("snapshot");
    match c.0 {
        // MariaDB's TEXT ends at 64 KiB; a storm's hours need more.
        DbBackend::MySql => snapshot.custom("mediumtext"),
        _ => snapshot.text(),
    };
    c.table("recategorisation_move")
        .col(c.key("recategorisation_id").not_null())
        .col(c.key("issue_id").not_null())
        .col(c.key("from_category_id"))
        .col(c.key("to_category_id"))
        .col(c.key("folded_into_id"))
        .col(snapshot)
        .foreign_key(&mut foreign(
            "recategorisation_move",
            "recategorisation_id",
            "recategorisation",
            Cascade,
        ))
        .to_owned()
}

fn schedule(c: Columns) -> TableCreateStatement {
    c.editable("schedule")
        .col(c.text("job", 32).not_null().unique_key())
        .col(c.text("cron", 64).not_null())
        .col(c.flag("is_active", true))
        .col(c.moment("next_run_at"))
        .col(c.moment("last_started_at"))
        .col(c.moment("last_finished_at"))
        .col(c.choice("last_state", &["running", "ok", "failed"]))
        .col(c.text("last_message", 1000))
        .col(c.text("lease_holder", 200))
        .col(c.moment("lease_until"))
        .to_owned()
}

fn settings(c: Columns) -> TableCreateStatement {
    c.editable("settings")
        .col(c.share("failing_below").not_null().default(0.2))
        .col(c.number("min_attempts", 20))
        .col(c.number("window_hours", 4))
        .col(c.number("open_after", 2))
        .col(c.number("close_after", 2))
        .col(c.number("grace_minutes", 0))
        .col(c.number("keep_hours_for_days", 90))
        .col(c.number("keep_days_for_days", 1095))
        .col(c.text("new_ticket_url", 500).not_null())
        .to_owned()
}

fn notification_rule(c: Columns) -> TableCreateStatement {
    c.editable("notification_rule")
        .col(c.text("name", 128).not_null().unique_key())
        .col(c.choice("channel", CHANNELS).not_null().default("mattermost"))
        .col(c.text("target", 500))
        .col(c.choice("operation", OPERATIONS))
        .col(c.key("site_id"))
        .col(
            ColumnDef::new("min_failures")
                .big_integer()
                .not_null()
                .default(100)
                .check(Expr::col("min_failures").gte(0)),
        )
        .col(c.share("efficiency_below").not_null().default(0.2))
        .col(c.flag("only_without_ticket", true))
        .col(
            ColumnDef::new("escalation_factor")
                .double()
                .not_null()
                .default(10.0)
                .check(Expr::col("escalation_factor").gt(1)),
        )
        .col(c.flag("is_active", true))
        .foreign_key(&mut foreign("notification_rule", "site_id", "site", Cascade))
        .to_owned()
}

fn notification(c: Columns) -> TableCreateStatement {
    c.table("notification")
        .col(c.choice("channel", CHANNELS).not_null().default("mattermost"))
        .col(c.key("rule_id"))
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
        .foreign_key(&mut foreign("notification", "rule_id", "notification_rule", SetNull))
        .foreign_key(&mut foreign("notification", "incident_id", "incident", SetNull))
        .to_owned()
}

/// The row of settings, the schedules and one rule: what a new installation starts with.
async fn defaults(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let settings = Query::insert()
        .into_table("settings")
        .columns(["created_at", "updated_at", "new_ticket_url"])
        .values_panic([
            Expr::current_timestamp(),
            Expr::current_timestamp(),
            "https://helpdesk.ggus.eu/#ticket/create".into(),
        ])
        .to_owned();
    manager.execute(settings).await?;
    for (job, cron) in SCHEDULES {
        let schedule = Query::insert()
            .into_table("schedule")
            .columns(["created_at", "updated_at", "job", "cron"])
            .values_panic([Expr::current_timestamp(), Expr::current_timestamp(), job.into(), cron.into()])
            .to_owned();
        manager.execute(schedule).await?;
    }
    let rule = Query::insert()
        .into_table("notification_rule")
        .columns(["created_at", "updated_at", "name"])
        .values_panic([
            Expr::current_timestamp(),
            Expr::current_timestamp(),
            "Failing endpoints without a ticket".into(),
        ])
        .to_owned();
    manager.execute(rule).await
}
