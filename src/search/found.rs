//! A few records of every kind that have the words.
use super::{href, visible};
use crate::admin::changelist::first::Search;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::search::Related;
use crate::admin::pages::cell::{Body, body};
use crate::admin::{AnyResource, Record, capitalise, shorten};
use crate::error::{Error, Result};
use crate::web::Visit;

/// Records shown of a kind; the list has all.
const SHOWN: u64 = 10;

/// Records of one kind.
pub(super) struct Group {
    pub(super) slug: &'static str,
    pub(super) title: String,
    pub(super) icon: &'static str,
    pub(super) count: String,
    pub(super) all: String,
    pub(super) rows: Vec<Hit>,
    pub(super) note: Option<&'static str>,
}

/// One record.
pub(super) struct Hit {
    pub(super) label: String,
    pub(super) href: String,
    pub(super) about: Vec<Body>,
}

/// Groups in which something was found, or which could not be searched in time.
pub(super) async fn groups(visit: &Visit, text: &str, words: &[String]) -> Result<Vec<Group>> {
    let db = (&visit.app.db).into();
    let search = Search { db: &db, registry: &visit.app.registry, words, text, most: SHOWN };
    let mut known = Related::default();
    let mut groups = Vec::new();
    for (resource, fields) in visible(visit) {
        let (rows, note) = match search.first(resource, &mut known).await {
            Ok(first) => (
                first.rows,
                first.recent.then_some("Only the latest were looked through. The list looks at all."),
            ),
            Err(Error::TooSlow) => (
                Vec::new(),
                Some("This took too long. Search for a longer word, or in the list with a filter."),
            ),
            Err(error) => return Err(error),
        };
        if !rows.is_empty() || note.is_some() {
            groups.push(group(visit, resource, fields, text, rows, note).await?);
        }
    }
    Ok(groups)
}

async fn group(
    visit: &Visit,
    resource: &dyn AnyResource,
    fields: &[&str],
    text: &str,
    rows: Vec<Record>,
    note: Option<&'static str>,
) -> Result<Group> {
    let meta = resource.meta();
    let most = usize::try_from(SHOWN).unwrap_or(usize::MAX);
    let fields: Vec<usize> = fields.iter().filter_map(|name| meta.field(name)).map(|(at, _)| at).collect();
    let values: Vec<_> = rows.iter().map(|row| row.values.as_slice()).collect();
    let labels = visit.app.registry.labels_of(&(&visit.app.db).into(), resource, &fields, &values).await?;
    let about = |row: &Record| {
        let bodies = fields.iter().map(|at| body(visit, meta, *at, &row.values[*at], &labels));
        bodies.filter(|body| !matches!(body, Body::Missing(_))).collect()
    };
    let hit =
        |row: &Record| Hit { label: shorten(&row.label, 160), href: href(resource, row), about: about(row) };
    Ok(Group {
        slug: meta.slug,
        title: capitalise(meta.plural),
        icon: meta.icon,
        count: if rows.len() > most { format!("{SHOWN}+") } else { rows.len().to_string() },
        all: format!("/admin/{}/{}", meta.slug, Params::default().and("q", text).href()),
        rows: rows.iter().take(most).map(hit).collect(),
        note,
    })
}
