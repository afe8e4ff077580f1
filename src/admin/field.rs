//! What a column is to a person: the one place where SQL types meet text.
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use sea_orm::sea_query::{ArrayType, StringLen};
use sea_orm::{
    ColumnDef, ColumnTrait, ColumnType, EntityTrait, Iden, IdenStatic, Iterable, ModelTrait,
    PrimaryKeyToColumn, RelationTrait, RelationType, Value,
};

/// How a column is shown and typed.
#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// One line of at most so many characters.
    Text(u32),
    /// Several lines of at most so many characters.
    LongText(u32),
    /// A whole number.
    Integer,
    /// A number.
    Float,
    /// Yes or no.
    Boolean,
    /// A point in time, UTC.
    Moment,
    /// One of these words.
    Choice(Vec<String>),
    /// The key of a row of the table named.
    Foreign(String),
}

/// One column of a resource.
#[derive(Clone, Debug)]
pub struct Field {
    /// Column in the database.
    pub column: &'static str,
    /// Name in forms, addresses and the API: the column, without `_id` for a foreign key.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// One line below its input.
    pub help: &'static str,
    /// How it is shown and typed.
    pub kind: Kind,
    /// Must be filled in.
    pub required: bool,
    /// May be empty.
    pub nullable: bool,
    /// No two rows share a value.
    pub unique: bool,
    /// Shown, never taken from input.
    pub readonly: bool,
    /// Taken from input when a row is made, only shown from then on.
    pub fixed: bool,
    /// Never shown, exported or logged; left blank, it keeps its value.
    pub secret: bool,
    /// What further to demand of a text.
    pub check: Option<Check>,
    /// How a long text begins in a list.
    pub brief: Option<Brief>,
    /// Set by the engine itself: key, version, times of making and change.
    pub automatic: bool,
    /// Value of a new row, where the database has one.
    pub default: Option<String>,
    value_type: ArrayType,
}

/// A further demand on a text; says what is wrong and what would be right.
pub type Check = fn(&str) -> Result<(), String>;

/// The informative part of a long text.
pub type Brief = fn(&str) -> String;

/// Columns that the engine fills in.
pub const AUTOMATIC: [&str; 4] = ["id", "created_at", "updated_at", "version"];

impl Field {
    /// What the entity itself tells about a column.
    pub fn of<E: EntityTrait>(column: E::Column) -> Self {
        let def = column.def();
        let foreign = foreign::<E>(column);
        let name = column.as_str();
        let is_key = E::PrimaryKey::iter().any(|key| key.into_column().as_str() == name);
        let default = def.get_column_default().map(default_text);
        Self {
            column: name,
            name: if foreign.is_some() { name.trim_end_matches("_id").to_owned() } else { name.to_owned() },
            title: title(name),
            help: "",
            required: !def.is_null() && default.is_none() && *def.get_column_type() != ColumnType::Boolean,
            nullable: def.is_null(),
            kind: foreign.map_or_else(|| kind(&def), Kind::Foreign),
            unique: def.is_unique(),
            readonly: is_key,
            fixed: false,
            secret: false,
            check: None,
            brief: None,
            automatic: is_key || AUTOMATIC.contains(&name),
            default,
            value_type: E::Model::get_value_type(column),
        }
    }

    /// The empty value: NULL, or an empty text where the column takes no NULL.
    #[must_use]
    pub fn blank(&self) -> Value {
        self.value_type.clone_null()
    }

    /// The typed value of what was typed, or what to tell the person.
    ///
    /// # Errors
    /// A sentence for the field: what is wrong and what would be right.
    pub fn parse(&self, input: &str) -> Result<Value, String> {
        if input.contains('\0') {
            return Err("A NUL character cannot be stored. Remove it.".into());
        }
        // Browsers send line ends as CR LF, whatever the text had.
        let unix = input.replace("\r\n", "\n");
        let text = unix.trim();
        if text.is_empty() {
            return self.parse_blank();
        }
        self.check_text(text)?;
        match self.value_type {
            ArrayType::Bool => parse_bool(text).map(|yes| Value::Bool(Some(yes))),
            ArrayType::Int => number(text).map(|n| Value::Int(Some(n))),
            ArrayType::BigInt => match self.kind {
                Kind::Foreign(_) => {
                    number(text).map(|n| Value::BigInt(Some(n))).map_err(|_| "Choose one of the list.".into())
                }
                _ => number(text).map(|n| Value::BigInt(Some(n))),
            },
            ArrayType::Double => text
                .parse::<f64>()
                .ok()
                .filter(|n| n.is_finite())
                .map(|n| Value::Double(Some(n)))
                .ok_or_else(|| "Enter a number, such as 0.5.".into()),
            ArrayType::ChronoDateTimeUtc => parse_moment(text)
                .map(|moment| Value::ChronoDateTimeUtc(Some(moment)))
                .ok_or_else(|| "Enter a date and time in UTC, such as 2026-11-26 09:30.".into()),
            _ => Ok(Value::String(Some(text.to_owned()))),
        }
    }

