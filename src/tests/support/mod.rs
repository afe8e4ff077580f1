//! What the tests stand on.

mod app;
mod client;
mod database;

pub(super) use app::{PASSWORD, TestApp};
pub(super) use client::{Answer, Client};
