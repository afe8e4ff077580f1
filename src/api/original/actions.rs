//! The original's actions: asked for by name, and made if there is none.
use super::super::write::{Writing, Written};
use crate::admin::{Input, Target, Verb, find};
use crate::error::{Error, Result};
use entity::action::{Column, Entity};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value};

/// Names that stand for no action: nothing is offered under them.
pub(crate) const MARKERS: [&str; 2] = ["Unknown", PROPOSED];
/// What the original's client answers when the action that was proposed worked.
pub(crate) const PROPOSED: &str = "Proposed";

/// The action of a number, of a name, or a new one of that name.
pub(in crate::api) async fn get_or_create(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    fields: &Map<String, Value>,
) -> Result<Written> {
    let actor = writing.visit.actor()?;
    actor.must("actions", Verb::View)?;
    let text = match fields.get("action") {
        None => return Err(Error::field("name", "This field is required.")),
        Some(Value::Null) => return Err(Error::field("name", "This field may not be null.")),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        Some(_) => return Err(Error::field("name", "Not a valid string.")),
    };
    let resource = writing.visit.app.registry.get("actions")?;
    // A number is a key, however large.
    let digits = text.strip_prefix('-').unwrap_or(&text);
    let number = matches!(fields.get("action"), Some(Value::Number(_)))
        || (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()));
    if number {
        let gone = format!("Invalid pk \"{text}\" - object does not exist.");
        let row = find(resource, &txn.into(), &text).await.map_err(|error| match error {
            Error::NotFound => Error::field("name", gone),
            other => other,
        })?;
        return Ok(Written { row, new: false });
    }
    let known = match text.contains('\0') {
        true => None,
        false => Entity::find().filter(Column::Name.eq(&*text)).one(txn).await?,
    };
    if let Some(known) = known {
        let row = find(resource, &txn.into(), &known.id.to_string()).await?;
        return Ok(Written { row, new: false });
    }
    let mut input = Input::partial([("name".to_owned(), text.clone())]);
    input.set("is_retired", MARKERS.contains(&text.as_str()).to_string());
    let row = writing.save(txn, "actions", Target::New, &input, Vec::new()).await?;
    Ok(Written { row, new: true })
}