    /// Nothing typed: NULL where the column takes it, no for a box, or else something is missing.
    fn parse_blank(&self) -> Result<Value, String> {
        match self.kind {
            _ if self.nullable => Ok(self.blank()),
            Kind::Boolean => Ok(Value::Bool(Some(false))),
            _ => Err("This field is required.".into()),
        }
    }

    /// The typed value to compare with: what a form would demand besides does not matter here.
    ///
    /// # Errors
    /// A sentence for the person: what is wrong with the value.
    pub fn parse_operand(&self, text: &str) -> Result<Value, String> {
        Self { nullable: false, check: None, ..self.clone() }.parse(text)
    }

    fn check_text(&self, text: &str) -> Result<(), String> {
        match &self.kind {
            Kind::Text(max) | Kind::LongText(max) => {
                let length = text.chars().count();
                if length > *max as usize {
                    return Err(format!("At most {max} characters fit; this has {length}."));
                }
                if let Kind::Text(_) = self.kind
                    && text.contains(['\n', '\r'])
                {
                    return Err("Only one line fits here.".into());
                }
            }
            Kind::Choice(choices) if !choices.iter().any(|choice| choice == text) => {
                return Err(format!(
                    "“{}” is not one of the choices: {}.",
                    shorten(text, 40),
                    choices.join(", ")
                ));
            }
            _ => {}
        }
        self.check.map_or(Ok(()), |check| check(text))
    }

    /// The text that [`Field::parse`] takes back; empty for NULL. Of a second, three digits: a
    /// browser's input shows nothing at all when it is given more.
    #[must_use]
    pub fn input_text(value: &Value) -> String {
        match value {
            Value::Bool(Some(yes)) => if *yes { "true" } else { "false" }.into(),
            Value::Int(Some(n)) => n.to_string(),
            Value::BigInt(Some(n)) => n.to_string(),
            Value::Double(Some(n)) => n.to_string(),
            Value::String(Some(text)) => text.clone(),
            Value::ChronoDateTimeUtc(Some(moment)) => moment.format("%Y-%m-%dT%H:%M:%S%.3f").to_string(),
            _ => String::new(),
        }
    }

    /// Whether a value is what a form showing `before` would send back untouched.
    #[must_use]
    pub fn same(&self, before: &Value, value: &Value) -> bool {
        before == value || self.parse(&Self::input_text(before)).as_ref() == Ok(value)
    }

    /// The value in words people read; empty for NULL.
    #[must_use]
    pub fn display(&self, value: &Value) -> String {
        match value {
            Value::Bool(Some(yes)) => if *yes { "yes" } else { "no" }.into(),
            Value::ChronoDateTimeUtc(Some(moment)) => moment.format("%Y-%m-%d %H:%M").to_string(),
            Value::String(Some(text)) if matches!(self.kind, Kind::Choice(_)) => words(text),
            Value::Int(Some(n)) => thousands(i64::from(*n)),
            Value::BigInt(Some(n)) if self.column != "id" && !matches!(self.kind, Kind::Foreign(_)) => {
                thousands(*n)
            }
            other => Self::input_text(other),
        }
    }
}

/// A key as text; empty for NULL.
#[must_use]
pub fn key_text(value: &Value) -> String {
    Field::input_text(value)
}

/// `file-missing` and `waiting_for_reply` as words.
#[must_use]
pub fn words(text: &str) -> String {
    text.replace(['_', '-'], " ")
}

