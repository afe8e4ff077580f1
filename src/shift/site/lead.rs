//! The first sentence of a site's page: what fails, since when, how badly, and who knows.
use super::counts::{Ended, RoleCounts};
use super::failing::Partner;
use crate::admin::thousands;
use crate::shift::times::short;
use crate::shift::window::Window;
use chrono::{DateTime, Utc};
use entity::incident::{self, Model as Incident};
use entity::site_hour::Role;
use entity::vocabulary::Operation;

/// The sentence in two parts; the first stands out.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lead {
    pub(super) first: String,
    pub(super) rest: String,
}

/// What the sentence is made from.
pub(super) struct Facts<'a> {
    pub(super) operation: Operation,
    pub(super) window: Window,
    pub(super) now: DateTime<Utc>,
    /// Stands for what monitoring could not resolve.
    pub(super) unresolved: bool,
    pub(super) roles: &'a [RoleCounts],
    /// In the order of the roles.
    pub(super) partners: &'a [Vec<Partner>],
    /// Open ones of the site itself.
    pub(super) incidents: Vec<&'a Incident>,
    /// End of a downtime that runs.
    pub(super) downtime: Option<DateTime<Utc>>,
    /// What open tickets are called; `None` if that may not be seen.
    pub(super) tickets: Option<Vec<String>>,
}

impl Facts<'_> {
    pub(super) fn lead(&self) -> Lead {
        let all = self.roles.iter().fold(Ended::default(), |sum, role| sum.plus(role.now));
        let mut failing: Vec<(&RoleCounts, &[Partner])> = self
            .roles
            .iter()
            .zip(self.partners.iter().map(Vec::as_slice))
            .filter(|role| self.fails(role.0))
            .collect();
        failing.sort_by_key(|(role, _)| -role.now.failed);
        let words = self.window.words();
        if all.attempts() == 0 {
            return Lead { first: format!("No attempts {words}."), rest: self.known(false) };
        }
        if self.unresolved {
            let rest = format!(
                " {} failures {words}. It is never blamed: the fault is at a site that is not named.",
                thousands(all.failed)
            );
            return Lead { first: "Stands for sites that monitoring could not resolve.".into(), rest };
        }
        match failing.as_slice() {
            [] => Lead {
                first: format!(
                    "Works: {} of {} attempts {words}.",
                    all.efficiency(),
                    thousands(all.attempts())
                ),
                rest: self.known(false),
            },
            [(role, partners), others @ ..] => {
                let also = others.iter().map(|(role, partners)| {
                    let (verb, place) = self.place(role, partners);
                    format!(
                        " It {} {place}, too: {} failures an hour, {}.",
                        verb.to_lowercase(),
                        thousands(role.rate()),
                        role.against()
                    )
                });
                Lead {
                    first: self.first(role, partners),
                    rest: self.badly(role, partners) + &also.collect::<String>() + &self.known(true),
                }
            }
        }
    }

    /// Told to fail, or failing more than a little.
    fn fails(&self, role: &RoleCounts) -> bool {
        self.incident(role.role).is_some() || matches!(role.now.heat(), "h3" | "h4" | "h5" | "h6" | "h7")
    }

    fn incident(&self, role: Role) -> Option<&Incident> {
        let told = match role {
            Role::Source => incident::Role::Source,
            Role::Destination => incident::Role::Destination,
        };
        self.incidents
            .iter()
            .copied()
            .find(|incident| incident.role == told && incident.operation == self.operation)
    }

    fn first(&self, role: &RoleCounts, partners: &[Partner]) -> String {
        let since = self
            .incident(role.role)
            .map_or_else(String::new, |incident| format!(" since {}", short(incident.started_at, self.now)));
        let (verb, place) = self.place(role, partners);
        format!("{verb} {place}{since}")
    }

    /// How badly it works, and where.
    fn place(&self, role: &RoleCounts, partners: &[Partner]) -> (&'static str, String) {
        let failing = partners.iter().filter(|partner| partner.fails()).count();
        let fails = failing > 0 || matches!(role.now.heat(), "h5" | "h6" | "h7");
        let verb = if fails { "Fails" } else { "Works badly" };
        let place = match (self.operation, role.role) {
            (Operation::Deletion, _) => "in deletions".to_owned(),
            (Operation::Staging, _) => format!("in recalls from tape as {}", role.title()),
            (_, _) if failing == 0 => format!("as {}", role.title()),
            (_, Role::Source) => {
                format!("as source to {failing} of {}", counted(partners.len(), "destination"))
            }
            (_, Role::Destination) => {
                format!("as destination from {failing} of {}", counted(partners.len(), "source"))
            }
        };
        (verb, place)
    }

    fn badly(&self, role: &RoleCounts, partners: &[Partner]) -> String {
        let rate = format!("{} failures an hour, {}.", thousands(role.rate()), role.against());
        if partners.iter().any(Partner::fails) {
            return format!("; {rate}");
        }
        let (share, attempts) = (role.now.efficiency(), thousands(role.now.attempts()));
        format!(": {share} of {attempts} attempts worked {}; {rate}", self.window.words())
    }

    /// Who knows of it: the site itself, or whoever got a ticket.
    fn known(&self, fails: bool) -> String {
        let mut text = String::new();
        if let Some(until) = self.downtime {
            text += &format!(" A downtime is announced until {}.", short(until, self.now));
        }
        match self.tickets.as_deref() {
            Some([]) if fails => text += " No ticket is open.",
            Some([only]) => text += &format!(" {only} is open."),
            Some([first, others @ ..]) => {
                text += &format!(" {first} and {} are open.", counted(others.len(), "other ticket"));
            }
            _ => {}
        }
        text
    }
}

/// `1 source`, `2 sources`.
fn counted(number: usize, what: &str) -> String {
    if number == 1 { format!("1 {what}") } else { format!("{number} {what}s") }
}
