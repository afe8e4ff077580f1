//! Rows after a given one in any order of a list, also by columns that may be empty or stand in another
//! table: what goes through all rows does so page by page, and no page costs more than the first.
use super::order::{Ordering, expression};
use crate::admin::{AnyResource, Record, Registry};
use crate::error::Result;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DbBackend, Value};

/// The order to go on in.
pub struct Keyset<'a> {
    /// All resources.
    pub registry: &'a Registry,
    /// The one gone through.
    pub resource: &'a dyn AnyResource,
    /// In this order.
    pub order: &'a Ordering,
}

/// One key of the order, with the value that the last row has.
struct Key {
    column: Expr,
    value: Value,
    descending: bool,
}

impl Keyset<'_> {
    /// Rows that come after the one given.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn after(&self, db: &DatabaseExecutor<'_>, row: &Record) -> Result<Condition> {
        let meta = self.resource.meta();
        let mut keys = Vec::new();
        for key in &self.order.keys {
            let column = expression(self.registry, meta, key.field);
            let value = match column {
                Expr::SubQuery(..) => self.text(db, &column, row).await?,
                _ => row.values[key.field].clone(),
            };
            keys.push(Key { column, value, descending: key.descending });
        }
        let id = Expr::col((meta.table, "id"));
        keys.push(Key { column: id, value: row.key().clone(), descending: self.order.last_descending() });
        // PostgreSQL sorts what is empty as if it were the largest, the others as the smallest.
        let empty_last = db.get_database_backend() == DbBackend::Postgres;
        let mut any = Condition::any();
        for (depth, key) in keys.iter().enumerate() {
            let Some(beyond) = key.beyond(empty_last) else { continue };
            let equal = keys[..depth].iter().fold(Condition::all(), |all, key| all.add(key.equal()));
            any = any.add(equal.add(beyond));
        }
        let bound = match keys.first() {
            // Alone, the alternatives above keep a database from seeking in an index; this bound lets it.
            Some(first) if self.order.seekable(meta) => Condition::all().add(first.bound()),
            _ => Condition::all(),
        };
        Ok(bound.add(any))
    }

    /// What a row of another table is sorted by.
    async fn text(&self, db: &DatabaseExecutor<'_>, column: &Expr, row: &Record) -> Result<Value> {
        let table = self.resource.meta().table;
        let select = Query::select()
            .expr_as(column.clone(), "sorted")
            .from(table)
            .and_where(Expr::col((table, "id")).eq(row.key().clone()))
            .to_owned();
        let found = db.query_one(&select).await?;
        let text = found.map(|row| row.try_get::<Option<String>>("", "sorted")).transpose()?;
        Ok(Value::String(text.flatten()))
    }
}

impl Key {
    fn is_empty(&self) -> bool {
        self.value == self.value.as_null()
    }

    fn equal(&self) -> Expr {
        if self.is_empty() {
            self.column.clone().is_null()
        } else {
            self.column.clone().eq(self.value.clone())
        }
    }

    fn bound(&self) -> Expr {
        let column = self.column.clone();
        if self.descending { column.lte(self.value.clone()) } else { column.gte(self.value.clone()) }
    }

    /// Rows beyond this value; none are beyond an empty one that comes last.
    fn beyond(&self, empty_last: bool) -> Option<Condition> {
        let column = || self.column.clone();
        let last = empty_last != self.descending;
        if self.is_empty() {
            return (!last).then(|| Condition::all().add(column().is_not_null()));
        }
        let further =
            if self.descending { column().lt(self.value.clone()) } else { column().gt(self.value.clone()) };
        let any = Condition::any().add(further);
        Some(if last { any.add(column().is_null()) } else { any })
    }
}
