//! The page with the results.
use super::direct::{Direct, named};
use super::found::{Group, groups};
use super::visible;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::terms;
use crate::admin::{capitalise, shorten};
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "search/results.html")]
struct SearchPage {
    chrome: Chrome,
    q: String,
    /// Whether there was something to look for.
    asked: bool,
    direct: Vec<(&'static str, String, String)>,
    groups: Vec<Group>,
    notes: Vec<String>,
    lists: Vec<List>,
}

impl SearchPage {
    fn nothing(&self) -> bool {
        self.direct.is_empty() && self.groups.iter().all(|group| group.rows.is_empty())
    }
}

/// A kind of records that can be searched.
struct List {
    title: String,
    about: &'static str,
    href: String,
    icon: &'static str,
}

/// `GET /search/?q=…`
pub async fn search(visit: Visit) -> Result<Response> {
    visit.actor()?;
    let q = Params::parse(&visit.query).get("q").unwrap_or_default().trim().to_owned();
    let terms = terms::parse(&q);
    let asked = !terms.words.is_empty();
    let direct = if asked { named(&visit, &q).await? } else { Direct::default() };
    if let Some(href) = direct.go {
        return Ok(found(&href));
    }
    let groups = if asked { groups(&visit, &q, &terms.words).await? } else { Vec::new() };
    let lists = visible(&visit).map(|(resource, _)| {
        let meta = resource.meta();
        List {
            title: capitalise(meta.plural),
            about: meta.about,
            href: format!("/admin/{}/", meta.slug),
            icon: meta.icon,
        }
    });
    let lists = lists.collect();
    let title = if asked { format!("Search: {}", shorten(&q, 60)) } else { "Search".to_owned() };
    let page = SearchPage {
        chrome: visit.chrome(title, vec![Crumb::here("Search")]).await?,
        asked,
        direct: direct.rows,
        groups,
        notes: terms.note.into_iter().chain(direct.note).collect(),
        lists,
        q,
    };
    render(StatusCode::OK, &page)
}
