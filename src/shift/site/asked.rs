//! What an address asks of a site's page: which operation, over how many hours.
use crate::admin::capitalise;
use crate::shift::board::{self, address, plural};
use crate::shift::situation::{self, WINDOWS};
use crate::shift::window::Window;
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::Role;
use entity::vocabulary::Operation;

/// Operations that are counted by site.
const OPERATIONS: [Operation; 3] = [Operation::Transfer, Operation::Deletion, Operation::Staging];
/// Counts that end so long ago are told to be old.
const STALE: TimeDelta = TimeDelta::hours(2);

/// What an address asks.
pub(super) struct Asked {
    pub(super) operation: Operation,
    pub(super) hours: i64,
    /// What was left out, and why.
    pub(super) notes: Vec<String>,
}

/// One of a row of choices.
pub(super) struct Choice {
    pub(super) title: String,
    pub(super) href: String,
    pub(super) current: bool,
}

impl Asked {
    pub(super) fn parse(query: &str) -> Self {
        let (situation::Asked { operation, activity, hours }, mut notes) = board::asked(query);
        if activity.is_some() {
            notes.push("Sites are not counted by activity; these are all activities.".into());
        }
        Self { operation, hours, notes }
    }

    /// What is counted, in a word.
    pub(super) fn title(&self) -> String {
        capitalise(plural(self.operation))
    }

    /// In which roles a site takes part.
    pub(super) fn roles(&self) -> &'static [Role] {
        match self.operation {
            // Nothing is read.
            Operation::Deletion => &[Role::Destination],
            _ => &[Role::Destination, Role::Source],
        }
    }

    /// The same page over other hours.
    pub(super) fn windows(&self, path: &str) -> Vec<Choice> {
        let choice = |hours: i64| self.choice(path, self.operation, hours, format!("{hours}\u{202f}h"));
        WINDOWS.into_iter().map(choice).collect()
    }

    /// The same page about other operations.
    pub(super) fn operations(&self, path: &str) -> Vec<Choice> {
        let choice = |operation| self.choice(path, operation, self.hours, capitalise(plural(operation)));
        OPERATIONS.into_iter().map(choice).collect()
    }

    fn choice(&self, path: &str, operation: Operation, hours: i64, title: String) -> Choice {
        let asked = situation::Asked { operation, activity: None, hours };
        let current = (operation, hours) == (self.operation, self.hours);
        Choice { title, href: address(path, &asked, ""), current }
    }
}

/// How long nothing has been counted, if that is long.
pub(super) fn age(window: Window, now: DateTime<Utc>) -> Option<String> {
    let age = now - window.until;
    (age >= STALE).then(|| crate::shift::times::length(age))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_makes_no_sense_is_dropped_and_said() {
        let asked = Asked::parse("hours=24&operation=deletion");
        assert_eq!((asked.hours, asked.operation, asked.notes.len()), (24, Operation::Deletion, 0));
        let asked = Asked::parse("hours=1e9&operation=%3Cb%3E&activity=T0");
        assert_eq!((asked.hours, asked.operation, asked.notes.len()), (1, Operation::Transfer, 3));
        assert_eq!(Asked::parse("operation=workflow").notes.len(), 1);
        let hrefs = |choices: Vec<Choice>| choices.into_iter().map(|choice| choice.href).collect::<Vec<_>>();
        let asked = Asked::parse("hours=4");
        assert_eq!(hrefs(asked.windows("/x/")), ["/x/", "/x/?hours=4", "/x/?hours=24"]);
        assert_eq!(hrefs(asked.operations("/x/"))[1], "/x/?hours=4&operation=deletion");
    }
}
