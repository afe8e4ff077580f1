//! Pages on which operators change categories and see what that moves: trying a pattern, splitting,
//! merging, moving chosen issues, and following a change that goes on in the background.
mod merge;
mod moving;
mod pattern;
mod progress;

pub use merge::{merge, merge_page};
pub use moving::{may_move, move_issues, move_page};
pub use pattern::{pattern_page, set_pattern, split, split_page};
pub use progress::{progress_page, turn};

use crate::admin::Verb;
use crate::error::{Error, Result};
use crate::web::{Crumb, Visit};
use entity::error_category::{Entity, Model};
use sea_orm::EntityTrait;

/// The category of a page, for somebody who may change it.
async fn category(visit: &Visit, pk: &str) -> Result<Model> {
    visit.actor()?.must("error-categories", Verb::Change)?;
    let id: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    Entity::find_by_id(id).one(&visit.app.db).await?.ok_or(Error::NotFound)
}

fn crumbs(row: &Model, here: &str) -> Vec<Crumb> {
    vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to("Error categories", "/admin/error-categories/"),
        Crumb::to(&row.title, format!("/admin/error-categories/{}/change/", row.id)),
        Crumb::here(here),
    ]
}

/// The newest change of a category that goes on in the background: where to look after asking for it.
async fn newest(visit: &Visit, category: i64) -> Result<String> {
    use entity::recategorisation::{Column, Entity};
    use sea_orm::{ColumnTrait, QueryFilter, QueryOrder};
    let row = Entity::find()
        .filter(Column::CategoryId.eq(category))
        .order_by_desc(Column::Id)
        .one(&visit.app.db)
        .await?;
    Ok(row.map_or_else(
        || format!("/admin/error-categories/{category}/change/"),
        |row| format!("/recategorisations/{}/", row.id),
    ))
}
