//! Signing in and out.
use crate::admin::changelist::params::Params;
use crate::auth::entry::{self, REFUSED};
use crate::auth::throttle::Throttle;
use crate::auth::{account, csrf, oidc};
use crate::error::{Error, Result};
use crate::web::{Posted, Visit, found, render};
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use axum_extra::extract::cookie::{Cookie, SameSite};
use validator::Validate;

#[derive(Template)]
#[template(path = "auth/login.html")]
#[derive(Default)]
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
    /// Where single sign-on begins, if there is one.
    sso: Option<String>,
    /// Whether a password opens anything.
    local: bool,
    /// Where to sign out at the identity provider, too.
    elsewhere: Option<String>,
}

impl LoginPage {
    fn of(visit: &Visit, next: &str) -> Self {
        let config = &visit.app.config;
        Self {
            theme: visit.theme.clone(),
            sso: config.oidc.as_ref().map(|_| oidc::link(next)),
            local: config.local_sign_in,
            next: next.to_owned(),
            ..Self::default()
        }
    }
}

#[derive(Validate)]
struct Credentials {
    #[validate(length(min = 1, max = 150, message = "Enter your user name."))]
    username: String,
    #[validate(length(min = 1, max = 1024, message = "Enter your password."))]
    password: String,
}

/// Said of a session that ended here and may go on at the identity provider.
const ELSEWHERE: &str = "provider";

/// `GET /admin/login/`
pub async fn login_page(visit: Visit) -> Result<Response> {
    let params = Params::parse(&visit.query);
    let next = safe_next(params.get("next").unwrap_or_default());
    if visit.actor.is_some() {
        return Ok(found(&next));
    }
    let out = params.get("out").unwrap_or_default();
    let elsewhere = if out == ELSEWHERE { visit.app.sso.sign_out_address(&visit.app).await } else { None };
    let page = LoginPage {
        signed_out: ["1", ELSEWHERE].contains(&out),
        ended: ended(params.get("ended").unwrap_or_default()),
        elsewhere,
        ..LoginPage::of(&visit, &next)
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
    if !visit.app.config.local_sign_in {
        return Err(Error::Refused("Passwords open nothing here: use single sign-on.".into()));
    }
    let next = safe_next(input.get("next").unwrap_or_default());
    let credentials = Credentials {
        username: input.get("username").unwrap_or_default().trim().to_owned(),
        // Never trimmed: a blank may be part of it.
        password: input.get("password").unwrap_or_default().to_owned(),
    };
    let mut page = LoginPage { username: credentials.username.clone(), ..LoginPage::of(&visit, &next) };
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
            entry::enter(&visit, user, None).await?;
            Ok(found(&next))
        }
        None => {
            // What was typed as a name may be a password: only names that exist are logged.
            let username = if exists { credentials.username.as_str() } else { "unknown" };
            tracing::info!(username, address = visit.address, "sign-in refused");
            page.error = Some(REFUSED.into());
            draw(&visit, StatusCode::UNPROCESSABLE_ENTITY, page)
        }
    }
}

/// `POST /admin/logout/`; doing it twice is no error.
pub async fn logout(visit: Visit, request: axum::extract::Request) -> Result<Response> {
    let mut elsewhere = false;
    if let Some(actor) = visit.actor.clone() {
        let posted = <Posted as axum::extract::FromRequest<()>>::from_request(request, &()).await?;
        elsewhere = entry::leave(&posted.visit, &actor.username, actor.id.unwrap_or_default()).await?;
    }
    let out = if elsewhere { ELSEWHERE } else { "1" };
    let mut response = found(&format!("/admin/login/?out={out}"));
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
