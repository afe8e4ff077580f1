//! What came of an action: given later, or corrected.
use super::words::worked_badge;
use crate::admin::{Input, Save, Target, Verb};
use crate::error::{Error, Result};
use crate::web::{Level, Message, Posted, Visit, found};
use axum::extract::Path;
use axum::response::Response;
use entity::action;
use entity::action_taken::{Column, Entity, Model, Worked};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};

/// Records that one post can have made.
const MOST: u64 = 100;

/// `POST /records/<pk>/outcome/`: `worked`, `together` for all records made with it, `next`.
pub async fn give(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    visit.actor()?.must("actions-taken", Verb::Change)?;
    let id: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let word = input.get("worked").unwrap_or_default();
    let worked = Worked::try_from_value(&word.to_owned())
        .map_err(|_| Error::field("worked", "Choose one of: yes, no, pending, unknown."))?;
    let txn = crate::db::begin(&visit.app.db).await?;
    let record = Entity::find_by_id(id).lock_exclusive().one(&txn).await?.ok_or(Error::NotFound)?;
    let mut records = vec![record.clone()];
    if input.get("together").is_some_and(|text| !text.is_empty()) {
        records.extend(made_with(&txn, &record).await?);
    }
    for row in &records {
        save(&visit, &txn, row.id, worked).await?;
    }
    let action = action::Entity::find_by_id(record.action_id).one(&txn).await?;
    txn.commit().await?;
    visit.app.counts.forget();
    let name = action.map(|action| action.name).unwrap_or_default();
    let of = if records.len() > 1 { format!(", for {} issues", records.len()) } else { String::new() };
    let text = format!("Noted: “{name}” {}{of}.", said(worked));
    visit.say(Message::plain(Level::Good, text)).await?;
    Ok(found(&super::local(input.get("next"), format!("/issues/{}/#timeline", record.issue_id))))
}

/// The other records of the same post that still say what this one says.
async fn made_with(txn: &DatabaseTransaction, record: &Model) -> Result<Vec<Model>> {
    let Some(user) = record.user_id else { return Ok(Vec::new()) };
    Ok(Entity::find()
        .filter(Column::TakenAt.eq(record.taken_at))
        .filter(Column::UserId.eq(user))
        .filter(Column::ActionId.eq(record.action_id))
        .filter(Column::Worked.eq(record.worked))
        .filter(Column::Id.ne(record.id))
        .order_by_asc(Column::Id)
        .limit(MOST)
        .all(txn)
        .await?)
}

async fn save(visit: &Visit, txn: &DatabaseTransaction, id: i64, worked: Worked) -> Result<()> {
    let registry = &visit.app.registry;
    let deed = visit.deed()?;
    let save = Save { registry, resource: registry.get("actions-taken")?, deed: &deed, given: Vec::new() };
    let input = Input::partial([("worked".to_owned(), worked.to_value())]);
    save.run(txn, Target::Row(&id.to_string(), None), &input).await?;
    Ok(())
}

fn said(worked: Worked) -> &'static str {
    match worked {
        Worked::Pending => "has no outcome yet",
        Worked::Unknown => "has an outcome that cannot be told",
        known => worked_badge(known).1,
    }
}
