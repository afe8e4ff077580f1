//! Loads files of one record to a line: FTS records, job errors.
//!
//! Such a file is counted by adding, so each line must count once, whatever happens. With each batch,
//! in the same transaction, goes how many lines of the file are counted and a digest over them. A file
//! is known by its first line, so that a copy, another name or another compression is the same file;
//! when it comes again, its counted lines are passed over, and their digest must be the same.
use super::run::{Counts, Run, Window};
use super::store::Store;
use super::{Loaded, Progress};
use crate::app::App;
use crate::error::Result;
use crate::sources::batch::Batch;
use crate::sources::input::{self, STDIN};
use crate::sources::reading::{At, Each, End, Ending, Item, Reading};
use crate::sources::record::{Failure, Rejected, Tally};
use crate::sources::{fts, panda};
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use entity::loaded_file::{ActiveModel, Column, Entity, Model};
use entity::loader_run::Source;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseTransaction, EntityTrait, QueryFilter, Set};
use sha2::{Digest, Sha256};
use std::io::{self, Cursor, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use tokio::sync::mpsc;

/// Memory of a batch, in bytes, about: what is committed at once.
const BATCH_BYTES: usize = 16 << 20;
/// Lines of a batch at most, so that progress is seen and little is done again after a crash.
const BATCH_LINES: u64 = 100_000;
/// Batches read ahead of the database.
const AHEAD: usize = 2;
/// Rejected records told of one batch.
const TOLD: usize = 100;
/// Longest first line by which a file is known.
const HEAD: u64 = 1 << 20;

/// What the reading thread gives: the records of some lines, and the place behind them.
#[derive(Default)]
struct Part {
    tallies: Vec<Tally>,
    failures: Vec<Failure>,
    rejected: Vec<Rejected>,
    bad: i64,
    read: i64,
    line: u64,
    digest: String,
    bytes: u64,
    ending: Option<Ending>,
}

/// What is to be loaded.
pub struct Files<'a> {
    /// FTS records or job errors.
    pub source: Source,
    /// Files and folders; `-` is standard input.
    pub paths: &'a [PathBuf],
    /// Only records that ended in it.
    pub window: Window,
    /// Read everything, write nothing.
    pub dry_run: bool,
}

/// Loads files, one after the other, in one run.
///
/// # Errors
/// What could not be read or written; batches before it stay.
pub async fn load(app: &App, files: Files<'_>, progress: &mut Progress) -> anyhow::Result<Loaded> {
    let days =
        files.window.start.zip(files.window.end).map(|(start, end)| (start.date_naive(), end.date_naive()));
    let found = input::files(files.paths, days).context("the files cannot be listed")?;
    if files.dry_run {
        return dry(app, &files, found, progress).await;
    }
    let mut run = Run::start(app, files.source, files.window).await?;
    let mut error = None;
    for path in &found {
        if let Err(failed) = load_one(app, &files, &mut run, path, progress).await {
            error = Some(format!("{}: {failed:#}", path.display()));
            break;
        }
    }
    let counts = run.counts;
    run.finish(app, error.clone()).await?;
    progress.end();
    match error {
        Some(error) => bail!("{error}"),
        None => Ok(Loaded { source: files.source, counts, files: found.len() }),
    }
}

/// Counts without writing.
async fn dry(
    app: &App,
    files: &Files<'_>,
    found: Vec<PathBuf>,
    progress: &mut Progress,
) -> anyhow::Result<Loaded> {
    let mut counts = Counts::default();
    for path in &found {
        let opened = input::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        progress.begin(&path.display().to_string(), opened.size, opened.taken.clone());
        let mut parts = read(files, path, opened.text, app.now(), 0);
        while let Some(part) = parts.recv().await {
            let part = part?;
            counts.read += part.read;
            counts.bad += part.bad;
            progress.show(&counts, &part.rejected);
        }
    }
    progress.end();
    Ok(Loaded { source: files.source, counts, files: found.len() })
}

