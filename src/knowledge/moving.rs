//! Moving chosen issues to another category: who they are, what it would do, then doing it.
use crate::admin::changelist::params::Params;
use crate::admin::pages::action::SAMPLE;
use crate::admin::pages::cell::Body;
use crate::admin::pages::form::named;
use crate::admin::pages::shared::list_href;
use crate::admin::pages::ticked::ticked;
use crate::admin::pages::widget::{Builder, FieldView, Widget};
use crate::admin::{AnyResource, Input, shorten, thousands};
use crate::error::{Error, Errors, Result};
use crate::recategorise::{self, Outlook, outlook};
use crate::web::{Chrome, Crumb, Posted, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use entity::error_category::{self, State};
use entity::issue;
use sea_orm::{ActiveEnum, EntityTrait};
use std::borrow::Borrow;
use std::collections::BTreeSet;

#[derive(Template)]
#[template(path = "knowledge/move.html")]
struct MovePage {
    chrome: Chrome,
    count: usize,
    across: bool,
    selected: Vec<i64>,
    sample: Vec<Line>,
    fields: Vec<FieldView>,
    outlook: Option<Outlook>,
    previewed: String,
    missing: Option<String>,
    obstacle: Option<String>,
    here: String,
    back: String,
}

impl MovePage {
    fn number(&self, number: impl Borrow<usize>) -> String {
        thousands(i64::try_from(*number.borrow()).unwrap_or(i64::MAX))
    }
}

/// One of the issues.
struct Line {
    id: i64,
    message: String,
    place: String,
    category: String,
    failures: String,
    stays: bool,
}

/// `GET /issues/move/?issue=1&issue=2`, with a category to look at if one likes.
pub async fn move_page(visit: Visit) -> Result<Response> {
    let asked = Params::parse(&visit.query);
    let mut input = Input::default();
    let keys: Vec<String> =
        asked.iter().filter(|(name, _)| *name == "issue").map(|(_, key)| key.to_owned()).collect();
    if !keys.is_empty() {
        input.replace("_selected_action", keys);
    }
    if let Some(category) = asked.get("category") {
        input.set("category", category);
    }
    answer(&visit, input, "").await
}

/// `POST /issues/move/`: what the list of issues sent on, or this page itself.
pub async fn move_issues(Posted { visit, input }: Posted) -> Result<Response> {
    let query = visit.query.clone();
    answer(&visit, input, &query).await
}

/// Whether the visitor may move issues.
#[must_use]
pub fn may_move(visit: &Visit) -> bool {
    let page = visit.app.registry.get("issues").ok().and_then(|issues| issues.meta().page("move"));
    page.zip(visit.actor.as_ref()).is_some_and(|(page, actor)| page.open_to(actor))
}

async fn answer(visit: &Visit, mut input: Input, query: &str) -> Result<Response> {
    let resource = visit.app.registry.get("issues")?;
    let actor = visit.actor()?;
    resource.meta().page("move").ok_or(Error::NotFound)?.must(actor)?;
    let back = list_href(resource.meta(), query);
    let rows = match ticked(visit, resource, &input, &back).await? {
        Ok(rows) => rows,
        Err(answer) => return Ok(answer),
    };
    let rows: Vec<issue::Model> = rows.iter().filter_map(|row| row.model().cloned()).collect();
    let mut errors = Errors::new();
    let category = match category(visit, resource, &mut input).await {
        Ok(category) => category,
        Err(Error::Invalid(wrong)) => {
            errors = wrong;
            None
        }
        Err(other) => return Err(other),
    };
    let outlook = match &category {
        Some(category) => Some(outlook(&visit.app.db, &rows, category.id).await?),
        None => None,
    };
    let mut shown = Shown { rows, input, errors, category, outlook, obstacle: None, query, back };
    if shown.input.get("post") == Some("yes")
        && let (Some(category), Some(outlook)) = (&shown.category, &shown.outlook)
    {
        shown.obstacle = shown.obstacle(category, outlook);
        if shown.obstacle.is_none() {
            let deed = visit.deed()?;
            let id = recategorise::move_issues(&visit.app, &deed, &outlook.moves, category).await?;
            return Ok(found(&format!("/recategorisations/{id}/")));
        }
    }
    shown.draw(visit, resource).await
}

/// The category that they are to go to, if the question has been put.
async fn category(
    visit: &Visit,
    resource: &dyn AnyResource,
    input: &mut Input,
) -> Result<Option<error_category::Model>> {
    if !input.has("category") {
        return Ok(None);
    }
    *input = named(visit, resource, input.clone()).await?;
    let wrong = |why: &str| Err(Error::field("category", why));
    let text = input.get("category").unwrap_or_default().trim();
    if text.is_empty() {
        return wrong("Choose the category that they go to.");
    }
    let Ok(id) = text.parse::<i64>() else { return wrong("Choose one of the list.") };
    match error_category::Entity::find_by_id(id).one(&visit.app.db).await? {
        None => wrong("This category is not there any more. Choose another."),
        Some(row) if row.state == State::Merged => {
            wrong(&format!("“{}” was merged into another category. Choose that one.", row.title))
        }
        Some(row) => Ok(Some(row)),
    }
}

/// The page to be drawn.
struct Shown<'a> {
    rows: Vec<issue::Model>,
    input: Input,
    errors: Errors,
    category: Option<error_category::Model>,
    outlook: Option<Outlook>,
    obstacle: Option<String>,
    query: &'a str,
    back: String,
}

