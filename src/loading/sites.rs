//! Which site a record is about: by its name, one of its other names, its RSE, or the host of its
//! storage. What cannot be told is `UNKNOWN`, and of two equally good answers neither is guessed.
use crate::admin::{Deed, Input, Registry, Save, Target, key_number};
use crate::error::{Error, Result};
use crate::sources::record::Place;
use entity::{site, site_alias, storage_endpoint};
use sea_orm::{DatabaseExecutor, DatabaseTransaction, EntityTrait, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// What monitoring calls a site that it could not resolve.
pub const UNKNOWN: &str = "UNKNOWN";
/// A suffix with fewer parts says too little: `ac.uk` is a country's universities.
const SUFFIX_PARTS: usize = 2;

/// What a record says about a place, resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// That site.
    Site(i64),
    /// A site of that name, which nobody knows yet.
    New(String),
    /// Several fit equally well.
    Ambiguous(String),
    /// A name that is none.
    Impossible(String),
}

/// All names of all sites, in memory: some thousands.
pub struct SiteBook {
    unknown: i64,
    names: HashMap<String, i64>,
    others: HashMap<String, i64>,
    rses: HashMap<String, i64>,
    hosts: HashMap<String, BTreeSet<i64>>,
    domains: HashMap<String, BTreeSet<i64>>,
}

impl SiteBook {
    /// Reads all names.
    ///
    /// # Errors
    /// What the database says.
    pub async fn read(db: &DatabaseExecutor<'_>) -> Result<Self> {
        let mut book = Self {
            unknown: 0,
            names: HashMap::new(),
            others: HashMap::new(),
            rses: HashMap::new(),
            hosts: HashMap::new(),
            domains: HashMap::new(),
        };
        for site in site::Entity::find().all(db).await? {
            if site.name == UNKNOWN {
                book.unknown = site.id;
            }
            book.names.insert(site.name.to_lowercase(), site.id);
        }
        for alias in site_alias::Entity::find().all(db).await? {
            let value = alias.value.to_lowercase();
            match alias.kind {
                site_alias::Kind::ExperimentSite => drop(book.others.insert(value, alias.site_id)),
                site_alias::Kind::Rse => drop(book.rses.insert(value, alias.site_id)),
                site_alias::Kind::Host => drop(book.hosts.entry(value).or_default().insert(alias.site_id)),
                site_alias::Kind::Domain => {
                    book.domains.entry(value).or_default().insert(alias.site_id);
                }
            }
        }
        let doors = storage_endpoint::Entity::find()
            .select_only()
            .column(storage_endpoint::Column::Host)
            .column(storage_endpoint::Column::SiteId)
            .into_tuple::<(String, i64)>();
        for (host, id) in doors.all(db).await? {
            book.hosts.entry(host.to_lowercase()).or_default().insert(id);
        }
        Ok(book)
    }

    /// The site that stands for all that cannot be told.
    #[must_use]
    pub fn unknown(&self) -> i64 {
        self.unknown
    }

    /// Resolves what a record says: names before hosts, exact before suffixes.
    #[must_use]
    pub fn find(&self, place: &Place) -> Found {
        let name = place.site.as_deref().map(str::trim).filter(|name| !name.is_empty() && *name != UNKNOWN);
        if let Some(id) = name.and_then(|name| self.by_name(name)) {
            return Found::Site(id);
        }
        if let Some(id) = place.rse.as_deref().and_then(|rse| self.rses.get(&rse.to_lowercase())) {
            return Found::Site(*id);
        }
        match place.host.as_deref().map(|host| self.by_host(host)) {
            Some(Found::Site(id)) if id != self.unknown => return Found::Site(id),
            Some(Found::Ambiguous(why)) if name.is_none() => return Found::Ambiguous(why),
            _ => {}
        }
        match name {
            None => Found::Site(self.unknown),
            Some(name) if possible(name) => Found::New(name.to_owned()),
            Some(name) => Found::Impossible(crate::admin::shorten(name, 100)),
        }
    }

    fn by_name(&self, name: &str) -> Option<i64> {
        let name = name.to_lowercase();
        self.names.get(&name).or_else(|| self.others.get(&name)).copied()
    }

