//! The whole of it, on worlds small enough to be judged by eye, and on some that are not.
use super::*;
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};

const SOURCE: Said = Said { source: 1, destination: 0, neither: 0 };
const DESTINATION: Said = Said { source: 0, destination: 1, neither: 0 };

/// A link; each text stands for all failures.
fn link(source: i64, destination: i64, attempts: u64, failures: u64) -> Link {
    Link { source: Some(source), destination: Some(destination), attempts, failures, ..Link::default() }
}

fn saying(said: Said, link: Link) -> Link {
    let times = |count: u64| count * link.failures;
    let said = Said {
        source: times(said.source),
        destination: times(said.destination),
        neither: times(said.neither),
    };
    Link { said, ..link }
}

/// Sites from 0 on, each to each; of 50 attempts, so many fail.
fn square(sites: i64, failures: impl Fn(i64, i64) -> u64) -> Matrix {
    let pairs = (0..sites).flat_map(|source| (0..sites).map(move |destination| (source, destination)));
    let links =
        pairs.map(|(source, destination)| link(source, destination, 50, failures(source, destination)));
    Matrix { links: links.collect(), ..Matrix::default() }
}

fn verdicts(matrix: &Matrix) -> Verdicts {
    attribute(matrix, &Settings::default())
}

fn blame(verdicts: &Verdicts, source: i64, destination: i64) -> Blame {
    verdicts.link(Some(source), Some(destination)).unwrap().blame
}

fn places(verdicts: &Verdicts) -> Vec<Place> {
    incidents(verdicts).into_iter().map(|incident| incident.place).collect()
}

#[test]
fn a_bad_destination_is_blamed_on_all_its_links() {
    let verdicts = verdicts(&square(8, |_, destination| if destination == 3 { 47 } else { 1 }));
    for source in 0..8 {
        let link = verdicts.link(Some(source), Some(3)).unwrap();
        assert_eq!(link.blame, Blame::Destination);
        assert!(link.confidence > 0.95 && link.failing && link.window != Window::Bad);
        assert!((link.expected.destination - 47.0).abs() < 2.0);
    }
    let endpoint = verdicts.endpoint(3, Role::Destination).unwrap();
    let (low, high) = endpoint.probability.interval();
    assert!(endpoint.window == Window::Bad && low < 0.94 && 0.94 < high && low > 0.8);
    assert_eq!(verdicts.endpoint(3, Role::Source).unwrap().window, Window::Good);
    let [incident] = &incidents(&verdicts)[..] else { panic!("one incident") };
    assert_eq!(incident.place, Place::Endpoint { site: 3, role: Role::Destination });
    assert_eq!((incident.links.len(), incident.failures), (8, 8 * 47));
}

#[test]
fn a_bad_source_is_blamed_on_all_its_links() {
    let verdicts = verdicts(&square(6, |source, _| if source == 5 { 50 } else { 0 }));
    assert!((0..6).all(|destination| blame(&verdicts, 5, destination) == Blame::Source));
    assert_eq!(places(&verdicts), [Place::Endpoint { site: 5, role: Role::Source }]);
}

#[test]
fn a_bad_link_is_blamed_while_its_ends_are_well() {
    let verdicts =
        verdicts(&square(6, |source, destination| if (source, destination) == (2, 4) { 48 } else { 1 }));
    let link = verdicts.link(Some(2), Some(4)).unwrap();
    assert!(link.blame == Blame::Link && link.window == Window::Bad);
    assert_eq!(places(&verdicts), [Place::Link { source: 2, destination: 4 }]);
}

#[test]
fn what_two_bad_ends_share_belongs_to_one_of_them() {
    let verdicts =
        verdicts(&square(8, |source, destination| if source == 0 || destination == 0 { 48 } else { 1 }));
    let incidents = incidents(&verdicts);
    let links: usize = incidents.iter().map(|incident| incident.links.len()).sum();
    let sites: Vec<_> = incidents.iter().map(|incident| incident.place).collect();
    let endpoint = |role| Place::Endpoint { site: 0, role };
    assert_eq!(sites, [endpoint(Role::Source), endpoint(Role::Destination)]);
    assert_eq!(links, 15);
}

