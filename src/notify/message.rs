//! What people read about an incident: what fails, since when, who is to blame and why, what to do,
//! and where to look.
use crate::admin::{shorten, thousands};
use entity::incident::{Model, Role};
use entity::notification::Kind;
use serde::{Deserialize, Serialize};

/// Mattermost takes 16,383 characters and cuts or refuses what is longer; nobody reads a tenth of it.
const LONGEST: usize = 3500;
/// An error message is shown in one line of at most that many characters.
const LINE: usize = 300;

/// A message, as it is kept until it is sent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// One line.
    pub title: String,
    /// All of it, in Markdown.
    pub text: String,
    /// Page about it.
    pub url: String,
    /// Failures so far: what a later message is compared with.
    pub failures: i64,
}

/// Text for a new ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Subject.
    pub subject: String,
    /// Body.
    pub body: String,
}

/// What is known about an incident.
pub(super) struct Facts<'a> {
    pub(super) incident: &'a Model,
    pub(super) site: &'a str,
    pub(super) partner: Option<&'a str>,
    pub(super) category: Option<&'a str>,
    pub(super) sample: Option<&'a str>,
    pub(super) action: Option<&'a str>,
    pub(super) url: String,
    pub(super) new_ticket_url: &'a str,
}

impl Facts<'_> {
    /// The message of a kind.
    pub(super) fn message(&self, kind: Kind) -> Message {
        let what = self.what();
        let title = match kind {
            Kind::Opened | Kind::Digest => format!("{} {what}", self.site),
            Kind::Updated => format!("{} {what}, and it gets worse", self.site),
            Kind::Resolved => format!("{} works again: it no longer {what}", self.site),
        };
        let mut lines = vec![format!("**{}**", plain(&title)), self.counts()];
        if kind != Kind::Resolved {
            lines.extend(self.incident.evidence.as_deref().map(|why| format!("Blame: {}", plain(why))));
            lines.extend(self.category.map(|category| format!("Leading error: {}", plain(category))));
            lines.extend(self.sample.map(|sample| format!("```\n{}\n```", fenced(sample))));
            lines.extend(self.action.map(|action| format!("Suggested: {}", plain(action))));
            lines.push(format!("[Details]({}) · [New ticket]({})", self.url, self.new_ticket_url));
            let ticket = self.ticket();
            lines.push(format!(
                "Text for the ticket:\n```\n{}\n\n{}\n```",
                fenced(&ticket.subject),
                ticket.body
            ));
        } else {
            lines.push(format!("[Details]({})", self.url));
        }
        Message {
            title,
            text: shorten(&lines.join("\n"), LONGEST),
            url: self.url.clone(),
            failures: self.incident.failures,
        }
    }

    fn what(&self) -> String {
        let operation = match self.incident.operation {
            entity::vocabulary::Operation::Transfer => "transfers",
            entity::vocabulary::Operation::Deletion => "deletions",
            entity::vocabulary::Operation::Staging => "recalls from tape",
            entity::vocabulary::Operation::Workflow => "jobs",
        };
        match (self.incident.role, self.partner) {
            (Role::Source, _) => format!("fails as source of {operation}"),
            (Role::Link, Some(partner)) => {
                format!("fails in {operation} from {partner}, while both work with others")
            }
            _ => format!("fails as destination of {operation}"),
        }
    }

    fn counts(&self) -> String {
        let Model { attempts, failures, started_at, ended_at, .. } = self.incident;
        let rate = match attempts {
            0 => String::new(),
            attempts => format!(
                ", {:.0} % of {} attempts succeeded",
                100.0 * (attempts - failures) as f64 / *attempts as f64,
                thousands(*attempts)
            ),
        };
        let until =
            ended_at.map_or_else(String::new, |end| format!(" until {}", end.format("%Y-%m-%d %H:%M")));
        format!(
            "Since {}{until} UTC: {} failures{rate}.",
            started_at.format("%Y-%m-%d %H:%M"),
            thousands(*failures)
        )
    }

    /// Text for a new ticket, as a site's administrators need it.
    pub(super) fn ticket(&self) -> Ticket {
        let subject = format!("{} {}", self.site, self.what());
        let mut body = vec![self.counts()];
        body.extend(self.incident.evidence.clone().map(|why| fenced(&why)));
        body.extend(self.sample.map(|sample| format!("Sample: {}", fenced(sample))));
        body.push(self.url.clone());
        Ticket { subject, body: body.join("\n") }
    }
}

/// One line of foreign text for a code block: no end of the block, nobody called.
fn fenced(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&line.replace('`', "'").replace('@', "@\u{200d}"), LINE)
}

/// Foreign text that is not to be read as Markdown.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in shorten(text, 600).chars() {
        match letter {
            '@' => out.push_str("@\u{200d}"),
            '*' | '_' | '`' | '[' | ']' | '#' | '|' | '<' | '>' | '~' | '\\' => out.extend(['\\', letter]),
            '\n' | '\r' => out.push(' '),
            other => out.push(other),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_calls_nobody_and_ends_no_block() {
        assert_eq!(fenced("a ```\n@channel  b"), "a ''' @\u{200d}channel b");
        assert_eq!(plain("*x* [y](z)"), "\\*x\\* \\[y\\](z)");
    }
}
