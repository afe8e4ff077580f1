//! Tickets of GGUS, the helpdesk of EGI and WLCG: a Zammad with fields of its own
//! (<https://docs.zammad.org/en/latest/api/intro.html>, <https://docs.zammad.org/en/latest/api/ticket/index.html>).
mod answer;
mod ticket;

use super::fault::Fault;
use super::http::{Credentials, Http};
use super::lenient::Texts;
use super::record::Rejected;
use answer::{Answer, Names};
use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

pub use ticket::Ticket;

/// States of tickets that nobody works on any more. `closed` comes ten working days after `solved`, `verified` from
/// the submitter, `merged` is Zammad's own.
const CLOSED: [&str; 5] = ["solved", "unsolved", "verified", "closed", "merged"];
/// Tickets to a page. Zammad gives at most 200.
const PAGE: &str = "100";
/// Pages of one run: a thousand times what is ever open.
const MOST_PAGES: u32 = 5000;
/// The search index of Zammad is behind its database by some minutes, so tickets are asked for from before then.
const OVERLAP: Duration = Duration::minutes(15);

/// Where the helpdesk is, who asks, and what its own fields are called.
#[derive(Clone, Debug)]
pub struct Ggus {
    /// Such as `https://helpdesk.ggus.eu/`.
    base: Url,
    credentials: Credentials,
    /// Names of its own fields.
    pub fields: Fields,
}

/// Fields that GGUS added to Zammad: any of them may be missing, `null`, a text or a list.
#[derive(Clone, Debug)]
pub struct Fields {
    /// Experiments concerned.
    pub vo: String,
    /// Common names of sites.
    pub sites: String,
    /// CMS's names of sites, each before a colon; in groups, too.
    pub cms_sites: String,
    /// The same in groups.
    pub cms_site_of_group: String,
    /// Numbers of the groups that were told.
    pub groups: String,
    /// Area of the problem.
    pub area: String,
}

impl Default for Fields {
    fn default() -> Self {
        Self {
            vo: "vo_support".into(),
            sites: "wlcg_sites".into(),
            cms_sites: "cms_site_names".into(),
            cms_site_of_group: "cms_site_name".into(),
            groups: "notified_groups".into(),
            area: "area".into(),
        }
    }
}

/// Words before the token in the `Authorization` header.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenStyle {
    /// `Token token=…`, as Zammad documents it.
    #[default]
    Zammad,
    /// `Token …`, as the CMS tools send it.
    Plain,
    /// `Bearer …`, for OAuth 2.
    Bearer,
}

/// Tickets that were found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// In the order of their numbers.
    pub tickets: Vec<Ticket>,
    /// What could not be read.
    pub rejected: Vec<Rejected>,
    /// The latest change among them: from where to go on next time.
    pub latest: Option<DateTime<Utc>>,
    /// Requests it took.
    pub requests: u32,
}

/// A group of people who work on tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Number.
    pub id: i64,
    /// Name with those of the groups above it.
    pub name: String,
    /// The site it belongs to, in the words of GGUS or CMS.
    pub site: Option<String>,
}

impl Ggus {
    /// A helpdesk with GGUS's fields.
    ///
    /// # Errors
    /// When address or token are none.
    pub fn new(base: &str, token: &str, style: TokenStyle) -> anyhow::Result<Self> {
        let words = match style {
            TokenStyle::Zammad => "Token token=",
            TokenStyle::Plain => "Token ",
            TokenStyle::Bearer => "Bearer ",
        };
        Ok(Self {
            base: Url::parse(&format!("{}/", base.trim_end_matches('/')))?,
            credentials: Credentials::token(words, token)?,
            fields: Fields::default(),
        })
    }

    /// The page of a ticket, for people. Numbers of the helpdesk before 2025, of six digits, are in its archive.
    #[must_use]
    pub fn page(&self, reference: &str) -> String {
        let digits = reference.bytes().all(|byte| byte.is_ascii_digit());
        if digits && reference.len() <= 6 {
            return format!("https://ggus.eu/?mode=ticket_info&ticket_id={reference}");
        }
        let mut url = self.base.clone();
        url.set_fragment(Some(&format!("ticket/zoom/{reference}")));
        url.into()
    }

