//! How long a session lasts: it ends when it is not used for a while, and after a time however much it is
//! used. What a page asks for by itself is no use of it.
use super::session::{SEEN, SINCE, USER};
use crate::config::Config;
use crate::error::Result;
use crate::web::{Visit, broken};
use chrono::{DateTime, Utc};
use tower_sessions::Session;

/// A session that is used is prolonged this often at most, in seconds; more would write with every page.
const PROLONG: i64 = 300;
/// How long before its end people are told, in seconds.
const WARN: i64 = 300;
/// What pages ask for by themselves.
const BACKGROUND: [&str; 2] = ["/admin/session/", "/revision/"];
/// How addresses end at which a page asks how far something is.
const PROGRESS: &str = "/progress/";

/// When a session ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// In seconds since 1970.
    pub at: i64,
    /// Whether it ends then even if it is used.
    pub fixed: bool,
}

/// When a session ends that was begun and last used then.
#[must_use]
pub fn of(since: i64, seen: i64, config: &Config) -> End {
    let seconds = |time: std::time::Duration| i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
    let idle = seen.saturating_add(seconds(config.session_idle));
    let whole = since.saturating_add(seconds(config.session_whole));
    End { at: idle.min(whole), fixed: whole <= idle }
}

/// When this session ends; `None` for one that nobody has signed in with.
///
/// # Errors
/// When the session cannot be read.
pub async fn end(session: &Session, config: &Config) -> Result<Option<End>> {
    if session.get::<i64>(USER).await.map_err(broken)?.is_none() {
        return Ok(None);
    }
    let Some(seen) = session.get::<i64>(SEEN).await.map_err(broken)? else { return Ok(None) };
    // One of before sessions knew when they began.
    let since = session.get::<i64>(SINCE).await.map_err(broken)?.unwrap_or(seen);
    Ok(Some(of(since, seen, config)))
}

/// Whether a page asks for that address by itself.
#[must_use]
pub fn is_background(path: &str) -> bool {
    BACKGROUND.contains(&path) || path.ends_with(PROGRESS)
}

/// Notes that a session is used.
///
/// # Errors
/// When the session cannot be written.
pub async fn prolong(session: &Session, config: &Config, now: DateTime<Utc>) -> Result<()> {
    let idle = i64::try_from(config.session_idle.as_secs()).unwrap_or(i64::MAX);
    let seen = session.get::<i64>(SEEN).await.map_err(broken)?.unwrap_or_default();
    if now.timestamp() - seen > PROLONG.min(idle / 10) {
        touch(session, now).await?;
    }
    Ok(())
}

async fn touch(session: &Session, now: DateTime<Utc>) -> Result<()> {
    if session.get::<i64>(SINCE).await.map_err(broken)?.is_none() {
        session.insert(SINCE, now.timestamp()).await.map_err(broken)?;
    }
    session.insert(SEEN, now.timestamp()).await.map_err(broken)
}

/// The visitor says that they are still there.
///
/// # Errors
/// When the session cannot be written.
pub async fn stay(visit: &Visit) -> Result<()> {
    touch(&visit.session, visit.now).await
}

/// Seconds until the visitor's session ends, and how long before they are to be told.
///
/// # Errors
/// When the session cannot be read.
pub async fn left(visit: &Visit) -> Result<Option<(i64, i64)>> {
    if visit.actor.is_none() {
        return Ok(None);
    }
    let config = &visit.app.config;
    let warn = WARN.min(i64::try_from(config.session_idle.as_secs()).unwrap_or(WARN) / 3);
    let end = end(&visit.session, config).await?;
    Ok(end.map(|end| ((end.at - visit.now.timestamp()).max(0), warn)))
}
