//! One endpoint for each resource, made of its declaration.
use super::endpoint::{Endpoint, Habits, Part, Source};
use crate::admin::{Meta, Registry, Source as Listed, Verb};
use sea_orm::Order;

/// Resources that stand behind an endpoint of the original, under whose address they would be.
const ORIGINAL: [&str; 2] = ["actions", "solutions"];

pub(super) fn endpoints(registry: &Registry) -> Vec<Endpoint> {
    let metas = registry.iter().map(|resource| resource.meta());
    metas.filter(|meta| !ORIGINAL.contains(&meta.slug)).map(endpoint).collect()
}

fn endpoint(meta: &Meta) -> Endpoint {
    let mut parts: Vec<Part> =
        (0..meta.fields.len()).filter(|at| !meta.fields[*at].secret).map(|at| Part::of(meta, at)).collect();
    parts.extend(meta.many.iter().enumerate().map(|(at, many)| Part {
        name: many.name.to_owned(),
        source: Source::Many(at),
        taken: (true, true),
        required: false,
        nullable: false,
        help: many.help.to_owned(),
    }));
    Endpoint {
        path: meta.slug.to_owned(),
        slug: meta.slug,
        singular: meta.singular,
        about: meta.about,
        sortable: sortable(meta, &parts),
        parts,
        // What is added on a page of its own needs what only that page asks for.
        verbs: meta.verbs.iter().copied().filter(|verb| !(*verb == Verb::Add && meta.add_page)).collect(),
        only: None,
        order: meta.order.iter().map(|(at, order)| (*at, *order == Order::Desc)).collect(),
        habits: Habits::Ours,
    }
}

/// What the change list sorts by, the key, and the time of the last change where that is listed.
fn sortable(meta: &Meta, parts: &[Part]) -> Vec<String> {
    let listed = meta.list.iter().filter(|column| column.sortable).filter_map(|column| match column.source {
        Listed::Field(at) => Some(at),
        Listed::Computed(_) => None,
    });
    let fields: Vec<usize> = listed.chain(meta.column("id")).collect();
    let sorted = parts.iter().filter(|part| part.field().is_some_and(|at| fields.contains(&at)));
    sorted.map(|part| part.name.clone()).collect()
}
