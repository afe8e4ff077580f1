//! What can go wrong with a request, and what the person is told.
//!
//! An [`Error`] becomes a response that carries a [`Problem`]; `web::error_pages` draws it as a
//! page or as JSON, since only there is known who asks and how. Causes go to the log, never out.
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use sea_orm::{DbErr, RuntimeErr, SqlxError};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Messages by field name; the empty name holds those of the whole form.
pub type Errors = BTreeMap<String, Vec<String>>;

/// Result of anything a request does.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What can go wrong with a request.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such page or row.
    #[error("not found")]
    NotFound,
    /// Nobody is signed in.
    #[error("sign in first")]
    SignIn,
    /// The session had ended when the form came; the cookie brings back what was typed.
    #[error("the session of the form has ended")]
    Ended(HeaderValue),
    /// The right named is missing.
    #[error("permission {0} is missing")]
    Forbidden(String),
    /// What was asked is not allowed to anyone, for the reason given.
    #[error("{0}")]
    Refused(String),
    /// The form's token is missing or wrong.
    #[error("CSRF token missing or wrong")]
    Csrf,
    /// The address or the headers make no sense.
    #[error("{0}")]
    BadRequest(String),
    /// The method does not exist here; the ones that do.
    #[error("method not allowed")]
    Method(&'static str),
    /// Fields with something wrong.
    #[error("invalid input")]
    Invalid(Errors),
    /// The row was changed by somebody else since it was read.
    #[error("changed by somebody else")]
    Conflict,
    /// Other rows need the row.
    #[error("{0}")]
    Protected(String),
    /// The database cannot be reached or written.
    #[error("database unavailable")]
    Unavailable(#[source] DbErr),
    /// The request is larger than anything a form of ours sends.
    #[error("request too large")]
    TooLarge,
    /// A query took too long.
    #[error("query took too long")]
    TooSlow,
    /// Others wrote the same rows at the same moment, and the database undid this writer's work.
    #[error("two writers crossed")]
    Crossed,
    /// A fault of ours.
    #[error(transparent)]
    Internal(#[from] anyhow::Error),
}

impl Error {
    /// One message for one field.
    #[must_use]
    pub fn field(name: &str, message: impl Into<String>) -> Self {
        Self::Invalid(Errors::from([(name.to_owned(), vec![message.into()])]))
    }

    /// The error of somebody else who asked for the same at the same time.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "fits map_err")]
    pub fn shared(error: Arc<Self>) -> Self {
        match &*error {
            Self::TooSlow => Self::TooSlow,
            Self::Crossed => Self::Crossed,
            Self::Unavailable(cause) => Self::Unavailable(DbErr::Custom(cause.to_string())),
            other => Self::Internal(anyhow::anyhow!("{other:#}")),
        }
    }

    /// Its status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignIn | Self::Ended(_) => StatusCode::UNAUTHORIZED,
            Self::Forbidden(_) | Self::Refused(_) | Self::Csrf => StatusCode::FORBIDDEN,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict | Self::Protected(_) => StatusCode::CONFLICT,
            Self::Unavailable(_) | Self::TooSlow | Self::Crossed => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl From<DbErr> for Error {
    fn from(error: DbErr) -> Self {
        if too_slow(&error) {
            Self::TooSlow
        } else if crossed(&error) {
            Self::Crossed
        } else if unavailable(&error) {
            Self::Unavailable(error)
        } else {
            Self::Internal(error.into())
        }
    }
}

fn sqlx(error: &DbErr) -> Option<&SqlxError> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(cause))
        | DbErr::Exec(RuntimeErr::SqlxError(cause))
        | DbErr::Query(RuntimeErr::SqlxError(cause)) => Some(cause),
        _ => None,
    }
}

/// PostgreSQL `query_canceled`, MariaDB `max_statement_time exceeded`.
fn too_slow(error: &DbErr) -> bool {
    let Some(SqlxError::Database(cause)) = sqlx(error) else { return false };
    matches!(cause.code().as_deref(), Some("57014" | "70100"))
}

/// PostgreSQL `deadlock_detected`; there and on MariaDB, `serialization_failure`, which is MariaDB's deadlock, too.
fn crossed(error: &DbErr) -> bool {
    let Some(SqlxError::Database(cause)) = sqlx(error) else { return false };
    matches!(cause.code().as_deref(), Some("40P01" | "40001"))
}

