//! What stands in a file: every column that a list or form shows, keys with their labels.
use super::cell::Cell;
use crate::admin::{AnyResource, Kind, Many, Meta, Record, Registry, key_number};
use crate::error::Result;
use sea_orm::DatabaseExecutor;
use std::collections::{BTreeSet, HashMap};

/// Labels kept from one page of rows to the next.
const KEPT: usize = 20_000;

/// Where a column comes from.
#[derive(Clone, Copy)]
enum Part {
    /// A field.
    Field(usize),
    /// What the row that a foreign key points at is called.
    Label(usize),
    /// Keys of a many-to-many field.
    Many(Many),
    /// What the rows at its far end are called.
    Labels(Many),
}

/// Columns of a resource's files, and what rows of other tables are called.
pub(super) struct Columns {
    parts: Vec<(String, Part)>,
    labels: HashMap<String, HashMap<String, String>>,
}

/// Whether a column is shown anywhere; hashes and the like are of no use outside.
fn shown(meta: &Meta, at: usize) -> bool {
    use crate::admin::Source;
    let field = &meta.fields[at];
    let listed = meta.list.iter().any(|column| column.source == Source::Field(at));
    !field.secret && (field.automatic || listed || meta.groups.iter().any(|group| group.fields.contains(&at)))
}

impl Columns {
    /// Those of a resource, without secrets.
    pub(super) fn of(meta: &Meta) -> Self {
        let mut parts = Vec::new();
        for (at, field) in meta.fields.iter().enumerate().filter(|(at, _)| shown(meta, *at)) {
            parts.push((field.name.clone(), Part::Field(at)));
            if let Kind::Foreign(_) = field.kind {
                parts.push((label_of(&field.name), Part::Label(at)));
            }
        }
        for many in meta.many {
            parts.push((many.name.to_owned(), Part::Many(*many)));
            parts.push((label_of(many.name), Part::Labels(*many)));
        }
        Self { parts, labels: HashMap::new() }
    }

    /// Their names.
    pub(super) fn names(&self) -> Vec<String> {
        self.parts.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The cells of some rows: a few queries, however many rows.
    pub(super) async fn cells(
        &mut self,
        db: &DatabaseExecutor<'_>,
        registry: &Registry,
        resource: &dyn AnyResource,
        rows: &[Record],
    ) -> Result<Vec<Vec<Cell>>> {
        let meta = resource.meta();
        let mut wanted: HashMap<String, BTreeSet<i64>> = HashMap::new();
        for (_, part) in &self.parts {
            if let Part::Label(at) = part
                && let Kind::Foreign(table) = &meta.fields[*at].kind
            {
                let keys = rows.iter().filter_map(|row| key_number(&row.values[*at]));
                wanted.entry(table.clone()).or_default().extend(keys);
            }
        }
        let keys: Vec<i64> = rows.iter().filter_map(|row| key_number(row.key())).collect();
        let mut links: HashMap<&str, HashMap<i64, BTreeSet<i64>>> = HashMap::new();
        for many in meta.many {
            let pairs = many.load_all(db, &keys).await?;
            wanted.entry(many.to.to_owned()).or_default().extend(pairs.iter().map(|(_, far)| *far));
            let by_row = links.entry(many.name).or_default();
            for (near, far) in pairs {
                by_row.entry(near).or_default().insert(far);
            }
        }
        self.learn(db, registry, wanted).await?;
        Ok(rows.iter().map(|row| self.row(meta, row, &links)).collect())
    }

    /// Asks for the labels that are not known yet.
    async fn learn(
        &mut self,
        db: &DatabaseExecutor<'_>,
        registry: &Registry,
        wanted: HashMap<String, BTreeSet<i64>>,
    ) -> Result<()> {
        for (table, mut keys) in wanted {
            let known = self.labels.entry(table.clone()).or_default();
            if known.len() > KEPT {
                known.clear();
            }
            keys.retain(|key| !known.contains_key(&key.to_string()));
            known.extend(registry.labels(db, &table, keys).await?);
        }
        Ok(())
    }

    fn label(&self, table: &str, key: i64) -> Option<&String> {
        self.labels.get(table)?.get(&key.to_string())
    }

    fn row(
        &self,
        meta: &Meta,
        row: &Record,
        links: &HashMap<&str, HashMap<i64, BTreeSet<i64>>>,
    ) -> Vec<Cell> {
        let far = |many: &Many| -> Vec<i64> {
            let keys = key_number(row.key()).and_then(|key| links.get(many.name)?.get(&key));
            keys.map(|keys| keys.iter().copied().collect()).unwrap_or_default()
        };
        let cell = |part: &Part| match part {
            Part::Field(at) => Cell::of(&row.values[*at]),
            Part::Label(at) => {
                let label = match (&meta.fields[*at].kind, key_number(&row.values[*at])) {
                    (Kind::Foreign(table), Some(key)) => self.label(table, key),
                    _ => None,
                };
                Cell::text(label.cloned().unwrap_or_default())
            }
            Part::Many(many) => Cell::Keys(far(many)),
            Part::Labels(many) => {
                let labels: Vec<&str> = far(many)
                    .iter()
                    .filter_map(|key| self.label(many.to, *key))
                    .map(String::as_str)
                    .collect();
                Cell::text(labels.join("; "))
            }
        };
        self.parts.iter().map(|(_, part)| cell(part)).collect()
    }
}

/// Name of the column that says what a key means.
pub(super) fn label_of(name: &str) -> String {
    format!("{name}_label")
}
