//! What is to be done something about: failures grouped by who is to blame, worst first.
use super::{CHART_HOURS, Failures, Link, Series, Situation};
use crate::admin::thousands;
use crate::blame::{Blame, Role as End};
use crate::shift::numbers::{efficiency, median};
use entity::site_hour::Role;
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// A link that works at least so well has noise, not trouble.
const WORKS: f64 = 0.95;

/// Who is to blame, or would be if one had to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Culprit {
    /// A site.
    Site(i64),
    /// What lies between two sites.
    Network(i64, i64),
    /// FTS or Rucio.
    Service,
}

/// The error that most of the failures have.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leading {
    /// The issue with most failures of that error.
    pub issue: i64,
    /// The error, if it is classified.
    pub category: Option<i64>,
    /// Failures with it.
    pub count: i64,
}

/// Failures with one culprit.
#[derive(Clone, Debug, PartialEq)]
pub struct Trouble {
    /// Who.
    pub culprit: Culprit,
    /// Whether that is sure.
    pub clear: bool,
    /// Roles in which a site is to blame.
    pub roles: Vec<Role>,
    /// The links that suffer, most failures first.
    pub links: Vec<Link>,
    /// Links that were tried in these roles.
    pub tried: usize,
    /// Failures on the links that suffer.
    pub failures: i64,
    /// Successes on all links in these roles.
    pub done: i64,
    /// Failures on all links in these roles.
    pub failed: i64,
    /// The leading error.
    pub leading: Option<Leading>,
    /// Failures by the hour, oldest first; empty if they are not counted like that.
    pub chart: Vec<i64>,
    /// Failures in the same window on other days: the median; `None` if that is not known.
    pub usual: Option<i64>,
    /// Why they are to blame, or why one cannot say.
    pub sentence: String,
}

#[derive(Default)]
struct Group {
    links: Vec<Link>,
    sure: i64,
    roles: Vec<Role>,
}

impl Group {
    fn add(&mut self, link: &Link, role: Option<Role>) {
        self.links.push(*link);
        if link.blame != Blame::Unclear {
            self.sure += link.failed;
        }
        if let Some(role) = role.filter(|role| !self.roles.contains(role)) {
            self.roles.push(role);
        }
    }
}

/// All troubles of a situation, worst first.
pub(super) fn find(situation: &Situation) -> Vec<Trouble> {
    let noise = |link: &Link| {
        link.failed == 0 || efficiency(link.done, link.failed).is_some_and(|share| share >= WORKS)
    };
    let mut groups: BTreeMap<Culprit, Group> = BTreeMap::new();
    let (unclear, sure): (Vec<&Link>, Vec<&Link>) =
        situation.links.iter().filter(|link| !noise(link)).partition(|link| link.blame == Blame::Unclear);
    for link in sure {
        let (culprit, role) = culprit(situation, link);
        groups.entry(culprit).or_default().add(link, role);
    }
    for link in unclear {
        // Who is to blame elsewhere in the same role is the best guess here, too.
        let ends = [(link.dst, Role::Destination), (link.src, Role::Source)];
        let known = ends.into_iter().find(|(site, role)| {
            groups
                .get(&Culprit::Site(*site))
                .is_some_and(|group| group.sure > 0 && group.roles.contains(role))
        });
        let (culprit, role) = match known {
            Some((site, role)) => (Culprit::Site(site), Some(role)),
            None => culprit(situation, link),
        };
        groups.entry(culprit).or_default().add(link, role);
    }
    let issues = by_link(&situation.failures);
    let mut troubles: Vec<Trouble> =
        groups.into_iter().map(|(culprit, group)| trouble(situation, &issues, culprit, group)).collect();
    troubles.sort_by_key(|trouble| (Reverse(trouble.failures), trouble.culprit));
    troubles
}

/// Who is blamed for a link's failures, and in which role.
fn culprit(situation: &Situation, link: &Link) -> (Culprit, Option<Role>) {
    match if link.blame == Blame::Unclear { link.likeliest } else { link.blame } {
        Blame::Source => (Culprit::Site(link.src), Some(Role::Source)),
        Blame::Destination => (Culprit::Site(link.dst), Some(Role::Destination)),
        Blame::Service => (Culprit::Service, None),
        // Nothing lies between a known site and one that nobody knows.
        Blame::Link | Blame::Unclear if link.dst == situation.unknown => {
            (Culprit::Site(link.dst), Some(Role::Destination))
        }
        Blame::Link | Blame::Unclear if link.src == situation.unknown => {
            (Culprit::Site(link.src), Some(Role::Source))
        }
        Blame::Link | Blame::Unclear => (Culprit::Network(link.src, link.dst), None),
    }
}

fn by_link(failures: &[Failures]) -> HashMap<(i64, i64), Vec<&Failures>> {
    let mut issues: HashMap<(i64, i64), Vec<&Failures>> = HashMap::new();
    for failed in failures {
        issues.entry((failed.src, failed.dst)).or_default().push(failed);
    }
    issues
}

