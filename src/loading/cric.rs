//! Loads sites, their other names, storage and downtimes from CRIC. What people wrote about a site
//! stays; what CRIC no longer has stays, too, since old records name it.
use super::run::{Run, Window};
use super::sites::{Found, SiteBook};
use super::{Counts, Loaded};
use crate::admin::{Deed, Input, Save, Target, key_number};
use crate::app::App;
use crate::error::{Error, Result};
use crate::sources::cric::{Cric, Downtime, Experiment, Read, Rse, Site, StorageElement};
use crate::sources::http::{Http, Limits};
use crate::sources::record::{Place, Rejected};
use anyhow::Context;
use entity::audit_log::Source as Door;
use entity::loader_run::Source;
use entity::{downtime, site, site_alias, storage_endpoint};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use std::collections::{HashMap, HashSet};

/// All that CRIC says.
struct Said {
    sites: Read<Site>,
    storage: Read<StorageElement>,
    names: Vec<(String, String, String)>,
    rses: Vec<Rse>,
    downtimes: Read<Downtime>,
    rejected: Vec<Rejected>,
    requests: i64,
}

/// Loads all of it, in one transaction.
///
/// # Errors
/// When CRIC cannot be asked for sites and storage.
pub async fn load(app: &App, dry_run: bool) -> anyhow::Result<Loaded> {
    let remote = app.config.cric.as_ref().context("CRIC_URL is not set")?;
    let cric = Cric::new(&remote.url)?;
    let http = Http::new(Limits::default())?;
    if dry_run {
        let said = ask(&cric, &http).await?;
        return Ok(Loaded { source: Source::Cric, counts: said.counts(), files: 0 });
    }
    let mut run = Run::start(app, Source::Cric, Window::default()).await?;
    let done = all(app, &cric, &http, &mut run).await;
    let counts = run.counts;
    run.finish(app, done.as_ref().err().map(|error| format!("{error:#}"))).await?;
    done.map(|()| Loaded { source: Source::Cric, counts, files: 0 })
}

/// Sites and storage must be had; what the experiments' instances and the downtimes do not say is told as rejected.
async fn ask(cric: &Cric, http: &Http) -> anyhow::Result<Said> {
    let sites = cric.sites(http).await?;
    let storage = cric.storage(http).await?;
    let mut rejected: Vec<Rejected> = Vec::new();
    let mut missing =
        |what: &str, why: String| rejected.push(Rejected { place: what.to_owned(), reason: why });
    let mut names: Vec<(String, String, String)> = Vec::new();
    for site in &sites.items {
        for name in &site.experiment_sites {
            names.push((site.name.clone(), name.vo.clone(), name.name.clone()));
        }
    }
    for of in [Experiment::Atlas, Experiment::Cms] {
        match cric.experiment_sites(http, of).await {
            Ok(read) => {
                let known = read.items.into_iter().filter_map(|name| Some((name.site?, name.vo, name.name)));
                names.extend(known);
            }
            Err(fault) => missing("names of experiments", fault.to_string()),
        }
    }
    let rses = match cric.rses(http).await {
        Ok(read) => read.items,
        Err(fault) => {
            missing("Rucio storage elements", fault.to_string());
            Vec::new()
        }
    };
    let downtimes = match cric.downtimes(http).await {
        Ok(read) => read,
        Err(fault) => {
            missing("downtimes", fault.to_string());
            Read { items: Vec::new(), rejected: Vec::new() }
        }
    };
    Ok(Said { sites, storage, names, rses, downtimes, rejected, requests: 6 })
}

impl Said {
    fn counts(&self) -> Counts {
        let read =
            self.sites.items.len() + self.storage.items.len() + self.downtimes.items.len() + self.rses.len();
        let bad = self.sites.rejected.len() + self.storage.rejected.len() + self.downtimes.rejected.len();
        Counts {
            read: i64::try_from(read).unwrap_or_default(),
            bad: i64::try_from(bad + self.rejected.len()).unwrap_or_default(),
            requests: self.requests,
            ..Counts::default()
        }
    }
}

