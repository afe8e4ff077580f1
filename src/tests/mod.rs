//! Integration tests: a whole application on a database of its own, driven over HTTP.
//!
//! `OPINT_TEST_DATABASE_URL` names a PostgreSQL or MariaDB server on which each test makes its own
//! database; without it, each test has its own SQLite file.

mod support;

mod accounts;
mod api;
mod api_tokens;
mod changelist;
mod database;
mod deletion;
mod every_resource;
mod exporting;
mod forms;
mod hostile;
mod http;
mod importing;
mod issue_page;
mod kept;
mod killed;
mod loading;
mod movein;
mod moving;
mod open_forms;
mod permissions;
mod recording;
mod report;
mod search;
mod shift;
mod sign_in;
mod site_page;
mod sources;
mod sso;
mod suggestions;
mod undo;
mod worker;
