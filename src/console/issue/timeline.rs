//! What happened with an issue, newest first: records and their outcomes, tickets, changes of its status, its
//! incident, and what was told to people.
use super::chart::Event;
use super::load::Loaded;
use crate::admin::history::Changes;
use crate::console::questions::Row;
use crate::console::record::UNDO;
use crate::console::words::{side_title, worked_badge};
use crate::web::Visit;
use chrono::{DateTime, Duration, Utc};
use entity::action_taken::Worked;
use entity::notification;
use sea_orm::ActiveEnum;

/// Entries shown; the history has all.
const SHOWN: usize = 40;
/// Fields of an issue whose change is told here.
const TOLD: [&str; 4] = ["Status", "Category", "Counts of", "Unfolded from"];

/// One entry.
pub(super) struct Entry {
    pub(super) at: DateTime<Utc>,
    pub(super) who: String,
    pub(super) what: String,
    /// Text and address of what it is about.
    pub(super) link: Option<(String, String)>,
    /// Field, before, after.
    pub(super) changes: Vec<(String, Option<String>, Option<String>)>,
    pub(super) record: Option<Taken>,
}

/// Something that was done.
pub(super) struct Taken {
    pub(super) id: i64,
    pub(super) action: String,
    pub(super) worked: (&'static str, &'static str),
    pub(super) outcome: String,
    pub(super) fault: String,
    pub(super) ticket: Option<(String, i64)>,
    pub(super) comment: Option<String>,
    pub(super) pending: bool,
    pub(super) may_undo: bool,
}

impl Entry {
    fn plain(at: DateTime<Utc>, who: &str, what: impl Into<String>) -> Self {
        let (who, what) = (who.to_owned(), what.into());
        Self { at, who, what, link: None, changes: Vec::new(), record: None }
    }
}

/// All of it, newest first.
pub(super) fn timeline(visit: &Visit, loaded: &Loaded) -> Vec<Entry> {
    let mut entries: Vec<Entry> = loaded.records.iter().map(|row| record(visit, loaded, row)).collect();
    entries.extend(loaded.records.iter().filter_map(outcome));
    changes(loaded, &mut entries);
    for held in loaded.tickets.iter().filter(|held| held.linked) {
        let link = Some((held.label.clone(), format!("/admin/tickets/{}/change/", held.ticket.id)));
        for (at, what) in [(held.ticket.opened_at, "Opened"), (held.ticket.closed_at, "Closed")] {
            let entry = at.map(|at| Entry { link: link.clone(), ..Entry::plain(at, "Ticket", what) });
            entries.extend(entry);
        }
    }
    entries.extend(incident(loaded));
    entries.extend(loaded.notifications.iter().map(told));
    entries.push(Entry::plain(loaded.issue.first_seen, "Monitoring", "First failure"));
    entries.sort_by_key(|entry| std::cmp::Reverse(entry.at));
    entries.truncate(SHOWN);
    entries
}

fn record(visit: &Visit, loaded: &Loaded, (row, action, user): &Row) -> Entry {
    let who = user.as_ref().map_or("not known", |user| user.username.as_str());
    let site = row.site_id.and_then(|id| loaded.sites.get(&id));
    let ticket = row.ticket_id.map(|id| {
        let held = loaded.tickets.iter().find(|held| held.ticket.id == id);
        (held.map_or_else(|| format!("Ticket {id}"), |held| held.label.clone()), id)
    });
    let mine = visit
        .actor
        .as_ref()
        .is_some_and(|actor| actor.is_superuser || (row.user_id.is_some() && row.user_id == actor.id));
    let taken = Taken {
        id: row.id,
        action: action.as_ref().map(|action| action.name.clone()).unwrap_or_default(),
        worked: worked_badge(row.worked),
        outcome: row.worked.to_value(),
        fault: site.map_or_else(|| side_title(row.side).to_owned(), |site| site.name.clone()),
        ticket: ticket.filter(|_| loaded.sees_tickets),
        comment: row.comment.clone(),
        pending: row.worked == Worked::Pending,
        may_undo: mine && visit.now - row.created_at <= Duration::minutes(UNDO),
    };
    Entry { record: Some(taken), ..Entry::plain(row.taken_at, who, "") }
}