#[test]
fn what_is_in_doubt_neither_opens_nor_closes() {
    // Who fails alone with one other could be either, at whatever rate.
    let mut matrix = square(4, |_, _| 1);
    matrix.links.push(link(8, 9, 300, 240));
    let verdicts = verdicts(&matrix);
    assert_eq!(blame(&verdicts, 8, 9), Blame::Unclear);
    for (site, role) in [(8, Role::Source), (9, Role::Destination)] {
        assert_eq!(verdicts.endpoint(site, role).unwrap().window, Window::Good);
    }
    matrix.links.push(link(8, 9, 60, 60));
    let verdicts = attribute(&matrix, &Settings::default());
    for (site, role) in [(8, Role::Source), (9, Role::Destination)] {
        assert_eq!(verdicts.endpoint(site, role).unwrap().window, Window::Unknown);
    }
}

#[test]
fn texts_decide_what_numbers_cannot() {
    let all_fail = |said| {
        let links = square(3, |_, _| 50).links.into_iter().map(|link| saying(said, link)).collect();
        verdicts(&Matrix { links, ..Matrix::default() })
    };
    let silent = all_fail(Said::default());
    assert_eq!(silent.links[0].doubt, Some(Doubt::Several));
    assert_eq!(blame(&all_fail(SOURCE), 1, 1), Blame::Source);
    assert_eq!(blame(&all_fail(DESTINATION), 1, 1), Blame::Destination);
}

#[test]
fn texts_do_not_shout_numbers_down() {
    let mut matrix = square(8, |source, _| if source == 1 { 50 } else { 1 });
    for link in &mut matrix.links {
        *link = saying(DESTINATION, *link);
    }
    let verdicts = verdicts(&matrix);
    assert!((0..8).all(|destination| blame(&verdicts, 1, destination) == Blame::Source));
}

#[test]
fn an_unknown_site_is_never_blamed_and_drags_nobody_down() {
    let mut matrix = square(6, |_, destination| if destination == 5 { 49 } else { 1 });
    let from_nowhere = |destination| Link { source: None, ..link(0, destination, 5000, 5000) };
    matrix.links.extend([from_nowhere(4), from_nowhere(5)]);
    let verdicts = verdicts(&matrix);
    let unknown = verdicts.link(None, Some(4)).unwrap();
    assert_eq!((unknown.blame, unknown.doubt), (Blame::Unclear, Some(Doubt::UnknownSite)));
    assert!(verdicts.endpoint(4, Role::Destination).unwrap().probability.mean < 0.1);
    assert_eq!(verdicts.link(None, Some(5)).unwrap().blame, Blame::Destination);
    assert_eq!(places(&verdicts), [Place::Endpoint { site: 5, role: Role::Destination }]);
    assert_eq!(verdicts.endpoints.len(), 12);
}

#[test]
fn doubts_have_reasons() {
    let mut matrix = square(6, |_, destination| if destination == 0 { 48 } else { 1 });
    matrix.links.extend([link(7, 0, 9, 9), link(8, 8, 50, 50), link(9, 1, 50, 50)]);
    let verdicts = verdicts(&matrix);
    let doubt = |source, destination| verdicts.link(Some(source), Some(destination)).unwrap().doubt;
    assert_eq!(doubt(7, 0), Some(Doubt::FewAttempts));
    assert_eq!(doubt(8, 8), Some(Doubt::Several));
    assert_eq!(doubt(9, 1), Some(Doubt::FewCounterparts));
    assert!(verdicts.links.iter().all(|link| link.doubt.is_some() == (link.blame == Blame::Unclear)));
    assert_eq!(places(&verdicts).len(), 1);
}

#[test]
fn when_most_fails_at_once_it_is_the_service() {
    let verdicts = verdicts(&square(8, |source, _| if source == 2 { 50 } else { 45 }));
    let outage = verdicts.outage.unwrap();
    assert_eq!((outage.failing, outage.endpoints), (16, 16));
    assert!((outage.rate - 0.9).abs() < 1e-9);
    assert!(verdicts.links.iter().all(|link| link.blame == Blame::Service));
    assert!(incidents(&verdicts).is_empty());
    assert!(verdicts.endpoints.iter().all(|endpoint| endpoint.window == Window::Unknown));
}

