//! One value on its way into a file, and the guard against values that a spreadsheet would run.
use crate::admin::Field;
use chrono::SecondsFormat;
use sea_orm::Value;
use std::borrow::Cow;

/// One value of a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A whole number.
    Whole(i64),
    /// A number.
    Number(f64),
    /// Yes or no.
    Flag(bool),
    /// Several, as one cell: keys of a many-to-many field.
    Keys(Vec<i64>),
}

impl Cell {
    /// A value of a row; moments in UTC as ISO 8601.
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Bool(Some(yes)) => Self::Flag(*yes),
            Value::Int(Some(number)) => Self::Whole(i64::from(*number)),
            Value::BigInt(Some(number)) => Self::Whole(*number),
            Value::Double(Some(number)) => Self::Number(*number),
            Value::ChronoDateTimeUtc(Some(moment)) => {
                Self::Text(moment.to_rfc3339_opts(SecondsFormat::AutoSi, true))
            }
            other => Self::text(Field::input_text(other)),
        }
    }

    /// A text; none is nothing.
    pub(super) fn text(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// As a cell of a CSV file.
    pub(super) fn plain(&self) -> Cow<'_, str> {
        match self {
            Self::Empty => "".into(),
            Self::Text(text) => guarded(text),
            Self::Whole(number) => number.to_string().into(),
            Self::Number(number) => number.to_string().into(),
            Self::Flag(yes) => if *yes { "true" } else { "false" }.into(),
            Self::Keys(keys) => keys.iter().map(i64::to_string).collect::<Vec<_>>().join(";").into(),
        }
    }

    /// As a value of a JSON file, which nobody runs.
    pub(super) fn json(&self) -> serde_json::Value {
        match self {
            Self::Empty => serde_json::Value::Null,
            Self::Text(text) => text.as_str().into(),
            Self::Whole(number) => (*number).into(),
            Self::Number(number) => (*number).into(),
            Self::Flag(yes) => (*yes).into(),
            Self::Keys(keys) => keys.clone().into(),
        }
    }
}

/// Whether a spreadsheet would take the text for a formula.
fn runs(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// The text behind an apostrophe, if a spreadsheet would run it. What begins like a guarded text is
/// guarded, too, so that reading the file gives back every text as it was.
pub(super) fn guarded(text: &str) -> Cow<'_, str> {
    if runs(text.trim_start_matches('\'')) { format!("'{text}").into() } else { text.into() }
}

/// What [`guarded`] was given.
#[must_use]
pub(super) fn unguarded(text: &str) -> &str {
    match text.strip_prefix('\'') {
        Some(rest) if runs(rest.trim_start_matches('\'')) => rest,
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_spreadsheet_would_run_is_guarded() {
        for (text, safe) in [
            ("=1+1", "'=1+1"),
            ("+49", "'+49"),
            ("-x", "'-x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "'\r=1"),
            ("'=1", "''=1"),
            ("a=1", "a=1"),
            ("'quoted'", "'quoted'"),
        ] {
            assert_eq!(guarded(text), safe);
        }
    }

    proptest! {
        #[test]
        fn a_guarded_text_is_read_back_as_it_was(text in "['=+@a\\t-]{0,6}.{0,4}") {
            let safe = guarded(&text);
            prop_assert!(!runs(&safe));
            prop_assert_eq!(unguarded(&safe), text.as_str());
        }
    }
}
