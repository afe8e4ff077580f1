//! Adding and changing one row.
use super::act::Acts;
use super::autocomplete::matches;
use super::below::Below;
use super::cell::Body;
use super::conflict::{conflict, resolved};
use super::popup;
use super::restore::Earlier;
use super::shared::{FILTERS, back_href, crumbs, done, filters, keep, row_href, undoable};
use super::submit::{ADD_ROW, AS_NEW, Written, one_more_row, save_as_new, write};
use super::widget::{Builder, FieldView, GroupView, Typed, Widget, typed_name};
use crate::admin::changelist::params::Params;
use crate::admin::{
    AnyResource, Field, Input, Kind, Meta, Record, Target, Verb, capitalise, editable, find, key_number,
    version_of,
};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

#[derive(Template)]
#[template(path = "admin/form.html")]
struct FormPage {
    chrome: Chrome,
    title: String,
    subtitle: String,
    groups: Vec<GroupView>,
    form_errors: Vec<String>,
    summary: Vec<(String, String)>,
    tools: Vec<(String, String, &'static str)>,
    version: Option<i32>,
    opened: String,
    action: String,
    close: String,
    delete: Option<String>,
    view_only: bool,
    can_add: bool,
    dirty: bool,
    acts: Option<Acts>,
    earlier: Option<Earlier>,
    below: Below,
    /// Whether the page is for a dialog.
    popup: bool,
    /// Whether it can be saved as another row.
    save_as_new: bool,
    /// Whether it can only be saved as another row, since that is what was tried.
    only_as_new: bool,
}

/// `GET /admin/<resource>/<pk>/`
pub async fn to_change(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    visit.actor()?.must(visit.app.registry.get(&slug)?.meta().slug, Verb::View)?;
    let query = if visit.query.is_empty() { String::new() } else { format!("?{}", visit.query) };
    let pk: i64 = pk.parse().map_err(|_| Error::NotFound)?;
    Ok(found(&format!("/admin/{slug}/{pk}/change/{query}")))
}

/// `GET /admin/<resource>/add/`, with first values from the address.
pub async fn add(visit: Visit, Path(slug): Path<String>) -> Result<Response> {
    let resource = addable(&visit, &slug)?;
    let mut typed = Typed::new();
    for (_, field) in editable(resource, false) {
        typed.insert(field.name.clone(), vec![field.default.clone().unwrap_or_default()]);
    }
    let asked = Params::parse(&visit.query);
    for (name, value) in asked.iter().filter(|(name, _)| ![FILTERS, popup::POPUP].contains(name)) {
        let many = resource.meta().many.iter().any(|many| many.name == name);
        let values =
            if many { value.split(',').map(str::to_owned).collect() } else { vec![value.to_owned()] };
        typed.insert(name.to_owned(), values);
    }
    Shown::kept_or(&visit, None, typed).await?.draw(&visit, resource, &filters(&visit)).await
}

/// `POST /admin/<resource>/add/`
pub async fn create(Path(slug): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let resource = addable(&visit, &slug)?;
    if input.has(ADD_ROW) {
        return one_more_row(&visit, resource, None, &input).await;
    }
    match write(&visit, resource, Target::New, input.clone()).await {
        Ok(saved) => after_save(&visit, resource, &saved, &input, "added").await,
        Err(Error::Invalid(errors)) => refused(&visit, resource, None, &input, errors).await,
        Err(error) => Err(error),
    }
}

/// `GET /admin/<resource>/<pk>/change/`
pub async fn change(visit: Visit, Path((slug, pk)): Path<(String, String)>) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    visit.actor()?.must(resource.meta().slug, Verb::View)?;
    let row = find(resource, &(&visit.app.db).into(), &pk).await?;
    let mut typed = stored(&visit, resource, &row).await?;
    let earlier = Earlier::asked(&visit, resource, &row, &mut typed).await?;
    Shown::kept_or(&visit, Some(row), typed)
        .await?
        .with(earlier)
        .draw(&visit, resource, &filters(&visit))
        .await
}

