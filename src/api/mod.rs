//! The REST API: every resource in the habits of Django REST framework, and the original's six endpoints field
//! for field.
//!
//! - `endpoint` says what an endpoint shows, `resources` makes one of each resource, `original` declares the six
//! - `caller` finds out who asks; `read` and `write` answer, through the same rights, validation, history and
//!   transaction as the forms
//! - `openapi` tells programs, and `docs` people, what there is: from the same declarations
mod answer;
mod body;
mod browse;
mod caller;
mod cors;
mod counts;
mod describe;
mod docs;
mod endpoint;
mod live;
mod openapi;
pub(crate) mod original;
mod query;
mod read;
mod resources;
mod rest_auth;
mod shape;
mod take;
mod tokens;
mod write;

pub use tokens::{Made, make_token};

use crate::admin::Registry;
use crate::app::App;
use axum::Router;
use axum::extract::Extension;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, any, get, post};
use counts::Totals;
use endpoint::Endpoint;
use tokens::Callers;

/// What the API knows by heart.
pub struct Api {
    endpoints: Vec<Endpoint>,
    totals: Totals,
    callers: Callers,
}

impl Api {
    /// Reads the declarations of all resources.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        let mut endpoints = original::endpoints(registry);
        endpoints.extend(resources::endpoints(registry));
        Self { endpoints, totals: Totals::new(), callers: Callers::new() }
    }

    fn endpoint(&self, at: At) -> &Endpoint {
        &self.endpoints[at.0]
    }
}

/// Which endpoint a route is of.
#[derive(Clone, Copy)]
struct At(usize);

/// All addresses below `/api/` and those of `/auth/` that programs use.
pub(crate) fn router(app: &App) -> Router<App> {
    let mut router = Router::new()
        .route("/api/", get(browse::root))
        .route("/api/openapi.json", get(openapi::show))
        .route("/api/docs/", get(docs::show))
        .route("/api/board/", get(live::board))
        .route("/api/matrix/", get(live::matrix))
        .route("/api/issues/{pk}/series/", get(live::series))
        .route("/api/issues/{pk}/suggestions/", get(live::suggestions))
        .route("/auth/rest-auth/login/", post(rest_auth::login))
        .route("/auth/rest-auth/logout/", post(rest_auth::logout))
        .route("/auth/rest-auth/user/", get(rest_auth::user))
        .route("/auth/rest-auth/cern/", post(rest_auth::cern));
    for (place, endpoint) in app.api.endpoints.iter().enumerate() {
        let at = Extension(At(place));
        router = router
            .route(&format!("/api/{}/", endpoint.path), list_of(endpoint).layer(at))
            .route(&format!("/api/{}/{{pk}}/", endpoint.path), detail_of(endpoint).layer(at));
    }
    router
        .route("/api/{*unknown}", any(async || crate::error::Error::NotFound))
        .route("/auth/rest-auth/{*unknown}", any(async || crate::error::Error::NotFound))
        .layer(from_fn(answer::refusals))
        .layer(from_fn(answer::negotiate))
        .layer(from_fn_with_state(app.clone(), caller::identify))
}

/// The layers outside of the session: other origins, and faults of the layers between as JSON.
pub(crate) fn around(router: Router<App>, app: &App) -> Router<App> {
    router
        .layer(from_fn(body::read))
        .layer(from_fn(answer::refusals))
        .layer(from_fn_with_state(app.clone(), cors::allow))
}

fn list_of(endpoint: &Endpoint) -> MethodRouter<App> {
    let mut methods = get(read::list).options(describe::options);
    if endpoint.verbs.contains(&crate::admin::Verb::Add) {
        methods = methods.post(write::create);
    }
    methods
}

fn detail_of(endpoint: &Endpoint) -> MethodRouter<App> {
    let mut methods = get(read::retrieve).options(describe::options);
    if endpoint.verbs.contains(&crate::admin::Verb::Change) {
        methods = methods.put(write::update).patch(write::partial_update);
    }
    if endpoint.verbs.contains(&crate::admin::Verb::Delete) {
        methods = methods.delete(write::destroy);
    }
    methods
}
