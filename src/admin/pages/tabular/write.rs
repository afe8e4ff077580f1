//! Writing the rows of a form, each through the same save as everything else, in the transaction of the
//! record that they belong to.
use super::super::form::named;
use super::{Line, edited, may, read, row_name};
use crate::admin::deletion;
use crate::admin::{
    AnyResource, Deed, Inline, Input, Kind, Meta, Record, Save, Target, Verb, find, key_text, version_of,
};
use crate::error::{Error, Errors, Result};
use crate::web::Visit;
use sea_orm::{DatabaseTransaction, TransactionTrait};

/// What became of the rows of a form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::admin::pages) struct Tally {
    added: usize,
    changed: usize,
    removed: usize,
}

impl Tally {
    /// Whether nothing was written.
    pub(in crate::admin::pages) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// "1 row was added, 2 were changed."
    pub(in crate::admin::pages) fn in_words(&self) -> String {
        let done = [(self.added, "added"), (self.changed, "changed"), (self.removed, "removed")];
        let said: Vec<String> = done
            .iter()
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {} {what}", if *count == 1 { "row" } else { "rows" }))
            .collect();
        if said.is_empty() { String::new() } else { format!(" Below it: {}.", said.join(", ")) }
    }
}

/// Writes all rows that a form sent, or none.
///
/// # Errors
/// [`Error::Invalid`] with everything that is wrong with them, or what the database says.
pub(in crate::admin::pages) async fn write(
    visit: &Visit,
    txn: &DatabaseTransaction,
    parent: (&dyn AnyResource, &Record),
    input: &Input,
) -> Result<Tally> {
    let copy = input.has("_saveasnew");
    let (tally, errors) =
        all(visit, txn, (parent.0, Some(parent.1)), input, Mode { copy, dry: false }).await?;
    if errors.is_empty() { Ok(tally) } else { Err(Error::Invalid(errors)) }
}

/// What is wrong with the rows of a form whose own record cannot be saved: told along with that.
///
/// # Errors
/// When the database does not answer.
pub(in crate::admin::pages) async fn check(
    visit: &Visit,
    parent: (&dyn AnyResource, Option<&Record>),
    input: &Input,
) -> Result<Errors> {
    if !parent.0.meta().inlines.iter().any(edited) {
        return Ok(Errors::new());
    }
    let txn = crate::db::begin(&visit.app.db).await?;
    let mode = Mode { copy: input.has("_saveasnew"), dry: true };
    let (_, errors) = all(visit, &txn, parent, input, mode).await?;
    txn.rollback().await?;
    Ok(errors)
}

#[derive(Clone, Copy)]
struct Mode {
    /// The record is a copy: so are its rows.
    copy: bool,
    /// Nothing is written.
    dry: bool,
}

async fn all(
    visit: &Visit,
    txn: &DatabaseTransaction,
    parent: (&dyn AnyResource, Option<&Record>),
    input: &Input,
    mode: Mode,
) -> Result<(Tally, Errors)> {
    let (mut tally, mut errors) = (Tally::default(), Errors::new());
    let (typed, deed) = (input.to_map(), visit.deed()?);
    for inline in parent.0.meta().inlines.iter().filter(|inline| edited(inline)) {
        let resource = visit.app.registry.get(inline.resource)?;
        let lines = match read(inline, resource.meta(), &typed) {
            Ok(lines) => lines.unwrap_or_default(),
            Err(why) => {
                errors.entry(String::new()).or_default().push(why);
                continue;
            }
        };
        let sheet = Sheet { visit, txn, inline, resource, deed: &deed, parent: parent.1, mode };
        for line in &lines {
            match sheet.line(line).await {
                Ok(done) => tally.count(done),
                Err(Error::Invalid(wrong)) => errors.extend(sheet.at_the_row(line, wrong)),
                Err(other) => return Err(other),
            }
        }
    }
    Ok((tally, errors))
}

impl Tally {
    fn count(&mut self, done: Done) {
        match done {
            Done::Nothing => {}
            Done::Added => self.added += 1,
            Done::Changed => self.changed += 1,
            Done::Removed => self.removed += 1,
        }
    }
}

enum Done {
    Nothing,
    Added,
    Changed,
    Removed,
}

/// The rows of one inline on their way to the database.
struct Sheet<'a> {
    visit: &'a Visit,
    txn: &'a DatabaseTransaction,
    inline: &'a Inline,
    resource: &'a dyn AnyResource,
    deed: &'a Deed,
    parent: Option<&'a Record>,
    mode: Mode,
}

