//! The order of a change list: as clicked, as declared, and always total, so that no row
//! stands on two pages or on none.
use super::params::Params;
use crate::admin::{AnyResource, Kind, Meta, Record, Registry, Source};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order, Query};

/// One key of the order.
#[derive(Clone, Debug)]
pub struct Key {
    /// Field, by position.
    pub field: usize,
    /// Column of the change list it belongs to, from 1; none if it is not listed.
    pub column: Option<usize>,
    /// Largest first.
    pub descending: bool,
}

/// Keys of the order, most important first, without the row's own key.
#[derive(Clone, Debug, Default)]
pub struct Ordering {
    /// The keys.
    pub keys: Vec<Key>,
}

impl Ordering {
    /// Reads `o=1.-3`; numbers that name no sortable column are passed over.
    #[must_use]
    pub fn parse(meta: &Meta, params: &Params) -> Self {
        let asked: Vec<Key> = params
            .get("o")
            .unwrap_or_default()
            .split('.')
            .take(8)
            .filter_map(|part| clicked(meta, part))
            .collect();
        if !asked.is_empty() {
            return Self { keys: asked };
        }
        let keys = meta.order.iter().map(|(field, order)| Key {
            field: *field,
            column: meta
                .list
                .iter()
                .position(|column| column.source == Source::Field(*field))
                .map(|at| at + 1),
            descending: *order == Order::Desc,
        });
        Self { keys: keys.collect() }
    }

    /// Expressions for the database; the row's own key comes last, in the direction of the key
    /// before it, so that one index serves both.
    #[must_use]
    pub fn expressions(
        &self,
        registry: &Registry,
        resource: &dyn AnyResource,
        backwards: bool,
    ) -> Vec<(Expr, Order)> {
        let meta = resource.meta();
        let direction = |descending: bool| if descending == backwards { Order::Asc } else { Order::Desc };
        let mut list: Vec<_> = self
            .keys
            .iter()
            .map(|key| (expression(registry, meta, key.field), direction(key.descending)))
            .collect();
        list.push((Expr::col((meta.table, "id")), direction(self.last_descending())));
        list
    }

    pub(super) fn last_descending(&self) -> bool {
        self.keys.last().is_none_or(|key| key.descending)
    }

    /// Whether the place of a row can be told by its values alone: no key may be empty or
    /// stand in another table.
    #[must_use]
    pub fn seekable(&self, meta: &Meta) -> bool {
        self.keys.iter().map(|key| &meta.fields[key.field]).all(|field| {
            !matches!(field.kind, Kind::Foreign(_))
                && (field.required || field.default.is_some() || field.automatic)
        })
    }

    /// Rows after the one given, or before it.
    #[must_use]
    pub fn beyond(&self, meta: &Meta, row: &Record, backwards: bool) -> Condition {
        let id = meta.column("id").unwrap_or_default();
        let mut keys: Vec<(usize, bool)> = self.keys.iter().map(|key| (key.field, key.descending)).collect();
        keys.push((id, self.last_descending()));
        let column = |at: usize| Expr::col((meta.table, meta.fields[at].column));
        let mut any = Condition::any();
        for (depth, (at, descending)) in keys.iter().enumerate() {
            let mut all = Condition::all();
            for (equal, _) in &keys[..depth] {
                all = all.add(column(*equal).eq(row.values[*equal].clone()));
            }
            let value = row.values[*at].clone();
            all =
                all.add(if *descending == backwards { column(*at).gt(value) } else { column(*at).lt(value) });
            any = any.add(all);
        }
        // Alone, the alternatives above keep a database from seeking in an index; this bound lets it.
        let (first, descending) = keys[0];
        let value = row.values[first].clone();
        let bound = if descending == backwards { column(first).gte(value) } else { column(first).lte(value) };
        Condition::all().add(bound).add(any)
    }

    /// The `o` that clicking a column gives: first ascending, then the other way round, then without it;
    /// other keys follow.
    #[must_use]
    pub fn after_click(&self, column: usize) -> String {
        let rest = self.keys.iter().filter(|key| key.column != Some(column));
        let now = self.keys.iter().find(|key| key.column == Some(column));
        let first = match now {
            Some(key) if !key.descending => format!("-{column}"),
            _ => column.to_string(),
        };
        let rest = rest.filter_map(|key| {
            key.column.map(|number| if key.descending { format!("-{number}") } else { number.to_string() })
        });
        std::iter::once(first).chain(rest).collect::<Vec<_>>().join(".")
    }

    /// The `o` without a column.
    #[must_use]
    pub fn without(&self, column: usize) -> String {
        let rest = self.keys.iter().filter(|key| key.column != Some(column));
        rest.filter_map(|key| {
            key.column.map(|number| if key.descending { format!("-{number}") } else { number.to_string() })
        })
        .collect::<Vec<_>>()
        .join(".")
    }
}

fn clicked(meta: &Meta, part: &str) -> Option<Key> {
    let (descending, number) = part.strip_prefix('-').map_or((false, part), |rest| (true, rest));
    let number: usize = number.parse().ok()?;
    let column = meta.list.get(number.checked_sub(1)?).filter(|column| column.sortable)?;
    match column.source {
        Source::Field(field) => Some(Key { field, column: Some(number), descending }),
        Source::Computed(_) => None,
    }
}

/// A column; of a foreign key, the first searched text of the row it points at.
pub(super) fn expression(registry: &Registry, meta: &Meta, at: usize) -> Expr {
    let field = &meta.fields[at];
    let own = Expr::col((meta.table, field.column));
    let Kind::Foreign(table) = &field.kind else { return own };
    let Some(target) = registry.table(table).map(AnyResource::meta) else { return own };
    let Some((name, _)) =
        target.search.iter().find(|(at, _)| matches!(target.fields[*at].kind, Kind::Text(_)))
    else {
        return own;
    };
    // Under an alias, so that a table which points at itself is not mistaken for its target.
    let select = Query::select()
        .column(("target", target.fields[*name].column))
        .from_as(target.table, "target")
        .and_where(Expr::col(("target", "id")).eq(own))
        .to_owned();
    Expr::SubQuery(None, Box::new(select.into()))
}
