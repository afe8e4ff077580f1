//! Finds a site by the name in the address, or what could be meant by it.
use crate::error::Result;
use entity::site::{self, Model};
use entity::site_alias;
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, Iterable, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeSet;

/// Longer names nothing has.
const LONGEST: usize = 255;
/// So many names are offered.
const OFFERED: usize = 10;
/// Fewer letters are part of too many names.
const SHORTEST: usize = 3;

/// What a name leads to.
pub(super) enum Found {
    /// The site of that name.
    Site(Box<Model>),
    /// The same name in other letters.
    Named(String),
    /// No site; perhaps one of these.
    Perhaps(Vec<String>),
}

pub(super) async fn find(db: &DatabaseConnection, name: &str) -> Result<Found> {
    if name.contains('\0') || name.chars().count() > LONGEST {
        return Ok(Found::Perhaps(Vec::new()));
    }
    if let Some(site) = site::Entity::find().filter(site::Column::Name.eq(name)).one(db).await? {
        // Some databases compare without case.
        return Ok(if site.name == name { Found::Site(Box::new(site)) } else { Found::Named(site.name) });
    }
    let sites: Vec<(i64, String)> = site::Entity::find()
        .select_only()
        .columns([site::Column::Id, site::Column::Name])
        .order_by_asc(site::Column::Name)
        .into_tuple()
        .all(db)
        .await?;
    let typed = name.trim().to_lowercase();
    if let Some((_, name)) = sites.iter().find(|(_, known)| known.to_lowercase() == typed) {
        return Ok(Found::Named(name.clone()));
    }
    let aliases = aliases(db, name.trim()).await?;
    let alike = |known: &str| {
        let known = known.to_lowercase();
        typed.chars().count() >= SHORTEST
            && (known.contains(&typed) || (known.chars().count() >= SHORTEST && typed.contains(&known)))
    };
    let by_alias = sites.iter().filter(|(id, _)| aliases.contains(id));
    let by_name = sites.iter().filter(|(id, known)| !aliases.contains(id) && alike(known));
    Ok(Found::Perhaps(by_alias.chain(by_name).take(OFFERED).map(|(_, name)| name.clone()).collect()))
}

/// Sites that an experiment, Rucio or the net calls so.
async fn aliases(db: &DatabaseConnection, name: &str) -> Result<BTreeSet<i64>> {
    let kinds = site_alias::Kind::iter().map(|kind| kind.to_value());
    let rows: Vec<i64> = site_alias::Entity::find()
        .select_only()
        .column(site_alias::Column::SiteId)
        .filter(site_alias::Column::Kind.is_in(kinds))
        .filter(site_alias::Column::Value.is_in([name.to_owned(), name.to_lowercase(), name.to_uppercase()]))
        .limit(OFFERED as u64)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
