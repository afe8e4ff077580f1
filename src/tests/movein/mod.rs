//! Moving in: fixtures of the original and of ours, the original's database, old passwords, and whole dumps.
mod bad;
mod database;
mod dumps;
mod original;
mod passwords;

use super::support::TestApp;
use crate::fixture::{self, Loaddata};
use crate::movein::Report;
use sea_orm::{EntityTrait, PaginatorTrait};
use std::path::PathBuf;
use tempfile::TempDir;

/// What the original loads at every start.
const INITIAL: &str = include_str!("../data/initial_fixture.json");

/// Loads texts as files.
async fn load(app: &TestApp, texts: &[&[u8]]) -> Result<Report, String> {
    load_from(app, texts, "django").await
}

async fn load_from(app: &TestApp, texts: &[&[u8]], origin: &str) -> Result<Report, String> {
    let folder = TempDir::new().expect("a folder");
    let mut files = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let path: PathBuf = folder.path().join(format!("{number}.json"));
        std::fs::write(&path, text).expect("is written");
        files.push(fixture::File::Path(path));
    }
    let how = Loaddata { origin: origin.to_owned(), dry_run: false };
    fixture::load(&app.app, &files, &how).await.map_err(|error| format!("{error:#}"))
}

/// A dump as text.
async fn dump(app: &TestApp, names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let mut out = Vec::new();
    fixture::dump(&app.app, &names, &mut out).await.expect("is dumped");
    String::from_utf8(out).expect("is text")
}

/// How many rows a table has.
async fn count<E: EntityTrait>(app: &TestApp, _: E) -> u64
where
    E::Model: Sync,
{
    E::find().count(&app.app.db).await.expect("answers")
}
