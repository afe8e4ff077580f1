//! Django's log, and what opint-framework kept about an issue: entries of the audit log here.
use super::issue::Place;
use super::issues::Issues;
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept};
use crate::admin::history::{self, Changes, kept as cut};
use crate::admin::shorten;
use crate::fixture::number;
use entity::audit_log::{self, Verb};
use entity::user;
use sea_orm::{ActiveModelTrait, EntityTrait, Set};
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Models of the original, and the resource that has their rows here.
const RESOURCES: [(&str, &str, &str); 9] = [
    ("core", "action", "actions"),
    ("core", "issuecause", "causes"),
    ("core", "issuecategory", "error-categories"),
    ("core", "solution", "suggested-actions"),
    ("core", "transferissue", "issues"),
    ("core", "workflowissue", "issues"),
    ("core", "issue", "issues"),
    ("auth", "user", "users"),
    ("auth", "group", "groups"),
];

/// Issues that entries are about.
pub(super) fn wanted(rows: &BTreeMap<Table, Vec<OldRow>>) -> anyhow::Result<HashSet<(Place, i64)>> {
    let types = types(rows)?;
    let mut wanted = HashSet::new();
    for row in rows.get(&Table::LogEntry).into_iter().flatten() {
        let about = model(row, &types)?;
        if let (Some(place), Ok(pk)) =
            (about.and_then(place), row.text("object_id").unwrap_or_default().parse())
        {
            wanted.insert((place, pk));
        }
    }
    for row in rows.get(&Table::Metadata).into_iter().flatten() {
        wanted.extend(row.key("issue")?.map(|pk| (Place::Issue, pk)));
    }
    for row in rows.get(&Table::Feedback).into_iter().flatten() {
        wanted.extend(row.key("object_pk").ok().flatten().map(|pk| (Place::Issue, pk)));
    }
    Ok(wanted)
}

/// Names of models by their key in Django's table.
fn types(rows: &BTreeMap<Table, Vec<OldRow>>) -> anyhow::Result<HashMap<i64, (String, String)>> {
    let types = rows.get(&Table::ContentType).into_iter().flatten();
    types
        .map(|row| Ok((row.pk, (row.text("app_label")?.to_owned(), row.text("model")?.to_owned()))))
        .collect()
}

type Model = (String, String);

/// What an entry is about: the key of a model, or its name.
fn model(row: &OldRow, types: &HashMap<i64, Model>) -> anyhow::Result<Option<Model>> {
    let Some(json) = row.fields.0.get("content_type") else { return Ok(None) };
    if let Json::Array(parts) = json {
        let text = |at: usize| parts.get(at).and_then(Json::as_str).unwrap_or_default().to_owned();
        return Ok(Some((text(0), text(1))));
    }
    Ok(number(json).and_then(|pk| types.get(&pk).cloned()))
}

fn place((app, model): Model) -> Option<Place> {
    Place::ALL.into_iter().find(|place| place.model() == format!("{app}.{model}"))
}

/// Writes all entries.
pub(super) async fn all(
    to: To<'_>,
    rows: &BTreeMap<Table, Vec<OldRow>>,
    issues: &Issues,
    keys: &Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let names: HashMap<i64, String> =
        user::Entity::find().all(to.txn).await?.into_iter().map(|row| (row.id, row.username)).collect();
    let types = types(rows)?;
    let about_of = |row: &OldRow| model(row, &types);
    for row in rows.get(&Table::LogEntry).into_iter().flatten() {
        let line = report.becoming(row.table.table(), "audit log");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        line.made += 1;
        let entry = logged(to, row, about_of(row)?, &names, issues, keys)?;
        write(to, row, entry).await?;
    }
    for row in [Table::Metadata, Table::Feedback].iter().filter_map(|table| rows.get(table)).flatten() {
        let line = report.becoming(row.table.table(), "history of the issue");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        let field = if row.table == Table::Metadata { "issue" } else { "object_pk" };
        let issue = row.key(field).ok().flatten().and_then(|pk| issues.get(Place::Issue, pk));
        let Some(issue) = issue else {
            line.dropped += 1;
            report.note("Remarks on what is not here, left out", row.name());
            continue;
        };
        line.made += 1;
        write(to, row, remark(to, row, issue)?).await?;
    }
    Ok(())
}

async fn write(to: To<'_>, row: &OldRow, entry: audit_log::ActiveModel) -> anyhow::Result<()> {
    let id = entry.insert(to.txn).await?.id;
    kept::remember(to, row.table.table(), "audit_log", &[(row.pk, id)]).await
}

/// One entry of Django's log.
fn logged(
    to: To<'_>,
    row: &OldRow,
    about: Option<Model>,
    names: &HashMap<i64, String>,
    issues: &Issues,
    keys: &Keys,
) -> anyhow::Result<audit_log::ActiveModel> {
    let verb = match row.key("action_flag")? {
        Some(1) => Verb::Add,
        Some(3) => Verb::Delete,
        _ => Verb::Change,
    };
    let old = row.text("object_id")?;
    let (app, name) = about.clone().unwrap_or_default();
    let resource = RESOURCES.iter().find(|(a, model, _)| *a == app && *model == name).map(|(.., slug)| *slug);
    let here = old.parse().ok().and_then(|pk| match about.and_then(place) {
        Some(place) => issues.get(place, pk),
        None => {
            let table = Table::ALL.into_iter().find(|table| table.model() == format!("{app}.{name}"))?;
            keys.get(table, pk).filter(|_| table != Table::Solution)
        }
    });
    // What is not here any more keeps its old key, marked as such: a row of ours may have the same.
    let pk = here.map_or_else(|| format!("old:{}", shorten(old, 50)), |key| key.to_string());
    let user = keys.follow(row, "user", Table::User)?;
    let message = row.text("change_message")?.replace('\0', " ");
    let mut changes = Changes::new();
    if let Some(message) = cut(message).filter(|message| message != "[]") {
        changes.insert("Django's log".into(), [None, Some(message)]);
    }
    let label = row.text("object_repr")?.replace('\0', " ");
    let mut deed = to.deed.clone();
    deed.at = row.moment("action_time")?.unwrap_or(to.deed.at);
    deed.actor.id = user;
    deed.actor.username = user.and_then(|id| names.get(&id).cloned()).unwrap_or_default();
    let fallback = if name.is_empty() { "unknown".to_owned() } else { shorten(&format!("{app}.{name}"), 64) };
    let resource = resource.map_or(fallback, str::to_owned);
    Ok(history::entry(&deed, verb, &resource, &pk, &label, &changes))
}

/// What opint-framework knew about an issue besides.
fn remark(to: To<'_>, row: &OldRow, issue: i64) -> anyhow::Result<audit_log::ActiveModel> {
    let (title, text) = match row.table {
        Table::Metadata => (row.text("key")?, row.text("value")?),
        _ => ("Feedback", row.text("comment")?),
    };
    let changes = Changes::from([(shorten(title, 100), [None, cut(text.replace('\0', " "))])]);
    let mut deed = to.deed.clone();
    deed.at = row.moment("created")?.unwrap_or(to.deed.at);
    let mut entry =
        history::entry(&deed, Verb::Change, "issues", &issue.to_string(), &format!("#{issue}"), &changes);
    entry.reason = Set(Some(format!("moved in from {}", row.name())));
    Ok(entry)
}
