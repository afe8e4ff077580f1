//! Where somebody is signed in, and ending that: one's own account, and those of others; and what a page asks
//! before a session ends.
use super::super::entry::log_ended;
use super::super::lasting;
use super::super::session::{self, AGENT, FROM, PROVIDER, SEEN, SINCE, digest};
use super::agent;
use crate::admin::{Input, Verb, find};
use crate::auth::{account, guard_rank};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use entity::{group, session as row, user, user_group};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde_json::{Value, json};

/// Sessions shown; nobody has more but by mistake.
const SHOWN: u64 = 100;

#[derive(Template)]
#[template(path = "auth/sessions.html")]
struct SessionsPage {
    chrome: Chrome,
    title: String,
    own: bool,
    user: user::Model,
    groups: Vec<String>,
    sessions: Vec<SessionView>,
    now: DateTime<Utc>,
    action: String,
}

impl SessionsPage {
    fn has_password(&self) -> bool {
        account::has_password(&self.user)
    }
}

/// One browser in which somebody is signed in.
struct SessionView {
    id: String,
    browser: String,
    from: String,
    since: Option<DateTime<Utc>>,
    seen: Option<DateTime<Utc>>,
    ends: Option<DateTime<Utc>>,
    /// Whether it came from an identity provider.
    sso: bool,
    /// Whether it is the one that asks.
    this: bool,
}

/// `GET /admin/account/`
pub async fn own_sessions(visit: Visit) -> Result<Response> {
    let user = own(&visit).await?;
    draw(&visit, user, true).await
}

/// `POST /admin/account/`
pub async fn end_own_sessions(Posted { visit, input }: Posted) -> Result<Response> {
    let user = own(&visit).await?;
    end(&visit, &user, &input, true).await
}

/// `GET /admin/users/<pk>/sessions/`
pub async fn sessions_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let user = other(&visit, &pk).await?;
    if visit.actor()?.id == Some(user.id) {
        return Ok(found("/admin/account/"));
    }
    draw(&visit, user, false).await
}

/// `POST /admin/users/<pk>/sessions/`
pub async fn end_sessions(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let user = other(&visit, &pk).await?;
    let own = visit.actor()?.id == Some(user.id);
    end(&visit, &user, &input, own).await
}

/// `GET /admin/session/`: how long the session lasts; asking does not prolong it.
pub async fn session_left(visit: Visit) -> Result<Response> {
    let actor = visit.actor()?;
    let (left, warn) = lasting::left(&visit).await?.ok_or(Error::SignIn)?;
    let end = lasting::end(&visit.session, &visit.app.config).await?;
    let csrf = crate::auth::csrf::masked(&visit.csrf().await?);
    Ok(Json(json!({
        "left": left, "warn": warn, "fixed": end.is_some_and(|end| end.fixed),
        "user": actor.username, "csrf": csrf,
    }))
    .into_response())
}

/// `POST /admin/session/`: the visitor stays.
pub async fn stay(Posted { visit, .. }: Posted) -> Result<Response> {
    visit.actor()?;
    lasting::stay(&visit).await?;
    session_left(visit).await
}

async fn own(visit: &Visit) -> Result<user::Model> {
    let id = visit.actor()?.id.ok_or(Error::SignIn)?;
    user::Entity::find_by_id(id).one(&visit.app.db).await?.ok_or(Error::SignIn)
}

async fn other(visit: &Visit, pk: &str) -> Result<user::Model> {
    visit.actor()?.must("users", Verb::Change)?;
    let row = find(visit.app.registry.get("users")?, &(&visit.app.db).into(), pk).await?;
    let user = row.model::<user::Model>().cloned().ok_or(Error::NotFound)?;
    guard_rank(&user, &visit.deed()?, &(&visit.app.db).into()).await?;
    Ok(user)
}

