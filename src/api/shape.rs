//! A row as JSON: written straight into the answer, part by part.
use super::endpoint::{Answer, Endpoint, Part, Source, Words};
use super::original::AFFECTED;
use crate::admin::{Record, key_number};
use crate::app::App;
use crate::error::Result;
use entity::action_taken::Worked;
use entity::vocabulary::Side;
use entity::{action_taken, error_category, issue, site, solution, suggested_action};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QuerySelect, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// What rows show that stands in other tables: read once for all of them.
#[derive(Default)]
pub(super) struct Beside {
    sites: HashMap<i64, String>,
    amounts: Arc<HashMap<i64, i64>>,
    suggestions: HashMap<i64, suggested_action::Model>,
    records: HashMap<i64, (action_taken::Model, Option<i64>)>,
    /// Keys at the far end of many-to-many fields, by field and row.
    many: HashMap<(usize, i64), BTreeSet<i64>>,
}

/// A row to be written.
pub(super) struct Row<'a> {
    pub(super) endpoint: &'a Endpoint,
    pub(super) record: &'a Record,
    pub(super) beside: &'a Beside,
}

impl Beside {
    /// Reads what the endpoint shows beside the rows themselves: a constant number of statements.
    pub(super) async fn load(
        app: &App,
        db: &DatabaseExecutor<'_>,
        endpoint: &Endpoint,
        rows: &[Record],
    ) -> Result<Self> {
        let mut beside = Self::default();
        let mut sites = BTreeSet::new();
        for part in &endpoint.parts {
            match part.source {
                Source::Site(at) => sites.extend(rows.iter().filter_map(|row| key_number(&row.values[at]))),
                Source::Amount => beside.amounts = app.api.totals.amounts(app).await?,
                Source::Solution(Answer::Category) => beside.solutions(db, rows).await?,
                Source::Many(at) => beside.links(app, db, endpoint, at, rows).await?,
                _ => {}
            }
        }
        if !sites.is_empty() {
            let named: Vec<(i64, String)> = site::Entity::find()
                .filter(site::Column::Id.is_in(sites))
                .select_only()
                .columns([site::Column::Id, site::Column::Name])
                .into_tuple()
                .all(db)
                .await?;
            beside.sites = named.into_iter().collect();
        }
        Ok(beside)
    }

    /// Version of the suggestion or record that a number stands for.
    pub(super) fn version_behind(&self, row: &Record) -> Option<i32> {
        let row = row.model::<solution::Model>()?;
        let suggestion = row.suggested_action_id.and_then(|key| self.suggestions.get(&key));
        let record = row.action_taken_id.and_then(|key| self.records.get(&key));
        suggestion.map(|row| row.version).or_else(|| record.map(|(row, _)| row.version))
    }

    async fn solutions(&mut self, db: &DatabaseExecutor<'_>, rows: &[Record]) -> Result<()> {
        let rows: Vec<&solution::Model> = rows.iter().filter_map(Record::model).collect();
        let suggested = rows.iter().filter_map(|row| row.suggested_action_id);
        let suggestions = suggested_action::Entity::find()
            .filter(suggested_action::Column::Id.is_in(suggested))
            .all(db)
            .await?;
        self.suggestions = suggestions.into_iter().map(|row| (row.id, row)).collect();
        let taken = rows.iter().filter_map(|row| row.action_taken_id);
        let records = action_taken::Entity::find()
            .filter(action_taken::Column::Id.is_in(taken))
            .find_also_related(issue::Entity)
            .all(db)
            .await?;
        let category = |issue: Option<issue::Model>| issue.and_then(|issue| issue.category_id);
        self.records = records.into_iter().map(|(row, issue)| (row.id, (row, category(issue)))).collect();
        Ok(())
    }

    async fn links(
        &mut self,
        app: &App,
        db: &DatabaseExecutor<'_>,
        endpoint: &Endpoint,
        at: usize,
        rows: &[Record],
    ) -> Result<()> {
        let many = &endpoint.meta(&app.registry).many[at];
        let keys: Vec<i64> = rows.iter().filter_map(|row| key_number(row.key())).collect();
        for (near, far) in many.load_all(db, &keys).await? {
            self.many.entry((at, near)).or_default().insert(far);
        }
        Ok(())
    }
}

impl Serialize for Row<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.endpoint.parts.len()))?;
        for part in &self.endpoint.parts {
            map.serialize_entry(&part.name, &Shown { row: self, part })?;
        }
        map.end()
    }
}

