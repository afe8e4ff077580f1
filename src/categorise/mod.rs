//! Sorts error messages into categories. No database and no clock: the same text always has the same category.
mod clean;
mod context;
mod date;
mod ending;
mod fault_kind;
mod head;
mod host;
mod marked;
mod name;
mod number;
mod patterns;
mod phrases;
mod piece;
mod scan;
mod shape;
mod template;
mod title;
mod token;

pub use clean::clean;
pub use head::{Head, parse as head};
pub use marked::{Part, marked};
pub use patterns::{LONGEST_PATTERN, PatternError, Patterns, check_pattern, pattern_from_template, phrase};
pub use template::{Template, template};
pub use token::Kind;
