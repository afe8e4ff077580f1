use super::*;
use chrono::{DateTime, TimeDelta, Utc};
use entity::vocabulary::FaultKind;
use std::collections::HashMap;

const ERROR: i64 = 1;
const WT2: i64 = 7;
const CNAF: i64 = 8;
const NONE: [i64; 0] = [];

fn now() -> DateTime<Utc> {
    "2026-11-21T09:30:00Z".parse().unwrap()
}

/// Evidence, suggestions and names to be asked.
struct Table {
    evidence: Evidence,
    offers: Vec<Offer>,
    names: HashMap<i64, String>,
    sites: HashMap<i64, String>,
}

impl Table {
    fn new() -> Self {
        let names = [(1, "Wait"), (2, "Submit ticket"), (3, "Ask the site"), (4, "Call a friend")];
        Self {
            evidence: Evidence::new(now()),
            offers: Vec::new(),
            names: names.map(|(id, name)| (id, name.to_owned())).into(),
            sites: [(WT2, "WT2".to_owned()), (CNAF, "INFN-T1".to_owned())].into(),
        }
    }

    fn event(action: i64) -> Event {
        Event {
            action,
            category: Some(ERROR),
            kind: Some(FaultKind::NoSpace),
            side: Side::Destination,
            site: Some(WT2),
            outcome: Tick::Worked,
            at: now() - TimeDelta::hours(1),
            weight: 1.0,
        }
    }

    /// So many attempts, the first of which worked.
    fn tried(mut self, worked: u32, tries: u32, event: Event) -> Self {
        for attempt in 0..tries {
            let outcome = if attempt < worked { Tick::Worked } else { Tick::Failed };
            self.evidence.add(&Event { outcome, ..event });
        }
        self
    }

    fn suggests(mut self, action: i64, change: impl FnOnce(&mut Offer)) -> Self {
        let id = 100 + self.offers.len() as i64;
        let mut offer = Offer {
            id,
            category: ERROR,
            action,
            side: None,
            site: None,
            operation: None,
            prior: 0.8,
            prior_weight: 4.0,
            position: 0,
            text: None,
        };
        change(&mut offer);
        self.offers.push(offer);
        self
    }

    fn ask(&self, context: Context) -> Vec<Suggestion> {
        let ranking = Ranking {
            evidence: &self.evidence,
            offers: &self.offers,
            actions: &self.names,
            sites: &self.sites,
            now: now(),
        };
        ranking.best(&Case { context, kind: Some(FaultKind::NoSpace) })
    }

    fn order(&self) -> Vec<i64> {
        self.ask(AT_WT2).iter().map(|suggestion| suggestion.action).collect()
    }

    fn about(&self, action: i64) -> Suggestion {
        self.ask(AT_WT2).into_iter().find(|suggestion| suggestion.action == action).unwrap()
    }
}

const AT_WT2: Context = Context {
    category: Some(ERROR),
    operation: Operation::Transfer,
    side: Side::Destination,
    site: Some(WT2),
};

/// The attempt was at another site.
fn elsewhere(event: Event) -> Event {
    Event { site: Some(CNAF), ..event }
}

#[test]
fn two_of_two_is_below_twelve_of_fourteen() {
    for place in [|event| event, elsewhere] {
        let table = Table::new().tried(2, 2, Table::event(1)).tried(12, 14, place(Table::event(2)));
        assert_eq!(table.order(), [2, 1]);
        // The mean is the other way round: what decides is how much of it is sure.
        assert!(table.about(1).probability > table.about(2).probability);
    }
    let table = Table::new().tried(6, 6, Table::event(1)).tried(12, 14, elsewhere(Table::event(2)));
    assert_eq!(table.order(), [1, 2], "six of six here say enough");
}

#[test]
fn what_failed_here_falls_behind_though_it_works_elsewhere() {
    let table = Table::new().tried(12, 14, elsewhere(Table::event(2))).tried(0, 4, Table::event(2)).tried(
        3,
        4,
        elsewhere(Table::event(3)),
    );
    assert_eq!(table.order(), [3, 2]);
    let there = table.ask(Context { site: Some(CNAF), ..AT_WT2 });
    assert_eq!(there[0].action, 2);
}

