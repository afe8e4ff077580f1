//! The filter panel: what one can choose, and how many rows each choice would leave.
use super::filter::{Filters, Lookup, Subject};
use super::page::COUNTED;
use super::params::Params;
use super::search::Found;
use crate::admin::{AnyResource, Fetch, Kind, Linked, Many, Registry, capitalise, thousands, words};
use crate::error::Result;
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseExecutor};
use std::collections::{BTreeSet, HashMap};

/// Values of a foreign key offered as links; more are found by typing.
const OFFERED: u64 = 8;
/// Rows of a linked table offered.
const LINKED: u64 = 30;
/// Rows looked at for the values to offer when there are too many to count.
const SAMPLE: u64 = 500;

/// One group of the filter panel.
#[derive(Clone, Debug, Default)]
pub struct Facet {
    /// Field, as in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
    /// What one can choose.
    pub options: Vec<FacetOption>,
    /// A field to type a value of the other table into.
    pub typeahead: Option<TypeAhead>,
    /// Inputs of a date range: from and before, as they stand.
    pub range: Option<[String; 2]>,
}

impl Facet {
    /// Whether there is anything to choose between: one value, which every row has, is no choice.
    fn offers(&self) -> bool {
        let taken = self.options.iter().skip(1).any(|option| option.chosen);
        self.options.len() > 2 || taken || self.typeahead.is_some() || self.range.is_some()
    }
}

/// One choice.
#[derive(Clone, Debug)]
pub struct FacetOption {
    /// In words.
    pub title: String,
    /// Link that takes or gives up the choice.
    pub href: String,
    /// Whether it is taken.
    pub chosen: bool,
    /// Rows it would leave.
    pub count: Option<String>,
}

/// A field to type into instead of a list too long to show.
#[derive(Clone, Debug)]
pub struct TypeAhead {
    /// Address that answers with matches.
    pub source: String,
    /// Where a choice leads; `{id}` stands for it.
    pub go: String,
    /// Name of the parameter for a browser without script.
    pub contains: Option<String>,
    /// What it holds now.
    pub typed: String,
}

/// Makes the filter panel.
pub struct Panel<'a> {
    /// The database.
    pub db: &'a DatabaseExecutor<'a>,
    /// All resources.
    pub registry: &'a Registry,
    /// The one listed.
    pub resource: &'a dyn AnyResource,
    /// What is searched for.
    pub search: &'a Found,
    /// Filters in force.
    pub filters: &'a Filters,
    /// The address.
    pub params: &'a Params,
    /// Resources that the person may look at.
    pub visible: &'a [&'static str],
    /// Whether to count.
    pub counts: bool,
}

type Counts = HashMap<String, u64>;

