//! What OpInt administers: one file per resource, one line each below. The order is the menu's.
use crate::admin::Registry;

mod action;
mod action_taken;
mod api_token;
mod audit_log;
mod cause;
mod error_category;
mod group;
mod issue;
mod loader_run;
mod notification;
mod permission;
mod site;
mod suggested_action;
mod ticket;
mod user;

/// Every resource, then the tables that have no pages of their own.
#[must_use]
pub fn registry() -> Registry {
    Registry::default()
        .with(issue::Issues)
        .with(ticket::Tickets)
        .with(site::Sites)
        .with(error_category::ErrorCategories)
        .with(cause::Causes)
        .with(action::Actions)
        .with(suggested_action::SuggestedActions)
        .with(action_taken::ActionsTaken)
        .with(user::Users)
        .with(group::Groups)
        .with(permission::Permissions)
        .with(api_token::ApiTokens)
        .with(loader_run::LoaderRuns)
        .with(notification::Notifications)
        .with(audit_log::AuditLog)
        .knows::<entity::site_alias::Entity>("other name", "other names")
        .knows::<entity::storage_endpoint::Entity>("storage endpoint", "storage endpoints")
        .knows::<entity::downtime::Entity>("downtime", "downtimes")
        .knows::<entity::category_example::Entity>("example message", "example messages")
        .knows::<entity::incident::Entity>("incident", "incidents")
        .knows::<entity::issue_hour::Entity>("hourly count", "hourly counts")
        .knows::<entity::link_hour::Entity>("hourly count of a link", "hourly counts of links")
        .knows::<entity::ticket_issue::Entity>(
            "link between ticket and issue",
            "links between tickets and issues",
        )
        .knows::<entity::ticket_incident::Entity>(
            "link between ticket and incident",
            "links between tickets and incidents",
        )
        .knows::<entity::action_stat::Entity>("statistic", "statistics")
        .knows::<entity::mute::Entity>("mute", "mutes")
        .knows::<entity::identity::Entity>("single sign-on name", "single sign-on names")
        .knows::<entity::session::Entity>("session", "sessions")
        .knows::<entity::saved_view::Entity>("saved view", "saved views")
        .knows::<entity::user_group::Entity>("group membership", "group memberships")
        .knows::<entity::user_permission::Entity>("right of a user", "rights of users")
        .knows::<entity::group_permission::Entity>("right of a group", "rights of groups")
}
