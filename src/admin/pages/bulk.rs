//! An action that asks first, done to ticked rows: its fields, what would change, and the deed. Each page posts to the
//! list's own address again, so that "all that match" is asked of the database each time.
use super::asked::{Answers, At, amount};
use super::large::{HIGHEST, Large};
use super::shared::row_href;
use crate::admin::bulk::{self, Outcome};
use crate::admin::changelist::page::Count;
use crate::admin::history::Changes;
use crate::admin::jobs::What;
use crate::admin::{
    AnyResource, AskingMeta, Deed, Input, Meta, Record, Save, Verb, capitalise, shorten, thousands,
};
use crate::error::Result;
use crate::web::{Chrome, Crumb, Level, Message, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// Rows named that cannot be changed.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "admin/preview.html")]
struct PreviewPage<'a> {
    chrome: Chrome,
    meta: &'a Meta,
    title: String,
    sentence: String,
    changed: usize,
    amount: String,
    sample: Vec<(String, Changes)>,
    refused: Vec<(String, String)>,
    unnamed: usize,
    across: bool,
    /// Only the first were looked at: the rest goes on in the background.
    large: bool,
    /// Whether it can be counted how many there are exactly.
    countable: bool,
    note: Option<String>,
    carried: Vec<(String, String)>,
    here: String,
}

/// What was chosen on the list.
pub(super) struct Bulk<'a> {
    pub(super) visit: &'a Visit,
    pub(super) resource: &'a dyn AnyResource,
    pub(super) action: &'a AskingMeta,
    /// If there are too many for one transaction, the first of them.
    pub(super) rows: Vec<Record>,
    pub(super) large: Option<Large>,
    pub(super) across: bool,
    pub(super) back: String,
}

impl Bulk<'_> {
    /// The page that the form asks for.
    pub(super) async fn serve(self, input: &Input) -> Result<Response> {
        let step = input.get("step").unwrap_or_default();
        if step.is_empty() && input.get("post") != Some("yes") {
            let open = Answers::open(self.action);
            return self.ask(open).await;
        }
        let answers = Answers::read(self.visit, self.resource, self.action, input).await?;
        if !answers.valid() || step == "edit" {
            return self.ask(answers).await;
        }
        let deed = Deed { reason: answers.why.given(), ..self.visit.deed()? };
        let registry = &self.visit.app.registry;
        let save = Save { registry, resource: self.resource, deed: &deed, given: Vec::new() };
        let state = bulk::state(&save, &self.rows);
        let confirmed = input.get("post") == Some("yes");
        if let Some(large) = &self.large {
            if confirmed && input.has(HIGHEST) {
                let values = Some(answers.input.to_map());
                let what = What { action: self.action.name.to_owned(), values };
                let (title, why) = (self.action.order(), answers.why.given());
                return large.begin(self.visit, self.resource, title, what, why).await;
            }
            return self.preview(&save, &answers, state, None).await;
        }
        if !confirmed || input.get("_state") != Some(&state) {
            let note = confirmed.then(|| "The list has changed since you looked. Look again.".to_owned());
            return self.preview(&save, &answers, state, note).await;
        }
        let txn = crate::db::begin(&self.visit.app.db).await?;
        let outcome = bulk::change(&txn, &save, &self.rows, &answers.input).await?;
        txn.commit().await?;
        self.visit.app.forget();
        self.tell(&outcome).await
    }

    fn crumbs(&self) -> Vec<Crumb> {
        vec![
            Crumb::to("Admin", "/admin/"),
            Crumb::to(capitalise(self.resource.meta().plural), self.back.clone()),
            Crumb::here(self.action.order()),
        ]
    }

    /// What every page of it sends again: the action, and the rows or that it is for all.
    fn carried(&self) -> Vec<(String, String)> {
        let mut carried = vec![("action".to_owned(), self.action.name.to_owned())];
        if self.across {
            carried.push(("select_across".into(), "1".into()));
        } else {
            carried.extend(self.rows.iter().map(|row| ("_selected_action".to_owned(), row.pk())));
        }
        carried.extend(self.large.as_ref().map(Large::carried));
        carried
    }

    /// How many rows it is for.
    fn amount(&self) -> String {
        let meta = self.resource.meta();
        self.large.as_ref().map_or_else(|| amount(self.resource, self.rows.len()), |large| large.amount(meta))
    }

    async fn ask(self, answers: Answers) -> Result<Response> {
        let mut carried = self.carried();
        carried.push(("step".into(), "preview".into()));
        let at = At {
            resource: self.resource,
            action: self.action,
            rows: &self.rows,
            amount: self.amount(),
            carried,
            here: self.back.clone(),
            back: self.back.clone(),
            crumbs: self.crumbs(),
            previewed: true,
        };
        answers.draw(self.visit, at).await
    }

    /// Does it and takes it back before anybody sees: so what is shown is what would be.
    async fn preview(
        self,
        save: &Save<'_>,
        answers: &Answers,
        state: String,
        note: Option<String>,
    ) -> Result<Response> {
        let txn = crate::db::begin(&self.visit.app.db).await?;
        let mut outcome = bulk::change(&txn, save, &self.rows, &answers.input).await?;
        txn.rollback().await?;
        let mut carried = self.carried();
        carried.extend(answers.carried());
        carried.push(("_state".into(), state));
        let unnamed = outcome.refused.len().saturating_sub(NAMED);
        let mut sentence = sentence(&outcome);
        let mut changing = amount(self.resource, outcome.changed);
        if self.large.is_some() {
            changing = self.amount();
            let looked = self.rows.len();
            sentence = format!(
                "{changing}: all that match the list's search and filters now. Of the first {looked}: {sentence}"
            );
        }
        outcome.refused.truncate(NAMED);
        let short = |(label, rest): (String, String)| (shorten(&label, 80), rest);
        let page = PreviewPage {
            chrome: self.visit.chrome(self.action.order(), self.crumbs()).await?,
            meta: self.resource.meta(),
            title: self.action.order().to_owned(),
            changed: outcome.changed,
            amount: changing,
            large: self.large.is_some(),
            countable: self.large.as_ref().is_some_and(|large| large.count == Count::Many),
            sample: outcome.sample.into_iter().map(|(label, rest)| (shorten(&label, 80), rest)).collect(),
            refused: outcome.refused.into_iter().map(short).collect(),
            across: self.across && self.large.is_none(),
            here: self.back,
            sentence,
            unnamed,
            note,
            carried,
        };
        let status = if page.note.is_some() { StatusCode::CONFLICT } else { StatusCode::OK };
        render(status, &page)
    }

    async fn tell(self, outcome: &Outcome) -> Result<Response> {
        let mut text = format!("{} changed.", amount(self.resource, outcome.changed));
        if outcome.same > 0 {
            text.push_str(&format!(" {} had these values already.", thousands(outcome.same as i64)));
        }
        if let Some((label, why)) = outcome.refused.first() {
            let count = thousands(outcome.refused.len() as i64);
            text.push_str(&format!(" {count} left alone, such as “{}”: {why}", shorten(label, 80)));
        }
        let level = if outcome.refused.is_empty() { Level::Good } else { Level::Warn };
        let message = Message::plain(level, text);
        let message =
            if outcome.changed > 0 { message.with_undo("Undo", self.visit.undo()) } else { message };
        self.visit.say(message).await?;
        Ok(found(&self.back))
    }
}

