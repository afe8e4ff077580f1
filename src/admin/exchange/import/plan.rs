//! Rows of a file as writes: which row of the table each means, and with which values.
use super::mapping::{KEY, Mapping, VERSION};
use super::read::Row;
use crate::admin::{
    AnyResource, Fetch, Field, Input, Kind, Meta, Record, Registry, Target, Verb, shorten, version_of,
};
use crate::error::Result;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor, Value};
use std::collections::{BTreeSet, HashMap};

/// Most rows of another table that some rows of a file may name.
const MOST_NAMED: u64 = 5000;

/// What a row of the file asks for, or why that cannot be.
pub(super) enum Plan {
    /// A write.
    Write {
        /// The row that changes, and its version; none for a new one.
        row: Option<(String, Option<i32>)>,
        /// The version that the file was made of.
        made_of: Option<i32>,
        /// Its values.
        input: Input,
    },
    /// Nothing, for these reasons.
    Refuse(Vec<String>),
}

impl Plan {
    /// As a write.
    pub(super) fn target(&self) -> Option<(Target<'_>, Input)> {
        match self {
            Self::Write { row: Some((pk, version)), input, .. } => {
                Some((Target::Row(pk, *version), input.clone()))
            }
            Self::Write { row: None, input, .. } => Some((Target::New, input.clone())),
            Self::Refuse(_) => None,
        }
    }
}

/// Reads rows of one resource by one mapping.
pub(super) struct Planner<'a> {
    pub(super) registry: &'a Registry,
    pub(super) resource: &'a dyn AnyResource,
    pub(super) mapping: &'a Mapping,
    /// Tables whose rows may be named by what they are called.
    pub(super) visible: &'a [String],
}

/// Keys of rows of other tables, by table and name; none where several are called so.
type Names = HashMap<(String, String), Option<i64>>;

