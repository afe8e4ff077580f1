//! Adding a user: name and password first, everything else on the form that follows.
use crate::admin::{Input, Verb};
use crate::auth::account::{self, NewPassword};
use crate::auth::password;
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "auth/user_add.html")]
struct AddUserPage {
    chrome: Chrome,
    username: String,
    usable: bool,
    errors: Errors,
    rules: [&'static str; 4],
}

impl AddUserPage {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// `GET /admin/users/add/`
pub async fn add_user_page(visit: Visit) -> Result<Response> {
    allowed(&visit)?;
    draw(&visit, String::new(), true, Errors::new()).await
}

/// Adding a user gives rights, so it needs the right to change them, too.
fn allowed(visit: &Visit) -> Result<()> {
    let actor = visit.actor()?;
    actor.must("users", Verb::Add)?;
    actor.must("users", Verb::Change)
}

async fn draw(visit: &Visit, username: String, usable: bool, errors: Errors) -> Result<Response> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut chrome = visit
        .chrome(
            "Add a user",
            vec![
                Crumb::to("Admin", "/admin/"),
                Crumb::to("Users", "/admin/users/"),
                Crumb::here("Add a user"),
            ],
        )
        .await?;
    chrome.error = !errors.is_empty();
    render(status, &AddUserPage { chrome, username, usable, errors, rules: password::RULES })
}

/// `POST /admin/users/add/`
pub async fn add_user(Posted { visit, input }: Posted) -> Result<Response> {
    allowed(&visit)?;
    let username = input.get("username").unwrap_or_default().trim().to_owned();
    let usable = input.get("usable_password") != Some("false");
    let typed = NewPassword {
        first: input.get("password1").unwrap_or_default().into(),
        second: input.get("password2").unwrap_or_default().into(),
    };
    let errors = if usable { typed.errors(["password1", "password2"], &[&username]) } else { Errors::new() };
    match create(&visit, &username, usable, typed, errors).await {
        Ok(pk) => {
            let message = Message {
                level: Level::Good,
                before: "The user “".into(),
                link: Some((username, format!("/admin/users/{pk}/change/"))),
                after: "” was added. Now say who it is and what they may do.".into(),
                undo: None,
            };
            visit.say(message).await?;
            Ok(found(&format!("/admin/users/{pk}/change/")))
        }
        Err(Error::Invalid(errors)) => draw(&visit, username, usable, errors).await,
        Err(error) => Err(error),
    }
}

async fn create(
    visit: &Visit,
    username: &str,
    usable: bool,
    typed: NewPassword,
    mut errors: Errors,
) -> Result<String> {
    if !errors.is_empty() {
        // What is wrong with the name is said at the same time, not at the next try.
        if username.is_empty() {
            errors.insert("username".into(), vec!["This field is required.".into()]);
        } else if let Err(why) = account::check_username(username) {
            errors.insert("username".into(), vec![why]);
        }
        return Err(Error::Invalid(errors));
    }
    let hash = if usable { visit.app.hasher.hash(typed.first).await? } else { account::unusable_password() };
    let mut input = Input::partial([]);
    input.set("username", username);
    let txn = crate::db::begin(&visit.app.db).await?;
    let saved = account::create(&visit.app, &txn, &visit.deed()?, hash, &input).await?;
    txn.commit().await?;
    visit.app.counts.forget();
    Ok(saved.row.pk())
}