/// `POST /admin/<resource>/<pk>/change/`
pub async fn update(
    Path((slug, pk)): Path<(String, String)>,
    Posted { visit, input }: Posted,
) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::Change)?;
    let version = version_sent(resource, &input)?;
    let row = find(resource, &(&visit.app.db).into(), &pk).await?;
    if input.has(ADD_ROW) {
        return one_more_row(&visit, resource, Some(row), &input).await;
    }
    if input.has(AS_NEW) {
        return save_as_new(&visit, resource, row, input).await;
    }
    let input = resolved(&visit, resource, &row, input).await?;
    let input = match named(&visit, resource, input.clone()).await {
        Ok(input) => input,
        Err(Error::Invalid(errors)) => return refused(&visit, resource, Some(row), &input, errors).await,
        Err(error) => return Err(error),
    };
    match write(&visit, resource, Target::Row(&pk, version), input.clone()).await {
        Ok(saved) => after_save(&visit, resource, &saved, &input, "changed").await,
        Err(Error::Invalid(errors)) => refused(&visit, resource, Some(row), &input, errors).await,
        Err(Error::Conflict) => conflict(&visit, resource, &pk, &input).await,
        Err(error) => Err(error),
    }
}

pub(super) fn addable<'a>(visit: &'a Visit, slug: &str) -> Result<&'a dyn AnyResource> {
    let actor = visit.actor()?;
    let resource = visit.app.registry.get(slug)?;
    actor.must(resource.meta().slug, Verb::Add)?;
    // Its own address was matched before; whoever comes here wrote it in another way.
    if resource.meta().add_page {
        return Err(Error::NotFound);
    }
    if !resource.meta().offers(Verb::Add) {
        return Err(Error::Refused(format!("{} are not added by hand.", capitalise(resource.meta().plural))));
    }
    Ok(resource)
}

/// A change form of a table that counts its changes must say which version it shows.
fn version_sent(resource: &dyn AnyResource, input: &Input) -> Result<Option<i32>> {
    if !resource.meta().versioned() {
        return Ok(None);
    }
    let version = input.get("_version").and_then(|version| version.parse().ok());
    version.map(Some).ok_or_else(|| {
        Error::BadRequest(
            "The form did not say which version it shows (_version). Reload it and try again.".into(),
        )
    })
}

/// Without script, a row of a large table is named by typing: finds the key of the one meant.
pub(crate) async fn named(visit: &Visit, resource: &dyn AnyResource, mut input: Input) -> Result<Input> {
    let mut errors = Errors::new();
    for (_, field) in editable(resource, false) {
        let Kind::Foreign(table) = &field.kind else { continue };
        let Some(text) =
            input.get(&typed_name(field)).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
        else {
            continue;
        };
        match one_called(visit, table, &text).await? {
            Ok(key) => {
                input.set(&field.name, key);
                input.set(&typed_name(field), "");
            }
            Err(why) => drop(errors.insert(field.name.clone(), vec![why])),
        }
    }
    if errors.is_empty() { Ok(input) } else { Err(Error::Invalid(errors)) }
}

async fn one_called(visit: &Visit, table: &str, text: &str) -> Result<Result<String, String>> {
    let Some(target) = visit.app.registry.table(table) else {
        return Ok(Err("Choose from the list.".into()));
    };
    visit.actor()?.must(target.meta().slug, Verb::View)?;
    let rows = matches(&(&visit.app.db).into(), target, text, 6).await?;
    let exact: Vec<&Record> = rows.iter().filter(|row| row.label.eq_ignore_ascii_case(text)).collect();
    Ok(match (exact.as_slice(), rows.as_slice()) {
        ([row], _) => Ok(row.pk()),
        ([], [row]) => Ok(row.pk()),
        (_, []) => Err(format!("There is no {} called “{text}”.", target.meta().singular)),
        _ => {
            let names: Vec<&str> = rows.iter().take(5).map(|row| row.label.as_str()).collect();
            Err(format!("Several match: {}. Type more of the name.", names.join(", ")))
        }
    })
}

