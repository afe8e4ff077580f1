//! Rows of another resource that are edited on the form of the one they belong to: as a form sent them, as
//! they are written, as they are drawn. Names are Django's: `<prefix>-TOTAL_FORMS`, `<prefix>-<n>-<field>`.
mod view;
mod write;

pub(crate) use view::{SheetView, sheets};
pub(super) use write::{Tally, check, write};

use super::widget::{Typed, typed_name};
use crate::admin::{Inline, Kind, Meta, Verb, parse_bool};
use crate::web::Visit;

/// Most rows of one kind on a form: whoever needs more works in the list.
pub(super) const MOST: usize = 200;

/// One row as a form sent it.
#[derive(Clone, Default)]
pub(super) struct Line {
    /// Its place on the form.
    place: usize,
    /// Key of the row it shows; a new one has none.
    id: Option<String>,
    /// The version that its writer saw.
    version: Option<i32>,
    /// Whether it is to go.
    remove: bool,
    /// What it showed when the form was opened.
    opened: Typed,
    /// What was typed, by name of the field.
    values: Typed,
}

/// What an inline's names begin with.
pub(super) fn prefix(inline: &Inline) -> String {
    inline.resource.replace('-', "_")
}

/// Name under which errors of a whole row stand.
fn row_name(inline: &Inline, place: usize) -> String {
    format!("{}-{place}", prefix(inline))
}

/// Whether rows of an inline are edited on the form, as far as the declaration goes.
pub(super) fn edited(inline: &Inline) -> bool {
    !inline.columns.is_empty()
}

/// Whether the visitor may do anything to the rows of an inline.
pub(super) fn editable_by(visit: &Visit, meta: &Meta) -> bool {
    [Verb::Add, Verb::Change, Verb::Delete].iter().any(|verb| may(visit, meta, *verb))
}

fn may(visit: &Visit, meta: &Meta, verb: Verb) -> bool {
    meta.offers(verb) && visit.may(meta.slug, verb)
}

/// Everything that a form sent about rows, for a page that has to send it on.
pub(super) fn sent<'a>(
    inlines: &'a [Inline],
    typed: &'a Typed,
) -> impl Iterator<Item = (String, String)> + 'a {
    let pairs = inlines.iter().filter(|inline| edited(inline)).flat_map(|inline| under(inline, typed));
    pairs.flat_map(|(name, values)| values.iter().map(move |value| (name.to_owned(), value.clone())))
}

fn under<'a>(inline: &Inline, typed: &'a Typed) -> impl Iterator<Item = (&'a str, &'a [String])> {
    let start = format!("{}-", prefix(inline));
    let from = typed.range(start.clone()..);
    from.take_while(move |(name, _)| name.starts_with(&start))
        .map(|(name, values)| (name.as_str(), values.as_slice()))
}

/// The rows that a form sent; `None` if it said nothing about them, as the form of a script may.
///
/// # Errors
/// A sentence: the form does not say how many rows it has, or they do not fit together.
pub(super) fn read(inline: &Inline, meta: &Meta, typed: &Typed) -> Result<Option<Vec<Line>>, String> {
    let prefix = format!("{}-", prefix(inline));
    let mut names = under(inline, typed).peekable();
    if names.peek().is_none() {
        return Ok(None);
    }
    let unclear = || {
        let what = meta.plural;
        format!("The form did not say how many {what} it has ({prefix}TOTAL_FORMS). Reload it and try again.")
    };
    let count = |name: &str| {
        let text = typed.get(&format!("{prefix}{name}")).and_then(|values| values.last())?;
        text.trim().parse::<usize>().ok()
    };
    let total = count("TOTAL_FORMS").ok_or_else(unclear)?;
    if total > MOST {
        return Err(format!("A form takes at most {MOST} {} at once. Save some of them first.", meta.plural));
    }
    if typed.contains_key(&format!("{prefix}INITIAL_FORMS")) && count("INITIAL_FORMS").is_none() {
        return Err(unclear());
    }
    let mut lines: Vec<Line> = (0..total).map(|place| Line { place, ..Line::default() }).collect();
    for (name, values) in names {
        let rest = &name[prefix.len()..];
        if rest.ends_with("_FORMS") {
            continue;
        }
        let (place, field) = rest.split_once('-').ok_or_else(unclear)?;
        let line = place.parse().ok().and_then(|place: usize| lines.get_mut(place)).ok_or_else(unclear)?;
        line.take(inline, meta, field, values);
    }
    let mut ids: Vec<&str> = lines.iter().filter_map(|line| line.id.as_deref()).collect();
    ids.sort_unstable();
    if ids.windows(2).any(|pair| pair[0] == pair[1]) {
        return Err(format!("The form shows one of its {} twice. Reload it and try again.", meta.plural));
    }
    Ok(Some(lines))
}

impl Line {
    /// Only what the declaration names is read.
    fn take(&mut self, inline: &Inline, meta: &Meta, field: &str, values: &[String]) {
        let text = values.last().map_or("", |text| text.trim());
        match field {
            "id" => self.id = Some(text.to_owned()).filter(|id| !id.is_empty()),
            "_version" => self.version = text.parse().ok(),
            "DELETE" => self.remove = parse_bool(text).unwrap_or_default(),
            "_opened" => self.opened = serde_json::from_str(text).unwrap_or_default(),
            _ => {
                let known = inline.columns.iter().filter_map(|name| meta.field(name));
                if known.into_iter().any(|(_, known)| field == known.name || field == typed_name(known)) {
                    self.values.insert(field.to_owned(), values.to_vec());
                }
            }
        }
    }

    fn text(&self, name: &str) -> &str {
        last(&self.values, name)
    }

    /// Whether nothing was typed into a new row.
    fn is_blank(&self, inline: &Inline, meta: &Meta) -> bool {
        let mut fields = inline.columns.iter().filter_map(|name| meta.field(name));
        fields.all(|(_, field)| {
            let text = self.text(&field.name).trim();
            let start = field.default.as_deref().unwrap_or_default();
            match field.kind {
                Kind::Boolean => {
                    parse_bool(text).unwrap_or_default() == parse_bool(start).unwrap_or_default()
                }
                _ => (text.is_empty() || text == start) && self.text(&typed_name(field)).trim().is_empty(),
            }
        })
    }

    /// Whether a row still says what it said when the form was opened.
    fn is_untouched(&self, inline: &Inline, meta: &Meta) -> bool {
        if self.remove || self.opened.is_empty() {
            return false;
        }
        let mut fields = inline.columns.iter().filter_map(|name| meta.field(name));
        fields.all(|(_, field)| {
            let (now, then) = (self.text(&field.name).trim(), last(&self.opened, &field.name).trim());
            let same = match field.kind {
                Kind::Boolean => parse_bool(now).unwrap_or_default() == parse_bool(then).unwrap_or_default(),
                _ => now == then || field.parse(now).is_ok_and(|value| field.parse(then) == Ok(value)),
            };
            same && self.text(&typed_name(field)).trim().is_empty()
        })
    }
}

fn last<'a>(typed: &'a Typed, name: &str) -> &'a str {
    typed.get(name).and_then(|values| values.last()).map_or("", String::as_str)
}
