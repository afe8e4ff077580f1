//! What OpInt administers: one file per resource, one line each below. The order is the menu's.
use crate::admin::Registry;

mod action;
mod action_taken;
mod api_token;
mod audit_log;
mod cause;
mod downtime;
mod error_category;
mod group;
mod handover_note;
mod incident;
mod issue;
mod loader_rejection;
mod loader_run;
mod mute;
mod note;
mod notification;
mod notification_rule;
mod permission;
mod recategorisation;
mod saved_view;
mod schedule;
mod settings;
mod site;
mod solution;
mod storage_endpoint;
mod suggested_action;
mod ticket;
mod user;

pub(crate) use issue::issue_key;
pub(crate) use note::may_take_back;

/// Every resource, then the tables that have no pages of their own.
#[must_use]
pub fn registry() -> Registry {
    Registry::default()
        .with(issue::Issues)
        .with(incident::Incidents)
        .with(ticket::Tickets)
        .with(site::Sites)
        .with(storage_endpoint::StorageEndpoints)
        .with(downtime::Downtimes)
        .with(mute::Mutes)
        .with(error_category::ErrorCategories)
        .with(cause::Causes)
        .with(action::Actions)
        .with(suggested_action::SuggestedActions)
        .with(action_taken::ActionsTaken)
        .with(handover_note::HandoverNotes)
        .with(note::Notes)
        .with(solution::Solutions)
        .with(user::Users)
        .with(group::Groups)
        .with(permission::Permissions)
        .with(api_token::ApiTokens)
        .with(saved_view::SavedViews)
        .with(schedule::Schedules)
        .with(settings::Settings)
        .with(loader_run::LoaderRuns)
        .with(loader_rejection::LoaderRejections)
        .with(notification_rule::NotificationRules)
        .with(notification::Notifications)
        .with(recategorisation::Recategorisations)
        .with(audit_log::AuditLog)
        .knows::<entity::site_alias::Entity>("other name", "other names")
        .knows::<entity::category_example::Entity>("example message", "example messages")
        .knows::<entity::issue_hour::Entity>("hourly count", "hourly counts")
        .knows::<entity::link_hour::Entity>("hourly count of a link", "hourly counts of links")
        .knows::<entity::site_hour::Entity>("hourly count of a site", "hourly counts of sites")
        .knows::<entity::activity_hour::Entity>("hourly count of an activity", "hourly counts of activities")
        .knows::<entity::ticket_issue::Entity>(
            "link between ticket and issue",
            "links between tickets and issues",
        )
        .knows::<entity::ticket_incident::Entity>(
            "link between ticket and incident",
            "links between tickets and incidents",
        )
        .knows::<entity::issue_day::Entity>("daily count", "daily counts")
        .knows::<entity::link_day::Entity>("daily count of a link", "daily counts of links")
        .knows::<entity::failed_file::Entity>("failed file", "failed files")
        .knows::<entity::loaded_file::Entity>("file read", "files read")
        .knows::<entity::recategorisation_move::Entity>("move of an issue", "moves of issues")
        .knows::<entity::action_stat::Entity>("statistic", "statistics")
        .knows::<entity::identity::Entity>("single sign-on name", "single sign-on names")
        .knows::<entity::session::Entity>("session", "sessions")
        .knows::<entity::import_file::Entity>("uploaded file", "uploaded files")
        .knows::<entity::bulk_job::Entity>("background job", "background jobs")
        .knows::<entity::import_chunk::Entity>("part of an uploaded file", "parts of uploaded files")
        .knows::<entity::user_group::Entity>("group membership", "group memberships")
        .knows::<entity::user_permission::Entity>("right of a user", "rights of users")
        .knows::<entity::group_permission::Entity>("right of a group", "rights of groups")
}
