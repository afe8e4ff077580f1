//! Pages on which people keep the lists they come back to: each their own, shared with everybody by those who may
//! change what the list shows.
use super::shared::list_href;
use crate::admin::changelist::params::Params;
use crate::admin::changelist::{SHOWN_BY, filter, views::Views};
use crate::admin::{
    Actor, AnyResource, Deed, Input, Meta, Record, Save, Target, Verb, capitalise, deletion, find,
};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use entity::saved_view;
use sea_orm::DatabaseTransaction;

/// The resource that views are rows of.
const VIEWS: &str = "saved-views";

#[derive(Template)]
#[template(path = "admin/view.html")]
struct ViewPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    title: String,
    action: String,
    back: String,
    name: String,
    shared: bool,
    default: bool,
    may_share: bool,
    /// Version of the view that is edited.
    version: Option<i32>,
    /// Whether the list as it is can take the place of what the view keeps.
    replaces: bool,
    replace: bool,
    kept: Vec<String>,
    errors: Errors,
}

impl ViewPage<'_> {
    fn errors_of(&self, name: &str) -> &[String] {
        self.errors.get(name).map_or(&[], Vec::as_slice)
    }
}

/// What a page about views needs to know.
struct Place<'a> {
    visit: &'a Visit,
    resource: &'a dyn AnyResource,
    /// The list as it is.
    state: Params,
}

impl<'a> Place<'a> {
    fn of(visit: &'a Visit, slug: &str) -> Result<Self> {
        let resource = visit.app.registry.get(slug)?;
        visit.actor()?.must(resource.meta().slug, Verb::View)?;
        Ok(Self { visit, resource, state: Params::parse(&visit.query).state() })
    }

    fn meta(&self) -> &'a Meta {
        self.resource.meta()
    }

    fn may_share(&self) -> bool {
        self.meta().offers(Verb::Change) && self.visit.may(self.meta().slug, Verb::Change)
    }

    /// A view of this list that belongs to the visitor; those of others are not there.
    async fn own(&self, pk: &str) -> Result<(Record, saved_view::Model)> {
        let row = find(self.visit.app.registry.get(VIEWS)?, &(&self.visit.app.db).into(), pk).await?;
        let view = row.model::<saved_view::Model>().cloned().ok_or(Error::NotFound)?;
        let own = Some(view.user_id) == self.visit.actor()?.id && view.resource == self.meta().slug;
        if own { Ok((row, view)) } else { Err(Error::NotFound) }
    }

    /// A write to one's own views takes no right of its own: who may see a list may keep it.
    fn deed(&self) -> Result<Deed> {
        let mut deed = self.visit.deed()?;
        for verb in [Verb::Add, Verb::Change, Verb::Delete] {
            deed.actor.permissions.insert(format!("{VIEWS}.{}", verb.name()));
        }
        Ok(deed)
    }

    /// What the form says as a row; sharing what was not shared takes the right to change the records.
    fn input(&self, sent: &Input, shared: bool) -> Result<Input> {
        let ticked = |name: &str| sent.get(name) == Some("on");
        if ticked("is_shared") && !shared && !self.may_share() {
            let why = format!("Sharing a view takes the right to change {}.", self.meta().plural);
            return Err(Error::field("is_shared", why));
        }
        let mut input = Input::partial([]);
        input.set("name", sent.get("name").unwrap_or_default());
        input.set("is_shared", ticked("is_shared").to_string());
        input.set("is_default", ticked("is_default").to_string());
        Ok(input)
    }

    async fn save(&self, target: Target<'_>, input: &Input) -> Result<Record> {
        let registry = &self.visit.app.registry;
        let deed = self.deed()?;
        let save = Save { registry, resource: registry.get(VIEWS)?, deed: &deed, given: Vec::new() };
        let txn = crate::db::begin(&self.visit.app.db).await?;
        let saved = save.run(&txn, target, input).await?;
        self.finish(txn).await?;
        Ok(saved.row)
    }

    async fn finish(&self, txn: DatabaseTransaction) -> Result<()> {
        txn.commit().await?;
        self.visit.app.forget();
        Ok(())
    }

    /// The page, as typed or as kept.
    async fn draw(
        &self,
        kept: Option<&saved_view::Model>,
        sent: Option<&Input>,
        errors: Errors,
    ) -> Result<Response> {
        let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        let meta = self.meta();
        let title = if kept.is_some() { "Edit a view" } else { "Save this view" };
        let list = format!("/admin/{}/", meta.slug);
        let crumbs = vec![
            Crumb::to("Admin", "/admin/"),
            Crumb::to(capitalise(meta.plural), &list),
            Crumb::here(title),
        ];
        let ticked = |name: &str, kept: bool| sent.map_or(kept, |sent| sent.get(name) == Some("on"));
        let state = self.state.encoded();
        let stored = kept.map(|view| Params::parse(&view.query));
        let shown = stored.as_ref().unwrap_or(&self.state);
        let place = kept.map(|view| format!("{}/", view.id)).unwrap_or_default();
        let mut chrome = self.visit.chrome(title, crumbs).await?;
        chrome.error = !errors.is_empty();
        let page = ViewPage {
            chrome,
            title: title.to_owned(),
            action: format!("{list}views/{place}?{state}"),
            back: match kept {
                Some(view) => format!("{list}?view={}", view.id),
                None => list_href(meta, &state),
            },
            name: match (sent, kept) {
                (Some(sent), _) => sent.get("name").unwrap_or_default().to_owned(),
                (None, view) => view.map(|view| view.name.clone()).unwrap_or_default(),
            },
            shared: ticked("is_shared", kept.is_some_and(|view| view.is_shared)),
            default: ticked("is_default", kept.is_some_and(|view| view.is_default)),
            may_share: self.may_share() || kept.is_some_and(|view| view.is_shared),
            version: kept.map(|view| view.version),
            replaces: stored.as_ref().is_some_and(|stored| !stored.same_as(&self.state)),
            replace: ticked("replace", false),
            kept: words(self, shown)?,
            errors,
            meta,
        };
        render(status, &page)
    }
}

