//! The reasons in plain English. Every number in them can be looked up in the matrix.
use super::evidence::{LinkEvidence, Rest, Totals};
use super::{Blame, Doubt, EndpointVerdict, LinkVerdict, Outage, Role};

/// Gives the name of a site.
pub type Names<'a> = dyn Fn(i64) -> String + 'a;

/// Success rate from which something works well.
const WELL: f64 = 0.9;
/// Success rate below which something fails.
const FAILS: f64 = 0.5;
/// Sites that are named; more are only counted.
const NAMED: usize = 2;
/// Share of the failures from which a suspect is named.
const SUSPECT: f64 = 0.2;

impl EndpointVerdict {
    /// Why the endpoint is said to fail or to work: "Fails as destination from 14 of 15 sources (works from
    /// CERN-PROD); 3 % of 1,840 attempts succeed. Reading from it works (98 %)."
    #[must_use]
    pub fn sentence(&self, names: &Names<'_>) -> String {
        let (totals, files) = (self.evidence.totals, self.evidence.failed_files);
        let mut text = format!("{}; {}.", self.with_whom(names), succeed(totals));
        if let Some(files) = files.filter(|files| *files < totals.failures()) {
            let files = plural(files, "different file");
            text += &format!(" The {} failures are of {files}.", grouped(totals.failures()));
        }
        if let Some(other) = self.evidence.other {
            text += &self.in_the_other_role(other);
        }
        text
    }

    fn with_whom(&self, names: &Names<'_>) -> String {
        let (failing, working) = (&*self.evidence.counterparts.failing, &*self.evidence.counterparts.working);
        let (role, way, kind) = match self.role {
            Role::Source => ("source", "to", "destination"),
            Role::Destination => ("destination", "from", "source"),
        };
        let all = failing.len() + working.len();
        let fails = if all == 0 { fails(self.evidence.totals) } else { !failing.is_empty() };
        let start = format!("{} as {role}", if fails { "Fails" } else { "Works" });
        let kinds = plural(all as u64, kind);
        match (failing, working) {
            ([], []) => start,
            ([only], []) | ([], [only]) => {
                format!("{start} {way} the only {kind} to compare, {}", names(*only))
            }
            (_, []) | ([], _) => format!("{start} {way} all {kinds}"),
            (failed, works) if works.len() <= NAMED => {
                let exceptions = list(works, names);
                format!("{start} {way} {} of {kinds} (works {way} {exceptions})", failed.len())
            }
            (failed, _) if failed.len() <= NAMED => {
                format!("{start} {way} {} of {kinds} ({})", failed.len(), list(failed, names))
            }
            (failed, _) => format!("{start} {way} {} of {kinds}", failed.len()),
        }
    }

    fn in_the_other_role(&self, other: Totals) -> String {
        let (doing, done) = match self.role {
            Role::Source => ("Writing to", "written to"),
            Role::Destination => ("Reading from", "read from"),
        };
        let how = match other.rate() {
            None => return format!(" Nothing was {done} it."),
            Some(rate) if rate >= WELL => "works",
            Some(rate) if rate >= FAILS => "mostly works",
            Some(_) if fails(self.evidence.totals) => "fails, too",
            Some(_) => "fails",
        };
        format!(" {doing} it {how} ({}).", percent(other.successes, other.attempts))
    }
}

impl LinkVerdict {
    /// Why the failures on the link are blamed on whom they are, or why on nobody: "18 of 20 failures name
    /// the destination; the destination fails from 8 of 9 other sites (11 %); the source works to 22 other
    /// sites (99 %)."
    #[must_use]
    pub fn sentence(&self, names: &Names<'_>) -> String {
        let evidence = &self.evidence;
        if self.doubt == Some(Doubt::FewAttempts) {
            let attempts = plural(evidence.totals.attempts, "attempt");
            return format!("Only {attempts}, too few to tell.");
        }
        let mut comparisons =
            [elsewhere(Role::Source, &evidence.source), elsewhere(Role::Destination, &evidence.destination)];
        if self.likeliest == Blame::Destination {
            comparisons.reverse();
        }
        let mut clauses: Vec<String> = self.judgement(names).into_iter().collect();
        clauses.extend(named(evidence));
        clauses.extend(comparisons.into_iter().flatten());
        if clauses.is_empty() {
            clauses.push(succeed(evidence.totals));
        }
        capital(&clauses.join("; ")) + "."
    }

