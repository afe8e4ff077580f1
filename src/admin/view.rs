//! What a resource offers above its list: views that everybody has, and rows linked with its own to filter by.

/// A view of the list that everybody has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct View {
    /// Name in addresses.
    pub slug: &'static str,
    /// What people read.
    pub title: &'static str,
    /// Query string of the list.
    pub query: &'static str,
}

/// A view that everybody has: `view("open", "Open", "is_open__exact=true")`.
#[must_use]
pub const fn view(slug: &'static str, title: &'static str, query: &'static str) -> View {
    View { slug, title, query }
}

/// Rows linked through a table of pairs that no form edits: whether there are any can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Name in addresses.
    pub name: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// Table of pairs.
    pub pairs: &'static str,
    /// Its column towards this resource.
    pub near: &'static str,
}
