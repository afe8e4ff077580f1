//! A resource with its types erased, so that one handler, one template and one
//! serialiser serve them all. Everything typed happens here: read rows, write a row, ask its hooks.
use super::resource::{ActiveModel, Col, Model, Resource, Show};
use super::{Deed, Meta, key_text};
use crate::error::{Error, Result};
use async_trait::async_trait;
use sea_orm::sea_query::{Condition, Expr, Order};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, DatabaseTransaction, DbErr, EntityTrait, IdenStatic,
    IntoActiveModel, Iterable, ModelTrait, QueryFilter, QueryOrder, QuerySelect, Value,
};
use std::any::Any;
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Arc;

/// One row.
#[derive(Clone)]
pub struct Record {
    /// What it is called.
    pub label: String,
    /// Its values, in the order of the fields.
    pub values: Vec<Value>,
    /// Its computed cells, in the order of the change list.
    pub computed: Vec<String>,
    /// Page about it outside the admin.
    pub page: Option<String>,
    /// Further pages about it: title and address.
    pub links: Vec<(String, String)>,
    key: usize,
    model: Arc<dyn Any + Send + Sync>,
}

impl Record {
    /// Its key, as in addresses.
    #[must_use]
    pub fn pk(&self) -> String {
        key_text(self.key())
    }

    /// Its key.
    #[must_use]
    pub fn key(&self) -> &Value {
        &self.values[self.key]
    }

    /// The row as its entity.
    #[must_use]
    pub fn model<M: 'static>(&self) -> Option<&M> {
        self.model.downcast_ref()
    }
}

/// Which rows to read.
#[derive(Clone, Debug)]
pub struct Fetch {
    /// Those that meet this.
    pub filter: Condition,
    /// In this order.
    pub order: Vec<(Expr, Order)>,
    /// At most so many.
    pub limit: u64,
}

/// A resource with its types erased.
#[async_trait]
pub trait AnyResource: Send + Sync {
    /// What it declares.
    fn meta(&self) -> &Meta;
    /// Reads rows.
    async fn fetch(&self, db: &DatabaseExecutor<'_>, fetch: Fetch) -> Result<Vec<Record>, DbErr>;
    /// Makes a row, or changes the one given; the values are set before the resource's own hook sees it.
    async fn write(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&Record>,
        values: Vec<(usize, Value)>,
        deed: &Deed,
    ) -> Result<Record>;
    /// Asks the resource's own hook before a row is deleted.
    async fn before_delete(&self, txn: &DatabaseTransaction, row: &Record, deed: &Deed) -> Result<()>;
}

pub(super) struct Erased<R> {
    meta: Meta,
    resource: PhantomData<R>,
}

impl<R: Resource> Erased<R> {
    pub(super) fn new() -> Self {
        Self { meta: Meta::of::<R>(), resource: PhantomData }
    }

    fn record(&self, row: Model<R>) -> Record {
        Record {
            label: R::label(&row),
            values: Col::<R>::iter().map(|column| row.get(column)).collect(),
            computed: R::LIST
                .iter()
                .filter_map(|show| match show {
                    Show::Computed(_, cell) => Some(cell(&row)),
                    Show::Column(_) => None,
                })
                .collect(),
            page: R::page(&row),
            links: R::links(&row),
            key: self.meta.column("id").unwrap_or_default(),
            model: Arc::new(row),
        }
    }
}

fn column<R: Resource>(name: &str) -> Option<Col<R>> {
    Col::<R>::iter().find(|column| column.as_str() == name)
}

/// Sets a column that only some entities have.
fn set_if_there<R: Resource>(row: &mut ActiveModel<R>, name: &str, value: Value) -> Result<()> {
    match column::<R>(name) {
        Some(column) => row.try_set(column, value).map_err(Into::into),
        None => Ok(()),
    }
}

#[async_trait]
impl<R: Resource> AnyResource for Erased<R> {
    fn meta(&self) -> &Meta {
        &self.meta
    }

    async fn fetch(&self, db: &DatabaseExecutor<'_>, fetch: Fetch) -> Result<Vec<Record>, DbErr> {
        let mut select = R::Entity::find().filter(fetch.filter).limit(fetch.limit);
        for (expression, order) in fetch.order {
            select = select.order_by(expression, order);
        }
        Ok(select.all(db).await?.into_iter().map(|row| self.record(row)).collect())
    }

