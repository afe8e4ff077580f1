//! Moves issues in the background, some at a time: each step is a transaction with its progress, so
//! it can be stopped, and goes on where it was after a crash.
use super::fold::{self, Mover};
use super::{Before, chosen, get};
use crate::admin::{Deed, Input, Save, Target};
use crate::app::App;
use crate::error::{Error, Result};
use crate::loading::{Belongs, CategoryBook};
use chrono::{DateTime, TimeDelta, Utc};
use entity::audit_log::Source;
use entity::recategorisation::{Column, Entity, Kind, Model, State};
use entity::{error_category, issue, recategorisation_move, user};
use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Value,
};

/// Issues of one step.
pub(super) const STEP: u64 = 200;
/// After this without a step, another process may go on.
const LEASE: TimeDelta = TimeDelta::seconds(60);

/// Those that somebody must go on with.
fn open(now: DateTime<Utc>) -> Condition {
    let words = [State::Queued, State::Running, State::Undoing].map(|state| state.to_value());
    Condition::all()
        .add(Column::State.is_in(words))
        .add(Condition::any().add(Column::LeaseUntil.is_null()).add(Column::LeaseUntil.lte(now)))
}

/// Whether anything is to be done.
///
/// # Errors
/// What the database says.
pub async fn waiting(app: &App) -> Result<bool> {
    let first = Entity::find().select_only().column(Column::Id).filter(open(app.now())).limit(1);
    Ok(first.into_tuple::<i64>().one(&app.db).await?.is_some())
}

/// Does all that is waiting, oldest first.
///
/// # Errors
/// What the database says.
pub async fn work(app: &App) -> Result<()> {
    while let Some(job) = Entity::find().filter(open(app.now())).order_by_asc(Column::Id).one(&app.db).await?
    {
        one(app, &job).await?;
    }
    Ok(())
}

/// Does one, unless another process is about to.
pub(super) async fn one(app: &App, job: &Model) -> Result<()> {
    if !claim(app, job).await? {
        return Ok(());
    }
    let done = match (job.state, job.kind) {
        (State::Undoing, _) => undo(app, job.id).await,
        (_, Kind::Move) => chosen::forward(app, job.id).await,
        _ => forward(app, job.id).await,
    };
    if let Err(error) = done {
        tracing::warn!(job = job.id, %error, "a recategorisation broke off");
        end(app, job.id, State::Failed, Some(error.to_string())).await?;
    }
    app.forget();
    Ok(())
}

