//! The one way in for every write: form, API, import, fixture and command share this
//! parsing, validation, permission, version check, transaction and audit.
use super::batch::Known;
use super::erased::{Fetch, Record};
use super::history::{self, Changes, Written};
use super::registry::{Labels, key_number};
use super::resource::Verb;
use super::trace::Trace;
use super::{AnyResource, Deed, Field, Kind, Many, Registry};
use crate::error::{Error, Errors, Result};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{DatabaseExecutor, DatabaseTransaction, Value};
use std::collections::{BTreeMap, BTreeSet};

/// What came in, as text by field name.
#[derive(Clone, Debug, Default)]
pub struct Input {
    values: BTreeMap<String, Vec<String>>,
    /// Fields not named keep their value (PATCH, a bulk action); otherwise they are blank, as in a form.
    pub partial: bool,
}

impl Input {
    /// Input that leaves other fields alone.
    #[must_use]
    pub fn partial(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { partial: true, ..Self::from_iter(pairs) }
    }

    /// The last value of a field.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// All values of a field.
    #[must_use]
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// Sets a field.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), vec![value.into()]);
    }

    /// Sets all values of a field.
    pub fn replace(&mut self, name: &str, values: Vec<String>) {
        self.values.insert(name.to_owned(), values);
    }

    /// All fields with their values.
    #[must_use]
    pub fn to_map(&self) -> BTreeMap<String, Vec<String>> {
        self.values.clone()
    }

    /// Whether a field was named at all.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }
}

impl FromIterator<(String, String)> for Input {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(pairs: I) -> Self {
        let mut input = Self::default();
        for (name, value) in pairs {
            input.values.entry(name).or_default().push(value);
        }
        input
    }
}

/// The row to write.
#[derive(Clone, Copy, Debug)]
pub enum Target<'a> {
    /// A new one.
    New,
    /// The one of that key; with the version that the writer saw, a later one is not overwritten.
    Row(&'a str, Option<i32>),
}

/// A row as it is now, and what the write changed; nothing changed, nothing written.
pub struct Saved {
    /// The row.
    pub row: Record,
    /// Old and new values by title.
    pub changes: Changes,
}

/// A write that nothing but the resource's own hook and the database can still refuse.
pub(super) struct Ready {
    before: Option<Record>,
    values: Vec<(usize, Value)>,
    links: Vec<(Many, BTreeSet<i64>, BTreeSet<i64>)>,
}

/// A write to one resource.
pub struct Save<'a> {
    /// All resources, for foreign keys.
    pub registry: &'a Registry,
    /// Where it is written.
    pub resource: &'a dyn AnyResource,
    /// Who writes, when, from where.
    pub deed: &'a Deed,
    /// Columns that the program itself fills in, which no input reaches.
    pub given: Vec<(&'static str, Value)>,
}

