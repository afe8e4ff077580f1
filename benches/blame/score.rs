//! How right a method is.
use crate::methods::Answer;
use crate::world::{Conditions, Spoiled, World};
use opint::blame::{Blame, EndpointVerdict, Place, Role};

/// Part of a link's failures that a cause must have made to be rightly blamed.
const RIGHT: f64 = 0.4;
/// Attempts from which an endpoint with a fault must be found.
const SEEN: f64 = 30.0;

/// Counts over many worlds.
#[derive(Default)]
pub struct Score {
    /// Links that mostly fail, with ten attempts or more.
    pub links: u32,
    right: u32,
    named: u32,
    named_right: u32,
    found: u32,
    missed: u32,
    wrong: u32,
    intervals: u32,
    intervals_right: u32,
}

impl Score {
    pub fn add(&mut self, world: &World, conditions: &Conditions, answer: &Answer) {
        for (place, link) in world.matrix.links.iter().enumerate() {
            if link.attempts < 10 || link.failures * 2 < link.attempts {
                continue;
            }
            let [source, destination, between] = world.causes[place];
            let right = |blame| match blame {
                Blame::Source => link.source.is_some() && source >= RIGHT,
                Blame::Destination => destination >= RIGHT,
                // What an unknown site does is nobody's fault that could be named.
                Blame::Link => link.source.is_some() && between >= RIGHT,
                Blame::Service => world.service[place] >= RIGHT,
                Blame::Unclear => false,
            };
            let (likeliest, named) = answer.links[place];
            self.links += 1;
            self.right += u32::from(right(likeliest));
            self.named += u32::from(named != Blame::Unclear);
            self.named_right += u32::from(right(named));
        }
        let roles = [Role::Source, Role::Destination];
        for (role, spoiled) in roles.into_iter().zip(&world.spoiled) {
            for (site, truth) in (0..).zip(spoiled) {
                self.incident(truth, answer.incidents.contains(&Place::Endpoint { site, role }), conditions);
            }
        }
        for verdict in &answer.endpoints {
            self.interval(world, verdict);
        }
    }

    /// An endpoint near the threshold may be called failing or not.
    fn incident(&mut self, truth: &Spoiled, opened: bool, conditions: &Conditions) {
        let rate = if truth.attempts > 0.0 { 1.0 - truth.failures / truth.attempts } else { 1.0 };
        let seen = truth.attempts >= SEEN;
        if rate < conditions.threshold - 0.03 && seen {
            self.found += u32::from(opened);
            self.missed += u32::from(!opened);
        } else if opened && rate > conditions.threshold + if seen { 0.1 } else { 0.2 } {
            self.wrong += 1;
        }
    }

    fn interval(&mut self, world: &World, verdict: &EndpointVerdict) {
        let truth = world.spoiled[verdict.role as usize][verdict.site as usize];
        if truth.faulty && truth.attempts >= SEEN {
            let (low, high) = verdict.probability.interval();
            let rate = truth.failures / truth.attempts;
            self.intervals += 1;
            self.intervals_right += u32::from((low..=high).contains(&rate));
        }
    }

    /// A line of the table.
    pub fn line(&self) -> String {
        let part = |part: u32, whole: u32| match whole {
            0 => "    -".to_owned(),
            _ => format!("{:.3}", f64::from(part) / f64::from(whole)),
        };
        format!(
            "{} {} {}  {} {}  {}",
            part(self.right, self.links),
            part(self.named_right, self.named),
            part(self.links - self.named, self.links),
            part(self.found, self.found + self.wrong),
            part(self.found, self.found + self.missed),
            part(self.intervals_right, self.intervals),
        )
    }
}
