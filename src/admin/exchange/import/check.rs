//! Looking at a file: every row is written as it would be, part by part, and taken back at once. So
//! nothing is said to be fine that a form would refuse.
use super::mapping::KEY;
use super::plan::Plan;
use super::read::Row;
use super::store::{self, Part, json};
use super::verdict::{Change, Verdict};
use super::work::{Work, writes};
use crate::admin::{Refused, Saved, reasons};
use crate::error::{Error, Result};
use chrono::Duration;
use entity::import_chunk;
use entity::import_file::{Column, State};
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ActiveValue::Set};
use std::collections::HashMap;

/// Changes shown.
const SHOWN: usize = 50;
/// Longest time between two signs of life.
pub(super) const LEASE: Duration = Duration::minutes(2);
/// Others get to write between two parts: SQLite has one writer at a time.
const PAUSE: std::time::Duration = std::time::Duration::from_millis(5);
/// What is said of a row that the database refuses for reasons that it alone knows.
const ODD: &str = "The database refused this row. The fault was logged; ask an administrator.";

/// Where each value that no two rows may share was seen first, by field.
type Seen = HashMap<(String, String), u32>;

/// What was found out so far.
#[derive(Default)]
struct Counts {
    seen: i64,
    added: i64,
    changed: i64,
    same: i64,
    invalid: i64,
    sample: Vec<Change>,
}

/// Looks at a whole file, and notes what came of it.
pub(super) async fn check(work: Work) {
    if let Err(error) = all(&work).await {
        tracing::error!(%error, file = work.file.id, "an uploaded file could not be looked at");
        let why = "It could not be looked at: something went wrong on our side. Try again.";
        let failed = vec![(Column::State, State::Failed.into()), (Column::Note, why.into())];
        if let Err(error) = work.note(&(&work.app.db).into(), failed).await {
            tracing::error!(%error, "nor could that be noted");
        }
    }
}

