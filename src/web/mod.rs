//! HTTP around the engine: who visits, what every response carries, how errors look.

pub mod assets;
mod error_pages;
mod form;
mod layers;
mod metrics;
mod page;
mod router;
mod upload;
mod visit;

pub use assets::asset;
pub use form::Posted;
pub use metrics::metrics_router;
pub use page::{Chrome, Crumb, found, render};
pub use router::router;
pub use upload::Uploaded;
pub(crate) use visit::broken;
pub use visit::{Level, Message, Visit};
