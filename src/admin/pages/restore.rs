//! Going back: the form with the values of an earlier version, and a deleted row made again.
use super::shared::row_href;
use super::undo::{MOST, remarks};
use super::widget::{GroupView, Typed};
use crate::admin::changelist::params::Params;
use crate::admin::history::Changes;
use crate::admin::trace::Trace;
use crate::admin::undo::Undo;
use crate::admin::{AnyResource, Deed, Field, Kind, Meta, Record, Verb, parse_moment, shorten};
use crate::error::{Error, Result};
use crate::web::{Level, Message, Posted, Visit, found};
use axum::extract::Path;
use axum::response::Response;
use entity::audit_log;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Parameter of a form's address: the entry whose values it starts with.
pub(super) const VERSION: &str = "_version_after";
/// Entries looked at, before and after it.
const LOOKED: u64 = 500;

/// An earlier version, as its form tells.
pub(super) struct Earlier {
    pub(super) when: String,
    pub(super) who: String,
    /// Fields that differ from now: name and title.
    pub(super) differs: Vec<(String, String)>,
    /// Titles of fields that changed since, without their values being kept.
    pub(super) unknown: Vec<String>,
}

impl Earlier {
    /// The version that the address asks for, put into the form.
    pub(super) async fn asked(
        visit: &Visit,
        resource: &dyn AnyResource,
        row: &Record,
        typed: &mut Typed,
    ) -> Result<Option<Self>> {
        let meta = resource.meta();
        let params = Params::parse(&visit.query);
        let Some(asked) = params.get(VERSION).filter(|_| visit.may(meta.slug, Verb::Change)) else {
            return Ok(None);
        };
        let id: i64 = asked.parse().map_err(|_| Error::NotFound)?;
        let (until, since) = around(visit, meta, &row.pk(), id).await?;
        let entry = until.first().filter(|entry| entry.id == id).ok_or(Error::NotFound)?;
        let mut differs = Vec::new();
        for name in typed.keys().cloned().collect::<Vec<_>>() {
            let Some(text) = value_then(&name, &until, &since) else { continue };
            let values = as_typed(meta, &name, &text);
            if typed.get(&name) != Some(&values) {
                typed.insert(name.clone(), values);
                differs.push((name.clone(), title(meta, &name)));
            }
        }
        Ok(Some(Self {
            when: format!("{} UTC", entry.at.format("%Y-%m-%d %H:%M")),
            who: entry.username.clone(),
            differs,
            unknown: unknown(meta, &since),
        }))
    }

    /// Marks the fields that differ.
    pub(super) fn mark(&self, groups: &mut [GroupView]) {
        for group in groups {
            let names = group.fields.iter().map(|field| &field.name);
            group.collapsed &= !names.clone().any(|name| self.differs.iter().any(|(other, _)| other == name));
            for field in &mut group.fields {
                if self.differs.iter().any(|(name, _)| *name == field.name) {
                    field.title.push_str(" · earlier value");
                }
            }
        }
    }
}

/// Entries of a row up to the one given, newest first, and those after it, oldest first.
async fn around(
    visit: &Visit,
    meta: &Meta,
    pk: &str,
    id: i64,
) -> Result<(Vec<audit_log::Model>, Vec<audit_log::Model>)> {
    let of_row = || {
        audit_log::Entity::find()
            .filter(audit_log::Column::Resource.eq(meta.slug))
            .filter(audit_log::Column::ObjectPk.eq(pk))
            .limit(LOOKED)
    };
    let until = of_row().filter(audit_log::Column::Id.lte(id)).order_by_desc(audit_log::Column::Id);
    let since = of_row().filter(audit_log::Column::Id.gt(id)).order_by_asc(audit_log::Column::Id);
    Ok((until.all(&visit.app.db).await?, since.all(&visit.app.db).await?))
}

/// What a field was then: what was last written before, or what the next change found.
fn value_then(name: &str, until: &[audit_log::Model], since: &[audit_log::Model]) -> Option<String> {
    let in_entry = |entry: &audit_log::Model| Trace::of(entry)?.values.remove(name);
    let written = until.iter().find_map(in_entry).map(|[_, new]| new);
    written.or_else(|| since.iter().find_map(in_entry).map(|[old, _]| old))
}

