//! What people note on records of other resources.
use crate::admin::{ActiveModel, Check, Col, Deed, Resource, Search, Show, Verb, col};
use crate::error::Error;
use chrono::TimeDelta;
use entity::note::{Column::*, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, Order, Set};
use std::sync::LazyLock;

/// How long one can take back a note of one's own.
pub(crate) const REGRET: TimeDelta = TimeDelta::minutes(10);

/// Resources on which notes are kept: name in addresses, table.
static NOTED: LazyLock<Vec<(&'static str, &'static str)>> = LazyLock::new(|| {
    let registry = super::registry();
    let metas = registry.iter().map(|resource| resource.meta()).filter(|meta| meta.notes);
    metas.map(|meta| (meta.slug, meta.table)).collect()
});

pub(super) struct Notes;

impl Resource for Notes {
    type Entity = Entity;

    const SLUG: &'static str = "notes";
    const NAME: (&'static str, &'static str) = ("note", "notes");
    const ABOUT: &'static str = "What people noted on issues, sites and other records.";
    const ICON: &'static str = "i-edit";
    const LIST: &'static [Show<Self>] =
        &[col(Id), col(WrittenAt), col(Text), col(Resource), col(ObjectPk), col(UserId)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Text), Search::Contains(UserId)];
    const FILTERS: &'static [Col<Self>] = &[UserId, WrittenAt];
    const ORDER: &'static [(Col<Self>, Order)] = &[(WrittenAt, Order::Desc)];
    const UNSORTED: &'static [Col<Self>] = &[Text, Resource, ObjectPk];
    // Author and time are the server's to say.
    const READONLY: &'static [Col<Self>] = &[UserId, WrittenAt];
    const TITLES: &'static [(Col<Self>, &'static str)] =
        &[(Text, "Note"), (Resource, "On"), (ObjectPk, "Number"), (UserId, "Who"), (WrittenAt, "When")];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Resource, "Kind of record, as in its address, such as issues."),
        (ObjectPk, "Number of the record."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Resource, check_resource)];
    // What was said stands: it can only be taken back, and that not for long.
    const VERBS: &'static [Verb] = &[Verb::View, Verb::Add, Verb::Delete];
    // Whoever may look at a record reads its notes there; the list has those on every record.
    const GRANTS: &'static [(&'static str, &'static [Verb])] =
        &[("Shifters", &[Verb::Add, Verb::Delete]), ("Operators", &[Verb::View, Verb::Add, Verb::Delete])];

    fn label(row: &Model) -> String {
        crate::admin::shorten(&row.text, 100)
    }

    fn page(row: &Model) -> Option<String> {
        Some(format!("/admin/{}/{}/notes/", row.resource, row.object_pk))
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if before.is_some() {
            return Ok(());
        }
        let slug = row.resource.try_as_ref().cloned().unwrap_or_default();
        // Nobody learns from here which records there are that they may not see.
        deed.actor.must(&slug, Verb::View)?;
        if !exists(&slug, row.object_pk.try_as_ref().copied().unwrap_or_default(), txn).await? {
            return Err(Error::field("object_pk", "There is no such record."));
        }
        row.user_id = Set(deed.actor.id);
        row.written_at = Set(deed.at);
        Ok(())
    }

    async fn before_delete(row: &Model, deed: &Deed, _: &DatabaseTransaction) -> Result<(), Error> {
        if may_take_back(row, deed.actor.id, deed.at) || deed.actor.is_superuser {
            return Ok(());
        }
        Err(Error::Refused("A note can be taken back by its author, within ten minutes.".into()))
    }
}

/// Whether somebody can still take back a note.
pub(crate) fn may_take_back(row: &Model, user: Option<i64>, now: chrono::DateTime<chrono::Utc>) -> bool {
    user.is_some() && row.user_id == user && now - row.written_at <= REGRET
}

async fn exists(slug: &str, key: i64, txn: &DatabaseTransaction) -> Result<bool, Error> {
    let Some((_, table)) = NOTED.iter().find(|(known, _)| *known == slug) else { return Ok(false) };
    let find = Query::select().column("id").from(*table).and_where(Expr::col("id").eq(key)).to_owned();
    Ok(txn.query_one(&find).await?.is_some())
}

fn check_resource(text: &str) -> Result<(), String> {
    if NOTED.iter().any(|(slug, _)| *slug == text) {
        return Ok(());
    }
    let known: Vec<&str> = NOTED.iter().map(|(slug, _)| *slug).collect();
    Err(format!("Notes are kept on {}.", known.join(", ")))
}
