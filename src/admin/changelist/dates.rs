//! Years, months and days to drill down by. Of a list too long to count, the index alone answers: its first and
//! last row, and whether anything lies in each month or day; never all rows.
use super::filter::{Filter, Filters, Lookup, Subject};
use super::page::{COUNTED, Count};
use super::params::Params;
use crate::admin::{Meta, shorten};
use crate::error::Result;
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseExecutor};
use std::collections::BTreeSet;

/// Years that there can be.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=2199;
/// Most years offered.
const MOST: u32 = 40;
/// Look-ups, the widest first.
const LOOKUPS: [&str; 3] = ["year", "month", "day"];

/// A year, a month of it, or a day of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// The year.
    pub year: i32,
    /// From 1.
    pub month: Option<u32>,
    /// From 1.
    pub day: Option<u32>,
}

impl Span {
    /// Its first day and the day after its last.
    fn days(self) -> Option<(NaiveDate, NaiveDate)> {
        let from = NaiveDate::from_ymd_opt(self.year, self.month.unwrap_or(1), self.day.unwrap_or(1))?;
        let before = match (self.month, self.day) {
            (None, _) => from.checked_add_months(Months::new(12)),
            (_, None) => from.checked_add_months(Months::new(1)),
            _ => from.checked_add_days(Days::new(1)),
        };
        before.map(|before| (from, before))
    }

    /// Half-open, in UTC as everything here.
    fn moments(self) -> Option<[DateTime<Utc>; 2]> {
        let start = |day: NaiveDate| day.and_time(NaiveTime::MIN).and_utc();
        self.days().map(|(from, before)| [start(from), start(before)])
    }

    /// As people write it: `2026`, `November 2026`, `21 November 2026`.
    #[must_use]
    pub fn text(self) -> String {
        let format = match (self.month, self.day) {
            (None, _) => "%Y",
            (_, None) => "%B %Y",
            _ => "%-d %B %Y",
        };
        self.days().map(|(from, _)| from.format(format).to_string()).unwrap_or_default()
    }

    /// One step in: the part named by a choice.
    #[must_use]
    pub fn part(self, choice: u32) -> Self {
        match self.month {
            None => Self { month: Some(choice), ..self },
            Some(_) => Self { day: Some(choice), ..self },
        }
    }
}

/// What the bar offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dates {
    /// What the choices are parts of; none for years.
    pub within: Option<Span>,
    /// Years, months or days that have rows.
    pub choices: Vec<u32>,
}

/// Whether a name in the address is one of the bar's.
#[must_use]
pub fn names(meta: &Meta, key: &str) -> bool {
    meta.dates.is_some_and(|at| {
        let rest = key.strip_prefix(meta.fields[at].name.as_str()).and_then(|rest| rest.strip_prefix("__"));
        rest.is_some_and(|rest| LOOKUPS.contains(&rest))
    })
}

/// The address with that span, or with none.
#[must_use]
pub fn with(meta: &Meta, params: &Params, span: Option<Span>) -> Params {
    let Some(at) = meta.dates else { return params.clone() };
    let key = |lookup: &str| format!("{}__{lookup}", meta.fields[at].name);
    let bare = LOOKUPS.iter().fold(params.from_start(), |params, lookup| params.without(&[&key(lookup)]));
    let Some(span) = span else { return bare };
    let parts = [u32::try_from(span.year).ok(), span.month, span.day];
    LOOKUPS.iter().zip(parts).fold(bare, |params, (lookup, part)| match part {
        Some(part) => params.and(&key(lookup), part.to_string()),
        None => params,
    })
}

/// Reads `last_seen__year=2026&last_seen__month=11`; what makes no sense is dropped alone and said.
pub(super) fn parse(meta: &Meta, params: &Params, filters: &mut Filters) {
    let Some(at) = meta.dates else { return };
    let field = &meta.fields[at];
    let mut span: Option<Span> = None;
    for lookup in LOOKUPS {
        let Some(text) = params.get(&format!("{}__{lookup}", field.name)).filter(|text| !text.is_empty())
        else {
            continue;
        };
        let number = text.parse::<u32>().ok();
        let wider = match (lookup, span, number) {
            ("year", _, Some(year)) => {
                let year = i32::try_from(year).ok().filter(|year| YEARS.contains(year));
                year.map(|year| Span { year, month: None, day: None })
            }
            ("month", Some(span), Some(month)) => Some(Span { month: Some(month), ..span }),
            ("day", Some(span), Some(day)) if span.month.is_some() => Some(Span { day: Some(day), ..span }),
            _ => None,
        };
        match wider.filter(|span| span.days().is_some()) {
            Some(found) => span = Some(found),
            None => filters.notes.push(format!(
                "{}: {lookup} “{}” was ignored. Choose one of the dates above the list.",
                field.title,
                shorten(text, 40)
            )),
        }
    }
    if let Some(span) = span
        && let Some([from, before]) = span.moments()
    {
        let column = || Expr::col((meta.table, field.column));
        filters.list.push(Filter {
            key: format!("{}__year", field.name),
            values: vec![span.text()],
            subject: Subject::Field(at),
            lookup: Lookup::Span,
            condition: Condition::all().add(column().gte(from)).add(column().lt(before)),
        });
        filters.span = Some(span);
    }
}

