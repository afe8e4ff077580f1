//! How far the database has been written: what was read is as good as new until that changes.
use crate::app::App;
use crate::error::{Error, Result};
use entity::{audit_log, loader_run};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement, TableRef};
use sea_orm::{ConnectionTrait, EntityName};

/// The last of what people and loaders wrote. Who blames issues anew, or writes past the application, leaves no
/// trace here: whatever goes by it must grow old as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Written {
    /// Key of the last entry of the audit log: people's writes.
    entry: Option<i64>,
    /// Key of the last run of a loader: it is there before anything it counts.
    run: Option<i64>,
    /// Whether no loader is at work, which would write under the same key for minutes.
    pub rests: bool,
}

impl Written {
    /// Asks the database: the ends of three indexes.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(app: &App) -> Result<Self> {
        use loader_run::Column::RunningKey;
        let last = |table: TableRef| Query::select().expr(Expr::col("id").max()).from(table).to_owned();
        let at_work = Query::select()
            .expr(Expr::col(RunningKey).count())
            .from(loader_run::Entity)
            .and_where(Expr::col(RunningKey).is_not_null())
            .to_owned();
        let question = Query::select()
            .expr_as(value(last(audit_log::Entity.table_ref())), "entry")
            .expr_as(value(last(loader_run::Entity.table_ref())), "run")
            .expr_as(value(at_work), "at_work")
            .to_owned();
        let row = app.db.query_one(&question).await?.ok_or(Error::NotFound)?;
        Ok(Self {
            entry: row.try_get("", "entry")?,
            run: row.try_get("", "run")?,
            rests: row.try_get::<i64>("", "at_work")? == 0,
        })
    }
}

fn value(query: SelectStatement) -> Expr {
    Expr::SubQuery(None, Box::new(query.into()))
}
