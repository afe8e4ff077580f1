//! OpInt: the operational-intelligence console for distributed data management.
//!
//! Dependencies point one way: `entity` ← [`admin`] (the engine) ← [`resources`] (declarations) ←
//! [`auth`] and [`console`] (pages of their own) ← [`web`] (HTTP around them) ← [`cli`].

pub mod admin;
pub mod app;
pub mod auth;
pub mod cli;
pub mod config;
pub mod console;
pub mod db;
pub mod demo;
pub mod error;
pub mod metrics;
pub mod resources;
pub mod version;
pub mod web;

#[cfg(test)]
mod tests;
