//! States and sides in words, with the tone of their badges.
use entity::action_taken::Worked;
use entity::issue::{Attribution, Model, Status};
use entity::vocabulary::{Operation, Side};
use sea_orm::ActiveEnum;

/// Tone and word of a status.
pub(super) fn status_badge(status: Status) -> (&'static str, &'static str) {
    match status {
        Status::New => ("bad", "New"),
        Status::Ongoing => ("warn", "Ongoing"),
        Status::Resolved => ("good", "Resolved"),
        Status::Muted => ("info", "Muted"),
    }
}

/// Tone and words of an outcome.
pub(super) fn worked_badge(worked: Worked) -> (&'static str, &'static str) {
    match worked {
        Worked::Yes => ("good", "worked"),
        Worked::No => ("bad", "did not work"),
        Worked::Pending => ("warn", "too early to say"),
        Worked::Unknown => ("", "cannot tell"),
    }
}

/// A side where no site can be named.
pub(super) fn side_title(side: Side) -> &'static str {
    match side {
        Side::Source => "the source",
        Side::Destination => "the destination",
        Side::Both => "both sites",
        Side::Link => "the network between",
        Side::Service => "FTS or Rucio",
        Side::Unknown => "not known",
    }
}

/// The side that the counts blame.
pub(crate) fn blamed_side(attribution: Attribution) -> Side {
    match attribution {
        Attribution::Source => Side::Source,
        Attribution::Destination => Side::Destination,
        Attribution::Link => Side::Link,
        Attribution::Service => Side::Service,
        Attribution::Unclear => Side::Unknown,
    }
}

/// The site of an issue that stands on a side.
pub(super) fn site_on(issue: &Model, side: Side) -> Option<i64> {
    match side {
        Side::Source => issue.src_site_id,
        Side::Destination => issue.dst_site_id,
        _ => None,
    }
}

/// Where an issue is: its link, its site, or its workflow.
pub(super) fn whereabouts(issue: &Model, name: impl Fn(i64) -> String) -> String {
    match (issue.src_site_id, issue.dst_site_id, &issue.workflow) {
        (Some(source), Some(destination), _) => format!("{} → {}", name(source), name(destination)),
        (Some(only), None, _) | (None, Some(only), _) => {
            format!("{} at {}", issue.operation.to_value(), name(only))
        }
        (None, None, Some(workflow)) => workflow.clone(),
        (None, None, None) => issue.operation.to_value(),
    }
}

/// What fails, several of them.
pub(super) fn operations(operation: Operation) -> &'static str {
    match operation {
        Operation::Transfer => "transfers",
        Operation::Deletion => "deletions",
        Operation::Staging => "recalls from tape",
        Operation::Workflow => "jobs",
    }
}

/// `1 issue`, `2 issues`.
pub(super) fn plural(count: usize, one: &str, several: &str) -> String {
    let number = crate::admin::thousands(i64::try_from(count).unwrap_or(i64::MAX));
    format!("{number} {}", if count == 1 { one } else { several })
}
