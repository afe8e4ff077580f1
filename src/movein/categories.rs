//! Categories of the original. It made one for each text that was like none before, and named the text a regular
//! expression, which it never was.
//!
//! Those that somebody worked on, with a cause or a suggestion, are kept: their text becomes a literal phrase. The
//! others are only texts: they go where our templates put them, several to a category.
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept};
use crate::auth::session::digest;
use crate::categorise::{clean, phrase, template};
use crate::fixture::fail;
use chrono::{DateTime, Utc};
use entity::{category_example, error_category};
use sea_orm::{DatabaseTransaction, EntityTrait, Set};
use std::collections::{HashMap, HashSet};

/// Categories that somebody worked on.
pub(super) fn curated(categories: &[OldRow], solutions: &[OldRow]) -> HashSet<i64> {
    let with_cause = categories.iter().filter(|row| matches!(row.key("cause"), Ok(Some(_))));
    let suggested = solutions.iter().filter_map(|row| row.key("category").ok().flatten());
    with_cause.map(|row| row.pk).chain(suggested).collect()
}

/// Makes the curated ones, or finds those that have the same phrase.
pub(super) async fn known_by_phrase(
    to: To<'_>,
    rows: &[OldRow],
    curated: &HashSet<i64>,
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut errors = Vec::new();
    let mut there = There::read(to.txn).await?;
    for row in rows.iter().filter(|row| curated.contains(&row.pk)) {
        let text = row.text("regex")?.replace('\0', " ");
        let pattern = phrase(&text);
        // Without a word, no phrase: those go by their template like the others.
        if pattern.is_empty() {
            continue;
        }
        let cause = keys.follow(row, "cause", Table::Cause)?;
        let line = report.becoming(row.table.table(), "error categories");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        let key = match there.patterns.get(&pattern) {
            Some((key, other)) => {
                line.merged += 1;
                if cause.is_some() && cause != *other {
                    report.note(
                        "Two causes for one text; the first is kept",
                        format!("{}: cause {}", row.name(), cause.unwrap_or_default()),
                    );
                }
                *key
            }
            None => {
                line.made += 1;
                match make(to, &text, &pattern, cause, &mut there).await {
                    Ok(key) => key,
                    Err(error) => {
                        errors.push(format!("{}: {error:#}", row.name()));
                        continue;
                    }
                }
            }
        };
        keys.set(row.table, row.pk, key);
        kept::remember(to, row.table.table(), "error_category", &[(row.pk, key)]).await?;
    }
    fail(errors)
}

/// Titles and phrases that are taken.
struct There {
    titles: HashSet<String>,
    patterns: HashMap<String, (i64, Option<i64>)>,
}

impl There {
    async fn read(txn: &DatabaseTransaction) -> anyhow::Result<Self> {
        let mut there = Self { titles: HashSet::new(), patterns: HashMap::new() };
        for row in error_category::Entity::find().all(txn).await? {
            there.titles.insert(row.title);
            if let Some(pattern) = row.pattern {
                there.patterns.insert(pattern, (row.id, row.cause_id));
            }
        }
        Ok(there)
    }

    fn free_title(&self, text: &str) -> String {
        let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let title = crate::admin::shorten(&words, 190);
        if !self.titles.contains(&title) {
            return title;
        }
        (2..)
            .map(|number| format!("{title} ({number})"))
            .find(|title| !self.titles.contains(title))
            .unwrap_or(title)
    }
}

async fn make(
    to: To<'_>,
    text: &str,
    pattern: &str,
    cause: Option<i64>,
    there: &mut There,
) -> anyhow::Result<i64> {
    let title = there.free_title(text);
    let kind = template("transfer", &clean(text.as_bytes())).fault_kind;
    let mut fields = vec![
        ("title", title.clone()),
        ("pattern", pattern.to_owned()),
        ("origin", "imported".to_owned()),
        ("fault_kind", kind.to_owned()),
    ];
    fields.extend(cause.map(|cause| ("cause", cause.to_string())));
    let key = to.save("error_category", fields, Vec::new()).await?;
    example(to.txn, key, text, to.deed.at).await?;
    there.titles.insert(title);
    there.patterns.insert(pattern.to_owned(), (key, cause));
    Ok(key)
}

/// Keeps the text as an example of its category.
async fn example(
    txn: &DatabaseTransaction,
    category: i64,
    text: &str,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let row = category_example::ActiveModel {
        category_id: Set(category),
        message: Set(crate::admin::shorten(text, 4096)),
        message_hash: Set(digest(text)),
        first_seen: Set(now),
        seen_count: Set(1),
        ..Default::default()
    };
    category_example::Entity::insert(row).exec_without_returning(txn).await?;
    Ok(())
}
