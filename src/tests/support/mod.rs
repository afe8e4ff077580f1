//! What the tests stand on.

mod app;
mod client;
mod database;
mod rows;

pub(super) use app::{PASSWORD, TestApp};
pub(super) use client::{Answer, Client, encoded};
