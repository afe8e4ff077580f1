//! One page of rows, at the same cost on a table of ten million as of ten thousand: rows are
//! counted up to a bound, and Next and Previous seek by the last row instead of counting past it.
use super::filter::Filters;
use super::order::Ordering;
use super::params::Params;
use crate::admin::{AnyResource, Fetch, Record, Registry, deletion, find, key_number, thousands};
use crate::error::Result;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor};

/// Rows are counted up to here.
pub const COUNTED: u64 = 10_000;
/// Page sizes offered.
pub const SIZES: [u64; 4] = [25, 50, 100, 250];
/// Most rows that can be shown on one page.
pub const ALL: u64 = 500;
/// Page size unless another is asked for.
pub const SIZE: u64 = 100;

/// How many rows there are, as far as it was counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// Exactly so many.
    Exact(u64),
    /// More than [`COUNTED`].
    Many,
}

impl Count {
    /// In words.
    #[must_use]
    pub fn text(self) -> String {
        match self {
            Self::Exact(number) => thousands(i64::try_from(number).unwrap_or(i64::MAX)),
            Self::Many => "10,000+".into(),
        }
    }
}

/// Where in the list one stands.
#[derive(Clone, Debug)]
pub struct Place {
    /// Page, from 1.
    pub page: u64,
    /// Rows to a page.
    pub size: u64,
    /// All rows on one page, where there are few enough.
    all: bool,
    /// Row to go on after, by key.
    after: Option<String>,
    /// Row to go back before, by key.
    before: Option<String>,
}

impl Place {
    /// A page of any size, which goes on after a row if one is named.
    #[must_use]
    pub fn new(page: u64, size: u64, after: Option<String>) -> Self {
        Self { page, size, all: false, after, before: None }
    }

    /// Where one stands once it is known how many rows there are.
    #[must_use]
    pub fn among(&self, count: Count) -> Self {
        match count {
            Count::Exact(number) if self.all && number <= ALL => {
                Self { page: 1, size: ALL, all: true, after: None, before: None }
            }
            _ => self.clone(),
        }
    }

    /// Reads `p`, `n`, `after` and `before`; what makes no sense is page 1 of the usual size.
    #[must_use]
    pub fn parse(params: &Params) -> Self {
        let number = |name| params.get(name).and_then(|text| text.parse::<u64>().ok());
        Self {
            page: number("p").filter(|page| (1..=1_000_000_000).contains(page)).unwrap_or(1),
            all: params.get("all").is_some(),
            size: number("n").filter(|size| SIZES.contains(size)).unwrap_or(SIZE),
            after: params.get("after").map(str::to_owned),
            before: params.get("before").map(str::to_owned),
        }
    }
}

/// Rows of one page.
pub struct Page {
    /// The rows.
    pub rows: Vec<Record>,
    /// Which page it is.
    pub number: u64,
    /// Rows to a page.
    pub size: u64,
    /// Whether there is another.
    pub more: bool,
    /// What to say when it is not the page that was asked for.
    pub note: Option<String>,
}

/// What a page is read from.
pub struct Reader<'a> {
    /// The database.
    pub db: &'a DatabaseExecutor<'a>,
    /// All resources.
    pub registry: &'a Registry,
    /// The one listed.
    pub resource: &'a dyn AnyResource,
    /// Rows that pass.
    pub condition: Condition,
    /// In this order.
    pub order: &'a Ordering,
}

