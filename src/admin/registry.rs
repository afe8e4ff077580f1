//! Every resource, and which table points at which.
use super::erased::{AnyResource, Erased, Fetch};
use super::resource::Resource;
use super::{Kind, key_text};
use crate::error::{Error, Result};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{
    DatabaseExecutor, EntityTrait, ForeignKeyAction, Iden, Iterable, RelationTrait, RelationType, Value,
};
use std::collections::{BTreeSet, HashMap};

/// Every resource in the order of the menu, and every foreign key.
#[derive(Default)]
pub struct Registry {
    resources: Vec<Box<dyn AnyResource>>,
    references: Vec<Reference>,
}

/// A foreign key: what happens to `table` when a row of `to` goes.
#[derive(Clone, Debug)]
pub struct Reference {
    /// One of its rows and several.
    pub name: (&'static str, &'static str),
    /// The table that points.
    pub table: String,
    /// Its column.
    pub column: String,
    /// The table pointed at.
    pub to: String,
    /// What the database does.
    pub on_delete: ForeignKeyAction,
}

impl Registry {
    /// Adds a resource.
    #[must_use]
    pub fn with<R: Resource>(mut self, _: R) -> Self {
        self.resources.push(Box::new(Erased::<R>::new()));
        self.points::<R::Entity>(R::NAME)
    }

    /// Adds a table that has no pages of its own, for the sake of its foreign keys.
    #[must_use]
    pub fn knows<E: EntityTrait>(self, singular: &'static str, plural: &'static str) -> Self {
        self.points::<E>((singular, plural))
    }

    fn points<E: EntityTrait>(mut self, name: (&'static str, &'static str)) -> Self {
        let relations = E::Relation::iter().map(|relation| relation.def());
        self.references.extend(
            relations.filter(|def| def.rel_type == RelationType::HasOne && !def.is_owner).map(|def| {
                Reference {
                    name,
                    table: E::default().table_name().to_owned(),
                    column: def.from_col.to_string(),
                    to: def.to_tbl.sea_orm_table().to_string(),
                    on_delete: def.on_delete.unwrap_or(ForeignKeyAction::Restrict),
                }
            }),
        );
        self
    }

    /// The resource of that name in addresses.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub fn get(&self, slug: &str) -> Result<&dyn AnyResource> {
        self.iter().find(|resource| resource.meta().slug == slug).ok_or(Error::NotFound)
    }

    /// The resource of that table.
    #[must_use]
    pub fn table(&self, table: &str) -> Option<&dyn AnyResource> {
        self.iter().find(|resource| resource.meta().table == table)
    }

    /// All resources, in the order of the menu.
    pub fn iter(&self) -> impl Iterator<Item = &dyn AnyResource> {
        self.resources.iter().map(AsRef::as_ref)
    }

    /// Foreign keys that point at that table.
    pub fn references_to<'a>(&'a self, table: &'a str) -> impl Iterator<Item = &'a Reference> {
        self.references.iter().filter(move |reference| reference.to == table)
    }

    /// What rows of a table are called, by key: one query however many.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn labels(
        &self,
        db: &DatabaseExecutor<'_>,
        table: &str,
        keys: BTreeSet<i64>,
    ) -> Result<HashMap<String, String>> {
        let Some(resource) = self.table(table) else { return Ok(HashMap::new()) };
        if keys.is_empty() {
            return Ok(HashMap::new());
        }
        let limit = keys.len() as u64;
        let filter = Condition::all().add(Expr::col((resource.meta().table, "id")).is_in(keys));
        let rows = resource.fetch(db, Fetch { filter, order: Vec::new(), limit }).await?;
        Ok(rows.into_iter().map(|row| (row.pk(), row.label)).collect())
    }

    /// Labels of everything that rows of `resource` point at through the fields given: one query per table.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn labels_of(
        &self,
        db: &DatabaseExecutor<'_>,
        resource: &dyn AnyResource,
        fields: &[usize],
        rows: &[&[Value]],
    ) -> Result<Labels> {
        let mut wanted: HashMap<&str, BTreeSet<i64>> = HashMap::new();
        for at in fields {
            if let Kind::Foreign(table) = &resource.meta().fields[*at].kind {
                wanted.entry(table).or_default().extend(rows.iter().filter_map(|row| key_number(&row[*at])));
            }
        }
        let mut labels = Labels::default();
        for (table, keys) in wanted {
            labels.0.insert(table.to_owned(), self.labels(db, table, keys).await?);
        }
        Ok(labels)
    }
}

/// What rows are called, by table and key.
#[derive(Default)]
pub struct Labels(HashMap<String, HashMap<String, String>>);

impl Labels {
    /// Adds what rows of one table are called.
    pub(super) fn add(&mut self, table: &str, labels: HashMap<String, String>) {
        self.0.entry(table.to_owned()).or_default().extend(labels);
    }

    /// What the row is called that `value` points at.
    #[must_use]
    pub fn of(&self, table: &str, value: &Value) -> Option<&str> {
        self.0.get(table)?.get(&key_text(value)).map(String::as_str)
    }
}

/// A key as a number.
#[must_use]
pub fn key_number(value: &Value) -> Option<i64> {
    match value {
        Value::BigInt(number) => *number,
        _ => None,
    }
}
