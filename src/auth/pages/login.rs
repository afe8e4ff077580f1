//! Signing in and out.
use crate::admin::changelist::params::Params;
use crate::admin::history;
use crate::auth::throttle::Throttle;
use crate::auth::{account, csrf, session};
use crate::error::{Error, Result};
use crate::web::{Posted, Visit, found, render};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, SameSite};
use entity::audit_log::{self, Verb};
use entity::user;
use sea_orm::{ActiveValue::Set, EntityTrait};
use validator::Validate;

#[derive(Template)]
#[template(path = "auth/login.html")]
struct LoginPage {
    theme: String,
    csrf: String,
    next: String,
    username: String,
    error: Option<String>,
    username_error: Option<String>,
    password_error: Option<String>,
    signed_out: bool,
    ended: Option<&'static str>,
}

#[derive(Validate)]
struct Credentials {
    #[validate(length(min = 1, max = 150, message = "Enter your user name."))]
    username: String,
    #[validate(length(min = 1, max = 1024, message = "Enter your password."))]
    password: String,
}

/// `GET /admin/login/`
pub async fn login_page(visit: Visit) -> Result<Response> {
    let params = Params::parse(&visit.query);
    let next = safe_next(params.get("next").unwrap_or_default());
    if visit.actor.is_some() {
        return Ok(found(&next));
    }
    let page = LoginPage {
        theme: visit.theme.clone(),
        csrf: String::new(),
        next,
        username: String::new(),
        error: None,
        username_error: None,
        password_error: None,
        signed_out: params.get("out") == Some("1"),
        ended: ended(params.get("ended").unwrap_or_default()),
    };
    draw(&visit, StatusCode::OK, page)
}

/// What became of a form that was sent after the session had ended.
fn ended(how: &str) -> Option<&'static str> {
    match how {
        "kept" => Some("Your session had ended. Sign in, and what you typed comes back."),
        "lost" => Some("Your session had ended. Nothing was saved; going back may show what you typed."),
        _ => None,
    }
}

