//! The acceptance checks of an admin, by their numbers: what anybody may expect of one whatever it is written in,
//! distilled from Django's own tests. The table at the end of `docs/behaviours.md` lists them all. Checks of what a
//! script does are in `browser/checks.test.mjs`; where OpInt departs from Django on purpose, a comment says so.

mod actions;
mod dates;
mod deletion;
mod errors;
mod filters;
mod forms;
mod index;
mod pages;
mod saving;
mod search;
mod sign_in;
mod sorting;
mod users;
