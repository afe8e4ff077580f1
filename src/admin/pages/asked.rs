//! What an action that asks first was answered: read, checked, and drawn again.
use super::cell::Body;
use super::form::named;
use super::shared::row_href;
use super::why::Why;
use super::widget::{Builder, Choice, FieldView, Typed, Widget};
use crate::admin::{AnyResource, AskingMeta, Input, Kind, Record, shorten};
use crate::error::{Error, Errors, Result};
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

/// Before the names of fields: one may be called like something that the page itself sends.
const NEW: &str = "new-";
/// Before the names of the boxes that say which fields are set.
const SET: &str = "set-";
/// Rows named on the page.
const NAMED: usize = 20;

#[derive(Template)]
#[template(path = "admin/ask.html")]
struct AskPage {
    chrome: Chrome,
    title: String,
    order: String,
    rows: String,
    sample: Vec<(String, String)>,
    fields: Vec<Asked>,
    form_errors: Vec<String>,
    summary: Vec<(String, String)>,
    why: Why,
    carried: Vec<(String, String)>,
    /// Whether what would change is shown before it does.
    previewed: bool,
    here: String,
    back: String,
}

/// A field with its box, where only ticked ones are set.
struct Asked {
    field: FieldView,
    tick: Option<(String, bool)>,
}

/// Where a page of an action is, and what it is for.
pub(super) struct At<'a> {
    pub(super) resource: &'a dyn AnyResource,
    pub(super) action: &'a AskingMeta,
    pub(super) rows: &'a [Record],
    /// How many there are of them: "42 issues".
    pub(super) amount: String,
    /// What the next post must bring again.
    pub(super) carried: Vec<(String, String)>,
    pub(super) here: String,
    pub(super) back: String,
    pub(super) crumbs: Vec<Crumb>,
    pub(super) previewed: bool,
}

/// "1 issue", "42 issues".
pub(super) fn amount(resource: &dyn AnyResource, count: usize) -> String {
    let meta = resource.meta();
    let noun = if count == 1 { meta.singular } else { meta.plural };
    format!("{} {noun}", crate::admin::thousands(count as i64))
}

/// Answers.
#[derive(Default)]
pub(super) struct Answers {
    /// What is to be written.
    pub(super) input: Input,
    pub(super) why: Why,
    pub(super) errors: Errors,
    typed: Typed,
    ticked: Vec<String>,
}

impl Answers {
    /// Nothing answered yet; what is wrong is not told before somebody answers.
    pub(super) fn open(action: &AskingMeta) -> Self {
        Self { why: Why::open(true, action.reason), ..Self::default() }
    }

    /// Reads a form.
    pub(super) async fn read(
        visit: &Visit,
        resource: &dyn AnyResource,
        action: &AskingMeta,
        input: &Input,
    ) -> Result<Self> {
        let all = input.to_map();
        let sent: Typed = all
            .into_iter()
            .filter_map(|(name, values)| Some((name.strip_prefix(NEW)?.to_owned(), values)))
            .collect();
        let mut answers = Self { why: Why::read(true, action.reason, input), ..Self::default() };
        let mut typed = Input::default();
        for (name, values) in sent {
            typed.replace(&name, values);
        }
        let typed = match named(visit, resource, typed.clone()).await {
            Ok(found) => found,
            Err(Error::Invalid(errors)) => {
                answers.errors.extend(errors);
                typed
            }
            Err(error) => return Err(error),
        };
        answers.typed = typed.to_map();
        answers.ticked = action
            .fields
            .iter()
            .filter(|name| !action.ticked || input.has(&format!("{SET}{name}")))
            .cloned()
            .collect();
        answers.check(resource, action, &typed);
        Ok(answers)
    }