async fn all(app: &App, cric: &Cric, http: &Http, run: &mut Run) -> anyhow::Result<()> {
    let said = ask(cric, http).await?;
    let txn = crate::db::begin(&app.db).await?;
    run.counts.read = said.counts().read;
    run.counts.requests = said.requests;
    let rejected: Vec<Rejected> =
        [&said.rejected, &said.sites.rejected, &said.storage.rejected, &said.downtimes.rejected]
            .into_iter()
            .flatten()
            .cloned()
            .collect();
    run.reject(&txn, &rejected, app.now()).await?;
    let deed = Deed::system(Door::System, app.now());
    let mut writer = Writer { app, txn: &txn, deed, rejected: Vec::new() };
    writer.sites(run, &said.sites.items).await?;
    let book = SiteBook::read(&(&txn).into()).await?;
    writer.aliases(&book, &said).await?;
    writer.doors(run, &book, &said.storage.items).await?;
    writer.downtimes(run, &book, &said.downtimes.items).await?;
    let refused = std::mem::take(&mut writer.rejected);
    run.reject(&txn, &refused, app.now()).await?;
    run.keep(&txn, app.now()).await?;
    txn.commit().await?;
    Ok(())
}

struct Writer<'a> {
    app: &'a App,
    txn: &'a DatabaseTransaction,
    deed: Deed,
    rejected: Vec<Rejected>,
}