/// First letter in upper case.
#[must_use]
pub fn capitalise(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// At most `max` characters, with an ellipsis where something was cut.
#[must_use]
pub fn shorten(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars().take(max.saturating_sub(1)).chain(['…']).collect()
}

/// `57437` as `57,437`.
#[must_use]
pub fn thousands(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('-');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// What people, browsers and scripts write for yes and no.
///
/// # Errors
/// A sentence for the field.
pub fn parse_bool(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "on" | "true" | "1" | "yes" => Ok(true),
        "off" | "false" | "0" | "no" => Ok(false),
        _ => Err("Enter yes or no.".into()),
    }
}

/// A date and time in UTC as a browser's input, ISO 8601 or a person writes it.
#[must_use]
pub fn parse_moment(text: &str) -> Option<DateTime<Utc>> {
    let moment = DateTime::parse_from_rfc3339(text).map(|moment| moment.to_utc()).ok().or_else(|| {
        ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
            .iter()
            .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
            .or_else(|| {
                NaiveDate::parse_from_str(text, "%Y-%m-%d").ok().and_then(|day| day.and_hms_opt(0, 0, 0))
            })
            .map(|naive| naive.and_utc())
    })?;
    // What all three databases can store.
    (1900..=9999).contains(&chrono::Datelike::year(&moment)).then_some(moment)
}

fn number<T: std::str::FromStr + TryFrom<i64>>(text: &str) -> Result<T, String> {
    let plain: String = text.chars().filter(|letter| !matches!(letter, ',' | '\u{202f}')).collect();
    let number: i64 = plain.parse().map_err(|_| "Enter a whole number.".to_owned())?;
    T::try_from(number).map_err(|_| "This number is too large.".into())
}

trait CloneNull {
    fn clone_null(&self) -> Value;
}

impl CloneNull for ArrayType {
    fn clone_null(&self) -> Value {
        match self {
            Self::Bool => Value::Bool(None),
            Self::Int => Value::Int(None),
            Self::BigInt => Value::BigInt(None),
            Self::Double => Value::Double(None),
            Self::ChronoDateTimeUtc => Value::ChronoDateTimeUtc(None),
            _ => Value::String(None),
        }
    }
}

fn kind(def: &ColumnDef) -> Kind {
    match def.get_column_type() {
        ColumnType::Boolean => Kind::Boolean,
        ColumnType::Float | ColumnType::Double | ColumnType::Decimal(_) => Kind::Float,
        ColumnType::SmallInteger | ColumnType::Integer | ColumnType::BigInteger => Kind::Integer,
        ColumnType::DateTime | ColumnType::Timestamp | ColumnType::TimestampWithTimeZone => Kind::Moment,
        ColumnType::String(StringLen::N(max)) if *max < 500 => Kind::Text(*max),
        ColumnType::String(StringLen::N(max)) => Kind::LongText(*max),
        ColumnType::Text => Kind::LongText(65_535),
        _ => Kind::Text(255),
    }
}

/// The table a column points at. sea-orm marks the side that holds the key with
/// `is_owner: false`, whatever the field's documentation says.
fn foreign<E: EntityTrait>(column: E::Column) -> Option<String> {
    E::Relation::iter()
        .map(|relation| relation.def())
        .filter(|def| def.rel_type == RelationType::HasOne && !def.is_owner)
        .find(|def| def.from_col.to_string() == column.as_str())
        .map(|def| def.to_tbl.sea_orm_table().to_string())
}

fn default_text(default: &sea_orm::sea_query::Expr) -> String {
    match default {
        sea_orm::sea_query::Expr::Value(value) => Field::input_text(value),
        _ => String::new(),
    }
}

fn title(column: &str) -> String {
    capitalise(&words(column.strip_suffix("_id").filter(|rest| !rest.is_empty()).unwrap_or(column)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (57_437, "57,437"), (-1_234_567, "-1,234,567")]
        {
            assert_eq!(thousands(number), text);
        }
    }

    #[test]
    fn moments_are_read_as_browsers_people_and_programs_write_them() {
        for text in [
            "2026-11-26T09:30",
            "2026-11-26 09:30",
            "2026-11-26T09:30:00Z",
            "2026-11-26T10:30:00+01:00",
            "2026-11-26T09:30:00.000",
        ] {
            assert_eq!(
                parse_moment(text).map(|moment| moment.to_rfc3339()).as_deref(),
                Some("2026-11-26T09:30:00+00:00"),
                "{text}"
            );
        }
        for text in ["", "yesterday", "2026-13-01", "0001-01-01", "99999-01-01"] {
            assert_eq!(parse_moment(text), None, "{text}");
        }
    }
}
