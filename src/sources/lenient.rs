//! Values as others write them: numbers as texts, texts as numbers, `null`, times in seconds or milliseconds.
use chrono::{DateTime, NaiveDateTime, Utc};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

/// Largest number of seconds since 1970 that is one: year 5138. Anything larger is milliseconds.
const MOST_SECONDS: i64 = 100_000_000_000;

/// A text, or a number that stands for one.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Text<'a>(pub(super) Option<Cow<'a, str>>);

impl Text<'_> {
    pub(super) fn as_str(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    pub(super) fn into_owned(self) -> Text<'static> {
        Text(self.0.map(|text| Cow::Owned(text.into_owned())))
    }

    /// The text with no blanks around, if it says anything.
    pub(super) fn said(&self) -> Option<String> {
        let text = self.as_str().trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Text<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Text(None))
            }

            fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_i64<E>(self, value: i64) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }

            fn visit_f64<E>(self, value: f64) -> Result<Self::Value, E> {
                Ok(Text(Some(Cow::Owned(value.to_string()))))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A number, maybe written as a text; `None` for `null` and for an empty text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub(super) Option<f64>);

/// A whole number, maybe written as a text or with a fraction, which is dropped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Whole(pub(super) Option<i64>);

impl Whole {
    /// The number as a time since 1970. 0 and -1 say that there is none.
    pub(super) fn time(self) -> Option<DateTime<Utc>> {
        self.0.filter(|number| *number > 0).and_then(since_1970)
    }
}

/// A time in seconds or milliseconds since 1970.
fn since_1970(number: i64) -> Option<DateTime<Utc>> {
    if number < MOST_SECONDS {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

/// A float holds every count up to 2^53; larger ones come as integers.
const LARGEST: f64 = 9.0e18;

fn whole<E: Error>(number: f64) -> Result<Option<i64>, E> {
    if number.is_finite() && number.abs() < LARGEST {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "the range was just checked; fractions are dropped"
        )]
        return Ok(Some(number as i64));
    }
    Err(E::custom("a number is too large"))
}

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl Visitor<'_> for Reader {
            type Value = Whole;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number")
            }

            fn visit_i64<E>(self, value: i64) -> Result<Whole, E> {
                Ok(Whole(Some(value)))
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<Whole, E> {
                i64::try_from(value)
                    .map(|value| Whole(Some(value)))
                    .map_err(|_| E::custom("a number is too large"))
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<Whole, E> {
                whole(value).map(Whole)
            }

            fn visit_bool<E>(self, value: bool) -> Result<Whole, E> {
                Ok(Whole(Some(i64::from(value))))
            }

            fn visit_unit<E>(self) -> Result<Whole, E> {
                Ok(Whole(None))
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Whole, E> {
                match text.trim() {
                    "" | "null" | "None" => Ok(Whole(None)),
                    text => match (text.parse::<i64>(), text.parse::<f64>()) {
                        (Ok(value), _) => Ok(Whole(Some(value))),
                        (_, Ok(value)) => whole(value).map(Whole),
                        _ => Err(E::invalid_type(serde::de::Unexpected::Str(text), &self)),
                    },
                }
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        match text.as_str().trim() {
            "" | "null" | "None" => Ok(Self(None)),
            text => match text.parse::<f64>() {
                Ok(value) if value.is_finite() => Ok(Self(Some(value))),
                _ => Err(D::Error::invalid_type(serde::de::Unexpected::Str(text), &"a number")),
            },
        }
    }
}

/// Several texts: a list, or one text, or nothing. What is no text in the list is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Texts(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_unit<E>(self) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Texts, E> {
                Ok(Texts::default())
            }

            fn visit_i64<E>(self, value: i64) -> Result<Texts, E> {
                Ok(Texts(vec![value.to_string()]))
            }

            fn visit_u64<E>(self, value: u64) -> Result<Texts, E> {
                Ok(Texts(vec![value.to_string()]))
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                let text = text.trim();
                Ok(Texts(if text.is_empty() { Vec::new() } else { vec![text.to_owned()] }))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(Texts(more)) = list.next_element()? {
                    texts.extend(more);
                }
                Ok(Texts(texts))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Texts, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Texts::default())
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A time: since 1970 in seconds or milliseconds, or written out. Without a zone it is UTC.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    if let Ok(number) = text.parse::<i64>() {
        return Whole(Some(number)).time();
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Some(time.with_timezone(&Utc));
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(text, format).ok())
        .map(|time| time.and_utc())
}

/// Whether a time can be that of a record: grid computing began after 2000, and clocks are not an hour wrong.
pub(super) fn implausible(time: DateTime<Utc>, now: DateTime<Utc>) -> Option<String> {
    /// 2000-01-01T00:00:00Z.
    const START: i64 = 946_684_800;
    if time.timestamp() < START {
        return Some(format!("ended before the year 2000, {}", time.format("%Y-%m-%d %H:%M UTC")));
    }
    let future = time > now + chrono::Duration::hours(1);
    future.then(|| format!("ended in the future, {}", time.format("%Y-%m-%d %H:%M UTC")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_in_many_ways() {
        for (json, value) in [
            ("7", Some(7)),
            ("-1", Some(-1)),
            ("\"7\"", Some(7)),
            ("\" 7.9 \"", Some(7)),
            ("1.5e3", Some(1500)),
            ("\"\"", None),
            ("null", None),
            ("true", Some(1)),
        ] {
            assert_eq!(serde_json::from_str::<Whole>(json).unwrap(), Whole(value), "{json}");
        }
        for json in ["\"x\"", "[]", "{}", "1e300", "18446744073709551615"] {
            assert!(serde_json::from_str::<Whole>(json).is_err(), "{json}");
        }
        assert_eq!(serde_json::from_str::<Number>("\"-4.5\"").unwrap(), Number(Some(-4.5)));
        assert!(serde_json::from_str::<Number>("\"NaN\"").is_err());
    }

    #[test]
    fn texts_come_alone_in_lists_or_not_at_all() {
        for (json, texts) in [
            ("null", &[][..]),
            ("\"\"", &[]),
            ("\"AGLT2\"", &["AGLT2"]),
            ("[\"A\", null, \"\", 12, [\"B\"], {\"x\": 1}]", &["A", "12", "B"]),
        ] {
            assert_eq!(serde_json::from_str::<Texts>(json).unwrap().0, texts, "{json}");
        }
    }

    #[test]
    fn times_come_in_many_ways() {
        let expected = Some("2019-11-26T05:20:00Z".parse::<DateTime<Utc>>().unwrap());
        for text in [
            "1574745600",
            "1574745600000",
            "2019-11-26T05:20:00Z",
            "2019-11-26T06:20:00.000+01:00",
            "2019-11-26 05:20:00",
            "2019-11-26T05:20",
        ] {
            assert_eq!(time(text), expected, "{text}");
        }
        for text in ["", "0", "-1", "yesterday"] {
            assert_eq!(time(text), None, "{text}");
        }
    }
}
