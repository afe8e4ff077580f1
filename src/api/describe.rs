//! `OPTIONS`: what an endpoint takes, as Django REST framework describes it.
use super::At;
use super::answer::json;
use super::endpoint::{Answer, Endpoint, Part, Source};
use crate::admin::{Kind, Meta, Verb, capitalise};
use crate::error::Result;
use crate::web::Visit;
use axum::extract::{Extension, OriginalUri};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

/// `OPTIONS` of a list or of a row.
pub(super) async fn options(
    Extension(at): Extension<At>,
    OriginalUri(uri): OriginalUri,
    visit: Visit,
) -> Result<Response> {
    let endpoint = visit.app.api.endpoint(at);
    visit.actor()?.must(endpoint.slug, Verb::View)?;
    let meta = endpoint.meta(&visit.app.registry);
    let is_list = uri.path().trim_end_matches('/').ends_with(&endpoint.path);
    let (method, verb) = if is_list { ("POST", Verb::Add) } else { ("PUT", Verb::Change) };
    let mut answer = json!({
        "name": name(endpoint, is_list),
        "description": endpoint.about,
        "renders": ["application/json", "text/html"],
        "parses": ["application/json", "application/x-www-form-urlencoded"],
    });
    if endpoint.verbs.contains(&verb) && visit.may(endpoint.slug, verb) {
        let fields: Map<String, Value> =
            endpoint.parts.iter().map(|part| (part.name.clone(), field(part, meta))).collect();
        answer["actions"] = json!({ method: fields });
    }
    let mut response = json(StatusCode::OK, &answer);
    response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed(endpoint, is_list)));
    Ok(response)
}

/// Methods of a list or of a row.
fn allowed(endpoint: &Endpoint, is_list: bool) -> &'static str {
    let may = |verb| endpoint.verbs.contains(&verb);
    match (is_list, may(Verb::Add), may(Verb::Change), may(Verb::Delete)) {
        (true, true, ..) => "GET, HEAD, OPTIONS, POST",
        (false, _, true, true) => "DELETE, GET, HEAD, OPTIONS, PATCH, PUT",
        (false, _, true, false) => "GET, HEAD, OPTIONS, PATCH, PUT",
        (false, _, false, true) => "DELETE, GET, HEAD, OPTIONS",
        _ => "GET, HEAD, OPTIONS",
    }
}

/// What a list, or one of its rows, is called.
pub(super) fn name(endpoint: &Endpoint, is_list: bool) -> String {
    let name = capitalise(endpoint.singular);
    if is_list { format!("{name} list") } else { name }
}

fn field(part: &Part, meta: &Meta) -> Value {
    let mut about = json!({
        "type": kind(part, meta),
        "required": part.required,
        "read_only": part.read_only(),
        "label": capitalise(&part.name.replace('_', " ")),
        "help_text": part.help,
    });
    if let Some(max) = part.max_length(meta) {
        about["max_length"] = json!(max);
    }
    if let Some(choices) = part.choices(meta) {
        let choices: Vec<Value> = choices
            .iter()
            .map(|word| json!({ "value": word, "display_name": crate::admin::words(word) }))
            .collect();
        about["choices"] = json!(choices);
    }
    about
}

fn kind(part: &Part, meta: &Meta) -> &'static str {
    match part.source {
        Source::Spelled(..) | Source::Solution(Answer::AffectedSite) => "choice",
        Source::Site(_) | Source::Regex => "string",
        Source::Many(_) => "list",
        Source::Amount => "integer",
        Source::Solution(Answer::Propability) => "float",
        Source::Solution(Answer::Score) => "boolean",
        Source::Solution(_) => "field",
        Source::Field(at) => match &meta.fields[at].kind {
            Kind::Text(_) | Kind::LongText(_) => "string",
            Kind::Integer => "integer",
            Kind::Float => "float",
            Kind::Boolean => "boolean",
            Kind::Moment => "datetime",
            Kind::Choice(_) => "choice",
            Kind::Foreign(_) => "field",
        },
    }
}
