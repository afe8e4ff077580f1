//! The shifter's pages: what fails, and recording what was done about it.

pub mod issue;
pub mod record;
