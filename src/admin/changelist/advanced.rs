//! All filters of a list in one form: an operator and a value for each column. What is sent becomes an ordinary
//! address; every parameter that the form did not show stays in it as it was.
use super::params::Params;
use crate::admin::{Field, Kind, Meta, Registry, capitalise, words};
use std::collections::HashMap;

/// Look-ups that a line of the form can show, as its operators, in the order looked for.
const SHOWN: [(&str, &str); 6] = [
    ("is", "__exact"),
    ("is", ""),
    ("is", "__in"),
    ("not", "__not"),
    ("contains", "__icontains"),
    ("starts", "__istartswith"),
];

/// One line of the form.
#[derive(Clone, Debug, Default)]
pub struct Line {
    /// Field, as in addresses.
    pub name: String,
    /// Its title.
    pub title: String,
    /// Operators: name, words, whether chosen.
    pub operators: Vec<(&'static str, &'static str, bool)>,
    /// Names in the address that the line shows, and that what it sends replaces.
    pub was: String,
    /// Values to tick: value, words, whether ticked.
    pub ticks: Vec<(String, String, bool)>,
    /// What is typed; none where values are only ticked.
    pub text: Option<String>,
    /// From and before, for what has an order.
    pub range: Option<[String; 2]>,
    /// Address that completes what is typed.
    pub source: Option<String>,
    /// Example of what to type between.
    pub example: &'static str,
    /// Whether the line narrows the list now.
    pub active: bool,
}

/// Names of chosen rows, by table and key.
type Chosen = HashMap<String, HashMap<String, String>>;

/// The form as the address stands.
#[must_use]
pub fn lines(
    registry: &Registry,
    meta: &Meta,
    params: &Params,
    visible: &[&'static str],
    chosen: &Chosen,
) -> Vec<Line> {
    meta.filters
        .iter()
        .map(|at| {
            let field = &meta.fields[*at];
            let mut line = line(field, params);
            match &field.kind {
                Kind::Choice(choices) => {
                    line.ticks =
                        ticks(choices.iter().map(|word| (word.clone(), capitalise(&words(word)))), &line);
                    line.text = None;
                }
                Kind::Boolean => {
                    let yes_no = [("true", "Yes"), ("false", "No")];
                    line.ticks =
                        ticks(yes_no.map(|(value, title)| (value.into(), title.into())).into_iter(), &line);
                    line.text = None;
                }
                Kind::Foreign(table) => {
                    let seen = registry.table(table).map(|target| target.meta().slug);
                    let open = seen.is_some_and(|slug| visible.contains(&slug));
                    foreign(meta, field, open, chosen.get(table), &mut line);
                }
                _ => {}
            }
            line
        })
        .collect()
}

/// What the address says about one column, as far as one line can show it; the rest stays out of the form's reach.
fn line(field: &Field, params: &Params) -> Line {
    let key = |suffix: &str| format!("{}{suffix}", field.name);
    let values = |suffix: &str| -> Vec<&str> {
        let own = key(suffix);
        params
            .iter()
            .filter(|(name, value)| *name == own && !value.is_empty())
            .map(|(_, value)| value)
            .collect()
    };
    let available = operators(field);
    let mut line = Line { name: field.name.clone(), title: field.title.clone(), ..Line::default() };
    let mut was: Vec<String> = Vec::new();
    let mut operator = "";
    let shown = SHOWN.iter().find(|(name, suffix)| {
        available.iter().any(|(known, _)| known == name) && showable(suffix, &values(suffix))
    });
    if let Some((name, suffix)) = shown {
        operator = name;
        line.text = Some(values(suffix).join(","));
        was.push(key(suffix));
    } else if let [text] = values("__isnull").as_slice()
        && let Ok(empty) = crate::admin::parse_bool(text)
    {
        let name = if empty { "empty" } else { "filled" };
        if available.iter().any(|(known, _)| *known == name) {
            operator = name;
            was.push(key("__isnull"));
        }
    }
    if field.kind != Kind::Moment && line.text.is_none() {
        line.text = Some(String::new());
    }
    if matches!(field.kind, Kind::Integer | Kind::Float | Kind::Moment) {
        let bound = |suffix| {
            if let [bound] = values(suffix).as_slice() { (*bound).to_owned() } else { String::new() }
        };
        line.range = Some(["__gte", "__lt"].map(bound));
        was.extend(["__gte", "__lt"].into_iter().filter(|suffix| values(suffix).len() == 1).map(key));
    }
    line.active = !was.is_empty();
    line.operators = available.into_iter().map(|(name, words)| (name, words, name == operator)).collect();
    line.was = was.join(",");
    line.example = match field.kind {
        Kind::Moment => "2026-11-21, -24h, today",
        Kind::Integer | Kind::Float => "100",
        _ => "",
    };
    line
}

/// Whether a line can hold these values and give them back as they were: values with commas between them.
fn showable(suffix: &str, values: &[&str]) -> bool {
    match suffix {
        "__in" | "__icontains" | "__istartswith" => values.len() == 1,
        _ => !values.is_empty() && values.iter().all(|value| !value.contains(',')),
    }
}

/// Operators of a kind of column.
fn operators(field: &Field) -> Vec<(&'static str, &'static str)> {
    let mut list = match field.kind {
        Kind::Text(_) | Kind::LongText(_) => {
            vec![
                ("contains", "contains"),
                ("starts", "starts with"),
                ("is", "is one of"),
                ("not", "is none of"),
            ]
        }
        Kind::Moment => vec![("", "any")],
        Kind::Boolean => vec![("is", "is")],
        _ => vec![("is", "is one of"), ("not", "is none of")],
    };
    if field.nullable {
        list.extend([("empty", "is empty"), ("filled", "is not empty")]);
    }
    list
}

fn ticks(options: impl Iterator<Item = (String, String)>, line: &Line) -> Vec<(String, String, bool)> {
    let taken: Vec<&str> = line.text.iter().flat_map(|text| text.split(',')).collect();
    let mut ticks: Vec<_> =
        options.map(|(value, title)| (value.clone(), title, taken.contains(&value.as_str()))).collect();
    // What stands in the address and is none of the choices stays there until it is taken away.
    let odd = |value: &&&str| !value.is_empty() && !ticks.iter().any(|(known, _, _)| known == **value);
    let odd: Vec<_> =
        taken.iter().filter(odd).map(|value| ((*value).to_owned(), (*value).to_owned(), true)).collect();
    ticks.extend(odd);
    ticks
}

/// A foreign key: rows chosen so far, and a field to find others by name.
fn foreign(meta: &Meta, field: &Field, open: bool, names: Option<&HashMap<String, String>>, line: &mut Line) {
    let name = |key: &str| {
        let known = names.and_then(|names| names.get(key)).cloned();
        let own = if key == "me" { "me".to_owned() } else { format!("number {key}") };
        (key.to_owned(), known.unwrap_or(own))
    };
    let keys: Vec<String> = line
        .text
        .iter()
        .flat_map(|text| text.split(','))
        .filter(|key| !key.is_empty())
        .map(str::to_owned)
        .collect();
    line.ticks = ticks(keys.iter().map(|key| name(key)), line);
    line.text = open.then(String::new);
    line.source = open.then(|| format!("/admin/autocomplete/?resource={}&field={}", meta.slug, field.name));
    line.example = "A name, or part of it";
}

/// What was typed into a line: the field and the text.
#[must_use]
pub fn typed<'a>(meta: &'a Meta, params: &'a Params) -> Vec<(&'a Field, &'a str)> {
    let fields = meta.filters.iter().map(|at| &meta.fields[*at]);
    fields
        .filter(|field| matches!(field.kind, Kind::Foreign(_)))
        .filter_map(|field| Some((field, params.get(&format!("_t_{}", field.name))?.trim())))
        .filter(|(_, text)| !text.is_empty())
        .collect()
}

