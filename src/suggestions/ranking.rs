//! Orders actions by what is known about them.
use super::estimate::Estimate;
use super::evidence::{Evidence, Level, Sum};
use super::why::Known;
use super::{Context, Suggestion};
use chrono::{DateTime, Utc};
use entity::suggested_action;
use entity::vocabulary::{FaultKind, Operation, Side};
use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

/// Chances that differ by less than one part of so many differ only by the order in which they were added up.
const EXACT: f64 = 1e9;
/// Actions offered, beside those that somebody suggested or that helped with this very error.
const OFFERED: usize = 8;

/// What something is to be done about, with what is known of the error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Case {
    /// Error, side and site.
    pub context: Context,
    /// The error's coarse kind, if it has one.
    pub kind: Option<FaultKind>,
}

/// What an operator suggests to do about an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Offer {
    /// Key of the suggested action.
    pub id: i64,
    /// For which error.
    pub category: i64,
    /// What to do.
    pub action: i64,
    /// Only when this side is at fault.
    pub side: Option<Side>,
    /// Only at this site.
    pub site: Option<i64>,
    /// Only for this operation.
    pub operation: Option<Operation>,
    /// Chance that it works, 0 to 1.
    pub prior: f64,
    /// How many outcomes that belief is worth.
    pub prior_weight: f64,
    /// Order among equals, lowest first.
    pub position: i32,
    /// What to tell the shifter.
    pub text: Option<String>,
}

impl From<suggested_action::Model> for Offer {
    fn from(row: suggested_action::Model) -> Self {
        Self {
            id: row.id,
            category: row.category_id,
            action: row.action_id,
            side: row.side,
            site: row.site_id,
            operation: row.operation,
            prior: row.prior,
            prior_weight: row.prior_weight,
            position: row.position,
            text: row.text,
        }
    }
}

impl Offer {
    fn is_for(&self, context: &Context) -> bool {
        let side = self.side.is_none_or(|side| {
            // If both are at fault, so is each.
            let each = matches!(side, Side::Source | Side::Destination);
            side == context.side || (each && context.side == Side::Both)
        });
        Some(self.category) == context.category
            && side
            && self.site.is_none_or(|site| Some(site) == context.site)
            && self.operation.is_none_or(|operation| operation == context.operation)
    }

    fn conditions(&self) -> usize {
        [self.side.is_some(), self.site.is_some(), self.operation.is_some()]
            .into_iter()
            .filter(|is| *is)
            .count()
    }
}

/// All that an order follows from.
#[derive(Clone, Copy, Debug)]
pub struct Ranking<'a> {
    /// What was tried.
    pub evidence: &'a Evidence,
    /// What is suggested, for whatever errors.
    pub offers: &'a [Offer],
    /// Names of the actions that may be offered.
    pub actions: &'a HashMap<i64, String>,
    /// Names of the sites, as far as they are to be told.
    pub sites: &'a HashMap<i64, String>,
    /// When.
    pub now: DateTime<Utc>,
}

