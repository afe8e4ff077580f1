//! Signing in for programs, as the original's clients call it (`/auth/rest-auth/…`, dj-rest-auth's answers).
use super::answer::{json, refusal};
use super::body::Sent;
use super::caller::{ByToken, throttled};
use super::query::Trouble;
use super::tokens::make_token;
use crate::admin::{Deed, Input};
use crate::app::App;
use crate::auth::throttle::Throttle;
use crate::auth::{account, enter};
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::extract::Extension;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use chrono::TimeDelta;
use entity::audit_log::Source as Door;
use entity::{api_token, user};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde_json::{Map, Value, json};

/// A token made by signing in is valid for so long.
const VALID: TimeDelta = TimeDelta::hours(14);
/// What such a token is called.
const NAME: &str = "Signed in by a client";

/// `POST /auth/rest-auth/login/`
pub(super) async fn login(visit: Visit, headers: HeaderMap, Sent(fields): Sent) -> Result<Response, Trouble> {
    if !visit.app.config.local_sign_in {
        return Err(non_field("Passwords open nothing here: use single sign-on.").into());
    }
    let text = |name: &str| fields.get(name).and_then(Value::as_str).unwrap_or_default();
    let name =
        if text("username").trim().is_empty() { text("email").trim() } else { text("username").trim() };
    if name.is_empty() || text("password").is_empty() {
        return Err(non_field("Must include \"username\" and \"password\".").into());
    }
    let throttle = Throttle::of(&account::username_key(name), &visit.address);
    if let Some(minutes) = throttle.try_once(&visit.app.db, visit.now).await? {
        return Err(throttled(minutes).into());
    }
    let known = named(&visit.app, name).await?;
    let right = account::check(&visit.app, known.as_ref(), text("password")).await?;
    let Some(user) = known.filter(|user| right && user.is_active && user.is_staff) else {
        tracing::info!(address = visit.address, "sign-in of a client refused");
        return Err(non_field("Unable to log in with provided credentials.").into());
    };
    throttle.succeeded(&visit.app.db).await?;
    let user = account::renew(&visit.app, user, text("password").to_owned()).await?;
    // A page of ours has a session from now on, and what it writes bears its user's name.
    if headers.get("sec-fetch-site").is_some_and(|site| site == "same-origin") {
        enter(&visit, user.clone(), None).await?;
    }
    let token = token(&visit, &user).await?;
    Ok(json(StatusCode::OK, &json!({ "token": token, "key": token, "user": about(&user) })))
}

/// The account of that name or, as the original allowed, of that address if only one has it.
async fn named(app: &App, name: &str) -> Result<Option<user::Model>> {
    if let Some(user) = account::by_name(&app.db, name).await? {
        return Ok(Some(user));
    }
    if !name.contains('@') || name.contains('\0') {
        return Ok(None);
    }
    let mut users = user::Entity::find().filter(user::Column::Email.eq(name)).all(&app.db).await?;
    Ok(if users.len() == 1 { users.pop() } else { None })
}

/// A token for the rest of the shift; those of before that are over go.
async fn token(visit: &Visit, user: &user::Model) -> Result<String> {
    let deed = Deed {
        source: Door::Api,
        address: Some(visit.address.clone()),
        ..Deed::system(Door::Api, visit.now)
    };
    let input = Input::partial([
        ("name".to_owned(), NAME.to_owned()),
        ("expires_at".to_owned(), (visit.now + VALID).to_rfc3339()),
    ]);
    let txn = crate::db::begin(&visit.app.db).await?;
    api_token::Entity::delete_many()
        .filter(api_token::Column::UserId.eq(user.id))
        .filter(api_token::Column::Name.eq(NAME))
        .filter(api_token::Column::ExpiresAt.lte(visit.now))
        .exec(&txn)
        .await?;
    let made = make_token(&visit.app, &txn, &deed, user.id, &[], &input).await?;
    txn.commit().await?;
    Ok(made.token)
}

/// `POST /auth/rest-auth/logout/`
pub(super) async fn logout(visit: Visit, by_token: Option<Extension<ByToken>>) -> Result<Response> {
    if let Some(Extension(ByToken(token))) = by_token {
        api_token::Entity::update_many()
            .col_expr(api_token::Column::RevokedAt, Expr::val(visit.now))
            .filter(api_token::Column::Id.eq(token))
            .filter(api_token::Column::Name.eq(NAME))
            .exec(&visit.app.db)
            .await?;
        visit.app.forget();
    } else if visit.actor.is_some() {
        visit.session.flush().await.map_err(crate::web::broken)?;
    }
    Ok(refusal(StatusCode::OK, "Successfully logged out."))
}

/// `GET /auth/rest-auth/user/`
pub(super) async fn user(visit: Visit) -> Result<Response> {
    let id = visit.actor()?.id.ok_or(Error::SignIn)?;
    let user = user::Entity::find_by_id(id).one(&visit.app.db).await?.ok_or(Error::SignIn)?;
    Ok(json(StatusCode::OK, &about(&user)))
}

/// `POST /auth/rest-auth/cern/`: the original exchanged a code that its own page had asked for, which nothing ties to
/// a browser. Single sign-on here does that on the server.
pub(super) async fn cern(Sent(_): Sent) -> Response {
    non_field("Sign in at /auth/oidc/login/: codes and tokens of other pages are not taken.")
}

fn about(user: &user::Model) -> Map<String, Value> {
    let text = |value: &Option<String>| Value::String(value.clone().unwrap_or_default());
    Map::from_iter([
        ("pk".to_owned(), json!(user.id)),
        ("username".to_owned(), json!(user.username)),
        ("email".to_owned(), text(&user.email)),
        ("first_name".to_owned(), text(&user.first_name)),
        ("last_name".to_owned(), text(&user.last_name)),
    ])
}

fn non_field(why: &str) -> Response {
    json(StatusCode::BAD_REQUEST, &json!({ "non_field_errors": [why] }))
}
