//! Taking back what was done, row by row, through the same save and deletion as everything else: what somebody changed
//! since stays as it is.
use super::history;
use super::trace::Trace;
use super::{
    AnyResource, Deed, Field, Input, Kind, Registry, Save, Target, deletion, editable, find, version_of,
};
use crate::error::{Error, Errors, Result};
use entity::audit_log::{self, Verb};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect, TransactionTrait, Value,
};
use std::collections::{BTreeMap, HashMap};

/// So many minutes after it, what was done can be taken back with a click.
pub const UNDO: i64 = 10;

/// Values of a row, as text by field.
pub type Values = BTreeMap<String, String>;

/// What became of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Undone {
    /// Rows that are as they were.
    pub done: usize,
    /// Rows that stay as they are, by name, and why.
    pub refused: Vec<(String, String)>,
    /// What could not be brought back.
    pub lost: Vec<String>,
}

/// Taking back.
pub struct Undo<'a> {
    /// All resources.
    pub registry: &'a Registry,
    /// The transaction of all of it.
    pub txn: &'a DatabaseTransaction,
    /// Who takes back.
    pub deed: &'a Deed,
}

impl Undo<'_> {
    /// Takes back what these entries tell, newest first.
    ///
    /// # Errors
    /// What the database says; what stands in the way of one row leaves that row alone.
    pub async fn run(&self, entries: &[audit_log::Model]) -> Result<Undone> {
        let mut undone = Undone::default();
        let mut versions: HashMap<(String, String), Option<i32>> = HashMap::new();
        for entry in entries {
            let key = (entry.resource.clone(), entry.object_pk.clone());
            let step = self.txn.begin().await?;
            match self.one(&step, entry, versions.get(&key).copied(), &mut undone.lost).await {
                Ok(version) => {
                    step.commit().await?;
                    undone.done += 1;
                    versions.insert(key, version);
                }
                Err(error) => {
                    step.rollback().await?;
                    undone.refused.push((entry.object_label.clone(), obstacle(error)?));
                }
            }
        }
        Ok(undone)
    }

    /// Takes back one entry; gives the version that the row has now.
    async fn one(
        &self,
        txn: &DatabaseTransaction,
        entry: &audit_log::Model,
        ours: Option<Option<i32>>,
        lost: &mut Vec<String>,
    ) -> Result<Option<i32>> {
        let resource = self.registry.get(&entry.resource)?;
        let trace =
            Trace::of(entry).ok_or_else(|| Error::Refused("its earlier values were not kept".into()))?;
        let version = ours.unwrap_or(trace.version);
        match entry.verb {
            Verb::Change => self.put_back(txn, resource, entry, &trace, version).await,
            Verb::Delete => self.make_again(txn, resource, entry, trace, lost).await,
            Verb::Add => {
                let row = find(resource, &txn.into(), &entry.object_pk).await?;
                if version_of(resource, &row) != version {
                    return Err(Error::Conflict);
                }
                deletion::delete(txn, self.registry, resource, &row, self.deed).await.map(|()| None)
            }
            _ => Err(Error::Refused("this cannot be taken back".into())),
        }
    }

    async fn put_back(
        &self,
        txn: &DatabaseTransaction,
        resource: &dyn AnyResource,
        entry: &audit_log::Model,
        trace: &Trace,
        version: Option<i32>,
    ) -> Result<Option<i32>> {
        if trace.partial {
            return Err(Error::Refused("its earlier values were not kept".into()));
        }
        if !resource.meta().versioned() {
            self.untouched_since(txn, entry).await?;
        }
        let old = trace.values.iter().map(|(name, [old, _])| (name.clone(), old.clone())).collect();
        let (input, given) = parted(resource, &old, true);
        let save = Save { registry: self.registry, resource, deed: self.deed, given };
        let saved = save.run(txn, Target::Row(&entry.object_pk, version), &input).await?;
        Ok(version_of(resource, &saved.row))
    }

    /// Where rows count no versions, the history says whether somebody was there.
    async fn untouched_since(&self, txn: &DatabaseTransaction, entry: &audit_log::Model) -> Result<()> {
        let known = [entry.operation.clone().unwrap_or_default(), self.deed.operation.clone()];
        let later = audit_log::Entity::find()
            .filter(audit_log::Column::Resource.eq(&*entry.resource))
            .filter(audit_log::Column::ObjectPk.eq(&*entry.object_pk))
            .filter(audit_log::Column::Id.gt(entry.id))
            .filter(audit_log::Column::Operation.is_not_in(known))
            .limit(1)
            .one(txn)
            .await?;
        if later.is_some() { Err(Error::Conflict) } else { Ok(()) }
    }

    /// Makes a deleted row again, under its old number.
    async fn make_again(
        &self,
        txn: &DatabaseTransaction,
        resource: &dyn AnyResource,
        entry: &audit_log::Model,
        trace: Trace,
        lost: &mut Vec<String>,
    ) -> Result<Option<i32>> {
        let meta = resource.meta();
        match find(resource, &txn.into(), &entry.object_pk).await {
            Ok(_) => return Err(Error::Refused("there is one of this number again".into())),
            Err(Error::NotFound) => {}
            Err(error) => return Err(error),
        }
        let remade = (meta.remade)();
        let secret = |field: &&Field| field.secret && !field.nullable && field.default.is_none();
        let secrets = meta.fields.iter().filter(secret);
        if trace.partial
            || secrets.clone().any(|field| remade.iter().all(|(known, _)| *known != field.column))
        {
            return Err(Error::Refused("not all of it was kept".into()));
        }
        let key: i64 = entry.object_pk.parse().map_err(|_| Error::NotFound)?;
        let mut values: Values = trace.values.into_iter().map(|(name, [old, _])| (name, old)).collect();
        let saved = loop {
            let (input, mut given) = parted(resource, &values, false);
            given.push(("id", Value::BigInt(Some(key))));
            given.extend(trace.version.map(|version| ("version", (version.saturating_add(1)).into())));
            given.extend(remade.iter().cloned());
            let save = Save { registry: self.registry, resource, deed: self.deed, given };
            match save.run(txn, Target::New, &input).await {
                Ok(saved) => break saved,
                Err(Error::Invalid(errors)) => lost.extend(let_go(resource, &mut values, errors)?),
                Err(error) => return Err(error),
            }
        };
        lost.extend(trace.lost);
        Ok(version_of(resource, &saved.row))
    }

    /// Makes a deleted row again with those that went with it, as the entry about it tells.
    ///
    /// # Errors
    /// What the database says.
    pub async fn undelete(&self, entry: &audit_log::Model, most: u64) -> Result<Undone> {
        let own = format!("{}/{}", entry.resource, entry.object_pk);
        let mut entries = match &entry.operation {
            Some(operation) => history::of_operation(self.txn, operation, most).await?,
            None => Vec::new(),
        };
        entries.retain(|other| {
            other.id != entry.id && Trace::of(other).is_some_and(|trace| trace.with.as_ref() == Some(&own))
        });
        entries.insert(0, entry.clone());
        self.run(&entries).await
    }
}