#[test]
fn a_bad_destination_that_everybody_sends_to_is_no_outage() {
    let mut matrix = square(6, |_, destination| if destination == 0 { 50 } else { 0 });
    // Most sources have no other destination.
    matrix.links.extend((10..40).map(|source| link(source, 0, 50, 50)));
    let verdicts = verdicts(&matrix);
    assert_eq!(verdicts.outage, None);
    assert_eq!(places(&verdicts), [Place::Endpoint { site: 0, role: Role::Destination }]);
}

#[test]
fn an_operation_with_one_end_has_one_suspect() {
    let ends = Ends::One(Role::Destination);
    let deletion = |site, failures| Link { source: None, ..link(0, site, 50, failures) };
    let deletions = |failing| {
        let links = (0..6).map(|site| deletion(site, if site < failing { 50 } else { 2 })).collect();
        verdicts(&Matrix { ends, links })
    };
    let some = deletions(2);
    let link = some.link(None, Some(1)).unwrap();
    assert_eq!((link.blame, link.confidence), (Blame::Destination, 1.0));
    let failing = |site| Place::Endpoint { site, role: Role::Destination };
    assert_eq!(places(&some), [failing(0), failing(1)]);
    let most = deletions(4);
    assert!(most.outage.is_some() && incidents(&most).is_empty());
}

#[test]
fn retries_of_a_few_files_condemn_no_site() {
    let mut matrix = square(5, |_, _| 1);
    matrix.links[7] = Link { failed_files: Some(2), ..link(1, 2, 5050, 5000) };
    let few_files = verdicts(&matrix);
    assert!(places(&few_files).is_empty());
    assert!(few_files.endpoint(1, Role::Source).unwrap().probability.mean < 0.1);
    matrix.links[7].failed_files = None;
    assert_eq!(places(&verdicts(&matrix)), [Place::Link { source: 1, destination: 2 }]);
}

#[test]
fn the_order_of_links_does_not_matter() {
    let mut random = StdRng::seed_from_u64(3);
    let mut matrix = world(&mut random, 12, 0.5).matrix;
    matrix.links.push(Link { source: None, ..link(0, 3, 40, 20) });
    let first = verdicts(&matrix);
    for _ in 0..5 {
        matrix.links.shuffle(&mut random);
        assert_eq!(verdicts(&matrix), first);
    }
}

#[test]
fn no_count_and_no_setting_gives_a_number_that_is_none() {
    let most = Said { source: u64::MAX, destination: u64::MAX, neither: u64::MAX };
    let mut matrix = square(4, |source, _| if source == 0 { u64::MAX } else { 0 });
    matrix.links.push(Link { said: most, ..link(1, 2, u64::MAX, u64::MAX) });
    matrix.links.push(Link { failed_files: Some(0), ..link(2, 2, u64::MAX, 1) });
    matrix.links.extend([link(3, 3, 0, 0), Link::default(), Link { attempts: 5, ..Link::default() }]);
    for strange in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -1.0, 1e300] {
        let prior = Prior { failed: strange, worked: strange };
        let likelihood = Likelihood { source: [strange; 3], destination: [0.0; 3], ..Likelihood::default() };
        let settings = Settings {
            endpoint: prior,
            link: prior,
            likelihood,
            text_weight: strange,
            correlation: strange,
            certain: strange,
            works: strange,
            service: strange,
            threshold: strange,
            rounds: 7,
            ..Settings::default()
        };
        for settings in [settings, Settings { correlation: 0.0, rounds: 0, ..settings }] {
            check(&attribute(&matrix, &settings), &matrix);
        }
    }
    assert_eq!(verdicts(&Matrix::default()), Verdicts::default());
}

#[test]
fn any_counts_give_sound_verdicts() {
    let mut random = StdRng::seed_from_u64(5);
    for _ in 0..300 {
        let links = (0..random.random_range(0..30)).map(|_| any_link(&mut random)).collect();
        let ends = match random.random_range(0..6) {
            0 => Ends::One(Role::Source),
            1 => Ends::One(Role::Destination),
            _ => Ends::Both,
        };
        let mut matrix = Matrix { ends, links };
        let verdicts = verdicts(&matrix);
        check(&verdicts, &matrix);
        matrix.links.reverse();
        assert_eq!(attribute(&matrix, &Settings::default()), verdicts);
    }
}

