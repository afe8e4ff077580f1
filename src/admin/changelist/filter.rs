//! Filters named in the address: `status__exact=new`, `last_seen__gte=2026-11-20`,
//! `src_site__name__icontains=INFN`. Only what a resource lists can be asked;
//! a value that cannot be read is dropped and said, and the other filters stay.
pub use super::compare::{Lookup, Reading, phrase};
use super::dates;
use super::params::Params;
use crate::admin::{Actor, Field, Kind, Linked, Many, Meta, Registry, Verb, shorten};
use crate::error::{Error, Result};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query, SelectStatement};

/// Names in the address that are no filters.
const RESERVED: [&str; 13] =
    ["q", "o", "p", "n", "all", "after", "before", "count", "_facets", "cols", "density", "view", "_view"];

/// What a filter compares.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A field, by position.
    Field(usize),
    /// A field of the row that this foreign key points at.
    Related(usize),
    /// Rows linked through a table of pairs.
    Linked(Many),
    /// Whether there are any such rows at all.
    Any(Linked),
}

impl Subject {
    /// The field of the resource's own that it goes by.
    #[must_use]
    pub fn field(self) -> Option<usize> {
        match self {
            Self::Field(at) | Self::Related(at) => Some(at),
            Self::Linked(_) | Self::Any(_) => None,
        }
    }

    /// The table whose keys its values are, where they are keys.
    #[must_use]
    pub fn target(self, meta: &Meta) -> Option<&str> {
        match self {
            Self::Field(at) => match &meta.fields[at].kind {
                Kind::Foreign(table) => Some(table),
                _ => None,
            },
            Self::Related(_) | Self::Any(_) => None,
            Self::Linked(many) => Some(many.to),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self, meta: &Meta) -> &str {
        match self {
            Self::Field(at) | Self::Related(at) => &meta.fields[at].title,
            Self::Linked(many) => many.title,
            Self::Any(linked) => linked.title,
        }
    }
}

/// One filter that is in force.
#[derive(Clone, Debug)]
pub struct Filter {
    /// Name in the address.
    pub key: String,
    /// Values in the address, as they stand there.
    pub values: Vec<String>,
    /// What is compared.
    pub subject: Subject,
    /// How.
    pub lookup: Lookup,
    /// Rows that pass.
    pub condition: Condition,
}

/// Filters in force, and what to say about those that are not.
#[derive(Default)]
pub struct Filters {
    /// In force.
    pub list: Vec<Filter>,
    /// What was dropped, and why.
    pub notes: Vec<String>,
    /// Year, month or day that the list is confined to.
    pub span: Option<dates::Span>,
}

impl Filters {
    /// Rows that pass all filters but those on one field.
    #[must_use]
    pub fn condition_without(&self, field: Option<usize>) -> Condition {
        let used = self.list.iter().filter(|filter| field.is_none() || filter.subject.field() != field);
        used.fold(Condition::all(), |all, filter| all.add(filter.condition.clone()))
    }
}

/// Reads the filters of an address.
///
/// # Errors
/// [`Error::BadRequest`] for a look-up that the resource does not list.
pub fn parse(reading: &Reading<'_>, registry: &Registry, meta: &Meta, params: &Params) -> Result<Filters> {
    let mut filters = Filters::default();
    let mut done: Vec<&str> = Vec::new();
    dates::parse(meta, params, &mut filters);
    for (key, _) in params.iter().filter(|(key, _)| !RESERVED.contains(key) && !dates::names(meta, key)) {
        if done.contains(&key) {
            continue;
        }
        done.push(key);
        let values: Vec<&str> = params
            .iter()
            .filter(|(other, value)| *other == key && !value.trim().is_empty())
            .map(|(_, value)| value)
            .collect();
        if let Some(many) = linked(meta, key) {
            add_linked(meta, &mut filters, key, &values, many);
            continue;
        }
        if let Some(linked) = any(meta, key) {
            add_any(meta, &mut filters, key, &values, linked);
            continue;
        }
        match resolve(registry, meta, key, reading.actor)? {
            None => filters
                .notes
                .push(format!("“{}” is not something to filter by; it was ignored.", shorten(key, 40))),
            Some(_) if values.is_empty() => {}
            Some(path) => add(reading, meta, &mut filters, key, &values, &path),
        }
    }
    Ok(filters)
}

/// Whether that name in an address would be refused: a saved view may name what is not listed any more.
#[must_use]
pub fn refused(registry: &Registry, meta: &Meta, key: &str, actor: &Actor) -> bool {
    let ours = RESERVED.contains(&key) || dates::names(meta, key);
    !ours
        && linked(meta, key).is_none()
        && any(meta, key).is_none()
        && resolve(registry, meta, key, actor).is_err()
}

/// The many-to-many field that a name in the address means.
fn linked<'a>(meta: &'a Meta, key: &str) -> Option<&'a Many> {
    meta.many.iter().find(|many| many.filter && key.strip_prefix(many.name) == Some("__exact"))
}

