//! Ways to find out who is to blame: simple ones that tools use, and ours.
use opint::blame::{
    Blame, EndpointVerdict, Link, LinkVerdict, Matrix, Place, Prior, Role, Rule, Said, Settings, attribute,
    failing, incidents,
};
use std::collections::BTreeMap;

/// What a method says.
#[derive(Default)]
pub struct Answer {
    /// For each link of the matrix: whom it would name if it had to, and whom it names.
    pub links: Vec<(Blame, Blame)>,
    /// What should be an incident.
    pub incidents: Vec<Place>,
    /// What else it knows of endpoints.
    pub endpoints: Vec<EndpointVerdict>,
}

/// One way.
pub struct Method {
    pub name: &'static str,
    pub answer: fn(&Matrix, f64) -> Answer,
}

pub const ALL: &[Method] = &[
    Method { name: "scope of most errors", answer: |matrix, at| scope(&by_file(matrix), at) },
    Method {
        name: "row and column without the link",
        answer: |matrix, at| leave_one_out(&by_file(matrix), at),
    },
    Method { name: "EM, fixed priors and table, numbers", answer: |matrix, at| plain(&silent(matrix), at) },
    Method { name: "EM, fixed priors and table, texts", answer: plain },
    Method { name: "our model, numbers", answer: |matrix, at| ours(&silent(matrix), at) },
    Method { name: "our model, texts", answer: ours },
];

fn silent(matrix: &Matrix) -> Matrix {
    let links = matrix.links.iter().map(|link| Link { said: Said::default(), ..*link }).collect();
    Matrix { links, ..*matrix }
}

/// Files instead of attempts, so that the simple ways are not worse only because of retries.
fn by_file(matrix: &Matrix) -> Matrix {
    let thin = |link: &Link| {
        let files = link.failed_files.unwrap_or(link.failures);
        let part = |count: u64| count * files / link.failures.max(1);
        let Said { source, destination, neither } = link.said;
        Link {
            attempts: link.attempts - link.failures + files,
            failures: files,
            said: Said { source: part(source), destination: part(destination), neither: part(neither) },
            ..*link
        }
    };
    Matrix { links: matrix.links.iter().map(thin).collect(), ..*matrix }
}

fn ours(matrix: &Matrix, threshold: f64) -> Answer {
    model(matrix, &Settings { threshold, ..Settings::default() })
}

/// Each attempt is new evidence, and every fault keeps to the table.
fn plain(matrix: &Matrix, threshold: f64) -> Answer {
    let settings = Settings {
        endpoint: Prior { failed: 1.0, worked: 30.0 },
        link: Prior { failed: 0.3, worked: 60.0 },
        text_weight: f64::MAX,
        correlation: 0.0,
        threshold,
        ..Settings::default()
    };
    model(matrix, &settings)
}

fn model(matrix: &Matrix, settings: &Settings) -> Answer {
    let verdicts = attribute(matrix, settings);
    let answer = |verdict: &LinkVerdict| (verdict.likeliest, verdict.blame);
    let link = |link: &Link| verdicts.link(link.source, link.destination);
    let nobody = (Blame::Unclear, Blame::Unclear);
    Answer {
        links: matrix.links.iter().map(|pair| link(pair).map_or(nobody, answer)).collect(),
        incidents: incidents(&verdicts).into_iter().map(|incident| incident.place).collect(),
        endpoints: verdicts.endpoints,
    }
}

/// The side that most texts name.
fn scope(matrix: &Matrix, threshold: f64) -> Answer {
    let blame = |link: &Link| {
        let Said { source, destination, neither } = link.said;
        let likeliest = match () {
            () if source > destination && source >= neither => Blame::Source,
            () if destination > 0 && destination >= neither => Blame::Destination,
            () => Blame::Link,
        };
        let clear = likeliest != Blame::Link && link.attempts >= 10;
        (likeliest, if clear { likeliest } else { Blame::Unclear })
    };
    let links: Vec<_> = matrix.links.iter().map(blame).collect();
    let named = |link: &Link, role| match role {
        Role::Source => link.said.source,
        Role::Destination => link.said.destination,
    };
    Answer { incidents: failing_endpoints(matrix, threshold, named), links, ..Answer::default() }
}

/// The end that fails more on its other links; the link, if both work there.
fn leave_one_out(matrix: &Matrix, threshold: f64) -> Answer {
    let mut sums: BTreeMap<(Role, i64), [f64; 3]> = BTreeMap::new();
    for link in &matrix.links {
        for end in ends(link) {
            let sum = sums.entry(end).or_default();
            for (sum, count) in sum.iter_mut().zip([1.0, link.attempts as f64, link.failures as f64]) {
                *sum += count;
            }
        }
    }
    let elsewhere = |link: &Link, role, site: Option<i64>| {
        let [links, attempts, failures] =
            site.and_then(|site| sums.get(&(role, site))).copied().unwrap_or_default();
        let others = (attempts - link.attempts as f64).max(0.0);
        (links, ((failures - link.failures as f64).max(0.0) + 0.1) / (others + 1.0))
    };
    let blame = |link: &Link| {
        let (rows, row) = elsewhere(link, Role::Source, link.source);
        let (columns, column) = elsewhere(link, Role::Destination, link.destination);
        let here = link.failures as f64 / link.attempts.max(1) as f64;
        let likeliest = match () {
            () if row.max(column) < 0.25 * here => Blame::Link,
            () if row > column => Blame::Source,
            () => Blame::Destination,
        };
        let few =
            (rows < 3.0 && likeliest != Blame::Destination) || (columns < 3.0 && likeliest != Blame::Source);
        let alike = likeliest != Blame::Link && row.min(column) > 0.5 * row.max(column);
        let unclear = link.attempts < 10 || few || alike;
        (likeliest, if unclear { Blame::Unclear } else { likeliest })
    };
    let links: Vec<_> = matrix.links.iter().map(blame).collect();
    let own = |link: &Link, role| match (blame(link).0, role) {
        (Blame::Source, Role::Source) | (Blame::Destination, Role::Destination) => link.failures,
        _ => 0,
    };
    Answer { incidents: failing_endpoints(matrix, threshold, own), links, ..Answer::default() }
}

fn ends(link: &Link) -> impl Iterator<Item = (Role, i64)> {
    let source = link.source.map(|site| (Role::Source, site));
    source.into_iter().chain(link.destination.map(|site| (Role::Destination, site)))
}

fn failing_endpoints(matrix: &Matrix, threshold: f64, own: impl Fn(&Link, Role) -> u64) -> Vec<Place> {
    let mut counts: BTreeMap<(Role, i64), (f64, f64)> = BTreeMap::new();
    for link in &matrix.links {
        for (role, site) in ends(link) {
            let (good, bad) = counts.entry((role, site)).or_default();
            *good += (link.attempts - link.failures) as f64;
            *bad += own(link, role) as f64;
        }
    }
    counts
        .into_iter()
        .filter(|(_, (good, bad))| failing(*good, *bad, threshold, Rule::default()))
        .map(|((role, site), _)| Place::Endpoint { site, role })
        .collect()
}
