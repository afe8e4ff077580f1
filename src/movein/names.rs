//! Actions and causes: one name each.
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept};
use crate::fixture::fail;
use entity::{action, cause};
use sea_orm::{EntityTrait, QuerySelect};
use std::collections::HashMap;

/// Actions of the original that are none, but say something about the answer.
pub(super) const UNKNOWN: &str = "Unknown";
/// The other one: what was suggested worked.
pub(super) const PROPOSED: &str = "Proposed";

/// Moves actions in. Its two marks become retired actions, so that answers can still name them.
pub(super) async fn actions(
    to: To<'_>,
    rows: &[OldRow],
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let there: Vec<(String, i64)> = action::Entity::find()
        .select_only()
        .columns([action::Column::Name, action::Column::Id])
        .into_tuple()
        .all(to.txn)
        .await?;
    names(to, rows, "action", there.into_iter().collect(), keys, report).await
}

/// Moves causes in.
pub(super) async fn causes(
    to: To<'_>,
    rows: &[OldRow],
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let there: Vec<(String, i64)> = cause::Entity::find()
        .select_only()
        .columns([cause::Column::Name, cause::Column::Id])
        .into_tuple()
        .all(to.txn)
        .await?;
    names(to, rows, "cause", there.into_iter().collect(), keys, report).await
}

async fn names(
    to: To<'_>,
    rows: &[OldRow],
    what: &'static str,
    mut there: HashMap<String, i64>,
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut errors = Vec::new();
    let becomes = if what == "action" { "actions" } else { "causes" };
    for row in rows {
        let line = report.becoming(row.table.table(), becomes);
        line.read += 1;
        let text = row.text(what)?;
        // A client's answer may have had several lines; a name has one.
        let name = match text.split_whitespace().collect::<Vec<_>>().join(" ") {
            name if name.is_empty() => format!("Unnamed {what}"),
            name => name,
        };
        if let Some(key) = keys.get(row.table, row.pk) {
            line.there += 1;
            if there.get(&name).is_none_or(|known| *known != key) {
                report.note(
                    "Called otherwise here than there, and taken for the same; another installation needs --origin",
                    format!("{} “{name}”", row.name()),
                );
            }
            continue;
        }
        let key = match there.get(&name) {
            Some(key) => {
                line.there += 1;
                *key
            }
            None => {
                line.made += 1;
                let mut fields = vec![("name", name.clone())];
                if row.table == Table::Action {
                    fields.push(("kind", kind(&name).to_owned()));
                    fields.push(("is_retired", (name == UNKNOWN || name == PROPOSED).to_string()));
                }
                match to.save(what, fields, Vec::new()).await {
                    Ok(key) => key,
                    Err(error) => {
                        errors.push(format!("{}, {what}: {error:#}", row.name()));
                        continue;
                    }
                }
            }
        };
        there.insert(name, key);
        keys.set(row.table, row.pk, key);
        kept::remember(to, row.table.table(), what, &[(row.pk, key)]).await?;
    }
    fail(errors)
}

/// What sort of action it is, by its first words; people correct it in the admin.
fn kind(name: &str) -> &'static str {
    let name = name.to_lowercase();
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    if begins(&["do not", "don't", "nothing", "unknown", "proposed", "no action"]) {
        "none"
    } else if name.contains("ticket") || name.contains("ggus") {
        "ticket"
    } else if begins(&["contact", "ask", "inform", "notify", "write"]) {
        "contact"
    } else if begins(&["wait"]) {
        "wait"
    } else {
        "internal"
    }
}

#[cfg(test)]
mod tests {
    use super::kind;

    #[test]
    fn actions_are_sorted_by_their_first_words() {
        for (name, sort) in [
            ("Submit a ticket to the site", "ticket"),
            ("Do not submit ticket", "none"),
            ("Contact DDM ops", "contact"),
            ("Proposed", "none"),
            ("New Action", "internal"),
        ] {
            assert_eq!(kind(name), sort, "{name}");
        }
    }
}
