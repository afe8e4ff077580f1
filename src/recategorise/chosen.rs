//! Issues that somebody chose, moved to a category. Those still to be moved are written down beside
//! those that were, only without a category to go to: whoever goes on after a crash knows the rest.
use super::fold::{Mover, key_of};
use super::work::{STEP, advance, end, for_whom, one};
use super::{fresh, get};
use crate::admin::{Deed, Verb, thousands};
use crate::app::App;
use crate::error::Result;
use crate::loading::CategoryBook;
use entity::recategorisation::{Entity, Kind, State};
use entity::{error_category, issue, recategorisation_move};
use sea_orm::{
    ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, Set,
};
use std::collections::{BTreeMap, HashMap};

/// So many are moved while the person waits; more, in the background.
const AT_ONCE: usize = 50;
/// Rows written or looked up by one statement.
const CHUNK: usize = 500;

/// What moving some issues to a category would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outlook {
    /// Those that would move.
    pub moves: Vec<i64>,
    /// Of these, those that become one with another, and that other.
    pub folds: BTreeMap<i64, i64>,
    /// How many are there already.
    pub stay: usize,
}

/// What moving some issues to a category would do.
///
/// # Errors
/// What the database says.
pub async fn outlook(db: &DatabaseConnection, rows: &[issue::Model], to: i64) -> Result<Outlook> {
    let moving: Vec<(i64, String)> = rows
        .iter()
        .filter(|row| row.category_id != Some(to))
        .map(|row| (row.id, key_of(row, Some(to))))
        .collect();
    let mut there: HashMap<&str, i64> = HashMap::new();
    for chunk in moving.chunks(CHUNK) {
        let found: Vec<(String, i64)> = issue::Entity::find()
            .select_only()
            .columns([issue::Column::DedupKey, issue::Column::Id])
            .filter(issue::Column::DedupKey.is_in(chunk.iter().map(|(_, key)| key.as_str())))
            .into_tuple()
            .all(db)
            .await?;
        let found: HashMap<String, i64> = found.into_iter().collect();
        there.extend(chunk.iter().filter_map(|(_, key)| Some((key.as_str(), *found.get(key)?))));
    }
    let mut folds = BTreeMap::new();
    for (id, key) in &moving {
        // The first of a link takes in the next.
        let into = *there.entry(key).or_insert(*id);
        if into != *id {
            folds.insert(*id, into);
        }
    }
    let stay = rows.len() - moving.len();
    Ok(Outlook { moves: moving.into_iter().map(|(id, _)| id).collect(), folds, stay })
}

/// Asks for issues to be moved, and moves them if they are few; gives the key of the change.
///
/// # Errors
/// Without the rights, or what the database says.
pub async fn move_issues(app: &App, deed: &Deed, issues: &[i64], to: &error_category::Model) -> Result<i64> {
    deed.actor.must("issues", Verb::Change)?;
    deed.actor.must("error-categories", Verb::Change)?;
    let count = i64::try_from(issues.len()).unwrap_or(i64::MAX);
    let noun = if count == 1 { "issue" } else { "issues" };
    let summary = format!("Move {} {noun} to “{}”", thousands(count), to.title);
    let txn = crate::db::begin(&app.db).await?;
    let mut row = fresh(Kind::Move, to.id, &summary, deed);
    row.total = Set(count);
    let id = Entity::insert(row).exec(&txn).await?.last_insert_id;
    for chunk in issues.chunks(CHUNK) {
        let plan = chunk.iter().map(|issue| recategorisation_move::ActiveModel {
            recategorisation_id: Set(id),
            issue_id: Set(*issue),
            ..Default::default()
        });
        recategorisation_move::Entity::insert_many(plan).exec_without_returning(&txn).await?;
    }
    txn.commit().await?;
    if issues.len() <= AT_ONCE {
        one(app, &get(&app.db, id).await?).await?;
    }
    Ok(id)
}

/// What is still to be moved.
fn planned(job: i64) -> Select<recategorisation_move::Entity> {
    recategorisation_move::Entity::find()
        .filter(recategorisation_move::Column::RecategorisationId.eq(job))
        .filter(recategorisation_move::Column::ToCategoryId.is_null())
        .order_by_asc(recategorisation_move::Column::Id)
        .limit(STEP)
}

/// Moves what is planned, some in each transaction, until nothing is left or somebody stops it.
pub(super) async fn forward(app: &App, id: i64) -> Result<()> {
    let job = get(&app.db, id).await?;
    let mut deed = for_whom(app, &job).await?;
    // The category may have been merged while this was waiting.
    let to = CategoryBook::read(&(&app.db).into()).await?.after_merges(job.category_id);
    loop {
        let steps = planned(id).all(&app.db).await?;
        let Some(last) = steps.last().map(|step| step.id) else { break };
        let txn = crate::db::begin(&app.db).await?;
        deed.at = app.now();
        let mover = Mover { app, txn: &txn, deed: &deed, job: Some(id) };
        let mut moved = 0;
        for step in &steps {
            moved += i64::from(mover.carry(step.issue_id, Some(to)).await?);
        }
        let done = steps.iter().map(|step| step.id);
        recategorisation_move::Entity::delete_many()
            .filter(recategorisation_move::Column::Id.is_in(done))
            .exec(&txn)
            .await?;
        let seen = i64::try_from(steps.len()).unwrap_or_default();
        if !advance(app, &txn, id, last, seen, moved).await? {
            return Ok(());
        }
        txn.commit().await?;
    }
    end(app, id, State::Done, None).await
}