/// The address that a form stands for; `None` if none was sent. `found` are keys of what was typed by name.
#[must_use]
pub fn submitted(meta: &Meta, params: &Params, found: &[(String, String)]) -> Option<Params> {
    let helper = |name: &&str| {
        ["_op_", "_v_", "_t_", "_from_", "_to_", "_was_"].iter().any(|start| name.starts_with(start))
    };
    let helpers: Vec<&str> = params.iter().map(|(name, _)| name).filter(helper).collect();
    if helpers.is_empty() {
        return None;
    }
    let mut result = params.from_start().without(&helpers);
    for at in &meta.filters {
        result = replaced(&meta.fields[*at], params, found, result);
    }
    Some(result)
}

/// Puts what one line says in the place of what it showed.
fn replaced(field: &Field, params: &Params, found: &[(String, String)], result: Params) -> Params {
    let key = |suffix: &str| format!("{}{suffix}", field.name);
    let helper = |start: &str| format!("{start}{}", field.name);
    let own = |name: &&str| {
        *name == field.name
            || name.strip_prefix(field.name.as_str()).is_some_and(|rest| rest.starts_with("__"))
    };
    let was: Vec<&str> = params.get(&helper("_was_")).unwrap_or_default().split(',').filter(own).collect();
    let mut result = result.without(&was);
    let listed = !matches!(field.kind, Kind::Text(_) | Kind::LongText(_));
    let mut values: Vec<String> = Vec::new();
    let given = params.iter().filter(|(name, _)| *name == helper("_v_")).map(|(_, value)| value.trim());
    let operator = params.get(&helper("_op_")).unwrap_or_default();
    for text in given {
        match operator {
            "is" | "not" if listed || text.contains(',') => {
                values.extend(text.split(',').map(|part| part.trim().to_owned()));
            }
            _ => values.push(text.to_owned()),
        }
    }
    values.extend(found.iter().filter(|(name, _)| *name == field.name).map(|(_, key)| key.clone()));
    let suffix = match operator {
        "is" => "__exact",
        "not" => "__not",
        "contains" => "__icontains",
        "starts" => "__istartswith",
        "empty" => return ranged(field, params, result.with(&key("__isnull"), "true")),
        "filled" => return ranged(field, params, result.with(&key("__isnull"), "false")),
        _ => return ranged(field, params, result),
    };
    for value in values.into_iter().filter(|value| !value.is_empty()) {
        if !result.contains(&key(suffix), &value) {
            result = result.and(&key(suffix), value);
        }
    }
    ranged(field, params, result)
}

fn ranged(field: &Field, params: &Params, mut result: Params) -> Params {
    for (helper, suffix) in [("_from_", "__gte"), ("_to_", "__lt")] {
        let bound = params.get(&format!("{helper}{}", field.name)).map(str::trim).unwrap_or_default();
        if !bound.is_empty() {
            result = result.with(&format!("{}{suffix}", field.name), bound);
        }
    }
    result
}