pub(super) async fn after_save(
    visit: &Visit,
    resource: &dyn AnyResource,
    written: &Written,
    input: &Input,
    what: &str,
) -> Result<Response> {
    let (meta, saved) = (resource.meta(), &written.saved);
    if let Some(answer) = popup::answer(resource, saved, input) {
        return Ok(answer);
    }
    let filters = input.get(FILTERS).map_or_else(|| filters(visit), str::to_owned);
    let message = if saved.changes.is_empty() && written.below.is_empty() && what == "changed" {
        Message::plain(
            Level::Good,
            format!("Nothing was different, so the {} stays as it was.", meta.singular),
        )
    } else {
        let message = done(visit, resource, &saved.row, what, &filters);
        let message = Message { after: format!("{}{}", message.after, written.below.in_words()), ..message };
        undoable(visit, meta, message, what == "changed", false)
    };
    visit.say(message).await?;
    let pk = saved.row.pk();
    let location = if input.has("_continue") && visit.may(meta.slug, Verb::View) {
        row_href(meta, &pk, "change", &filters)
    } else if input.has("_addanother") {
        keep(&format!("/admin/{}/add/", meta.slug), &filters)
    } else {
        back_href(visit, meta, &filters)
    };
    Ok(found(&location))
}

pub(super) async fn refused(
    visit: &Visit,
    resource: &dyn AnyResource,
    row: Option<Record>,
    input: &Input,
    errors: Errors,
) -> Result<Response> {
    let filters = input.get(FILTERS).map_or_else(|| filters(visit), str::to_owned);
    let (typed, status) = (input.to_map(), StatusCode::UNPROCESSABLE_ENTITY);
    let shown = Shown { row, typed, errors, status, dirty: true, earlier: None };
    shown.draw(visit, resource, &filters).await
}

/// A form to be drawn.
pub(super) struct Shown {
    pub(super) row: Option<Record>,
    pub(super) typed: Typed,
    pub(super) errors: Errors,
    pub(super) status: StatusCode,
    pub(super) dirty: bool,
    pub(super) earlier: Option<Earlier>,
}

impl Shown {
    /// The form with what was typed before the session ended, or with these values.
    async fn kept_or(visit: &Visit, row: Option<Record>, values: Typed) -> Result<Self> {
        let kept = visit.kept().await?;
        let dirty = kept.is_some();
        let typed = kept.map_or(values, |input| input.to_map());
        Ok(Self { row, typed, errors: Errors::new(), status: StatusCode::OK, dirty, earlier: None })
    }

    /// The form with the values of an earlier version, not saved yet.
    fn with(self, earlier: Option<Earlier>) -> Self {
        Self { dirty: self.dirty || earlier.is_some(), earlier, ..self }
    }

    pub(super) async fn draw(
        self,
        visit: &Visit,
        resource: &dyn AnyResource,
        filters: &str,
    ) -> Result<Response> {
        let meta = resource.meta();
        let row = self.row.as_ref();
        let may = |verb| meta.offers(verb) && visit.may(meta.slug, verb);
        let view_only = row.is_some() && !may(Verb::Change);
        let builder = Builder { visit, resource, row, typed: &self.typed, errors: &self.errors, view_only };
        let mut groups = builder.groups().await?;
        if let Some(earlier) = &self.earlier {
            earlier.mark(&mut groups);
        }
        let popup = popup::asked(visit, |name| self.typed.contains_key(name));
        let only_as_new = self.typed.contains_key(AS_NEW) && !self.errors.is_empty();
        let below = if popup { Below::default() } else { Below::of(&builder).await? };
        let status =
            if below.is_stale() && !self.errors.is_empty() { StatusCode::CONFLICT } else { self.status };
        let title =
            row.map_or_else(|| format!("Add {}", crate::admin::a(meta.singular)), |row| row.label.clone());
        let verb = if row.is_none() {
            "Add"
        } else if view_only {
            "View"
        } else {
            "Change"
        };
        let window =
            if row.is_some() { format!("{title} | {verb} {}", meta.singular) } else { title.clone() };
        let mut chrome = visit
            .chrome(window, crumbs(visit, meta, filters, None, &crate::admin::shorten(&title, 60)))
            .await?;
        chrome.error = !self.errors.is_empty();
        let pk = row.map(Record::pk);
        let page_href = |page: &str| pk.as_deref().map(|pk| row_href(meta, pk, page, filters));
        let page = FormPage {
            subtitle: subtitle(meta, row, verb),
            form_errors: self.errors.get("").cloned().unwrap_or_default(),
            summary: summary(&groups).into_iter().chain(below.summary()).collect(),
            below,
            save_as_new: row.is_some() && meta.save_as_new && may(Verb::Add),
            only_as_new,
            popup,
            tools: tools(row, page_href("history")),
            version: self.version(resource),
            opened: self.opened(resource),
            action: page_href("change")
                .unwrap_or_else(|| keep(&format!("/admin/{}/add/", meta.slug), filters)),
            close: back_href(visit, meta, filters),
            delete: page_href("delete").filter(|_| may(Verb::Delete)),
            can_add: may(Verb::Add),
            dirty: self.dirty,
            acts: row.map(|row| Acts::of(visit, resource, row, filters)),
            earlier: self.earlier,
            chrome,
            title,
            groups,
            view_only,
        };
        render(status, &page)
    }

