//! All that match a list, when that is more than is done while somebody waits: looked at once more, then begun as a
//! job in the background.
use super::chosen::Chosen;
use super::list::PATIENCE;
use super::shared::row_href;
use super::shared::understood;
use super::why::Why;
use crate::admin::changelist::page::{Count, Reader};
use crate::admin::jobs::{self, Begun, Order, What};
use crate::admin::{AnyResource, Deed, Input, Meta, Record, Verb, capitalise, shorten, thousands};
use crate::error::{Error, Result};
use crate::web::{Chrome, Crumb, Level, Message, Visit, found, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use sea_orm::sea_query::{Expr, ExprTrait};
use std::collections::BTreeMap;

/// Name in forms: key of the last row that was there when somebody first looked.
pub(super) const HIGHEST: &str = "_highest";
/// Word to be typed before so many rows are deleted.
const WORD: &str = "delete";

#[derive(Template)]
#[template(path = "admin/large.html")]
struct LargePage<'a> {
    chrome: Chrome,
    title: String,
    amount: String,
    limit: String,
    /// Whether it can be counted how many there are exactly.
    countable: bool,
    deletes: bool,
    word: &'static str,
    sample: Vec<(String, String)>,
    carried: Vec<(String, String)>,
    wrong: Option<String>,
    why: Why,
    here: &'a str,
}

/// How many rows there are, and where they end.
pub(super) struct Large {
    pub(super) count: Count,
    highest: i64,
}

impl Large {
    /// Looks at them. Rows that come after somebody first looked are not meant.
    pub(super) async fn look(visit: &Visit, resource: &dyn AnyResource, input: &Input) -> Result<Self> {
        let db = (&visit.app.db).into();
        let asked = understood(visit, resource, "done").await?;
        let last = jobs::highest(&db, resource).await?;
        let seen = input.get(HIGHEST).and_then(|key| key.parse::<i64>().ok());
        let highest = seen.map_or(last, |seen| Ord::min(seen, last));
        let condition = asked.condition().add(Expr::col((resource.meta().table, "id")).lte(highest));
        let registry = &visit.app.registry;
        let reader = Reader { db: &db, registry, resource, condition, order: &asked.order };
        let exact = input.get("step") == Some("count") || asked.params.get("count") == Some("exact");
        let count = match tokio::time::timeout(PATIENCE, reader.count(exact)).await {
            Ok(Err(Error::TooSlow)) | Err(_) => Count::Many,
            Ok(count) => count?,
        };
        Ok(Self { count, highest })
    }

    /// "10,000+ issues".
    pub(super) fn amount(&self, meta: &Meta) -> String {
        format!("{} {}", self.count.text(), meta.plural)
    }

    /// What the next post must bring again.
    pub(super) fn carried(&self) -> (String, String) {
        (HIGHEST.to_owned(), self.highest.to_string())
    }

    /// Begins a job and leads to its page; if another is under way, to that one.
    pub(super) async fn begin(
        &self,
        visit: &Visit,
        resource: &dyn AnyResource,
        title: &str,
        what: What,
        reason: Option<String>,
    ) -> Result<Response> {
        let deed = Deed { reason, ..visit.deed()? };
        let order = Order { title, what, query: &visit.query, highest: self.highest };
        let id = match jobs::begin(&visit.app, resource, &deed, order).await? {
            Begun::New(id) => id,
            Begun::Busy(id) => {
                let plural = resource.meta().plural;
                let text = format!(
                    "Nothing was begun, since this job of yours on {plural} is not over. Wait for its end, or cancel it."
                );
                visit.say(Message::plain(Level::Warn, text)).await?;
                id
            }
        };
        jobs::start(&visit.app).await?;
        Ok(found(&super::jobs::href(id)))
    }
}

/// A deletion, or one value for all: asks once more, then begins.
pub(super) async fn serve(
    visit: &Visit,
    resource: &dyn AnyResource,
    mut chosen: Chosen<'_>,
    sample: &[Record],
    input: &Input,
) -> Result<Response> {
    let large = Large::look(visit, resource, input).await?;
    chosen.why = Why::read(chosen.why.asked, false, input);
    let deletes = chosen.verb == Verb::Delete;
    let typed = input.get("confirm").unwrap_or_default().trim().to_lowercase();
    let wrong = if input.get("post") != Some("yes") {
        None
    } else if deletes && typed != WORD {
        Some(format!("Type the word {WORD} to confirm."))
    } else if !chosen.why.errors.is_empty() {
        Some("The reason needs a change.".to_owned())
    } else {
        let values = chosen
            .field
            .as_ref()
            .map(|(name, value)| BTreeMap::from([(name.clone(), vec![(*value).to_owned()])]));
        let what = What { action: chosen.name.to_owned(), values };
        return large.begin(visit, resource, &chosen.title, what, chosen.why.given()).await;
    };
    ask(visit, resource, chosen, sample, &large, wrong).await
}

async fn ask(
    visit: &Visit,
    resource: &dyn AnyResource,
    chosen: Chosen<'_>,
    sample: &[Record],
    large: &Large,
    wrong: Option<String>,
) -> Result<Response> {
    let meta = resource.meta();
    let crumbs = vec![
        Crumb::to("Admin", "/admin/"),
        Crumb::to(capitalise(meta.plural), chosen.back.clone()),
        Crumb::here(chosen.title.clone()),
    ];
    let mut chrome = visit.chrome(chosen.title.clone(), crumbs).await?;
    chrome.error = wrong.is_some();
    let page = LargePage {
        chrome,
        amount: large.amount(meta),
        limit: thousands(i64::try_from(visit.app.config.bulk_rows).unwrap_or(i64::MAX)),
        countable: large.count == Count::Many,
        deletes: chosen.verb == Verb::Delete,
        word: WORD,
        sample: sample
            .iter()
            .map(|row| (shorten(&row.label, 80), row_href(meta, &row.pk(), "change", "")))
            .collect(),
        carried: vec![
            ("action".to_owned(), chosen.name.to_owned()),
            ("select_across".to_owned(), "1".to_owned()),
            large.carried(),
        ],
        why: chosen.why,
        here: &chosen.back,
        title: chosen.title,
        wrong,
    };
    render(if page.wrong.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK }, &page)
}
