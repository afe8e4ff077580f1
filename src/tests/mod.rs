//! Integration tests: a whole application on a database of its own, driven over HTTP.
//!
//! `OPINT_TEST_DATABASE_URL` names a PostgreSQL or MariaDB server on which each test makes its own
//! database; without it, each test has its own SQLite file.

mod support;

mod accounts;
mod acts;
mod api;
mod api_tokens;
mod bulk_edit;
mod changelist;
mod checks;
mod database;
mod deletion;
mod every_resource;
mod exporting;
mod filter_form;
mod forms;
mod hostile;
mod http;
mod importing;
mod inlines;
mod issue_page;
mod jobs;
mod kept;
mod killed;
mod list_state;
mod loading;
mod movein;
mod moving;
mod notes;
mod open_forms;
mod permissions;
mod recording;
mod related;
mod report;
mod rights;
mod saved_views;
mod search;
mod sessions;
mod shift;
mod sign_in;
mod site_page;
mod sources;
mod sso;
mod suggestions;
mod taking_back;
mod undo;
mod worker;
