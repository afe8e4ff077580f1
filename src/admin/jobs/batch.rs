//! Some rows of a job: found again by the filter of the list, each written by the one way in for every write.
use super::{NAMED, Refusal, What, refusals};
use crate::admin::changelist::Asked;
use crate::admin::changelist::page::Count;
use crate::admin::changelist::params::Params;
use crate::admin::{
    Actor, AnyResource, Deed, Fetch, Input, Record, Refused, Save, Target, Verb, deletion, key_number,
    reasons, shorten, version_of,
};
use crate::app::App;
use crate::auth::account;
use crate::error::{Error, Result};
use entity::audit_log::Source;
use entity::bulk_job::Model;
use entity::user;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};
use sea_orm::{ConnectionTrait, DatabaseTransaction, EntityTrait, TransactionTrait};

/// Rows changed in one transaction.
const CHANGED: u64 = 500;
/// Rows deleted in one: each looks at all that hangs on it.
const DELETED: u64 = 100;
/// Rows of the table gone past by one query, whether the filter lets them through or not: where few match, the
/// database would else read on until it is stopped.
const STRIDE: u64 = 20_000;
/// What is said of a row that the database refuses for reasons that it alone knows.
const ODD: &str = "The database refused this. The fault was logged; ask an administrator.";

/// Why a job ends before its last row.
pub(super) enum Stop {
    /// It may not go on, for this reason.
    Refused(String),
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Some rows of a job.
pub(super) struct Batch<'a> {
    app: &'a App,
    job: &'a Model,
    resource: &'a dyn AnyResource,
    what: What,
    deed: Deed,
    filter: Condition,
}

/// What came of them.
#[derive(Default)]
pub(super) struct Counted {
    /// Key of the last row looked at.
    pub(super) last: i64,
    pub(super) done: i64,
    pub(super) same: i64,
    pub(super) refused: i64,
    /// Those that were left alone, as many as are named.
    pub(super) refusals: Vec<Refusal>,
}

impl<'a> Batch<'a> {
    /// Asks again who may do what, and which rows the list shows.
    pub(super) async fn of(app: &'a App, job: &'a Model) -> Result<Self, Stop> {
        let resource = app.registry.get(&job.resource)?;
        let what = What::of(job)?;
        let actor = who(app, job, &[Verb::View, what.verb()]).await?;
        // Moving times, such as "the last day", stand where they stood when somebody looked.
        let params = Params::parse(&job.query);
        let db = (&app.db).into();
        let asked = match Asked::parse(&db, &app.registry, resource, params, &actor, job.created_at).await {
            Err(Error::BadRequest(why)) => return Err(Stop::Refused(why)),
            asked => asked?,
        };
        if let Some(note) = asked.notes.first() {
            return Err(Stop::Refused(format!("The list is not the one asked for any more. {note}")));
        }
        let filter = asked.condition_for(Count::Many);
        let deed = Deed {
            actor,
            at: app.now(),
            source: Source::Form,
            request_id: job.request_id.clone(),
            address: job.address.clone(),
            operation: job.operation.clone(),
            reason: job.reason.clone(),
        };
        Ok(Self { app, job, resource, what, deed, filter })
    }

    /// Does them.
    pub(super) async fn run(&self, txn: &DatabaseTransaction) -> Result<Counted> {
        let most = if self.what.verb() == Verb::Delete { DELETED } else { CHANGED };
        let most = Ord::min(most, self.app.config.bulk_rows);
        let end = self.stride(txn).await?;
        let id = || Expr::col((self.resource.meta().table, "id"));
        let filter =
            Condition::all().add(self.filter.clone()).add(id().gt(self.job.last_key)).add(id().lte(end));
        let order = vec![(id(), Order::Asc)];
        let rows = self.resource.fetch(&txn.into(), Fetch { filter, order, limit: most }).await?;
        let last = rows.last().filter(|_| rows.len() as u64 == most).and_then(|row| key_number(row.key()));
        let mut counted = Counted { last: last.unwrap_or(end), ..Counted::default() };
        counted.refusals = refusals(self.job)?;
        self.write(txn, &rows, &mut counted).await?;
        Ok(counted)
    }