/// What a list's state consists of, for people.
fn words(place: &Place<'_>, state: &Params) -> Result<Vec<String>> {
    let actor: &Actor = place.visit.actor()?;
    let meta = place.meta();
    let mut words = Vec::new();
    let mut filters: Vec<&str> = Vec::new();
    for (name, value) in state.iter() {
        match name {
            "q" => words.push(format!("The search “{}”", crate::admin::shorten(value, 60))),
            "o" => words.push("The order".into()),
            "n" => words.push(format!("{} rows to a page", crate::admin::shorten(value, 10))),
            "cols" => words.push("The columns".into()),
            "density" => words.push("The height of rows".into()),
            _ if SHOWN_BY.contains(&name) || name == "_facets" => {}
            _ if filter::refused(&place.visit.app.registry, meta, name, actor) => {}
            _ => filters.push(name.split("__").next().unwrap_or_default()),
        }
    }
    filters.dedup();
    for name in filters {
        let linked =
            meta.linked.iter().find(|linked| linked.name == name).map(|linked| linked.title.to_owned());
        let title = meta.field(name).map(|(_, field)| field.title.clone()).or(linked);
        words.push(format!("The filter on “{}”", title.unwrap_or_else(|| crate::admin::shorten(name, 40))));
    }
    words.dedup();
    Ok(words)
}

/// `GET /admin/<resource>/views/?<state>`
pub async fn add(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let place = Place::of(&visit, &slug)?;
    let kept = visit.kept().await?;
    place.draw(None, kept.as_ref(), Errors::new()).await
}

/// `POST /admin/<resource>/views/?<state>`
pub async fn create(Path(slug): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let place = Place::of(&visit, &slug)?;
    match keep(&place, &input).await {
        Ok(row) => done(&place, &row, "saved").await,
        Err(Error::Invalid(errors)) => place.draw(None, Some(&input), told(errors)).await,
        Err(error) => Err(error),
    }
}

async fn keep(place: &Place<'_>, sent: &Input) -> Result<Record> {
    let db = (&place.visit.app.db).into();
    let views = Views::load(&db, place.meta(), place.visit.actor()?).await?;
    if views.list.iter().filter(|view| view.own).count() >= MOST {
        let why = format!(
            "You have {MOST} views of this list, which is as many as fit above it. Delete one first."
        );
        return Err(Error::field("", why));
    }
    let mut input = place.input(sent, false)?;
    input.set("resource", place.meta().slug);
    input.set("query", query(&place.state));
    place.save(Target::New, &input).await
}

/// Most views that one person keeps of one list.
const MOST: usize = 30;

/// What a view keeps; a list without any choice is one, too.
fn query(state: &Params) -> String {
    let text = state.encoded();
    if text.is_empty() { "_facets=true".into() } else { text }
}

/// What is wrong with a field that the page does not have stands above the form.
fn told(mut errors: Errors) -> Errors {
    if errors.remove("query").is_some() {
        let why =
            "The list has more filters than a view can keep: 2,000 letters of its address. Take some away.";
        errors.entry(String::new()).or_default().push(why.into());
    }
    errors
}

/// `GET /admin/<resource>/views/<pk>/?<state>`
pub async fn edit(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    let place = Place::of(&visit, &slug)?;
    let (_, view) = place.own(&pk).await?;
    let kept = visit.kept().await?;
    place.draw(Some(&view), kept.as_ref(), Errors::new()).await
}

/// `POST /admin/<resource>/views/<pk>/?<state>`
pub async fn update(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let place = Place::of(&visit, &slug)?;
    let (row, view) = place.own(&pk).await?;
    if input.has("_delete") {
        let deed = place.deed()?;
        let txn = crate::db::begin(&visit.app.db).await?;
        deletion::delete(&txn, &visit.app.registry, visit.app.registry.get(VIEWS)?, &row, &deed).await?;
        place.finish(txn).await?;
        let text = format!("The view “{}” was deleted.", view.name);
        visit.say(Message::plain(Level::Good, text)).await?;
        return Ok(found(&list_href(place.meta(), &place.state.encoded())));
    }
    match change(&place, &view, &input).await {
        Ok(row) => done(&place, &row, "changed").await,
        Err(Error::Invalid(errors)) => place.draw(Some(&view), Some(&input), told(errors)).await,
        Err(error) => Err(error),
    }
}

async fn change(place: &Place<'_>, view: &saved_view::Model, sent: &Input) -> Result<Record> {
    let mut input = place.input(sent, view.is_shared)?;
    if sent.get("replace") == Some("on") {
        input.set("query", query(&place.state));
    }
    let version = sent.get("_version").and_then(|version| version.parse().ok());
    place.save(Target::Row(&view.id.to_string(), version), &input).await
}

async fn done(place: &Place<'_>, row: &Record, what: &str) -> Result<Response> {
    let text = format!("The view “{}” was {what}.", row.label);
    place.visit.say(Message::plain(Level::Good, text)).await?;
    Ok(found(&format!("/admin/{}/?view={}", place.meta().slug, row.pk())))
}