    async fn write(
        &self,
        txn: &DatabaseTransaction,
        before: Option<&Record>,
        values: Vec<(usize, Value)>,
        deed: &Deed,
    ) -> Result<Record> {
        let old = before.and_then(|record| record.model::<Model<R>>());
        let mut row = old
            .cloned()
            .map_or_else(<ActiveModel<R> as ActiveModelTrait>::default, IntoActiveModel::into_active_model);
        for (at, value) in values {
            let column = Col::<R>::from_str(self.meta.fields[at].column).map_err(|_| Error::NotFound)?;
            row.try_set(column, value)?;
        }
        R::before_save(&mut row, old, deed, txn).await?;
        set_if_there::<R>(&mut row, "updated_at", deed.at.into())?;
        if let Some(old) = old {
            let row = self.update(txn, old, row).await?;
            R::after_save(&row, Some(old), deed, txn).await?;
            return Ok(self.record(row));
        }
        if column::<R>("created_at").is_some_and(|column| row.get(column).is_not_set()) {
            set_if_there::<R>(&mut row, "created_at", deed.at.into())?;
        }
        // A row that is made again goes on counting: a form of before must not fit it.
        if column::<R>("version").is_some_and(|column| row.get(column).is_not_set()) {
            set_if_there::<R>(&mut row, "version", Value::Int(Some(1)))?;
        }
        let row = row.insert(txn).await.map_err(|error| self.translate(error))?;
        R::after_save(&row, None, deed, txn).await?;
        Ok(self.record(row))
    }

    async fn before_delete(&self, txn: &DatabaseTransaction, row: &Record, deed: &Deed) -> Result<()> {
        match row.model::<Model<R>>() {
            Some(row) => R::before_delete(row, deed, txn).await,
            None => Err(Error::NotFound),
        }
    }
}

impl<R: Resource> Erased<R> {
    /// Writes only what changed, and only over the version that was read.
    async fn update(
        &self,
        txn: &DatabaseTransaction,
        old: &Model<R>,
        mut row: ActiveModel<R>,
    ) -> Result<Model<R>> {
        let version = column::<R>("version");
        if let Some(version) = version
            && let Value::Int(Some(number)) = old.get(version)
        {
            row.try_set(version, Value::Int(Some(number.saturating_add(1))))?;
        }
        let mut update = R::Entity::update(row).validate()?;
        if let Some(version) = version {
            update = update.filter(version.eq(old.get(version)));
        }
        match update.exec(txn).await {
            Ok(row) => Ok(row),
            Err(DbErr::RecordNotUpdated) => Err(Error::Conflict),
            Err(error) => Err(self.translate(error)),
        }
    }

    /// What the database refused, as a message for the form: the database has the last word
    /// when two people do the same at once.
    fn translate(&self, error: DbErr) -> Error {
        match error.sql_err() {
            Some(sea_orm::SqlErr::UniqueConstraintViolation(_)) => Error::field(
                "",
                format!("There is already {} with these values.", super::a(self.meta.singular)),
            ),
            Some(sea_orm::SqlErr::ForeignKeyConstraintViolation(_)) => {
                Error::field("", "A record that this one points at was deleted meanwhile. Choose another.")
            }
            _ if check_violated(&error) => Error::field(
                "",
                "The database refused these values together; check numbers and dates against each other.",
            ),
            _ => error.into(),
        }
    }
}

/// SQLite 275, PostgreSQL 23514, MariaDB 4025: a check constraint; 22001 and 1406: too long; 22003 and 1264: out of range.
fn check_violated(error: &DbErr) -> bool {
    let (DbErr::Exec(sea_orm::RuntimeErr::SqlxError(cause))
    | DbErr::Query(sea_orm::RuntimeErr::SqlxError(cause))) = error
    else {
        return false;
    };
    let sea_orm::SqlxError::Database(cause) = &**cause else { return false };
    let text = cause.message();
    matches!(cause.code().as_deref(), Some("275" | "23514" | "22001" | "22003"))
        || ["CONSTRAINT `", "Data too long", "Out of range"].iter().any(|known| text.starts_with(known))
}
