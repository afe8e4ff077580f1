//! Mattermost's incoming webhooks (<https://developers.mattermost.com/integrate/webhooks/incoming/>).
use super::{Asked, Reply, Service};
use serde_json::{Value, json};
use std::sync::Mutex;

/// Longer texts are refused.
const LONGEST: usize = 16_383;
const FIELDS: [&str; 9] =
    ["text", "channel", "username", "icon_url", "icon_emoji", "attachments", "type", "props", "priority"];

pub(in crate::tests) struct Mattermost {
    key: &'static str,
    messages: Mutex<Vec<Value>>,
}

impl Mattermost {
    /// With one hook, `/hooks/<key>`.
    pub(in crate::tests) fn new(key: &'static str) -> Self {
        Self { key, messages: Mutex::default() }
    }

    /// What arrived, in order.
    pub(in crate::tests) fn messages(&self) -> Vec<Value> {
        self.messages.lock().expect("not poisoned").clone()
    }
}

fn error(status: u16, id: &str, message: &str) -> Reply {
    let body = json!({
        "id": id, "message": message, "detailed_error": "", "request_id": "7k3ho5wwbjbkxyn5cppkxy9qsh",
        "status_code": status,
    });
    Reply::json(status, &body)
}

#[async_trait::async_trait]
impl Service for Mattermost {
    async fn answer(&self, asked: &Asked) -> Result<Reply, String> {
        let key = asked.path.strip_prefix("/hooks/").ok_or("no hook")?;
        if asked.method != "POST" || !asked.query.is_empty() {
            return Err("is no message".into());
        }
        if asked.header("content-type") != "application/json" {
            return Err(format!("content type {}", asked.header("content-type")));
        }
        if !asked.header("authorization").is_empty() {
            return Err("the address is the secret, there is no other".into());
        }
        if key != self.key {
            return Ok(error(400, "web.incoming_webhook.invalid.app_error", "Invalid webhook."));
        }
        let message: Value = serde_json::from_slice(&asked.body).map_err(|error| error.to_string())?;
        let fields = message.as_object().ok_or("no object")?;
        if let Some(name) = fields.keys().find(|name| !FIELDS.contains(&name.as_str())) {
            return Err(format!("unknown field {name}"));
        }
        let text = message["text"].as_str().unwrap_or_default();
        if text.is_empty() && message["attachments"].as_array().is_none_or(Vec::is_empty) {
            return Ok(error(400, "web.incoming_webhook.text.app_error", "No text specified."));
        }
        if text.chars().count() > LONGEST {
            return Err(format!("a text of {} characters", text.chars().count()));
        }
        self.messages.lock().expect("not poisoned").push(message);
        Ok(Reply { status: 200, kind: "text/plain", body: b"ok".into() })
    }
}
