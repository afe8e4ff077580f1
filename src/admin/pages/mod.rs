//! One file per page: its struct and its handlers, nothing else.

pub mod act;
pub mod action;
mod arrival;
mod asked;
pub mod autocomplete;
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
pub mod restore;
pub(crate) mod shared;
pub mod undo;
pub mod views;
mod why;
pub(crate) mod widget;
