//! What a client sent: JSON, or a form.
use super::answer::refusal;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use http_body_util::BodyExt;
use serde_json::{Map, Value, json};

/// Most fields of one object.
const MOST_FIELDS: usize = 1000;

/// Largest body, in bytes.
const LARGEST: usize = 2 * 1024 * 1024;
/// Of a larger one so much is read and thrown away: who sends it hears why only once it is through.
const THROWN_AWAY: usize = 64 * 1024 * 1024;

/// Reads the body before anything is answered: a connection with something unread on it is closed, and the client's
/// next request would be lost with it.
pub(super) async fn read(request: Request, next: Next) -> Response {
    if request.method().is_safe() {
        return next.run(request).await;
    }
    let (parts, mut body) = request.into_parts();
    let (mut kept, mut length) = (Vec::new(), 0);
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else {
            return refusal(StatusCode::BAD_REQUEST, "The body ended before its end.");
        };
        let Ok(data) = frame.into_data() else { continue };
        length += data.len();
        if length <= LARGEST {
            kept.extend_from_slice(&data);
        } else if length > THROWN_AWAY {
            break;
        }
    }
    if length > LARGEST {
        let mut response = refusal(StatusCode::PAYLOAD_TOO_LARGE, "The body is larger than 2 MB.");
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        return response;
    }
    next.run(Request::from_parts(parts, Body::from(kept))).await
}

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
            "application/json" => of_json(&bytes).map_err(|refused| *refused),
            "application/x-www-form-urlencoded" => Ok(of_form(&bytes)),
            "" if bytes.is_empty() => Ok(Self(Map::new())),
            other => Err(refusal(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                &format!("Unsupported media type \"{}\" in request.", crate::admin::shorten(other, 80)),
            )),
        }
    }
}

fn of_json(bytes: &[u8]) -> Result<Sent, Box<Response>> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Box::new(refusal(StatusCode::BAD_REQUEST, &format!("JSON parse error - {error}")))
    })?;
    let name = match value {
        Value::Object(fields) if fields.len() <= MOST_FIELDS => return Ok(Sent(fields)),
        Value::Object(_) => {
            return Err(Box::new(refusal(StatusCode::BAD_REQUEST, "The object has too many fields.")));
        }
        Value::Array(_) => "list",
        Value::String(_) => "str",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::Null => "null",
    };
    let message = format!("Invalid data. Expected a dictionary, but got {name}.");
    Err(Box::new(super::answer::json(StatusCode::BAD_REQUEST, &json!({ "non_field_errors": [message] }))))
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
