//! The shift: what fails now, whom to blame, what was done, and what the next shift should know.

pub mod numbers;
pub mod spark;
pub mod times;
