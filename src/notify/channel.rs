//! Ways to people: an incoming webhook of Mattermost
//! (<https://developers.mattermost.com/integrate/webhooks/incoming/>), a POST of JSON to any address, mail.
use super::message::Message;
use crate::app::App;
use crate::config::Config;
use crate::sources::http::{Credentials, Http, Limits};
use async_trait::async_trait;
use entity::notification::Channel as Kind;
use lettre::message::Mailbox;
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};
use serde_json::json;
use std::time::Duration;
use url::Url;

/// How long a channel may take to answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why a message was not taken.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It will not be taken later either.
    Never(String),
    /// Perhaps later; after that time, if the channel said so.
    Later(String, Option<Duration>),
}

/// A way to people.
#[async_trait]
pub(super) trait Channel: Send + Sync {
    /// Sends one message.
    async fn send(&self, message: &Message) -> Result<(), Refusal>;
}

/// The channel of a rule, by what it says and what the environment says.
pub(super) fn open(app: &App, kind: Kind, target: Option<&str>) -> Result<Box<dyn Channel>, Refusal> {
    let own = target.map(str::to_owned).filter(|target| !target.is_empty());
    let missing = |what: &str| Refusal::Later(format!("{what} is not set"), None);
    match kind {
        Kind::Mattermost => {
            let url = own.or_else(|| app.config.mattermost.clone());
            let url = url.ok_or_else(|| missing("MATTERMOST_WEBHOOK_URL"))?;
            Ok(Box::new(Webhook::open(&url, mattermost)?))
        }
        Kind::Webhook => {
            let url = own.ok_or_else(|| missing("the address of the webhook"))?;
            Ok(Box::new(Webhook::open(&url, plain)?))
        }
        Kind::Email => {
            let to = own.ok_or_else(|| missing("the address to write to"))?;
            Ok(Box::new(Email::open(&app.config, &to)?))
        }
    }
}

/// Whether a rule can send there; an empty target is what the environment says.
///
/// # Errors
/// What is wrong with it.
pub fn check_target(kind: Kind, target: &str) -> Result<(), String> {
    match kind {
        Kind::Mattermost if target.is_empty() => Ok(()),
        Kind::Mattermost | Kind::Webhook => {
            match Url::parse(target) {
                Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(()),
                _ => Err("Enter the address of the webhook, such as https://mattermost.example.org/hooks/…."
                    .into()),
            }
        }
        Kind::Email => target.parse::<Mailbox>().map(drop).map_err(|_| "Enter an e-mail address.".to_owned()),
    }
}

struct Webhook {
    http: Http,
    url: Url,
    body: fn(&Message) -> serde_json::Value,
}

fn mattermost(message: &Message) -> serde_json::Value {
    json!({ "text": message.text, "username": "opint" })
}

fn plain(message: &Message) -> serde_json::Value {
    json!({
        "title": message.title,
        "text": message.text,
        "url": message.url,
        "failures": message.failures,
    })
}

impl Webhook {
    fn open(url: &str, body: fn(&Message) -> serde_json::Value) -> Result<Self, Refusal> {
        let limits = Limits {
            connect: PATIENCE,
            silence: PATIENCE,
            answer: PATIENCE,
            attempts: 1,
            ..Limits::default()
        };
        let url = Url::parse(url).map_err(|_| Refusal::Never("the address of the webhook is none".into()))?;
        let http = Http::new(limits).map_err(|error| Refusal::Later(error.to_string(), None))?;
        Ok(Self { http, url, body })
    }
}

#[async_trait]
impl Channel for Webhook {
    async fn send(&self, message: &Message) -> Result<(), Refusal> {
        let body = (self.body)(message).to_string().into_bytes();
        let sent = self.http.post(&self.url, &Credentials::none(), "application/json", body).await;
        // A fault names the host alone: the rest of the address is the password.
        sent.map(drop).map_err(|fault| match fault.is_temporary() {
            true => Refusal::Later(fault.to_string(), fault.wait),
            false => Refusal::Never(fault.to_string()),
        })
    }
}

struct Email {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    to: Mailbox,
}

impl Email {
    fn open(config: &Config, to: &str) -> Result<Self, Refusal> {
        let missing = |what: &str| Refusal::Later(format!("{what} is not set"), None);
        let (server, from) =
            config.smtp.as_ref().ok_or_else(|| missing("OPINT_SMTP_URL or OPINT_EMAIL_FROM"))?;
        let wrong = |what: &str| Refusal::Never(format!("{what} is no address"));
        let transport = AsyncSmtpTransport::<Tokio1Executor>::from_url(server)
            .map_err(|_| wrong("OPINT_SMTP_URL"))?
            .timeout(Some(PATIENCE))
            .build();
        let from = from.parse().map_err(|_| wrong("OPINT_EMAIL_FROM"))?;
        Ok(Self { transport, from, to: to.parse().map_err(|_| wrong("the target"))? })
    }
}

#[async_trait]
impl Channel for Email {
    async fn send(&self, message: &Message) -> Result<(), Refusal> {
        let mail = lettre::Message::builder()
            .from(self.from.clone())
            .to(self.to.clone())
            .subject(format!("[OpInt] {}", message.title))
            .body(message.text.clone())
            .map_err(|error| Refusal::Never(error.to_string()))?;
        match self.transport.send(mail).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_permanent() => Err(Refusal::Never(error.to_string())),
            Err(error) => Err(Refusal::Later(error.to_string(), None)),
        }
    }
}