impl Shown<'_> {
    /// Why it cannot be done although everything was filled in: what is done is what was looked at.
    fn obstacle(&self, category: &error_category::Model, outlook: &Outlook) -> Option<String> {
        let count = self.rows.len();
        let expected = self.input.get("_expected").and_then(|count| count.parse().ok());
        if expected.is_some_and(|expected: usize| expected != count) {
            let count = thousands(i64::try_from(count).unwrap_or(i64::MAX));
            return Some(format!("The issues have changed: there are {count} now. Look again."));
        }
        if self.input.get("_previewed") != Some(&category.id.to_string()) {
            return Some(format!("Look at what moving to “{}” would do first.", category.title));
        }
        outlook.moves.is_empty().then(|| format!("All of them are in “{}” already.", category.title))
    }

    fn across(&self) -> bool {
        self.input.get("select_across") == Some("1")
    }

    /// Says so if some of those that were chosen are gone.
    fn missing(&self) -> Option<String> {
        let chosen: BTreeSet<&String> = self.input.all("_selected_action").iter().collect();
        match chosen.len().saturating_sub(self.rows.len()) {
            0 => None,
            _ if self.across() => None,
            1 => Some("One of the chosen issues is gone: deleted, or made one with another.".into()),
            gone => Some(format!("{gone} of the chosen issues are gone: deleted, or made one with another.")),
        }
    }

    async fn draw(self, visit: &Visit, resource: &dyn AnyResource) -> Result<Response> {
        let crumbs = vec![
            Crumb::to("Admin", "/admin/"),
            Crumb::to("Issues", self.back.clone()),
            Crumb::here("Move to another category"),
        ];
        let mut chrome = visit.chrome("Move to another category", crumbs).await?;
        chrome.error = !self.errors.is_empty() || self.obstacle.is_some();
        let status = if chrome.error { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
        let typed = self.input.to_map();
        let builder =
            Builder { visit, resource, row: None, typed: &typed, errors: &self.errors, view_only: false };
        let to = self.category.as_ref().map(|category| category.id);
        let page = MovePage {
            chrome,
            count: self.rows.len(),
            across: self.across(),
            selected: if self.across() { Vec::new() } else { self.rows.iter().map(|row| row.id).collect() },
            sample: lines(visit, &self.rows, to).await?,
            fields: vec![builder.asked("category").await?],
            previewed: to.map_or_else(String::new, |to| to.to_string()),
            missing: self.missing(),
            obstacle: self.obstacle,
            outlook: self.outlook,
            here: match self.query {
                "" => "/issues/move/".to_owned(),
                query => format!("/issues/move/?{query}"),
            },
            back: self.back,
        };
        render(status, &page)
    }
}

async fn lines(visit: &Visit, rows: &[issue::Model], to: Option<i64>) -> Result<Vec<Line>> {
    let rows = rows.get(..SAMPLE).unwrap_or(rows);
    let (registry, db) = (&visit.app.registry, (&visit.app.db).into());
    let ends = rows.iter().flat_map(|row| [row.src_site_id, row.dst_site_id]);
    let sites = registry.labels(&db, "site", ends.flatten().collect()).await?;
    let now = rows.iter().filter_map(|row| row.category_id).collect();
    let categories = registry.labels(&db, "error_category", now).await?;
    let line = |row: &issue::Model| {
        let ends = [row.src_site_id, row.dst_site_id].into_iter().flatten();
        let names: Vec<&str> =
            ends.filter_map(|site| sites.get(&site.to_string()).map(String::as_str)).collect();
        let workflow = row.workflow.clone().unwrap_or_else(|| row.operation.to_value());
        let category = row.category_id.and_then(|id| categories.get(&id.to_string()).cloned());
        Line {
            id: row.id,
            message: shorten(row.message.trim(), 120),
            place: if names.is_empty() { workflow } else { names.join(" → ") },
            category: category.unwrap_or_default(),
            failures: thousands(row.failures_total),
            stays: to.is_some() && row.category_id == to,
        }
    };
    Ok(rows.iter().map(line).collect())
}
