//! What there is, for programs: OpenAPI 3.1 (<https://spec.openapis.org/oas/v3.1.1>), made of the same declarations
//! that answer.
mod schema;

use super::describe::name;
use super::endpoint::{Endpoint, Habits, Original};
use super::{At, answer};
use crate::admin::{Registry, Verb};
use crate::app::App;
use crate::error::Result;
use crate::web::Visit;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

/// `GET /api/openapi.json`: no secret, and what a client generator needs before it has a token.
pub(super) async fn show(visit: Visit) -> Result<Response> {
    Ok(answer::json(StatusCode::OK, &document(&visit.app)))
}

/// The whole document.
pub(super) fn document(app: &App) -> Value {
    let mut paths = Map::new();
    let mut schemas = schema::common();
    for place in 0..app.api.endpoints.len() {
        let endpoint = app.api.endpoint(At(place));
        let operations = Operations { endpoint, registry: &app.registry };
        schemas.extend(schema::of(endpoint, endpoint.meta(&app.registry)));
        paths.insert(format!("/api/{}/", endpoint.path), operations.list());
        paths.insert(format!("/api/{}/{{id}}/", endpoint.path), operations.detail());
    }
    paths.extend(schema::live());
    paths.extend(schema::sign_in());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "OpInt",
            "version": crate::version::RELEASE,
            "description": "Error categories, issues, tickets and what was done about them. Lists come in pages; times are UTC.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "servers": [{ "url": app.config.base_url.as_deref().unwrap_or("/") }],
        "security": [{ "token": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": { "type": "apiKey", "in": "header", "name": "Authorization", "description": "“Token …” or “Bearer …”." },
                "session": { "type": "apiKey", "in": "cookie", "name": "opint_session" },
            },
        },
    })
}

/// Operations of one endpoint.
struct Operations<'a> {
    endpoint: &'a Endpoint,
    registry: &'a Registry,
}

impl Operations<'_> {
    /// What can be done with the list.
    fn list(&self) -> Value {
        let mut item = Map::from_iter([("get".to_owned(), self.operation("list", Verb::View))]);
        item["get"]["parameters"] = self.parameters();
        if self.endpoint.verbs.contains(&Verb::Add) {
            item.insert("post".into(), self.operation("create", Verb::Add));
        }
        item.insert("options".into(), self.options("options"));
        Value::Object(item)
    }

    /// What can be done with one row.
    fn detail(&self) -> Value {
        let mut item = Map::from_iter([("get".to_owned(), self.operation("retrieve", Verb::View))]);
        let key = json!({ "name": "id", "in": "path", "required": true, "schema": { "type": "integer", "format": "int64" } });
        item.insert("parameters".into(), json!([key]));
        if self.endpoint.verbs.contains(&Verb::Change) {
            item.insert("put".into(), self.operation("update", Verb::Change));
            item.insert("patch".into(), self.operation("partial_update", Verb::Change));
        }
        if self.endpoint.verbs.contains(&Verb::Delete) {
            item.insert("delete".into(), self.operation("destroy", Verb::Delete));
        }
        item.insert("options".into(), self.options("options_of_one"));
        Value::Object(item)
    }

    fn id(&self, what: &str) -> String {
        format!("{}_{what}", self.endpoint.path.replace(['/', '-'], "_"))
    }

    fn options(&self, what: &str) -> Value {
        json!({
            "operationId": self.id(what),
            "summary": format!("What {} takes", name(self.endpoint, true).to_lowercase()),
            "tags": [self.endpoint.path],
            "responses": schema::responses(&[("200", schema::reference("Description"))], &["401", "403", "404", "406"]),
        })
    }

    fn operation(&self, what: &str, verb: Verb) -> Value {
        let meta = self.endpoint.meta(self.registry);
        let title = schema::title(self.endpoint);
        let row = schema::reference(&title);
        let plain = ["400", "401", "403", "404", "406", "429"];
        let written = ["400", "401", "403", "404", "406", "409", "412", "413", "415", "422", "429"];
        let (summary, responses) = match what {
            "list" => (
                format!("List {}", meta.plural),
                schema::responses(&[("200", schema::reference(&format!("{title}Page")))], &plain),
            ),
            "retrieve" => (format!("Read one {}", meta.singular), schema::responses(&[("200", row)], &plain)),
            "create" if self.endpoint.habits == Habits::Original(Original::Actions) => (
                "Find or make an action".to_owned(),
                schema::responses(&[("200", row.clone()), ("201", row)], &written),
            ),
            "create" => (format!("Make one {}", meta.singular), schema::responses(&[("201", row)], &written)),
            "destroy" => (
                format!("Delete one {}", meta.singular),
                schema::responses(&[("204", Value::Null)], &written),
            ),
            "update" => (
                format!("Change one {}; what is left out stays", meta.singular),
                schema::responses(&[("200", row)], &written),
            ),
            _ => (
                format!("Change fields of one {}", meta.singular),
                schema::responses(&[("200", row)], &written),
            ),
        };
        let mut operation = json!({
            "operationId": self.id(what),
            "summary": summary,
            "tags": [self.endpoint.path],
            "description": format!("Needs the right “{}.{}”.", self.endpoint.slug, verb.name()),
            "responses": responses,
        });
        if matches!(what, "create" | "update" | "partial_update") {
            let input = format!("{title}{}", if what == "partial_update" { "Patch" } else { "Input" });
            operation["requestBody"] = json!({
                "required": true,
                "content": { "application/json": { "schema": schema::reference(&input) } },
            });
        }
        if matches!(what, "update" | "partial_update" | "destroy") {
            operation["parameters"] = json!([schema::if_match()]);
        }
        operation
    }

    /// How a list is paged, sorted and filtered.
    fn parameters(&self) -> Value {
        let mut all = schema::paging(&self.endpoint.sortable);
        match self.endpoint.habits {
            Habits::Ours => all.extend(schema::filters(self.endpoint, self.endpoint.meta(self.registry))),
            Habits::Original(original) => all.extend(schema::original_filters(original)),
        }
        Value::Array(all)
    }
}