async fn draw(visit: &Visit, user: user::Model, own: bool) -> Result<Response> {
    let title = if own { "Your account".to_owned() } else { format!("Sessions of {}", user.username) };
    let mut crumbs = vec![Crumb::to("Admin", "/admin/")];
    if !own {
        crumbs.push(Crumb::to("Users", "/admin/users/"));
        crumbs.push(Crumb::to(user.username.clone(), format!("/admin/users/{}/change/", user.id)));
    }
    crumbs.push(Crumb::here(if own { "Your account" } else { "Sessions" }));
    let page = SessionsPage {
        chrome: visit.chrome(title.clone(), crumbs).await?,
        sessions: sessions(visit, user.id).await?,
        groups: if own { groups(visit, user.id).await? } else { Vec::new() },
        action: if own { "/admin/account/".into() } else { format!("/admin/users/{}/sessions/", user.id) },
        now: visit.now,
        title,
        user,
        own,
    };
    render(StatusCode::OK, &page)
}

async fn groups(visit: &Visit, user: i64) -> Result<Vec<String>> {
    let links =
        user_group::Entity::find().filter(user_group::Column::UserId.eq(user)).all(&visit.app.db).await?;
    let rows = group::Entity::find()
        .filter(group::Column::Id.is_in(links.iter().map(|link| link.group_id)))
        .order_by_asc(group::Column::Name)
        .all(&visit.app.db)
        .await?;
    Ok(rows.into_iter().map(|group| group.name).collect())
}

/// The visitor's own first, then the one used last.
async fn sessions(visit: &Visit, user: i64) -> Result<Vec<SessionView>> {
    let rows = row::Entity::find()
        .filter(row::Column::UserId.eq(user))
        .order_by_desc(row::Column::ExpiresAt)
        .limit(SHOWN)
        .all(&visit.app.db)
        .await?;
    let this = this(visit);
    let mut views: Vec<SessionView> =
        rows.into_iter().filter_map(|row| view(visit, row, this.as_deref())).collect();
    views.sort_by_key(|view| (!view.this, std::cmp::Reverse(view.seen)));
    Ok(views)
}

fn this(visit: &Visit) -> Option<String> {
    visit.session.id().map(|id| digest(&id.to_string()))
}

fn view(visit: &Visit, row: row::Model, this: Option<&str>) -> Option<SessionView> {
    let data: Value = serde_json::from_str(&row.data).ok()?;
    let number = |name: &str| data.get(name).and_then(Value::as_i64);
    let text = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
    let moment = |seconds: Option<i64>| seconds.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    let seen = number(SEEN);
    let ends = seen.map(|seen| lasting::of(number(SINCE).unwrap_or(seen), seen, &visit.app.config).at);
    // It ended by itself; its row goes with the next cleaning.
    if ends.is_some_and(|ends| ends <= visit.now.timestamp()) {
        return None;
    }
    Some(SessionView {
        browser: agent::in_words(text(AGENT)),
        from: text(FROM).to_owned(),
        since: moment(number(SINCE)),
        seen: moment(seen),
        ends: moment(ends),
        sso: data.get(PROVIDER).is_some(),
        this: this == Some(row.id.as_str()),
        id: row.id,
    })
}

async fn end(visit: &Visit, user: &user::Model, input: &Input, own: bool) -> Result<Response> {
    let back = if own { "/admin/account/".to_owned() } else { format!("/admin/users/{}/sessions/", user.id) };
    let said = if input.has("others") {
        session::end_others(&visit.app.db, user.id, own.then_some(&visit.session)).await?;
        let which = if own { "all but the one used" } else { "all" };
        log_ended(visit, user, which).await?;
        if own {
            "You are signed out everywhere else.".to_owned()
        } else {
            format!("{} is signed out everywhere.", user.username)
        }
    } else {
        let id = input.get("session").unwrap_or_default();
        if own && this(visit).as_deref() == Some(id) {
            return Err(Error::Refused("This is the session you are using. Sign out to end it.".into()));
        }
        // Only one of theirs.
        match sessions(visit, user.id).await?.into_iter().find(|view| view.id == id) {
            Some(view) => {
                row::Entity::delete_by_id(view.id).exec(&visit.app.db).await?;
                let which = format!("{}, {}", view.browser, view.from);
                log_ended(visit, user, &which).await?;
                format!("The session is ended: {which}.")
            }
            None => "That session had ended already.".to_owned(),
        }
    };
    visit.say(Message::plain(Level::Good, said)).await?;
    Ok(found(&back))
}