async fn all(work: &Work) -> Result<()> {
    let db = (&work.app.db).into();
    let mut counts = Counts::default();
    let mut seen = Seen::new();
    for position in 0.. {
        let Some(part) = store::part(&db, work.file.id, position).await? else { break };
        let verdicts = look(work, &part, &mut seen, &mut counts.sample).await?;
        let before = counts.invalid;
        for verdict in &verdicts {
            match verdict {
                Verdict::New => counts.added += 1,
                Verdict::Changed(..) => counts.changed += 1,
                Verdict::Same => counts.same += 1,
                Verdict::Invalid(_) => counts.invalid += 1,
            }
        }
        counts.seen += part.rows.len() as i64;
        let chunk = import_chunk::ActiveModel {
            id: Set(part.id),
            verdicts: Set(Some(json(&verdicts)?)),
            invalid: Set(counts.invalid - before),
            ..Default::default()
        };
        chunk.update(&work.app.db).await?;
        if !work.note(&db, counts.so_far(work)?).await? {
            // Somebody else has taken over, or the file is gone.
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    let mut end = counts.so_far(work)?;
    end.extend([(Column::State, State::Checked.into()), (Column::Note, Expr::value(None::<String>))]);
    work.note(&db, end).await?;
    Ok(())
}

impl Counts {
    fn so_far(&self, work: &Work) -> Result<Vec<(Column, Expr)>> {
        Ok(vec![
            (Column::Seen, self.seen.into()),
            (Column::Added, self.added.into()),
            (Column::Changed, self.changed.into()),
            (Column::Same, self.same.into()),
            (Column::Invalid, self.invalid.into()),
            (Column::Sample, json(&self.sample)?.into()),
            (Column::ClaimedUntil, (work.app.now() + LEASE).into()),
        ])
    }
}

/// What each row of a part would do.
async fn look(work: &Work, part: &Part, seen: &mut Seen, sample: &mut Vec<Change>) -> Result<Vec<Verdict>> {
    let mut plans = work.plan(&(&work.app.db).into(), &part.rows).await?;
    for (row, plan) in part.rows.iter().zip(&mut plans) {
        if let Some(why) = twice(work, row, plan, seen)? {
            *plan = Plan::Refuse(why);
        }
    }
    let (places, saved) = tried(work, &plans).await?;
    let mut saved: HashMap<usize, Result<Saved>> = places.into_iter().zip(saved).collect();
    let mut verdicts = Vec::with_capacity(plans.len());
    for (at, (row, plan)) in part.rows.iter().zip(&plans).enumerate() {
        let verdict = verdict(work, plan, saved.get(&at))?;
        if let (Verdict::New | Verdict::Changed(..), true, Some(Ok(saved))) =
            (&verdict, sample.len() < SHOWN, saved.remove(&at))
        {
            let pk = if let Verdict::Changed(pk, _) = &verdict { Some(pk.clone()) } else { None };
            let fields = saved.changes.into_iter().collect();
            sample.push(Change { number: row.0, pk, label: saved.row.label, fields });
        }
        verdicts.push(verdict);
    }
    Ok(verdicts)
}

/// Writes and takes back. Only if the database refuses a row, each gets a point of its own to go back to.
async fn tried(work: &Work, plans: &[Plan]) -> Result<(Vec<usize>, Vec<Result<Saved>>)> {
    let (places, writes) = writes(plans);
    let save = work.save()?;
    let mut saved = Vec::new();
    for refused in [Refused::StopsOnceWritten, Refused::StandsAside] {
        let txn = crate::db::begin(&work.app.db).await?;
        let tried = save.run_all(&txn, &writes, refused).await;
        txn.rollback().await?;
        saved = tried?;
        if saved.len() == writes.len() {
            break;
        }
    }
    Ok((places, saved))
}

fn verdict(work: &Work, plan: &Plan, saved: Option<&Result<Saved>>) -> Result<Verdict> {
    let (row, made_of) = match plan {
        Plan::Refuse(why) => return Ok(Verdict::Invalid(why.clone())),
        Plan::Write { row, made_of, .. } => (row, made_of),
    };
    Ok(match (saved, row) {
        (Some(Ok(_)), None) => Verdict::New,
        (Some(Ok(saved)), Some(_)) if saved.changes.is_empty() => Verdict::Same,
        (Some(Ok(_)), Some((_, Some(now)))) if made_of.is_some_and(|made_of| made_of != *now) => {
            Verdict::Invalid(vec![format!(
                "Somebody changed this {} after the file was made: it is at version {now}, the file at {}.",
                work.resource()?.meta().singular,
                made_of.unwrap_or_default()
            )])
        }
        (Some(Ok(_)), Some((pk, version))) => Verdict::Changed(pk.clone(), *version),
        (Some(Err(error @ (Error::Unavailable(_) | Error::TooSlow))), _) => {
            return Err(anyhow::anyhow!("{error:#}").into());
        }
        (Some(Err(error)), _) => Verdict::Invalid(reasons(&work.save()?, error).unwrap_or_else(|| {
            tracing::warn!(
                error = format!("{error:#}"),
                file = work.file.id,
                "a row of an uploaded file was refused"
            );
            vec![ODD.to_owned()]
        })),
        (None, _) => return Err(anyhow::anyhow!("a row was not tried").into()),
    })
}

/// Whether an earlier row of the file means the same record or takes the same value.
fn twice(work: &Work, row: &Row, plan: &Plan, seen: &mut Seen) -> Result<Option<Vec<String>>> {
    let Plan::Write { row: before, input, .. } = plan else { return Ok(None) };
    let meta = work.resource()?.meta();
    if let Some((pk, _)) = before {
        let first = *seen.entry((KEY.into(), pk.clone())).or_insert(row.0);
        if first != row.0 {
            return Ok(Some(vec![format!("Row {first} is about the same {} already.", meta.singular)]));
        }
    }
    for field in meta.fields.iter().filter(|field| field.unique && field.name != KEY) {
        let Some(value) = input.get(&field.name).map(str::trim).filter(|value| !value.is_empty()) else {
            continue;
        };
        let first = *seen.entry((field.name.clone(), value.to_owned())).or_insert(row.0);
        if first != row.0 {
            return Ok(Some(vec![format!("{}: row {first} has the same already.", field.title)]));
        }
    }
    Ok(None)
}