/// Draws the form with a token that the browser keeps in a cookie.
fn draw(visit: &Visit, status: StatusCode, mut page: LoginPage) -> Result<Response> {
    let token = csrf::anonymous(&visit.jar).unwrap_or_else(crate::app::random_token);
    page.csrf = csrf::masked(&token);
    let mut response = render(status, &page)?;
    if let Ok(cookie) = HeaderValue::from_str(&csrf::cookie(token, visit.app.config.https()).to_string()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /admin/login/`
pub async fn login(Posted { visit, input }: Posted) -> Result<Response> {
    let next = safe_next(input.get("next").unwrap_or_default());
    let credentials = Credentials {
        username: input.get("username").unwrap_or_default().trim().to_owned(),
        // Never trimmed: a blank may be part of it.
        password: input.get("password").unwrap_or_default().to_owned(),
    };
    let mut page = LoginPage {
        theme: visit.theme.clone(),
        csrf: String::new(),
        next: next.clone(),
        username: credentials.username.clone(),
        error: None,
        username_error: None,
        password_error: None,
        signed_out: false,
        ended: None,
    };
    if let Err(errors) = credentials.validate() {
        let first =
            |name| errors.field_errors().get(name).and_then(|errors| errors.first()).map(ToString::to_string);
        page.username_error = first("username");
        page.password_error = first("password");
        return draw(&visit, StatusCode::UNPROCESSABLE_ENTITY, page);
    }
    let throttle = Throttle::of(&account::username_key(&credentials.username), &visit.address);
    if let Some(minutes) = throttle.try_once(&visit.app.db, visit.now).await? {
        page.error = Some(format!("Too many tries. Wait {minutes} min, then try again."));
        let mut response = draw(&visit, StatusCode::TOO_MANY_REQUESTS, page)?;
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
        return Ok(response);
    }
    let known = account::by_name(&visit.app.db, &credentials.username).await?;
    let right = account::check(&visit.app, known.as_ref(), &credentials.password).await?;
    let exists = known.is_some();
    match known.filter(|user| right && user.is_active && user.is_staff) {
        Some(user) => {
            throttle.succeeded(&visit.app.db).await?;
            let user = account::renew(&visit.app, user, credentials.password).await?;
            enter(&visit, user).await?;
            Ok(found(&next))
        }
        None => {
            // What was typed as a name may be a password: only names that exist are logged.
            let username = if exists { credentials.username.as_str() } else { "unknown" };
            tracing::info!(username, address = visit.address, "sign-in refused");
            // The same words whatever was wrong: nobody learns which accounts exist.
            page.error = Some("User name or password is wrong.".into());
            draw(&visit, StatusCode::UNPROCESSABLE_ENTITY, page)
        }
    }
}

/// Opens a session under a new id, with a new token.
pub(crate) async fn enter(visit: &Visit, user: user::Model) -> Result<()> {
    let broken = crate::web::broken;
    visit.session.clear().await;
    visit.session.cycle_id().await.map_err(broken)?;
    visit.session.insert(session::USER, user.id).await.map_err(broken)?;
    visit.session.insert(session::STAMP, account::stamp(&user)).await.map_err(broken)?;
    visit.session.insert(session::SEEN, visit.now.timestamp()).await.map_err(broken)?;
    visit.session.insert(session::CSRF, crate::app::random_token()).await.map_err(broken)?;
    let login =
        user::ActiveModel { id: Set(user.id), last_login: Set(Some(visit.now)), ..Default::default() };
    user::Entity::update(login).exec(&visit.app.db).await?;
    log(visit, &user.username, user.id, Verb::SignIn).await
}

async fn log(visit: &Visit, username: &str, id: i64, verb: Verb) -> Result<()> {
    let mut deed = crate::admin::Deed::system(audit_log::Source::Form, visit.now);
    deed.actor.id = Some(id);
    deed.actor.username = username.to_owned();
    deed.address = Some(visit.address.clone());
    deed.request_id = Some(visit.request_id.clone());
    let entry = history::entry(&deed, verb, "users", &id.to_string(), username, &history::Changes::new());
    audit_log::Entity::insert(entry).exec_without_returning(&visit.app.db).await?;
    Ok(())
}

/// `POST /admin/logout/`; doing it twice is no error.
pub async fn logout(visit: Visit, request: axum::extract::Request) -> Result<Response> {
    if let Some(actor) = visit.actor.clone() {
        let posted = <Posted as axum::extract::FromRequest<()>>::from_request(request, &()).await?;
        log(&posted.visit, &actor.username, actor.id.unwrap_or_default(), Verb::SignOut).await?;
        posted.visit.session.flush().await.map_err(crate::web::broken)?;
    }
    let mut response = found("/admin/login/?out=1");
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}

/// `POST /preferences/theme/`
pub async fn theme(Posted { visit, input }: Posted) -> Result<Response> {
    visit.actor()?;
    let theme = input
        .get("theme")
        .filter(|theme| matches!(*theme, "light" | "dark" | "auto"))
        .ok_or_else(|| Error::BadRequest("The theme is light, dark or auto.".into()))?;
    let cookie = Cookie::build(("opint_theme", theme.to_owned()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(visit.app.config.https())
        .permanent()
        .build();
    let mut response = found(&safe_next(input.get("next").unwrap_or_default()));
    if let Ok(cookie) = HeaderValue::from_str(&cookie.to_string()) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Where to go after signing in: a path of ours, or the first page. Everything a browser could read as
/// another site is refused: `//x`, `/\x`, control characters, a scheme.
#[must_use]
pub(crate) fn safe_next(next: &str) -> String {
    let odd = next.chars().any(|letter| letter.is_control() || letter == '\\');
    let local = next.starts_with('/') && !next.starts_with("//") && !odd;
    let loops = next.starts_with("/admin/login") || next.starts_with("/admin/logout");
    if local && !loops { next.to_owned() } else { "/".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::safe_next;
    use proptest::prelude::*;

    #[test]
    fn next_stays_here() {
        for next in [
            "http://x",
            "//x",
            "///x",
            "http:///x",
            "https://x",
            "ftp://x",
            "javascript:alert(1)",
            "/\\x",
            "\\\\x",
            "/\t/x",
            "",
            "/admin/login/?next=/",
        ] {
            assert_eq!(safe_next(next), "/", "{next}");
        }
        for next in ["/admin/issues/?q=a", "/issues/3/", "/view/?p=http://x"] {
            assert_eq!(safe_next(next), next);
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_next_is_a_path_of_this_site(next in "\\PC{0,40}") {
            let base = url::Url::parse("https://opint.example.org/admin/login/").unwrap();
            let target = base.join(&safe_next(&next)).unwrap();
            prop_assert_eq!(target.host_str(), Some("opint.example.org"));
        }
    }
}
