//! The form that records what was done: suggested actions first, with the evidence for each.
use super::places::Place;
use super::rates::{Rates, Scope};
use super::record::Typed;
use super::words::{blamed_side, site_on, whereabouts};
use crate::admin::thousands;
use crate::error::{Errors, Result};
use crate::suggestions::{Context, Suggestion};
use crate::web::Visit;
use entity::issue::{self, Status};
use entity::vocabulary::Side;
use entity::{action, cause, error_category, site};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Actions offered; the others are found by typing.
pub(super) const OFFERED: usize = 8;
/// Longest list of actions or causes.
const LISTED: u64 = 500;

/// The form, empty or as it was typed.
pub(super) struct RecordForm {
    pub(super) choices: Vec<Suggestion>,
    pub(super) others: Vec<String>,
    pub(super) sides: Vec<(String, String)>,
    pub(super) causes: Vec<(i64, String)>,
    pub(super) siblings: Vec<Sibling>,
    /// When it was drawn, and with which status.
    pub(super) seen: String,
    pub(super) was: String,
    pub(super) typed: Typed,
    pub(super) errors: Errors,
    /// Whether it holds what somebody typed.
    pub(super) dirty: bool,
}

/// Another issue of the incident.
pub(super) struct Sibling {
    pub(super) id: i64,
    pub(super) place: String,
    pub(super) failures: String,
}

impl RecordForm {
    pub(super) fn typed(&self, name: &str) -> &str {
        self.typed.get(name).map_or("", String::as_str)
    }

    pub(super) fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What is known about the issue already.
pub(super) struct About<'a> {
    pub(super) issue: &'a issue::Model,
    pub(super) category: Option<&'a error_category::Model>,
    pub(super) places: &'a [Place],
    pub(super) siblings: &'a [issue::Model],
    pub(super) sites: &'a HashMap<i64, site::Model>,
    pub(super) rates: &'a Rates,
}

/// What the suggestions are for.
pub(crate) fn context(issue: &issue::Model) -> Context {
    let side = blamed_side(issue.attribution);
    Context { category: issue.category_id, operation: issue.operation, side, site: site_on(issue, side) }
}

/// The form of an issue, with what was typed into it before.
pub(super) async fn form(
    visit: &Visit,
    about: &About<'_>,
    mut typed: Typed,
    errors: Errors,
) -> Result<RecordForm> {
    let db = &visit.app.db;
    let ranked = crate::suggestions::rank(&visit.app, visit.now, &[context(about.issue)]).await?;
    let mut choices = ranked.into_iter().next().unwrap_or_default();
    choices.truncate(OFFERED);
    let names: Vec<(i64, String)> = action::Entity::find()
        .select_only()
        .columns([action::Column::Id, action::Column::Name])
        .filter(action::Column::IsRetired.eq(false))
        .order_by_asc(action::Column::Name)
        .limit(LISTED)
        .into_tuple()
        .all(db)
        .await?;
    let causes = cause::Entity::find()
        .select_only()
        .columns([cause::Column::Id, cause::Column::Name])
        .order_by_asc(cause::Column::Name)
        .limit(LISTED)
        .into_tuple()
        .all(db)
        .await?;
    let dirty = !typed.is_empty();
    // A form that asked for less, such as the board's, leaves the rest to the defaults.
    defaults(about, &choices, &mut typed);
    let others = names.into_iter().filter(|(id, _)| choices.iter().all(|offer| offer.action != *id));
    Ok(RecordForm {
        others: others.map(|(_, name)| name).collect(),
        choices,
        sides: sides(about.places),
        causes,
        siblings: about.siblings.iter().map(|other| sibling(about, other)).collect(),
        seen: visit.now.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
        was: about.issue.status.to_value(),
        typed,
        errors,
        dirty,
    })
}

fn defaults(about: &About<'_>, choices: &[Suggestion], typed: &mut Typed) {
    let first = choices.first().map_or_else(|| "other".to_owned(), |offer| offer.action.to_string());
    let status = if about.issue.status == Status::New { Status::Ongoing } else { about.issue.status };
    let cause = about.category.and_then(|category| category.cause_id);
    for (name, value) in [
        ("action", first),
        ("side", blamed_side(about.issue.attribution).to_value()),
        ("worked", "pending".to_owned()),
        ("status", status.to_value()),
        ("real_cause", cause.map_or_else(String::new, |cause| cause.to_string())),
    ] {
        typed.entry(name).or_insert(value);
    }
}

/// What can be at fault: a site by its name, and the two together where there are two.
fn sides(places: &[Place]) -> Vec<(String, String)> {
    let title = |side: Side| match side {
        Side::Source | Side::Destination => {
            places.iter().find(|place| place.side == side).map(|place| place.name.clone())
        }
        Side::Both | Side::Link if places.len() < 2 => None,
        Side::Both => Some("Both".into()),
        Side::Link => Some("The network between".into()),
        Side::Service => Some("FTS or Rucio".into()),
        Side::Unknown => Some("Not known".into()),
    };
    Side::iter().filter_map(|side| Some((side.to_value(), title(side)?))).collect()
}

fn sibling(about: &About<'_>, other: &issue::Model) -> Sibling {
    let name = |id: i64| about.sites.get(&id).map(|site| site.name.clone()).unwrap_or_default();
    Sibling {
        id: other.id,
        place: whereabouts(other, name),
        failures: thousands(about.rates.now(Scope::Issue(other.id))),
    }
}