    /// Keeps what is set, and says what is wrong with it or was not meant to be left out.
    fn check(&mut self, resource: &dyn AnyResource, action: &AskingMeta, typed: &Input) {
        self.input = Input::partial([]);
        for name in &action.fields {
            let filled = typed.all(name).iter().any(|text| !text.trim().is_empty());
            if !self.ticked.contains(name) {
                if filled {
                    let text = "Tick the box before it to set this, or empty it to leave it alone.";
                    self.errors.entry(name.clone()).or_default().push(text.into());
                }
                continue;
            }
            let Some((_, field)) = resource.meta().field(name) else {
                let keys = typed.all(name).iter().filter(|key| !key.is_empty()).cloned().collect();
                self.input.replace(name, keys);
                continue;
            };
            let missing = if field.kind == Kind::Boolean { "false" } else { "" };
            let text = typed.get(name).unwrap_or(missing);
            if !self.errors.contains_key(name)
                && let Err(message) = field.parse(text)
            {
                self.errors.insert(name.clone(), vec![message]);
            }
            self.input.set(name, text);
        }
        if self.ticked.is_empty() && self.errors.is_empty() {
            self.errors.insert(String::new(), vec!["Tick the fields that you want to set.".into()]);
        }
    }

    /// Whether all is well.
    pub(super) fn valid(&self) -> bool {
        self.errors.is_empty() && self.why.errors.is_empty()
    }

    /// The answers as a form sends them again.
    pub(super) fn carried(&self) -> Vec<(String, String)> {
        let ticks = self.ticked.iter().map(|name| (format!("{SET}{name}"), "1".to_owned()));
        let values =
            self.typed.iter().filter(|(name, _)| self.ticked.contains(name)).flat_map(|(name, values)| {
                values.iter().map(move |value| (format!("{NEW}{name}"), value.clone()))
            });
        let why = self.why.given().map(|text| ("reason".to_owned(), text));
        ticks.chain(values).chain(why).collect()
    }

    /// The page with its fields.
    pub(super) async fn draw(self, visit: &Visit, mut at: At<'_>) -> Result<Response> {
        let builder = Builder {
            visit,
            resource: at.resource,
            row: None,
            typed: &self.typed,
            errors: &self.errors,
            view_only: false,
        };
        let mut fields = Vec::new();
        for name in &at.action.fields {
            let field = blank_first(builder.named(name).await?, at.action.ticked);
            let tick = at.action.ticked.then(|| (format!("{SET}{name}"), self.ticked.contains(name)));
            fields.push(Asked { field: FieldView { name: format!("{NEW}{name}"), ..field }, tick });
        }
        let wrong = !self.valid();
        let mut summary: Vec<(String, String)> = fields
            .iter()
            .filter_map(|asked| {
                let error = asked.field.errors.first()?;
                Some((asked.field.name.clone(), format!("{}: {error}", asked.field.title)))
            })
            .collect();
        summary.extend(self.why.errors.first().map(|error| ("reason".into(), format!("Reason: {error}"))));
        // What a hook finds wrong may be with a field that this page does not ask for.
        let elsewhere = self.errors.iter().filter(|(name, _)| !at.action.fields.contains(name));
        let form_errors = elsewhere.flat_map(|(_, errors)| errors.clone()).collect();
        let mut chrome = visit.chrome(at.action.order(), std::mem::take(&mut at.crumbs)).await?;
        chrome.error = wrong;
        let meta = at.resource.meta();
        let page = AskPage {
            chrome,
            title: at.action.order().to_owned(),
            order: if at.previewed { "Show what would change".into() } else { at.action.order().to_owned() },
            rows: at.amount,
            sample: at
                .rows
                .iter()
                .take(NAMED)
                .map(|row| (shorten(&row.label, 80), row_href(meta, &row.pk(), "change", "")))
                .collect(),
            why: self.why,
            carried: at.carried,
            previewed: at.previewed,
            here: at.here,
            back: at.back,
            fields,
            form_errors,
            summary,
        };
        render(if wrong { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
    }
}

/// A field that asks for a new value shows none, and a browser must not insist on those that are not ticked.
fn blank_first(mut field: FieldView, ticked: bool) -> FieldView {
    (field.required, field.optional) = (!ticked && field.required, !ticked && field.optional);
    if let Widget::Select(choices) = &mut field.widget
        && choices.iter().all(|choice| !choice.value.is_empty())
    {
        let chosen = !choices.iter().any(|choice| choice.chosen);
        choices.insert(0, Choice { value: String::new(), title: "Choose…".into(), chosen });
    }
    field
}
