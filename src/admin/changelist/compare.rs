//! One comparison of a filter: from what stands in the address to a condition, and to words.
use super::relative;
use super::search::{escape, like};
use crate::admin::{Actor, Field, Kind, words};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{DbBackend, Value};

/// Most values of one filter.
const MOST_VALUES: usize = 200;
/// Most bounds or texts of one filter.
const MOST_CONDITIONS: usize = 10;

/// How a field is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// Is.
    Exact,
    /// Is none of these; what is empty is none of them.
    Not,
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
    /// Begins with, whatever the case.
    Starts,
    /// Within a year, month or day.
    Span,
}

impl Lookup {
    /// What a name in the address means.
    #[must_use]
    pub fn of(name: &str) -> Option<Self> {
        Some(match name {
            "exact" => Self::Exact,
            "not" => Self::Not,
            "in" => Self::In,
            "isnull" => Self::IsNull,
            "gte" => Self::Gte,
            "lt" => Self::Lt,
            "icontains" => Self::Contains,
            "istartswith" => Self::Starts,
            _ => return None,
        })
    }

    /// Whether a field can be compared so.
    #[must_use]
    pub fn fits(self, field: &Field) -> bool {
        match self {
            Self::Exact | Self::Not | Self::In | Self::IsNull => true,
            Self::Gte | Self::Lt => matches!(field.kind, Kind::Integer | Kind::Float | Kind::Moment),
            Self::Contains | Self::Starts => matches!(field.kind, Kind::Text(_) | Kind::LongText(_)),
            Self::Span => false,
        }
    }
}

/// What values mean: to whom, when, and how the database is asked.
#[derive(Clone, Copy)]
pub struct Reading<'a> {
    /// Kind of database.
    pub backend: DbBackend,
    /// Who asks: "me".
    pub actor: &'a Actor,
    /// When: "today".
    pub now: DateTime<Utc>,
}

impl Reading<'_> {
    /// The condition that the readable values make, and the others with the reason.
    #[must_use]
    pub fn compare(
        &self,
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
        let listed = matches!(lookup, Lookup::Exact | Lookup::Not | Lookup::In);
        let most = if listed { MOST_VALUES } else { MOST_CONDITIONS };
        for text in texts.drain(most.min(texts.len())..) {
            bad.push((text.to_owned(), format!("At most {most} values can be asked for.")));
        }
        for text in texts {
            match self.part(&column, field, lookup, text) {
                Ok(Part::Equal(value)) => equal.push(value),
                Ok(Part::Other(part)) => any = any.add(part),
                Err(why) => bad.push((text.to_owned(), why)),
            }
        }
        if !equal.is_empty() && lookup == Lookup::Not {
            any = any.add(column().is_not_in(equal)).add(column().is_null());
        } else if !equal.is_empty() {
            any = any.add(column().is_in(equal));
        }
        bad.truncate(MOST_CONDITIONS);
        ((!any.is_empty()).then_some(any), bad)
    }

    fn part(
        &self,
        column: &dyn Fn() -> Expr,
        field: &Field,
        lookup: Lookup,
        text: &str,
    ) -> Result<Part, String> {
        let pattern = |pattern: String| Part::Other(like(self.backend, column(), &pattern));
        Ok(match lookup {
            Lookup::Exact | Lookup::Not | Lookup::In => Part::Equal(self.operand(field, text)?),
            Lookup::IsNull => Part::Other(if crate::admin::parse_bool(text)? {
                column().is_null()
            } else {
                column().is_not_null()
            }),
            Lookup::Contains => pattern(format!("%{}%", escape(contained(text)?))),
            Lookup::Starts => pattern(format!("{}%", escape(contained(text)?))),
            Lookup::Gte => Part::Other(column().gte(self.operand(field, text)?)),
            Lookup::Lt => Part::Other(column().lt(self.operand(field, text)?)),
            Lookup::Span => return Err("Choose a date of the list.".into()),
        })
    }

    /// The value to compare with.
    fn operand(&self, field: &Field, text: &str) -> Result<Value, String> {
        let own = |table: &str| table == "user" && text == "me";
        match &field.kind {
            Kind::Moment => match relative::moment(text, self.now) {
                Some(moment) => Ok(Value::ChronoDateTimeUtc(Some(moment))),
                None => field.parse_operand(text),
            },
            Kind::Foreign(table) if own(table) => Ok(Value::BigInt(Some(self.actor.id.unwrap_or_default()))),
            _ => field.parse_operand(text),
        }
    }
}

/// What one value asks.
enum Part {
    /// To be equal, or not, to this.
    Equal(Value),
    /// Anything else.
    Other(Expr),
}

/// What a text may be asked to contain: databases bound the length of a pattern.
fn contained(text: &str) -> Result<&str, String> {
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
    let moving = || relative::in_words(value).unwrap_or_else(|| value.to_owned());
    match lookup {
        Lookup::Exact | Lookup::In => words(value),
        Lookup::Not => format!("not {}", words(value)),
        Lookup::IsNull => if crate::admin::parse_bool(value) == Ok(true) { "none" } else { "any" }.into(),
        Lookup::Gte => format!("from {}", moving()),
        Lookup::Lt => format!("before {}", moving()),
        Lookup::Contains => format!("contains “{value}”"),
        Lookup::Starts => format!("starts with “{value}”"),
        Lookup::Span => value.to_owned(),
    }
}