    /// All tickets that changed since a time, whatever their state; without a time, all open ones.
    ///
    /// # Errors
    /// When an answer is missing, refused or cannot be read: then there is nothing, not a part.
    pub async fn tickets(&self, http: &Http, since: Option<DateTime<Utc>>) -> Result<Found, Fault> {
        let (mut found, mut names, mut last) = (Found::default(), Names::default(), 0);
        for _ in 0..MOST_PAGES {
            let url = self.search(&condition(since), last);
            found.requests += 1;
            let answer: Answer = http.get(&url, &self.credentials).await?;
            let page = answer.tickets(&mut names);
            let page = page.ok_or_else(|| self.unreadable("answers with a part of the tickets only"))?;
            if page.is_empty() {
                self.add_sites(http, &mut found).await?;
                return Ok(found);
            }
            let before = last;
            for fields in &page {
                let Some(id) = ticket::id(fields) else {
                    return Err(self.unreadable("answers with a ticket without a number"));
                };
                last = last.max(id);
                self.add_names(http, fields, &mut names, &mut found).await?;
                match ticket::ticket(id, fields, &names, self) {
                    Ok(ticket) => {
                        found.latest = found.latest.max(ticket.changed);
                        found.tickets.push(ticket);
                    }
                    Err(reason) => {
                        found.rejected.push(Rejected::new(format!("ticket {id}"), reason));
                    }
                }
            }
            if last == before {
                return Err(self.unreadable("answers with the same tickets again"));
            }
        }
        Err(self.unreadable("has more tickets than can be"))
    }

    /// All groups.
    ///
    /// # Errors
    /// When there is no answer that can be read.
    pub async fn groups(&self, http: &Http) -> Result<Vec<Group>, Fault> {
        let rows: Vec<Map<String, Value>> = http.get(&self.url("groups"), &self.credentials).await?;
        Ok(rows.iter().filter_map(|row| self.group(row)).collect())
    }

    fn group(&self, row: &Map<String, Value>) -> Option<Group> {
        let text =
            |name: &str| row.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
        let name = text("name")?;
        let own = text("name_last").or(name.rsplit("::").next()).filter(|name| !name.starts_with("CMS "));
        let cms = row.get(&self.fields.cms_site_of_group).and_then(|value| Texts::deserialize(value).ok());
        let site = cms.and_then(|Texts(names)| ticket::before_colon(names.first()?));
        Some(Group {
            id: ticket::id(row)?,
            name: name.to_owned(),
            site: site.or_else(|| own.map(str::to_owned)),
        })
    }

    fn search(&self, condition: &str, last: i64) -> Url {
        let mut url = self.url("tickets/search");
        url.query_pairs_mut()
            .append_pair("query", &format!("({condition} AND id:>{last})"))
            .append_pair("sort_by", "id")
            .append_pair("order_by", "asc")
            .append_pair("limit", PAGE)
            .append_pair("expand", "true");
        url
    }

    fn url(&self, path: &str) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(["api", "v1"]).extend(path.split('/'));
        }
        url
    }

    /// A helpdesk that does not expand numbers to names is asked for the names, once.
    async fn add_names(
        &self,
        http: &Http,
        fields: &Map<String, Value>,
        names: &mut Names,
        found: &mut Found,
    ) -> Result<(), Fault> {
        for (kind, path) in [("state", "ticket_states"), ("priority", "ticket_priorities")] {
            if names.lack(kind, fields) {
                found.requests += 1;
                names.add(kind, &http.get(&self.url(path), &self.credentials).await?);
            }
        }
        Ok(())
    }

    /// Where a ticket names no site, the groups that were told do.
    async fn add_sites(&self, http: &Http, found: &mut Found) -> Result<(), Fault> {
        let lacks = |ticket: &Ticket| ticket.sites.is_empty() && !ticket.groups.is_empty();
        if !found.tickets.iter().any(lacks) {
            return Ok(());
        }
        found.requests += 1;
        let groups = self.groups(http).await?;
        for ticket in found.tickets.iter_mut().filter(|ticket| lacks(ticket)) {
            let told = groups.iter().filter(|group| ticket.groups.contains(&group.id));
            ticket.sites = told.filter_map(|group| group.site.clone()).collect();
        }
        Ok(())
    }

    fn unreadable(&self, what: &str) -> Fault {
        Fault::unreadable(self.base.host_str().unwrap_or_default(), what)
    }
}

/// Of the search index, in its own syntax.
fn condition(since: Option<DateTime<Utc>>) -> String {
    match since {
        Some(since) => {
            let since = (since - OVERLAP).to_rfc3339_opts(SecondsFormat::Secs, true);
            format!("updated_at:[{since} TO *]")
        }
        None => {
            let closed = CLOSED.map(|state| format!("(state.name:{state})")).join(" OR ");
            format!("!({closed})")
        }
    }
}