    /// Key up to which the database reads now.
    async fn stride(&self, txn: &DatabaseTransaction) -> Result<i64> {
        let highest = self.job.highest_key;
        let keys = Query::select()
            .column("id")
            .from(self.resource.meta().table)
            .and_where(Expr::col("id").gt(self.job.last_key))
            .and_where(Expr::col("id").lte(highest))
            .order_by("id", Order::Asc)
            .limit(1)
            .offset(STRIDE)
            .to_owned();
        let row = txn.query_one(&keys).await?;
        Ok(row.map(|row| row.try_get("", "id")).transpose()?.unwrap_or(highest))
    }

    async fn write(&self, txn: &DatabaseTransaction, rows: &[Record], counted: &mut Counted) -> Result<()> {
        let (registry, resource) = (&self.app.registry, self.resource);
        let save = Save { registry, resource, deed: &self.deed, given: Vec::new() };
        let Some(input) = self.what.input() else { return self.delete(txn, &save, rows, counted).await };
        let keys: Vec<String> = rows.iter().map(Record::pk).collect();
        let writes: Vec<(Target<'_>, Input)> = rows
            .iter()
            .zip(&keys)
            .map(|(row, key)| (Target::Row(key, version_of(resource, row)), input.clone()))
            .collect();
        for (row, answer) in rows.iter().zip(save.run_all(txn, &writes, Refused::StandsAside).await?) {
            match answer {
                Ok(saved) if saved.changes.is_empty() => counted.same += 1,
                Ok(_) => counted.done += 1,
                Err(error) => counted.leave(&save, row, error)?,
            }
        }
        Ok(())
    }

    async fn delete(
        &self,
        txn: &DatabaseTransaction,
        save: &Save<'_>,
        rows: &[Record],
        counted: &mut Counted,
    ) -> Result<()> {
        for row in rows {
            // What the database refuses would spoil all of a transaction on PostgreSQL.
            let step = txn.begin().await?;
            match deletion::delete(&step, save.registry, save.resource, row, save.deed).await {
                Ok(()) => {
                    step.commit().await?;
                    counted.done += 1;
                }
                Err(error) => {
                    step.rollback().await?;
                    counted.leave(save, row, error)?;
                }
            }
        }
        Ok(())
    }
}

impl Counted {
    /// Leaves a row alone that something stands in the way of; what is not about the row stops the batch.
    fn leave(&mut self, save: &Save<'_>, row: &Record, error: Error) -> Result<()> {
        match error {
            // It went meanwhile, with another or by itself: there is nothing left to do.
            Error::NotFound => return Ok(()),
            Error::Unavailable(_) | Error::TooSlow | Error::Crossed => return Err(error),
            _ => {}
        }
        let why = reasons(save, &error).unwrap_or_else(|| {
            tracing::warn!(error = format!("{error:#}"), "a row of a background job was refused");
            vec![ODD.to_owned()]
        });
        self.refused += 1;
        if self.refusals.len() < NAMED {
            let (label, why) = (shorten(&row.label, 80), shorten(&why.join(" "), 300));
            self.refusals.push(Refusal { pk: row.pk(), label, why });
        }
        Ok(())
    }
}

/// Whoever asked for a job, with the rights that they have now.
async fn who(app: &App, job: &Model, needs: &[Verb]) -> Result<Actor, Stop> {
    let user = match job.user_id {
        Some(id) => user::Entity::find_by_id(id).one(&app.db).await?,
        None => None,
    };
    let Some(user) = user.filter(|user| user.is_active && user.is_staff) else {
        return Err(Stop::Refused(format!("The account {} is not active any more.", job.username)));
    };
    let actor = account::actor(app, &user).await?;
    for verb in needs {
        match actor.must(&job.resource, *verb) {
            Err(Error::Forbidden(right)) => {
                let why = format!("{} lacks the right “{right}” now.", job.username);
                return Err(Stop::Refused(why));
            }
            may => may?,
        }
    }
    Ok(actor)
}
