//! CRIC, the catalogue of computing resources: sites, storage elements with their doors, the experiments' names,
//! downtimes (<https://wlcg-cric.cern.ch/>, `api/…/query/?json`).
//!
//! Answers are objects by name, objects of lists by group, or lists; fields come, go and differ between its
//! instances. One entry that cannot be read is rejected, the others are kept.
mod downtime;
mod entries;
mod rse;
mod site;
mod storage;

use super::fault::Fault;
use super::http::{Credentials, Http};
use super::lenient::Text;
use super::record::{Rejected, known};
use entries::{Entries, Entry};
use serde::Deserialize;
use std::borrow::Cow;
use url::Url;

pub use downtime::Downtime;
pub use rse::Rse;
pub use site::{ExperimentSite, Site};
pub use storage::{Door, StorageElement};

/// Where CRIC is.
#[derive(Clone, Debug)]
pub struct Cric {
    core: Url,
    atlas: Url,
    cms: Url,
}

/// What was read, and what could not be.
#[derive(Clone, Debug, PartialEq)]
pub struct Read<T> {
    /// In the order of CRIC's keys.
    pub items: Vec<T>,
    /// Entries that could not be used.
    pub rejected: Vec<Rejected>,
}

/// Experiments that have an instance of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Experiment {
    /// `atlas-cric`.
    Atlas,
    /// `cms-cric`.
    Cms,
}

impl Experiment {
    /// As aliases of sites call it.
    #[must_use]
    pub fn vo(self) -> &'static str {
        match self {
            Self::Atlas => "atlas",
            Self::Cms => "cms",
        }
    }
}

impl Cric {
    /// By the address of its core, such as `https://wlcg-cric.cern.ch`. The experiments' instances are beside it, as
    /// `atlas-cric` and `cms-cric`; anywhere else they are at the same address.
    ///
    /// # Errors
    /// When that is no address.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let core = Url::parse(&format!("{}/", base.trim_end_matches('/')))?;
        let beside = |name: &str| -> anyhow::Result<Url> {
            let mut url = core.clone();
            if let Some(rest) = core.host_str().and_then(|host| host.strip_prefix("wlcg-cric.")) {
                url.set_host(Some(&format!("{name}.{rest}")))?;
            }
            Ok(url)
        };
        Ok(Self { atlas: beside("atlas-cric")?, cms: beside("cms-cric")?, core })
    }

    /// The page of a site, for people.
    #[must_use]
    pub fn page(&self, site: &str) -> String {
        let mut url = self.core.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(["core", "rcsite", "detail", site, ""]);
        }
        url.into()
    }

    /// Sites.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn sites(&self, http: &Http) -> Result<Read<Site>, Fault> {
        read(http, &self.core, "api/core/rcsite/query/?json", site::site).await
    }

    /// Storage elements with their doors.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn storage(&self, http: &Http) -> Result<Read<StorageElement>, Fault> {
        read(http, &self.core, "api/core/service/query/?json&type=SE", storage::storage).await
    }

    /// An experiment's names of sites.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn experiment_sites(&self, http: &Http, of: Experiment) -> Result<Read<ExperimentSite>, Fault> {
        let (base, path) = match of {
            Experiment::Atlas => (&self.atlas, "api/atlas/site/query/?json"),
            Experiment::Cms => (&self.cms, "api/cms/site/query/?json&preset=data-processing"),
        };
        read(http, base, path, |entry, read| site::experiment_site(entry, of.vo(), read)).await
    }

    /// ATLAS's Rucio storage elements.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn rses(&self, http: &Http) -> Result<Read<Rse>, Fault> {
        read(http, &self.atlas, "api/atlas/ddmendpoint/query/?json", rse::rse).await
    }

    /// Downtimes that are announced or under way.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn downtimes(&self, http: &Http) -> Result<Read<Downtime>, Fault> {
        read(http, &self.core, "api/core/downtime/query/?json", downtime::downtimes).await
    }
}

/// Asks, and turns each entry into items; `make` adds what it makes, or says what is wrong with the entry.
async fn read<T>(
    http: &Http,
    base: &Url,
    path: &str,
    make: impl Fn(&Entry, &mut Read<T>) -> Result<(), String>,
) -> Result<Read<T>, Fault> {
    let host = base.host_str().unwrap_or_default();
    let url = base.join(path).map_err(|error| Fault::unreadable(host, format!("has no {path}: {error}")))?;
    let entries: Entries = http.get(&url, &Credentials::none()).await?;
    let mut read = Read { items: Vec::new(), rejected: Vec::new() };
    for entry in &entries.0 {
        if let Err(reason) = make(entry, &mut read) {
            read.rejected.push(Rejected::new(format!("{host} {path}: {}", entry.name()), reason));
        }
    }
    Ok(read)
}

impl Entry {
    /// Its fields, or what is wrong with them.
    fn fields<'a, T: Deserialize<'a>>(&'a self) -> Result<T, String> {
        serde_json::from_str(self.json.get()).map_err(|error| super::reading::wrong(&error))
    }

    /// Its name: what it says itself, or its key.
    fn named(&self, name: &Text<'_>) -> Result<String, String> {
        let key = if self.grouped { "" } else { &self.key };
        let said = name.said();
        name_of(said.as_deref().unwrap_or(key))?.ok_or_else(|| "has no name".to_owned())
    }
}

/// A name; none for the words that say there is none. Whatever comes here is shown on pages, used in queries and
/// compared with names in events, none of which has marks of HTML.
fn name_of(text: &str) -> Result<Option<String>, String> {
    match known(Cow::Borrowed(text)) {
        Some(name) if name.contains(['<', '>', '"', '\'', '&', '\\', '`']) => {
            Err(format!("“{}” is no name", name.escape_debug()))
        }
        name => Ok(name.map(Cow::into_owned)),
    }
}

/// The first of several names for the same that says something.
fn first_name<'a>(names: impl IntoIterator<Item = &'a Text<'a>>) -> Result<Option<String>, String> {
    for name in names {
        if let Some(name) = name_of(name.as_str())? {
            return Ok(Some(name));
        }
    }
    Ok(None)
}

/// Whether a state means that something is in use; `None` if nothing is said.
fn is_active(state: &Text<'_>) -> Option<bool> {
    state.said().map(|state| state.eq_ignore_ascii_case("active"))
}
