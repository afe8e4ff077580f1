//! What can be done to one row: the actions of its list, offered on its own page.
use super::bulk;
use super::shared::{FILTERS, crumbs, filters, row_href};
use crate::admin::{
    ActionMeta, AnyResource, AskingMeta, Deed, Field, Input, Meta, Record, Save, Saved, Target, Verb, find,
    shorten, version_of,
};
use crate::error::{Error, Result};
use crate::web::{Chrome, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "admin/act.html")]
struct ActPage {
    chrome: Chrome,
    label: String,
    kind: String,
    acts: Acts,
    links: Vec<(String, String, &'static str)>,
}

/// What the visitor may do to a row.
pub(crate) struct Acts {
    /// Where it is sent.
    pub(crate) href: String,
    /// The row.
    pub(crate) pk: String,
    /// Its version, for what is done without another look.
    pub(crate) version: Option<i32>,
    /// Names and titles.
    pub(crate) list: Vec<(&'static str, String)>,
}

impl Acts {
    /// All of them.
    pub(crate) fn of(visit: &Visit, resource: &dyn AnyResource, row: &Record, filters: &str) -> Self {
        let meta = resource.meta();
        let mut list = Vec::new();
        if meta.offers(Verb::Change) && visit.may(meta.slug, Verb::Change) {
            let holds = |action: &&ActionMeta| Field::input_text(&row.values[action.field]) == action.value;
            let simple = meta.actions.iter().filter(|action| !holds(action));
            list.extend(simple.map(|action| (action.name, action.title.to_owned())));
            list.extend(meta.asking.iter().map(|action| (action.name, action.title.clone())));
        }
        let href = row_href(meta, &row.pk(), "act", filters);
        Self { href, pk: row.pk(), version: version_of(resource, row), list }
    }
}

/// `GET /admin/<resource>/<pk>/act/`
pub async fn menu(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::View)?;
    let row = find(resource, &(&visit.app.db).into(), &pk).await?;
    let filters = filters(&visit);
    let to = |page: &str| row_href(meta, &row.pk(), page, &filters);
    let change = meta.offers(Verb::Change) && visit.may(meta.slug, Verb::Change);
    let mut links = vec![
        (if change { "Change" } else { "Look" }.to_owned(), to("change"), "i-edit"),
        ("History".to_owned(), to("history"), "i-clock"),
    ];
    links.extend(row.page.clone().map(|href| ("Open its page".to_owned(), href, "i-eye")));
    links.extend(row.links.clone().into_iter().map(|(title, href)| (title, href, "i-right")));
    if meta.offers(Verb::Delete) && visit.may(meta.slug, Verb::Delete) {
        links.push(("Delete".to_owned(), to("delete"), "i-trash"));
    }
    let page = ActPage {
        chrome: visit
            .chrome(
                format!("Actions for {}", row.label),
                crumbs(&visit, meta, &filters, Some(&row), "Actions"),
            )
            .await?,
        kind: format!("{} {}", crate::admin::capitalise(meta.singular), row.pk()),
        acts: Acts::of(&visit, resource, &row, &filters),
        label: row.label,
        links,
    };
    render(StatusCode::OK, &page)
}

/// `POST /admin/<resource>/<pk>/act/`
pub async fn act(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::View)?;
    only(&pk, &input)?;
    let row = find(resource, &(&visit.app.db).into(), &pk).await?;
    let filters = input.get(FILTERS).map_or_else(|| filters(&visit), str::to_owned);
    let name = input.get("action").unwrap_or_default();
    if let Some(action) = AskingMeta::named(resource, name) {
        return bulk::one(&visit, resource, &action, row, (&input, &filters)).await;
    }
    let action = meta.actions.iter().find(|action| action.name == name);
    let Some(action) = action.filter(|_| meta.offers(Verb::Change)) else {
        visit.say(Message::plain(Level::Warn, "Nothing was done: choose an action first.")).await?;
        return Ok(found(&row_href(meta, &pk, "change", &filters)));
    };
    let seen: Option<i32> = input.get("_version").and_then(|version| version.parse().ok());
    if seen.is_some() && seen != version_of(resource, &row) {
        return Err(Error::Conflict);
    }
    let value = Input::partial([(meta.fields[action.field].name.clone(), action.value.to_owned())]);
    match write(&visit, resource, &row, &visit.deed()?, &value).await {
        Err(Error::Invalid(errors)) => {
            let why = errors.into_values().flatten().collect::<Vec<_>>().join(" ");
            visit.say(Message::plain(Level::Bad, format!("Nothing was done: {why}"))).await?;
            Ok(found(&row_href(meta, &pk, "change", &filters)))
        }
        done => done?.answer(&visit, resource, &filters).await,
    }
}

/// What an object's own page sends is for that object, whatever else the form says.
fn only(pk: &str, input: &Input) -> Result<()> {
    let others = input.all("_selected_action").iter().any(|key| key != pk);
    let several = input.all("_selected_action").len() > 1;
    let across = input.get("select_across").is_some_and(|across| !matches!(across, "" | "0"));
    if others || several || across {
        return Err(Error::BadRequest(
            "Nothing was done: this page is for one record, and the form named others. Use the list for several."
                .into(),
        ));
    }
    Ok(())
}

/// What became of one row.
pub(super) struct Done(Saved);

/// One transaction for one row that is as it was read.
pub(super) async fn write(
    visit: &Visit,
    resource: &dyn AnyResource,
    row: &Record,
    deed: &Deed,
    input: &Input,
) -> Result<Done> {
    let txn = crate::db::begin(&visit.app.db).await?;
    let save = Save { registry: &visit.app.registry, resource, deed, given: Vec::new() };
    let saved = save.run(&txn, Target::Row(&row.pk(), version_of(resource, row)), input).await?;
    txn.commit().await?;
    visit.app.forget();
    Ok(Done(saved))
}

impl Done {
    /// Says so, on the page that the person came from.
    pub(super) async fn answer(
        self,
        visit: &Visit,
        resource: &dyn AnyResource,
        filters: &str,
    ) -> Result<Response> {
        let meta: &Meta = resource.meta();
        let row = &self.0.row;
        let label = shorten(&row.label, 80);
        let message = if self.0.changes.is_empty() {
            Message::plain(Level::Good, format!("The {} “{label}” had that value already.", meta.singular))
        } else {
            let text = format!("The {} “{label}” was changed.", meta.singular);
            Message::plain(Level::Good, text).with_undo("Undo", visit.undo())
        };
        visit.say(message).await?;
        let back = row_href(meta, &row.pk(), "change", filters);
        Ok(found(if visit.may(meta.slug, Verb::View) { &back } else { "/admin/" }))
    }
}
