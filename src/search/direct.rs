//! What names one record: "issue 123", "#123", "GGUS 144201", the number of a ticket.
use super::{href, visible};
use crate::admin::{AnyResource, Fetch, Record};
use crate::error::Result;
use crate::web::Visit;
use entity::ticket::System;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ActiveEnum, Iterable};

/// Longest number of a ticket.
const LONGEST: usize = 64;

/// What somebody means who types it.
#[derive(Debug, PartialEq, Eq)]
enum Meaning<'a> {
    /// The record of that kind and key.
    Row(&'a str, i64),
    /// The ticket of that number.
    Ticket(&'a str),
    /// A ticket if there is one of that number; otherwise a record's key, or a number in some text.
    Perhaps(&'a str),
}

/// Records that the text names.
#[derive(Default)]
pub(super) struct Direct {
    /// Where to go at once: there is no doubt.
    pub(super) go: Option<String>,
    /// What it may mean: kind, name and address.
    pub(super) rows: Vec<(&'static str, String, String)>,
    /// What to say when there is none.
    pub(super) note: Option<String>,
}

/// Finds them. What stands in quotes is text and names nothing.
pub(super) async fn named(visit: &Visit, text: &str) -> Result<Direct> {
    let lower = text.to_lowercase();
    let kinds: Vec<&dyn AnyResource> = visible(visit).map(|(resource, _)| resource).collect();
    let Some(meaning) = meaning(&lower, &kinds) else { return Ok(Direct::default()) };
    let mut direct = Direct::default();
    let mut hits = Vec::new();
    if let Meaning::Ticket(number) | Meaning::Perhaps(number) = meaning {
        hits.extend(tickets(visit, &kinds, number).await?);
        // One ticket has the number: that is what numbers are typed for.
        direct.go = if let [(_, _, href)] = &*hits { Some(href.clone()) } else { None };
    }
    let (slug, key) = match meaning {
        Meaning::Row(slug, key) => (slug, Some(key)),
        Meaning::Perhaps(number) => ("issues", number.parse().ok()),
        Meaning::Ticket(_) => ("tickets", None),
    };
    if let (Some(resource), Some(key)) = (kind(&kinds, slug), key) {
        let row = rows(visit, resource, Expr::col((resource.meta().table, "id")).eq(key)).await?.pop();
        let hit = row.map(|row| (resource.meta().singular, row.label.clone(), href(resource, &row)));
        if matches!(meaning, Meaning::Row(..)) {
            direct.go = hit.as_ref().map(|(_, _, href)| href.clone());
        }
        hits.extend(hit);
    }
    if hits.is_empty() && !matches!(meaning, Meaning::Perhaps(_)) {
        direct.note = kind(&kinds, slug)
            .map(|found| format!("There is no {} with that number.", found.meta().singular));
    }
    direct.rows = hits;
    Ok(direct)
}

fn meaning<'a>(text: &'a str, kinds: &[&'a dyn AnyResource]) -> Option<Meaning<'a>> {
    if let Some(key) = text.strip_prefix('#').and_then(number) {
        return Some(Meaning::Row("issues", key));
    }
    let after = |word: &str| {
        let rest = text.strip_prefix(word)?;
        let number = rest.trim_start_matches([' ', ':', '#', '-']);
        // "issue5" is a word; "ggus:5" is not.
        (rest.len() > number.len() && !number.is_empty() && !number.contains(' ')).then_some(number)
    };
    if let Some(number) =
        ["ticket", "ggus"].iter().find_map(|word| after(word)).filter(|text| is_number(text))
    {
        return Some(Meaning::Ticket(number));
    }
    for meta in kinds.iter().map(|resource| resource.meta()) {
        let short = meta.singular.rsplit(' ').next().unwrap_or_default();
        if let Some(key) = [meta.singular, short].iter().find_map(|word| after(word)).and_then(number) {
            return Some(Meaning::Row(meta.slug, key));
        }
    }
    (is_number(text) && text.len() <= LONGEST).then_some(Meaning::Perhaps(text))
}

fn number(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `144201`, or `ATLDDMOPS-5612` as elsewhere.
fn is_number(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    plain && text.ends_with(|letter: char| letter.is_ascii_digit())
}

fn kind<'a>(kinds: &[&'a dyn AnyResource], slug: &str) -> Option<&'a dyn AnyResource> {
    kinds.iter().find(|resource| resource.meta().slug == slug).copied()
}

/// Tickets of that number in any system.
async fn tickets(
    visit: &Visit,
    kinds: &[&dyn AnyResource],
    number: &str,
) -> Result<Vec<(&'static str, String, String)>> {
    let Some(resource) = kind(kinds, "tickets") else { return Ok(Vec::new()) };
    let table = resource.meta().table;
    // With the system first, the unique index of both serves.
    let systems: Vec<String> = System::iter().map(|system| system.to_value()).collect();
    let spellings = [number.to_owned(), number.to_uppercase()];
    let filter =
        Expr::col((table, "system")).is_in(systems).and(Expr::col((table, "reference")).is_in(spellings));
    let rows = rows(visit, resource, filter).await?;
    Ok(rows.iter().map(|row| (resource.meta().singular, row.label.clone(), href(resource, row))).collect())
}

async fn rows(visit: &Visit, resource: &dyn AnyResource, filter: Expr) -> Result<Vec<Record>> {
    let fetch = Fetch { filter: Condition::all().add(filter), order: Vec::new(), limit: 10 };
    Ok(resource.fetch(&(&visit.app.db).into(), fetch).await?)
}

#[cfg(test)]
mod tests {
    use super::{Meaning, meaning};
    use crate::resources::registry;

    #[test]
    fn numbers_are_understood_as_they_are_written() {
        let registry = registry();
        let kinds: Vec<_> = ["sites", "issues", "tickets", "error-categories"]
            .map(|slug| registry.get(slug).expect("a resource"))
            .to_vec();
        for (text, expected) in [
            ("#123", Some(Meaning::Row("issues", 123))),
            ("issue 123", Some(Meaning::Row("issues", 123))),
            ("issue #123", Some(Meaning::Row("issues", 123))),
            ("category 7", Some(Meaning::Row("error-categories", 7))),
            ("error category 7", Some(Meaning::Row("error-categories", 7))),
            ("ggus 144201", Some(Meaning::Ticket("144201"))),
            ("ggus:144201", Some(Meaning::Ticket("144201"))),
            ("ticket atlddmops-5612", Some(Meaning::Ticket("atlddmops-5612"))),
            ("144201", Some(Meaning::Perhaps("144201"))),
            ("infn-t1", Some(Meaning::Perhaps("infn-t1"))),
            ("issue 99999999999999999999", None),
            ("issue -1", Some(Meaning::Row("issues", 1))),
            ("issues 5 x", None),
            ("\"144201\"", None),
            ("#", None),
            ("#1x", None),
            ("connection limit", None),
            ("", None),
        ] {
            assert_eq!(meaning(text, &kinds), expected, "{text}");
        }
    }
}
