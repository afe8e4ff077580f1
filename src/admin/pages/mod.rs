//! One file per page: its struct and its handlers, nothing else.

pub mod action;
pub mod autocomplete;
mod below;
pub(crate) mod cell;
mod conflict;
pub mod delete;
pub mod form;
pub mod history;
pub mod index;
mod inline;
pub mod list;
pub mod notes;
mod popup;
pub(crate) mod shared;
mod submit;
mod tabular;
pub(crate) mod widget;
