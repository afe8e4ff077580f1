//! One request: who makes it, from where, with which session.
use crate::admin::{Actor, Deed, Verb};
use crate::app::{App, random_token};
use crate::auth::{account, lasting, session};
use crate::error::{Error, Result};
use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use chrono::{DateTime, Utc};
use entity::audit_log::Source;
use sea_orm::EntityTrait;
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use tower_sessions::Session;

/// Messages that wait for the next page; older ones have had their time.
const MESSAGES_KEPT: usize = 10;

/// Nobody keeps a copy: after sign-out, Back shows nothing.
pub(super) const PRIVATE: &str = "max-age=0, no-cache, no-store, must-revalidate, private";

/// One request.
#[derive(Clone)]
pub struct Visit {
    /// The application.
    pub app: App,
    /// The browser's session.
    pub session: Session,
    /// Who is signed in.
    pub actor: Option<Arc<Actor>>,
    /// Number of the request.
    pub request_id: String,
    /// Where it comes from.
    pub address: String,
    /// What the browser calls itself.
    pub agent: String,
    /// Path asked for.
    pub path: String,
    /// Query string asked for.
    pub query: String,
    /// Colour theme: `light`, `dark` or empty for the system's.
    pub theme: String,
    /// Cookies.
    pub jar: CookieJar,
    /// When it came.
    pub now: DateTime<Utc>,
    /// Whether the asker reads JSON rather than pages.
    pub json: bool,
    /// What the request writes is one operation.
    pub operation: String,
}

/// How a message looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Level {
    /// It is done.
    Good,
    /// Take note.
    Warn,
    /// It is not done.
    Bad,
}

/// A message on the next page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// How it looks.
    pub level: Level,
    /// Before the link.
    pub before: String,
    /// The link's text and address.
    pub link: Option<(String, String)>,
    /// After the link.
    pub after: String,
    /// A button that takes back what was done: what it says, and where it posts to.
    #[serde(default)]
    pub undo: Option<(String, String)>,
}

impl Message {
    /// A message without a link.
    #[must_use]
    pub fn plain(level: Level, text: impl Into<String>) -> Self {
        Self { level, before: text.into(), link: None, after: String::new(), undo: None }
    }

    /// The message with a button that takes back what was done.
    #[must_use]
    pub fn with_undo(self, label: impl Into<String>, action: impl Into<String>) -> Self {
        Self { undo: Some((label.into(), action.into())), ..self }
    }
}

/// Finds out who visits, before anything else looks at the request.
pub(super) async fn attach(
    State(app): State<App>,
    session: Session,
    jar: CookieJar,
    mut request: Request,
    next: Next,
) -> Response {
    let (mut parts, body) = request.into_parts();
    let visit = match visit(app, session, jar, &parts).await {
        Ok(visit) => visit,
        Err(error) => return error.into_response(),
    };
    if let Some(actor) = &visit.actor {
        tracing::Span::current().record("user", &actor.username);
    }
    let who = crate::auth::kept::remember(&visit);
    parts.extensions.insert(visit);
    request = Request::from_parts(parts, body);
    let mut response = next.run(request).await;
    // Redirects and errors are as private as pages.
    let headers = response.headers_mut();
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static(PRIVATE));
    headers.entry(header::VARY).or_insert(HeaderValue::from_static("Cookie"));
    if let Some(who) = who {
        headers.append(header::SET_COOKIE, who);
    }
    response
}

