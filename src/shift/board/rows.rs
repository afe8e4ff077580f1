//! The rows of the board: what needs a hand, and what somebody has in hand, with the reason.
use super::live::{self, Live, between};
use super::{Spark, address};
use crate::admin::{shorten, thousands};
use crate::shift::numbers::{against_usual, efficiency, heat, percent};
use crate::shift::situation::{Culprit, Link, Situation, Trouble};
use crate::shift::{site_path, times};
use crate::suggestions::Suggestion;
use chrono::{DateTime, TimeDelta, Utc};
use entity::site_hour::Role;
use entity::{action_taken, issue, ticket};

/// Links that are named below a row.
const LINKS: usize = 8;
/// Other actions that the menu of a row offers.
const CHOICES: usize = 3;

/// A row of *Needs action*.
pub(super) struct Row {
    /// The same as long as it is about the same.
    pub(super) key: String,
    /// Who is blamed.
    pub(super) name: String,
    /// Whether that is a site.
    pub(super) is_site: bool,
    /// Their page.
    pub(super) href: String,
    /// Country, tier and role.
    pub(super) about: String,
    /// Class and word of the state.
    pub(super) state: (&'static str, &'static str, &'static str),
    /// Whether the blame is sure.
    pub(super) clear: bool,
    /// Failures of the window.
    pub(super) failures: i64,
    /// The same per hour, as text.
    pub(super) rate: String,
    /// Against the usual; empty if that is not known.
    pub(super) usual: String,
    pub(super) spark: Option<Spark>,
    pub(super) suffering: usize,
    pub(super) tried: usize,
    /// The list of these links.
    pub(super) matrix: String,
    pub(super) heat: (&'static str, String),
    pub(super) error: Option<ErrorCell>,
    pub(super) ticket: TicketCell,
    pub(super) suggestion: Option<Suggestion>,
    pub(super) others: Vec<Suggestion>,
    pub(super) sentence: String,
    pub(super) links: Vec<LinkRow>,
    pub(super) more_links: usize,
}

/// The leading error of a row.
pub(super) struct ErrorCell {
    pub(super) issue: i64,
    pub(super) title: String,
    pub(super) sample: String,
}

/// What there is to say about a ticket.
pub(super) enum TicketCell {
    /// There is nobody to send one to.
    Impossible,
    /// The visitor may not see tickets.
    Hidden,
    /// There should be one.
    Missing,
    /// There is one; with how long nobody touched it, if that is too long.
    Open { label: String, href: String, silent: Option<String> },
}

impl TicketCell {
    pub(super) const fn is_missing(&self) -> bool {
        matches!(self, Self::Missing)
    }

    /// For the revision.
    pub(super) fn key(&self) -> &str {
        match self {
            Self::Open { label, .. } => label,
            Self::Missing => "missing",
            Self::Impossible | Self::Hidden => "",
        }
    }
}

/// A link below a row.
pub(super) struct LinkRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) rate: String,
    pub(super) heat: (&'static str, String),
}

/// A row of *In hand*.
pub(super) struct Quiet {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) about: String,
    pub(super) rate: String,
    pub(super) why: Why,
}

/// Why something is in hand: a badge, a link or a word, and more about it.
pub(super) struct Why {
    pub(super) badge: Option<String>,
    pub(super) link: Option<(String, String)>,
    pub(super) word: Option<String>,
    pub(super) more: String,
}

/// Troubles in the order of the board.
pub(super) struct Sorted {
    pub(super) rows: Vec<Row>,
    pub(super) quiet: Vec<Quiet>,
    pub(super) below: usize,
    pub(super) more: usize,
}

pub(super) fn sort(situation: &Situation, live: &Live, now: DateTime<Utc>) -> Sorted {
    let listed = live::listed(situation).count();
    let mut sorted = Sorted {
        rows: Vec::new(),
        quiet: Vec::new(),
        below: situation.troubles.len() - listed,
        more: listed.saturating_sub(live::MOST),
    };
    for (place, trouble) in live::listed(situation).take(live::MOST).enumerate() {
        let maker = Maker { situation, live, now, trouble };
        match maker.in_hand() {
            Some(why) => sorted.quiet.push(maker.quiet(why)),
            None => {
                let suggestions = live.suggestions.get(place).cloned().unwrap_or_default();
                sorted.rows.push(maker.row(suggestions));
            }
        }
    }
    sorted
}

struct Maker<'a> {
    situation: &'a Situation,
    live: &'a Live,
    now: DateTime<Utc>,
    trouble: &'a Trouble,
}