async fn load_one(
    app: &App,
    files: &Files<'_>,
    run: &mut Run,
    path: &Path,
    progress: &mut Progress,
) -> anyhow::Result<()> {
    let opened = input::open(path).context("it cannot be opened")?;
    progress.begin(&path.display().to_string(), opened.size, opened.taken.clone());
    let (head, text) = tokio::task::spawn_blocking(move || with_head(opened.text)).await??;
    let ledger = Ledger { app, source: files.source, window: files.window.text(), head, name: name_of(path) };
    let mut known = ledger.find().await?;
    let from = known.as_ref().map_or(0, |known| u64::try_from(known.lines).unwrap_or_default());
    let mut parts = read(files, path, text, app.now(), from);
    let mut store = Store::open(app).await?;
    while let Some(part) = parts.recv().await {
        let part = part?;
        if part.line == from
            && from > 0
            && known.as_ref().is_some_and(|known| known.lines_hash != part.digest)
        {
            bail!(
                "it begins like a file that was counted before ({}), but its first {from} lines differ; its records may be counted already, so it is left alone",
                known.map(|known| known.name).unwrap_or_default()
            );
        }
        // A part of what was counted: nothing of it is new.
        if part.line < from {
            continue;
        }
        // Nothing new: not even the mark moves.
        if part.line == from && part.read == 0 && part.bad == 0 {
            continue;
        }
        let txn = crate::db::begin(&app.db).await?;
        run.counts.read += part.read;
        // Told first, counted in full.
        run.reject(&txn, &part.rejected, app.now()).await?;
        run.counts.bad += part.bad - i64::try_from(part.rejected.len()).unwrap_or_default();
        store.add(&txn, run, &part.tallies, &part.failures).await?;
        known = Some(ledger.mark(&txn, known, run.id, &part).await?);
        run.keep(&txn, app.now()).await?;
        txn.commit().await?;
        progress.show(&run.counts, &part.rejected);
    }
    Ok(())
}

/// A file whose lines all lie in a window, and how far it is counted.
struct Ledger<'a> {
    app: &'a App,
    source: Source,
    window: String,
    head: String,
    name: String,
}

impl Ledger<'_> {
    /// How far this file is counted, if it was ever. What was counted for another window cannot be told
    /// from what was not.
    async fn find(&self) -> anyhow::Result<Option<Model>> {
        let rows = Entity::find()
            .filter(Column::Source.eq(self.source))
            .filter(Column::HeadHash.eq(&self.head))
            .all(&self.app.db)
            .await?;
        if let Some(other) = rows.iter().find(|row| row.window != self.window) {
            bail!(
                "it was counted before, for {}; to count no record twice, load it for the same time again",
                if other.window.is_empty() { "all its records" } else { &other.window }
            );
        }
        Ok(rows.into_iter().next())
    }

    async fn mark(
        &self,
        txn: &DatabaseTransaction,
        known: Option<Model>,
        run: i64,
        part: &Part,
    ) -> Result<Model> {
        let now = self.app.now();
        let lines = i64::try_from(part.line).unwrap_or(i64::MAX);
        let complete = part.ending == Some(Ending::Whole);
        if let Some(mut row) = known {
            Entity::update_many()
                .col_expr(Column::Lines, Expr::value(lines))
                .col_expr(Column::LinesHash, Expr::value(&part.digest))
                .col_expr(Column::IsComplete, Expr::value(complete))
                .col_expr(Column::Name, Expr::value(&self.name))
                .col_expr(Column::LoaderRunId, Expr::value(run))
                .col_expr(Column::UpdatedAt, Expr::value(now))
                .filter(Column::Id.eq(row.id))
                .exec(txn)
                .await?;
            row.lines = lines;
            row.lines_hash.clone_from(&part.digest);
            return Ok(row);
        }
        let row = ActiveModel {
            source: Set(self.source),
            name: Set(self.name.clone()),
            head_hash: Set(self.head.clone()),
            window: Set(self.window.clone()),
            lines: Set(lines),
            lines_hash: Set(part.digest.clone()),
            is_complete: Set(complete),
            loader_run_id: Set(Some(run)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        };
        Ok(Entity::insert(row).exec_with_returning(txn).await?)
    }
}

fn name_of(path: &Path) -> String {
    let name = if path == Path::new(STDIN) { "standard input".into() } else { path.display().to_string() };
    crate::admin::shorten(&name, 500)
}

