//! The admin engine: knows resources, never a particular one.
//!
//! A resource is declared with its types ([`Resource`]), and served without them
//! ([`AnyResource`]): declarations stay checked by the compiler, while one handler, one template
//! and one [`Save`] serve them all.

mod action_page;
mod along;
mod asking;
mod batch;
pub mod bulk;
pub mod changelist;
mod deed;
pub mod deletion;
mod erased;
pub mod exchange;
mod field;
pub mod history;
pub mod jobs;
mod json;
mod many;
mod meta;
pub mod pages;
mod registry;
mod resource;
mod save;
pub mod trace;
pub mod undo;
mod view;

pub use action_page::ActionPage;
pub use asking::{Asking, AskingMeta, EDIT};
pub use batch::{Refused, reasons};
pub use deed::{Actor, Deed};
pub use erased::{AnyResource, Fetch, Record};
pub use field::{
    Brief, Check, Field, Kind, capitalise, key_text, parse_bool, parse_moment, shorten, thousands, words,
};
pub use many::Many;
pub use meta::{ActionMeta, Column, Group, Match, Meta, Source};
pub use registry::{Labels, Reference, Registry, key_number};
pub use resource::{
    Action, ActiveModel, Choices, Col, Fieldset, Inline, Model, Resource, Search, Section, Show, Tone, Tones,
    Verb, choices, col, computed, fieldset, grants, inline, tabular,
};
pub use save::{Input, Save, Saved, Target, editable, find, in_words, version_of};
pub use view::{Linked, View, view};

/// The noun with its article: "a site", "an issue".
#[must_use]
pub fn a(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}
