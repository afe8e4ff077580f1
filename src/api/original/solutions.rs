//! The original's solutions: suggestions and what became of them, under one sequence of keys.
//!
//! With `proposed_action`, one is a suggestion here; with `solution`, an answer: somebody says what they did about a
//! category, without saying about which issue. Records of OpInt itself have numbers, too.
use super::super::endpoint::{Answer, Source};
use super::super::take;
use super::super::write::{Writing, Written};
use super::AFFECTED;
use crate::admin::{AnyResource, Input, Record, Target, find};
use crate::error::{Error, Errors, Result};
use entity::solution;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use serde_json::{Map, Value};

/// What a client said, as text by part.
struct Said {
    category: Option<String>,
    proposed_action: Option<String>,
    solution: Option<String>,
    real_cause: Option<String>,
    propability: Option<f64>,
    score: Option<bool>,
    side: Option<String>,
}

/// Makes a suggestion or an answer.
pub(in crate::api) async fn create(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    fields: &Map<String, Value>,
) -> Result<Written> {
    let said = Said::read(writing, fields)?;
    if said.category.as_deref().unwrap_or_default().is_empty() {
        return Err(Error::field("category", "This field is required."));
    }
    let given = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.is_empty());
    let row = match (given(&said.proposed_action), given(&said.solution)) {
        (true, false) => {
            let input = said.suggestion();
            let made = writing.save(txn, "suggested-actions", Target::New, &input, Vec::new()).await;
            number_of(writing, txn, &made.map_err(suggestion_names)?).await?
        }
        (false, true) => {
            let given = vec![("user_id", writing.deed.actor.id.into())];
            let input = said.answer();
            let made = writing.save(txn, "solutions", Target::New, &input, given).await;
            made.map_err(answer_names)?
        }
        _ => {
            return Err(Error::field(
                "",
                "Give either proposed_action, for a suggestion, or solution, for an answer.",
            ));
        }
    };
    Ok(Written { row, new: true })
}

/// Changes whatever the number stands for.
pub(in crate::api) async fn change(
    writing: &Writing<'_>,
    txn: &DatabaseTransaction,
    before: &Record,
    fields: &Map<String, Value>,
) -> Result<Record> {
    let said = Said::read(writing, fields)?;
    let row = before.model::<solution::Model>().ok_or(Error::NotFound)?;
    let (slug, key, input) = match (row.suggested_action_id, row.action_taken_id) {
        (Some(key), _) => ("suggested-actions", key, said.suggestion()),
        (None, Some(key)) => ("actions-taken", key, said.record()),
        (None, None) => ("solutions", row.id, said.answer()),
    };
    let written = writing.save(txn, slug, Target::Row(&key.to_string(), None), &input, Vec::new()).await;
    let written =
        written.map_err(if slug == "suggested-actions" { suggestion_names } else { answer_names })?;
    if slug == "solutions" {
        return Ok(written);
    }
    find(writing.visit.app.registry.get("solutions")?, &txn.into(), &before.pk()).await
}

/// The row that a number stands for, which is what is deleted.
pub(in crate::api) async fn behind<'a>(
    writing: &Writing<'a>,
    txn: &DatabaseTransaction,
    row: Record,
) -> Result<(&'a dyn AnyResource, Record)> {
    let numbered = row.model::<solution::Model>().ok_or(Error::NotFound)?;
    let (slug, key) = match (numbered.suggested_action_id, numbered.action_taken_id) {
        (Some(key), _) => ("suggested-actions", key),
        (None, Some(key)) => ("actions-taken", key),
        (None, None) => return Ok((writing.visit.app.registry.get("solutions")?, row)),
    };
    let resource = writing.visit.app.registry.get(slug)?;
    let row = find(resource, &txn.into(), &key.to_string()).await?;
    Ok((resource, row))
}

/// The number of a suggestion just made.
async fn number_of(writing: &Writing<'_>, txn: &DatabaseTransaction, suggestion: &Record) -> Result<Record> {
    let key = crate::admin::key_number(suggestion.key()).ok_or(Error::NotFound)?;
    let numbered = solution::Entity::find()
        .filter(solution::Column::SuggestedActionId.eq(key))
        .one(txn)
        .await?
        .ok_or(Error::NotFound)?;
    find(writing.visit.app.registry.get("solutions")?, &txn.into(), &numbered.id.to_string()).await
}

