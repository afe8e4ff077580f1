//! Notes for the next shift: writing one, and a page with the log for those who come without script or made a
//! mistake.
use super::log::Log;
use crate::admin::{Input, Save, Target, Verb};
use crate::auth::pages::safe_next;
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Level, Message, Posted, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use chrono::TimeDelta;
use entity::{handover_note, site};
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func};
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Fields of the form.
const FIELDS: [&str; 3] = ["text", "site", "watch_until"];
/// Entries of the log.
const SHOWN: usize = 100;
/// Within so many seconds, the same note is taken for the same deed.
const SAME: i64 = 10;

#[derive(Template)]
#[template(path = "shift/handover.html")]
struct HandoverPage {
    chrome: Chrome,
    log: Log,
}

/// `GET /handover/`
///
/// # Errors
/// [`Error::Forbidden`] for those who may not read notes.
pub async fn show(visit: Visit) -> Result<Response> {
    draw(&visit, "/handover/", HashMap::new(), Errors::new()).await
}

/// `POST /handover/`
///
/// # Errors
/// [`Error::Forbidden`] for those who may not write notes.
pub async fn write(Posted { visit, input }: Posted) -> Result<Response> {
    visit.actor()?.must("handover-notes", Verb::Add)?;
    let next = match input.get("next").unwrap_or_default() {
        "" => "/".to_owned(),
        next => safe_next(next),
    };
    let txn = crate::db::begin(&visit.app.db).await?;
    match save(&visit, &txn, &input).await {
        Ok(()) => txn.commit().await?,
        Err(Error::Invalid(errors)) => {
            txn.rollback().await?;
            let typed = |name: &'static str| (name, input.get(name).unwrap_or_default().to_owned());
            return draw(&visit, &next, FIELDS.into_iter().map(typed).collect(), errors).await;
        }
        Err(error) => return Err(error),
    }
    visit.app.counts.forget();
    visit.say(Message::plain(Level::Good, "Noted for the next shift.")).await?;
    Ok(found(&next))
}

async fn save(visit: &Visit, txn: &DatabaseTransaction, input: &Input) -> Result<()> {
    let deed = visit.deed()?;
    let mut errors = Errors::new();
    let mut row = Input::default();
    row.set("text", input.get("text").unwrap_or_default().trim());
    row.set("watch_until", input.get("watch_until").unwrap_or_default().trim());
    row.set("site", "");
    match input.get("site").unwrap_or_default().trim() {
        "" => {}
        name => match site_of(txn, name).await? {
            Some(key) => row.set("site", key.to_string()),
            None => {
                errors.insert("site".into(), vec!["There is no site of that name.".into()]);
            }
        },
    }
    let until = crate::admin::parse_moment(row.get("watch_until").unwrap_or_default());
    if until.is_some_and(|until| until <= deed.at) {
        errors.insert("watch_until".into(), vec!["This has passed. Choose a time to come, in UTC.".into()]);
    }
    if errors.is_empty() && again(visit, txn, row.get("text").unwrap_or_default()).await? {
        return Ok(());
    }
    let resource = visit.app.registry.get("handover-notes")?;
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given: Vec::new() };
    match save.run(txn, Target::New, &row).await {
        Ok(_) if errors.is_empty() => Ok(()),
        // All that is wrong is said at once; the caller gives the transaction up.
        Ok(_) => Err(Error::Invalid(errors)),
        Err(Error::Invalid(mut wrong)) => {
            // A name that nobody knows is not a site left out.
            wrong.append(&mut errors);
            Err(Error::Invalid(wrong))
        }
        Err(error) => Err(error),
    }
}

/// Key of the site of that name, or of that key.
async fn site_of(txn: &DatabaseTransaction, name: &str) -> Result<Option<i64>> {
    if name.contains('\0') || name.chars().count() > 255 {
        return Ok(None);
    }
    let mut either =
        Condition::any().add(Expr::from(Func::lower(Expr::col(site::Column::Name))).eq(name.to_lowercase()));
    if let Ok(key) = name.parse::<i64>() {
        either = either.add(site::Column::Id.eq(key));
    }
    let rows = site::Entity::find().filter(either).order_by_asc(site::Column::Id).limit(10).all(txn).await?;
    let exact = rows.iter().find(|row| row.name == name).or(rows.first());
    Ok(exact.map(|row| row.id))
}

/// Whether the same was written a moment ago: a second click, or a reload of the answer.
async fn again(visit: &Visit, txn: &DatabaseTransaction, text: &str) -> Result<bool> {
    use handover_note::Column::{UserId, WrittenAt};
    let lately = handover_note::Entity::find()
        .filter(WrittenAt.gt(visit.now - TimeDelta::seconds(SAME)))
        .filter(UserId.eq(visit.actor()?.id))
        .limit(20)
        .all(txn)
        .await?;
    Ok(lately.iter().any(|note| note.text == text))
}

async fn draw(
    visit: &Visit,
    next: &str,
    typed: HashMap<&'static str, String>,
    errors: Errors,
) -> Result<Response> {
    visit.actor()?.must("handover-notes", Verb::View)?;
    let mut chrome = visit.chrome("Handover log", vec![Crumb::here("Handover log")]).await?;
    // The address of what was sent is also that of the page.
    chrome.here = "/handover/".into();
    chrome.error = !errors.is_empty();
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut log = Log::read(visit, &chrome.csrf, next, SHOWN).await?;
    if let Some(form) = &mut log.form {
        form.typed = typed;
        form.errors = errors;
    }
    render(status, &HandoverPage { chrome, log })
}
