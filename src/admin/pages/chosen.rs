//! A simple action chosen on the list: a deletion, or one column set to one value.
use super::why::Why;
use crate::admin::{Meta, Verb};

/// What was chosen on the list.
pub(super) struct Chosen<'a> {
    pub(super) name: &'a str,
    pub(super) title: String,
    pub(super) verb: Verb,
    pub(super) field: Option<(String, &'a str)>,
    /// All rows that match, not only those ticked.
    pub(super) across: bool,
    /// The list as it was.
    pub(super) back: String,
    pub(super) why: Why,
}

impl<'a> Chosen<'a> {
    /// The action of that name.
    pub(super) fn of(meta: &'a Meta, name: &'a str, across: bool, back: &str) -> Option<Self> {
        let back = back.to_owned();
        if name == "delete_selected" {
            return Some(Self {
                name,
                title: format!("Delete selected {}", meta.plural),
                verb: Verb::Delete,
                field: None,
                across,
                back,
                why: Why::open(meta.asks_why, false),
            });
        }
        let action = meta.actions.iter().find(|action| action.name == name)?;
        let field = Some((meta.fields[action.field].name.clone(), action.value));
        Some(Self {
            name: action.name,
            title: action.title.to_owned(),
            verb: Verb::Change,
            field,
            across,
            back,
            why: Why::default(),
        })
    }
}