/// "42 will change, 3 have these values already, 1 cannot be changed."
fn sentence(outcome: &Outcome) -> String {
    let mut parts = vec![format!("{} will change", thousands(outcome.changed as i64))];
    if outcome.same > 0 {
        let have = if outcome.same == 1 { "has" } else { "have" };
        parts.push(format!("{} {have} these values already", thousands(outcome.same as i64)));
    }
    if !outcome.refused.is_empty() {
        parts.push(format!("{} cannot be changed", thousands(outcome.refused.len() as i64)));
    }
    format!("{}.", parts.join(", "))
}

/// One row: its own page sends nothing but itself, so there is nothing to look at before.
pub(super) async fn one(
    visit: &Visit,
    resource: &dyn AnyResource,
    action: &AskingMeta,
    row: Record,
    (input, filters): (&Input, &str),
) -> Result<Response> {
    let meta = resource.meta();
    visit.actor()?.must(meta.slug, Verb::Change)?;
    let mut answers = Answers::open(action);
    let rows = [row];
    if input.get("post") == Some("yes") {
        answers = Answers::read(visit, resource, action, input).await?;
        if answers.valid() {
            let deed = Deed { reason: answers.why.given(), ..visit.deed()? };
            match super::act::write(visit, resource, &rows[0], &deed, &answers.input).await {
                Err(crate::error::Error::Invalid(errors)) => answers.errors = errors,
                done => return done?.answer(visit, resource, filters).await,
            }
        }
    }
    let at = At {
        resource,
        action,
        amount: amount(resource, rows.len()),
        carried: vec![
            ("action".into(), action.name.into()),
            ("_selected_action".into(), rows[0].pk()),
            ("post".into(), "yes".into()),
        ],
        here: row_href(meta, &rows[0].pk(), "act", filters),
        back: row_href(meta, &rows[0].pk(), "change", filters),
        crumbs: super::shared::crumbs(visit, meta, filters, Some(&rows[0]), action.order()),
        previewed: false,
        rows: &rows,
    };
    answers.draw(visit, at).await
}