fn any_link(random: &mut StdRng) -> Link {
    fn any(random: &mut StdRng) -> u64 {
        let most = [0, 3, 50, 10_000, u64::MAX][random.random_range(0..5)];
        random.random_range(0..=most)
    }
    fn site(random: &mut StdRng) -> Option<i64> {
        (random.random_range(0..5) > 0).then(|| random.random_range(-3..4))
    }
    Link {
        source: site(random),
        destination: site(random),
        attempts: any(random),
        failures: any(random),
        failed_files: (random.random_range(0..2) > 0).then(|| any(random)),
        said: Said { source: any(random), destination: any(random), neither: any(random) },
    }
}

/// What holds for any counts.
fn check(verdicts: &Verdicts, matrix: &Matrix) {
    let is_share = |number: f64| (-1e-9..=1.0 + 1e-9).contains(&number);
    for link in &verdicts.links {
        let Expected { source, destination, link: between, service } = link.expected;
        let failures = link.evidence.totals.failures() as f64;
        let parts = [source, destination, between, service];
        assert!(parts.iter().all(|part| is_share(part / failures)) && is_share(link.confidence));
        assert!((parts.iter().sum::<f64>() / failures - 1.0).abs() < 1e-6, "{link:?}");
        assert!(!link.sentence(&|site| site.to_string()).contains("NaN"));
    }
    for endpoint in &verdicts.endpoints {
        let (low, high) = endpoint.probability.interval();
        assert!(is_share(low) && is_share(high) && low <= high && is_share(endpoint.probability.mean));
        assert!(endpoint.own_failures >= 0.0);
        assert!(endpoint.sentence(&|site| site.to_string()).ends_with('.'));
    }
    assert!(incidents(verdicts).len() <= matrix.links.len() + verdicts.endpoints.len());
}

/// A world in which one knows who did it.
struct World {
    matrix: Matrix,
    bad: [i64; 2],
}

/// One source and one destination are bad, everything else fails now and then.
fn world(random: &mut StdRng, sites: i64, active: f64) -> World {
    let bad = [random.random_range(0..sites), random.random_range(0..sites)];
    let mut links = Vec::new();
    for source in 0..sites {
        for destination in 0..sites {
            if random.random::<f64>() >= active {
                continue;
            }
            let attempts = random.random_range(5..80);
            let mut link = link(source, destination, attempts, 0);
            for _ in 0..attempts {
                let mut fails = |is_bad| random.random::<f64>() < if is_bad { 0.9 } else { 0.02 };
                if fails(source == bad[0]) {
                    link.failures += 1;
                    link.said.source += u64::from(random.random::<f64>() < 0.5);
                } else if fails(destination == bad[1]) {
                    link.failures += 1;
                    link.said.destination += u64::from(random.random::<f64>() < 0.4);
                }
            }
            links.push(link);
        }
    }
    World { matrix: Matrix { links, ..Matrix::default() }, bad }
}

fn mostly_fails(link: &LinkVerdict) -> bool {
    let totals = link.evidence.totals;
    totals.attempts >= 10 && totals.failures() * 2 >= totals.attempts
}

#[test]
fn in_simulated_worlds_the_right_ones_are_blamed() {
    let mut random = StdRng::seed_from_u64(11);
    let (mut named, mut right, mut unclear, mut found, mut opened) = (0, 0, 0, 0, 0);
    for _ in 0..20 {
        let World { matrix, bad: [source, destination] } = world(&mut random, 20, 0.4);
        let verdicts = verdicts(&matrix);
        for link in verdicts.links.iter().filter(|link| mostly_fails(link)) {
            let is_right = |blame| match blame {
                Blame::Source => link.source == Some(source),
                Blame::Destination => link.destination == Some(destination),
                _ => false,
            };
            if link.blame == Blame::Unclear {
                unclear += 1;
            } else {
                named += 1;
                right += u32::from(is_right(link.blame));
            }
        }
        let truth = [
            Place::Endpoint { site: source, role: Role::Source },
            Place::Endpoint { site: destination, role: Role::Destination },
        ];
        let places = places(&verdicts);
        opened += places.len();
        found += truth.iter().filter(|place| places.contains(place)).count();
    }
    assert!(named > 250, "{named} named");
    assert!(right * 100 >= named * 99, "{right} of {named} right");
    assert!(unclear * 20 <= named, "{unclear} unclear, {named} named");
    assert!(found >= 38 && opened <= found + 1, "{found} of 40 found, {opened} opened");
}
