//! Rows of another table linked through a table of pairs: a multiple select on the form.
use crate::error::Result;
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor, DatabaseTransaction};
use std::collections::BTreeSet;

/// A many-to-many field.
#[derive(Clone, Copy, Debug)]
pub struct Many {
    /// Name in forms and the API.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// One line below its input.
    pub help: &'static str,
    /// Table of pairs.
    pub pairs: &'static str,
    /// Its column towards this resource.
    pub near: &'static str,
    /// Its column away from it.
    pub far: &'static str,
    /// The table at the far end.
    pub to: &'static str,
    /// Whether the list can be filtered by it.
    pub filter: bool,
}

impl Many {
    /// Keys at the far end.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(&self, db: &DatabaseExecutor<'_>, key: i64) -> Result<BTreeSet<i64>> {
        let select = Query::select()
            .column(self.far)
            .from(self.pairs)
            .and_where(Expr::col(self.near).eq(key))
            .to_owned();
        let rows = db.query_all(&select).await?;
        rows.iter().map(|row| row.try_get("", self.far).map_err(Into::into)).collect()
    }

    /// Keys at both ends of the links of several rows.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load_all(&self, db: &DatabaseExecutor<'_>, keys: &[i64]) -> Result<Vec<(i64, i64)>> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let select = Query::select()
            .columns([self.near, self.far])
            .from(self.pairs)
            .and_where(Expr::col(self.near).is_in(keys.iter().copied()))
            .to_owned();
        let rows = db.query_all(&select).await?;
        rows.iter().map(|row| Ok((row.try_get("", self.near)?, row.try_get("", self.far)?))).collect()
    }

    /// Makes the links exactly these.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn store(
        &self,
        txn: &DatabaseTransaction,
        key: i64,
        before: &BTreeSet<i64>,
        after: &BTreeSet<i64>,
    ) -> Result<()> {
        let gone: Vec<i64> = before.difference(after).copied().collect();
        if !gone.is_empty() {
            let delete = Query::delete()
                .from_table(self.pairs)
                .and_where(Expr::col(self.near).eq(key))
                .and_where(Expr::col(self.far).is_in(gone))
                .to_owned();
            txn.execute(&delete).await?;
        }
        let new: Vec<i64> = after.difference(before).copied().collect();
        if !new.is_empty() {
            let mut insert = Query::insert();
            insert.into_table(self.pairs).columns([self.near, self.far]);
            for far in new {
                insert.values_panic([key.into(), far.into()]);
            }
            txn.execute(&insert).await?;
        }
        Ok(())
    }
}
