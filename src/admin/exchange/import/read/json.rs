//! A list of objects, or one object per line.
use super::{Counted, MOST_COLUMNS, Unreadable};
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::{Map, Value};
use std::fmt;

type Object = Map<String, Value>;

/// Reads it twice: only at its end are all columns known.
pub(super) fn read(text: &str, sink: &mut Counted<'_>) -> Result<(), Unreadable> {
    let mut headings: Vec<String> = Vec::new();
    each(text, &mut |object| {
        for name in object.keys() {
            if !headings.contains(name) {
                headings.push(name.clone());
            }
        }
        // More than anybody needs: enough to be refused for.
        headings.truncate(MOST_COLUMNS + 1);
        Ok(())
    })?;
    sink.headings(headings.clone())?;
    let mut number = 0;
    each(text, &mut |object| {
        number += 1;
        sink.row(number, headings.iter().map(|name| object.get(name).map(cell)).collect())
    })
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(cell).collect::<Vec<_>>().join(";"),
        other => other.to_string(),
    }
}

type Take<'a> = dyn FnMut(Object) -> Result<(), Unreadable> + 'a;

fn each(text: &str, take: &mut Take<'_>) -> Result<(), Unreadable> {
    let mut failed = None;
    let outcome = if text.trim_start().starts_with('[') {
        let mut reader = serde_json::Deserializer::from_str(text);
        let list = List { take, failed: &mut failed };
        list.deserialize(&mut reader).and_then(|()| reader.end())
    } else {
        serde_json::Deserializer::from_str(text).into_iter::<Object>().try_for_each(|object| {
            take(object?).map_err(|why| {
                failed = Some(why);
                serde::de::Error::custom("refused")
            })
        })
    };
    match (failed, outcome) {
        (Some(why), _) => Err(why),
        (None, Err(error)) if error.is_data() => Err(Unreadable(format!(
            "Rows of a JSON file are objects, such as {{\"name\": \"CERN\"}}: {error}."
        ))),
        (None, Err(error)) => Err(Unreadable(format!("This is not JSON: {error}."))),
        (None, Ok(())) => Ok(()),
    }
}

/// A list whose objects are taken one by one: all of them at once would need several times the file.
struct List<'a, 'b> {
    take: &'a mut Take<'b>,
    failed: &'a mut Option<Unreadable>,
}

impl<'de> DeserializeSeed<'de> for List<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for List<'_, '_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(object) = list.next_element()? {
            if let Err(why) = (self.take)(object) {
                *self.failed = Some(why);
                return Err(serde::de::Error::custom("refused"));
            }
        }
        Ok(())
    }
}
