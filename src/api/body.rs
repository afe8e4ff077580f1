//! What a client sent: JSON, or a form.
use super::answer::refusal;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use axum::response::Response;
use serde_json::{Map, Value, json};

/// Most fields of one object.
const MOST_FIELDS: usize = 1000;

/// An object with its fields.
pub(super) struct Sent(pub(super) Map<String, Value>);

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let bytes = Bytes::from_request(request, state)
            .await
            .map_err(|_| refusal(StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 2 MB."))?;
        match kind.as_str() {
            "application/json" => of_json(&bytes),
            "application/x-www-form-urlencoded" => Ok(of_form(&bytes)),
            "" if bytes.is_empty() => Ok(Self(Map::new())),
            other => Err(refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!("Unsupported media type \"{}\" in request.", crate::admin::shorten(other, 80)),
            )),
        }
    }
}

fn of_json(bytes: &[u8]) -> Result<Sent, Response> {
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| refusal(StatusCode::BAD_REQUEST, &format!("JSON parse error - {error}")))?;
    let name = match value {
        Value::Object(fields) if fields.len() <= MOST_FIELDS => return Ok(Sent(fields)),
        Value::Object(_) => return Err(refusal(StatusCode::BAD_REQUEST, "The object has too many fields.")),
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    };
    let message = format!("Invalid data. Expected a dictionary, but got {name}.");
    Err(super::answer::json(StatusCode::BAD_REQUEST, &json!({ "non_field_errors": [message] })))
}

/// A name that comes more than once is a list.
fn of_form(bytes: &[u8]) -> Sent {
    let mut fields = Map::new();
    for (name, value) in url::form_urlencoded::parse(bytes).into_owned().take(MOST_FIELDS) {
        match fields.get_mut(&name) {
            Some(Value::Array(values)) => values.push(Value::String(value)),
            Some(before) => *before = json!([before.take(), value]),
            None => drop(fields.insert(name, Value::String(value))),
        }
    }
    Sent(fields)
}
