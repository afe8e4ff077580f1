//! What should be an incident: the thing that one ticket is about.
use super::{Blame, LinkVerdict, Role, Verdicts, Window};

/// What fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// A site in one role.
    Endpoint {
        /// Which site.
        site: i64,
        /// In which role.
        role: Role,
    },
    /// What lies between two sites while both are well.
    Link {
        /// From where.
        source: i64,
        /// To where.
        destination: i64,
    },
}

/// Something that fails by its own fault, with the links that suffer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What fails.
    pub place: Place,
    /// Source and destination of the links whose issues belong to it: those on which it is blamed, and
    /// those in doubt on which it made more failures than any other suspect.
    pub links: Vec<(Option<i64>, Option<i64>)>,
    /// Failures on these links.
    pub failures: u64,
}

/// What should be an incident by one window: endpoints that fail by their own fault, then links that do
/// while neither of their ends has an incident. No link belongs to two. In an outage of the service there
/// are none, since no site is to blame.
///
/// Operation and [`Hysteresis`](super::Hysteresis) are up to the caller.
#[must_use]
pub fn incidents(verdicts: &Verdicts) -> Vec<Incident> {
    let mut incidents: Vec<Incident> = verdicts
        .endpoints
        .iter()
        .filter(|verdict| verdict.window == Window::Bad)
        .map(|verdict| Incident::at(Place::Endpoint { site: verdict.site, role: verdict.role }))
        .collect();
    let endpoints = incidents.len();
    for link in &verdicts.links {
        let source = find(&incidents[..endpoints], link.source, Role::Source);
        let destination = find(&incidents[..endpoints], link.destination, Role::Destination);
        if let Some(place) = owner(link, source, destination) {
            incidents[place].take(link);
        } else if link.window == Window::Bad && source.is_none() && destination.is_none() {
            incidents.extend(Incident::of(link));
        }
    }
    incidents
}

impl Incident {
    const fn at(place: Place) -> Self {
        Self { place, links: Vec::new(), failures: 0 }
    }

    fn of(link: &LinkVerdict) -> Option<Self> {
        let (source, destination) = (link.source?, link.destination?);
        let mut incident = Self::at(Place::Link { source, destination });
        incident.take(link);
        Some(incident)
    }

    fn take(&mut self, link: &LinkVerdict) {
        self.links.push((link.source, link.destination));
        self.failures = self.failures.saturating_add(link.evidence.totals.failures());
    }
}

/// The incident of an endpoint, among those in the order of site, then role.
fn find(incidents: &[Incident], site: Option<i64>, role: Role) -> Option<usize> {
    let place = Place::Endpoint { site: site?, role };
    incidents.binary_search_by_key(&place, |incident| incident.place).ok()
}

/// Whose incident a link belongs to, given those of its ends.
fn owner(link: &LinkVerdict, source: Option<usize>, destination: Option<usize>) -> Option<usize> {
    match link.likeliest {
        Blame::Source => source,
        Blame::Destination => destination,
        Blame::Link | Blame::Service | Blame::Unclear => None,
    }
}
