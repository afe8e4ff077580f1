//! One file per page: its struct and its handlers, nothing else.

pub mod act;
pub mod action;
mod arrival;
mod asked;
pub mod autocomplete;
mod below;
mod bulk;
pub(crate) mod cell;
mod chosen;
mod conflict;
pub mod delete;
pub mod form;
pub mod history;
pub mod index;
mod inline;
pub mod list;
mod list_parts;
pub mod notes;
mod popup;
pub mod restore;
pub(crate) mod shared;
mod submit;
mod tabular;
pub mod undo;
pub mod views;
mod why;
pub(crate) mod widget;
