//! Pages that say who may do what, and why.
use super::csv;
use crate::admin::changelist::params::Params;
use crate::admin::{Meta, Verb, capitalise, find};
use crate::app::App;
use crate::auth::rights::{Holder, Rights, users};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use entity::user;
use http_body_util::channel::{Channel, Sender};
use sea_orm::EntityTrait;

/// Accounts to a page.
const PAGE: u64 = 50;
/// Accounts read at a time for a file.
const CHUNK: u64 = 200;

#[derive(Template)]
#[template(path = "auth/rights.html")]
struct RightsPage {
    chrome: Chrome,
    title: String,
    /// Every resource: title, slug, whether it is the one shown.
    resources: Vec<(String, &'static str, bool)>,
    search: String,
    chosen: bool,
    rows: Vec<Line>,
    next: Option<String>,
    file: String,
}

#[derive(Template)]
#[template(path = "auth/rights_of.html")]
struct RightsOfPage {
    chrome: Chrome,
    title: String,
    own: bool,
    idle: bool,
    /// Whether the visitor may look at everybody's.
    all: bool,
    user: user::Model,
    rows: Vec<Line>,
}

/// One row: what it is about, its address, and why for each of the four verbs; `None` is done by nobody.
struct Line {
    name: String,
    about: String,
    href: Option<String>,
    cells: Vec<Option<Vec<String>>>,
}

/// `GET /admin/rights/?resource=…&q=…`, as a file with `format=csv`.
pub async fn rights_page(visit: Visit) -> Result<Response> {
    let actor = visit.actor()?;
    for slug in ["users", "groups"] {
        actor.must(slug, Verb::View)?;
    }
    let params = Params::parse(&visit.query);
    let given = |name: &str| params.get(name).map(|text| text.replace('\0', "")).unwrap_or_default();
    let (slug, search, after) = (given("resource"), given("q"), given("after"));
    let meta = if slug.is_empty() { None } else { Some(visit.app.registry.get(&slug)?.meta()) };
    if given("format") == "csv" {
        return file(&visit.app, meta.map(|meta| meta.slug), search).await;
    }
    let rights = Rights::read(&visit.app.db).await?;
    let (rows, next) = match meta {
        None => {
            (visit.app.registry.iter().map(|resource| by_resource(&rights, resource.meta())).collect(), None)
        }
        Some(meta) => by_user(&visit, &rights, meta, &search, &after).await?,
    };
    let query = Params::default().and("resource", slug.clone()).and("q", search.clone());
    let title = meta
        .map_or_else(|| "Who may do what".to_owned(), |meta| format!("Who may do what with {}", meta.plural));
    let mut crumbs = vec![Crumb::to("Admin", "/admin/")];
    if let Some(meta) = meta {
        crumbs.push(Crumb::to("Who may do what", "/admin/rights/"));
        crumbs.push(Crumb::here(capitalise(meta.plural)));
    } else {
        crumbs.push(Crumb::here("Who may do what"));
    }
    let page = RightsPage {
        chrome: visit.chrome(title.clone(), crumbs).await?,
        resources: visit
            .app
            .registry
            .iter()
            .map(|resource| resource.meta())
            .map(|other| (capitalise(other.plural), other.slug, other.slug == slug))
            .collect(),
        next: next.map(|after| format!("?{}", query.clone().and("after", after).encoded())),
        file: format!("?{}", query.and("format", "csv").encoded()),
        chosen: meta.is_some(),
        title,
        search,
        rows,
    };
    render(StatusCode::OK, &page)
}

/// `GET /admin/users/<pk>/rights/`
pub async fn rights_of_page(visit: Visit, Path(pk): Path<String>) -> Result<Response> {
    visit.actor()?.must("users", Verb::View)?;
    let row = find(visit.app.registry.get("users")?, &(&visit.app.db).into(), &pk).await?;
    let user = row.model::<user::Model>().cloned().ok_or(Error::NotFound)?;
    rights_of(&visit, user, false).await
}

/// `GET /admin/account/rights/`
pub async fn own_rights(visit: Visit) -> Result<Response> {
    let id = visit.actor()?.id.ok_or(Error::SignIn)?;
    let user = user::Entity::find_by_id(id).one(&visit.app.db).await?.ok_or(Error::SignIn)?;
    rights_of(&visit, user, true).await
}

async fn rights_of(visit: &Visit, user: user::Model, own: bool) -> Result<Response> {
    let rights = Rights::read(&visit.app.db).await?;
    let holder = rights.holders(&visit.app.db, vec![user]).await?.pop().ok_or(Error::NotFound)?;
    let title =
        if own { "What you may do".to_owned() } else { format!("What {} may do", holder.user.username) };
    let mut crumbs = vec![Crumb::to("Admin", "/admin/")];
    if own {
        crumbs.push(Crumb::to("Your account", "/admin/account/"));
    } else {
        crumbs.push(Crumb::to("Users", "/admin/users/"));
        let href = format!("/admin/users/{}/change/", holder.user.id);
        crumbs.push(Crumb::to(holder.user.username.clone(), href));
    }
    crumbs.push(Crumb::here("Rights"));
    let rows = visit.app.registry.iter().map(|resource| {
        let meta = resource.meta();
        line(meta, capitalise(meta.plural), None, |verb| holder.why(&rights, meta, verb))
    });
    let page = RightsOfPage {
        chrome: visit.chrome(title.clone(), crumbs).await?,
        rows: rows.collect(),
        idle: !holder.may_enter(),
        all: ["users", "groups"].iter().all(|slug| visit.may(slug, Verb::View)),
        user: holder.user,
        title,
        own,
    };
    render(StatusCode::OK, &page)
}

fn line(meta: &Meta, name: String, href: Option<String>, why: impl Fn(Verb) -> Vec<String>) -> Line {
    let cells = Verb::ALL.iter().map(|verb| meta.offers(*verb).then(|| why(*verb))).collect();
    Line { name, about: String::new(), href, cells }
}

fn by_resource(rights: &Rights, meta: &Meta) -> Line {
    let href = Some(format!("?resource={}", meta.slug));
    let groups = |verb| rights.groups(meta, verb).into_iter().map(str::to_owned).collect();
    line(meta, capitalise(meta.plural), href, groups)
}

async fn by_user(
    visit: &Visit,
    rights: &Rights,
    meta: &Meta,
    search: &str,
    after: &str,
) -> Result<(Vec<Line>, Option<String>)> {
    let db = &visit.app.db;
    let mut found = users(db, Some(meta.slug), search, after, PAGE + 1).await?;
    let more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|user| user.username_key.clone());
    let holders = rights.holders(db, found).await?;
    let rows = holders.iter().map(|holder| {
        let href = format!("/admin/users/{}/rights/", holder.user.id);
        let why = |verb| holder.why(rights, meta, verb);
        let line = line(meta, holder.user.username.clone(), Some(href), why);
        Line { about: full_name(&holder.user), ..line }
    });
    Ok((rows.collect(), next))
}

