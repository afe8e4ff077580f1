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
        .knows::<entity::site_alias::Entity>()
        .knows::<entity::storage_endpoint::Entity>()
        .knows::<entity::downtime::Entity>()
        .knows::<entity::category_example::Entity>()
        .knows::<entity::incident::Entity>()
        .knows::<entity::issue_hour::Entity>()
        .knows::<entity::link_hour::Entity>()
        .knows::<entity::ticket_issue::Entity>()
        .knows::<entity::ticket_incident::Entity>()
        .knows::<entity::action_stat::Entity>()
        .knows::<entity::mute::Entity>()
        .knows::<entity::identity::Entity>()
        .knows::<entity::session::Entity>()
        .knows::<entity::saved_view::Entity>()
        .knows::<entity::user_group::Entity>()
        .knows::<entity::user_permission::Entity>()
        .knows::<entity::group_permission::Entity>()
}