/// The connection is gone, or the database cannot write: SQLite 5 busy, 8 read-only, 10 I/O,
/// 13 full, 14 cannot open; PostgreSQL classes 08, 53 and 57; read-only transaction 25006.
fn unavailable(error: &DbErr) -> bool {
    match error {
        DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => return true,
        _ => {}
    }
    match sqlx(error) {
        Some(
            SqlxError::Io(_)
            | SqlxError::PoolTimedOut
            | SqlxError::PoolClosed
            | SqlxError::Tls(_)
            | SqlxError::WorkerCrashed,
        ) => true,
        Some(SqlxError::Database(cause)) => cause.code().is_some_and(|code| {
            code.parse::<u32>()
                .is_ok_and(|number| matches!(number & 0xff, 5 | 8 | 10 | 13 | 14) && code.len() < 5)
                || (code.len() == 5 && ["08", "53", "57"].iter().any(|class| code.starts_with(class)))
                || code == "25006"
        }),
        _ => false,
    }
}

/// What the person is told; travels in the response until it is drawn.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Heading.
    pub title: String,
    /// What happened and what to do.
    pub text: String,
    /// Messages by field, for JSON.
    pub errors: Arc<Errors>,
}

impl Problem {
    /// What a bare status code means, where no [`Error`] of ours said it.
    #[must_use]
    pub fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::of(&Error::NotFound),
            StatusCode::METHOD_NOT_ALLOWED => Self::of(&Error::Method("")),
            StatusCode::PAYLOAD_TOO_LARGE => Self::of(&Error::TooLarge),
            StatusCode::SERVICE_UNAVAILABLE | StatusCode::REQUEST_TIMEOUT | StatusCode::GATEWAY_TIMEOUT => {
                Self::of(&Error::TooSlow)
            }
            status if status.is_client_error() => {
                Self::new("This request makes no sense", "The address or the data sent cannot be read.")
            }
            _ => Self::of(&Error::Internal(anyhow::anyhow!("bare status"))),
        }
    }

    fn new(title: &str, text: impl Into<String>) -> Self {
        Self { title: title.to_owned(), text: text.into(), errors: Arc::default() }
    }

    fn of(error: &Error) -> Self {
        match error {
            Error::NotFound => Self::new(
                "There is nothing here",
                "The record was deleted, or the address has a typing error.",
            ),
            Error::SignIn | Error::Ended(_) => Self::new("Sign in first", "This page needs an account."),
            Error::Forbidden(right) => Self::new(
                "You may not do this",
                format!(
                    "It needs the right “{right}”. Ask an administrator for it, or for a group that has it."
                ),
            ),
            Error::Refused(why) => Self::new("This is not allowed", why.clone()),
            Error::Csrf => Self::new(
                "The form has expired",
                "Nothing was saved. This page did not come with the token that OpInt gave to your browser: you may have \
                 signed in or out in another tab, or cookies are blocked. Go back, reload the form and send it again.",
            ),
            Error::BadRequest(why) => Self::new("This request makes no sense", why.clone()),
            Error::Method(_) => {
                Self::new("This address does not take such requests", "Use the form on the page before.")
            }
            Error::Invalid(errors) => Self {
                errors: Arc::new(errors.clone()),
                ..Self::new("Some fields need a change", "Nothing was saved.")
            },
            Error::Conflict => Self::new(
                "Somebody else changed this",
                "Nothing was saved. Open the record again to see both versions.",
            ),
            Error::Protected(why) => Self::new("Other records need this one", why.clone()),
            Error::Unavailable(_) => Self::new(
                "OpInt cannot reach its database",
                "Nothing you saved before is lost, but nothing can be saved now. OpInt tries again with every request.",
            ),
            Error::TooLarge => Self::new(
                "This is too much at once",
                "Nothing was saved. Shorten the text, or select fewer records; go back and your input is still there.",
            ),
            Error::TooSlow => Self::new(
                "This took too long",
                "The search or filter reads too many records. Narrow it: add a filter, a longer word, or a date range.",
            ),
            Error::Crossed => Self::new(
                "Somebody wrote at the same moment",
                "Nothing was saved. Go back, where your input still is, and send it again.",
            ),
            Error::Internal(_) => Self::new(
                "Something went wrong on our side",
                "The fault was logged. If it happens again, give the reference below to the operators.",
            ),
        }
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match &self {
            Self::Internal(cause) => tracing::error!(error = format!("{cause:#}"), "request failed"),
            Self::Unavailable(cause) => tracing::error!(error = %cause, "database unavailable"),
            Self::Forbidden(_) | Self::Refused(_) | Self::Csrf | Self::BadRequest(_) => {
                tracing::info!(reason = %self, "request refused")
            }
            _ => tracing::debug!(reason = %self, "request answered with an error"),
        }
        let mut response = self.status().into_response();
        response.extensions_mut().insert(Problem::of(&self));
        match self {
            Self::Method(allowed) => {
                drop(response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed)));
            }
            Self::Ended(cookie) => drop(response.headers_mut().insert(header::SET_COOKIE, cookie)),
            _ => {}
        }
        response
    }
}
