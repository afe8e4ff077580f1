//! One ticket.
use super::answer::Names;
use super::{CLOSED, Ggus};
use crate::sources::lenient::{Text, Texts, Whole, time};
use crate::sources::record::{clean, known};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// A ticket, as far as it concerns operations; nobody's name is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// Number in the database of the helpdesk.
    pub id: i64,
    /// Number that people use; text, since old ones and those of other helpdesks differ.
    pub reference: String,
    /// Subject.
    pub title: String,
    /// Page for people.
    pub url: String,
    /// State in the helpdesk's words.
    pub state: String,
    /// Whether somebody has to do something about it.
    pub open: bool,
    /// Priority in the helpdesk's words.
    pub priority: Option<String>,
    /// Such as `TEAM`, `ALARM`; not reliable.
    pub kind: Option<String>,
    /// Area of the problem.
    pub area: Option<String>,
    /// Who works on it.
    pub group: Option<String>,
    /// Experiments concerned.
    pub vos: Vec<String>,
    /// Sites that were told: common names, names in CMS.
    pub sites: Vec<String>,
    /// Groups that were told.
    pub groups: Vec<i64>,
    /// When it was opened.
    pub opened: Option<DateTime<Utc>>,
    /// When it was last changed.
    pub changed: Option<DateTime<Utc>>,
    /// When it was closed.
    pub closed: Option<DateTime<Utc>>,
}

type Row = Map<String, Value>;

/// Number of a row.
pub(super) fn id(row: &Row) -> Option<i64> {
    row.get("id").and_then(|value| Whole::deserialize(value).ok())?.0.filter(|id| *id > 0)
}

pub(super) fn ticket(id: i64, row: &Row, names: &Names, ggus: &Ggus) -> Result<Ticket, String> {
    let state = names.of("state", row).ok_or("has no state")?;
    let reference = text(row, "number", 64).unwrap_or_else(|| id.to_string());
    let fields = &ggus.fields;
    let mut sites = site_names(list(row, &fields.sites));
    sites.extend(site_names(list(row, &fields.cms_sites)));
    sites.sort();
    sites.dedup();
    let groups = list(row, &fields.groups).iter().filter_map(|number| number.parse().ok()).collect();
    let when = |name: &str| text(row, name, 64).and_then(|text| time(&text));
    let cut = |text: String, longest| clean(Cow::Owned(text), longest).into_owned();
    Ok(Ticket {
        id,
        url: ggus.page(&id.to_string()),
        reference,
        title: text(row, "title", 255).unwrap_or_else(|| "(no title)".to_owned()),
        open: !CLOSED.contains(&&*state.to_lowercase()),
        state: cut(state, 32),
        priority: names.of("priority", row).map(|text| cut(text, 32)),
        kind: text(row, "type", 32),
        area: text(row, &fields.area, 128),
        group: names.of("group", row).map(|text| cut(text, 128)),
        vos: list(row, &fields.vo).iter().map(|vo| vo.to_lowercase()).collect(),
        sites,
        groups,
        opened: when("created_at"),
        changed: when("updated_at"),
        closed: when("close_at"),
    })
}

/// A field that may be missing or empty.
fn text(row: &Row, name: &str, longest: usize) -> Option<String> {
    let text = row.get(name).and_then(|value| Text::deserialize(value).ok())?.said()?;
    Some(clean(Cow::Owned(text), longest).into_owned())
}

/// A field that may be missing, a text or a list; texts may hold several, with commas.
fn list(row: &Row, name: &str) -> Vec<String> {
    let texts = row.get(name).and_then(|value| Texts::deserialize(value).ok()).unwrap_or_default();
    let parts = texts.0.iter().flat_map(|text| text.split([',', ';']));
    parts.map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned).collect()
}

fn site_names(texts: Vec<String>) -> Vec<String> {
    texts.iter().filter_map(|text| before_colon(text)).collect()
}

/// `T2_US_Nebraska` of `T2_US_Nebraska: Nebraska`.
pub(super) fn before_colon(text: &str) -> Option<String> {
    let name = text.split(':').next().unwrap_or_default();
    known(Cow::Borrowed(name)).map(Cow::into_owned)
}
