//! Many writes to one resource: each is [`Save::run`] in all that it demands, but what they look up is
//! asked for together, in a few queries for all rows instead of several for each.
use super::erased::{Fetch, Record};
use super::registry::{Labels, key_number};
use super::save::{Input, Ready, Save, Saved, Target, editable};
use super::{Field, Kind};
use crate::error::{Error, Result};
use entity::audit_log;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{DatabaseTransaction, EntityTrait, TransactionTrait, Value};
use std::collections::{BTreeSet, HashMap};
use std::sync::Mutex;

/// What the rows of one batch look up, and the entries of their history.
#[derive(Default)]
pub(super) struct Known {
    rows: HashMap<String, Record>,
    labels: Labels,
    unique: HashMap<(usize, String), Option<Record>>,
    entries: Mutex<Vec<audit_log::ActiveModel>>,
}

/// What to do when a row cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// Stop there: nothing of the transaction may be kept.
    Stops,
    /// Go on with the others, unless it was refused only when it was written: that can spoil the
    /// transaction, so stop there.
    StopsOnceWritten,
    /// Go on with the others as if it had not been there, at the cost of a point to go back to for each.
    StandsAside,
}

impl Known {
    /// The row of that key.
    pub(super) fn row(&self, pk: &str) -> Option<&Record> {
        self.rows.get(pk)
    }

    /// Whether the row that a foreign key points at is there; none if nobody asked.
    pub(super) fn points(&self, table: &str, key: i64) -> bool {
        self.labels.of(table, &key.into()).is_some()
    }

    /// The row that has a value that no two may share; none if nobody asked.
    pub(super) fn unique(&self, at: usize, value: &Value) -> Option<Option<&Record>> {
        self.unique.get(&(at, Field::input_text(value))).map(Option::as_ref)
    }

    /// What everything is called that some rows point at, if all of it was asked for.
    pub(super) fn labels(&self, fields: &[Field], changed: &[usize], rows: &[&[Value]]) -> Option<&Labels> {
        let known = |at: &usize| match &fields[*at].kind {
            Kind::Foreign(table) => {
                rows.iter().filter_map(|row| key_number(&row[*at])).all(|key| self.points(table, key))
            }
            _ => true,
        };
        changed.iter().all(known).then_some(&self.labels)
    }

    /// Keeps an entry of the history until all of the batch are written together.
    pub(super) fn note(&self, entry: audit_log::ActiveModel) {
        match self.entries.lock() {
            Ok(mut entries) => entries.push(entry),
            Err(poisoned) => poisoned.into_inner().push(entry),
        }
    }
}

impl Save<'_> {
    /// Writes many rows, each with the answer that it would get alone; fewer answers than rows if it
    /// stopped at one.
    ///
    /// # Errors
    /// When the database does not answer; the transaction must then be given up.
    pub async fn run_all(
        &self,
        txn: &DatabaseTransaction,
        rows: &[(Target<'_>, Input)],
        refused: Refused,
    ) -> Result<Vec<Result<Saved>>> {
        let known = self.look_up(txn, rows).await?;
        let mut answers = Vec::with_capacity(rows.len());
        for (target, input) in rows {
            let (answer, written) = match self.prepare(txn, *target, input, Some(&known)).await {
                Err(error) => (Err(error), false),
                Ok(ready) if refused == Refused::StandsAside => {
                    (self.aside(txn, ready, &known).await?, false)
                }
                Ok(ready) => (self.write(txn, ready, Some(&known)).await, true),
            };
            let stop = answer.is_err() && (written || refused == Refused::Stops);
            answers.push(answer);
            if stop {
                return Ok(answers);
            }
        }
        let entries = known.entries.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !entries.is_empty() {
            audit_log::Entity::insert_many(entries).exec_without_returning(txn).await?;
        }
        Ok(answers)
    }

    /// One row with a point to go back to.
    async fn aside(&self, txn: &DatabaseTransaction, ready: Ready, known: &Known) -> Result<Result<Saved>> {
        let inner = txn.begin().await?;
        let answer = self.write(&inner, ready, Some(known)).await;
        match &answer {
            Ok(_) => inner.commit().await?,
            Err(_) => inner.rollback().await?,
        }
        Ok(answer)
    }

    async fn look_up(&self, txn: &DatabaseTransaction, rows: &[(Target<'_>, Input)]) -> Result<Known> {
        let mut known = Known::default();
        let keys = rows.iter().filter_map(|(target, _)| match target {
            Target::Row(pk, _) => pk.parse::<i64>().ok(),
            Target::New => None,
        });
        for row in self.having(txn, "id", keys.map(Value::from).collect()).await? {
            known.rows.insert(row.pk(), row);
        }
        let mut pointed: HashMap<&str, BTreeSet<i64>> = HashMap::new();
        for (at, field) in editable(self.resource, false) {
            let typed = || rows.iter().filter_map(|(_, input)| field.parse(input.get(&field.name)?).ok());
            if let Kind::Foreign(table) = &field.kind {
                let old = known.rows.values().filter_map(|row| key_number(&row.values[at]));
                pointed.entry(table).or_default().extend(old);
                let new = typed().filter_map(|value| key_number(&value));
                pointed.entry(table).or_default().extend(new);
            }
            if field.unique && !field.secret {
                let values: Vec<Value> = typed().filter(|value| *value != field.blank()).collect();
                let keys = values.iter().map(|value| ((at, Field::input_text(value)), None));
                known.unique.extend(keys.collect::<Vec<_>>());
                for row in self.having(txn, field.column, values).await? {
                    let key = (at, Field::input_text(&row.values[at]));
                    known.unique.insert(key, Some(row));
                }
            }
        }
        for (table, keys) in pointed {
            let labels = self.registry.labels(&txn.into(), table, keys).await?;
            known.labels.add(table, labels);
        }
        Ok(known)
    }

    /// Rows whose column has one of some values.
    pub(super) async fn having(
        &self,
        txn: &DatabaseTransaction,
        column: &'static str,
        values: Vec<Value>,
    ) -> Result<Vec<Record>> {
        if values.is_empty() {
            return Ok(Vec::new());
        }
        let limit = values.len() as u64;
        let filter = Condition::all().add(Expr::col((self.resource.meta().table, column)).is_in(values));
        Ok(self.resource.fetch(&txn.into(), Fetch { filter, order: Vec::new(), limit }).await?)
    }
}

/// A refusal in words, by field where it is about one; none for what is not about the row.
#[must_use]
pub fn reasons(save: &Save<'_>, error: &Error) -> Option<Vec<String>> {
    let fields = &save.resource.meta().fields;
    let title = |name: &String| {
        let many = save.resource.meta().many.iter().find(|many| many.name == name);
        let field = fields.iter().find(|field| field.name == *name);
        field.map(|field| field.title.as_str()).or(many.map(|many| many.title)).map(str::to_owned)
    };
    Some(match error {
        Error::Invalid(errors) => errors
            .iter()
            .flat_map(|(name, texts)| texts.iter().map(move |text| (name, text)))
            .map(|(name, text)| title(name).map_or_else(|| text.clone(), |title| format!("{title}: {text}")))
            .collect(),
        Error::Refused(why) | Error::Protected(why) => vec![why.clone()],
        Error::Forbidden(right) => vec![format!("You lack the right “{right}”.")],
        Error::NotFound => vec!["This record is not there any more.".into()],
        Error::Conflict => vec!["Somebody else changed this record meanwhile.".into()],
        _ => return None,
    })
}