    /// The version that the person has seen: as sent, or as read.
    fn version(&self, resource: &dyn AnyResource) -> Option<i32> {
        let sent = self
            .typed
            .get("_version")
            .and_then(|values| values.last())
            .and_then(|version| version.parse().ok());
        sent.or_else(|| self.row.as_ref().and_then(|row| version_of(resource, row)))
    }

    /// The values that the form started with: shown beside the others after a conflict.
    fn opened(&self, resource: &dyn AnyResource) -> String {
        if let Some(sent) = self.typed.get("_opened").and_then(|values| values.last()) {
            return sent.clone();
        }
        // An earlier version is what somebody wants, not what they were shown.
        if self.row.is_none() || self.earlier.is_some() {
            return String::new();
        }
        let names = stored_names(resource);
        let values: Typed = self
            .typed
            .iter()
            .filter(|(name, _)| names.contains(name))
            .map(|(name, values)| (name.clone(), values.clone()))
            .collect();
        serde_json::to_string(&values).unwrap_or_default()
    }
}

fn subtitle(meta: &Meta, row: Option<&Record>, verb: &str) -> String {
    let Some(row) = row else { return String::new() };
    let changed = meta
        .column("updated_at")
        .map(|at| meta.fields[at].display(&row.values[at]))
        .filter(|text| !text.is_empty());
    let changed = changed.map(|at| format!(" · last changed {at} UTC")).unwrap_or_default();
    let version = meta
        .column("version")
        .map(|at| format!(" · version {}", meta.fields[at].display(&row.values[at])))
        .unwrap_or_default();
    let only = if verb == "View" { " · you may look, not change" } else { "" };
    format!("{} {}{changed}{version}{only}", capitalise(meta.singular), row.pk())
}

fn tools(row: Option<&Record>, history: Option<String>) -> Vec<(String, String, &'static str)> {
    let page = row.and_then(|row| row.page.clone()).map(|href| ("Open its page".to_owned(), href, "i-eye"));
    let own = row
        .map(|row| row.links.clone())
        .unwrap_or_default()
        .into_iter()
        .map(|(title, href)| (title, href, "i-key"));
    own.chain(page).chain(history.map(|href| ("History".to_owned(), href, "i-clock"))).collect()
}

/// What is wrong, with links to the fields.
fn summary(groups: &[GroupView]) -> Vec<(String, String)> {
    groups.iter().flat_map(|group| &group.fields).filter_map(FieldView::complaint).collect()
}

/// Names of everything that the form of a row can change.
pub(super) fn stored_names(resource: &dyn AnyResource) -> Vec<String> {
    let fields = editable(resource, true).map(|(_, field)| field.name.clone());
    fields.chain(resource.meta().many.iter().map(|many| many.name.to_owned())).collect()
}

/// A row as its form would send it unchanged.
pub(super) async fn stored(visit: &Visit, resource: &dyn AnyResource, row: &Record) -> Result<Typed> {
    let mut typed = Typed::new();
    for (at, field) in editable(resource, true).filter(|(_, field)| !field.secret) {
        typed.insert(field.name.clone(), vec![Field::input_text(&row.values[at])]);
    }
    for many in resource.meta().many {
        let keys = match key_number(row.key()) {
            Some(key) => many.load(&(&visit.app.db).into(), key).await?,
            None => Default::default(),
        };
        typed.insert(many.name.to_owned(), keys.iter().map(i64::to_string).collect());
    }
    Ok(typed)
}
