//! The form that records what was done: suggested actions first, with what came of them.
use super::issue::Place;
use crate::admin::Input;
use crate::error::{Errors, Result};
use crate::web::Visit;
use entity::vocabulary::Side;
use entity::{action, action_taken, cause, error_category, issue, suggested_action};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeMap, HashMap};

/// Names of the fields of the record form.
const FIELDS: [&str; 8] = ["action", "other", "side", "real_cause", "worked", "ticket", "status", "comment"];

/// The form, empty or as it was typed.
pub(super) struct RecordForm {
    pub(super) choices: Vec<Offer>,
    pub(super) others: Vec<String>,
    pub(super) sides: Vec<(String, String)>,
    pub(super) causes: Vec<(i64, String)>,
    pub(super) typed: HashMap<&'static str, String>,
    pub(super) errors: Errors,
    /// Whether it holds what somebody typed.
    pub(super) dirty: bool,
}

impl RecordForm {
    pub(super) fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    pub(super) fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// An action offered, with the outcomes recorded for this category.
pub(super) struct Offer {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) hint: Option<String>,
    pub(super) suggested: bool,
    pub(super) worked: u64,
    pub(super) tries: u64,
}

/// What was typed into the form.
pub(super) fn typed(input: &Input) -> HashMap<&'static str, String> {
    FIELDS.into_iter().map(|name| (name, input.get(name).unwrap_or_default().to_owned())).collect()
}

/// The form of an issue, with what was typed into it before.
pub(super) async fn form(
    visit: &Visit,
    issue: &issue::Model,
    sites: &[Place],
    category: Option<&error_category::Model>,
    mut typed: HashMap<&'static str, String>,
    errors: Errors,
) -> Result<RecordForm> {
    let db = &visit.app.db;
    let actions = action::Entity::find()
        .filter(action::Column::IsRetired.eq(false))
        .order_by_asc(action::Column::Name)
        .limit(500)
        .all(db)
        .await?;
    let offers = offers(visit, category, &actions).await?;
    let dirty = !typed.is_empty();
    if !dirty {
        let first = offers.first().map_or_else(|| "other".to_owned(), |offer| offer.id.to_string());
        typed.extend([("action", first), ("side", default_side(issue)), ("worked", "pending".to_owned())]);
        typed.insert(
            "status",
            if issue.status == issue::Status::New { "ongoing".into() } else { issue.status.to_value() },
        );
        typed.insert(
            "real_cause",
            category
                .and_then(|category| category.cause_id)
                .map_or_else(String::new, |cause| cause.to_string()),
        );
    }
    let sides = Side::iter()
        .filter(|side| sites.len() == 2 || !matches!(side, Side::Both | Side::Link))
        .filter_map(|side| {
            let title = match side {
                Side::Source | Side::Destination => {
                    sites.iter().find(|place| place.side == side.to_value())?.name.clone()
                }
                Side::Both => "Both".into(),
                Side::Link => "The network between".into(),
                Side::Service => "FTS or Rucio".into(),
                Side::Unknown => "Not known".into(),
            };
            Some((side.to_value(), title))
        });
    let causes = cause::Entity::find().order_by_asc(cause::Column::Name).limit(500).all(db).await?;
    let offered: Vec<i64> = offers.iter().map(|offer| offer.id).collect();
    Ok(RecordForm {
        others: actions
            .iter()
            .filter(|action| !offered.contains(&action.id))
            .map(|action| action.name.clone())
            .collect(),
        sides: sides.collect(),
        causes: causes.into_iter().map(|cause| (cause.id, cause.name)).collect(),
        choices: offers,
        typed,
        errors,
        dirty,
    })
}

fn default_side(issue: &issue::Model) -> String {
    let side = match issue.attribution {
        issue::Attribution::Source => Side::Source,
        issue::Attribution::Destination => Side::Destination,
        issue::Attribution::Link => Side::Link,
        issue::Attribution::Service => Side::Service,
        issue::Attribution::Unclear => Side::Unknown,
    };
    side.to_value()
}

/// Suggested actions of the category in their order, then others that were tried, with what came of them.
async fn offers(
    visit: &Visit,
    category: Option<&error_category::Model>,
    actions: &[action::Model],
) -> Result<Vec<Offer>> {
    let Some(category) = category else { return Ok(Vec::new()) };
    let db = &visit.app.db;
    let suggested = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category.id))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .order_by_asc(suggested_action::Column::Id)
        .limit(50)
        .all(db)
        .await?;
    let outcomes = outcomes(visit, category.id).await?;
    let mut offers: Vec<Offer> = Vec::new();
    for (id, hint) in suggested
        .into_iter()
        .map(|row| (row.action_id, Some(row.text)))
        .chain(outcomes.keys().map(|id| (*id, None)))
    {
        let Some(action) = actions.iter().find(|action| action.id == id) else { continue };
        if offers.iter().any(|offer| offer.id == id) {
            continue;
        }
        let (worked, tries) = outcomes.get(&id).copied().unwrap_or_default();
        offers.push(Offer {
            id,
            name: action.name.clone(),
            suggested: hint.is_some(),
            hint: hint.flatten(),
            worked,
            tries,
        });
    }
    offers.truncate(8);
    Ok(offers)
}

/// Successes and tries per action for a category, of the last records with a known outcome.
async fn outcomes(visit: &Visit, category: i64) -> Result<BTreeMap<i64, (u64, u64)>> {
    let rows: Vec<(i64, action_taken::Worked)> = action_taken::Entity::find()
        .inner_join(issue::Entity)
        .filter(issue::Column::CategoryId.eq(category))
        .filter(action_taken::Column::Worked.is_in([action_taken::Worked::Yes, action_taken::Worked::No]))
        .order_by_desc(action_taken::Column::Id)
        .limit(1000)
        .select_only()
        .columns([action_taken::Column::ActionId, action_taken::Column::Worked])
        .into_tuple()
        .all(&visit.app.db)
        .await?;
    let mut outcomes: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for (action, worked) in rows {
        let (successes, tries) = outcomes.entry(action).or_default();
        *successes += u64::from(worked == action_taken::Worked::Yes);
        *tries += 1;
    }
    Ok(outcomes)
}