/// Titles of what changed since without a trace.
fn unknown(meta: &Meta, since: &[audit_log::Model]) -> Vec<String> {
    let untraced = since.iter().filter(|entry| Trace::of(entry).is_none_or(|trace| trace.partial));
    let mut titles: Vec<String> = untraced
        .flat_map(|entry| serde_json::from_str::<Changes>(&entry.changes).unwrap_or_default().into_keys())
        .filter(|title| meta.fields.iter().any(|field| field.title == *title))
        .collect();
    titles.sort();
    titles.dedup();
    titles
}

/// A value kept, as a form shows it.
fn as_typed(meta: &Meta, name: &str, text: &str) -> Vec<String> {
    match meta.field(name) {
        None => text.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect(),
        Some((_, field)) if field.kind == Kind::Moment => {
            let moment = parse_moment(text).map(|moment| Field::input_text(&moment.into()));
            vec![moment.unwrap_or_else(|| text.to_owned())]
        }
        Some(_) => vec![text.to_owned()],
    }
}

fn title(meta: &Meta, name: &str) -> String {
    let field = meta.field(name).map(|(_, field)| field.title.clone());
    let many = || meta.many.iter().find(|many| many.name == name).map(|many| many.title.to_owned());
    field.or_else(many).unwrap_or_else(|| name.to_owned())
}

/// Where a deleted row can be made again, if its last entry says how and the person may.
pub(super) fn offered(visit: &Visit, meta: &Meta, entry: &audit_log::Model) -> Option<String> {
    let kept = Trace::of(entry).is_some_and(|trace| !trace.partial);
    let possible = entry.verb == audit_log::Verb::Delete && kept;
    let may = meta.offers(Verb::Add) && visit.may(meta.slug, Verb::Add);
    (possible && may).then(|| format!("/admin/{}/{}/restore/", meta.slug, entry.object_pk))
}

/// `POST /admin/<resource>/<pk>/restore/`
pub async fn restore(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, .. }: Posted,
) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    let actor = visit.actor()?;
    actor.must(meta.slug, Verb::View)?;
    actor.must(meta.slug, Verb::Add)?;
    pk.parse::<i64>().map_err(|_| Error::NotFound)?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let entry = last(&(&txn).into(), meta.slug, &pk).await?.ok_or(Error::NotFound)?;
    let history = format!("/admin/{}/{pk}/history/", meta.slug);
    if entry.verb != audit_log::Verb::Delete {
        txn.rollback().await?;
        let text = format!("This {} is not deleted. Nothing was done.", meta.singular);
        visit.say(Message::plain(Level::Warn, text)).await?;
        return Ok(found(&history));
    }
    let reason =
        format!("Restored; deleted by {} at {} UTC", entry.username, entry.at.format("%Y-%m-%d %H:%M"));
    let deed = Deed { reason: Some(reason), ..visit.deed()? };
    let undone =
        Undo { registry: &visit.app.registry, txn: &txn, deed: &deed }.undelete(&entry, MOST).await?;
    let label = shorten(&entry.object_label, 80);
    if undone.refused.iter().any(|(name, _)| *name == entry.object_label) && undone.done == 0 {
        txn.rollback().await?;
        let text = format!("“{label}” could not be restored.{}", remarks(&undone));
        visit.say(Message::plain(Level::Bad, text)).await?;
        return Ok(found(&history));
    }
    txn.commit().await?;
    visit.app.forget();
    let others = match undone.done {
        1 => String::new(),
        more => format!(" with {} that went with it", more - 1),
    };
    let text = format!("The {} “{label}” was restored{others}.{}", meta.singular, remarks(&undone));
    let level = if undone.refused.is_empty() && undone.lost.is_empty() { Level::Good } else { Level::Warn };
    visit.say(Message::plain(level, text).with_undo("Undo", visit.undo())).await?;
    Ok(found(&row_href(meta, &pk, "change", "")))
}

/// The last entry about a row.
async fn last(db: &DatabaseExecutor<'_>, slug: &str, pk: &str) -> Result<Option<audit_log::Model>> {
    Ok(audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq(slug))
        .filter(audit_log::Column::ObjectPk.eq(pk))
        .order_by_desc(audit_log::Column::Id)
        .one(db)
        .await?)
}