impl Sheet<'_> {
    fn meta(&self) -> &Meta {
        self.resource.meta()
    }

    /// Errors under the names that the fields have on the form.
    fn at_the_row(&self, line: &Line, wrong: Errors) -> Errors {
        let row = row_name(self.inline, line.place);
        let shown = |name: &str| self.inline.columns.contains(&name);
        let mut errors = Errors::new();
        for (name, messages) in wrong {
            let at = if shown(&name) { format!("{row}-{name}") } else { row.clone() };
            errors.entry(at).or_default().extend(messages);
        }
        errors
    }

    /// What the visitor lacks a right to is passed over, whatever the form says.
    async fn line(&self, line: &Line) -> Result<Done> {
        let may = |verb| may(self.visit, self.meta(), verb);
        match line.id.as_deref().filter(|_| !self.mode.copy) {
            None if line.remove || !may(Verb::Add) => Ok(Done::Nothing),
            None if line.id.is_none() && line.is_blank(self.inline, self.meta()) => Ok(Done::Nothing),
            None => self.save(Target::New, self.input(line, true)).await.map(|_| Done::Added),
            Some(_) if !(may(Verb::Change) || may(Verb::Delete) && line.remove) => Ok(Done::Nothing),
            Some(id) => self.existing(line, id).await,
        }
    }

    async fn existing(&self, line: &Line, id: &str) -> Result<Done> {
        let removes = line.remove && may(self.visit, self.meta(), Verb::Delete);
        let row = match find(self.resource, &self.txn.into(), id).await {
            Ok(row) if self.belongs(&row)? => row,
            Err(Error::NotFound) if removes => return Ok(Done::Nothing),
            Ok(_) | Err(Error::NotFound) => {
                return Err(Error::field(
                    "",
                    "This row is not there any more, or belongs to another record now. Tick “Remove” to leave it out.",
                ));
            }
            Err(other) => return Err(other),
        };
        let now = version_of(self.resource, &row);
        if now.is_some() && line.version.is_none() {
            return Err(Error::field(
                "",
                "The form did not say which version of this row it shows. Reload it and try again.",
            ));
        }
        if now != line.version && line.is_untouched(self.inline, self.meta()) {
            return Ok(Done::Nothing);
        }
        if removes {
            return self.remove(&row, now == line.version).await;
        }
        if !may(self.visit, self.meta(), Verb::Change) {
            return Ok(Done::Nothing);
        }
        match self.save(Target::Row(id, line.version), self.input(line, false)).await {
            Err(Error::Conflict) => Err(changed_meanwhile()),
            Ok(true) => Ok(Done::Changed),
            Ok(false) => Ok(Done::Nothing),
            Err(other) => Err(other),
        }
    }

    /// Whether a row hangs on the record of the form: any other was smuggled in, or moved away meanwhile.
    fn belongs(&self, row: &Record) -> Result<bool> {
        let (at, _) = self.meta().field(self.inline.field).ok_or(Error::NotFound)?;
        Ok(self.parent.is_some_and(|parent| key_text(&row.values[at]) == parent.pk()))
    }

    fn input(&self, line: &Line, new: bool) -> Input {
        let mut input = Input::partial([]);
        for (_, field) in self.inline.columns.iter().filter_map(|name| self.meta().field(name)) {
            let typed = super::typed_name(field);
            for name in [&field.name, &typed] {
                if let Some(values) = line.values.get(name) {
                    input.replace(name, values.clone());
                }
            }
            // A browser does not send a box that is not ticked.
            if field.kind == Kind::Boolean && !input.has(&field.name) {
                input.set(&field.name, "false");
            }
        }
        if new && let Some(parent) = self.parent {
            input.set(self.inline.field, parent.pk());
        }
        input
    }

    /// Writes one row; whether anything changed. What the database refuses must not end the transaction in which
    /// the other rows are looked at, hence one within it.
    async fn save(&self, target: Target<'_>, input: Input) -> Result<bool> {
        let input = named(self.visit, self.resource, input).await?;
        let registry = &self.visit.app.registry;
        let save = Save { registry, resource: self.resource, deed: self.deed, given: Vec::new() };
        if self.mode.dry {
            return match save.check(self.txn, target, &input).await {
                // There may be no record yet that it could belong to.
                Err(Error::Invalid(mut errors)) if self.parent.is_none() => {
                    errors.remove(self.inline.field);
                    if errors.is_empty() { Ok(true) } else { Err(Error::Invalid(errors)) }
                }
                other => other.map(|()| true),
            };
        }
        let within = self.txn.begin().await?;
        match save.run(&within, target, &input).await {
            Ok(saved) => {
                within.commit().await?;
                Ok(!saved.changes.is_empty())
            }
            Err(error) => {
                within.rollback().await?;
                Err(error)
            }
        }
    }

    async fn remove(&self, row: &Record, as_seen: bool) -> Result<Done> {
        if !as_seen {
            return Err(changed_meanwhile());
        }
        if self.mode.dry {
            return Ok(Done::Removed);
        }
        let within = self.txn.begin().await?;
        let registry = &self.visit.app.registry;
        match deletion::delete(&within, registry, self.resource, row, self.deed).await {
            Ok(()) => within.commit().await.map(|()| Done::Removed).map_err(Into::into),
            Err(error) => {
                within.rollback().await?;
                Err(match error {
                    Error::Protected(why) | Error::Refused(why) => {
                        Error::field("", format!("This row cannot be removed. {why}"))
                    }
                    Error::Forbidden(right) => {
                        Error::field("", format!("Removing this row needs the right “{right}” as well."))
                    }
                    other => other,
                })
            }
        }
    }
}

fn changed_meanwhile() -> Error {
    Error::field(
        "",
        "Somebody else changed this row while you had the form open. Save again to write yours over it.",
    )
}
