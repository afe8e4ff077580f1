//! Things done to several rows at once: chosen on the list, confirmed on a page of their own that
//! counts again, done in one transaction through the same save as a form.
use super::bulk::Bulk;
use super::chosen::Chosen;
use super::large::{self, Large};
use super::shared::{list_href, row_href, undoable};
use super::ticked::{Ticked, across, nothing};
use super::why::Why;
use crate::admin::deletion::{self, Preview};
use crate::admin::exchange::{self, Format};
use crate::admin::{
    AnyResource, AskingMeta, Deed, Input, Meta, Record, Save, Target, Verb, find, shorten, thousands,
};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

/// Rows named on the confirmation.
pub(crate) const SAMPLE: usize = 20;
/// From so many deletions on, one types the number.
const TYPED: usize = 100;

#[derive(Template)]
#[template(path = "admin/action.html")]
struct ActionPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    title: String,
    deletes: bool,
    count: usize,
    sample: Vec<(String, String)>,
    protected: Vec<(String, String, String)>,
    preview: Preview,
    selected: Vec<String>,
    across: bool,
    action: String,
    typed: bool,
    wrong: Option<String>,
    why: Why,
    back: String,
    here: String,
}

/// `POST /admin/<resource>/`
pub async fn act(Path(slug): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let resource = visit.app.registry.get(&slug)?;
    let meta = resource.meta();
    let actor = visit.actor()?.clone();
    actor.must(meta.slug, Verb::View)?;
    let back = list_href(meta, &visit.query);
    let across = across(&input);
    if let Some(page) =
        input.get("action").and_then(|name| meta.page(name)).filter(|page| page.open_to(&actor))
    {
        return Ok(sent_on(page.href, &visit.query));
    }
    let name = input.get("action").unwrap_or_default();
    if let Some(format) = Format::of_action(name) {
        return exchange::ticked(&visit, slug, format, &input).await;
    }
    let asking = AskingMeta::named(resource, name)
        .filter(|_| meta.offers(Verb::Change) && actor.may(meta.slug, Verb::Change));
    if let Some(action) = &asking {
        let (rows, large) = match Ticked::of(&visit, resource, &input, &back).await? {
            Ticked::Rows(rows) => (rows, None),
            Ticked::Many(rows) => (rows, Some(Large::look(&visit, resource, &input).await?)),
            Ticked::Nothing(answer) => return Ok(answer),
        };
        return Bulk { visit: &visit, resource, action, rows, large, across, back }.serve(&input).await;
    }
    let Some(mut chosen) = Chosen::of(meta, name, across, &back)
        .filter(|chosen| meta.offers(chosen.verb) && actor.may(meta.slug, chosen.verb))
    else {
        return nothing(&visit, &back, "Nothing was done: choose an action first.").await;
    };
    let rows = match Ticked::of(&visit, resource, &input, &back).await? {
        Ticked::Rows(rows) => rows,
        Ticked::Many(sample) => return large::serve(&visit, resource, chosen, &sample, &input).await,
        Ticked::Nothing(answer) => return Ok(answer),
    };
    if input.get("post") != Some("yes") {
        return confirm(&visit, resource, &chosen, rows, None).await;
    }
    chosen.why = Why::read(chosen.why.asked, false, &input);
    let expected = input.get("_expected").and_then(|count| count.parse().ok());
    if expected.is_some_and(|expected: usize| expected != rows.len()) {
        let why =
            format!("The list has changed: it is {} rows now. Look again.", thousands(rows.len() as i64));
        return confirm(&visit, resource, &chosen, rows, Some(why)).await;
    }
    if chosen.verb == Verb::Delete
        && rows.len() >= TYPED
        && input.get("confirm").map(str::trim) != Some(&rows.len().to_string())
    {
        return confirm(&visit, resource, &chosen, rows, Some("Type the number of rows to confirm.".into()))
            .await;
    }
    if !chosen.why.errors.is_empty() {
        return confirm(&visit, resource, &chosen, rows, Some("The reason needs a change.".into())).await;
    }
    run(&visit, resource, &chosen, rows).await
}

/// Sends the browser to the page of an action with all that it sent here: 307 keeps the form.
fn sent_on(href: &str, query: &str) -> Response {
    let query = if query.is_empty() { String::new() } else { format!("?{query}") };
    Redirect::temporary(&format!("{href}{query}")).into_response()
}

