//! Who took which rows out, and how many: noted before the first row leaves, and again at the end.
use super::Format;
use crate::admin::history::{self, Changes};
use crate::admin::{Meta, capitalise, shorten, thousands};
use crate::app::App;
use crate::error::Result;
use crate::web::Visit;
use entity::audit_log::{self, Verb};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};

/// Under which name exports stand in the audit log.
const RESOURCE: &str = "exports";

/// An entry that is completed when the export ends.
pub(super) struct Log {
    id: i64,
    changes: Changes,
}

/// Notes that an export begins: should this process die, that much is known.
pub(super) async fn begin(visit: &Visit, meta: &Meta, format: Format) -> Result<Log> {
    let mut changes = Changes::new();
    let query = if visit.query.is_empty() { "all".to_owned() } else { shorten(&visit.query, 1000) };
    changes.insert("List".into(), [None, Some(query)]);
    changes.insert("State".into(), [None, Some("under way".into())]);
    let label = format!("{} as {}", capitalise(meta.plural), format.title());
    let entry = history::entry(&visit.deed()?, Verb::Add, RESOURCE, meta.slug, &label, &changes);
    let entry = audit_log::Entity::insert(entry).exec(&visit.app.db).await?;
    Ok(Log { id: entry.last_insert_id, changes })
}

impl Log {
    /// Notes how it ended.
    pub(super) async fn end(mut self, app: &App, rows: u64, state: &str) -> Result<()> {
        self.changes.insert("State".into(), [None, Some(state.to_owned())]);
        let rows = thousands(i64::try_from(rows).unwrap_or(i64::MAX));
        self.changes.insert("Rows".into(), [None, Some(rows)]);
        let changes = serde_json::to_string(&self.changes).unwrap_or_default();
        let entry = audit_log::ActiveModel { id: Set(self.id), changes: Set(changes), ..Default::default() };
        entry.update(&app.db).await?;
        Ok(())
    }
}
