//! One's own password, and somebody else's.
use crate::admin::{Verb, find};
use crate::auth::account::{self, NewPassword};
use crate::auth::guard_rank;
use crate::auth::throttle::Throttle;
use crate::auth::{password, session};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use entity::user;
use sea_orm::EntityTrait;

#[derive(Template)]
#[template(path = "auth/password.html")]
struct PasswordPage {
    chrome: Chrome,
    title: String,
    intro: String,
    own: bool,
    can_disable: bool,
    errors: Errors,
    rules: [&'static str; 4],
    action: String,
    back: String,
}

impl PasswordPage {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

#[derive(Template)]
#[template(path = "auth/password_done.html")]
struct DonePage {
    chrome: Chrome,
}

/// `GET /admin/password_change/`
pub async fn password_page(visit: Visit) -> Result<Response> {
    own(&visit, Errors::new()).await
}

async fn own(visit: &Visit, errors: Errors) -> Result<Response> {
    let actor = visit.actor()?;
    if !actor.has_password {
        return Err(Error::Refused("Your account signs in elsewhere; it has no password here.".into()));
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut chrome = visit
        .chrome("Change password", vec![Crumb::to("Admin", "/admin/"), Crumb::here("Change password")])
        .await?;
    chrome.error = !errors.is_empty();
    let page = PasswordPage {
        title: "Change your password".into(),
        intro: "You stay signed in here; everywhere else you are signed out.".into(),
        own: true,
        can_disable: false,
        errors,
        rules: password::RULES,
        action: "/admin/password_change/".into(),
        back: "/admin/".into(),
        chrome,
    };
    render(status, &page)
}

/// `POST /admin/password_change/`
pub async fn change_password(Posted { visit, input }: Posted) -> Result<Response> {
    let actor = visit.actor()?.clone();
    let user = current(&visit, actor.id.unwrap_or_default()).await?;
    let typed = NewPassword {
        first: input.get("new_password1").unwrap_or_default().into(),
        second: input.get("new_password2").unwrap_or_default().into(),
    };
    let mut errors = typed.errors(["new_password1", "new_password2"], &about(&user));
    let throttle = Throttle::of(&format!("password of {}", user.id), &visit.address);
    if let Some(minutes) = throttle.try_once(&visit.app.db, visit.now).await? {
        errors.insert(
            "old_password".into(),
            vec![format!("Too many tries. Wait {minutes} min, then try again.")],
        );
        return own(&visit, errors).await;
    }
    let old = input.get("old_password").unwrap_or_default().to_owned();
    if !visit.app.hasher.verify(old, Some(user.password.clone())).await? {
        errors.insert("old_password".into(), vec!["This is not your current password.".into()]);
    } else {
        throttle.succeeded(&visit.app.db).await?;
    }
    if !errors.is_empty() {
        return own(&visit, errors).await;
    }
    store(&visit, &user, visit.app.hasher.hash(typed.first).await?).await?;
    Ok(found("/admin/password_change/done/"))
}

/// `GET /admin/password_change/done/`
pub async fn password_done(visit: Visit) -> Result<Response> {
    visit.actor()?;
    render(
        StatusCode::OK,
        &DonePage {
            chrome: visit
                .chrome(
                    "Password changed",
                    vec![Crumb::to("Admin", "/admin/"), Crumb::here("Password changed")],
                )
                .await?,
        },
    )
}

/// `GET /admin/users/<pk>/password/`
pub async fn set_password_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    let user = target(&visit, &pk).await?;
    if visit.actor()?.id == Some(user.id) {
        return Ok(found("/admin/password_change/"));
    }
    other(&visit, &user, Errors::new()).await
}

async fn other(visit: &Visit, user: &user::Model, errors: Errors) -> Result<Response> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let back = format!("/admin/users/{}/change/", user.id);
    let crumbs = vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to("Users", "/admin/users/"),
        Crumb::to(user.username.clone(), back.clone()),
        Crumb::here("Password"),
    ];
    let mut chrome = visit.chrome(format!("Password of {}", user.username), crumbs).await?;
    chrome.error = !errors.is_empty();
    let state = if account::has_password(user) {
        ""
    } else {
        " The account has no password now, so nobody can sign in with one."
    };
    let page = PasswordPage {
        title: format!("Set the password of {}", user.username),
        intro: format!("Their sessions end everywhere.{state}"),
        own: false,
        can_disable: account::has_password(user),
        errors,
        rules: password::RULES,
        action: format!("/admin/users/{}/password/", user.id),
        back,
        chrome,
    };
    render(status, &page)
}

/// `POST /admin/users/<pk>/password/`
pub async fn set_password(Path(pk): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let user = target(&visit, &pk).await?;
    if visit.actor()?.id == Some(user.id) {
        return Err(Error::Refused(
            "Change your own password on its own page, which asks for the old one.".into(),
        ));
    }
    if input.has("_disable") {
        store(&visit, &user, account::unusable_password()).await?;
        visit
            .say(Message::plain(
                Level::Good,
                format!("{} can no longer sign in with a password.", user.username),
            ))
            .await?;
        return Ok(found(&format!("/admin/users/{}/change/", user.id)));
    }
    let typed = NewPassword {
        first: input.get("password1").unwrap_or_default().into(),
        second: input.get("password2").unwrap_or_default().into(),
    };
    let errors = typed.errors(["password1", "password2"], &about(&user));
    if !errors.is_empty() {
        return other(&visit, &user, errors).await;
    }
    store(&visit, &user, visit.app.hasher.hash(typed.first).await?).await?;
    visit.say(Message::plain(Level::Good, format!("The password of {} was changed.", user.username))).await?;
    Ok(found(&format!("/admin/users/{}/change/", user.id)))
}

async fn target(visit: &Visit, pk: &str) -> Result<user::Model> {
    visit.actor()?.must("users", Verb::Change)?;
    let row = find(visit.app.registry.get("users")?, &(&visit.app.db).into(), pk).await?;
    let user = row.model::<user::Model>().cloned().ok_or(Error::NotFound)?;
    guard_rank(&user, &visit.deed()?, &(&visit.app.db).into()).await?;
    Ok(user)
}

async fn current(visit: &Visit, id: i64) -> Result<user::Model> {
    user::Entity::find_by_id(id).one(&visit.app.db).await?.ok_or(Error::SignIn)
}

fn about(user: &user::Model) -> Vec<&str> {
    let names =
        [Some(&user.username), user.email.as_ref(), user.first_name.as_ref(), user.last_name.as_ref()];
    names.into_iter().flatten().map(String::as_str).collect()
}

/// Writes the new hash; one's own session goes on under a new id, all others end.
async fn store(visit: &Visit, user: &user::Model, hash: String) -> Result<()> {
    let own = visit.actor()?.id == Some(user.id);
    let mut deed = visit.deed()?;
    // The right was checked before; changing one's own password needs none.
    deed.actor.is_superuser |= own;
    let txn = crate::db::begin(&visit.app.db).await?;
    account::set_password(&visit.app, &txn, &deed, user.id, hash).await?;
    txn.commit().await?;
    if own {
        let now = current(visit, user.id).await?;
        visit.session.cycle_id().await.map_err(crate::web::broken)?;
        visit.session.insert(session::STAMP, account::stamp(&now)).await.map_err(crate::web::broken)?;
        visit.session.save().await.map_err(crate::web::broken)?;
    }
    session::end_others(&visit.app.db, user.id, own.then_some(&visit.session)).await?;
    Ok(())
}
