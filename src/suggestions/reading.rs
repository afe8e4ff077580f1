//! Suggestions from the database.
use super::{Case, Context, Offer, Ranking, Suggestion};
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::vocabulary::FaultKind;
use entity::{action, error_category, site, suggested_action};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Actions known by name, at most.
const ACTIONS: u64 = 2000;

/// What to offer in each context, best first: a constant number of statements, whatever the number of contexts.
///
/// # Errors
/// What the database says.
pub async fn rank(app: &App, now: DateTime<Utc>, contexts: &[Context]) -> Result<Vec<Vec<Suggestion>>> {
    if contexts.is_empty() {
        return Ok(Vec::new());
    }
    let db = &app.db;
    let categories: BTreeSet<i64> = contexts.iter().filter_map(|context| context.category).collect();
    let places: BTreeSet<i64> = contexts.iter().filter_map(|context| context.site).collect();
    let evidence = app.experience.evidence(app, now).await?;
    let offers = offers(db, &categories).await?;
    let kinds = kinds(db, &categories).await?;
    let actions = actions(db).await?;
    let sites = sites(db, &places).await?;
    let ranking = Ranking { evidence: &evidence, offers: &offers, actions: &actions, sites: &sites, now };
    Ok(contexts
        .iter()
        .map(|context| {
            let kind = context.category.and_then(|category| kinds.get(&category).copied().flatten());
            ranking.best(&Case { context: *context, kind })
        })
        .collect())
}

async fn offers(db: &DatabaseConnection, categories: &BTreeSet<i64>) -> Result<Vec<Offer>> {
    let rows = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.is_in(categories.iter().copied()))
        .filter(suggested_action::Column::IsActive.eq(true))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Offer::from).collect())
}

async fn kinds(
    db: &DatabaseConnection,
    categories: &BTreeSet<i64>,
) -> Result<HashMap<i64, Option<FaultKind>>> {
    use error_category::Column::{FaultKind as Kind, Id};
    let rows: Vec<(i64, Option<FaultKind>)> = error_category::Entity::find()
        .filter(Id.is_in(categories.iter().copied()))
        .select_only()
        .columns([Id, Kind])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn actions(db: &DatabaseConnection) -> Result<HashMap<i64, String>> {
    use action::Column::{Id, IsRetired, Name};
    let rows: Vec<(i64, String)> = action::Entity::find()
        .filter(IsRetired.eq(false))
        .select_only()
        .columns([Id, Name])
        .limit(ACTIONS)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn sites(db: &DatabaseConnection, places: &BTreeSet<i64>) -> Result<HashMap<i64, String>> {
    use site::Column::{Id, Name};
    let rows: Vec<(i64, String)> = site::Entity::find()
        .filter(Id.is_in(places.iter().copied()))
        .select_only()
        .columns([Id, Name])
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