impl Panel<'_> {
    /// All groups, in the order declared.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn facets(&self) -> Result<Vec<Facet>> {
        let mut facets = Vec::new();
        for at in &self.resource.meta().filters {
            facets.push(self.facet(*at).await?);
        }
        for many in self.resource.meta().many.iter().filter(|many| many.filter) {
            facets.push(self.many(many).await?);
        }
        facets.extend(self.resource.meta().linked.iter().map(|linked| self.linked(linked)));
        facets.retain(Facet::offers);
        Ok(facets)
    }

    async fn facet(&self, at: usize) -> Result<Facet> {
        let field = &self.resource.meta().fields[at];
        let mut facet = Facet { name: field.name.clone(), title: field.title.clone(), ..Facet::default() };
        let all = self.all(&field.name);
        let nullable = !field.required && field.default.is_none();
        match &field.kind {
            Kind::Choice(choices) => {
                let counts = self.count(at, choices.len() as u64 + 1).await?;
                let options = choices.iter().map(|choice| (capitalise(&words(choice)), choice.clone()));
                facet.options = self.values(at, options, counts.as_ref());
            }
            Kind::Boolean => {
                let counts = self.count(at, 3).await?;
                facet.options = self.values(
                    at,
                    [("Yes".to_owned(), "true".to_owned()), ("No".to_owned(), "false".to_owned())]
                        .into_iter(),
                    counts.as_ref(),
                );
            }
            Kind::Foreign(table) => self.foreign(at, table, &mut facet).await?,
            Kind::Moment => {
                facet.options = self.ranges(at);
                let now = |lookup: &str| {
                    self.params.get(&format!("{}__{lookup}", field.name)).unwrap_or_default().to_owned()
                };
                facet.range = Some([now("gte"), now("lt")]);
            }
            _ => {}
        }
        if nullable && field.kind != Kind::Boolean {
            facet.options.extend(self.emptiness(&field.name));
        }
        if !facet.options.is_empty() {
            facet.options.insert(0, all);
        }
        Ok(facet)
    }

    /// The link that gives up every choice of a field.
    fn all(&self, name: &str) -> FacetOption {
        let bare = self.params.from_start();
        let own =
            |key: &str| key == name || key.strip_prefix(name).is_some_and(|rest| rest.starts_with("__"));
        let keys: Vec<&str> = bare.iter().map(|(key, _)| key).filter(|key| own(key)).collect();
        let href = bare.without(&keys).href();
        FacetOption { title: "All".into(), href, chosen: keys.is_empty(), count: None }
    }

    /// Rows per value under all other filters, in one bounded query.
    async fn count(&self, at: usize, values: u64) -> Result<Option<Counts>> {
        if !self.counts {
            return Ok(None);
        }
        let counts = self.tally(self.bounded(at), at, values).await?;
        Ok((counts.values().sum::<u64>() <= COUNTED).then_some(counts))
    }

    /// Values of a field in the rows that all other filters leave.
    fn others(&self, at: usize, search: &Condition) -> SelectStatement {
        let meta = self.resource.meta();
        let condition = Condition::all().add(search.clone()).add(self.filters.condition_without(Some(at)));
        let value = Expr::col((meta.table, meta.fields[at].column));
        Query::select().expr_as(value, "value").from(meta.table).cond_where(condition).to_owned()
    }

    /// All of them, up to a bound.
    fn bounded(&self, at: usize) -> SelectStatement {
        self.others(at, &self.search.indexed).limit(COUNTED + 1).to_owned()
    }

    /// Those of the first rows of the list: in no order, a database would take the bounded number
    /// of rows all from one end of the field's own index.
    fn sample(&self, at: usize) -> SelectStatement {
        let meta = self.resource.meta();
        let mut rows = self.others(at, &self.search.scanned);
        for (field, order) in &meta.order {
            rows.order_by((meta.table, meta.fields[*field].column), order.clone());
        }
        rows.limit(SAMPLE).to_owned()
    }

    async fn tally(&self, rows: SelectStatement, at: usize, values: u64) -> Result<Counts> {
        let meta = self.resource.meta();
        let tally = Query::select()
            .column("value")
            .expr_as(Expr::cust("COUNT(*)"), "n")
            .from_subquery(rows, "bounded")
            .group_by_col("value")
            .order_by("n", sea_orm::Order::Desc)
            .limit(values)
            .to_owned();
        let mut counts = Counts::new();
        for row in self.db.query_all(&tally).await? {
            let number: i64 = row.try_get("", "n")?;
            let value = match &meta.fields[at].kind {
                Kind::Foreign(_) => row.try_get::<Option<i64>>("", "value")?.map(|key| key.to_string()),
                Kind::Boolean => row.try_get::<Option<bool>>("", "value")?.map(|yes| yes.to_string()),
                _ => row.try_get::<Option<String>>("", "value")?,
            };
            counts.insert(value.unwrap_or_default(), number.unsigned_abs());
        }
        Ok(counts)
    }

    /// Links that take a value, or give it up; several of one field mean "or".
    fn values(
        &self,
        at: usize,
        options: impl Iterator<Item = (String, String)>,
        counts: Option<&Counts>,
    ) -> Vec<FacetOption> {
        self.links(&self.resource.meta().fields[at].name, options, counts)
    }

    fn links(
        &self,
        name: &str,
        options: impl Iterator<Item = (String, String)>,
        counts: Option<&Counts>,
    ) -> Vec<FacetOption> {
        let key = format!("{name}__exact");
        let bare = self.params.from_start();
        options
            .map(|(title, value)| {
                let chosen = bare.contains(&key, &value);
                let href = if chosen {
                    bare.without_pair(&key, &value)
                } else {
                    bare.clone().and(&key, value.clone())
                };
                let count =
                    counts.map(|counts| thousands(counts.get(&value).copied().unwrap_or_default() as i64));
                FacetOption { title, href: href.href(), chosen, count }
            })
            .collect()
    }

    /// The most frequent values of a foreign key, those chosen, and a field to type others into.
    async fn foreign(&self, at: usize, table: &str, facet: &mut Facet) -> Result<()> {
        let Some(target) = self.registry.table(table) else { return Ok(()) };
        let field = &self.resource.meta().fields[at];
        let counted = self.count(at, OFFERED + 1).await?;
        let tally = match &counted {
            Some(counts) => counts.clone(),
            None => self.tally(self.sample(at), at, OFFERED + 1).await?,
        };
        // What rows of the list point at is shown there; any other name takes the right to see it.
        let visible = self.visible.contains(&target.meta().slug);
        let chosen = self.filters.list.iter().filter(|filter| {
            visible
                && filter.lookup == Lookup::Exact
                && matches!(filter.subject, Subject::Field(field) if field == at)
        });
        let chosen = chosen.flat_map(|filter| &filter.values);
        let keys: BTreeSet<i64> = tally.keys().chain(chosen).filter_map(|key| key.parse().ok()).collect();
        let labels = self.registry.labels(self.db, table, keys).await?;
        let mut options: Vec<(String, String)> =
            labels.into_iter().map(|(key, label)| (label, key)).collect();
        options.sort_by_key(|(label, key)| {
            (std::cmp::Reverse(tally.get(key).copied().unwrap_or_default()), label.clone())
        });
        facet.options = self.values(at, options.into_iter(), counted.as_ref());
        let text = target
            .meta()
            .search
            .iter()
            .map(|(at, _)| &target.meta().fields[*at])
            .find(|field| matches!(field.kind, Kind::Text(_)));
        let contains = text.map(|text| format!("{}__{}__icontains", field.name, text.name));
        let bare = self.params.from_start();
        facet.typeahead = visible.then(|| TypeAhead {
            source: format!(
                "/admin/autocomplete/?resource={}&field={}",
                self.resource.meta().slug,
                field.name
            ),
            go: format!(
                "{}{}{}__exact={{id}}",
                bare.href(),
                if bare.encoded().is_empty() { "" } else { "&" },
                field.name
            ),
            typed: contains.as_deref().and_then(|name| self.params.get(name)).unwrap_or_default().to_owned(),
            contains,
        });
        Ok(())
    }

    /// Rows of another table that rows of this one are linked with.
    async fn many(&self, many: &Many) -> Result<Facet> {
        let Some(target) = self.registry.table(many.to) else { return Ok(Facet::default()) };
        let order = vec![(Expr::col((target.meta().table, "id")), sea_orm::Order::Asc)];
        let rows = target.fetch(self.db, Fetch { filter: Condition::all(), order, limit: LINKED }).await?;
        let mut options = vec![self.all(many.name)];
        options.extend(self.links(many.name, rows.iter().map(|row| (row.label.clone(), row.pk())), None));
        Ok(Facet { name: many.name.to_owned(), title: many.title.to_owned(), options, ..Facet::default() })
    }

    /// The last day, today, the last 7 days, this month, this year: in UTC as everything here, and said so that
    /// they mean the same tomorrow.
    fn ranges(&self, at: usize) -> Vec<FacetOption> {
        let name = &self.resource.meta().fields[at].name;
        let (from, before) = (format!("{name}__gte"), format!("{name}__lt"));
        let bare = self.params.from_start().without(&[&from, &before]);
        let starts = [
            ("Past 24 hours", "-24h"),
            ("Today", "today"),
            ("Past 7 days", "today-7d"),
            ("This month", "month"),
            ("This year", "year"),
        ];
        let chosen = |start: &str| {
            self.params.get(&from) == Some(start) && self.params.get(&before).unwrap_or_default().is_empty()
        };
        starts
            .into_iter()
            .map(|(title, start)| {
                let taken = chosen(start);
                let href = if taken { bare.href() } else { bare.with(&from, start).href() };
                FacetOption { title: title.to_owned(), href, chosen: taken, count: None }
            })
            .collect()
    }

    /// Whether there is any linked row.
    fn linked(&self, linked: &Linked) -> Facet {
        let mut options = vec![self.all(linked.name)];
        options.extend(self.emptiness(linked.name));
        let (name, title) = (linked.name.to_owned(), linked.title.to_owned());
        Facet { name, title, options, ..Facet::default() }
    }

    fn emptiness(&self, name: &str) -> Vec<FacetOption> {
        let key = format!("{name}__isnull");
        let bare = self.params.from_start();
        [("None", "true"), ("Any", "false")]
            .into_iter()
            .map(|(title, value)| {
                let chosen = bare.contains(&key, value);
                let href = if chosen { bare.without(&[&key]) } else { bare.with(&key, value) };
                FacetOption { title: title.to_owned(), href: href.href(), chosen, count: None }
            })
            .collect()
    }
}