fn trouble(
    situation: &Situation,
    issues: &HashMap<(i64, i64), Vec<&Failures>>,
    culprit: Culprit,
    group: Group,
) -> Trouble {
    let Group { mut links, sure, mut roles } = group;
    links.sort_by_key(|link| (Reverse(link.failed), link.src, link.dst));
    roles.sort_unstable();
    let mine = |link: &&Link| match culprit {
        Culprit::Site(site) => roles.iter().any(|role| match role {
            Role::Source => link.src == site,
            Role::Destination => link.dst == site,
        }),
        Culprit::Network(src, dst) => (link.src, link.dst) == (src, dst),
        Culprit::Service => true,
    };
    let (tried, done, failed) =
        situation.links.iter().filter(mine).fold((0, 0, 0), |(tried, done, failed), link| {
            (tried + 1, done + link.done, failed + link.failed)
        });
    let (chart, usual) = history(situation, culprit, &roles);
    let failures = links.iter().map(|link| link.failed).sum();
    Trouble {
        clear: sure > 0 && culprit != Culprit::Site(situation.unknown),
        sentence: sentence(situation, culprit, &roles, &links),
        leading: leading(issues, &links),
        culprit,
        tried,
        failures,
        done,
        failed,
        chart,
        usual,
        roles,
        links,
    }
}

/// Failures by the hour, and the usual ones.
fn history(situation: &Situation, culprit: Culprit, roles: &[Role]) -> (Vec<i64>, Option<i64>) {
    let Culprit::Site(site) = culprit else { return (Vec::new(), None) };
    let own: Vec<&Series> = roles.iter().filter_map(|role| situation.series.get(&(site, *role))).collect();
    if own.is_empty() {
        return (Vec::new(), None);
    }
    let mut chart = vec![0; usize::try_from(CHART_HOURS).unwrap_or_default()];
    let mut before = vec![0; own.iter().map(|series| series.failed_before.len()).max().unwrap_or_default()];
    for series in own {
        chart.iter_mut().zip(&series.failed).for_each(|(sum, more)| *sum += more);
        before.iter_mut().zip(&series.failed_before).for_each(|(sum, more)| *sum += more);
    }
    (chart, Some(median(before)))
}

/// The error with most failures on these links, and its largest issue.
fn leading(issues: &HashMap<(i64, i64), Vec<&Failures>>, links: &[Link]) -> Option<Leading> {
    let mut errors: BTreeMap<Option<i64>, (i64, i64, i64)> = BTreeMap::new();
    let failed = links.iter().filter_map(|link| issues.get(&(link.src, link.dst))).flatten();
    for failed in failed {
        let (count, most, issue) = errors.entry(failed.category).or_insert((0, 0, failed.issue));
        *count += failed.count;
        if failed.count > *most {
            (*most, *issue) = (failed.count, failed.issue);
        }
    }
    let (category, (count, _, issue)) = errors
        .into_iter()
        .max_by_key(|(category, (count, _, issue))| (*count, category.is_some(), -issue))?;
    Some(Leading { issue, category, count })
}

fn sentence(situation: &Situation, culprit: Culprit, roles: &[Role], links: &[Link]) -> String {
    let names = |site: i64| situation.name(site).to_owned();
    let known = |site: i64| (site != situation.unknown).then_some(site);
    let of_link = || {
        let link = links.first()?;
        let verdict = situation
            .verdicts
            .link(known(link.src), known(link.dst))
            .or_else(|| situation.verdicts.link(None, known(link.dst)))
            .or_else(|| situation.verdicts.link(known(link.src), None))?;
        Some(verdict.sentence(&names))
    };
    let text = match culprit {
        Culprit::Site(site) => {
            // The sentence of a role says how the other does: that of the worse one is enough.
            let of_role = |role: &Role| -> (i64, End) {
                let (end, own): (End, fn(&Link) -> i64) = match role {
                    Role::Source => (End::Source, |link| link.src),
                    Role::Destination => (End::Destination, |link| link.dst),
                };
                (links.iter().filter(|link| own(link) == site).map(|link| link.failed).sum(), end)
            };
            let worse = roles.iter().map(of_role).max_by_key(|(failures, _)| *failures);
            let verdict = worse.and_then(|(_, end)| situation.verdicts.endpoint(site, end));
            verdict.map(|verdict| verdict.sentence(&names)).or_else(of_link)
        }
        Culprit::Network(..) => of_link(),
        Culprit::Service => {
            situation.verdicts.outage.as_ref().map(|outage| outage.sentence()).or_else(of_link)
        }
    };
    let mut text = text.unwrap_or_default();
    if let Culprit::Site(site) = culprit
        && let Some(deletions) = situation.deletions.get(&site).filter(|count| **count > 0)
    {
        let fail = if *deletions == 1 { "deletion fails" } else { "deletions fail" };
        text += &format!(" {} {fail} as well.", thousands(*deletions));
    }
    text.trim().to_owned()
}
