//! Sites, under their common name and under those of experiments.
use super::entries::Entry;
use super::{Read, first_name, is_active, name_of};
use crate::sources::lenient::{Number, Text, Texts, Whole};
use serde::Deserialize;
use serde_json::Value;

/// A computing centre.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Site {
    /// Name that the experiments share.
    pub name: String,
    /// Number in CRIC.
    pub id: Option<i64>,
    /// Two letters (ISO 3166).
    pub country: Option<String>,
    /// 0 to 3.
    pub tier: Option<u8>,
    /// First of the federations it belongs to.
    pub federation: Option<String>,
    /// Degrees.
    pub latitude: Option<f64>,
    /// Degrees.
    pub longitude: Option<f64>,
    /// Whether it is in use; `None` if CRIC does not say.
    pub active: Option<bool>,
    /// Its names in experiments.
    pub experiment_sites: Vec<ExperimentSite>,
}

/// A site as an experiment names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExperimentSite {
    /// Name in the experiment.
    pub name: String,
    /// The experiment.
    pub vo: String,
    /// Common name, if it is known.
    pub site: Option<String>,
}

/// Of `core/rcsite`.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Fields<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    id: Whole,
    country_code: Text<'a>,
    rc_tier_level: Whole,
    federations: Texts,
    latitude: Number,
    longitude: Number,
    state: Text<'a>,
    sites: Value,
}

pub(super) fn site(entry: &Entry, read: &mut Read<Site>) -> Result<(), String> {
    let fields: Fields<'_> = entry.fields()?;
    let name = entry.named(&fields.name)?;
    let within = |Number(number): Number, most: f64| number.filter(|number| number.abs() <= most);
    let country = fields
        .country_code
        .said()
        .filter(|code| code.len() == 2 && code.bytes().all(|letter| letter.is_ascii_alphabetic()));
    read.items.push(Site {
        id: fields.id.0,
        country: country.map(|code| code.to_ascii_uppercase()),
        tier: fields.rc_tier_level.0.and_then(|tier| u8::try_from(tier).ok()).filter(|tier| *tier <= 3),
        federation: fields.federations.0.into_iter().next(),
        latitude: within(fields.latitude, 90.0),
        longitude: within(fields.longitude, 180.0),
        active: is_active(&fields.state),
        experiment_sites: experiment_sites(&fields.sites, &name),
        name,
    });
    Ok(())
}

/// `[{"name": "CERN-PROD", "vo_name": "atlas"}, …]`, or `{"atlas": ["CERN-PROD"], …}`; anything else says nothing.
fn experiment_sites(value: &Value, site: &str) -> Vec<ExperimentSite> {
    let text = |value: &Value| value.as_str().and_then(|text| name_of(text).ok().flatten());
    let make = |name, vo: &str| ExperimentSite { name, vo: vo.to_lowercase(), site: Some(site.to_owned()) };
    match value {
        Value::Array(list) => list
            .iter()
            .filter_map(|entry| {
                let vo = text(entry.get("vo_name").or_else(|| entry.get("vo"))?)?;
                Some(make(text(entry.get("name")?)?, &vo))
            })
            .collect(),
        Value::Object(by_vo) => by_vo
            .iter()
            .flat_map(|(vo, names)| {
                let names = match names {
                    Value::Array(names) => names.iter().filter_map(text).collect(),
                    one => text(one).into_iter().collect::<Vec<_>>(),
                };
                names.into_iter().map(move |name| make(name, vo))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Of `atlas/site` and `cms/site`, which call the common name differently.
#[derive(Deserialize, Default)]
#[serde(default)]
struct ExperimentFields<'a> {
    #[serde(borrow)]
    name: Text<'a>,
    rcsite: Text<'a>,
    rc_site: Text<'a>,
    rcsite_name: Text<'a>,
    rc_site_name: Text<'a>,
}

pub(super) fn experiment_site(
    entry: &Entry,
    vo: &str,
    read: &mut Read<ExperimentSite>,
) -> Result<(), String> {
    let fields: ExperimentFields<'_> = entry.fields()?;
    let common = [&fields.rcsite, &fields.rc_site, &fields.rcsite_name, &fields.rc_site_name];
    let (name, site) = (entry.named(&fields.name)?, first_name(common)?);
    read.items.push(ExperimentSite { name, vo: vo.to_owned(), site });
    Ok(())
}
