//! Ways to files from a change list.
use super::Format;
use crate::admin::changelist::params::Params;
use crate::admin::{Meta, Verb};
use crate::web::Visit;

/// What stands in the menu above a list.
pub struct Links {
    /// Formats of files, with their addresses: all that match, in the list's order.
    pub exports: Vec<(&'static str, String)>,
    /// The page that reads a file, for who may write.
    pub import: Option<String>,
}

impl Links {
    /// Those of a list as it is.
    #[must_use]
    pub fn of(visit: &Visit, meta: &Meta, params: &Params) -> Self {
        let query = params.from_start().without(&["n", "_facets"]).encoded();
        let query = if query.is_empty() { query } else { format!("?{query}") };
        let href = |format: Format| format!("/admin/{}/export/{}/{query}", meta.slug, format.name());
        Self {
            exports: Format::ALL.iter().map(|format| (format.title(), href(*format))).collect(),
            import: importable(visit, meta).then(|| format!("/admin/{}/import/", meta.slug)),
        }
    }
}

/// Whether the visitor may write rows of the resource at all.
pub(super) fn importable(visit: &Visit, meta: &Meta) -> bool {
    let may = |verb| meta.offers(verb) && visit.may(meta.slug, verb);
    may(Verb::View) && (may(Verb::Change) || may(Verb::Add) && !meta.add_page)
}
