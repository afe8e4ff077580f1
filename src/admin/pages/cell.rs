//! One value in a table or a form: chosen from the kind of its column, never by name.
use super::shared::row_href;
use crate::admin::{Kind, Labels, Meta, Record, Source, Verb, capitalise, key_text, shorten, words};
use crate::web::Visit;
use chrono::{DateTime, Datelike, Utc};
use sea_orm::Value;

/// A cell of the list, ready to be drawn.
pub(crate) struct Cell {
    pub(crate) class: &'static str,
    pub(crate) body: Body,
}

/// What a cell shows.
pub(crate) enum Body {
    /// Nothing; the word for it.
    Missing(&'static str),
    Text(String),
    /// A long text, cut by the page; the beginning and all of it.
    Clip(String, String),
    Number(String),
    Moment(String, String),
    Badge(&'static str, String),
    Flag(bool),
    Link(String, String),
    /// An address elsewhere.
    Away(String),
}

/// Class of a column, by what stands in it.
pub(super) fn column_class(meta: &Meta, source: Source) -> &'static str {
    match source {
        Source::Field(at) if matches!(meta.fields[at].kind, Kind::Integer | Kind::Float) => "num",
        Source::Field(at) if meta.fields[at].kind == Kind::Moment => "nw",
        Source::Field(at) if matches!(meta.fields[at].kind, Kind::LongText(_)) => "long",
        _ => "",
    }
}

/// One cell of a row.
pub(super) fn cell(visit: &Visit, meta: &Meta, source: Source, row: &Record, labels: &Labels) -> Cell {
    let class = column_class(meta, source);
    let body = match source {
        Source::Computed(at) if row.computed[at].is_empty() => Body::Missing("none"),
        Source::Computed(at) => Body::Text(row.computed[at].clone()),
        Source::Field(at) => body(visit, meta, at, &row.values[at], labels),
    };
    Cell { class, body }
}

/// One value, ready to be drawn.
pub(crate) fn body(visit: &Visit, meta: &Meta, at: usize, value: &Value, labels: &Labels) -> Body {
    let field = &meta.fields[at];
    if field.secret {
        return Body::Text(crate::admin::in_words(field, value, labels));
    }
    let text = field.display(value);
    match (&field.kind, value) {
        (Kind::Boolean, Value::Bool(Some(yes))) => Body::Flag(*yes),
        _ if text.is_empty() => {
            Body::Missing(if matches!(field.kind, Kind::Foreign(_)) { "none" } else { "empty" })
        }
        (Kind::Foreign(table), _) => foreign(visit, table, value, labels),
        (Kind::Moment, Value::ChronoDateTimeUtc(Some(moment))) => {
            Body::Moment(crate::admin::Field::input_text(value), moment_text(*moment, visit.now))
        }
        (Kind::Integer | Kind::Float, _) => Body::Number(text),
        (Kind::Choice(_), Value::String(Some(word))) => match meta.tone(at, word) {
            Some(tone) => Body::Badge(tone.class(), capitalise(&text)),
            None => Body::Text(capitalise(&text)),
        },
        // Only addresses that a browser can do no harm with become links.
        _ if field.column == "url" && (text.starts_with("https://") || text.starts_with("http://")) => {
            Body::Away(text)
        }
        (Kind::LongText(_), _) => {
            let brief = field.brief.map_or_else(|| text.clone(), |brief| brief(&text));
            Body::Clip(shorten(&brief, 160), shorten(&text, 4096))
        }
        _ => Body::Text(text),
    }
}

/// The time today, day and time this year, the date before.
fn moment_text(moment: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let format = if moment.date_naive() == now.date_naive() {
        "%H:%M"
    } else if moment.year() == now.year() {
        "%-d %b %H:%M"
    } else {
        "%Y-%m-%d"
    };
    moment.format(format).to_string()
}

fn foreign(visit: &Visit, table: &str, value: &Value, labels: &Labels) -> Body {
    let Some(label) = labels.of(table, value) else {
        return Body::Text(format!("{} {}", words(table), key_text(value)));
    };
    match visit.app.registry.table(table).map(|target| target.meta()) {
        Some(target) if visit.may(target.slug, Verb::View) => {
            Body::Link(row_href(target, &key_text(value), "change", ""), shorten(label, 60))
        }
        _ => Body::Text(shorten(label, 60)),
    }
}
