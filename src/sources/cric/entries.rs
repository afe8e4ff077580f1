//! The entries of an answer, whatever holds them.
use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::fmt;

/// One entry, not yet read.
pub(super) struct Entry {
    /// Its key, or that of the list that it is in.
    pub(super) key: String,
    /// Whether the key is that of a list: a group, not a name.
    pub(super) grouped: bool,
    /// What it says.
    pub(super) json: Box<RawValue>,
}

impl Entry {
    /// For people.
    pub(super) fn name(&self) -> String {
        let name: String = self.key.chars().filter(|c| !c.is_control()).take(100).collect();
        if name.is_empty() { "an entry".to_owned() } else { name }
    }
}

/// All of them: `{"name": {…}}`, `{"group": [{…}, {…}]}` or `[{…}, {…}]`.
pub(super) struct Entries(pub(super) Vec<Entry>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Entries;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object or a list")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, json)) = map.next_entry::<String, Box<RawValue>>()? {
                    match serde_json::from_str::<Vec<Box<RawValue>>>(json.get()) {
                        Ok(list) => entries.extend(list.into_iter().map(|json| Entry {
                            key: key.clone(),
                            grouped: true,
                            json,
                        })),
                        Err(_) => entries.push(Entry { key, grouped: false, json }),
                    }
                }
                entries.sort_by(|a, b| a.key.cmp(&b.key));
                Ok(Entries(entries))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(json) = list.next_element()? {
                    let key = format!("entry {}", entries.len() + 1);
                    entries.push(Entry { key, grouped: true, json });
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