fn add_linked(meta: &Meta, filters: &mut Filters, key: &str, values: &[&str], many: &Many) {
    let (keys, bad): (Vec<_>, Vec<_>) = values.iter().partition(|value| value.parse::<i64>().is_ok());
    for value in bad {
        filters.notes.push(format!(
            "{}: “{}” was ignored. Choose one of the list.",
            many.title,
            shorten(value, 40)
        ));
    }
    let numbers: Vec<i64> = keys.iter().filter_map(|key| key.parse().ok()).collect();
    if numbers.is_empty() {
        return;
    }
    let rows = Query::select()
        .column(many.near)
        .from(many.pairs)
        .and_where(Expr::col(many.far).is_in(numbers))
        .to_owned();
    filters.list.push(Filter {
        key: key.to_owned(),
        values: keys.into_iter().map(|key| (*key).to_owned()).collect(),
        subject: Subject::Linked(*many),
        lookup: Lookup::Exact,
        condition: Condition::all().add(Expr::col((meta.table, "id")).in_subquery(rows)),
    });
}

/// The linked rows that a name in the address asks for at all.
fn any<'a>(meta: &'a Meta, key: &str) -> Option<&'a Linked> {
    meta.linked.iter().find(|linked| key.strip_prefix(linked.name) == Some("__isnull"))
}

fn add_any(meta: &Meta, filters: &mut Filters, key: &str, values: &[&str], linked: &Linked) {
    let Some(value) = values.last() else { return };
    let Ok(none) = crate::admin::parse_bool(value) else {
        let note = format!("{}: “{}” was ignored. Enter yes or no.", linked.title, shorten(value, 40));
        filters.notes.push(note);
        return;
    };
    let own = Expr::col((linked.pairs, linked.near)).equals((meta.table, "id"));
    let pair: SelectStatement =
        Query::select().expr(Expr::val(1)).from(linked.pairs).and_where(own).to_owned();
    let there = Expr::exists(pair);
    filters.list.push(Filter {
        key: key.to_owned(),
        values: vec![(*value).to_owned()],
        subject: Subject::Any(*linked),
        lookup: Lookup::IsNull,
        condition: Condition::all().add(if none { there.not() } else { there }),
    });
}

/// Which field a name in the address means.
struct Path<'a> {
    field: usize,
    lookup: Lookup,
    target: Option<(&'a Meta, &'a Field)>,
}

/// `None` for a name that means nothing here; an error for one that means something forbidden.
fn resolve<'a>(registry: &'a Registry, meta: &'a Meta, key: &str, actor: &Actor) -> Result<Option<Path<'a>>> {
    let refuse =
        || Error::BadRequest(format!("Filtering {} by “{}” is not allowed.", meta.plural, shorten(key, 60)));
    let mut parts = key.split("__");
    let name = parts.next().unwrap_or_default();
    let rest: Vec<&str> = parts.collect();
    let Some((at, field)) = meta.field(name) else {
        return if rest.is_empty() { Ok(None) } else { Err(refuse()) };
    };
    if field.secret || !meta.filters.contains(&at) {
        return Err(refuse());
    }
    let own = |lookup: &str| Lookup::of(lookup).filter(|lookup| lookup.fits(field));
    let path = match (rest.as_slice(), &field.kind) {
        ([], _) => Some(Path { field: at, lookup: Lookup::Exact, target: None }),
        ([lookup], _) if own(lookup).is_some() => {
            own(lookup).map(|lookup| Path { field: at, lookup, target: None })
        }
        (["id", lookup], Kind::Foreign(_)) => {
            own(lookup).map(|lookup| Path { field: at, lookup, target: None })
        }
        ([other, rest @ ..], Kind::Foreign(table)) if rest.len() <= 1 => {
            let target = registry.table(table).ok_or_else(refuse)?.meta();
            // Asking about rows is a way of reading them.
            if !actor.may(target.slug, Verb::View) {
                return Err(refuse());
            }
            let (position, other) = target.field(other).ok_or_else(refuse)?;
            let listed =
                target.filters.contains(&position) || target.search.iter().any(|(at, _)| *at == position);
            let lookup = Lookup::of(rest.first().unwrap_or(&"exact"))
                .filter(|lookup| listed && !other.secret && lookup.fits(other));
            lookup.map(|lookup| Path { field: at, lookup, target: Some((target, other)) })
        }
        _ => None,
    };
    path.ok_or_else(refuse).map(Some)
}

fn add(
    reading: &Reading<'_>,
    meta: &Meta,
    filters: &mut Filters,
    key: &str,
    values: &[&str],
    path: &Path<'_>,
) {
    let (table, field) =
        path.target.map_or((meta.table, &meta.fields[path.field]), |(target, field)| (target.table, field));
    let (condition, bad) = reading.compare(table, field, path.lookup, values);
    for (value, why) in bad {
        filters.notes.push(format!("{}: “{}” was ignored. {why}", field.title, shorten(&value, 40)));
    }
    let Some(condition) = condition else { return };
    let condition = match path.target {
        Some((target, _)) => {
            let rows = Query::select().column("id").from(target.table).cond_where(condition).to_owned();
            Condition::all().add(Expr::col((meta.table, meta.fields[path.field].column)).in_subquery(rows))
        }
        None => condition,
    };
    filters.list.push(Filter {
        key: key.to_owned(),
        values: values.iter().map(|value| (*value).to_owned()).collect(),
        subject: if path.target.is_some() {
            Subject::Related(path.field)
        } else {
            Subject::Field(path.field)
        },
        lookup: path.lookup,
        condition,
    });
}
