//! The shift report: what was new, what was solved, what is left, and what was done; as a page, on paper, and as
//! Markdown for the e-log.

mod asked;
mod facts;
mod incidents;
pub mod interval;
mod issues;
mod markdown;
mod numbers;
mod page;
mod read;
mod rows;
mod solved;
mod summary;
mod tickets;

pub use facts::Reports;
pub use page::show;