impl Ranking<'_> {
    /// What to offer, best first.
    #[must_use]
    pub fn best(&self, case: &Case) -> Vec<Suggestion> {
        let near = self.near(case);
        let mut ranked: Vec<(i32, Suggestion)> = self
            .worth_trying(case, &near)
            .into_iter()
            .filter_map(|action| {
                let offer = near.get(&action).copied().flatten();
                let place = offer.map_or(i32::MAX, |offer| offer.position);
                Some((place, self.suggestion(case, action, offer)?))
            })
            .collect();
        ranked.sort_by(|(place, one), (other_place, other)| {
            let names = || (place, &one.name, one.action).cmp(&(other_place, &other.name, other.action));
            grade(other).total_cmp(&grade(one)).then_with(names)
        });
        let mut free = OFFERED.saturating_sub(near.len());
        ranked.retain(|(_, suggestion)| {
            let stays = near.contains_key(&suggestion.action) || free > 0;
            free -= usize::from(stays && !near.contains_key(&suggestion.action));
            stays
        });
        ranked.into_iter().map(|(_, suggestion)| suggestion).collect()
    }

    /// Actions that somebody suggested for this error, or that helped with it. Of several suggestions of one
    /// action, the one with the most conditions was written for this very case.
    fn near(&self, case: &Case) -> BTreeMap<i64, Option<&Offer>> {
        let mut near: BTreeMap<i64, Option<&Offer>> = BTreeMap::new();
        let closeness = |offer: &Offer| (offer.conditions(), Reverse(offer.position), Reverse(offer.id));
        for offer in self.offers.iter().filter(|offer| offer.is_for(&case.context)) {
            let best = near.entry(offer.action).or_default();
            if best.is_none_or(|best| closeness(offer) > closeness(best)) {
                *best = Some(offer);
            }
        }
        for action in
            case.context.category.into_iter().flat_map(|id| self.evidence.promising(Level::Error(id)))
        {
            near.entry(action).or_default();
        }
        near
    }

    /// Those, and what helped with errors of this kind or at all.
    fn worth_trying(&self, case: &Case, near: &BTreeMap<i64, Option<&Offer>>) -> Vec<i64> {
        let wider = [case.wider(), Some(Level::All)].into_iter().flatten();
        let mut actions: Vec<i64> = wider.flat_map(|level| self.evidence.helpful(level)).collect();
        actions.extend(near.keys());
        actions.sort_unstable();
        actions.dedup();
        actions
    }

    /// An action with all that speaks for it and against it; none if it is not to be offered any more.
    fn suggestion(&self, case: &Case, action: i64, offer: Option<&Offer>) -> Option<Suggestion> {
        let name = self.actions.get(&action)?.clone();
        let sum = |level: Option<Level>| {
            level.map_or_else(Sum::default, |level| self.evidence.sum(level, action, self.now))
        };
        let Context { category, site, .. } = case.context;
        let here = sum(category.zip(site).map(|(category, site)| Level::Site { category, site }));
        let error = sum(category.map(Level::Error));
        let kind = sum(case.wider());
        let all = sum(Some(Level::All));
        let mut estimate = Estimate::of_all(&all);
        if case.wider().is_some() {
            estimate = estimate.narrowed(kind.worked, kind.tries);
        }
        if category.is_some() {
            let (prior, weight) = offer.map_or((0.0, 0.0), |offer| (offer.prior, offer.prior_weight));
            estimate = estimate.narrowed(error.worked + prior * weight, error.tries + weight);
            estimate = estimate.at_place(here.worked, here.tries);
        }
        let known = Known {
            here: here.tally,
            error: error.tally,
            likely: error.likely,
            last: category.and_then(|category| self.evidence.last(category, action)),
            kind: kind.tally,
            all: all.tally,
            site: site.and_then(|site| self.sites.get(&site)).map(String::as_str),
            is_suggested: offer.is_some(),
            is_classified: category.is_some(),
        };
        Some(Suggestion {
            action,
            name,
            text: offer.and_then(|offer| offer.text.clone()),
            suggested_action: offer.map(|offer| offer.id),
            probability: estimate.mean,
            lower: estimate.lower(),
            here: here.tally,
            error: error.tally,
            all: all.tally,
            ticks: category.map(|category| self.evidence.ticks(category, action)).unwrap_or_default(),
            why: known.sentence(self.now),
        })
    }
}

fn grade(suggestion: &Suggestion) -> f64 {
    (suggestion.lower * EXACT).round()
}

impl Case {
    /// The level above the error. If nobody knows which side is at fault, what helped on any side counts.
    fn wider(&self) -> Option<Level> {
        let side = Some(self.context.side).filter(|side| *side != Side::Unknown);
        self.context.category.and(self.kind).map(|kind| Level::kind(kind, side))
    }
}
