//! What the database says about a site, for its page.
use super::around::{self, DowntimeLine, TicketLine};
use super::asked::Asked;
use super::counts::{self, RoleCounts};
use super::failing::{self, Failing, Partner};
use super::lead::{Facts, Lead};
use super::rows::{self, ErrorRow, Errors, Names, RoleCard};
use crate::admin::Verb;
use crate::error::{Error, Result};
use crate::loading::UNKNOWN;
use crate::shift::window::Window;
use crate::suggestions::{self, Context, Suggestion};
use crate::web::Visit;
use chrono::TimeDelta;
use entity::vocabulary::Operation;
use entity::{incident, settings, site};
use sea_orm::EntityTrait;

/// Actions offered.
const OFFERS: usize = 3;
/// Issues whose tickets and records are looked for.
const LOOKED_UP: usize = 200;

/// What the database says about a site.
pub(super) struct Read {
    pub(super) asked: Asked,
    pub(super) window: Window,
    pub(super) roles: Vec<RoleCounts>,
    /// In the order of the roles, as the issues are.
    pub(super) partners: Vec<Vec<Partner>>,
    pub(super) issues: Vec<Vec<Failing>>,
    pub(super) incidents: Vec<incident::Model>,
    pub(super) reply: TimeDelta,
}

impl Read {
    pub(super) async fn read(visit: &Visit, site: i64) -> Result<Self> {
        let db = &visit.app.db;
        let asked = Asked::parse(&visit.query);
        let window = Window::read(&visit.app, asked.operation, asked.hours).await?;
        let (mut partners, mut issues) = (Vec::new(), Vec::new());
        for role in asked.roles() {
            // Only transfers have two sites.
            partners.push(match asked.operation {
                Operation::Transfer => failing::partners(db, asked.operation, site, *role, window).await?,
                _ => Vec::new(),
            });
            issues.push(failing::issues(db, asked.operation, site, *role, window).await?);
        }
        let settings = settings::Entity::find().one(db).await?.ok_or(Error::NotFound)?;
        Ok(Self {
            roles: counts::read(db, &asked, site, window).await?,
            incidents: around::incidents(visit, site).await?,
            reply: TimeDelta::hours(i64::from(settings.reply_hours.max(1))),
            asked,
            window,
            partners,
            issues,
        })
    }

    /// The issues with most failures.
    pub(super) fn leading(&self) -> Vec<i64> {
        let mut issues: Vec<&Failing> = self.issues.iter().flatten().collect();
        issues.sort_by_key(|issue| -issue.failures);
        issues.into_iter().take(LOOKED_UP).map(|issue| issue.id).collect()
    }

    pub(super) async fn names(&self, visit: &Visit, errors: &Errors) -> Result<Names> {
        let sites = rows::sites_named(&self.partners, &self.issues, &self.incidents);
        let issues = self.issues.iter().flatten().filter_map(|issue| issue.category);
        let told = self.incidents.iter().filter_map(|incident| incident.category_id);
        let grouped = errors.leading.iter().filter_map(|(issue, ..)| issue.category);
        Names::read(&visit.app.db, sites, issues.chain(told).chain(grouped).collect()).await
    }

    pub(super) fn lead(
        &self,
        visit: &Visit,
        site: &site::Model,
        downtimes: Option<&[DowntimeLine]>,
        tickets: Option<&[TicketLine]>,
    ) -> Lead {
        let running = downtimes.unwrap_or_default().iter().filter(|downtime| downtime.now);
        let open = |tickets: &'_ [TicketLine]| -> Vec<String> {
            tickets.iter().filter(|ticket| ticket.open).map(|ticket| ticket.label.clone()).collect()
        };
        let facts = Facts {
            operation: self.asked.operation,
            window: self.window,
            now: visit.now,
            unresolved: site.name == UNKNOWN,
            roles: &self.roles,
            partners: &self.partners,
            incidents: self.incidents.iter().filter(|incident| incident.site_id == site.id).collect(),
            downtime: running.map(|downtime| downtime.ends).max(),
            tickets: tickets.map(open),
        };
        facts.lead()
    }

    /// Keys of the open incidents.
    pub(super) fn told(&self) -> Vec<i64> {
        self.incidents.iter().map(|incident| incident.id).collect()
    }

    /// The worst errors, each with a sample of its messages.
    pub(super) async fn errors(
        &self,
        visit: &Visit,
        errors: &Errors,
        names: &Names,
    ) -> Result<Vec<ErrorRow>> {
        let samples = errors.leading.iter().map(|(issue, ..)| issue.id).collect();
        let samples = failing::messages(&visit.app.db, samples).await?;
        Ok(errors.rows(&samples, names, self.window))
    }

    /// The links of each role; only transfers have any.
    pub(super) fn cards(&self, site: i64, names: &Names) -> Vec<RoleCard> {
        if self.asked.operation != Operation::Transfer {
            return Vec::new();
        }
        let roles = self.roles.iter().zip(&self.partners).zip(&self.issues);
        roles
            .map(|((role, partners), issues)| {
                rows::role_card(&self.asked, site, role, partners, issues, names)
            })
            .collect()
    }

    /// What helped with the worst error that is classified.
    pub(super) async fn offers(
        &self,
        visit: &Visit,
        site: i64,
        errors: &[ErrorRow],
    ) -> Result<Vec<Suggestion>> {
        let worst = errors.iter().find(|error| error.category.is_some());
        let (Some(worst), true) = (worst, visit.may("actions-taken", Verb::View)) else {
            return Ok(Vec::new());
        };
        let side = crate::console::blamed_side(worst.attribution);
        let operation = self.asked.operation;
        let context = Context { category: worst.category, operation, side, site: Some(site) };
        let ranked = suggestions::rank(&visit.app, visit.now, &[context]).await?;
        Ok(ranked.into_iter().flatten().take(OFFERS).collect())
    }
}