fn full_name(user: &user::Model) -> String {
    let names = [user.first_name.as_deref(), user.last_name.as_deref()];
    names.into_iter().flatten().collect::<Vec<_>>().join(" ")
}

/// Everybody, a few at a time: one line for each thing that somebody may do.
async fn file(app: &App, slug: Option<&'static str>, search: String) -> Result<Response> {
    let rights = Rights::read(&app.db).await?;
    let (mut sender, body) = Channel::<Bytes, std::io::Error>::new(2);
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(error) = send(&app, &rights, slug, &search, &mut sender).await {
            tracing::info!(error = format!("{error:#}"), "a file of rights was not finished");
            // Cut off, it must not look complete.
            sender.abort(std::io::Error::other("not finished"));
        }
    });
    let name = format!("attachment; filename=\"rights-{}.csv\"", slug.unwrap_or("all"));
    let headers =
        [(header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, Body::new(body)).into_response())
}

async fn send(
    app: &App,
    rights: &Rights,
    slug: Option<&str>,
    search: &str,
    sender: &mut Sender<Bytes, std::io::Error>,
) -> anyhow::Result<()> {
    let heads = csv::line(["user", "name", "resource", "right", "through"].map(str::to_owned));
    sender.send_data(heads.into()).await?;
    let mut next = Some(String::new());
    while let Some(after) = next {
        let (text, more) = lines(app, rights, slug, (search, &after)).await?;
        sender.send_data(text.into()).await?;
        next = more;
    }
    Ok(())
}

async fn lines(
    app: &App,
    rights: &Rights,
    slug: Option<&str>,
    (search, after): (&str, &str),
) -> Result<(String, Option<String>)> {
    let found = users(&app.db, slug, search, after, CHUNK).await?;
    let next = found.last().filter(|_| found.len() as u64 == CHUNK).map(|user| user.username_key.clone());
    let mut text = String::new();
    for holder in rights.holders(&app.db, found).await? {
        let metas = app.registry.iter().map(|resource| resource.meta());
        for meta in metas.filter(|meta| slug.is_none_or(|slug| slug == meta.slug)) {
            text.extend(held(&holder, rights, meta));
        }
    }
    Ok((text, next))
}

fn held<'a>(holder: &'a Holder, rights: &'a Rights, meta: &'a Meta) -> impl Iterator<Item = String> + 'a {
    Verb::ALL.iter().filter_map(move |verb| {
        let why = holder.why(rights, meta, *verb);
        (!why.is_empty()).then(|| {
            csv::line([
                holder.user.username.clone(),
                full_name(&holder.user),
                meta.slug.to_owned(),
                verb.name().to_owned(),
                why.join(", "),
            ])
        })
    })
}
