//! Rucio's storage elements in ATLAS.
use super::entries::Entry;
use super::{Read, first_name, is_active};
use crate::sources::lenient::Text;
use serde::Deserialize;

/// Logical storage: what Rucio calls a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rse {
    /// Such as `DESY-HH_DATADISK`.
    pub name: String,
    /// Site, as the experiment names it.
    pub experiment_site: Option<String>,
    /// Site, under its common name.
    pub site: Option<String>,
    /// Quota area.
    pub token: Option<String>,
    /// Whether it is on tape.
    pub tape: bool,
    /// Whether it is in use.
    pub active: bool,
}

/// Of `atlas/ddmendpoint`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    site: Text<'a>,
    rcsite: Text<'a>,
    rc_site: Text<'a>,
    token: Text<'a>,
    is_tape: Flag,
    state: Text<'a>,
}

/// `true`, 1, `"true"`.
#[derive(Default)]
struct Flag(bool);

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        Ok(Self(matches!(text.as_str().to_ascii_lowercase().as_str(), "true" | "1" | "yes")))
    }
}

pub(super) fn rse(entry: &Entry, read: &mut Read<Rse>) -> Result<(), String> {
    let fields: Fields<'_> = entry.fields()?;
    read.items.push(Rse {
        name: entry.named(&fields.name)?,
        experiment_site: first_name([&fields.site])?,
        site: first_name([&fields.rcsite, &fields.rc_site])?,
        token: fields.token.said(),
        tape: fields.is_tape.0,
        active: is_active(&fields.state).unwrap_or(true),
    });
    Ok(())
}
