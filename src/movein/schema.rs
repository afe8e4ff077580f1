//! Which tables a database has, and which of them are the original's.
use super::fixture::left_out;
use super::issue::Place;
use super::old::Table;
use anyhow::bail;
use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, Statement};
use std::collections::BTreeMap;

/// Columns of tables by name.
pub(super) type Schema = BTreeMap<String, Vec<String>>;

/// Of opint-framework: where the link of an issue stands.
pub(super) const LINK: &str = "data_management_transferissue";

/// Refuses what is no database of the original.
pub(super) fn check(schema: &Schema) -> anyhow::Result<()> {
    let has = |table: &str, columns: &[&str]| {
        schema
            .get(table)
            .is_some_and(|there| columns.iter().all(|column| there.iter().any(|known| known == column)))
    };
    if has("error_category", &["template_hash"]) {
        bail!(
            "this is a database of this program, not of the original; use opint dumpdata and opint loaddata"
        );
    }
    let issues = has("core_transferissue", &["id", "message", "src_site", "dst_site"])
        || has("core_issue", &["id", "message", "type"]);
    if !issues || !has("core_issuecategory", &["id", "regex"]) {
        bail!(
            "this is no database of the original application: there are no tables core_issuecategory and \
             core_transferissue as it has them"
        );
    }
    Ok(())
}

pub(super) async fn schema(txn: &DatabaseTransaction, backend: DbBackend) -> anyhow::Result<Schema> {
    let sql = match backend {
        DbBackend::Sqlite => {
            "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p \
             WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"
        }
        DbBackend::Postgres => {
            "SELECT table_name::text, column_name::text FROM information_schema.columns \
             WHERE table_schema::text = ANY (current_schemas(false)::text[])"
        }
        _ => {
            "SELECT CAST(table_name AS CHAR), CAST(column_name AS CHAR) FROM information_schema.columns \
             WHERE table_schema = database()"
        }
    };
    let mut schema = Schema::new();
    for row in txn.query_all_raw(Statement::from_string(backend, sql)).await? {
        let (table, column): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        schema.entry(table).or_default().push(column);
    }
    Ok(schema)
}

/// Whether a table is read at all.
pub(super) fn is_read(table: &str) -> bool {
    Table::ALL.iter().any(|known| known.table() == table)
        || Place::ALL.iter().any(|known| known.table() == table)
        || [LINK, "auth_user_groups"].contains(&table)
}

/// Why a table stays behind.
pub(super) fn why(table: &str) -> &'static str {
    match table {
        "django_session" => left_out("sessions.session"),
        "django_site" => left_out("sites.site"),
        "django_migrations" => left_out("migrations.migration"),
        "auth_permission" | "auth_group_permissions" | "auth_user_user_permissions" => {
            left_out("auth.permission")
        }
        _ if table.starts_with("ATLAS_JOBS_BUSTER") => Some("another tool's record of failing jobs"),
        _ => ["authtoken", "oauth2_provider", "socialaccount", "account"]
            .into_iter()
            .find(|app| table.starts_with(app))
            .and_then(left_out),
    }
    .unwrap_or("no table of the original that this program knows")
}
