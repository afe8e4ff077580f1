//! Runs whose counts nobody has judged yet. That stands in the run's row, written together with the
//! counts: a process that dies before it judges owes it still, and whoever judges next pays, even if
//! there is nothing new to read by then.
use crate::app::App;
use crate::error::Result;
use entity::loader_run::{Column, Entity, Source};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};

/// Sources whose counts say who is to blame. Others use the checkpoint for a mark of their own.
const JUDGED: [Source; 2] = [Source::Fts, Source::Monit];
/// What the checkpoint of such a run says.
pub(super) const NOTE: &str = "to be judged";

/// Whether what a source counts is to be judged.
pub(super) fn counts(source: Source) -> bool {
    JUDGED.contains(&source)
}

/// Runs that are over and that nobody has judged. One under way may count more, so it is left for later.
///
/// # Errors
/// What the database says.
pub async fn unjudged(app: &App) -> Result<Vec<i64>> {
    Ok(Entity::find()
        .select_only()
        .column(Column::Id)
        .filter(Column::Source.is_in(JUDGED))
        .filter(Column::Checkpoint.eq(NOTE))
        .filter(Column::RunningKey.is_null())
        .into_tuple()
        .all(&app.db)
        .await?)
}

/// Notes that these runs are judged.
///
/// # Errors
/// What the database says.
pub async fn judged(app: &App, runs: &[i64]) -> Result<()> {
    for runs in runs.chunks(500) {
        Entity::update_many()
            .col_expr(Column::Checkpoint, Expr::value(Option::<String>::None))
            .filter(Column::Id.is_in(runs.to_vec()))
            .exec(&app.db)
            .await?;
    }
    Ok(())
}
