//! Making a token for a program, which is shown once, and taking it back.
use crate::admin::{Input, Save, Target, Verb, capitalise, find};
use crate::api::make_token;
use crate::auth::{account, guard_rank};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use chrono::TimeDelta;
use std::collections::BTreeSet;

/// How long a token is valid unless somebody says otherwise.
const VALID: TimeDelta = TimeDelta::days(365);

#[derive(Template)]
#[template(path = "auth/token_add.html")]
struct AddTokenPage {
    chrome: Chrome,
    name: String,
    user: String,
    expires_at: String,
    limited: bool,
    scopes: Vec<Scope>,
    errors: Errors,
}

/// What a token may do with one resource.
struct Scope {
    title: String,
    slug: &'static str,
    read: bool,
    write: bool,
}

#[derive(Template)]
#[template(path = "auth/token_made.html")]
struct TokenMadePage {
    chrome: Chrome,
    name: String,
    user: String,
    token: String,
}

#[derive(Template)]
#[template(path = "auth/token_revoke.html")]
struct RevokePage {
    chrome: Chrome,
    name: String,
    action: String,
    back: String,
}

impl AddTokenPage {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// `GET /admin/api-tokens/add/`
///
/// # Errors
/// When the right is missing.
pub async fn add_token_page(visit: Visit) -> Result<Response> {
    visit.actor()?.must("api-tokens", Verb::Add)?;
    let user = visit.actor()?.username.clone();
    let until = (visit.now + VALID).format("%Y-%m-%dT%H:%M").to_string();
    let input = Input::from_iter([("user".to_owned(), user), ("expires_at".to_owned(), until)]);
    draw(&visit, &input, Errors::new()).await
}

async fn draw(visit: &Visit, input: &Input, errors: Errors) -> Result<Response> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut chrome = visit.chrome("Add an API token", crumbs("Add an API token")).await?;
    chrome.error = !errors.is_empty();
    let ticked: BTreeSet<&str> = input.all("scope").iter().map(String::as_str).collect();
    let scopes = visit.app.registry.iter().map(|resource| {
        let meta = resource.meta();
        Scope {
            title: capitalise(meta.plural),
            slug: meta.slug,
            read: ticked.contains(format!("{}:read", meta.slug).as_str()),
            write: ticked.contains(format!("{}:write", meta.slug).as_str()),
        }
    });
    let text = |name| input.get(name).unwrap_or_default().to_owned();
    let page = AddTokenPage {
        chrome,
        name: text("name"),
        user: text("user"),
        expires_at: text("expires_at"),
        limited: input.get("limited") == Some("true"),
        scopes: scopes.collect(),
        errors,
    };
    render(status, &page)
}

fn crumbs(here: &str) -> Vec<Crumb> {
    vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to("API tokens", "/admin/api-tokens/"),
        Crumb::here(here.to_owned()),
    ]
}

/// `POST /admin/api-tokens/add/`
///
/// # Errors
/// When the right is missing, or the user has one that the visitor lacks.
pub async fn add_token(Posted { visit, input }: Posted) -> Result<Response> {
    visit.actor()?.must("api-tokens", Verb::Add)?;
    match make(&visit, &input).await {
        Ok((token, user)) => {
            let name = input.get("name").unwrap_or_default().to_owned();
            let chrome = visit.chrome("API token", crumbs("New token")).await?;
            let mut response = render(StatusCode::OK, &TokenMadePage { chrome, name, user, token })?;
            // The page shows a secret: nobody may guess it from the length of what is sent.
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static("identity"));
            Ok(response)
        }
        Err(Error::Invalid(errors)) => draw(&visit, &input, errors).await,
        Err(error) => Err(error),
    }
}

/// The token, and the name of the user that it stands for.
async fn make(visit: &Visit, input: &Input) -> Result<(String, String)> {
    let name = input.get("user").unwrap_or_default().trim();
    let scopes = scopes(visit, input)?;
    let deed = visit.deed()?;
    let user = account::by_name(&visit.app.db, name).await?.filter(|user| user.is_active);
    let user = user.ok_or_else(|| Error::field("user", "There is no active user of this name."))?;
    guard_rank(&user, &deed, &(&visit.app.db).into()).await.map_err(|error| match error {
        Error::Refused(why) => Error::field("user", why),
        other => other,
    })?;
    let mut asked = Input::partial([]);
    for field in ["name", "expires_at"] {
        asked.set(field, input.get(field).unwrap_or_default());
    }
    let txn = crate::db::begin(&visit.app.db).await?;
    let made = make_token(&visit.app, &txn, &deed, user.id, &scopes, &asked).await?;
    txn.commit().await?;
    visit.app.forget();
    Ok((made.token, user.username))
}

/// What was ticked, as it is kept; nothing for everything.
fn scopes(visit: &Visit, input: &Input) -> Result<Vec<String>> {
    if input.get("limited") != Some("true") {
        return Ok(Vec::new());
    }
    let known = |scope: &&String| {
        scope.split_once(':').is_some_and(|(slug, kind)| {
            matches!(kind, "read" | "write") && visit.app.registry.get(slug).is_ok()
        })
    };
    let scopes: Vec<String> = input.all("scope").iter().filter(known).cloned().collect();
    if scopes.is_empty() {
        return Err(Error::field("scope", "Tick at least one, or let the token do all that its user may."));
    }
    Ok(scopes)
}

/// `GET /admin/api-tokens/<pk>/revoke/`
///
/// # Errors
/// When the right is missing, or there is no such token.
pub async fn revoke_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    visit.actor()?.must("api-tokens", Verb::Change)?;
    let row = find(visit.app.registry.get("api-tokens")?, &(&visit.app.db).into(), &pk).await?;
    let chrome = visit.chrome("Revoke an API token", crumbs("Revoke")).await?;
    let page = RevokePage {
        chrome,
        name: row.label,
        action: format!("/admin/api-tokens/{pk}/revoke/"),
        back: format!("/admin/api-tokens/{pk}/change/"),
    };
    render(StatusCode::OK, &page)
}

/// `POST /admin/api-tokens/<pk>/revoke/`
///
/// # Errors
/// As [`Save::run`].
pub async fn revoke(Path(pk): Path<String>, Posted { visit, .. }: Posted) -> Result<Response> {
    let resource = visit.app.registry.get("api-tokens")?;
    let deed = visit.deed()?;
    let given = vec![("revoked_at", visit.now.into())];
    let txn = crate::db::begin(&visit.app.db).await?;
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given };
    let saved = save.run(&txn, Target::Row(&pk, None), &Input::partial([])).await?;
    txn.commit().await?;
    visit.app.forget();
    let text = format!("The token “{}” was revoked: nothing can be done with it any more.", saved.row.label);
    visit.say(Message::plain(Level::Good, text)).await?;
    Ok(found("/admin/api-tokens/"))
}