async fn visit(app: App, session: Session, jar: CookieJar, parts: &Parts) -> Result<Visit> {
    let now = app.now();
    let actor = signed_in(&app, &session, now, parts.uri.path()).await?;
    let theme = jar
        .get("opint_theme")
        .map(|cookie| cookie.value())
        .filter(|theme| matches!(*theme, "light" | "dark"));
    Ok(Visit {
        actor: actor.map(Arc::new),
        request_id: header_text(&parts.headers, "x-request-id").chars().take(64).collect(),
        address: address(&app, parts),
        agent: header_text(&parts.headers, header::USER_AGENT.as_str()).chars().take(300).collect(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        theme: theme.unwrap_or_default().to_owned(),
        json: header_text(&parts.headers, header::ACCEPT.as_str()).starts_with("application/json"),
        operation: random_token(),
        app,
        session,
        jar,
        now,
    })
}

/// The user of a session, if the account is still what it was when they signed in.
async fn signed_in(app: &App, session: &Session, now: DateTime<Utc>, path: &str) -> Result<Option<Actor>> {
    let Some(id) = session.get::<i64>(session::USER).await.map_err(broken)? else { return Ok(None) };
    let user = entity::user::Entity::find_by_id(id).one(&app.db).await?;
    let stamp = session.get::<String>(session::STAMP).await.map_err(broken)?;
    let valid = user
        .filter(|user| user.is_active && user.is_staff && stamp.as_deref() == Some(&account::stamp(user)));
    let over = lasting::end(session, &app.config).await?.is_some_and(|end| end.at <= now.timestamp());
    let Some(user) = valid.filter(|_| !over) else {
        session.flush().await.map_err(broken)?;
        return Ok(None);
    };
    if !lasting::is_background(path) {
        lasting::prolong(session, &app.config, now).await?;
    }
    account::actor(app, &user).await.map(Some)
}

/// A session that cannot be read is the database's fault.
pub(crate) fn broken(error: tower_sessions::session::Error) -> Error {
    Error::Unavailable(sea_orm::DbErr::Custom(error.to_string()))
}

fn header_text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

/// The address of the visitor: the last one that no trusted proxy vouches for.
fn address(app: &App, parts: &Parts) -> String {
    let trusted =
        |address: &IpAddr| app.config.trusted_proxies.iter().any(|network| network.contains(address));
    let Some(peer) = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip().to_canonical())
    else {
        return "unknown".into();
    };
    let mut address = peer;
    let forwarded = parts
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|value| value.to_str().ok())
        .collect::<Vec<_>>()
        .join(",");
    for hop in forwarded.rsplit(',').map(str::trim).take(10) {
        if !trusted(&address) {
            break;
        }
        match hop.parse::<IpAddr>() {
            Ok(hop) => address = hop.to_canonical(),
            Err(_) => break,
        }
    }
    address.to_string()
}

impl Visit {
    /// Who is signed in.
    ///
    /// # Errors
    /// [`Error::SignIn`].
    pub fn actor(&self) -> Result<&Arc<Actor>> {
        self.actor.as_ref().ok_or(Error::SignIn)
    }

    /// Whether the visitor may do that.
    #[must_use]
    pub fn may(&self, slug: &str, verb: Verb) -> bool {
        self.actor.as_ref().is_some_and(|actor| actor.may(slug, verb))
    }

    /// A write by the visitor.
    ///
    /// # Errors
    /// [`Error::SignIn`].
    pub fn deed(&self) -> Result<Deed> {
        Ok(Deed {
            actor: (**self.actor()?).clone(),
            at: self.now,
            source: Source::Form,
            request_id: Some(self.request_id.clone()).filter(|id| !id.is_empty()),
            address: Some(self.address.clone()),
            operation: self.operation.clone(),
            reason: None,
        })
    }

    /// Where to take back what this request writes.
    #[must_use]
    pub fn undo(&self) -> String {
        format!("/admin/undo/{}/", self.operation)
    }

    /// The token that the visitor's forms must bring, masked.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub async fn csrf(&self) -> Result<String> {
        if self.actor.is_none() {
            return Ok(crate::auth::csrf::anonymous(&self.jar).unwrap_or_default());
        }
        if let Some(token) = self.session.get::<String>(session::CSRF).await.map_err(broken)? {
            return Ok(token);
        }
        let token = random_token();
        self.session.insert(session::CSRF, &token).await.map_err(broken)?;
        Ok(token)
    }

    /// Says something on the next page; the same twice, as after a double click, only once.
    ///
    /// # Errors
    /// When the session cannot be written.
    pub async fn say(&self, message: Message) -> Result<()> {
        let mut messages: Vec<Message> =
            self.session.get(session::MESSAGES).await.map_err(broken)?.unwrap_or_default();
        if !messages.contains(&message) {
            messages.push(message);
        }
        // A program that posts and never looks at a page would fill its session.
        messages.drain(..messages.len().saturating_sub(MESSAGES_KEPT));
        self.session.insert(session::MESSAGES, &messages).await.map_err(broken)
    }

    /// What was said for this page.
    pub(super) async fn said(&self) -> Result<Vec<Message>> {
        let said: Option<Vec<Message>> = self.session.get(session::MESSAGES).await.map_err(broken)?;
        if said.is_some() {
            // Only then: removing marks the session as changed, and that writes.
            self.session.remove::<Vec<Message>>(session::MESSAGES).await.map_err(broken)?;
        }
        Ok(said.unwrap_or_default())
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Visit {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        let visit = parts.extensions.get::<Self>().cloned();
        visit.ok_or_else(|| Error::Internal(anyhow::anyhow!("no visit on this route")))
    }
}
