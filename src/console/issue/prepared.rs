//! The text of a new ticket, as a site's administrators need it: what, since when, how many, an example, why them.
use crate::admin::{shorten, thousands};
use chrono::{DateTime, Utc};

/// Links that are named; more are counted.
const NAMED: usize = 5;
/// Longest example.
const SAMPLE: usize = 600;

/// What a ticket is about.
#[derive(Clone, Debug)]
pub struct TicketFacts<'a> {
    /// Who gets it; none if it is not clear who is to blame.
    pub site: Option<&'a str>,
    /// What fails, such as `transfers`.
    pub what: &'a str,
    /// The error in short.
    pub error: &'a str,
    /// Since when.
    pub since: DateTime<Utc>,
    /// Failures since then.
    pub failures: i64,
    /// Failures an hour now.
    pub per_hour: i64,
    /// Links concerned, as `WT2 -> INFN-T1`.
    pub links: Vec<String>,
    /// A message.
    pub sample: &'a str,
    /// Why the site is blamed.
    pub evidence: Option<&'a str>,
    /// The page of the issue.
    pub url: &'a str,
}

/// A ticket ready to be copied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
}

/// Where the prepared ticket of an issue is.
#[must_use]
pub fn ticket_link(issue: i64) -> String {
    format!("/issues/{issue}/#ticket")
}

/// The text of a new ticket. Foreign text stands on lines of its own, without line breaks.
#[must_use]
pub fn prepared_ticket(facts: &TicketFacts<'_>) -> Prepared {
    let error = line(facts.error, 120);
    let subject = match facts.site {
        Some(site) => format!("{site}: {} fail, {error}", facts.what),
        None => format!("{} fail: {error}", crate::admin::capitalise(facts.what)),
    };
    let greeting =
        facts.site.map_or_else(|| "Dear colleagues,".into(), |site| format!("Dear {site} admins,"));
    let mut body = vec![greeting, String::new()];
    let site = facts.site.map_or_else(String::new, |site| format!(" of {site}"));
    body.push(format!(
        "since {} UTC {}{site} fail: {} failures so far, {} in the last hour{}.",
        facts.since.format("%-d %b %Y %H:%M"),
        facts.what,
        thousands(facts.failures),
        thousands(facts.per_hour),
        links(&facts.links)
    ));
    body.extend([String::new(), "Example:".into(), format!("  {}", line(facts.sample, SAMPLE))]);
    if let Some(evidence) = facts.evidence.filter(|evidence| !evidence.trim().is_empty()) {
        body.extend([String::new(), format!("Why we think so: {}", line(evidence, 1000))]);
    }
    body.extend([String::new(), "Could you please have a look?".into(), String::new(), facts.url.to_owned()]);
    Prepared { subject: shorten(&subject, 250), body: body.join("\n") }
}

fn links(links: &[String]) -> String {
    let named = links.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    match links.len().checked_sub(NAMED) {
        _ if links.is_empty() => String::new(),
        Some(more) if more > 0 => format!(" ({named} and {more} more)"),
        _ => format!(" ({named})"),
    }
}

fn line(text: &str, most: usize) -> String {
    shorten(&text.split_whitespace().collect::<Vec<_>>().join(" "), most)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> TicketFacts<'static> {
        TicketFacts {
            site: Some("Nevis"),
            what: "transfers",
            error: "Endpoint refuses connections",
            since: "2026-11-20T21:10:00Z".parse().expect("a time"),
            failures: 12_345,
            per_hour: 1006,
            links: vec!["Nevis -> NERSC-PDSF".into()],
            sample: "SOURCE [70]\nglobus_xio: Unable to connect",
            evidence: Some("Fails as source to all 7 destinations."),
            url: "https://opint.example/issues/6/",
        }
    }

    #[test]
    fn a_ticket_says_what_since_when_and_why() {
        let ticket = prepared_ticket(&facts());
        assert_eq!(ticket.subject, "Nevis: transfers fail, Endpoint refuses connections");
        for words in [
            "Dear Nevis admins,",
            "since 20 Nov 2026 21:10 UTC transfers of Nevis fail: 12,345 failures so far, 1,006 in the last hour \
             (Nevis -> NERSC-PDSF).",
            "  SOURCE [70] globus_xio: Unable to connect",
            "Why we think so: Fails as source to all 7 destinations.",
            "https://opint.example/issues/6/",
        ] {
            assert!(ticket.body.contains(words), "{words}\n{}", ticket.body);
        }
    }

    #[test]
    fn without_a_culprit_nobody_is_accused() {
        let links = (1..=7).map(|number| format!("A -> B{number}")).collect();
        let ticket = prepared_ticket(&TicketFacts { site: None, evidence: None, links, ..facts() });
        assert_eq!(ticket.subject, "Transfers fail: Endpoint refuses connections");
        assert!(ticket.body.starts_with("Dear colleagues,") && ticket.body.contains("A -> B5 and 2 more)"));
        assert!(!ticket.body.contains("Why we think so"));
    }
}