#[test]
fn an_operators_suggestion_is_offered_without_evidence_and_before_what_always_fails() {
    let table = Table::new().suggests(1, |_| ()).suggests(2, |offer| offer.position = 1);
    assert_eq!(table.order(), [1, 2]);
    assert_eq!(table.about(1).why, "No experience yet, suggested by DDM ops.");
    assert_eq!(table.about(1).suggested_action, Some(100));
    let table = table.tried(0, 5, Table::event(1));
    assert_eq!(table.order(), [2, 1]);
    assert_eq!(table.about(1).why, "Worked 0 of 5 times for this error, all at WT2.");
    // Without evidence for anything else, and nobody's suggestion, it is not worth a try.
    assert_eq!(Table::new().tried(0, 5, Table::event(1)).order(), NONE);
}

#[test]
fn always_failing_is_worse_than_never_tried() {
    for tries in 1..30 {
        let table = Table::new()
            .tried(1, 1, Event { category: Some(2), kind: None, ..Table::event(3) })
            .suggests(1, |offer| offer.prior_weight = 0.01)
            .suggests(2, |offer| (offer.prior_weight, offer.position) = (0.01, 1))
            .tried(0, tries, Table::event(1));
        let order = table.order();
        let place = |action| order.iter().position(|other| *other == action);
        assert!(place(1) > place(2), "{tries}: {order:?}");
    }
}

#[test]
fn an_error_without_experience_borrows_from_its_kind_and_then_from_all() {
    let other = Event { category: Some(2), ..Table::event(1) };
    let table = Table::new().tried(3, 3, other).tried(1, 5, Event { action: 2, ..other }).tried(
        4,
        9,
        Event { action: 3, kind: Some(FaultKind::Checksum), ..other },
    );
    assert_eq!(table.order()[0], 1);
    let reason = |action| table.about(action).why;
    assert_eq!(reason(1), "Worked 3 of 3 times for errors of this kind.");
    assert_eq!(reason(2), "Worked 1 of 5 times for errors of this kind.");
    assert_eq!(reason(3), "Worked 4 of 9 times for other errors.");
    assert_eq!(table.about(1).error, Tally::default());
    // The other side is another level; if nobody knows the side, any will do.
    let source = table.ask(Context { side: Side::Source, ..AT_WT2 });
    assert_eq!(
        source.iter().find(|one| one.action == 1).unwrap().why,
        "Worked 3 of 3 times for other errors."
    );
    let unknown = table.ask(Context { side: Side::Unknown, ..AT_WT2 });
    assert_eq!(unknown[0].why, "Worked 3 of 3 times for errors of this kind.");
    // A message that nobody has classified has only what worked at all.
    let nameless = table.ask(Context { category: None, ..AT_WT2 });
    assert_eq!(
        nameless.iter().find(|one| one.action == 3).unwrap().why,
        "Worked 4 of 9 times for all errors together."
    );
    assert!(nameless.iter().all(|suggestion| suggestion.ticks.is_empty()));
}

#[test]
fn conditions_of_suggestions_are_kept() {
    let table = Table::new()
        .suggests(1, |offer| offer.side = Some(Side::Source))
        .suggests(2, |offer| offer.site = Some(CNAF))
        .suggests(3, |offer| offer.operation = Some(Operation::Deletion));
    assert_eq!(table.order(), NONE);
    let of = |context| -> Vec<i64> { table.ask(context).iter().map(|one| one.action).collect() };
    assert_eq!(of(Context { side: Side::Source, ..AT_WT2 }), [1]);
    assert_eq!(of(Context { side: Side::Both, ..AT_WT2 }), [1]);
    assert_eq!(of(Context { side: Side::Unknown, ..AT_WT2 }), NONE);
    assert_eq!(of(Context { site: Some(CNAF), ..AT_WT2 }), [2]);
    assert_eq!(of(Context { operation: Operation::Deletion, ..AT_WT2 }), [3]);
    assert_eq!(of(Context { category: Some(2), ..AT_WT2 }), NONE);
}

#[test]
fn the_suggestion_with_the_most_conditions_speaks_for_its_action() {
    let table = Table::new()
        .suggests(1, |offer| offer.text = Some("In general.".into()))
        .suggests(1, |offer| (offer.site, offer.text) = (Some(WT2), Some("At WT2.".into())))
        .suggests(1, |offer| (offer.site, offer.text) = (Some(CNAF), Some("At INFN-T1.".into())));
    let list = table.ask(AT_WT2);
    assert_eq!(list.len(), 1);
    assert_eq!((list[0].text.as_deref(), list[0].suggested_action), (Some("At WT2."), Some(101)));
}

