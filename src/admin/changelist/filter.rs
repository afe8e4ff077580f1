//! Filters named in the address: `status__exact=new`, `last_seen__gte=2026-11-20`,
//! `src_site__name__icontains=INFN`. Only what a resource lists can be asked;
//! a value that cannot be read is dropped and said, and the other filters stay.
use super::params::Params;
use super::search::{escape, like};
use crate::admin::{Actor, Field, Kind, Many, Meta, Registry, Verb, shorten, words};
use crate::error::{Error, Result};
use sea_orm::DbBackend;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Query};

/// Names in the address that are no filters.
const RESERVED: [&str; 8] = ["q", "o", "p", "n", "after", "before", "count", "_facets"];

/// Most values of one filter.
const MOST_VALUES: usize = 200;
/// Most bounds or texts of one filter.
const MOST_CONDITIONS: usize = 10;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Is.
    Exact,
    /// Is one of, separated by commas.
    In,
    /// Is empty, or is not.
    IsNull,
    /// Is at least.
    Gte,
    /// Is less than.
    Lt,
    /// Contains, whatever the case.
    Contains,
}

/// What a filter compares.
#[derive(Clone, Copy, Debug)]
pub enum Subject {
    /// A field, by position.
    Field(usize),
    /// A field of the row that this foreign key points at.
    Related(usize),
    /// Rows linked through a table of pairs.
    Linked(Many),
}

impl Subject {
    /// The field of the resource's own that it goes by.
    #[must_use]
    pub fn field(self) -> Option<usize> {
        match self {
            Self::Field(at) | Self::Related(at) => Some(at),
            Self::Linked(_) => None,
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
            Self::Related(_) => None,
            Self::Linked(many) => Some(many.to),
        }
    }

    /// What people call it.
    #[must_use]
    pub fn title(self, meta: &Meta) -> &str {
        match self {
            Self::Field(at) | Self::Related(at) => &meta.fields[at].title,
            Self::Linked(many) => many.title,
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
pub fn parse(
    backend: DbBackend,
    registry: &Registry,
    meta: &Meta,
    params: &Params,
    actor: &Actor,
) -> Result<Filters> {
    let mut filters = Filters::default();
    let mut done: Vec<&str> = Vec::new();
    for (key, _) in params.iter().filter(|(key, _)| !RESERVED.contains(key)) {
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
        match resolve(registry, meta, key, actor)? {
            None => filters
                .notes
                .push(format!("“{}” is not something to filter by; it was ignored.", shorten(key, 40))),
            Some(_) if values.is_empty() => {}
            Some(path) => add(backend, meta, &mut filters, key, &values, &path),
        }
    }
    Ok(filters)
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
    let own = |lookup: &str| lookup_of(lookup).filter(|lookup| fits(field, *lookup));
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
            let lookup = lookup_of(rest.first().unwrap_or(&"exact"))
                .filter(|lookup| listed && !other.secret && fits(other, *lookup));
            lookup.map(|lookup| Path { field: at, lookup, target: Some((target, other)) })
        }
        _ => None,
    };
    path.ok_or_else(refuse).map(Some)
}

fn lookup_of(name: &str) -> Option<Lookup> {
    Some(match name {
        "exact" => Lookup::Exact,
        "in" => Lookup::In,
        "isnull" => Lookup::IsNull,
        "gte" => Lookup::Gte,
        "lt" => Lookup::Lt,
        "icontains" => Lookup::Contains,
        _ => return None,
    })
}

fn fits(field: &Field, lookup: Lookup) -> bool {
    match lookup {
        Lookup::Exact | Lookup::In | Lookup::IsNull => true,
        Lookup::Gte | Lookup::Lt => matches!(field.kind, Kind::Integer | Kind::Float | Kind::Moment),
        Lookup::Contains => matches!(field.kind, Kind::Text(_) | Kind::LongText(_)),
    }
}

fn add(backend: DbBackend, meta: &Meta, filters: &mut Filters, key: &str, values: &[&str], path: &Path<'_>) {
    let (table, field) =
        path.target.map_or((meta.table, &meta.fields[path.field]), |(target, field)| (target.table, field));
    let (condition, bad) = compare(backend, table, field, path.lookup, values);
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

/// The condition that the readable values make, and the others with the reason.
fn compare(
    backend: DbBackend,
    table: &'static str,
    field: &Field,
    lookup: Lookup,
    values: &[&str],
) -> (Option<Condition>, Vec<(String, String)>) {
    let column = || Expr::col((table, field.column));
    let mut any = Condition::any();
    let mut equal = Vec::new();
    let mut bad = Vec::new();
    let mut texts: Vec<&str> = if lookup == Lookup::In {
        values.iter().flat_map(|value| value.split(',')).collect()
    } else {
        values.to_vec()
    };
    texts.sort_unstable();
    texts.dedup();
    // One list for any number of values that are equal to; a tree of conditions has to stay small.
    let most = if matches!(lookup, Lookup::Exact | Lookup::In) { MOST_VALUES } else { MOST_CONDITIONS };
    for text in texts.drain(most.min(texts.len())..) {
        bad.push((text.to_owned(), format!("At most {most} values can be asked for.")));
    }
    for text in texts {
        let part = match lookup {
            Lookup::Exact | Lookup::In => field.parse_operand(text).map(|value| {
                equal.push(value);
                None
            }),
            Lookup::IsNull => crate::admin::parse_bool(text)
                .map(|null| Some(if null { column().is_null() } else { column().is_not_null() })),
            Lookup::Contains => {
                contained(text).map(|text| Some(like(backend, column(), &format!("%{}%", escape(text)))))
            }
            Lookup::Gte => field.parse_operand(text).map(|value| Some(column().gte(value))),
            Lookup::Lt => field.parse_operand(text).map(|value| Some(column().lt(value))),
        };
        match part {
            Ok(Some(part)) => any = any.add(part),
            Ok(None) => {}
            Err(why) => bad.push((text.to_owned(), why)),
        }
    }
    if !equal.is_empty() {
        any = any.add(column().is_in(equal));
    }
    bad.truncate(MOST_CONDITIONS);
    ((!any.is_empty()).then_some(any), bad)
}

/// What a text may be asked to contain: databases bound the length of a pattern.
fn contained(text: &str) -> std::result::Result<&str, String> {
    if text.contains('\0') {
        return Err("No text contains a NUL character.".into());
    }
    if text.chars().count() > 400 {
        Err("At most 400 characters can be looked for.".into())
    } else {
        Ok(text)
    }
}

/// What a filter says, in words: for a chip that removes it.
#[must_use]
pub fn phrase(lookup: Lookup, value: &str) -> String {
    match lookup {
        Lookup::Exact | Lookup::In => words(value),
        Lookup::IsNull => if crate::admin::parse_bool(value) == Ok(true) { "none" } else { "any" }.into(),
        Lookup::Gte => format!("from {value}"),
        Lookup::Lt => format!("before {value}"),
        Lookup::Contains => format!("contains “{value}”"),
    }
}
