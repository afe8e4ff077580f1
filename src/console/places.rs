//! The sites of an issue in their roles, with the pages about them.
use super::words::{blamed_side, site_on};
use crate::app::App;
use crate::error::Result;
use crate::loading::UNKNOWN;
use crate::sources::cric::Cric;
use entity::vocabulary::Side;
use entity::{issue, site};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use std::collections::{BTreeSet, HashMap};

/// Where CRIC is unless the configuration says otherwise.
const CRIC: &str = "https://wlcg-cric.cern.ch";

/// A site in its role.
pub(super) struct Place {
    pub(super) side: Side,
    pub(super) name: String,
    pub(super) about: String,
    pub(super) href: String,
    /// Its page in CRIC; none for what is no site.
    pub(super) cric: Option<String>,
    pub(super) blamed: bool,
}

/// Sites by key.
pub(super) async fn sites(app: &App, keys: BTreeSet<i64>) -> Result<HashMap<i64, site::Model>> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = site::Entity::find().filter(site::Column::Id.is_in(keys)).all(&app.db).await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// An issue's sites in their roles, source first.
pub(super) fn places(app: &App, issue: &issue::Model, sites: &HashMap<i64, site::Model>) -> Vec<Place> {
    let place = |(side, role): (Side, &'static str)| {
        let site = sites.get(&site_on(issue, side)?)?;
        let tier = site.tier.map(|tier| format!("T{tier}"));
        let about = [site.country.clone(), tier, Some(role.to_owned())];
        Some(Place {
            side,
            name: site.name.clone(),
            about: about.into_iter().flatten().collect::<Vec<_>>().join(", "),
            href: crate::shift::site_path(&site.name),
            cric: cric_page(app, &site.name),
            blamed: blamed_side(issue.attribution) == side,
        })
    };
    [(Side::Source, "source"), (Side::Destination, "destination")].into_iter().filter_map(place).collect()
}

/// The page of a site in CRIC; none for what is no site.
pub(crate) fn cric_page(app: &App, site: &str) -> Option<String> {
    let cric = Cric::new(app.config.cric.as_ref().map_or(CRIC, |cric| cric.url.as_str())).ok()?;
    (site != UNKNOWN).then(|| cric.page(site))
}