impl Said {
    fn read(writing: &Writing<'_>, fields: &Map<String, Value>) -> Result<Self> {
        let mut errors = Errors::new();
        let mut said = Self {
            category: None,
            proposed_action: None,
            solution: None,
            real_cause: None,
            propability: None,
            score: None,
            side: None,
        };
        for part in &writing.endpoint.parts {
            let (Source::Solution(answer), Some(value)) = (part.source, fields.get(&part.name)) else {
                continue;
            };
            if value.is_null() && !part.nullable {
                errors.insert(part.name.clone(), vec!["This field may not be null.".into()]);
            } else if let Err(why) = said.take(answer, value) {
                errors.insert(part.name.clone(), vec![why]);
            }
        }
        if errors.is_empty() { Ok(said) } else { Err(Error::Invalid(errors)) }
    }

    fn take(&mut self, answer: Answer, value: &Value) -> Result<(), String> {
        match answer {
            Answer::Category => self.category = Some(key(value)?),
            Answer::ProposedAction => self.proposed_action = Some(key(value)?),
            Answer::Action => self.solution = Some(key(value)?),
            Answer::RealCause => self.real_cause = Some(key(value)?),
            Answer::AffectedSite => self.side = Some(take::ours(AFFECTED, value)?),
            Answer::Score => self.score = Some(flag(value)?),
            Answer::Propability => self.propability = Some(percent(value)?),
        }
        Ok(())
    }

    fn pairs(&self, names: &[(&str, &Option<String>)]) -> Input {
        let pairs = names.iter().filter_map(|(name, text)| Some(((*name).to_owned(), (*text).clone()?)));
        Input::partial(pairs)
    }

    fn suggestion(&self) -> Input {
        let mut input = self.pairs(&[("category", &self.category), ("action", &self.proposed_action)]);
        if let Some(percent) = self.propability {
            input.set("prior", (percent / 100.0).to_string());
        }
        if let Some(side) = &self.side {
            input.set("side", if side == "unknown" { "" } else { side });
        }
        input
    }

    fn answer(&self) -> Input {
        let mut input = self.pairs(&[
            ("category", &self.category),
            ("action", &self.solution),
            ("real_cause", &self.real_cause),
            ("side", &self.side),
        ]);
        if let Some(percent) = self.propability {
            input.set("propability", percent.to_string());
        }
        if let Some(score) = self.score {
            input.set("score", score.to_string());
        }
        input
    }

    fn record(&self) -> Input {
        let mut input =
            self.pairs(&[("action", &self.solution), ("real_cause", &self.real_cause), ("side", &self.side)]);
        if let Some(score) = self.score {
            input.set("worked", if score { "yes" } else { "no" });
        }
        input
    }
}

fn key(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok(String::new()),
        Value::Number(number) if number.is_i64() => Ok(number.to_string()),
        Value::String(text) if text.is_empty() || text.parse::<i64>().is_ok() => Ok(text.clone()),
        Value::String(_) => Err("Incorrect type. Expected pk value, received str.".into()),
        _ => Err("Incorrect type. Expected pk value.".into()),
    }
}

fn flag(value: &Value) -> Result<bool, String> {
    match value {
        Value::Bool(yes) => Ok(*yes),
        Value::String(text) => crate::admin::parse_bool(text).map_err(|_| "Must be a valid boolean.".into()),
        _ => Err("Must be a valid boolean.".into()),
    }
}

fn percent(value: &Value) -> Result<f64, String> {
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let number = number.filter(|number| number.is_finite()).ok_or("A valid number is required.")?;
    if (0.0..=100.0).contains(&number) { Ok(number) } else { Err("Give a number from 0 to 100.".into()) }
}

/// Faults of a suggestion's fields under the client's names.
fn suggestion_names(error: Error) -> Error {
    with_names(error, &[("action", "proposed_action"), ("prior", "propability"), ("side", "affected_site")])
}

/// Faults of an answer's fields under the client's names.
fn answer_names(error: Error) -> Error {
    with_names(error, &[("action", "solution"), ("side", "affected_site"), ("worked", "score")])
}

fn with_names(error: Error, names: &[(&str, &str)]) -> Error {
    let Error::Invalid(errors) = error else { return error };
    let theirs = |ours: String| {
        names.iter().find(|(known, _)| *known == ours).map_or(ours, |(_, theirs)| (*theirs).to_owned())
    };
    Error::Invalid(errors.into_iter().map(|(name, why)| (theirs(name), why)).collect())
}