/// References that may be empty and whose target is gone are let go; anything else wrong stays wrong.
fn let_go(resource: &dyn AnyResource, values: &mut Values, errors: Errors) -> Result<Vec<String>> {
    let loose = |name: &String| {
        resource.meta().field(name).is_some_and(|(_, field)| {
            field.nullable && matches!(field.kind, Kind::Foreign(_)) && values.contains_key(name)
        })
    };
    if !errors.keys().all(loose) {
        return Err(Error::Invalid(errors));
    }
    for name in errors.keys() {
        values.remove(name);
    }
    Ok(errors
        .into_keys()
        .map(|name| format!("the {} of {}", super::words(&name), resource.meta().singular))
        .collect())
}

/// What a form would bring, and what no form can.
fn parted(resource: &dyn AnyResource, values: &Values, exists: bool) -> (Input, Vec<(&'static str, Value)>) {
    let meta = resource.meta();
    let (mut input, mut given) = (Input::partial([]), Vec::new());
    for (name, text) in values {
        if meta.many.iter().any(|many| many.name == name) {
            let keys = text.split(',').filter(|key| !key.is_empty()).map(str::to_owned).collect();
            input.replace(name, keys);
        } else if text.is_empty() && !exists {
            // A new row has what its table says.
        } else if editable(resource, exists).any(|(_, field)| field.name == *name) {
            input.set(name, text.clone());
        } else if let Some((_, field)) = meta.field(name) {
            given.push((field.column, field.parse_operand(text).unwrap_or_else(|_| field.blank())));
        }
    }
    (input, given)
}

/// What stands in the way of one row, in words that follow a colon; other errors stop everything.
///
/// # Errors
/// Those that are not about the row.
pub fn obstacle(error: Error) -> Result<String> {
    match error {
        Error::Conflict => Ok("somebody changed it since".into()),
        Error::NotFound => Ok("it is not there any more".into()),
        Error::Forbidden(right) => Ok(format!("it needs the right “{right}”")),
        Error::Refused(why) | Error::Protected(why) => Ok(why),
        Error::Invalid(errors) => Ok(errors.into_values().flatten().collect::<Vec<_>>().join(" ")),
        other => Err(other),
    }
}