/// An outcome that was given later than the record.
fn outcome((row, action, _): &Row) -> Option<Entry> {
    let at = row.worked_at.filter(|at| *at > row.taken_at + Duration::minutes(1))?;
    let action = action.as_ref().map(|action| action.name.as_str()).unwrap_or_default();
    Some(Entry::plain(at, "Outcome", format!("“{action}” {}", worked_badge(row.worked).1)))
}

/// What the history says about the issue; what came with a record stands there.
fn changes(loaded: &Loaded, entries: &mut Vec<Entry>) {
    for log in &loaded.history {
        let all: Changes = serde_json::from_str(&log.changes).unwrap_or_default();
        let told: Vec<_> = all
            .into_iter()
            .filter(|(field, _)| TOLD.contains(&field.as_str()))
            .map(|(field, [old, new])| (field, old, new))
            .collect();
        if told.is_empty() || log.verb != entity::audit_log::Verb::Change {
            continue;
        }
        let same =
            |entry: &&mut Entry| entry.record.is_some() && entry.at == log.at && entry.who == log.username;
        match entries.iter_mut().find(same) {
            Some(entry) => entry.changes.extend(told),
            None => entries.push(Entry { changes: told, ..Entry::plain(log.at, &log.username, "") }),
        }
    }
}

fn incident(loaded: &Loaded) -> Vec<Entry> {
    let Some(incident) = &loaded.incident else { return Vec::new() };
    let link =
        Some((format!("Incident {}", incident.id), format!("/admin/incidents/{}/change/", incident.id)));
    let moments = [
        (Some(incident.started_at), "began"),
        (incident.announced_at, "was announced"),
        (incident.ended_at, "ended"),
    ];
    let entry = |(at, what): (Option<DateTime<Utc>>, &str)| {
        Some(Entry { link: link.clone(), ..Entry::plain(at?, "Incident", what) })
    };
    moments.into_iter().filter_map(entry).collect()
}

fn told(row: &notification::Model) -> Entry {
    let channel = match row.channel {
        notification::Channel::Mattermost => "Mattermost",
        notification::Channel::Webhook => "the webhook",
        notification::Channel::Email => "mail",
    };
    let what = match (row.state, row.suppressed_by) {
        (notification::State::Sent, _) => format!("{} by {channel}", row.kind.to_value()),
        (notification::State::Queued, _) => format!("{} to be sent by {channel}", row.kind.to_value()),
        (notification::State::Failed, _) => format!("{} could not be sent by {channel}", row.kind.to_value()),
        (notification::State::Suppressed, Some(why)) => {
            format!("{} not sent by {channel}: {}", row.kind.to_value(), why.to_value())
        }
        (notification::State::Suppressed, None) => format!("{} not sent by {channel}", row.kind.to_value()),
    };
    Entry::plain(row.sent_at.unwrap_or(row.created_at), "Notification", what)
}

/// What is marked in the chart.
pub(super) fn events(loaded: &Loaded) -> Vec<Event> {
    let records = loaded.records.iter().map(|(row, action, user)| {
        let action = action.as_ref().map(|action| action.name.as_str()).unwrap_or_default();
        let who = user.as_ref().map_or(String::new(), |user| format!(", {}", user.username));
        Event { at: row.taken_at, text: format!("{action}{who}") }
    });
    let mut events: Vec<Event> = records.collect();
    for held in &loaded.tickets {
        for (at, what) in [(held.ticket.opened_at, "opened"), (held.ticket.closed_at, "closed")] {
            events.extend(at.map(|at| Event { at, text: format!("{} {what}", held.label) }));
        }
    }
    if let Some(incident) = &loaded.incident {
        for (at, what) in [(Some(incident.started_at), "began"), (incident.ended_at, "ended")] {
            events.extend(at.map(|at| Event { at, text: format!("Incident {what}") }));
        }
    }
    events
}