    /// What has to be said before the evidence: that nobody is blamed, or that no site is.
    fn judgement(&self, names: &Names<'_>) -> Option<String> {
        let share = percent_of(self.confidence);
        match self.doubt {
            None if self.blame == Blame::Service => Some("most sites fail at once".into()),
            None | Some(Doubt::FewAttempts) => None,
            Some(Doubt::Several) => Some(format!("could be {}", self.suspects(names))),
            Some(Doubt::UnknownSite) => {
                let unknown = if self.source.is_none() { "source" } else { "destination" };
                Some(format!("could be the {unknown}, which is not known"))
            }
            Some(Doubt::FewCounterparts) => {
                let (source, destination) = (&self.evidence.source, &self.evidence.destination);
                let from_source = match self.likeliest {
                    Blame::Source => true,
                    Blame::Destination => false,
                    _ => source.counterparts() <= destination.counterparts(),
                };
                let (end, others, kind) = if from_source {
                    ("source", source.counterparts(), "destination")
                } else {
                    ("destination", destination.counterparts(), "source")
                };
                let likeliest = match self.likeliest {
                    Blame::Link => "link",
                    _ => end,
                };
                let who = if likeliest == end { "it" } else { &format!("the {end}") };
                let others = if others == 0 {
                    format!("no other {kind}")
                } else {
                    format!("only {}", plural(others as u64, &format!("other {kind}")))
                };
                Some(format!("probably the {likeliest} ({share}), but {who} has {others} to compare"))
            }
        }
    }

    /// Who could have done it, the likeliest first.
    fn suspects(&self, names: &Names<'_>) -> String {
        let end = |role: &str, site: Option<i64>| match site {
            Some(site) => format!("the {role}, {}", names(site)),
            None => format!("the {role}, which is not known"),
        };
        let expected = &self.expected;
        let all = expected.source + expected.destination + expected.link + expected.service;
        let mut suspects = [
            (expected.source, end("source", self.source)),
            (expected.destination, end("destination", self.destination)),
            (expected.link, "the link".to_owned()),
            (expected.service, "the service".to_owned()),
        ];
        // Equal ones stay in order.
        suspects.sort_by(|left, right| right.0.total_cmp(&left.0));
        let named: Vec<String> = suspects
            .iter()
            .map(|(failures, who)| (failures / all, who))
            .filter(|(share, _)| *share >= SUSPECT)
            .map(|(share, who)| format!("{who} ({})", percent_of(share)))
            .collect();
        named.join(", or ")
    }
}

impl Outage {
    /// Why it is the service: "61 of 80 endpoints fail at once; the median link loses 92 % of its attempts."
    #[must_use]
    pub fn sentence(&self) -> String {
        format!(
            "{} of {} endpoints fail at once; the median link loses {} of its attempts.",
            self.failing,
            self.endpoints,
            percent_of(self.rate)
        )
    }
}

/// Whom the texts name.
fn named(evidence: &LinkEvidence) -> Option<String> {
    let said = evidence.said;
    let read = said.total();
    let kind = if read == evidence.totals.failures() { "failure" } else { "text" };
    let of = format!("of {}", plural(read, kind));
    let name = |count: u64| format!("{} {of} {}", grouped(count), if count == 1 { "names" } else { "name" });
    match (said.source, said.destination) {
        (0, 0) if read == 0 => None,
        (0, 0) => Some(format!("none {of} names a side")),
        (source, 0) => Some(format!("{} the source", name(source))),
        (0, destination) => Some(format!("{} the destination", name(destination))),
        (source, destination) if source >= destination => {
            Some(format!("{} the source, {} the destination", name(source), grouped(destination)))
        }
        (source, destination) => {
            Some(format!("{} the destination, {} the source", name(destination), grouped(source)))
        }
    }
}

/// How an end does on its other links; nothing if none of them says something.
fn elsewhere(role: Role, rest: &Rest) -> Option<String> {
    let (end, way) = match role {
        Role::Source => ("source", "to"),
        Role::Destination => ("destination", "from"),
    };
    let all = rest.counterparts();
    if all == 0 {
        return None;
    }
    let (does, count) =
        if rest.failing > rest.working { ("fails", rest.failing) } else { ("works", rest.working) };
    let part = if count == all { String::new() } else { format!("{count} of ") };
    let sites = plural(all as u64, "other site");
    let rate = percent(rest.totals.successes, rest.totals.attempts);
    Some(format!("the {end} {does} {way} {part}{sites} ({rate})"))
}

fn fails(totals: Totals) -> bool {
    totals.rate().is_some_and(|rate| rate < FAILS)
}

/// How many attempts succeed.
fn succeed(totals: Totals) -> String {
    let attempts = plural(totals.attempts, "attempt");
    match totals.successes {
        0 => format!("none of {attempts} succeeds"),
        some if some == totals.attempts => format!("all of {attempts} succeed"),
        some => format!("{} of {attempts} succeed", percent(some, totals.attempts)),
    }
}

fn percent(part: u64, whole: u64) -> String {
    percent_of(part as f64 / whole.max(1) as f64)
}

/// In whole per cent, but neither 0 nor 100 unless it is exactly that.
fn percent_of(share: f64) -> String {
    match (share * 100.0).round() {
        _ if share <= 0.0 => "0 %".into(),
        _ if share >= 1.0 => "100 %".into(),
        0.0 => "<1 %".into(),
        100.0 => ">99 %".into(),
        rounded => format!("{rounded} %"),
    }
}

