//! Reads what other systems know: each source is one file that makes plain [`record`]s of a format or a protocol.
//!
//! Nothing here knows a database, tells the time or decides what a record means; that is for those who store them.

pub mod batch;
pub mod cric;
pub mod endpoint;
pub mod fault;
pub mod fts;
pub mod ggus;
pub mod http;
pub mod input;
mod lenient;
mod lines;
pub mod monit;
pub mod panda;
pub mod reading;
pub mod record;
