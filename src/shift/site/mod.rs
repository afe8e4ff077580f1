//! All that concerns one site: the page that messages about incidents lead to.
mod around;
mod asked;
mod counts;
mod done;
mod failing;
mod find;
mod lead;
mod read;
mod rows;

use super::{site_path, with_query};
use crate::admin::Verb;
use crate::console::cric_page;
use crate::error::{Error, Result};
use crate::loading::UNKNOWN;
use crate::suggestions::Suggestion;
use crate::web::{Chrome, Crumb, Visit, found, render};
use around::{DowntimeLine, MuteLine, TicketLine};
use askama::Template;
use asked::Choice;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::{DateTime, Utc};
use counts::{Day, RoleCounts};
use done::{Note, Taken};
use entity::site;
use find::Found;
use lead::Lead;
use read::Read;
use rows::{ErrorRow, Errors, IncidentLine, RoleCard};

#[derive(Template)]
#[template(path = "shift/site.html")]
struct SitePage {
    chrome: Chrome,
    now: DateTime<Utc>,
    site: site::Model,
    about: String,
    links: Links,
    windows: Vec<Choice>,
    operations: Vec<Choice>,
    notes: Vec<String>,
    operation: String,
    words: String,
    until: DateTime<Utc>,
    /// How long nothing has been counted, if that is long.
    age: Option<String>,
    lead: Lead,
    roles: Vec<RoleCounts>,
    cards: Vec<RoleCard>,
    days: Vec<Day>,
    errors: Vec<ErrorRow>,
    offers: Vec<Suggestion>,
    /// `None` without the right to see them; so it is with the others below.
    incidents: Option<Vec<IncidentLine>>,
    tickets: Option<Vec<TicketLine>>,
    downtimes: Option<Vec<DowntimeLine>>,
    taken: Option<Vec<Taken>>,
    written: Option<Vec<Note>>,
    mutes: Vec<MuteLine>,
    may: May,
}

impl SitePage {
    fn open_tickets(&self) -> usize {
        self.tickets.iter().flatten().filter(|ticket| ticket.open).count()
    }

    /// Tickets that nobody answers.
    fn silent(&self) -> usize {
        self.tickets.iter().flatten().filter(|ticket| ticket.silent.is_some()).count()
    }

    /// The worst error that is classified: what the offers are against.
    fn worst(&self) -> Option<&ErrorRow> {
        self.errors.iter().find(|error| error.category.is_some())
    }
}

/// Pages about the same site.
struct Links {
    matrix: String,
    report: String,
    cric: Option<String>,
}

impl Links {
    fn to(visit: &Visit, site: &site::Model) -> Self {
        Self {
            matrix: with_query("/matrix/", &[("site", &site.name)]),
            report: with_query("/report/", &[("site", &site.name)]),
            cric: cric_page(&visit.app, &site.name),
        }
    }
}

/// What the visitor may do here.
struct May {
    change: bool,
    note: bool,
    record: bool,
}

#[derive(Template)]
#[template(path = "shift/site_unknown.html")]
struct UnknownPage {
    chrome: Chrome,
    name: String,
    perhaps: Vec<(String, String)>,
}

/// `GET /sites/<name>/`
pub async fn show(visit: Visit, Path(name): Path<String>) -> Result<Response> {
    let actor = visit.actor()?;
    actor.must("sites", Verb::View)?;
    actor.must("issues", Verb::View)?;
    match find::find(&visit.app.db, &name).await? {
        Found::Site(site) => draw(&visit, *site).await,
        Found::Named(name) if visit.query.is_empty() => Ok(found(&site_path(&name))),
        Found::Named(name) => Ok(found(&format!("{}?{}", site_path(&name), visit.query))),
        Found::Perhaps(_) if visit.json => Err(Error::NotFound),
        Found::Perhaps(names) => unknown(&visit, &name, names).await,
    }
}

async fn unknown(visit: &Visit, name: &str, perhaps: Vec<String>) -> Result<Response> {
    let title = "There is no such site";
    let page = UnknownPage {
        chrome: visit
            .chrome(title, vec![Crumb::to("Sites", "/admin/sites/"), Crumb::here("No such site")])
            .await?,
        name: crate::admin::shorten(name, 100),
        perhaps: perhaps.into_iter().map(|name| (site_path(&name), name)).collect(),
    };
    render(StatusCode::NOT_FOUND, &page)
}

async fn draw(visit: &Visit, site: site::Model) -> Result<Response> {
    let read = Read::read(visit, site.id).await?;
    let errors = Errors::group(&read.issues);
    let names = read.names(visit, &errors).await?;
    let errors = read.errors(visit, &errors, &names).await?;
    let leading = read.leading();
    let tickets = around::tickets(visit, site.id, read.told(), leading.clone(), read.reply).await?;
    let downtimes = around::downtimes(visit, site.id).await?;
    let path = site_path(&site.name);
    let crumbs = vec![Crumb::to("Sites", "/admin/sites/"), Crumb::here(site.name.clone())];
    let page = SitePage {
        chrome: visit.chrome(site.name.clone(), crumbs).await?,
        now: visit.now,
        about: about(&site),
        links: Links::to(visit, &site),
        windows: read.asked.windows(&path),
        operations: read.asked.operations(&path),
        operation: read.asked.title(),
        words: read.window.words(),
        until: read.window.until.min(visit.now),
        age: asked::age(read.window, visit.now),
        lead: read.lead(visit, &site, downtimes.as_deref(), tickets.as_deref()),
        cards: read.cards(site.id, &names),
        days: counts::days(&read.roles, read.window),
        offers: read.offers(visit, site.id, &errors).await?,
        incidents: visit
            .may("incidents", Verb::View)
            .then(|| read.incidents.iter().map(|row| rows::incident_line(row, site.id, &names)).collect()),
        taken: done::taken(visit, site.id, leading).await?,
        written: done::notes(visit, site.id).await?,
        mutes: around::mutes(visit, site.id).await?,
        may: May {
            change: visit.may("sites", Verb::Change),
            note: visit.may("handover-notes", Verb::Add),
            record: visit.may("actions-taken", Verb::Add),
        },
        notes: read.asked.notes,
        roles: read.roles,
        errors,
        tickets,
        downtimes,
        site,
    };
    render(StatusCode::OK, &page)
}

/// Where it is and what it is, in one line.
fn about(site: &site::Model) -> String {
    if site.name == UNKNOWN {
        return "Not a site: what monitoring could not resolve".into();
    }
    let status = match site.status {
        site::Status::Active => "in production",
        site::Status::Disabled => "taken out of production",
        site::Status::Unknown => "not known to CRIC",
    };
    let parts = [
        site.tier.map(|tier| format!("Tier {tier}")),
        site.country.clone(),
        site.cloud.as_ref().map(|cloud| format!("cloud {cloud}")),
        Some(status.to_owned()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
