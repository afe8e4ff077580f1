//! What there is, for people: the OpenAPI document as a page of plain HTML, which needs no script and no network.
use super::openapi::document;
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Template)]
#[template(path = "api/docs.html")]
struct DocsPage {
    chrome: Chrome,
    description: String,
    base: String,
    groups: Vec<Group>,
    schemas: Vec<Schema>,
}

/// Operations that belong together.
struct Group {
    name: String,
    /// The name as an address within the page takes it.
    anchor: String,
    operations: Vec<Operation>,
}

struct Operation {
    id: String,
    method: String,
    path: String,
    summary: String,
    description: String,
    parameters: Vec<Row>,
    body: Option<String>,
    answers: Vec<(String, String, Option<String>)>,
}

struct Schema {
    name: String,
    about: String,
    rows: Vec<Row>,
}

/// A parameter or a property.
struct Row {
    name: String,
    kind: String,
    required: bool,
    about: String,
}

/// `GET /api/docs/`
pub(super) async fn show(visit: Visit) -> Result<Response> {
    let document = document(&visit.app);
    let crumbs = vec![Crumb::to("API", "/api/"), Crumb::here("Documentation")];
    let page = DocsPage {
        chrome: visit.chrome("API documentation", crumbs).await?,
        description: text(&document["info"]["description"]),
        base: visit.app.config.base_url.clone().unwrap_or_else(|| "http://127.0.0.1:8000".into()),
        groups: groups(&document),
        schemas: schemas(&document),
    };
    render(StatusCode::OK, &page)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn pairs(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn groups(document: &Value) -> Vec<Group> {
    let mut groups: BTreeMap<String, Vec<Operation>> = BTreeMap::new();
    for (path, methods) in pairs(&document["paths"]) {
        for (method, operation) in pairs(methods).filter(|(method, _)| *method != "parameters") {
            let shared = items(&methods["parameters"]);
            let parameters = shared.chain(items(&operation["parameters"])).map(parameter).collect();
            groups.entry(text(&operation["tags"][0])).or_default().push(Operation {
                id: text(&operation["operationId"]),
                method: method.to_uppercase(),
                path: path.clone(),
                summary: text(&operation["summary"]),
                description: text(&operation["description"]),
                parameters,
                body: named(&operation["requestBody"]["content"]["application/json"]["schema"]),
                answers: pairs(&operation["responses"]).map(answer).collect(),
            });
        }
    }
    groups
        .into_iter()
        .map(|(name, operations)| Group { anchor: name.replace('/', "-"), name, operations })
        .collect()
}

fn parameter(value: &Value) -> Row {
    Row {
        name: text(&value["name"]),
        kind: kind(&value["schema"]),
        required: value["required"] == true,
        about: text(&value["description"]),
    }
}

fn answer((status, value): (&String, &Value)) -> (String, String, Option<String>) {
    (status.clone(), text(&value["description"]), named(&value["content"]["application/json"]["schema"]))
}

/// Name of the schema that is referred to.
fn named(schema: &Value) -> Option<String> {
    schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()).map(str::to_owned)
}

fn schemas(document: &Value) -> Vec<Schema> {
    let all = pairs(&document["components"]["schemas"]);
    all.map(|(name, schema)| {
        let required: Vec<String> = items(&schema["required"]).map(text).collect();
        let row = |(name, value): (&String, &Value)| Row {
            name: name.clone(),
            kind: kind(value),
            required: required.contains(name),
            about: text(&value["description"]),
        };
        Schema {
            name: name.clone(),
            about: text(&schema["description"]),
            rows: pairs(&schema["properties"]).map(row).collect(),
        }
    })
    .collect()
}

/// What a value is, in a few words.
fn kind(schema: &Value) -> String {
    if let Some(name) = named(schema) {
        return name;
    }
    let words: Vec<String> = items(&schema["enum"]).map(|word| word.to_string()).collect();
    if !words.is_empty() {
        return words.join(" | ");
    }
    let mut kind = match &schema["type"] {
        Value::Array(kinds) => kinds.iter().map(text).collect::<Vec<_>>().join(" or "),
        other => text(other),
    };
    if kind == "array" {
        kind = format!("list of {}", self::kind(&schema["items"]));
    }
    if let Some(format) = schema["format"].as_str().filter(|format| *format != "int64") {
        kind = format!("{kind} ({format})");
    }
    if let Some(max) = schema["maxLength"].as_u64() {
        kind = format!("{kind}, at most {max} characters");
    }
    kind
}