impl Reader<'_> {
    /// Counts up to [`COUNTED`], or all if asked.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn count(&self, exact: bool) -> Result<Count> {
        let mut rows = Query::select();
        rows.expr(Expr::val(1)).from(self.resource.meta().table).cond_where(self.condition.clone());
        if !exact {
            rows.limit(COUNTED + 1);
        }
        let number = deletion::count(self.db, rows).await?;
        Ok(if !exact && number > COUNTED { Count::Many } else { Count::Exact(number) })
    }

    /// Reads the page asked for; beyond the end, the last one.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn page(&self, place: &Place, count: Count) -> Result<Page> {
        if let Count::Exact(total) = count {
            let last = Ord::max(total.div_ceil(place.size), 1);
            if place.page > last {
                let mut page = self.offset(last, place.size).await?;
                page.note = Some(format!(
                    "Page {} does not exist; this is the last page.",
                    thousands(place.page as i64)
                ));
                return Ok(page);
            }
        }
        if let Some(page) = self.seek(place).await? {
            return Ok(page);
        }
        let page = self.offset(place.page, place.size).await?;
        if page.rows.is_empty() && place.page > 1 { self.last(place).await } else { Ok(page) }
    }

    /// Goes on from a row that the address names, if it is still there and the order allows it.
    async fn seek(&self, place: &Place) -> Result<Option<Page>> {
        let (Some(key), backwards) = (place.after.as_ref().or(place.before.as_ref()), place.after.is_none())
        else {
            return Ok(None);
        };
        let meta = self.resource.meta();
        if !self.order.seekable(meta) {
            return Ok(None);
        }
        let Ok(row) = find(self.resource, self.db, key).await else { return Ok(None) };
        let filter =
            Condition::all().add(self.condition.clone()).add(self.order.beyond(meta, &row, backwards));
        let mut rows = self.fetch(filter, backwards, place.size + 1).await?;
        if rows.is_empty() {
            return Ok(None);
        }
        let more = rows.len() as u64 > place.size || backwards;
        rows.truncate(usize::try_from(place.size).unwrap_or(usize::MAX));
        if backwards {
            rows.reverse();
        }
        Ok(Some(Page { rows, number: place.page, size: place.size, more, note: None }))
    }

    /// Counts past the rows of earlier pages, in the index alone where there is one.
    async fn offset(&self, number: u64, size: u64) -> Result<Page> {
        let mut rows = if number <= 1 {
            self.fetch(self.condition.clone(), false, size + 1).await?
        } else {
            let table = self.resource.meta().table;
            let mut keys = Query::select();
            keys.column((table, "id"))
                .from(table)
                .cond_where(self.condition.clone())
                .limit(size + 1)
                .offset((number - 1).saturating_mul(size));
            for (expression, order) in self.order.expressions(self.registry, self.resource, false) {
                keys.order_by_expr(expression, order);
            }
            let keys: Vec<i64> = self
                .db
                .query_all(&keys)
                .await?
                .iter()
                .map(|row| row.try_get("", "id"))
                .collect::<Result<_, _>>()?;
            self.in_order(keys).await?
        };
        let more = rows.len() as u64 > size;
        rows.truncate(usize::try_from(size).unwrap_or(usize::MAX));
        Ok(Page { rows, number, size, more, note: None })
    }

    async fn in_order(&self, keys: Vec<i64>) -> Result<Vec<Record>> {
        let place =
            |row: &Record| key_number(row.key()).and_then(|key| keys.iter().position(|other| *other == key));
        let filter =
            Condition::all().add(Expr::col((self.resource.meta().table, "id")).is_in(keys.iter().copied()));
        let limit = keys.len() as u64;
        let mut rows = self.resource.fetch(self.db, Fetch { filter, order: Vec::new(), limit }).await?;
        rows.sort_by_key(place);
        Ok(rows)
    }

    /// The last page of a list whose length is not known.
    async fn last(&self, place: &Place) -> Result<Page> {
        let mut rows = self.fetch(self.condition.clone(), true, place.size).await?;
        rows.reverse();
        let note =
            Some(format!("Page {} does not exist; these are the last rows.", thousands(place.page as i64)));
        Ok(Page { rows, number: place.page, size: place.size, more: false, note })
    }

    async fn fetch(&self, filter: Condition, backwards: bool, limit: u64) -> Result<Vec<Record>> {
        let order = self.order.expressions(self.registry, self.resource, backwards);
        Ok(self.resource.fetch(self.db, Fetch { filter, order, limit }).await?)
    }
}

/// Rows that pass search and filters.
#[must_use]
pub fn condition(search: &Condition, filters: &Filters) -> Condition {
    Condition::all().add(search.clone()).add(filters.condition_without(None))
}