impl Save<'_> {
    /// Writes one row.
    ///
    /// # Errors
    /// [`Error::Forbidden`], [`Error::NotFound`], [`Error::Invalid`], [`Error::Conflict`], or what the database says;
    /// the transaction must then be given up.
    pub async fn run(&self, txn: &DatabaseTransaction, target: Target<'_>, input: &Input) -> Result<Saved> {
        let ready = self.prepare(txn, target, input, None).await?;
        self.write(txn, ready, None).await
    }

    /// Looks at one row as [`Self::run`] does before it writes.
    ///
    /// # Errors
    /// As [`Self::run`], but for what only writing shows.
    pub async fn check(&self, txn: &DatabaseTransaction, target: Target<'_>, input: &Input) -> Result<()> {
        self.prepare(txn, target, input, None).await.map(drop)
    }

    /// Everything that can be demanded of a write before anything is written. For one of several, `known`
    /// has looked up together what each would ask for.
    pub(super) async fn prepare(
        &self,
        txn: &DatabaseTransaction,
        target: Target<'_>,
        input: &Input,
        known: Option<&Known>,
    ) -> Result<Ready> {
        let verb = if matches!(target, Target::New) { Verb::Add } else { Verb::Change };
        if !self.resource.meta().offers(verb) {
            return Err(Error::Refused(format!(
                "Nobody can {} {} here.",
                verb.name(),
                self.resource.meta().plural
            )));
        }
        self.deed.actor.must(self.resource.meta().slug, verb)?;
        let before = match target {
            Target::New => None,
            Target::Row(pk, version) => Some(self.current(txn, pk, version, known).await?),
        };
        let values = self.parse(txn, before.as_ref(), input, known).await?;
        let links = self.parse_links(txn, before.as_ref(), input).await?;
        Ok(Ready { before, values, links })
    }

    async fn current(
        &self,
        txn: &DatabaseTransaction,
        pk: &str,
        version: Option<i32>,
        known: Option<&Known>,
    ) -> Result<Record> {
        let row = match known.and_then(|known| known.row(pk)) {
            Some(row) => row.clone(),
            None => find(self.resource, &txn.into(), pk).await?,
        };
        let now = version_of(self.resource, &row);
        if version.is_some() && now.is_some() && version != now {
            return Err(Error::Conflict);
        }
        Ok(row)
    }

    /// Values of the fields that take input and differ from what is there.
    async fn parse(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&Record>,
        input: &Input,
        known: Option<&Known>,
    ) -> Result<Vec<(usize, Value)>> {
        let mut errors = Errors::new();
        let mut values = Vec::new();
        for (at, field) in editable(self.resource, before.is_some()) {
            let Some(text) = text_for(field, before.is_some(), input) else { continue };
            match field.parse(text) {
                Ok(value) if before.is_some_and(|row| field.same(&row.values[at], &value)) => {}
                // Left blank where the database has a default.
                Ok(value) if before.is_none() && value == field.blank() => {}
                Ok(value) => values.push((at, value)),
                Err(message) => errors.entry(field.name.clone()).or_default().push(message),
            }
        }
        for (column, value) in &self.given {
            let at = self
                .resource
                .meta()
                .column(column)
                .ok_or_else(|| anyhow::anyhow!("there is no column {column}"))?;
            if before.is_none_or(|row| row.values[at] != *value) {
                values.push((at, value.clone()));
            }
        }
        self.check_foreign(txn, &values, &mut errors, known).await?;
        self.check_unique(txn, before, &values, &mut errors, known).await?;
        if errors.is_empty() { Ok(values) } else { Err(Error::Invalid(errors)) }
    }

    /// What a field points at must be there.
    async fn check_foreign(
        &self,
        txn: &DatabaseTransaction,
        values: &[(usize, Value)],
        errors: &mut Errors,
        known: Option<&Known>,
    ) -> Result<()> {
        for (at, value) in values {
            let field = &self.resource.meta().fields[*at];
            let (Kind::Foreign(table), Some(key)) = (&field.kind, key_number(value)) else { continue };
            if known.is_some_and(|known| known.points(table, key)) {
                continue;
            }
            if self.registry.labels(&txn.into(), table, BTreeSet::from([key])).await?.is_empty() {
                errors
                    .entry(field.name.clone())
                    .or_default()
                    .push("This record is not there any more. Choose another.".into());
            }
        }
        Ok(())
    }

    /// Says which record already has the value; the database would only say that one has.
    async fn check_unique(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&Record>,
        values: &[(usize, Value)],
        errors: &mut Errors,
        known: Option<&Known>,
    ) -> Result<()> {
        let meta = self.resource.meta();
        for (at, value) in values.iter().filter(|(at, _)| meta.fields[*at].unique) {
            let field = &meta.fields[*at];
            let other = match known.and_then(|known| known.unique(*at, value)) {
                Some(other) => other.cloned(),
                None => self.having(txn, field.column, vec![value.clone()]).await?.pop(),
            };
            if let Some(other) = other.filter(|row| before.is_none_or(|before| before.key() != row.key())) {
                let message = format!(
                    "{} {} already has this {}.",
                    super::capitalise(meta.singular),
                    other.pk(),
                    field.title.to_lowercase()
                );
                errors.entry(field.name.clone()).or_default().push(message);
            }
        }
        Ok(())
    }

    /// The many-to-many fields that take input: keys before and after.
    async fn parse_links(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&Record>,
        input: &Input,
    ) -> Result<Vec<(Many, BTreeSet<i64>, BTreeSet<i64>)>> {
        let mut links = Vec::new();
        for many in self.resource.meta().many {
            if input.partial && !input.has(many.name) {
                continue;
            }
            let keys: Option<BTreeSet<i64>> = input
                .all(many.name)
                .iter()
                .filter(|text| !text.is_empty())
                .map(|text| text.parse().ok())
                .collect();
            let keys = keys.ok_or_else(|| Error::field(many.name, "Choose from the list."))?;
            let known = self.registry.labels(&txn.into(), many.to, keys.clone()).await?;
            if known.len() != keys.len() {
                return Err(Error::field(many.name, "One of these is not there any more. Choose again."));
            }
            let old = match before.and_then(|row| key_number(row.key())) {
                Some(key) => many.load(&txn.into(), key).await?,
                None => BTreeSet::new(),
            };
            self.check_grant(txn, many, &old, &keys).await?;
            links.push((*many, old, keys));
        }
        Ok(links)
    }

    /// Nobody gives or takes a right that they lack: neither alone nor through a group.
    async fn check_grant(
        &self,
        txn: &DatabaseTransaction,
        many: &Many,
        old: &BTreeSet<i64>,
        new: &BTreeSet<i64>,
    ) -> Result<()> {
        let touched: Vec<i64> = old.symmetric_difference(new).copied().collect();
        if self.deed.actor.is_superuser || touched.is_empty() || !matches!(many.to, "permission" | "group") {
            return Ok(());
        }
        let lacking = crate::auth::permission::lacking(txn, &self.deed.actor, many.to, &touched).await?;
        match lacking {
            Some(codename) => Err(Error::field(
                many.name,
                format!("You lack the right “{codename}” yourself, so you cannot give or take it."),
            )),
            None => Ok(()),
        }
    }

    pub(super) async fn write(
        &self,
        txn: &DatabaseTransaction,
        ready: Ready,
        known: Option<&Known>,
    ) -> Result<Saved> {
        let Ready { before, values, links } = ready;
        let relinked = links.iter().any(|(_, old, new)| old != new);
        if let Some(row) = before.as_ref().filter(|_| values.is_empty() && !relinked) {
            return Ok(Saved { row: row.clone(), changes: Changes::new() });
        }
        let row = self.resource.write(txn, before.as_ref(), values, self.deed).await?;
        let key = key_number(row.key()).ok_or(Error::NotFound)?;
        let changed = self.changed(before.as_ref(), &row);
        let mut trace = Trace::of_write(self.resource, &changed, before.as_ref(), &row);
        let mut changes = self.differences(txn, changed, before.as_ref(), &row, known).await?;
        for (many, old, new) in links.into_iter().filter(|(_, old, new)| old != new) {
            many.store(txn, key, &old, &new).await?;
            trace.link(many.name, &old, &new);
            changes.insert(
                many.title.to_owned(),
                [self.names(txn, &many, old).await?, self.names(txn, &many, new).await?],
            );
        }
        let verb =
            if before.is_some() { entity::audit_log::Verb::Change } else { entity::audit_log::Verb::Add };
        let written = Written { changes, trace };
        match known {
            Some(known) => known.note(history::traced(self.deed, verb, self.resource, &row, &written)),
            None => history::record(txn, self.deed, verb, self.resource, &row, &written).await?,
        }
        Ok(Saved { row, changes: written.changes })
    }

    async fn names(
        &self,
        txn: &DatabaseTransaction,
        many: &Many,
        keys: BTreeSet<i64>,
    ) -> Result<Option<String>> {
        let mut names: Vec<String> =
            self.registry.labels(&txn.into(), many.to, keys).await?.into_values().collect();
        names.sort();
        Ok(history::kept(names.join(", ")))
    }

    /// Positions of the fields that differ.
    fn changed(&self, before: Option<&Record>, after: &Record) -> Vec<usize> {
        let fields = &self.resource.meta().fields;
        let differs = |at: &usize| match before {
            Some(before) => before.values[*at] != after.values[*at],
            None => after.values[*at] != fields[*at].blank(),
        };
        (0..fields.len()).filter(|at| !fields[*at].automatic).filter(differs).collect()
    }

    /// Old and new value of each of these fields, in words; of a secret, only that it changed.
    async fn differences(
        &self,
        txn: &DatabaseTransaction,
        changed: Vec<usize>,
        before: Option<&Record>,
        after: &Record,
        known: Option<&Known>,
    ) -> Result<Changes> {
        let fields = &self.resource.meta().fields;
        let mut rows: Vec<&[Value]> = vec![&after.values];
        rows.extend(before.map(|row| row.values.as_slice()));
        let asked;
        let labels = match known.and_then(|known| known.labels(fields, &changed, &rows)) {
            Some(labels) => labels,
            None => {
                asked = self.registry.labels_of(&txn.into(), self.resource, &changed, &rows).await?;
                &asked
            }
        };
        let words = |at: usize, row: Option<&Record>| {
            row.and_then(|row| history::kept(in_words(&fields[at], &row.values[at], labels)))
        };
        Ok(changed
            .into_iter()
            .map(|at| (fields[at].title.clone(), [words(at, before), words(at, Some(after))]))
            .collect())
    }
}