fn plural(count: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(count), if count == 1 { "" } else { "s" })
}

/// With a comma at thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn list(sites: &[i64], names: &Names<'_>) -> String {
    sites.iter().map(|site| names(*site)).collect::<Vec<_>>().join(" and ")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::super::{Link, Matrix, Said, Settings, Verdicts, attribute};
    use super::*;

    fn name(site: i64) -> String {
        format!("S{site}")
    }

    fn link(source: i64, destination: i64, attempts: u64, failures: u64) -> Link {
        Link { source: Some(source), destination: Some(destination), attempts, failures, ..Link::default() }
    }

    /// Site 0 fails as destination but for site 1; all others work.
    fn verdicts(more: &[Link]) -> Verdicts {
        let mut links: Vec<Link> = (1..=15).map(|source| link(source, 0, 120, 119)).collect();
        links[0].failures = 60;
        for source in 0..=15 {
            links.extend((1..=7).map(|destination| link(source, destination, 100, 2)));
        }
        links.extend(more);
        attribute(&Matrix { links, ..Matrix::default() }, &Settings::default())
    }

    fn endpoint(verdicts: &Verdicts, site: i64, role: Role) -> String {
        verdicts.endpoint(site, role).unwrap().sentence(&name)
    }

    fn of(verdicts: &Verdicts, source: i64, destination: i64) -> String {
        verdicts.link(Some(source), Some(destination)).unwrap().sentence(&name)
    }

    #[test]
    fn endpoints_say_with_whom_they_fail() {
        let verdicts = verdicts(&[]);
        assert_eq!(
            endpoint(&verdicts, 0, Role::Destination),
            "Fails as destination from 14 of 15 sources (works from S1); 4 % of 1,800 attempts succeed. \
             Reading from it works (98 %)."
        );
        assert_eq!(
            endpoint(&verdicts, 0, Role::Source),
            "Works as source to all 7 destinations; 98 % of 700 attempts succeed. \
             Writing to it fails (4 %)."
        );
        assert_eq!(
            endpoint(&verdicts, 9, Role::Source),
            "Fails as source to 1 of 8 destinations (S0); 84 % of 820 attempts succeed. \
             Nothing was written to it."
        );
    }

    #[test]
    fn links_say_what_works_elsewhere() {
        let said = Said { source: 2, destination: 18, neither: 0 };
        let verdicts =
            verdicts(&[Link { said, ..link(16, 0, 20, 20) }, link(16, 1, 50, 1), link(16, 2, 50, 0)]);
        assert_eq!(
            of(&verdicts, 16, 0),
            "18 of 20 failures name the destination, 2 the source; the destination fails from 14 of 15 other \
             sites (4 %); the source works to 2 other sites (99 %)."
        );
    }

    #[test]
    fn doubts_are_said() {
        let verdicts = verdicts(&[link(16, 0, 9, 9), link(17, 3, 30, 30), link(18, 18, 30, 30)]);
        assert_eq!(of(&verdicts, 16, 0), "Only 9 attempts, too few to tell.");
        let probably = of(&verdicts, 17, 3);
        assert!(probably.starts_with("Probably the source ("), "{probably}");
        assert!(
            probably.ends_with(
                "%), but it has no other destination to compare; the destination works from 16 other sites \
                 (98 %)."
            ),
            "{probably}"
        );
        let either = of(&verdicts, 18, 18);
        assert!(
            either.starts_with("Could be the source, S18 (") && either.contains("%), or the dest"),
            "{either}"
        );
    }

    #[test]
    fn files_are_counted_once() {
        let stuck = Link { failed_files: Some(40), ..link(1, 2, 1840, 1785) };
        let verdicts = attribute(&Matrix { links: vec![stuck], ..Matrix::default() }, &Settings::default());
        assert_eq!(
            endpoint(&verdicts, 2, Role::Destination),
            "Fails as destination from the only source to compare, S1; 3 % of 1,840 attempts succeed. \
             The 1,785 failures are of 40 different files. Nothing was read from it."
        );
    }

    #[test]
    fn numbers_are_short_and_true() {
        assert_eq!(
            [0, 999, 1000, 57_437, 1_234_567].map(grouped),
            ["0", "999", "1,000", "57,437", "1,234,567"]
        );
        let parts = [(0, 9), (1, 1000), (1, 3), (999, 1000), (9, 9)];
        assert_eq!(
            parts.map(|(part, whole)| percent(part, whole)),
            ["0 %", "<1 %", "33 %", ">99 %", "100 %"]
        );
        assert_eq!(
            [(1, "site"), (2, "site")].map(|(count, noun)| plural(count, noun)),
            ["1 site", "2 sites"]
        );
    }
}