async fn claim(app: &App, job: &Model) -> Result<bool> {
    let now = app.now();
    let total = match job.kind {
        // The number that was chosen.
        Kind::Move => job.total,
        _ => i64::try_from(issue::Entity::find().count(&app.db).await?).unwrap_or(i64::MAX),
    };
    let state = if job.state == State::Undoing { State::Undoing } else { State::Running };
    let claimed = Entity::update_many()
        .col_expr(Column::LeaseUntil, Expr::value(now + LEASE))
        .col_expr(Column::State, Expr::value(state.to_value()))
        .col_expr(Column::Total, Expr::value(total))
        .col_expr(Column::StartedAt, Expr::value(job.started_at.unwrap_or(now)))
        .filter(Column::Id.eq(job.id))
        .filter(open(now))
        .exec(&app.db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

pub(super) async fn end(app: &App, id: i64, state: State, error: Option<String>) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(state.to_value()))
        .col_expr(Column::FinishedAt, Expr::value(app.now()))
        .col_expr(Column::LeaseUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(Column::Error, Expr::value(error.map(|error| crate::admin::shorten(&error, 1000))))
        .filter(Column::Id.eq(id))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Goes through all issues by key; `false` from a step means that somebody stopped it, or that it is done.
async fn forward(app: &App, id: i64) -> Result<()> {
    let job = get(&app.db, id).await?;
    let mut deed = for_whom(app, &job).await?;
    let mut book = CategoryBook::read(&(&app.db).into()).await?;
    let mut cursor = job.cursor;
    loop {
        let rows = issue::Entity::find()
            .filter(issue::Column::Id.gt(cursor))
            .order_by_asc(issue::Column::Id)
            .limit(STEP)
            .all(&app.db)
            .await?;
        let Some(last) = rows.last().map(|row| row.id) else { break };
        let txn = crate::db::begin(&app.db).await?;
        deed.at = app.now();
        let mut moved = 0;
        for row in &rows {
            if let Some(to) = target(app, &txn, &deed, &mut book, &job, row).await? {
                let mover = Mover { app, txn: &txn, deed: &deed, job: Some(job.id) };
                moved += i64::from(mover.carry(row.id, Some(to)).await?);
            }
        }
        let seen = i64::try_from(rows.len()).unwrap_or_default();
        if !advance(app, &txn, job.id, last, seen, moved).await? {
            // Stopped meanwhile: this step is given up.
            return Ok(());
        }
        txn.commit().await?;
        cursor = last;
    }
    end(app, id, State::Done, None).await
}

/// The system moves issues in the name of whoever asked for it, so that the history says who.
pub(super) async fn for_whom(app: &App, job: &Model) -> Result<Deed> {
    let mut deed = Deed::system(Source::System, app.now());
    if let Some(id) = job.user_id
        && let Some(user) = user::Entity::find_by_id(id).one(&app.db).await?
    {
        (deed.actor.id, deed.actor.username) = (Some(user.id), user.username);
    }
    Ok(deed)
}

/// Where an issue has to go by this change, if it is not there.
async fn target(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
    book: &mut CategoryBook,
    job: &Model,
    row: &issue::Model,
) -> Result<Option<i64>> {
    let to = match job.kind {
        Kind::Merge => match row.category_id {
            Some(category) if book.after_merges(category) == job.category_id => Some(job.category_id),
            _ => return Ok(None),
        },
        // Those were chosen one by one.
        Kind::Move => return Ok(None),
        Kind::Pattern => match book.find(row.operation, &row.message) {
            Belongs::To(id) if id == job.category_id || row.category_id == Some(job.category_id) => Some(id),
            Belongs::Nowhere(template) if row.category_id == Some(job.category_id) => {
                book.propose(&app.registry, txn, deed, &template, &row.message).await?
            }
            _ => None,
        },
    };
    Ok(to.filter(|to| row.category_id != Some(*to)))
}

/// Writes the progress of a step; `false` if it is no longer to go on.
pub(super) async fn advance(
    app: &App,
    txn: &DatabaseTransaction,
    id: i64,
    cursor: i64,
    seen: i64,
    moved: i64,
) -> Result<bool> {
    use sea_orm::sea_query::ExprTrait;
    let kept = Entity::update_many()
        .col_expr(Column::Cursor, Expr::value(cursor))
        .col_expr(Column::Seen, Expr::col(Column::Seen).add(seen))
        .col_expr(Column::Moved, Expr::col(Column::Moved).add(moved))
        .col_expr(Column::LeaseUntil, Expr::value(app.now() + LEASE))
        .filter(Column::Id.eq(id))
        .filter(Column::State.eq(State::Running))
        .exec(txn)
        .await?;
    Ok(kept.rows_affected == 1)
}

/// Moves everything back, the last first, then gives the category what it had before.
async fn undo(app: &App, id: i64) -> Result<()> {
    let job = get(&app.db, id).await?;
    let deed = Deed::system(Source::System, app.now());
    loop {
        let moves = recategorisation_move::Entity::find()
            .filter(recategorisation_move::Column::RecategorisationId.eq(id))
            .order_by_desc(recategorisation_move::Column::Id)
            .limit(STEP)
            .all(&app.db)
            .await?;
        if moves.is_empty() {
            break;
        }
        let txn = crate::db::begin(&app.db).await?;
        for step in &moves {
            let mover = Mover { app, txn: &txn, deed: &deed, job: None };
            match &step.snapshot {
                Some(snapshot) => fold::unfold(&mover, step, snapshot).await?,
                // Stopped before it came to this one.
                None if step.to_category_id.is_none() => {}
                None => drop(mover.carry(step.issue_id, step.from_category_id).await?),
            }
            recategorisation_move::Entity::delete_by_id(step.id).exec(&txn).await?;
        }
        Entity::update_many()
            .col_expr(Column::LeaseUntil, Expr::value(app.now() + LEASE))
            .filter(Column::Id.eq(id))
            .exec(&txn)
            .await?;
        txn.commit().await?;
    }
    let txn = crate::db::begin(&app.db).await?;
    restore(app, &txn, &deed, &job).await?;
    txn.commit().await?;
    end(app, id, State::Undone, None).await
}

/// Gives the category what it had, through the same save as a form; what follows from that is done already.
async fn restore(app: &App, txn: &DatabaseTransaction, deed: &Deed, job: &Model) -> Result<()> {
    let before: Before =
        job.detail.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let (id, fields) = match (job.kind, before.merged) {
        (Kind::Merge, Some((id, state))) => {
            (id, vec![("state".to_owned(), state), ("merged_into".to_owned(), String::new())])
        }
        (Kind::Pattern, _) => (
            job.category_id,
            vec![
                ("pattern".to_owned(), before.pattern.unwrap_or_default()),
                ("priority".to_owned(), before.priority.to_string()),
            ],
        ),
        _ => return Ok(()),
    };
    if error_category::Entity::find_by_id(id).one(txn).await?.is_none() {
        return Ok(());
    }
    let resource = app.registry.table("error_category").ok_or(Error::NotFound)?;
    let save = Save { registry: &app.registry, resource, deed, given: Vec::<(&'static str, Value)>::new() };
    save.run(txn, Target::Row(&id.to_string(), None), &Input::partial(fields)).await?;
    // The save asked for what follows from it, which has just been done by hand.
    Entity::delete_many()
        .filter(Column::Id.gt(job.id))
        .filter(Column::State.eq(State::Queued))
        .filter(Column::UserId.is_null())
        .filter(Column::CreatedAt.eq(deed.at))
        .exec(txn)
        .await?;
    Ok(())
}