/// A value in words: the label of what it points at, dots for a secret.
#[must_use]
pub fn in_words(field: &Field, value: &Value, labels: &Labels) -> String {
    if field.secret {
        return if *value == field.blank() { String::new() } else { "••••••".into() };
    }
    match &field.kind {
        Kind::Foreign(table) if *value != field.blank() => labels
            .of(table, value)
            .map_or_else(|| format!("{} {}", super::words(table), super::key_text(value)), str::to_owned),
        _ => field.display(value),
    }
}

/// Fields that a form shows and takes input for, with their positions; fewer once the row exists.
pub fn editable(resource: &dyn AnyResource, exists: bool) -> impl Iterator<Item = (usize, &Field)> {
    let meta = resource.meta();
    let shown = meta.groups.iter().flat_map(|group| group.fields.iter().copied());
    let fields = shown.map(|at| (at, &meta.fields[at]));
    fields.filter(move |(_, field)| !(field.readonly || field.automatic || exists && field.fixed))
}

/// What to parse for a field; `None` leaves it alone.
fn text_for<'a>(field: &Field, exists: bool, input: &'a Input) -> Option<&'a str> {
    let text = input.get(&field.name);
    match text {
        None if input.partial && (exists || !field.required) => None,
        // A browser does not send a box that is not ticked.
        None if field.kind == Kind::Boolean => Some("false"),
        // Left out of a form, as opposed to left blank: a new row takes the default.
        None if !exists && field.default.is_some() => None,
        _ if field.secret && exists && text.unwrap_or_default().is_empty() => None,
        _ => Some(text.unwrap_or_default()),
    }
}

/// The row of that key.
///
/// # Errors
/// [`Error::NotFound`] also for a key that is no number.
pub async fn find(resource: &dyn AnyResource, db: &DatabaseExecutor<'_>, pk: &str) -> Result<Record> {
    let key: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    let filter = Condition::all().add(Expr::col((resource.meta().table, "id")).eq(key));
    resource.fetch(db, Fetch { filter, order: Vec::new(), limit: 1 }).await?.pop().ok_or(Error::NotFound)
}

/// The version of a row, where its table counts them.
#[must_use]
pub fn version_of(resource: &dyn AnyResource, row: &Record) -> Option<i32> {
    match row.values.get(resource.meta().column("version")?) {
        Some(Value::Int(version)) => *version,
        _ => None,
    }
}