impl Writer<'_> {
    /// Writes one row like a form; what is wrong with it is told, and the rest goes on.
    async fn save(
        &mut self,
        run: &mut Run,
        table: &str,
        known: Option<i64>,
        what: &str,
        fields: Vec<(&str, Option<String>)>,
    ) -> Result<Option<i64>> {
        let resource = self.app.registry.table(table).ok_or(Error::NotFound)?;
        let save = Save { registry: &self.app.registry, resource, deed: &self.deed, given: Vec::new() };
        let fields = fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        let pk = known.map(|id| id.to_string());
        let target = pk.as_deref().map_or(Target::New, |pk| Target::Row(pk, None));
        match save.run(self.txn, target, &Input::partial(fields)).await {
            Ok(saved) => {
                run.counts.made += i64::from(known.is_none());
                run.counts.changed += i64::from(known.is_some() && !saved.changes.is_empty());
                Ok(key_number(saved.row.key()))
            }
            Err(Error::Invalid(errors)) => {
                self.rejected.push(Rejected { place: what.to_owned(), reason: format!("{errors:?}") });
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    async fn sites(&mut self, run: &mut Run, sites: &[Site]) -> Result<()> {
        let known: HashMap<String, i64> = site::Entity::find()
            .all(self.txn)
            .await?
            .into_iter()
            .map(|row| (row.name.to_lowercase(), row.id))
            .collect();
        for site in sites {
            let id = known.get(&site.name.to_lowercase()).copied();
            let status = site.active.map(|active| if active { "active" } else { "disabled" }.to_owned());
            let fields = vec![
                ("name", id.is_none().then(|| site.name.clone())),
                ("country", site.country.clone()),
                ("tier", site.tier.map(|tier| tier.to_string())),
                ("cloud", site.federation.as_deref().map(|text| crate::admin::shorten(text, 64))),
                ("status", status),
                ("cric_id", site.id.map(|id| id.to_string())),
                ("latitude", site.latitude.map(|degrees| degrees.to_string())),
                ("longitude", site.longitude.map(|degrees| degrees.to_string())),
            ];
            self.save(run, "site", id, &site.name, fields).await?;
        }
        Ok(())
    }

    /// Names that experiments use, and RSEs: not edited by people, so written directly.
    async fn aliases(&self, book: &SiteBook, said: &Said) -> Result<()> {
        let mut known: HashSet<(site_alias::Kind, String, String)> = site_alias::Entity::find()
            .all(self.txn)
            .await?
            .into_iter()
            .map(|row| (row.kind, row.vo, row.value))
            .collect();
        let names = said.names.iter().map(|(site, vo, name)| {
            (site_alias::Kind::ExperimentSite, Some(site.clone()), vo.clone(), name.clone())
        });
        let rses = said.rses.iter().map(|rse| {
            let site = rse.site.clone().or_else(|| rse.experiment_site.clone());
            (site_alias::Kind::Rse, site, Experiment::Atlas.vo().to_owned(), rse.name.clone())
        });
        for (kind, site, vo, value) in names.chain(rses) {
            let Some(site) = site else { continue };
            let Found::Site(site_id) = book.find(&Place::at_site(&site)) else { continue };
            if site_id == book.unknown()
                || value.len() > 255
                || !known.insert((kind, vo.clone(), value.clone()))
            {
                continue;
            }
            let row = site_alias::ActiveModel {
                site_id: Set(site_id),
                vo: Set(vo),
                kind: Set(kind),
                value: Set(value),
                created_at: Set(self.deed.at),
                updated_at: Set(self.deed.at),
                version: Set(1),
                ..Default::default()
            };
            site_alias::Entity::insert(row).exec_without_returning(self.txn).await?;
        }
        Ok(())
    }

    async fn doors(&mut self, run: &mut Run, book: &SiteBook, elements: &[StorageElement]) -> Result<()> {
        let known: HashMap<(String, String, String, i32), i64> = storage_endpoint::Entity::find()
            .all(self.txn)
            .await?
            .into_iter()
            .map(|row| ((row.se_name, row.scheme, row.host, row.port), row.id))
            .collect();
        let mut seen = HashSet::new();
        for element in elements {
            let Found::Site(site) = book.find(&Place::at_site(&element.site)) else { continue };
            for door in &element.doors {
                let address = &door.address;
                let scheme = address.scheme.clone().unwrap_or_else(|| "any".into());
                let port = address.port.map_or(0, i32::from);
                let key = (element.name.clone(), scheme.clone(), address.host.clone(), port);
                if !seen.insert(key.clone()) {
                    continue;
                }
                let state = if door.active && element.active { "active" } else { "disabled" };
                let fields = vec![
                    ("site", Some(site.to_string())),
                    ("se_name", Some(element.name.clone())),
                    ("scheme", Some(scheme)),
                    ("host", Some(address.host.clone())),
                    ("port", Some(port.to_string())),
                    ("state", Some(state.to_owned())),
                ];
                self.save(run, "storage_endpoint", known.get(&key).copied(), &element.name, fields).await?;
            }
        }
        Ok(())
    }

    async fn downtimes(&mut self, run: &mut Run, book: &SiteBook, downtimes: &[Downtime]) -> Result<()> {
        for announced in downtimes {
            let Found::Site(site) = book.find(&Place::at_site(&announced.site)) else { continue };
            let known = downtime::Entity::find()
                .filter(downtime::Column::ExternalId.eq(&announced.id))
                .one(self.txn)
                .await?;
            let short =
                |text: &Option<String>, max| text.as_deref().map(|text| crate::admin::shorten(text, max));
            let fields = vec![
                ("site", Some(site.to_string())),
                ("starts_at", Some(announced.starts.to_rfc3339())),
                ("ends_at", Some(announced.ends.to_rfc3339())),
                ("severity", Some(if announced.outage { "outage" } else { "warning" }.to_owned())),
                (
                    "classification",
                    Some(if announced.scheduled { "scheduled" } else { "unscheduled" }.to_owned()),
                ),
                ("description", short(&announced.description, 1000)),
                ("url", short(&announced.url, 500)),
                ("external_id", Some(crate::admin::shorten(&announced.id, 128))),
            ];
            self.save(run, "downtime", known.map(|row| row.id), &announced.id, fields).await?;
        }
        Ok(())
    }
}
