//! Storage elements and the doors they are reached by.
use super::entries::{Entries, Entry};
use super::{Read, first_name, is_active};
use crate::sources::endpoint::{self, Address};
use crate::sources::lenient::{Text, Texts};
use crate::sources::record::Rejected;
use serde::Deserialize;

/// A storage service of a site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StorageElement {
    /// Name in CRIC.
    pub name: String,
    /// Whose it is.
    pub site: String,
    /// dCache, EOS and so on.
    pub implementation: Option<String>,
    /// Experiments it serves.
    pub vos: Vec<String>,
    /// Whether it is in use; CRIC leaves it out where it is.
    pub active: bool,
    /// Where it is reached.
    pub doors: Vec<Door>,
}

/// One address of a storage element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Where it is.
    pub address: Address,
    /// Whether it is in use.
    pub active: bool,
}

/// Of `core/service`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    rcsite: Text<'a>,
    rc_site: Text<'a>,
    #[serde(rename = "impl")]
    implementation: Text<'a>,
    state: Text<'a>,
    vos: Texts,
    protocols: Option<Entries>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Protocol<'a> {
    #[serde(borrow)]
    endpoint: Text<'a>,
    flavour: Text<'a>,
    state: Text<'a>,
}

pub(super) fn storage(entry: &Entry, read: &mut Read<StorageElement>) -> Result<(), String> {
    let fields: Fields<'_> = entry.fields()?;
    let name = entry.named(&fields.name)?;
    // Grouped by site, the key is the site.
    let group = Text(entry.grouped.then(|| entry.key.as_str().into()));
    let site = first_name([&fields.rcsite, &fields.rc_site, &group])?;
    let site = site.ok_or("does not say which site it belongs to")?;
    let mut doors: Vec<Door> = Vec::new();
    for protocol in fields.protocols.iter().flat_map(|protocols| &protocols.0) {
        match door(protocol) {
            Ok(door) if doors.iter().any(|known| known.address == door.address) => {}
            Ok(door) => doors.push(door),
            Err(reason) => read.rejected.push(Rejected::new(format!("{name}, {}", protocol.name()), reason)),
        }
    }
    read.items.push(StorageElement {
        name,
        site,
        implementation: fields.implementation.said(),
        vos: fields.vos.0.iter().map(|vo| vo.to_lowercase()).collect(),
        active: is_active(&fields.state).unwrap_or(true),
        doors,
    });
    Ok(())
}

fn door(protocol: &Entry) -> Result<Door, String> {
    let fields: Protocol<'_> = protocol.fields()?;
    let text = fields.endpoint.said().ok_or("has no endpoint")?;
    let mut address =
        endpoint::parse(&text).ok_or_else(|| format!("no host in “{}”", text.escape_debug()))?;
    if address.scheme.is_none() {
        address.scheme = fields.flavour.said().map(|flavour| scheme(&flavour));
    }
    Ok(Door { address, active: is_active(&fields.state).unwrap_or(true) })
}

/// Where an endpoint has no scheme, CRIC's name of the protocol tells it.
fn scheme(flavour: &str) -> String {
    let flavour = flavour.to_ascii_lowercase();
    match &*flavour {
        "webdav" => "davs".to_owned(),
        "xrootd" | "xroot" | "alien-se" => "root".to_owned(),
        _ => flavour.chars().filter(char::is_ascii_alphanumeric).take(16).collect(),
    }
}
