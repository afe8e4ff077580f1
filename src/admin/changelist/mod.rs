//! The change list: from the address to a page of rows, a filter panel and the links around them.
pub mod advanced;
pub mod columns;
mod compare;
pub mod dates;
pub mod facets;
pub mod filter;
pub mod first;
pub mod keyset;
pub mod order;
pub mod page;
pub mod params;
pub mod relative;
pub mod search;
pub mod terms;
pub mod views;

use super::registry::Labels;
use super::{Actor, AnyResource, Column, Meta, Registry, Verb};
use crate::error::{Error, Result};
use chrono::{DateTime, Utc};
use dates::Dates;
use facets::{Facet, Panel};
use filter::{Filters, Reading};
use order::Ordering;
use page::{COUNTED, Count, Page, Place, Reader};
use params::Params;
use sea_orm::sea_query::Condition;
use sea_orm::{ConnectionTrait, DatabaseExecutor, Value};
use search::Found;
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{self, AtomicU64};
use std::time::Duration;

/// What an address asks of a resource.
pub struct Asked {
    /// The address.
    pub params: Params,
    /// What was typed into the search box.
    pub q: String,
    /// Rows that match it.
    pub search: Found,
    /// Filters in force.
    pub filters: Filters,
    /// Order.
    pub order: Ordering,
    /// Columns chosen, by position among [`columns::all`].
    pub columns: Vec<usize>,
    /// Which page.
    pub place: Place,
    /// What to tell the person about the parts that were left out.
    pub notes: Vec<String>,
    /// Resources that the person may look at.
    visible: Vec<&'static str>,
}

impl Asked {
    /// Reads an address.
    ///
    /// # Errors
    /// [`crate::error::Error::BadRequest`] for a look-up that the resource does not list, or what the database says.
    pub async fn parse(
        db: &DatabaseExecutor<'_>,
        registry: &Registry,
        resource: &dyn AnyResource,
        params: Params,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        let meta = resource.meta();
        let reading = Reading { backend: db.get_database_backend(), actor, now };
        let mut filters = filter::parse(&reading, registry, meta, &params)?;
        let q = params.get("q").unwrap_or_default().to_owned();
        let (search, note) = search::typed(db, registry, resource, &q).await?;
        let mut notes = std::mem::take(&mut filters.notes);
        notes.extend(note);
        let order = Ordering::parse(meta, &params);
        let (columns, unknown) = columns::chosen(registry, meta, &params, actor);
        notes.extend(unknown);
        let slugs = registry.iter().map(|resource| resource.meta().slug);
        let visible = slugs.filter(|slug| actor.may(slug, Verb::View)).collect();
        let place = Place::parse(&params);
        Ok(Self { q, search, filters, order, columns, place, notes, visible, params })
    }

    /// The columns chosen, in order, all of which the person may see: an export writes the same.
    #[must_use]
    pub fn columns<'a>(&self, meta: &'a Meta) -> Vec<&'a Column> {
        self.columns.iter().filter_map(|at| columns::all(meta).nth(*at)).collect()
    }

    /// Rows that pass search and filters.
    #[must_use]
    pub fn condition(&self) -> Condition {
        page::condition(&self.search.indexed, &self.filters)
    }

    /// The same rows, in the way that suits their number.
    pub(in crate::admin) fn condition_for(&self, count: Count) -> Condition {
        match count {
            Count::Exact(_) => self.condition(),
            Count::Many => page::condition(&self.search.scanned, &self.filters),
        }
    }

    /// Names of the resources that the person may look at.
    #[must_use]
    pub fn visible(&self) -> &[&'static str] {
        &self.visible
    }

    /// Whether anything narrows the list.
    #[must_use]
    pub fn narrowed(&self) -> bool {
        !self.q.trim().is_empty() || !self.filters.list.is_empty()
    }

    /// Search and filters in one text: lists that differ in nothing else have the same counts.
    fn selection(&self) -> String {
        self.params.from_start().without(&SHOWN_BY).encoded()
    }
}

/// Names in the address that say how rows are shown, not which: lists that differ in nothing else have the same
/// counts.
pub const SHOWN_BY: [&str; 5] = ["o", "n", "cols", "density", "_view"];

/// A change list, ready to be drawn.
pub struct Listing {
    /// Its rows.
    pub page: Page,
    /// What they point at.
    pub labels: Labels,
    /// How many there are.
    pub count: Count,
    /// The filter panel.
    pub facets: Arc<Vec<Facet>>,
    /// Dates to drill down by.
    pub dates: Option<Dates>,
    /// What keys in filters stand for, by table.
    pub chosen: HashMap<String, HashMap<String, String>>,
}

impl Listing {
    /// Without any row: the database took too long.
    #[must_use]
    pub fn empty(asked: &Asked) -> Self {
        let page = Page { rows: Vec::new(), number: 1, size: asked.place.size, more: false, note: None };
        Self {
            page,
            labels: Labels::default(),
            count: Count::Exact(0),
            facets: Arc::default(),
            dates: None,
            chosen: HashMap::new(),
        }
    }
}