#[test]
fn ties_go_by_position_and_then_by_name() {
    let table = Table::new().suggests(1, |offer| offer.position = 5).suggests(3, |_| ()).suggests(4, |_| ());
    assert_eq!(table.order(), [3, 4, 1]);
}

#[test]
fn an_action_that_is_retired_is_not_offered() {
    let mut table = Table::new().suggests(1, |_| ()).tried(9, 9, Table::event(2));
    table.names.remove(&2);
    assert_eq!(table.order(), [1]);
}

#[test]
fn evidence_fades_by_half_in_180_days() {
    let long_ago = Event { at: now() - TimeDelta::days(180), ..Table::event(1) };
    let fresh = Table::new().tried(4, 6, Table::event(1)).about(1);
    let old = Table::new().tried(8, 12, long_ago).about(1);
    assert!((fresh.lower - old.lower).abs() < 1e-3 && (fresh.probability - old.probability).abs() < 1e-3);
    // People count whole attempts all the same.
    assert_eq!(old.error, Tally { worked: 8, tries: 12 });
    let older = Event { at: now() - TimeDelta::days(400), ..long_ago };
    let why = Table::new().tried(8, 12, older).about(1).why;
    assert_eq!(why, "Worked 8 of 12 times for this error, all at WT2, last in October 2025.");
    // What used to work and does not any more falls behind.
    let table = Table::new()
        .tried(10, 10, Event { at: now() - TimeDelta::days(720), ..Table::event(1) })
        .tried(0, 3, Table::event(1))
        .tried(4, 6, Table::event(2));
    assert_eq!(table.order(), [2, 1]);
}

#[test]
fn a_clock_that_was_wrong_does_no_harm() {
    let table = Table::new().tried(1, 1, Event { at: DateTime::<Utc>::MAX_UTC, ..Table::event(1) }).tried(
        1,
        1,
        Event { at: DateTime::<Utc>::MIN_UTC, ..Table::event(2) },
    );
    for suggestion in table.ask(AT_WT2) {
        assert!((0.0..=1.0).contains(&suggestion.lower) && (0.0..=1.0).contains(&suggestion.probability));
    }
}

#[test]
fn imported_outcomes_count_half() {
    let half = Event { weight: 0.5, ..Table::event(1) };
    let imported = Table::new().tried(4, 4, half).about(1);
    let recorded = Table::new().tried(2, 2, Table::event(1)).about(1);
    assert!((imported.lower - recorded.lower).abs() < 1e-9);
    assert_eq!(imported.error, Tally { worked: 4, tries: 4 });
}

#[test]
fn a_likely_success_is_shown_and_not_counted() {
    let likely = Event { outcome: Tick::Likely, ..Table::event(1) };
    let mut table = Table::new();
    table.evidence.add(&likely);
    let suggestion = table.about(1);
    assert_eq!((suggestion.error, suggestion.ticks), (Tally::default(), vec![Tick::Likely]));
    assert_eq!(suggestion.why, "Likely worked once for this error, not confirmed.");
    table.evidence.add(&likely);
    assert_eq!(table.about(1).why, "Likely worked 2 times for this error, not confirmed.");
}

#[test]
fn ticks_are_the_last_twenty_in_order_however_late_outcomes_are() {
    let mut table = Table::new();
    for day in (0..25).rev() {
        let outcome = [Tick::Worked, Tick::Failed, Tick::Likely][day % 3];
        let at = now() - TimeDelta::days(day as i64);
        table.evidence.add(&Event { outcome, at, ..Table::event(1) });
    }
    let expected: Vec<Tick> =
        (0..20).rev().map(|day| [Tick::Worked, Tick::Failed, Tick::Likely][day % 3]).collect();
    assert_eq!(table.about(1).ticks, expected);
    table.evidence.add(&Event { outcome: Tick::Failed, at: now() - TimeDelta::days(90), ..Table::event(1) });
    assert_eq!(table.about(1).ticks, expected, "an outcome told late has its place in the past");
}