    /// The exact host, then its longest suffix that some site has.
    fn by_host(&self, host: &str) -> Found {
        let host = host.trim_end_matches('.').to_lowercase();
        if let Some(sites) = self.hosts.get(&host) {
            return self.one(sites, &host);
        }
        let mut rest = host.as_str();
        while let Some((_, suffix)) = rest.split_once('.') {
            if suffix.split('.').count() < SUFFIX_PARTS {
                break;
            }
            if let Some(sites) = self.domains.get(suffix) {
                return self.one(sites, suffix);
            }
            rest = suffix;
        }
        Found::Site(self.unknown)
    }

    fn one(&self, sites: &BTreeSet<i64>, what: &str) -> Found {
        match sites.first() {
            Some(id) if sites.len() == 1 => Found::Site(*id),
            Some(_) => Found::Ambiguous(format!("{what} belongs to {} sites", sites.len())),
            None => Found::Site(self.unknown),
        }
    }

    /// Makes a site that only monitoring knows; CRIC may say more about it later.
    ///
    /// # Errors
    /// What the save says.
    pub async fn make(
        &mut self,
        registry: &Registry,
        txn: &DatabaseTransaction,
        deed: &Deed,
        name: &str,
    ) -> Result<i64> {
        let resource = registry.table("site").ok_or(Error::NotFound)?;
        let save = Save { registry, resource, deed, given: Vec::new() };
        let input = Input::partial([
            ("name".to_owned(), name.to_owned()),
            ("status".to_owned(), "unknown".to_owned()),
        ]);
        let saved = save.run(txn, Target::New, &input).await?;
        let id = key_number(saved.row.key()).ok_or(Error::NotFound)?;
        self.names.insert(name.to_lowercase(), id);
        Ok(id)
    }
}

/// What a site may be called: anything else is damage, or worse.
fn possible(name: &str) -> bool {
    name.len() <= 100
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:+/ ()".contains(&byte))
        && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book() -> SiteBook {
        let one = |name: &str, id| (name.to_owned(), id);
        let many = |name: &str, ids: &[i64]| (name.to_owned(), ids.iter().copied().collect());
        SiteBook {
            unknown: 1,
            names: [one("unknown", 1), one("infn-t1", 2), one("grif", 3)].into(),
            others: [one("t1_it_cnaf", 2)].into(),
            rses: [one("infn-t1_datadisk", 2)].into(),
            hosts: [many("storm.cnaf.infn.it", &[2]), many("shared.example.org", &[2, 3])].into(),
            domains: [many("in2p3.fr", &[4]), many("lal.in2p3.fr", &[3]), many("chtc.wisc.edu", &[5, 6])]
                .into(),
        }
    }

    fn place(site: &str, rse: &str, host: &str) -> Place {
        let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        Place { site: some(site), rse: some(rse), host: some(host) }
    }

    #[test]
    fn names_come_before_hosts_and_long_suffixes_before_short_ones() {
        let book = book();
        for (given, found) in [
            (place("INFN-T1", "", ""), Found::Site(2)),
            (place("T1_IT_CNAF", "", ""), Found::Site(2)),
            (place("", "INFN-T1_DATADISK", "x.lal.in2p3.fr"), Found::Site(2)),
            (place("UNKNOWN", "", "storm.cnaf.infn.it"), Found::Site(2)),
            (place("", "", "se.lal.in2p3.fr"), Found::Site(3)),
            (place("", "", "ccsrm.in2p3.fr"), Found::Site(4)),
            (place("", "", "nobody.ac.uk"), Found::Site(1)),
            (place("", "", ""), Found::Site(1)),
            (place("NEW-SITE", "", "x.example.net"), Found::New("NEW-SITE".into())),
            (place("NEW-SITE", "", "storm.cnaf.infn.it"), Found::Site(2)),
        ] {
            assert_eq!(book.find(&given), found, "{given:?}");
        }
        assert!(matches!(book.find(&place("", "", "shared.example.org")), Found::Ambiguous(_)));
        assert!(matches!(book.find(&place("", "", "a.chtc.wisc.edu")), Found::Ambiguous(_)));
        assert!(matches!(book.find(&place("<b>SITE</b>", "", "")), Found::Impossible(_)));
    }
}