async fn confirm(
    visit: &Visit,
    resource: &dyn AnyResource,
    chosen: &Chosen<'_>,
    rows: Vec<Record>,
    wrong: Option<String>,
) -> Result<Response> {
    let meta = resource.meta();
    let deletes = chosen.verb == Verb::Delete;
    let every: Vec<&Record> = rows.iter().collect();
    let preview = if deletes { preview(visit, resource, &every).await? } else { Preview::default() };
    let protected =
        if preview.protected.is_empty() { Vec::new() } else { in_use(visit, resource, &every).await? };
    let status = if wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let page = ActionPage {
        chrome: visit
            .chrome(
                chosen.title.clone(),
                vec![
                    Crumb::to("Admin", "/admin/"),
                    Crumb::to(crate::admin::capitalise(meta.plural), chosen.back.clone()),
                    Crumb::here(chosen.title.clone()),
                ],
            )
            .await?,
        sample: rows
            .iter()
            .take(SAMPLE)
            .map(|row| (shorten(&row.label, 80), row_href(meta, &row.pk(), "change", "")))
            .collect(),
        selected: if chosen.across { Vec::new() } else { rows.iter().map(Record::pk).collect() },
        count: rows.len(),
        typed: deletes && rows.len() >= TYPED,
        title: chosen.title.clone(),
        action: chosen.name.to_owned(),
        back: chosen.back.clone(),
        here: chosen.back.clone(),
        meta,
        deletes,
        protected,
        preview,
        across: chosen.across,
        why: chosen.why.clone(),
        wrong,
    };
    render(status, &page)
}

/// What would happen to what hangs on the rows.
async fn preview(visit: &Visit, resource: &dyn AnyResource, rows: &[&Record]) -> Result<Preview> {
    deletion::preview(&(&visit.app.db).into(), &visit.app.registry, resource, rows, &visit.deed()?).await
}

/// Which of the first rows cannot be deleted, their addresses, and why.
async fn in_use(
    visit: &Visit,
    resource: &dyn AnyResource,
    rows: &[&Record],
) -> Result<Vec<(String, String, String)>> {
    let mut used = Vec::new();
    for row in rows.iter().take(SAMPLE) {
        let preview = preview(visit, resource, &[row]).await?;
        if !preview.protected.is_empty() {
            let href = row_href(resource.meta(), &row.pk(), "delete", "");
            used.push((shorten(&row.label, 80), href, preview.obstacle()));
        }
    }
    Ok(used)
}

/// All rows or none.
async fn run(
    visit: &Visit,
    resource: &dyn AnyResource,
    chosen: &Chosen<'_>,
    rows: Vec<Record>,
) -> Result<Response> {
    let meta = resource.meta();
    let deed = Deed { reason: chosen.why.given(), ..visit.deed()? };
    let txn = crate::db::begin(&visit.app.db).await?;
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given: Vec::new() };
    let mut changed = 0;
    for row in &rows {
        // As it is now: somebody may have changed or deleted it since it was listed.
        let Ok(row) = &find(resource, &(&txn).into(), &row.pk()).await else { continue };
        let outcome = match &chosen.field {
            Some((name, value)) => save
                .run(
                    &txn,
                    Target::Row(&row.pk(), None),
                    &Input::partial([(name.clone(), (*value).to_owned())]),
                )
                .await
                .map(|saved| !saved.changes.is_empty()),
            None => deletion::delete(&txn, &visit.app.registry, resource, row, &deed).await.map(|()| true),
        };
        match outcome {
            Ok(done) => changed += i64::from(done),
            Err(Error::Protected(why) | Error::Refused(why)) => {
                return stopped(visit, txn, row, &why, &chosen.back).await;
            }
            Err(Error::Invalid(errors)) => {
                let why = errors.into_values().flatten().collect::<Vec<_>>().join(" ");
                return stopped(visit, txn, row, &why, &chosen.back).await;
            }
            Err(error) => return Err(error),
        }
    }
    txn.commit().await?;
    visit.app.forget();
    let noun = if changed == 1 { meta.singular } else { meta.plural };
    let what = if chosen.verb == Verb::Delete { "deleted" } else { "changed" };
    let same = rows.len() as i64 - changed;
    let rest = if same > 0 { format!(" {} had that value already.", thousands(same)) } else { String::new() };
    let message = Message::plain(Level::Good, format!("{} {noun} {what}.{rest}", thousands(changed)));
    let deletes = chosen.verb == Verb::Delete;
    visit.say(undoable(visit, meta, message, changed > 0, deletes)).await?;
    Ok(found(&chosen.back))
}

async fn stopped(
    visit: &Visit,
    txn: sea_orm::DatabaseTransaction,
    row: &Record,
    why: &str,
    back: &str,
) -> Result<Response> {
    txn.rollback().await?;
    visit
        .say(Message::plain(
            Level::Bad,
            format!("Nothing was done, because of “{}”: {why}", shorten(&row.label, 80)),
        ))
        .await?;
    Ok(found(back))
}
