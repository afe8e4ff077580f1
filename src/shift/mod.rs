//! The shift: what fails now, whom to blame, what was done, and what the next shift should know.

mod address;
pub mod board;
pub mod freshness;
pub mod handover;
pub mod log;
pub mod matrix;
pub mod numbers;
mod records;
pub mod report;
pub mod site;
pub mod situation;
pub mod spark;
pub mod times;
pub mod window;
mod written;

pub use address::{site_path, site_path_for, with_query};