/// Counts and filter panels of the last seconds: they cost more than the rows themselves, and
/// people page and sort within the same selection. Each process has its own; a write through
/// this process empties it. Many who ask at once wait for one answer.
#[derive(Clone)]
pub struct Counts {
    kept: moka::future::Cache<String, Counted>,
    writes: Arc<AtomicU64>,
    accounts: Arc<AtomicU64>,
}

/// Bytes that all of them may take.
const LARGEST: u64 = 8 * 1024 * 1024;

type Counted = (Count, Arc<Vec<Facet>>, Option<Dates>);

impl Counts {
    /// Keeps counts for so long.
    #[must_use]
    pub fn new(keep: Duration) -> Self {
        let weight = |key: &String, (_, facets, _): &Counted| {
            let links = facets
                .iter()
                .flat_map(|facet| &facet.options)
                .map(|option| option.href.len() + option.title.len() + 64);
            u32::try_from(key.len() + links.sum::<usize>()).unwrap_or(u32::MAX)
        };
        let cache =
            moka::future::Cache::builder().weigher(weight).max_capacity(LARGEST).time_to_live(keep).build();
        Self { kept: cache, writes: Arc::default(), accounts: Arc::default() }
    }

    /// Forgets everything: something was written.
    pub fn forget(&self) {
        self.accounts.fetch_add(1, atomic::Ordering::Release);
        self.forget_rows();
    }

    /// Forgets what rows are counted: something was written that changes nobody's rights.
    pub fn forget_rows(&self) {
        self.writes.fetch_add(1, atomic::Ordering::Release);
        self.kept.invalidate_all();
    }

    /// How often something was written through this process: what else is kept in memory may be out of date
    /// once this has changed.
    #[must_use]
    pub fn writes(&self) -> u64 {
        self.writes.load(atomic::Ordering::Acquire)
    }

    /// The same for what decides who may do what.
    #[must_use]
    pub fn accounts(&self) -> u64 {
        self.accounts.load(atomic::Ordering::Acquire)
    }
}

/// Reads a change list: a constant number of queries, whatever the number of rows.
///
/// # Errors
/// When the database does not answer in time.
pub async fn list(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    asked: &Asked,
    counts: &Counts,
    now: DateTime<Utc>,
) -> Result<Listing> {
    let exact = asked.params.get("count") == Some("exact");
    // The panel knows the day, so that "today" is right after midnight, and what one may see.
    let visible = asked.visible.join(" ");
    let key =
        format!("{}?{}#{exact}#{}#{visible}", resource.meta().slug, asked.selection(), now.date_naive());
    let counting = count(db, registry, resource, asked);
    let (count, facets, dates) = counts.kept.try_get_with(key, counting).await.map_err(Error::shared)?;
    let reader =
        Reader { db, registry, resource, condition: asked.condition_for(count), order: &asked.order };
    let page = reader.page(&asked.place.among(count), count).await?;
    let listed: Vec<usize> = asked
        .columns(resource.meta())
        .into_iter()
        .filter_map(|column| match column.source {
            super::Source::Field(at) => Some(at),
            super::Source::Computed(_) => None,
        })
        .collect();
    let rows: Vec<&[Value]> = page.rows.iter().map(|row| row.values.as_slice()).collect();
    let labels = registry.labels_of(db, resource, &listed, &rows).await?;
    let chosen = chosen(db, registry, resource, asked).await?;
    Ok(Listing { page, labels, count, facets, dates, chosen })
}

/// Counts the rows and what each choice of the panel would leave.
async fn count(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    asked: &Asked,
) -> Result<Counted> {
    let exact = asked.params.get("count") == Some("exact");
    let reader = Reader { db, registry, resource, condition: asked.condition(), order: &asked.order };
    let count = reader.count(exact).await?;
    let panel = Panel {
        db,
        registry,
        resource,
        search: &asked.search,
        filters: &asked.filters,
        params: &asked.params.without(&SHOWN_BY),
        visible: &asked.visible,
        counts: asked.params.get("_facets") != Some("false")
            && matches!(count, Count::Exact(number) if number <= COUNTED),
    };
    let dates = dates::Reader {
        db,
        meta: resource.meta(),
        condition: asked.condition(),
        filters: &asked.filters,
        searched: !asked.q.trim().is_empty(),
        count,
    };
    Ok((count, Arc::new(panel.facets().await?), dates.read().await?))
}

/// What the keys in filters are called, by table.
async fn chosen(
    db: &DatabaseExecutor<'_>,
    registry: &Registry,
    resource: &dyn AnyResource,
    asked: &Asked,
) -> Result<HashMap<String, HashMap<String, String>>> {
    let mut chosen: HashMap<String, HashMap<String, String>> = HashMap::new();
    for filter in &asked.filters.list {
        let visible = |table: &&str| {
            registry.table(table).is_some_and(|target| asked.visible.contains(&target.meta().slug))
        };
        if let Some(table) = filter.subject.target(resource.meta()).filter(visible) {
            let keys: BTreeSet<i64> = filter
                .values
                .iter()
                .flat_map(|value| value.split(','))
                .filter_map(|key| key.parse().ok())
                .collect();
            let labels = registry.labels(db, table, keys).await?;
            chosen.entry(table.to_owned()).or_default().extend(labels);
        }
    }
    Ok(chosen)
}