/// One value of a row.
struct Shown<'a> {
    row: &'a Row<'a>,
    part: &'a Part,
}

impl Serialize for Shown<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Row { record, beside, .. } = self.row;
        let key = || key_number(record.key()).unwrap_or_default();
        match self.part.source {
            Source::Field(at) => plain(&record.values[at], serializer),
            Source::Spelled(at, words) => match &record.values[at] {
                Value::String(Some(ours)) => spelled(words, ours).serialize(serializer),
                _ => serializer.serialize_none(),
            },
            Source::Site(at) => {
                let name = key_number(&record.values[at]).and_then(|key| beside.sites.get(&key));
                name.map_or(crate::loading::UNKNOWN, String::as_str).serialize(serializer)
            }
            Source::Many(at) => match beside.many.get(&(at, key())) {
                Some(keys) => keys.serialize(serializer),
                None => [0_i64; 0].serialize(serializer),
            },
            Source::Amount => beside.amounts.get(&key()).copied().unwrap_or_default().serialize(serializer),
            Source::Regex => match record.model::<error_category::Model>() {
                Some(row) => text_of(row).serialize(serializer),
                None => serializer.serialize_none(),
            },
            Source::Solution(answer) => match record.model::<solution::Model>() {
                Some(row) => of_solution(beside, row, answer, serializer),
                None => serializer.serialize_none(),
            },
        }
    }
}

/// What its messages have in common, as far as it is known.
fn text_of(row: &error_category::Model) -> &str {
    row.template.as_deref().or(row.pattern.as_deref()).unwrap_or(&row.title)
}

/// A value of the database.
fn plain<S: Serializer>(value: &Value, serializer: S) -> Result<S::Ok, S::Error> {
    match value {
        Value::Bool(Some(yes)) => serializer.serialize_bool(*yes),
        Value::Int(Some(number)) => serializer.serialize_i32(*number),
        Value::BigInt(Some(number)) => serializer.serialize_i64(*number),
        Value::Double(Some(number)) => serializer.serialize_f64(*number),
        Value::String(Some(text)) => serializer.serialize_str(text),
        Value::ChronoDateTimeUtc(Some(moment)) => {
            serializer.collect_str(&moment.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
        }
        _ => serializer.serialize_none(),
    }
}

fn spelled(words: Words, ours: &str) -> &str {
    words.iter().find(|(known, _)| *known == ours).map_or(ours, |(_, theirs)| theirs)
}

/// A part of a suggestion, a record or an answer, whichever the row stands for.
fn of_solution<S: Serializer>(
    beside: &Beside,
    row: &solution::Model,
    answer: Answer,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let suggestion = row.suggested_action_id.and_then(|key| beside.suggestions.get(&key));
    let record = row.action_taken_id.and_then(|key| beside.records.get(&key));
    let side = match (suggestion, record) {
        (Some(suggestion), _) => suggestion.side.unwrap_or(Side::Unknown),
        (None, Some((record, _))) => record.side,
        (None, None) => row.side,
    };
    match (answer, suggestion, record) {
        (Answer::Category, Some(suggestion), _) => suggestion.category_id.serialize(serializer),
        (Answer::Category, None, Some((_, category))) => category.serialize(serializer),
        (Answer::Category, None, None) => row.category_id.serialize(serializer),
        (Answer::ProposedAction, suggestion, _) => suggestion.map(|row| row.action_id).serialize(serializer),
        (Answer::Action, None, Some((record, _))) => record.action_id.serialize(serializer),
        (Answer::Action, _, _) => row.action_id.serialize(serializer),
        (Answer::RealCause, None, Some((record, _))) => record.real_cause_id.serialize(serializer),
        (Answer::RealCause, _, _) => row.real_cause_id.serialize(serializer),
        (Answer::Propability, Some(suggestion), _) => {
            ((suggestion.prior * 10_000.0).round() / 100.0).serialize(serializer)
        }
        (Answer::Propability, None, _) => row.propability.serialize(serializer),
        (Answer::Score, None, Some((record, _))) => (record.worked == Worked::Yes).serialize(serializer),
        (Answer::Score, _, _) => row.score.serialize(serializer),
        (Answer::AffectedSite, _, _) => affected(side).serialize(serializer),
    }
}

/// A side in the original's words, which had no others.
fn affected(side: Side) -> &'static str {
    let ours = side.to_value();
    AFFECTED.iter().find(|(known, _)| *known == ours).map_or("unknown", |(_, theirs)| theirs)
}
