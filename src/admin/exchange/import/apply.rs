//! Writing a file that somebody has looked at: all of it in one transaction, or nothing, and only if
//! everything still is as they saw it.
use super::plan::Plan;
use super::store::{self, Part};
use super::verdict::Verdict;
use super::work::{Work, writes};
use crate::admin::{Refused, capitalise, reasons, thousands};
use crate::error::{Error, Result};
use chrono::Duration;
use entity::import_file::{Column, State};
use sea_orm::DatabaseTransaction;
use sea_orm::sea_query::Expr;

/// Longest that writing may take before another process may try again. The end of the first finds
/// that its claim is gone, and takes everything back.
pub(super) const LEASE: Duration = Duration::minutes(20);
/// Rows named that are not as they were.
const NAMED: usize = 20;

/// Why nothing is written.
enum Stop {
    /// Rows that are not as they were when somebody looked.
    Stale(Vec<String>),
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// Writes a whole file, and notes what came of it.
pub(super) async fn apply(work: Work) {
    let note = match all(&work).await {
        Ok(()) => {
            work.app.forget();
            return;
        }
        Err(Stop::Stale(rows)) => format!(
            "Nothing was written, since the records changed after you looked: {} Check again to see how it stands now.",
            rows.join(" ")
        ),
        Err(Stop::Failed(error)) => {
            tracing::error!(error = format!("{error:#}"), file = work.file.id, "an import broke off");
            "Nothing was written: something went wrong on our side. Check again, and try once more."
                .to_owned()
        }
    };
    let failed = vec![
        (Column::State, State::Failed.into()),
        (Column::Note, crate::admin::shorten(&note, 2000).into()),
    ];
    if let Err(error) = work.note(&(&work.app.db).into(), failed).await {
        tracing::error!(%error, "nor could that be noted");
    }
}

async fn all(work: &Work) -> Result<(), Stop> {
    let txn = crate::db::begin(&work.app.db).await?;
    let done = within(work, &txn).await;
    match &done {
        Ok(()) => txn.commit().await?,
        Err(_) => txn.rollback().await?,
    }
    done
}

async fn within(work: &Work, txn: &DatabaseTransaction) -> Result<(), Stop> {
    let mut stale = Vec::new();
    let mut position = 0;
    while let Some(part) = store::part(&txn.into(), work.file.id, position).await? {
        let plans = work.plan(&txn.into(), &part.rows).await?;
        stale.extend(changed_since(work, &part, &plans)?);
        position += 1;
    }
    let more = stale.len().saturating_sub(NAMED);
    stale.truncate(NAMED);
    if more > 0 {
        stale.push(format!("And {} more.", thousands(more as i64)));
    }
    if !stale.is_empty() {
        return Err(Stop::Stale(stale));
    }
    for position in 0..position {
        let Some(part) = store::part(&txn.into(), work.file.id, position).await? else { break };
        write(work, txn, &part).await?;
    }
    let done = vec![(Column::State, State::Done.into()), (Column::Note, Expr::value(None::<String>))];
    // The end stands in the same transaction: whoever lost the claim meanwhile writes nothing.
    if work.note(&txn.into(), done).await? {
        Ok(())
    } else {
        Err(anyhow::anyhow!("the claim is gone").into())
    }
}

/// Rows of which something else is to be said now than when somebody looked.
fn changed_since(work: &Work, part: &Part, plans: &[Plan]) -> Result<Vec<String>> {
    let noun = capitalise(work.resource()?.meta().singular);
    let mut stale = Vec::new();
    for ((row, plan), verdict) in part.rows.iter().zip(plans).zip(&part.verdicts) {
        let number = row.0;
        match (verdict, plan) {
            (Verdict::New, Plan::Write { row: Some((pk, _)), .. }) => {
                stale.push(format!("{noun} {pk} of row {number} was added meanwhile."));
            }
            (Verdict::Changed(pk, version), Plan::Write { row: Some((now, at)), .. })
                if pk == now && version == at => {}
            (Verdict::Changed(pk, _), Plan::Write { .. }) => {
                stale.push(format!("{noun} {pk} of row {number} was changed or deleted meanwhile."));
            }
            (Verdict::New | Verdict::Changed(..), Plan::Refuse(why)) => {
                stale.push(format!("Row {number}: {}", why.join(" ")));
            }
            _ => {}
        }
    }
    Ok(stale)
}

async fn write(work: &Work, txn: &DatabaseTransaction, part: &Part) -> Result<(), Stop> {
    let mut plans = work.plan(&txn.into(), &part.rows).await?;
    for (plan, verdict) in plans.iter_mut().zip(&part.verdicts) {
        if matches!(verdict, Verdict::Same | Verdict::Invalid(_)) {
            *plan = Plan::Refuse(Vec::new());
        }
    }
    let (places, writes) = writes(&plans);
    let save = work.save()?;
    let saved = save.run_all(txn, &writes, Refused::Stops).await?;
    let Some(Err(error)) = saved.last() else { return Ok(()) };
    let number = places.get(saved.len() - 1).and_then(|at| part.rows.get(*at)).map_or(0, |row| row.0);
    match reasons(&save, error) {
        Some(why) => Err(Stop::Stale(vec![format!("Row {number}: {}", why.join(" "))])),
        None => Err(anyhow::anyhow!("row {number}: {error:#}").into()),
    }
}
