//! What a client sent, as input for the fields of a resource.
use super::endpoint::{Habits, Part, Source, Words};
use super::write::Writing;
use crate::admin::{Field, Input, Kind, Many, Record, Target};
use crate::error::{Error, Errors, Result};
use entity::site;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value};

/// Most keys of a many-to-many field.
const MOST_KEYS: usize = 10_000;

/// Input for a new row, or for one that is there. What is left out is left alone.
pub(super) async fn input(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    fields: &Map<String, Value>,
    before: Option<&Record>,
) -> Result<Input> {
    let endpoint = writing.endpoint;
    let mut input = Input::partial([]);
    let mut errors = Errors::new();
    let mut wrong = |name: &str, why: String| errors.entry(name.to_owned()).or_default().push(why);
    if endpoint.habits == Habits::Ours {
        for name in fields.keys().filter(|name| endpoint.part(name).is_none()) {
            wrong(name, "There is no such field.".into());
        }
    }
    for part in
        endpoint.parts.iter().filter(|part| if before.is_some() { part.taken.1 } else { part.taken.0 })
    {
        let Some(value) = fields.get(&part.name) else {
            if part.required && before.is_none() {
                wrong(&part.name, "This field is required.".into());
            }
            continue;
        };
        match taken(writing, txn, part, value).await {
            Ok(Some((name, values))) => input.replace(&name, values),
            Ok(None) => {}
            Err(Error::Invalid(why)) => {
                for why in why.into_values().flatten() {
                    wrong(&part.name, why);
                }
            }
            Err(error) => return Err(error),
        }
    }
    if errors.is_empty() { Ok(input) } else { Err(Error::Invalid(errors)) }
}

/// Name and text of the resource's field.
async fn taken(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    part: &Part,
    value: &Value,
) -> Result<Option<(String, Vec<String>)>> {
    let meta = writing.meta();
    let say = |why: String| Error::field("", why);
    Ok(match part.source {
        Source::Field(at) => {
            let field = &meta.fields[at];
            if value.is_null() && !part.nullable {
                return Err(say("This field may not be null.".into()));
            }
            Some((field.name.clone(), vec![text(field, value).map_err(say)?]))
        }
        Source::Spelled(at, words) => {
            Some((meta.fields[at].name.clone(), vec![ours(words, value).map_err(say)?]))
        }
        Source::Site(at) => {
            let key = site(writing, txn, value).await?;
            Some((meta.fields[at].name.clone(), vec![key.to_string()]))
        }
        Source::Many(at) => {
            let many = &meta.many[at];
            Some((many.name.to_owned(), keys(many, value).map_err(say)?))
        }
        Source::Amount | Source::Regex | Source::Solution(_) => None,
    })
}

/// The text that a form would have sent.
pub(super) fn text(field: &Field, value: &Value) -> Result<String, String> {
    match (value, &field.kind) {
        (Value::Null, _) => Ok(String::new()),
        (Value::Bool(yes), Kind::Boolean) => Ok(yes.to_string()),
        (Value::Number(number), Kind::Float | Kind::Text(_) | Kind::LongText(_)) => Ok(number.to_string()),
        (Value::Number(number), Kind::Integer | Kind::Boolean) => Ok(number.to_string()),
        (Value::Number(number), Kind::Foreign(_)) if number.is_i64() => Ok(number.to_string()),
        (Value::String(text), Kind::Foreign(_)) if text.parse::<i64>().is_err() => {
            Err("Incorrect type. Expected pk value, received str.".into())
        }
        (Value::String(text), _) => Ok(text.clone()),
        (other, Kind::Foreign(_)) => {
            Err(format!("Incorrect type. Expected pk value, received {}.", type_of(other)))
        }
        (_, Kind::Boolean) => Err("Must be a valid boolean.".into()),
        (_, Kind::Integer) => Err("A valid integer is required.".into()),
        (_, Kind::Float) => Err("A valid number is required.".into()),
        (_, Kind::Moment) => Err("Give date and time as text, such as 2026-11-26T09:30:00Z.".into()),
        (_, Kind::Choice(_)) => Err(format!("\"{value}\" is not a valid choice.")),
        _ => Err("Not a valid string.".into()),
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "float",
        Value::String(_) => "str",
        Value::Array(_) => "list",
        Value::Object(_) => "dict",
    }
}

/// Our word for the client's.
pub(super) fn ours(words: Words, value: &Value) -> Result<String, String> {
    let theirs = value.as_str().unwrap_or_default();
    let theirs = if theirs == super::original::TRANSFER_ERROR { words[0].1 } else { theirs };
    let known = words.iter().find(|(_, known)| *known == theirs).map(|(ours, _)| (*ours).to_owned());
    known.ok_or_else(|| match value {
        Value::String(text) => format!("\"{}\" is not a valid choice.", crate::admin::shorten(text, 80)),
        other => format!("\"{other}\" is not a valid choice."),
    })
}

/// Key of the site of that name; one that nobody knows is made, if the client may.
async fn site(writing: &Writing<'_>, txn: &DatabaseTransaction, value: &Value) -> Result<i64> {
    let name = match value {
        Value::String(name) => name.trim(),
        Value::Null => "",
        _ => return Err(Error::field("", "Not a valid string.")),
    };
    let name = if name.is_empty() { crate::loading::UNKNOWN } else { name };
    if name.contains('\0') {
        return Err(Error::field("", "A NUL character cannot be stored. Remove it."));
    }
    let known = site::Entity::find().filter(site::Column::Name.eq(name)).one(txn).await?;
    if let Some(site) = known {
        return Ok(site.id);
    }
    let input = Input::partial([("name".to_owned(), name.to_owned())]);
    let row =
        writing.save(txn, "sites", Target::New, &input, Vec::new()).await.map_err(|error| match error {
            Error::Forbidden(right) => Error::field(
                "",
                format!("There is no site of this name, and to make one needs the right “{right}”."),
            ),
            other => other,
        })?;
    Ok(crate::admin::key_number(row.key()).unwrap_or_default())
}

fn keys(many: &Many, value: &Value) -> Result<Vec<String>, String> {
    let list = match value {
        Value::Array(list) => list.as_slice(),
        single @ (Value::Number(_) | Value::String(_)) => std::slice::from_ref(single),
        other => return Err(format!("Expected a list of items but got type \"{}\".", type_of(other))),
    };
    if list.len() > MOST_KEYS {
        return Err(format!("At most {MOST_KEYS} {} can be given.", many.title.to_lowercase()));
    }
    let key = |value: &Value| match value {
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        Value::String(text) if text.parse::<i64>().is_ok() => Ok(text.clone()),
        other => Err(format!("Incorrect type. Expected pk value, received {}.", type_of(other))),
    };
    list.iter().map(key).collect()
}
