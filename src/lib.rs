//! OpInt: the operational-intelligence console for distributed data management.
//!
//! Dependencies point one way: `entity` ← [`admin`] (the engine) ← [`resources`] (declarations) ←
//! [`auth`], [`console`] (pages of their own) and [`api`] (the same for programs) ← [`web`] (HTTP around them) ← [`cli`].

pub mod admin;
pub mod api;
pub mod app;
pub mod auth;
pub mod blame;
pub mod categorise;
pub mod cli;
pub mod config;
pub mod console;
pub mod db;
pub mod demo;
pub mod error;
pub mod fixture;
pub mod incidents;
pub mod knowledge;
pub mod loading;
pub mod metrics;
pub mod movein;
pub mod notify;
pub mod process;
pub mod recategorise;
pub mod resources;
pub mod search;
pub mod shift;
pub mod sources;
pub mod suggestions;
pub mod version;
pub mod web;
pub mod worker;

#[cfg(test)]
mod tests;
