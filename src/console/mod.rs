//! The shifter's pages: what fails, and recording what was done about it.

mod form;
pub mod issue;
pub mod record;
