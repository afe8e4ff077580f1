//! Outages that sites announced in GOCDB or OSG's topology, as CRIC collects them.
use super::entries::Entry;
use super::{Read, name_of};
use crate::sources::lenient::{Text, Texts, time};
use crate::sources::record::clean;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use std::borrow::Cow;
use url::Url;

const LONGEST_DESCRIPTION: usize = 1000;

/// An announced outage of one site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Downtime {
    /// The same whenever the downtime is read again.
    pub id: String,
    /// Who is down.
    pub site: String,
    /// From.
    pub starts: DateTime<Utc>,
    /// Until, not included.
    pub ends: DateTime<Utc>,
    /// Nothing works; otherwise it is at risk.
    pub outage: bool,
    /// Announced in time.
    pub scheduled: bool,
    /// In the site's words.
    pub description: Option<String>,
    /// Announcement.
    pub url: Option<String>,
    /// What is down.
    pub services: Vec<String>,
}

/// Of `core/downtime`; names of fields are partly a guess, so each has its alternatives.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    id: Text<'a>,
    rcsite: Texts,
    site: Texts,
    start_time: Text<'a>,
    end_time: Text<'a>,
    severity: Text<'a>,
    classification: Text<'a>,
    description: Text<'a>,
    url: Text<'a>,
    info_url: Text<'a>,
    affected_services: Texts,
}

/// Several sites may share one announcement.
pub(super) fn downtimes(entry: &Entry, read: &mut Read<Downtime>) -> Result<(), String> {
    let fields: Fields<'_> = entry.fields()?;
    let when = |text: &Text<'_>, what: &str| {
        time(text.as_str()).ok_or_else(|| format!("has no {what} time: “{}”", text.as_str().escape_debug()))
    };
    let (starts, ends) = (when(&fields.start_time, "start")?, when(&fields.end_time, "end")?);
    if ends <= starts {
        return Err("ends before it starts".into());
    }
    let sites = if fields.rcsite.0.is_empty() { &fields.site.0 } else { &fields.rcsite.0 };
    let sites: Vec<String> =
        sites.iter().filter_map(|site| name_of(site).transpose()).collect::<Result<_, _>>()?;
    if sites.is_empty() {
        return Err("does not say which site is down".into());
    }
    let key = (!entry.grouped).then(|| entry.key.clone());
    let (severity, class) =
        (fields.severity.as_str().to_uppercase(), fields.classification.as_str().to_uppercase());
    let url = fields.url.said().or(fields.info_url.said()).filter(|url| is_link(url));
    for site in &sites {
        let id = match fields.id.said().or_else(|| key.clone()) {
            Some(id) if sites.len() == 1 => id,
            Some(id) => format!("{id} {site}"),
            None => format!("{site} {}", starts.format("%Y-%m-%dT%H:%MZ")),
        };
        read.items.push(Downtime {
            id,
            site: site.clone(),
            starts,
            ends,
            outage: !(severity.contains("RISK") || severity.contains("WARNING")),
            scheduled: !class.starts_with("UN"),
            description: fields
                .description
                .said()
                .map(|text| clean(Cow::Owned(text), LONGEST_DESCRIPTION).into_owned()),
            url: url.clone(),
            services: fields.affected_services.0.clone(),
        });
    }
    Ok(())
}

/// Whether it can be made a link: a page, not a script.
fn is_link(text: &str) -> bool {
    Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}
