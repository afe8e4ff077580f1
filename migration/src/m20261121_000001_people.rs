//! Users, groups, permissions, sessions, tokens, the audit log and saved views.
use crate::columns::{Columns, create, drop, foreign, index, unique};
use ForeignKeyAction::{Cascade, SetNull};
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
                user(c),
                group(c),
                permission(c),
                pair(c, "user_group", "user", "group"),
                pair(c, "user_permission", "user", "permission"),
                pair(c, "group_permission", "group", "permission"),
                identity(c),
                session(c),
                throttle(c),
                api_token(c),
                audit_log(c),
                saved_view(c),
            ],
            vec![
                unique("identity", &["issuer", "subject"]),
                index("session", &["expires_at"]),
                index("session", &["user_id"]),
                index("audit_log", &["resource", "object_pk", "id"]),
                index("audit_log", &["user_id", "id"]),
                index("audit_log", &["at"]),
                unique("saved_view", &["user_id", "resource", "name"]),
            ],
        )
        .await?;
        for name in ["Viewers", "Shifters", "Operators", "Admins"] {
            let insert = Query::insert()
                .into_table("group")
                .columns(["name", "created_at", "updated_at"])
                .values_panic([name.into(), Expr::current_timestamp(), Expr::current_timestamp()])
                .to_owned();
            manager.execute(insert).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop(
            manager,
            &[
                "saved_view",
                "audit_log",
                "api_token",
                "throttle",
                "session",
                "identity",
                "group_permission",
                "user_permission",
                "user_group",
                "permission",
                "group",
                "user",
            ],
        )
        .await
    }
}

fn user(c: Columns) -> TableCreateStatement {
    c.editable("user")
        .col(c.text("username", 150).not_null())
        .col(c.text("username_key", 150).not_null().unique_key())
        .col(c.text("email", 254))
        .col(c.text("first_name", 150))
        .col(c.text("last_name", 150))
        .col(c.text("password", 255).not_null())
        .col(c.flag("is_active", true))
        .col(c.flag("is_staff", true))
        .col(c.flag("is_superuser", false))
        .col(c.moment("last_login"))
        .to_owned()
}

fn group(c: Columns) -> TableCreateStatement {
    c.editable("group").col(c.text("name", 150).not_null().unique_key()).to_owned()
}

fn permission(c: Columns) -> TableCreateStatement {
    c.table("permission")
        .col(c.text("codename", 100).not_null().unique_key())
        .col(c.text("resource", 64).not_null())
        .col(c.choice("verb", &["view", "add", "change", "delete"]).not_null())
        .to_owned()
}

fn pair(c: Columns, table: &'static str, left: &'static str, right: &'static str) -> TableCreateStatement {
    let key = |name| match name {
        "user" => "user_id",
        "group" => "group_id",
        _ => "permission_id",
    };
    c.bare(table)
        .col(c.key(key(left)).not_null())
        .col(c.key(key(right)).not_null())
        .primary_key(Index::create().col(key(left)).col(key(right)))
        .foreign_key(&mut foreign(table, key(left), left, Cascade))
        .foreign_key(&mut foreign(table, key(right), right, Cascade))
        .to_owned()
}

fn identity(c: Columns) -> TableCreateStatement {
    c.table("identity")
        .col(c.key("user_id").not_null())
        .col(c.text("issuer", 255).not_null())
        .col(c.text("subject", 255).not_null())
        .col(c.moment("created_at").not_null())
        .foreign_key(&mut foreign("identity", "user_id", "user", Cascade))
        .to_owned()
}

fn session(c: Columns) -> TableCreateStatement {
    c.bare("session")
        .col(c.text("id", 64).not_null().primary_key())
        .col(c.key("user_id"))
        .col(c.long_text("data", 16_000).not_null())
        .col(c.key("expires_at").not_null())
        .foreign_key(&mut foreign("session", "user_id", "user", Cascade))
        .to_owned()
}

fn throttle(c: Columns) -> TableCreateStatement {
    c.bare("throttle")
        .col(c.text("key", 64).not_null().primary_key())
        .col(c.number("failures", 0))
        .col(c.key("blocked_until").not_null())
        .col(c.key("forget_at").not_null())
        .to_owned()
}

fn api_token(c: Columns) -> TableCreateStatement {
    c.editable("api_token")
        .col(c.text("name", 100).not_null())
        .col(c.key("user_id").not_null())
        .col(c.text("token_hash", 64).not_null().unique_key())
        .col(c.text("prefix", 16).not_null())
        .col(c.text("scopes", 500))
        .col(c.moment("expires_at"))
        .col(c.moment("last_used_at"))
        .col(c.moment("revoked_at"))
        .foreign_key(&mut foreign("api_token", "user_id", "user", Cascade))
        .to_owned()
}

fn audit_log(c: Columns) -> TableCreateStatement {
    c.table("audit_log")
        .col(c.moment("at").not_null())
        .col(c.key("user_id"))
        .col(c.text("username", 150).not_null())
        .col(c.choice("source", &["form", "api", "import", "fixture", "command", "system"]).not_null())
        .col(c.choice("verb", &["add", "change", "delete", "sign_in", "sign_out", "refused"]).not_null())
        .col(c.text("resource", 64).not_null())
        .col(c.text("object_pk", 64).not_null())
        .col(c.text("object_label", 200).not_null())
        .col(ColumnDef::new("changes").text().not_null())
        .col(c.text("reason", 500))
        .col(c.text("request_id", 64))
        .col(c.text("address", 45))
        .foreign_key(&mut foreign("audit_log", "user_id", "user", SetNull))
        .to_owned()
}

fn saved_view(c: Columns) -> TableCreateStatement {
    c.editable("saved_view")
        .col(c.key("user_id").not_null())
        .col(c.text("resource", 64).not_null())
        .col(c.text("name", 100).not_null())
        .col(c.text("query", 2000).not_null())
        .col(c.flag("is_shared", false))
        .col(c.flag("is_default", false))
        .foreign_key(&mut foreign("saved_view", "user_id", "user", Cascade))
        .to_owned()
}
