//! One file per page: its struct and its handlers, nothing else.

pub mod action;
mod arrival;
pub mod autocomplete;
pub(crate) mod cell;
mod conflict;
pub mod delete;
pub mod form;
pub mod history;
pub mod index;
mod inline;
pub mod list;
mod list_parts;
pub(crate) mod shared;
pub mod views;
pub(crate) mod widget;
