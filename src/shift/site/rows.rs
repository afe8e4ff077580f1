//! Rows of the tables on a site's page, with names in place of keys.
use super::asked::Asked;
use super::counts::{Ended, RoleCounts, title};
use super::failing::{Failing, Partner};
use crate::admin::{capitalise, shorten, thousands};
use crate::error::Result;
use crate::loading::UNKNOWN;
use crate::shift::board::plural;
use crate::shift::numbers::percent;
use crate::shift::window::Window;
use crate::shift::{site_path, with_query};
use chrono::{DateTime, Utc};
use entity::incident::{self, State};
use entity::issue::Attribution;
use entity::site_hour::Role;
use entity::{error_category, site};
use sea_orm::{ActiveEnum, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Links and errors shown; the lists behind them have all.
const LINKS: usize = 15;
/// Errors shown.
const ERRORS: usize = 10;
/// Characters of a sample message.
const SAMPLE: usize = 300;

/// What sites and error categories are called.
#[derive(Default)]
pub(super) struct Names {
    sites: HashMap<i64, String>,
    categories: HashMap<i64, String>,
}

impl Names {
    pub(super) async fn read(
        db: &DatabaseConnection,
        sites: BTreeSet<i64>,
        categories: BTreeSet<i64>,
    ) -> Result<Self> {
        let mut names = Self::default();
        if !sites.is_empty() {
            let rows = site::Entity::find().select_only().columns([site::Column::Id, site::Column::Name]);
            let rows = rows.filter(site::Column::Id.is_in(sites)).into_tuple().all(db).await?;
            names.sites = rows.into_iter().collect();
        }
        if !categories.is_empty() {
            use error_category::Column::{Id, Title};
            let rows = error_category::Entity::find().select_only().columns([Id, Title]);
            let rows = rows.filter(Id.is_in(categories)).into_tuple().all(db).await?;
            names.categories = rows.into_iter().collect();
        }
        Ok(names)
    }

    /// Monitoring does not name every site.
    fn site(&self, id: Option<i64>) -> &str {
        id.and_then(|id| self.sites.get(&id)).map_or(UNKNOWN, String::as_str)
    }

    fn category(&self, id: Option<i64>) -> &str {
        id.and_then(|id| self.categories.get(&id)).map_or("Not classified yet", String::as_str)
    }

    fn blamed(&self, issue: &Failing) -> String {
        match issue.attribution {
            Attribution::Source => self.site(issue.src).to_owned(),
            Attribution::Destination => self.site(issue.dst).to_owned(),
            Attribution::Link => "the network between".into(),
            Attribution::Service => "FTS or Rucio".into(),
            Attribution::Unclear => "not clear".into(),
        }
    }
}

/// Keys of all sites that the page names.
pub(super) fn sites_named(
    partners: &[Vec<Partner>],
    issues: &[Vec<Failing>],
    incidents: &[incident::Model],
) -> BTreeSet<i64> {
    let links = partners.iter().flat_map(|partners| partners.iter().take(LINKS)).map(|partner| partner.site);
    let ends = issues.iter().flatten().flat_map(|issue| [issue.src, issue.dst]).flatten();
    let told = incidents.iter().flat_map(|row| [Some(row.site_id), row.partner_site_id]).flatten();
    links.chain(ends).chain(told).collect()
}

/// The site in one role: what goes wrong with which others.
pub(super) struct RoleCard {
    pub(super) title: &'static str,
    /// What the other end is.
    pub(super) other: &'static str,
    pub(super) rows: Vec<LinkRow>,
    /// Other ends with attempts.
    pub(super) partners: usize,
    /// Those with failures.
    pub(super) failing: usize,
    /// All issues of the site in this role.
    pub(super) all: String,
}

/// One link.
pub(super) struct LinkRow {
    pub(super) name: String,
    pub(super) href: String,
    pub(super) ended: Ended,
    /// The error that is behind most failures: its name, its issue, who is blamed for it.
    pub(super) leading: Option<(String, i64, String)>,
}

/// The change list of a site's issues in a role.
fn all_issues(asked: &Asked, site: i64, role: Role) -> String {
    let own = match role {
        Role::Source => "src_site__exact",
        Role::Destination => "dst_site__exact",
    };
    let pairs = [(own, &*site.to_string()), ("operation__exact", &*asked.operation.to_value())];
    with_query("/admin/issues/", &pairs)
}

pub(super) fn role_card(
    asked: &Asked,
    site: i64,
    role: &RoleCounts,
    partners: &[Partner],
    issues: &[Failing],
    names: &Names,
) -> RoleCard {
    let row = |partner: &Partner| {
        let name = names.site(Some(partner.site)).to_owned();
        // What monitoring could not resolve is a site by name, and none in an issue.
        let is_it = |other: Option<i64>| other == Some(partner.site) || (other.is_none() && name == UNKNOWN);
        let leading = issues.iter().find(|issue| is_it(issue.partner(role.role)));
        LinkRow {
            href: site_path(&name),
            ended: partner.ended,
            leading: leading
                .map(|issue| (names.category(issue.category).to_owned(), issue.id, names.blamed(issue))),
            name,
        }
    };
    let failing = partners.iter().filter(|partner| partner.ended.failed > 0);
    RoleCard {
        title: role.title(),
        other: match role.role {
            Role::Source => title(Role::Destination),
            Role::Destination => title(Role::Source),
        },
        rows: failing.clone().take(LINKS).map(row).collect(),
        partners: partners.len(),
        failing: failing.count(),
        all: all_issues(asked, site, role.role),
    }
}

/// One error at the site.
pub(super) struct ErrorRow {
    pub(super) category: Option<i64>,
    pub(super) title: String,
    /// The issue with most of its failures.
    pub(super) issue: i64,
    pub(super) attribution: Attribution,
    pub(super) sample: String,
    pub(super) rate: String,
    pub(super) share: String,
    pub(super) issues: usize,
    pub(super) blame: String,
}

/// What failed most, by error; an issue of the site with itself counts once.
pub(super) struct Errors {
    pub(super) leading: Vec<(Failing, i64, usize)>,
    total: i64,
}

impl Errors {
    pub(super) fn group(issues: &[Vec<Failing>]) -> Self {
        let mut seen = BTreeSet::new();
        let mut groups: HashMap<Option<i64>, (Failing, i64, usize)> = HashMap::new();
        let mut total = 0_i64;
        for issue in issues.iter().flatten().filter(|issue| seen.insert(issue.id)) {
            total = total.saturating_add(issue.failures);
            let group = groups.entry(issue.category).or_insert_with(|| (issue.clone(), 0, 0));
            if issue.failures > group.0.failures {
                group.0 = issue.clone();
            }
            group.1 = group.1.saturating_add(issue.failures);
            group.2 += 1;
        }
        let mut leading: Vec<_> = groups.into_values().filter(|group| group.1 > 0).collect();
        leading.sort_by_key(|(issue, failures, _)| (-failures, issue.id));
        leading.truncate(ERRORS);
        Self { leading, total }
    }

    /// Rows with samples of their messages.
    pub(super) fn rows(
        &self,
        samples: &HashMap<i64, String>,
        names: &Names,
        window: Window,
    ) -> Vec<ErrorRow> {
        let row = |(issue, failures, issues): &(Failing, i64, usize)| ErrorRow {
            category: issue.category,
            title: names.category(issue.category).to_owned(),
            issue: issue.id,
            attribution: issue.attribution,
            sample: samples.get(&issue.id).map_or_else(String::new, |text| shorten(text.trim(), SAMPLE)),
            rate: thousands(window.per_hour(*failures)),
            share: share(*failures, self.total),
            issues: *issues,
            blame: names.blamed(issue),
        };
        self.leading.iter().map(row).collect()
    }
}

#[expect(clippy::cast_precision_loss, reason = "a share, shown with three digits")]
fn share(part: i64, whole: i64) -> String {
    percent(part as f64 / whole.max(1) as f64)
}

/// An open incident.
pub(super) struct IncidentLine {
    pub(super) id: i64,
    pub(super) what: String,
    pub(super) state: (&'static str, &'static str),
    pub(super) since: DateTime<Utc>,
    pub(super) counts: String,
    pub(super) category: Option<String>,
    pub(super) evidence: Option<String>,
}

pub(super) fn incident_line(row: &incident::Model, site: i64, names: &Names) -> IncidentLine {
    let operation = capitalise(plural(row.operation));
    let what = match row.role {
        incident::Role::Source => format!("{operation} as source"),
        incident::Role::Destination => format!("{operation} as destination"),
        // Of a link, the other end is the source.
        incident::Role::Link if row.site_id == site => {
            format!("{operation} from {}", names.site(row.partner_site_id))
        }
        incident::Role::Link => format!("{operation} to {}", names.site(Some(row.site_id))),
    };
    IncidentLine {
        id: row.id,
        what,
        state: if row.state == State::Open { ("bad", "open") } else { ("warn", "acknowledged") },
        since: row.started_at,
        counts: format!("{} of {} attempts failed", thousands(row.failures), thousands(row.attempts)),
        category: row.category_id.map(|id| names.category(Some(id)).to_owned()),
        evidence: row.evidence.clone(),
    }
}
