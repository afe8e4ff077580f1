//! What the shift's pages read: sums per site and per activity, notes for the next shift, and thresholds of
//! the board.
use crate::columns::{Columns, add, create, drop, foreign, index};
use crate::m20261121_000003_knowledge::OPERATIONS;
use ForeignKeyAction::{Cascade, Restrict, SetNull};
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{ConnectionTrait, DbBackend};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

/// Of the settings: what makes a site need somebody's hand.
const THRESHOLDS: [(&str, i32); 3] = [("action_failures", 10), ("action_hours", 4), ("reply_hours", 24)];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let c = Columns::of(manager);
        for (name, default) in THRESHOLDS {
            add(manager, "settings", c.number(name, default)).await?;
        }
        add(manager, "action_taken", c.key("failures_before")).await?;
        create(
            manager,
            vec![site_hour(c), activity_hour(c), handover_note(c)],
            vec![
                index("site_hour", &["operation", "hour"]),
                index("activity_hour", &["hour", "operation"]),
                index("handover_note", &["written_at", "id"]),
                index("handover_note", &["site_id", "watch_until"]),
                // What a shift report asks for.
                index("issue", &["first_seen", "id"]),
                index("incident", &["started_at"]),
                index("incident", &["ended_at"]),
                index("ticket", &["opened_at"]),
                index("ticket", &["changed_at"]),
                index("ticket", &["closed_at"]),
            ],
        )
        .await?;
        sum_up(manager).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (table, columns) in [
            ("ticket", "closed_at"),
            ("ticket", "changed_at"),
            ("ticket", "opened_at"),
            ("incident", "ended_at"),
            ("incident", "started_at"),
            ("issue", "first_seen_id"),
        ] {
            manager
                .drop_index(Index::drop().name(format!("ix_{table}_{columns}")).table(table).to_owned())
                .await?;
        }
        drop(manager, &["handover_note", "activity_hour", "site_hour"]).await?;
        manager
            .alter_table(Table::alter().table("action_taken").drop_column("failures_before").to_owned())
            .await?;
        for (name, _) in THRESHOLDS {
            manager.alter_table(Table::alter().table("settings").drop_column(name).to_owned()).await?;
        }
        Ok(())
    }
}

/// Attempts of a site in one role: what a board of all sites can read at once.
fn site_hour(c: Columns) -> TableCreateStatement {
    c.bare("site_hour")
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.key("site_id").not_null())
        .col(c.choice("role", &["source", "destination"]).not_null())
        .col(c.moment("hour").not_null())
        .col(c.count("done"))
        .col(c.count("failed"))
        .primary_key(Index::create().col("operation").col("site_id").col("role").col("hour"))
        .foreign_key(&mut foreign("site_hour", "site_id", "site", Restrict))
        .to_owned()
}

/// Attempts on a link for one purpose, where the source tells it.
fn activity_hour(c: Columns) -> TableCreateStatement {
    c.bare("activity_hour")
        .col(c.choice("operation", OPERATIONS).not_null())
        .col(c.text("activity", 64).not_null())
        .col(c.key("src_site_id").not_null())
        .col(c.key("dst_site_id").not_null())
        .col(c.moment("hour").not_null())
        .col(c.count("done"))
        .col(c.count("failed"))
        .primary_key(
            Index::create()
                .col("operation")
                .col("activity")
                .col("src_site_id")
                .col("dst_site_id")
                .col("hour"),
        )
        .foreign_key(&mut foreign("activity_hour", "src_site_id", "site", Restrict))
        .foreign_key(&mut foreign("activity_hour", "dst_site_id", "site", Restrict))
        .to_owned()
}

fn handover_note(c: Columns) -> TableCreateStatement {
    c.editable("handover_note")
        .col(c.long_text("text", 2000).not_null())
        .col(c.key("site_id"))
        .col(c.moment("watch_until"))
        .col(c.key("user_id"))
        .col(c.moment("written_at").not_null())
        .foreign_key(&mut foreign("handover_note", "site_id", "site", Cascade))
        .foreign_key(&mut foreign("handover_note", "user_id", "user", SetNull))
        .to_owned()
}

/// What was counted before this step, per site.
async fn sum_up(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    let integer = match manager.get_database_backend() {
        DbBackend::MySql => "signed",
        _ => "bigint",
    };
    for (role, site) in [("source", "src_site_id"), ("destination", "dst_site_id")] {
        let sql = format!(
            "INSERT INTO site_hour (operation, site_id, role, hour, done, failed) \
             SELECT operation, {site}, '{role}', hour, CAST(SUM(done) AS {integer}), CAST(SUM(failed) AS {integer}) \
             FROM link_hour GROUP BY operation, {site}, hour"
        );
        manager.get_connection().execute_unprepared(&sql).await?;
    }
    Ok(())
}