/// Hex SHA-256 of the first line, and the stream with that line in front again.
fn with_head(mut text: Box<dyn Read + Send>) -> io::Result<(String, Box<dyn Read + Send>)> {
    let mut head = Vec::new();
    let mut byte = [0; 8192];
    while !head.contains(&b'\n') && (head.len() as u64) < HEAD {
        // Damaged compression is the reader's to tell.
        match text.read(&mut byte) {
            Ok(0) => break,
            Ok(count) => head.extend_from_slice(&byte[..count]),
            Err(error) if error.raw_os_error().is_some() => return Err(error),
            Err(error) => {
                let line = first_line(&head);
                return Ok((hash(line), Box::new(Cursor::new(head.clone()).chain(Broken(Some(error))))));
            }
        }
    }
    Ok((hash(first_line(&head)), Box::new(Cursor::new(head).chain(text))))
}

fn first_line(head: &[u8]) -> &[u8] {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn hash(line: &[u8]) -> String {
    let bytes: [u8; 32] = Sha256::digest(line).into();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Gives an error that was met while looking ahead, then nothing.
struct Broken(Option<io::Error>);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}

/// Reads on a thread of its own, since decompressing and parsing would block others.
fn read(
    files: &Files<'_>,
    path: &Path,
    text: Box<dyn Read + Send>,
    now: DateTime<Utc>,
    from: u64,
) -> mpsc::Receiver<io::Result<Part>> {
    let (send, receive) = mpsc::channel(AHEAD);
    let (source, window, name) = (files.source, files.window, path.display().to_string());
    tokio::task::spawn_blocking(move || {
        let reading = Reading { name: &name, now, from_line: from };
        let mut reader =
            Reader { window, send: send.clone(), batch: Batch::default(), part: Part::default(), since: 0 };
        let end = match source {
            Source::Panda => drive(|each| panda::read(text, &reading, each), &mut reader),
            _ => drive(|each| fts::read(text, &reading, each), &mut reader),
        };
        match end {
            Ok(end) => {
                reader.part.ending = Some(end.ending);
                // Nobody is left to be told that nobody wants it.
                let _ = reader.give(&end.at);
            }
            Err(error) => drop(send.blocking_send(Err(error))),
        }
    });
    receive
}

fn drive(read: impl FnOnce(Each<'_>) -> io::Result<End>, reader: &mut Reader) -> io::Result<End> {
    read(&mut |item, at| reader.take(item, at))
}

struct Reader {
    window: Window,
    send: mpsc::Sender<io::Result<Part>>,
    batch: Batch,
    part: Part,
    since: u64,
}

impl Reader {
    fn take(&mut self, item: Item<'_>, at: &At) -> ControlFlow<()> {
        match item {
            // An empty part with the place: the other side compares digests before anything new comes.
            Item::Resumed => return self.give(at),
            Item::Attempt(attempt) if self.window.holds(attempt.ended) => {
                self.part.read += 1;
                self.batch.add(&attempt);
            }
            Item::Mended(attempt, rejected) if self.window.holds(attempt.ended) => {
                self.part.read += 1;
                self.batch.add(&attempt);
                self.reject(rejected);
            }
            Item::Rejected(rejected) => self.reject(rejected),
            Item::Attempt(_) | Item::Mended(..) | Item::Other => {}
        }
        if self.batch.weight() >= BATCH_BYTES || at.line.saturating_sub(self.since) >= BATCH_LINES {
            return self.give(at);
        }
        ControlFlow::Continue(())
    }

    fn reject(&mut self, rejected: Rejected) {
        self.part.bad += 1;
        if self.part.rejected.len() < TOLD {
            self.part.rejected.push(rejected);
        }
    }

    /// Hands a part over; stops if nobody wants it any more.
    fn give(&mut self, at: &At) -> ControlFlow<()> {
        let mut part = std::mem::take(&mut self.part);
        (part.tallies, part.failures) = self.batch.take();
        (part.line, part.digest, part.bytes) = (at.line, at.digest(), at.bytes);
        self.since = at.line;
        match self.send.blocking_send(Ok(part)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    }
}