impl Maker<'_> {
    fn row(&self, suggestions: Vec<Suggestion>) -> Row {
        let (trouble, window) = (self.trouble, self.situation.window);
        let mut suggestions = suggestions.into_iter();
        Row {
            key: format!("{:?}", trouble.culprit),
            name: self.name(),
            is_site: matches!(trouble.culprit, Culprit::Site(_)),
            href: self.href(),
            about: self.about(),
            state: self.state(),
            clear: trouble.clear,
            failures: trouble.failures,
            rate: thousands(window.per_hour(trouble.failures)),
            usual: self.usual(),
            spark: (!trouble.chart.is_empty())
                .then(|| Spark::against(&trouble.chart, window.per_hour(trouble.usual.unwrap_or_default()))),
            suffering: trouble.links.len(),
            tried: trouble.tried,
            matrix: self.matrix(),
            heat: heat_cell(trouble.done, trouble.failed),
            error: self.error(),
            ticket: self.ticket(),
            suggestion: suggestions.next(),
            others: suggestions.take(CHOICES).collect(),
            sentence: trouble.sentence.clone(),
            links: trouble.links.iter().take(LINKS).map(|link| self.link(link)).collect(),
            more_links: trouble.links.len().saturating_sub(LINKS),
        }
    }

    fn name(&self) -> String {
        match self.trouble.culprit {
            Culprit::Site(site) => self.situation.name(site).to_owned(),
            Culprit::Network(src, dst) => {
                format!("{} → {}", self.situation.name(src), self.situation.name(dst))
            }
            Culprit::Service => "FTS or Rucio".into(),
        }
    }

    fn href(&self) -> String {
        let path = match self.trouble.culprit {
            Culprit::Site(site) => site_path(self.situation.name(site)),
            Culprit::Network(src, _) => site_path(self.situation.name(src)),
            Culprit::Service => "/matrix/".into(),
        };
        address(&path, &self.situation.asked, "")
    }

    /// The links of the culprit, in the matrix.
    fn matrix(&self) -> String {
        let site = match self.trouble.culprit {
            Culprit::Site(site) | Culprit::Network(site, _) => Some(self.situation.name(site)),
            Culprit::Service => None,
        };
        let more = site.map(|name| {
            format!("site={}", url::form_urlencoded::byte_serialize(name.as_bytes()).collect::<String>())
        });
        address("/matrix/", &self.situation.asked, more.as_deref().unwrap_or_default())
    }

    fn about(&self) -> String {
        let roles = match self.trouble.roles[..] {
            [Role::Source] => "source",
            [Role::Destination] => "destination",
            [] => "network",
            _ => "both ends",
        };
        match self.trouble.culprit {
            Culprit::Site(site) if site != self.situation.unknown => {
                let site = self.situation.sites.get(&site);
                let country = site.and_then(|site| site.country.clone());
                let tier = site.and_then(|site| site.tier).map(|tier| format!("T{tier}"));
                let place: Vec<String> = [country, tier].into_iter().flatten().collect();
                if place.is_empty() { roles.to_owned() } else { format!("{} · {roles}", place.join(", ")) }
            }
            Culprit::Site(_) => format!("no site · {roles}"),
            Culprit::Network(..) => "the network between".into(),
            Culprit::Service => "the service itself".into(),
        }
    }

    fn state(&self) -> (&'static str, &'static str, &'static str) {
        match efficiency(self.trouble.done, self.trouble.failed) {
            _ if !self.trouble.clear => ("muted", "g-none", "Not clear"),
            Some(share) if share < 0.5 => ("bad", "g-bad", "Critical"),
            _ => ("warn", "g-warn", "Degraded"),
        }
    }

    fn usual(&self) -> String {
        self.trouble.usual.map(|usual| against_usual(self.trouble.failures, usual)).unwrap_or_default()
    }

    fn error(&self) -> Option<ErrorCell> {
        let leading = self.trouble.leading?;
        let title = leading.category.and_then(|category| self.situation.categories.get(&category));
        let message = self.live.issues.get(&leading.issue).map(informative).unwrap_or_default();
        Some(ErrorCell {
            issue: leading.issue,
            title: title.cloned().unwrap_or_else(|| "Unclassified".into()),
            sample: shorten(&message, 160),
        })
    }

    fn ticket(&self) -> TicketCell {
        let Culprit::Site(site) = self.trouble.culprit else { return TicketCell::Impossible };
        if site == self.situation.unknown {
            return TicketCell::Impossible;
        }
        match self.live.tickets.get(&site) {
            _ if !self.live.may_see_tickets => TicketCell::Hidden,
            None => TicketCell::Missing,
            Some(ticket) => {
                let silent = self.silence(ticket).map(|time| format!("no reply for {}", times::length(time)));
                TicketCell::Open { label: label(ticket), href: ticket_path(ticket), silent }
            }
        }
    }

    /// For how long nobody touched a ticket, if that is too long.
    fn silence(&self, ticket: &ticket::Model) -> Option<TimeDelta> {
        let touched = ticket.changed_at.or(ticket.opened_at).unwrap_or(ticket.created_at);
        let silent = self.now - touched;
        (silent > TimeDelta::hours(i64::from(self.situation.settings.reply_hours))).then_some(silent)
    }

    fn link(&self, link: &Link) -> LinkRow {
        let situation = self.situation;
        let operation = sea_orm::ActiveEnum::to_value(&situation.asked.operation);
        let ends = match (link.src == situation.unknown, link.dst == situation.unknown) {
            (true, true) => String::new(),
            (true, false) => format!("&dst_site__exact={}", link.dst),
            (false, true) => format!("&src_site__exact={}", link.src),
            (false, false) => format!("&src_site__exact={}&dst_site__exact={}", link.src, link.dst),
        };
        LinkRow {
            name: format!("{} → {}", situation.name(link.src), situation.name(link.dst)),
            href: format!("/admin/issues/?operation__exact={operation}{ends}"),
            rate: thousands(situation.window.per_hour(link.failed)),
            heat: heat_cell(link.done, link.failed),
        }
    }

    /// Why nobody needs to do anything now.
    fn in_hand(&self) -> Option<Why> {
        let Culprit::Site(site) = self.trouble.culprit else {
            let issues = between(self.situation, self.trouble);
            let taken = issues.iter().filter_map(|issue| self.live.taken_between.get(issue));
            return taken.max_by_key(|taken| taken.taken_at).map(|taken| self.taken(taken));
        };
        let at = |time: DateTime<Utc>| times::short(time, self.now);
        if let Some(down) = self.live.downtimes.get(&site) {
            return Some(Why {
                badge: Some(format!("downtime until {}", at(down.ends_at))),
                link: None,
                word: None,
                more: down
                    .description
                    .as_deref()
                    .map_or("Announced; no ticket needed".into(), |text| shorten(text, 90)),
            });
        }
        if let Some(ticket) = self.live.tickets.get(&site).filter(|ticket| self.silence(ticket).is_none()) {
            let touched = ticket.changed_at.or(ticket.opened_at).unwrap_or(ticket.created_at);
            let age = times::length(self.now - touched);
            return Some(Why {
                badge: None,
                link: Some((label(ticket), ticket_path(ticket))),
                word: None,
                more: format!("{}, touched {age} ago", ticket.status),
            });
        }
        if let Some(taken) = self.live.taken.get(&site) {
            return Some(self.taken(taken));
        }
        if let Some(watch) = self.live.watches.get(&site) {
            let until = watch.watch_until.map(|until| format!(" until {}", at(until))).unwrap_or_default();
            let word = Some(format!("watched{until}"));
            return Some(Why { badge: None, link: None, word, more: shorten(&watch.text, 90) });
        }
        let mute = self.live.mutes.get(&site)?;
        let until = mute.until.map(|until| format!(" until {}", at(until))).unwrap_or_default();
        let badge = Some(format!("muted{until}"));
        Some(Why { badge, link: None, word: None, more: shorten(&mute.reason, 90) })
    }

    /// What was done, by whom, and what came of it.
    fn taken(&self, taken: &action_taken::Model) -> Why {
        let action = self.live.actions.get(&taken.action_id.to_string()).cloned().unwrap_or_default();
        let who = taken.user_id.and_then(|user| self.live.users.get(&user.to_string()));
        let who = who.map(|who| format!(", {who}")).unwrap_or_default();
        let at = times::short(taken.taken_at, self.now);
        Why {
            badge: None,
            link: Some((action, format!("/issues/{}/", taken.issue_id))),
            word: None,
            more: format!("{at}{who}{}", self.since(taken.failures_before)),
        }
    }

    fn since(&self, before: Option<i64>) -> String {
        let now = self.situation.window.per_hour(self.trouble.failures);
        before
            .map(|before| format!("; {} → {}\u{202f}/h", thousands(before), thousands(now)))
            .unwrap_or_default()
    }

    fn quiet(&self, why: Why) -> Quiet {
        let rate = thousands(self.situation.window.per_hour(self.trouble.failures));
        Quiet { name: self.name(), href: self.href(), about: self.about(), rate, why }
    }
}

/// A message from where it says something: without the head that every message has.
fn informative(issue: &issue::Model) -> String {
    let message = issue.message.trim();
    let start = ["an error ", "] "].iter().find_map(|head| {
        let at = message.find(head)? + head.len();
        (at < message.len().min(120)).then_some(at)
    });
    match message.get(start.unwrap_or_default()..) {
        _ if message.is_empty() => "(empty message)".into(),
        Some(rest) => rest.to_owned(),
        None => message.to_owned(),
    }
}

pub(super) fn heat_cell(done: i64, failed: i64) -> (&'static str, String) {
    (heat(done, failed), efficiency(done, failed).map_or_else(|| "no data".into(), percent))
}

fn label(ticket: &ticket::Model) -> String {
    let system = sea_orm::ActiveEnum::to_value(&ticket.system).to_uppercase();
    format!("{system} {}", ticket.reference)
}

fn ticket_path(ticket: &ticket::Model) -> String {
    format!("/admin/tickets/{}/change/", ticket.id)
}
