//! Which columns a list shows, and in which order: `cols=status,last_seen`. Only what the resource lists or its
//! forms show, never a secret, and nothing that points at records one may not see.
use super::params::Params;
use crate::admin::{Actor, Column, Kind, Meta, Registry, Source, Verb, shorten};
use std::collections::BTreeMap;

/// Every column that a list can show: those declared, which `o` counts, then the others.
pub fn all(meta: &Meta) -> impl Iterator<Item = &Column> {
    meta.list.iter().chain(&meta.more)
}

/// Positions of the columns that a person can choose from.
#[must_use]
pub fn offered(registry: &Registry, meta: &Meta, actor: &Actor) -> Vec<usize> {
    let open = |column: &Column| match column.source {
        Source::Field(at) => match &meta.fields[at].kind {
            Kind::Foreign(table) => {
                registry.table(table).is_some_and(|target| actor.may(target.meta().slug, Verb::View))
            }
            _ => true,
        },
        Source::Computed(_) => true,
    };
    // What the resource lists is there for everybody who may see the list.
    all(meta)
        .enumerate()
        .filter(|(at, column)| *at < meta.list.len() || open(column))
        .map(|(at, _)| at)
        .collect()
}

/// Positions of the columns chosen, in order, and what to say about those that are not there.
#[must_use]
pub fn chosen(registry: &Registry, meta: &Meta, params: &Params, actor: &Actor) -> (Vec<usize>, Vec<String>) {
    let offered = offered(registry, meta, actor);
    let mut columns = Vec::new();
    let mut notes = Vec::new();
    for name in named(params) {
        match all(meta).position(|column| column.name == name).filter(|at| offered.contains(at)) {
            Some(at) if columns.contains(&at) => {}
            Some(at) => columns.push(at),
            None if notes.len() < 5 => {
                notes.push(format!("There is no column “{}” here; it was left out.", shorten(name, 40)));
            }
            None => {}
        }
    }
    if columns.is_empty() {
        columns = (0..meta.list.len()).collect();
    }
    (columns, notes)
}

fn named(params: &Params) -> impl Iterator<Item = &str> {
    let values = params.iter().filter(|(name, _)| *name == "cols").flat_map(|(_, value)| value.split(','));
    values.filter(|name| !name.is_empty())
}

/// The address that a form of ticks and places stands for: `cols` in the order of `_at_<column>`, left out where
/// it is the usual one. `None` if no such form was sent.
#[must_use]
pub fn submitted(meta: &Meta, params: &Params) -> Option<Params> {
    let places: BTreeMap<&str, u32> = params
        .iter()
        .filter_map(|(name, value)| {
            Some((name.strip_prefix("_at_")?, value.trim().parse().unwrap_or(u32::MAX)))
        })
        .collect();
    if places.is_empty() && params.get("_cols").is_none() {
        return None;
    }
    let mut names: Vec<&str> = Vec::new();
    if params.get("_reset").is_none() {
        for name in named(params).filter(|name| all(meta).any(|column| column.name == *name)) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    // Those without a place follow; the same place twice stays as it stood.
    names.sort_by_key(|name| places.get(name).copied().unwrap_or(u32::MAX));
    let helpers: Vec<&str> = params.iter().map(|(name, _)| name).filter(|name| helper(name)).collect();
    let bare = params.without(&helpers).without(&["cols"]);
    let usual = meta.list.iter().map(|column| column.name.as_str()).eq(names.iter().copied());
    Some(if names.is_empty() || usual { bare } else { bare.and("cols", names.join(",")) })
}

fn helper(name: &str) -> bool {
    name.starts_with("_at_") || matches!(name, "_cols" | "_reset")
}
