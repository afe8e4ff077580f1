//! Pages of accounts: signing in and out, passwords, adding a user.
mod agent;
mod csv;
mod login;
mod passwords;
mod rights;
mod sessions;
mod tokens;
mod user_add;

pub(crate) use login::safe_next;
pub use login::{login, login_page, logout, theme};
pub use passwords::{change_password, password_done, password_page, set_password, set_password_page};
pub use rights::{own_rights, rights_of_page, rights_page};
pub use sessions::{end_own_sessions, end_sessions, own_sessions, session_left, sessions_page, stay};
pub use tokens::{add_token, add_token_page, revoke, revoke_page};
pub use user_add::{add_user, add_user_page};
