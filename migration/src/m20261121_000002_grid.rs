//! Sites, their other names, their doors and their downtimes.
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
            vec![site(c), site_alias(c), storage_endpoint(c), downtime(c)],
            vec![
                unique("site_alias", &["kind", "value", "vo"]),
                index("site_alias", &["site_id"]),
                unique("storage_endpoint", &["se_name", "scheme", "host", "port"]),
                index("storage_endpoint", &["site_id"]),
                index("storage_endpoint", &["host"]),
                index("downtime", &["site_id", "ends_at"]),
            ],
        )
        .await?;
        // What monitoring cannot resolve is a site to be counted, too.
        let unknown = Query::insert()
            .into_table("site")
            .columns(["name", "status", "note", "created_at", "updated_at"])
            .values_panic([
                "UNKNOWN".into(),
                "unknown".into(),
                "Stands for what monitoring could not resolve.".into(),
                Expr::current_timestamp(),
                Expr::current_timestamp(),
            ])
            .to_owned();
        manager.execute(unknown).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(manager, &["downtime", "storage_endpoint", "site_alias", "site"]).await
    }
}

fn site(c: Columns) -> TableCreateStatement {
    c.editable("site")
        .col(c.text("name", 100).not_null().unique_key())
        .col(c.text("country", 2))
        .col(ColumnDef::new("tier").integer().check(Expr::col("tier").between(0, 3)))
        .col(c.text("cloud", 64))
        .col(c.choice("status", &["active", "disabled", "unknown"]).not_null().default("active"))
        .col(c.text("ticket_group", 128))
        .col(c.key("cric_id"))
        .col(ColumnDef::new("latitude").double().check(Expr::col("latitude").between(-90, 90)))
        .col(ColumnDef::new("longitude").double().check(Expr::col("longitude").between(-180, 180)))
        .col(c.long_text("note", 4000))
        .to_owned()
}

fn site_alias(c: Columns) -> TableCreateStatement {
    c.editable("site_alias")
        .col(c.key("site_id").not_null())
        .col(c.text("vo", 32).not_null().default(""))
        .col(c.choice("kind", &["experiment_site", "rse", "host", "domain"]).not_null())
        .col(c.text("value", 255).not_null())
        .foreign_key(&mut foreign("site_alias", "site_id", "site", Cascade))
        .to_owned()
}

fn storage_endpoint(c: Columns) -> TableCreateStatement {
    c.editable("storage_endpoint")
        .col(c.key("site_id").not_null())
        .col(c.text("se_name", 128).not_null())
        .col(c.text("scheme", 16).not_null())
        .col(c.text("host", 255).not_null())
        .col(c.number("port", 0).check(Expr::col("port").between(0, 65_535)))
        .col(c.choice("state", &["active", "disabled"]).not_null().default("active"))
        .foreign_key(&mut foreign("storage_endpoint", "site_id", "site", Cascade))
        .to_owned()
}

fn downtime(c: Columns) -> TableCreateStatement {
    c.editable("downtime")
        .col(c.key("site_id").not_null())
        .col(c.moment("starts_at").not_null())
        .col(c.moment("ends_at").not_null())
        .col(c.choice("severity", &["outage", "warning"]).not_null())
        .col(c.choice("classification", &["scheduled", "unscheduled"]).not_null())
        .col(c.text("description", 1000))
        .col(c.text("url", 500))
        .col(c.text("external_id", 128).unique_key())
        .check(Expr::col("ends_at").gte(Expr::col("starts_at")))
        .foreign_key(&mut foreign("downtime", "site_id", "site", Cascade))
        .to_owned()
}
