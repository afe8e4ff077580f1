//! Every address on one screen.
use super::{assets, error_pages, layers, metrics, visit};
use crate::admin::exchange::{self, import};
use crate::admin::pages as admin;
use crate::app::App;
use crate::auth::kept::Keeps;
use crate::auth::oidc;
use crate::auth::pages as auth;
use crate::auth::session::DbStore;
use crate::console;
use crate::error::Error;
use crate::knowledge;
use crate::search;
use crate::shift;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Extension, Request, State};
use axum::http::{HeaderName, StatusCode};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::request_id::{MakeRequestUuid, PropagateRequestIdLayer, SetRequestIdLayer};
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnFailure, DefaultOnResponse, TraceLayer};
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, SessionManagerLayer};

/// Largest body of a form.
const LARGEST_BODY: usize = 2 * 1024 * 1024;
/// Longest a request may take.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The whole application.
pub fn router(app: &App) -> Router {
    let idle = time::Duration::try_from(app.config.session_idle).unwrap_or(time::Duration::DAY);
    let sessions = SessionManagerLayer::new(DbStore(app.db.clone()))
        .with_name("opint_session")
        .with_same_site(SameSite::Lax)
        .with_secure(app.config.https())
        .with_expiry(Expiry::OnInactivity(idle));
    let pages = pages().fallback(unknown).layer(from_fn(error_pages::framed));
    let api = crate::api::router(app);
    let visited = |router: Router<App>| {
        router.layer(from_fn_with_state(app.clone(), visit::attach)).layer(sessions.clone())
    };
    let pages = visited(pages)
        .merge(crate::api::around(visited(api), app))
        .layer(from_fn(layers::trailing_slash))
        .layer(from_fn(layers::bounded_query))
        .layer(from_fn_with_state(app.clone(), layers::known_host))
        .layer(layers::compression());
    let everything = Router::new()
        .route("/healthz", get(async || "ok"))
        .route("/readyz", get(ready))
        .route("/metrics", get(metrics::show_to_this_machine))
        .merge(assets::router())
        .merge(pages)
        .with_state(app.clone());
    everything.layer(around(app.clone()))
}

fn pages() -> Router<App> {
    console_pages().merge(account_pages()).merge(admin_pages())
}

/// What shifters have open.
fn console_pages() -> Router<App> {
    Router::new()
        .route("/", get(shift::board::show))
        .route("/matrix/", get(shift::matrix::show))
        .route("/revision/", get(shift::board::revision_of))
        .route("/issues/move/", get(knowledge::move_page).post(knowledge::move_issues))
        .route("/report/", get(shift::report::show))
        .route("/handover/", get(shift::handover::show).post(shift::handover::write))
        .route("/search/", get(search::search))
        .route("/sites/{name}/", get(shift::site::show))
        .route("/issues/{pk}/", keeps(get(console::issue::show).post(console::record::record)))
        .route("/records/{pk}/undo/", get(async || Error::Method("POST")).post(console::undo::undo))
        .route("/records/{pk}/outcome/", get(async || Error::Method("POST")).post(console::outcome::give))
        .route("/recategorisations/{pk}/", get(knowledge::progress_page).post(knowledge::turn))
        .route(
            "/admin/error-categories/{pk}/pattern/",
            get(knowledge::pattern_page).post(knowledge::set_pattern),
        )
        .route("/admin/error-categories/{pk}/split/", get(knowledge::split_page).post(knowledge::split))
        .route("/admin/error-categories/{pk}/merge/", get(knowledge::merge_page).post(knowledge::merge))
}

/// Signing in, and who may do what.
fn account_pages() -> Router<App> {
    Router::new()
        .route("/preferences/theme/", axum::routing::post(auth::theme))
        .route("/admin/login/", get(auth::login_page).post(auth::login))
        .route("/admin/logout/", get(async || Error::Method("POST")).post(auth::logout))
        .route("/admin/password_change/", get(auth::password_page).post(auth::change_password))
        .route("/admin/password_change/done/", get(auth::password_done))
        .route("/admin/session/", get(auth::session_left).post(auth::stay))
        .route("/admin/account/", get(auth::own_sessions).post(auth::end_own_sessions))
        .route("/admin/account/rights/", get(auth::own_rights))
        .route("/admin/rights/", get(auth::rights_page))
        .route("/admin/users/{pk}/sessions/", get(auth::sessions_page).post(auth::end_sessions))
        .route("/admin/users/{pk}/rights/", get(auth::rights_of_page))
        .route("/admin/users/add/", get(auth::add_user_page).post(auth::add_user))
        .route("/admin/api-tokens/add/", get(auth::add_token_page).post(auth::add_token))
        .route("/admin/api-tokens/{pk}/revoke/", get(auth::revoke_page).post(auth::revoke))
        .route("/admin/users/{pk}/password/", get(auth::set_password_page).post(auth::set_password))
        .route("/auth/oidc/login/", get(oidc::login))
        .route("/auth/oidc/callback/", get(oidc::callback))
        .route("/auth/oidc/backchannel-logout/", get(async || Error::Method("POST")).post(oidc::sign_out))
}

