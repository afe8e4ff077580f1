//! Rows of the original from fixtures: `manage.py dumpdata`, or written by hand.
use super::issue::{OldIssue, Place};
use super::old::{Old, OldRow, Table};
use crate::fixture::{APP, File, Row};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use tokio::sync::mpsc;

/// Issues to a batch.
const BATCH: usize = 5000;
/// Of opint-framework: where the link of an issue stands.
const LINK: &str = "data_management.transferissue";

/// Applications whose rows are no part of an installation's knowledge, and why they stay behind.
const LEFT_OUT: [(&str, &str); 9] = [
    ("sessions", "people sign in anew"),
    ("authtoken", "tokens of the old application open nothing here; make API tokens"),
    ("oauth2_provider", "tokens of the old application open nothing here"),
    ("account", "sign-in pages of the old application"),
    ("socialaccount", "single sign-on knows people by their identity at the provider, at the next sign-in"),
    ("sites", "the address of the old application"),
    ("auth.permission", "rights to Django's tables; here, groups have rights to resources"),
    ("contenttypes", "names of Django's models, read for the log only"),
    ("migrations", "steps of the old schema"),
];

/// Why rows of a model stay behind, if it is known.
pub(super) fn left_out(model: &str) -> Option<&'static str> {
    let app = model.split_once('.').map_or(model, |(app, _)| app);
    LEFT_OUT.iter().find(|(known, _)| *known == app || *known == model).map(|(_, why)| *why)
}

/// Ends of issues of opint-framework.
type Links = HashMap<i64, (String, String)>;

/// Reads everything but issues, whose turn comes later and batch by batch: rows of ours, and the original's, if there
/// are any.
///
/// # Errors
/// What is wrong with a file, or a row of no known model.
pub fn sort(files: &[File]) -> anyhow::Result<(Vec<Row>, Option<Old>)> {
    let mut sorted = Sorted::default();
    for file in files {
        sorted.read(file).with_context(|| file.name())?;
    }
    if !sorted.any {
        return Ok((sorted.own, None));
    }
    let generation = sorted.generation();
    let links = Arc::new(sorted.links);
    let again: Vec<File> = files.iter().map(File::again).collect::<anyhow::Result<_>>()?;
    let (give, issues) = mpsc::channel(2);
    // A thread of its own, since reading a file waits.
    std::thread::spawn(move || {
        if let Err(error) = stream(&again, &links, &give) {
            drop(give.blocking_send(Err(error)));
        }
    });
    let left_out = sorted
        .left_out
        .into_iter()
        .map(|(model, rows)| (model.clone(), rows, left_out(&model).unwrap_or_default()))
        .collect();
    let old = Old { generation, rows: sorted.rows, issues, left_out, progress: sorted.issues };
    Ok((sorted.own, Some(old)))
}

#[derive(Default)]
struct Sorted {
    any: bool,
    own: Vec<Row>,
    rows: Vec<OldRow>,
    links: Links,
    issues: u64,
    framework: bool,
    first: bool,
    seen: HashMap<(String, i64), usize>,
    left_out: BTreeMap<String, u64>,
}

impl Sorted {
    fn read(&mut self, file: &File) -> anyhow::Result<()> {
        let mut rows = file.read()?;
        let mut issues = HashSet::new();
        let mut here: HashSet<(String, i64)> = HashSet::new();
        while let Some(row) = rows.next_row()? {
            if row.model.starts_with(APP) {
                self.own.push(row);
                continue;
            }
            self.any = true;
            let model = row.model.to_ascii_lowercase();
            if let Some(place) = Place::ALL.into_iter().find(|place| place.model() == model) {
                self.issues += 1;
                if !issues.insert((place, key(&row)?)) {
                    bail!("{} stands twice", row.name());
                }
                self.first |= place == Place::Transfer && row.fields.0.contains_key("action");
                self.framework |= place == Place::Issue;
            } else if model == LINK {
                let text = |field: &str| {
                    let value = row.fields.0.get(field).and_then(serde_json::Value::as_str);
                    value.unwrap_or_default().to_owned()
                };
                self.links.insert(key(&row)?, (text("src_site"), text("dst_site")));
            } else if let Some(table) = Table::ALL.into_iter().find(|table| table.model() == model) {
                if !here.insert((model, key(&row)?)) {
                    bail!("{} stands twice", row.name());
                }
                self.small(table, row)?;
            } else if left_out(&model).is_some() {
                *self.left_out.entry(model).or_default() += 1;
            } else {
                bail!(
                    "{}: there is no such model here; take it out of the file, or dump without it (--exclude {})",
                    row.name(),
                    row.model
                );
            }
        }
        Ok(())
    }

    /// Of two files, the later has the last word, as with Django.
    fn small(&mut self, table: Table, row: Row) -> anyhow::Result<()> {
        let pk = key(&row)?;
        self.first |= table == Table::Solution && row.fields.0.contains_key("cause");
        let row = OldRow { table, pk, fields: row.fields };
        match self.seen.get(&(table.model().to_owned(), pk)) {
            Some(at) => self.rows[*at] = row,
            None => {
                self.seen.insert((table.model().to_owned(), pk), self.rows.len());
                self.rows.push(row);
            }
        }
        Ok(())
    }

    fn generation(&self) -> &'static str {
        match (self.framework, self.first) {
            (true, _) => "as opint-framework",
            (_, true) => "first version (2019-12)",
            _ => "current version",
        }
    }
}

fn key(row: &Row) -> anyhow::Result<i64> {
    row.key().with_context(|| format!("{}: its key is no number", row.name()))
}

/// Reads the files again, this time their issues: sort by sort, as from a database, so that both ways give the same
/// keys whatever the order in the files.
fn stream(
    files: &[File],
    links: &Links,
    give: &mpsc::Sender<anyhow::Result<Vec<OldIssue>>>,
) -> anyhow::Result<()> {
    for place in Place::ALL {
        let mut batch = Vec::with_capacity(BATCH);
        for file in files {
            if !stream_sort(place, file, links, &mut batch, give)? {
                return Ok(());
            }
        }
        if !batch.is_empty() && give.blocking_send(Ok(batch)).is_err() {
            return Ok(());
        }
    }
    Ok(())
}

/// Issues of one sort in one file; says whether anybody still wants more.
fn stream_sort(
    place: Place,
    file: &File,
    links: &Links,
    batch: &mut Vec<OldIssue>,
    give: &mpsc::Sender<anyhow::Result<Vec<OldIssue>>>,
) -> anyhow::Result<bool> {
    // Where the original does not say when, it was before anything that happens here.
    let unknown: DateTime<Utc> = DateTime::UNIX_EPOCH;
    let mut rows = file.read()?;
    while let Some(row) = rows.next_row()? {
        if row.model.to_ascii_lowercase() != place.model() {
            continue;
        }
        let pk = key(&row)?;
        let link = (place == Place::Issue).then(|| links.get(&pk).cloned()).flatten();
        let issue = OldIssue::read(place, pk, row.fields, link, unknown).map_err(anyhow::Error::msg)?;
        batch.push(issue);
        if batch.len() == BATCH && give.blocking_send(Ok(std::mem::take(batch))).is_err() {
            return Ok(false);
        }
    }
    Ok(true)
}