/// What the dates are read from.
pub(super) struct Reader<'a> {
    pub(super) db: &'a DatabaseExecutor<'a>,
    pub(super) meta: &'a Meta,
    /// Search and filters.
    pub(super) condition: Condition,
    pub(super) filters: &'a Filters,
    pub(super) searched: bool,
    pub(super) count: Count,
}

impl Reader<'_> {
    /// The choices, from the deepest level that has several; none without a date column or rows.
    pub(super) async fn read(&self) -> Result<Option<Dates>> {
        let Some(at) = self.meta.dates else { return Ok(None) };
        let span = self.filters.span;
        if let Some(Span { day: Some(_), .. }) = span {
            return Ok(
                span.map(|span| Dates { within: Some(Span { day: None, ..span }), choices: Vec::new() })
            );
        }
        let column = self.meta.fields[at].column;
        // Without other conditions the index knows, and beyond the count nothing else is affordable.
        let others = self.searched || self.filters.list.len() > usize::from(span.is_some());
        let dates = match self.count {
            Count::Exact(0) => span.map(|span| Dates { within: Some(span), choices: Vec::new() }),
            Count::Exact(_) if others => level(span, &self.all(column).await?),
            _ => self.probed(column, span).await?,
        };
        Ok(dates)
    }

    /// Every date of a list that is short enough to be counted.
    async fn all(&self, column: &'static str) -> Result<BTreeSet<NaiveDate>> {
        let mut rows = Query::select();
        rows.column((self.meta.table, column)).from(self.meta.table).cond_where(self.condition.clone());
        rows.limit(COUNTED);
        let mut days = BTreeSet::new();
        for row in self.db.query_all(&rows).await? {
            days.extend(row.try_get::<Option<DateTime<Utc>>>("", column)?.map(|moment| moment.date_naive()));
        }
        Ok(days)
    }

    async fn probed(&self, column: &'static str, span: Option<Span>) -> Result<Option<Dates>> {
        let range = span.and_then(Span::moments);
        let mut ends = Query::select();
        for (name, function) in [("first", "MIN"), ("last", "MAX")] {
            ends.expr_as(Expr::SubQuery(None, Box::new(self.end(column, function, range).into())), name);
        }
        let Some(row) = self.db.query_one(&ends).await? else { return Ok(None) };
        let end = |name| row.try_get::<Option<DateTime<Utc>>>("", name);
        let (Some(first), Some(last)) = (end("first")?, end("last")?) else { return Ok(None) };
        let ends = BTreeSet::from([first.date_naive(), last.date_naive()]);
        let Some(Dates { within, .. }) = level(span, &ends) else { return Ok(None) };
        let candidates = between(within, first.date_naive(), last.date_naive());
        let mut probes = Query::select();
        for (at, choice) in candidates.iter().enumerate() {
            let part = self.end(column, "MIN", span_of(within, *choice).and_then(Span::moments));
            probes.expr_as(Expr::SubQuery(None, Box::new(part.into())), format!("c{at}"));
        }
        let Some(row) = self.db.query_one(&probes).await? else { return Ok(None) };
        let mut choices = Vec::new();
        for (at, choice) in candidates.into_iter().enumerate() {
            if row.try_get::<Option<DateTime<Utc>>>("", &format!("c{at}"))?.is_some() {
                choices.push(choice);
            }
        }
        Ok(Some(Dates { within, choices }))
    }

    /// The first or last row of a range: one look into the index.
    fn end(
        &self,
        column: &'static str,
        function: &'static str,
        range: Option<[DateTime<Utc>; 2]>,
    ) -> SelectStatement {
        let own = || Expr::col((self.meta.table, column));
        let mut select = Query::select();
        select.expr(if function == "MIN" { own().min() } else { own().max() }).from(self.meta.table);
        if let Some([from, before]) = range {
            select.and_where(own().gte(from)).and_where(own().lt(before));
        }
        select
    }
}

fn span_of(within: Option<Span>, choice: u32) -> Option<Span> {
    match within {
        Some(span) => Some(span.part(choice)),
        None => i32::try_from(choice).ok().map(|year| Span { year, month: None, day: None }),
    }
}

/// From the level asked for down to the first that leaves a choice, and what there is to choose.
fn level(span: Option<Span>, days: &BTreeSet<NaiveDate>) -> Option<Dates> {
    let (first, last) = (days.first()?, days.last()?);
    let mut within = span;
    if within.is_none() && first.year() == last.year() {
        within = Some(Span { year: first.year(), month: None, day: None });
    }
    if span.is_none()
        && let Some(year) = within
        && first.month() == last.month()
    {
        within = Some(Span { month: Some(first.month()), ..year });
    }
    let choice = |day: &NaiveDate| match within {
        None => u32::try_from(day.year()).unwrap_or_default(),
        Some(Span { month: None, .. }) => day.month(),
        Some(_) => day.day(),
    };
    let mut choices: Vec<u32> = days.iter().map(choice).collect();
    choices.dedup();
    Some(Dates { within, choices })
}

/// Every part from the first date to the last.
fn between(within: Option<Span>, first: NaiveDate, last: NaiveDate) -> Vec<u32> {
    let year = |day: NaiveDate| u32::try_from(day.year()).unwrap_or_default();
    match within {
        None => (Ord::max(year(first), (year(last) + 1).saturating_sub(MOST))..=year(last)).collect(),
        Some(Span { month: None, .. }) => (first.month()..=last.month()).collect(),
        Some(_) => (first.day()..=last.day()).collect(),
    }
}
