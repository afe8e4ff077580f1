//! Things done to rows that ask first: for new values of some fields, and for a reason.
use super::resource::{Col, Resource};
use super::{Meta, editable};
use crate::admin::AnyResource;

/// Name of the action that every resource has whose rows can be changed.
pub const EDIT: &str = "edit_selected";

/// Something done to ticked rows, or to one, that asks for values first.
pub struct Asking<R: Resource> {
    /// Value of the form's `action`.
    pub name: &'static str,
    /// What people read: an order.
    pub title: &'static str,
    /// Columns whose new values are asked for.
    pub columns: &'static [Col<R>],
    /// Whether it must be said why.
    pub reason: bool,
}

/// The same with its types erased.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskingMeta {
    /// Value of the form's `action`.
    pub name: &'static str,
    /// What people read.
    pub title: String,
    /// Names of the fields asked for.
    pub fields: Vec<String>,
    /// Whether each field is only set when it is ticked.
    pub ticked: bool,
    /// Whether it must be said why.
    pub reason: bool,
}

impl AskingMeta {
    /// Editing whatever fields one chooses.
    #[must_use]
    pub fn edit(resource: &dyn AnyResource) -> Option<Self> {
        let meta: &Meta = resource.meta();
        // No two rows could have the same of what is unique.
        let fields = editable(resource, true).filter(|(_, field)| !field.unique && !field.secret);
        let fields: Vec<String> = fields
            .map(|(_, field)| field.name.clone())
            .chain(meta.many.iter().map(|many| many.name.to_owned()))
            .collect();
        let title = format!("Edit selected {}…", meta.plural);
        (!fields.is_empty()).then_some(Self { name: EDIT, title, fields, ticked: true, reason: false })
    }

    /// The action of that name.
    #[must_use]
    pub fn named(resource: &dyn AnyResource, name: &str) -> Option<Self> {
        if name == EDIT {
            return Self::edit(resource);
        }
        resource.meta().asking.iter().find(|action| action.name == name).cloned()
    }

    /// The order without the dots that say that something is asked first.
    #[must_use]
    pub fn order(&self) -> &str {
        self.title.trim_end_matches('…')
    }
}