/// The pages of every resource.
fn admin_pages() -> Router<App> {
    Router::new()
        .route("/admin/", get(admin::index::index))
        .route("/admin/autocomplete/", get(admin::autocomplete::autocomplete))
        .route("/admin/undo/{operation}/", get(async || Error::Method("POST")).post(admin::undo::undo))
        .route("/admin/jobs/", get(admin::jobs::list))
        .route("/admin/jobs/{id}/", get(admin::jobs::show).post(admin::jobs::turn))
        .route("/admin/jobs/{id}/progress/", get(admin::jobs::progress))
        .route("/admin/{resource}/", get(admin::list::list).post(admin::action::act))
        .route("/admin/{resource}/export/{format}/", get(exchange::export))
        .route(
            "/admin/{resource}/import/",
            get(import::form)
                .post(import::upload)
                .layer(DefaultBodyLimit::max(super::upload::LARGEST_UPLOAD)),
        )
        .route("/admin/{resource}/import/{id}/", get(import::show).post(import::turn))
        .route("/admin/{resource}/import/{id}/rejected/", get(import::rejected))
        .route("/admin/{resource}/add/", keeps(get(admin::form::add).post(admin::form::create)))
        .route("/admin/{resource}/views/", keeps(get(admin::views::add).post(admin::views::create)))
        .route("/admin/{resource}/views/{pk}/", keeps(get(admin::views::edit).post(admin::views::update)))
        .route("/admin/{resource}/{pk}/", get(admin::form::to_change))
        .route("/admin/{resource}/{pk}/change/", keeps(get(admin::form::change).post(admin::form::update)))
        .route("/admin/{resource}/{pk}/notes/", keeps(get(admin::notes::notes).post(admin::notes::write)))
        .route("/admin/{resource}/{pk}/delete/", get(admin::delete::confirm).post(admin::delete::delete))
        .route("/admin/{resource}/{pk}/act/", get(admin::act::menu).post(admin::act::act))
        .route(
            "/admin/{resource}/{pk}/restore/",
            get(async || Error::Method("POST")).post(admin::restore::restore),
        )
        .route("/admin/{resource}/{pk}/history/", get(admin::history::history))
}

/// A page that fills in its form again after a session has ended.
fn keeps(route: MethodRouter<App>) -> MethodRouter<App> {
    route.layer(Extension(Keeps))
}

/// Below `/admin/`, nobody learns which addresses exist before they sign in.
async fn unknown(visit: visit::Visit) -> Error {
    if visit.actor.is_none() && visit.path.starts_with("/admin/") { Error::SignIn } else { Error::NotFound }
}

/// Whether the database is there and has the schema that this program expects.
async fn ready(State(app): State<App>) -> Response {
    if app.is_stopping() {
        return (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response();
    }
    match crate::db::pending(&app.db).await {
        Ok(pending) if pending.is_empty() => "ready".into_response(),
        Ok(pending) => {
            (StatusCode::SERVICE_UNAVAILABLE, format!("migrations pending: {}\n", pending.join(", ")))
                .into_response()
        }
        Err(error) => {
            tracing::warn!(error = %error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "database unavailable\n").into_response()
        }
    }
}

/// Layers around everything, outermost first.
fn around(
    app: App,
) -> impl tower::Layer<
    axum::routing::Route,
    Service: tower::Service<
        Request,
        Response: IntoResponse,
        Error: Into<std::convert::Infallible>,
        Future: Send,
    > + Clone
                 + Send
                 + Sync
                 + 'static,
> + Clone
+ Send
+ Sync
+ 'static {
    let id = HeaderName::from_static("x-request-id");
    ServiceBuilder::new()
        .layer(from_fn(sane_request_id))
        .layer(SetRequestIdLayer::new(id.clone(), MakeRequestUuid))
        .layer(PropagateRequestIdLayer::new(id))
        .layer(
            TraceLayer::new_for_http()
                .make_span_with(|request: &Request| {
                    let id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
                    // The query stays out: it may hold what people search for.
                    tracing::info_span!("request", id, method = %request.method(), path = request.uri().path(), user = tracing::field::Empty)
                })
                .on_request(())
                .on_response(DefaultOnResponse::new().level(tracing::Level::INFO))
                .on_failure(DefaultOnFailure::new().level(tracing::Level::WARN)),
        )
        .layer(from_fn_with_state(app.clone(), metrics::count))
        .layer(from_fn_with_state(app.clone(), layers::last_answer))
        .layer(from_fn_with_state(app, layers::security_headers))
        .layer(from_fn(error_pages::alone))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| Error::Internal(anyhow::anyhow!("panic")).into_response()))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIMEOUT))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
}

/// A request id of someone else's making goes into our logs: short and plain, or replaced.
async fn sane_request_id(mut request: Request, next: axum::middleware::Next) -> Response {
    let sane = |id: &str| {
        (1..=64).contains(&id.len())
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    if request.headers().get("x-request-id").is_some_and(|id| !id.to_str().is_ok_and(sane)) {
        request.headers_mut().remove("x-request-id");
    }
    next.run(request).await
}
