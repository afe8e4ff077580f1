//! Thresholds and rules that people change while OpInt runs. There is one row.
use sea_orm::entity::prelude::*;

/// Thresholds and rules that people change while OpInt runs. There is one row.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "settings")]
pub struct Model {
    /// Key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// An endpoint or link is failing when its success rate is surely below this share.
    #[sea_orm(default_value = 0.2)]
    pub failing_below: f64,
    /// Fewer attempts than this say nothing.
    #[sea_orm(default_value = 20)]
    pub min_attempts: i32,
    /// Hours that count together.
    #[sea_orm(default_value = 4)]
    pub window_hours: i32,
    /// Bad hours in a row until an incident opens.
    #[sea_orm(default_value = 2)]
    pub open_after: i32,
    /// Good hours in a row until it closes.
    #[sea_orm(default_value = 2)]
    pub close_after: i32,
    /// Minutes that an incident may last before it is told.
    #[sea_orm(default_value = 0)]
    pub grace_minutes: i32,
    /// Days for which hourly counts are kept.
    #[sea_orm(default_value = 90)]
    pub keep_hours_for_days: i32,
    /// Days for which daily counts are kept.
    #[sea_orm(default_value = 1095)]
    pub keep_days_for_days: i32,
    /// Failures an hour from which a site needs somebody's hand.
    #[sea_orm(default_value = 10)]
    pub action_failures: i32,
    /// Hours for which an action taken keeps a site from needing another.
    #[sea_orm(default_value = 4)]
    pub action_hours: i32,
    /// Hours after which a ticket without a change is no longer an answer.
    #[sea_orm(default_value = 24)]
    pub reply_hours: i32,
    /// Address for a new ticket.
    #[sea_orm(column_type = "String(StringLen::N(500))")]
    pub new_ticket_url: String,
    /// When the row was made.
    pub created_at: DateTimeUtc,
    /// When it was last changed.
    pub updated_at: DateTimeUtc,
    /// Counts the changes; a save over a newer version is refused.
    #[sea_orm(default_value = 1)]
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
