//! Which action to offer first: what helped before, for this error at this site, for this error, for errors of
//! its kind, for all.
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::vocabulary::{Operation, Side};
use entity::{action, suggested_action};
use sea_orm::{ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder};
use std::collections::HashMap;

/// What something is to be done about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// The error, if it is classified.
    pub category: Option<i64>,
    /// What was being done.
    pub operation: Operation,
    /// What is at fault.
    pub side: Side,
    /// Which site is at fault, if one is.
    pub site: Option<i64>,
}

/// How often something was tried, with a known outcome, and how often it worked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Successes.
    pub worked: u64,
    /// Known outcomes.
    pub tries: u64,
}

/// One attempt, for a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tick {
    /// It worked.
    Worked,
    /// It did not.
    Failed,
    /// The failures went away after it, and nobody has confirmed that it was the reason.
    Likely,
}

/// An action to offer.
#[derive(Clone, Debug, PartialEq)]
pub struct Suggestion {
    /// Which action.
    pub action: i64,
    /// Its name.
    pub name: String,
    /// What to tell the shifter besides.
    pub text: Option<String>,
    /// The suggested action that an operator wrote, if one did for this context.
    pub suggested_action: Option<i64>,
    /// Chance that it works, 0 to 1: the mean with back-off.
    pub probability: f64,
    /// Lower end of what the evidence allows, 0 to 1; the order is by this.
    pub lower: f64,
    /// For this error at this site.
    pub here: Tally,
    /// For this error anywhere.
    pub error: Tally,
    /// For anything.
    pub all: Tally,
    /// The last attempts for this error, oldest first, at most 20.
    pub ticks: Vec<Tick>,
    /// The evidence in one sentence.
    pub why: String,
}

/// What to offer in each context, best first.
///
/// # Errors
/// What the database says.
pub async fn rank(
    db: &DatabaseConnection,
    _now: DateTime<Utc>,
    contexts: &[Context],
) -> Result<Vec<Vec<Suggestion>>> {
    let categories: Vec<i64> = contexts.iter().filter_map(|context| context.category).collect();
    let offers = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.is_in(categories))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .all(db)
        .await?;
    let names: HashMap<i64, String> =
        action::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
    Ok(contexts
        .iter()
        .map(|context| {
            let of = offers.iter().filter(|offer| Some(offer.category_id) == context.category);
            of.map(|offer| suggestion(offer, &names)).collect()
        })
        .collect())
}

fn suggestion(offer: &suggested_action::Model, names: &HashMap<i64, String>) -> Suggestion {
    Suggestion {
        action: offer.action_id,
        name: names.get(&offer.action_id).cloned().unwrap_or_default(),
        text: offer.text.clone(),
        suggested_action: Some(offer.id),
        probability: offer.prior,
        lower: offer.prior,
        here: Tally::default(),
        error: Tally::default(),
        all: Tally::default(),
        ticks: Vec::new(),
        why: "no experience yet, suggested by DDM ops".into(),
    }
}