#[test]
fn sentences_tell_the_numbers_and_when_they_are_small() {
    let at = |here: (u32, u32), there: (u32, u32)| {
        let table = Table::new().tried(here.0, here.1, Table::event(1)).tried(
            there.0,
            there.1,
            elsewhere(Table::event(1)),
        );
        table.about(1).why
    };
    assert_eq!(at((7, 9), (24, 31)), "Worked 7 of 9 times at WT2 and 31 of 40 for this error.");
    assert_eq!(at((0, 0), (31, 40)), "Worked 31 of 40 times for this error, not yet tried at WT2.");
    assert_eq!(at((3, 4), (0, 0)), "Worked 3 of 4 times for this error, all at WT2.");
    assert_eq!(at((1, 1), (0, 0)), "Worked 1 of 1 time for this error, all at WT2; too few to be sure.");
    assert_eq!(
        at((1, 1), (0, 1)),
        "Worked 1 of 1 time at WT2 and 1 of 2 for this error; too few to be sure."
    );
    let nowhere = Table::new().tried(7, 9, Table::event(1)).ask(Context { site: None, ..AT_WT2 });
    assert_eq!(nowhere[0].why, "Worked 7 of 9 times for this error.");
    let table = Table::new().suggests(1, |_| ()).tried(2, 4, Event { category: Some(2), ..Table::event(1) });
    assert_eq!(
        table.about(1).why,
        "Suggested by DDM ops, not yet tried; worked 2 of 4 times for errors of this kind."
    );
}

#[test]
fn the_list_is_short_and_keeps_what_was_suggested() {
    let mut table = Table::new();
    for action in 10..40 {
        table.names.insert(action, format!("Action {action}"));
        table = table.tried(5, 6, Event { action, category: Some(2), ..Table::event(1) });
    }
    table = table.suggests(1, |offer| offer.prior = 0.01);
    let order = table.order();
    assert_eq!((order.len(), order.last()), (8, Some(&1)));
}

#[test]
fn what_is_taken_back_leaves_nothing() {
    let keep = Table::event(1);
    let at = now() - TimeDelta::days(500);
    let mut table = Table::new().tried(1, 3, keep);
    let before = table.ask(AT_WT2);
    for outcome in [Tick::Worked, Tick::Failed, Tick::Likely] {
        for event in
            [keep, elsewhere(keep), Event { action: 2, at, ..keep }, Event { category: None, at, ..keep }]
        {
            let event = Event { outcome, weight: 0.5, ..event };
            table.evidence.add(&event);
            assert_ne!(table.ask(AT_WT2), before);
            table.evidence.remove(&event);
            let after = table.ask(AT_WT2);
            assert_eq!((after.len(), &after[0].ticks, &after[0].why), (1, &before[0].ticks, &before[0].why));
            assert!((after[0].lower - before[0].lower).abs() < 1e-12);
        }
    }
    // What was never known changes nothing.
    table.evidence.remove(&Event { action: 4, category: Some(9), ..keep });
    assert_eq!(table.order(), [1]);
}

proptest::proptest! {
    #[test]
    fn whatever_was_recorded_chances_are_chances_and_more_successes_never_hurt(
        tries in proptest::collection::vec((1_i64..5, 0_i64..3, 6_i64..9, 0_u8..3, 0_i64..2000), 0..80),
        action in 1_i64..5,
    ) {
        let mut table = Table::new().suggests(1, |_| ());
        for (action, category, site, outcome, days) in tries {
            let outcome = [Tick::Worked, Tick::Failed, Tick::Likely][usize::from(outcome)];
            let at = now() - TimeDelta::days(days);
            let category = (category > 0).then_some(category);
            table.evidence.add(&Event { action, category, site: Some(site), outcome, at, ..Table::event(1) });
        }
        let find = |table: &Table| table.ask(AT_WT2).into_iter().find(|one| one.action == action);
        for one in table.ask(AT_WT2) {
            proptest::prop_assert!((0.0..=1.0).contains(&one.lower) && one.lower <= one.probability);
            proptest::prop_assert!(one.probability <= 1.0 && one.ticks.len() <= 20 && one.why.ends_with('.'));
        }
        let before = find(&table);
        let table = table.tried(1, 1, Table::event(action));
        let after = find(&table).unwrap();
        proptest::prop_assert!(before.is_none_or(|before| before.lower < after.lower));
    }
}
