//! A message to people, sent once.
use sea_orm::entity::prelude::*;

/// A way to people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Channel {
    /// An incoming webhook of Mattermost.
    Mattermost,
    /// A POST of JSON to any address.
    Webhook,
    /// Mail.
    Email,
}

/// Why a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum Kind {
    /// An incident began.
    Opened,
    /// It changed.
    Updated,
    /// It is over.
    Resolved,
    /// Many at once.
    Digest,
}

/// How far a message got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum State {
    /// Waiting.
    Queued,
    /// Accepted.
    Sent,
    /// Given up.
    Failed,
    /// Not to be sent.
    Suppressed,
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum)]
#[sea_orm(rs_type = "String", db_type = "String(StringLen::N(16))", rename_all = "snake_case")]
pub enum SuppressedBy {
    /// There is a ticket.
    Ticket,
    /// The site is down as announced.
    Downtime,
    /// Somebody asked for silence.
    Mute,
}

/// A message to people, sent once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "notification")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// By which way.
    #[sea_orm(default_value = "mattermost")]
    pub channel: Channel,
    /// Because of which rule.
    pub rule_id: Option<i64>,
    /// About which incident.
    pub incident_id: Option<i64>,
    /// Why it is sent.
    pub kind: Kind,
    /// What makes it the same message.
    #[sea_orm(column_type = "String(StringLen::N(128))", unique)]
    pub dedup_key: String,
    /// Its text.
    #[sea_orm(column_type = "String(StringLen::N(16000))")]
    pub payload: String,
    /// How far it got.
    #[sea_orm(default_value = "queued")]
    pub state: State,
    /// How often it was tried.
    #[sea_orm(default_value = 0)]
    pub attempts: i32,
    /// When it is tried again.
    pub next_try_at: Option<DateTimeUtc>,
    /// When it was accepted.
    pub sent_at: Option<DateTimeUtc>,
    /// Why the last try failed.
    #[sea_orm(column_type = "String(StringLen::N(1000))", nullable)]
    pub error: Option<String>,
    /// Why it is not sent.
    pub suppressed_by: Option<SuppressedBy>,
    /// When it was written.
    pub created_at: DateTimeUtc,
    /// What `rule_id` points at.
    #[sea_orm(belongs_to, from = "rule_id", to = "id", on_delete = "SetNull")]
    pub rule: BelongsTo<Option<super::notification_rule::Entity>>,
    /// What `incident_id` points at.
    #[sea_orm(belongs_to, from = "incident_id", to = "id", on_delete = "SetNull")]
    pub incident: BelongsTo<Option<super::incident::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