impl Planner<'_> {
    /// Plans some rows: a few queries, however many rows.
    pub(super) async fn plan(&self, db: &DatabaseExecutor<'_>, rows: &[Row]) -> Result<Vec<Plan>> {
        let names = self.names(db, rows).await?;
        let known = self.known(db, rows).await?;
        Ok(rows.iter().map(|row| self.row(row, &names, &known).unwrap_or_else(Plan::Refuse)).collect())
    }

    fn cell<'r>(&self, row: &'r Row, name: &str) -> Option<&'r str> {
        let at = self.mapping.columns.iter().position(|column| column == name)?;
        row.1.get(at)?.as_deref().map(str::trim)
    }

    /// The rows of the table that cells of the file name, by those cells.
    async fn known(&self, db: &DatabaseExecutor<'_>, rows: &[Row]) -> Result<HashMap<String, Record>> {
        let meta = self.resource.meta();
        let Some((at, field)) = meta.field(&self.mapping.match_by) else { return Ok(HashMap::new()) };
        let cells = rows.iter().filter_map(|row| self.cell(row, &field.name));
        let values: Vec<Value> =
            cells.filter(|cell| !cell.is_empty()).filter_map(|cell| field.parse_operand(cell).ok()).collect();
        if values.is_empty() {
            return Ok(HashMap::new());
        }
        let limit = values.len() as u64;
        let filter = Condition::all().add(Expr::col((meta.table, field.column)).is_in(values));
        let rows = self.resource.fetch(db, Fetch { filter, order: Vec::new(), limit }).await?;
        Ok(rows.into_iter().map(|row| (Field::input_text(&row.values[at]), row)).collect())
    }

    /// Keys of what cells name instead of giving a key.
    async fn names(&self, db: &DatabaseExecutor<'_>, rows: &[Row]) -> Result<Names> {
        let mut wanted: HashMap<&str, BTreeSet<&str>> = HashMap::new();
        for name in &self.mapping.columns {
            let Some((_, field)) = self.resource.meta().field(name) else { continue };
            let Kind::Foreign(table) = &field.kind else { continue };
            let cells = rows.iter().filter_map(|row| self.cell(row, name));
            let named =
                cells.filter(|cell| !cell.is_empty() && cell.parse::<i64>().is_err() && !cell.contains('\0'));
            wanted.entry(table).or_default().extend(named);
        }
        let mut names = Names::new();
        for (table, wanted) in wanted.into_iter().filter(|(_, wanted)| !wanted.is_empty()) {
            let Some(target) = self.registry.table(table).map(AnyResource::meta) else { continue };
            let Some(called) = called(target).filter(|_| self.visible.iter().any(|known| known == table))
            else {
                continue;
            };
            let select = Query::select()
                .columns(["id", called])
                .from(target.table)
                .and_where(Expr::col(called).is_in(wanted))
                .limit(MOST_NAMED)
                .to_owned();
            for row in db.query_all(&select).await? {
                let (key, text): (i64, String) = (row.try_get("", "id")?, row.try_get("", called)?);
                names.entry((table.to_owned(), text)).and_modify(|key| *key = None).or_insert(Some(key));
            }
        }
        Ok(names)
    }

    fn row(&self, row: &Row, names: &Names, known: &HashMap<String, Record>) -> Result<Plan, Vec<String>> {
        let meta = self.resource.meta();
        let (have, want) = (row.1.len(), self.mapping.columns.len());
        if have != want {
            return Err(vec![format!("This row has {have} cells, the titles are {want}.")]);
        }
        let before = self.before(meta, row, known)?;
        if before.is_none() && (meta.add_page || !meta.offers(Verb::Add)) {
            return Err(vec![format!("New {} are not made by importing.", meta.plural)]);
        }
        let made_of = match self.cell(row, VERSION).filter(|text| !text.is_empty()) {
            Some(text) => Some(text.parse().map_err(|_| vec!["The version is a whole number.".to_owned()])?),
            None => None,
        };
        let input = self.input(row, before.is_some(), names)?;
        let row = before.map(|before| (before.pk(), version_of(self.resource, before)));
        Ok(Plan::Write { row, made_of, input })
    }

    /// The row meant, if there is one.
    fn before<'k>(
        &self,
        meta: &Meta,
        row: &Row,
        known: &'k HashMap<String, Record>,
    ) -> Result<Option<&'k Record>, Vec<String>> {
        let Some((_, field)) = meta.field(&self.mapping.match_by) else { return Ok(None) };
        let cell = self.cell(row, &field.name).unwrap_or_default();
        if cell.is_empty() {
            return Ok(None);
        }
        let value = field.parse_operand(cell).map_err(|why| vec![format!("{}: {why}", field.title)])?;
        let found = known.get(&Field::input_text(&value));
        match found {
            None if field.name == KEY => {
                Err(vec![format!("There is no {} {}.", meta.singular, shorten(cell, 40))])
            }
            found => Ok(found),
        }
    }

    fn input(&self, row: &Row, exists: bool, names: &Names) -> Result<Input, Vec<String>> {
        let meta = self.resource.meta();
        let mut input = Input::partial([]);
        let mut wrong = Vec::new();
        for (name, cell) in self.mapping.columns.iter().zip(&row.1) {
            let Some(cell) = cell.as_deref().filter(|_| !name.is_empty() && name != KEY && name != VERSION)
            else {
                continue;
            };
            if meta.many.iter().any(|many| many.name == name) {
                let keys = cell.split([';', ',', ' ']).filter(|key| !key.is_empty()).map(str::to_owned);
                input.replace(name, keys.collect());
                continue;
            }
            let Some((_, field)) = meta.field(name) else { continue };
            // Left blank, a new row takes what the database gives by itself.
            if cell.trim().is_empty() && !exists && field.default.is_some() {
                continue;
            }
            match &field.kind {
                Kind::Foreign(table) => match self.key(table, cell.trim(), names) {
                    Ok(key) => input.set(name, key),
                    Err(why) => wrong.push(format!("{}: {why}", field.title)),
                },
                _ => input.set(name, cell),
            }
        }
        if wrong.is_empty() { Ok(input) } else { Err(wrong) }
    }

    /// The key that a cell gives or names.
    fn key(&self, table: &str, cell: &str, names: &Names) -> Result<String, String> {
        if cell.is_empty() || cell.parse::<i64>().is_ok() {
            return Ok(cell.to_owned());
        }
        let noun = self.registry.table(table).map_or("record", |target| target.meta().singular);
        match names.get(&(table.to_owned(), cell.to_owned())) {
            Some(Some(key)) => Ok(key.to_string()),
            Some(None) => Err(format!("several are called “{}”; give the key instead.", shorten(cell, 60))),
            None => Err(format!("there is no {noun} called “{}”.", shorten(cell, 60))),
        }
    }
}

/// The column with the name of a row: one that no two share, or the first text that is searched.
fn called(meta: &Meta) -> Option<&'static str> {
    let text = |at: &usize| matches!(meta.fields[*at].kind, Kind::Text(_)) && !meta.fields[*at].secret;
    let searched = meta.search.iter().map(|(at, _)| *at).filter(text);
    let unique = searched.clone().find(|at| meta.fields[*at].unique);
    unique.or_else(|| searched.clone().next()).map(|at| meta.fields[at].column)
}
