//! `opint loaddata`, `opint dumpdata` and `opint import-django`
use crate::admin::Deed;
use crate::app::App;
use crate::fixture::{self, Loaddata as How};
use crate::movein;
use anyhow::Context;
use clap::Args;
use entity::audit_log::Source;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Read Django fixtures: this program's own and the original application's; everything, or nothing.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint loaddata initial.json\n  opint loaddata --dry-run dump.json\n  ssh old python manage.py dumpdata | opint loaddata -"
)]
pub(super) struct Loaddata {
    /// Files; - is standard input.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What the installation is called whose keys stand in the files; another one needs another name.
    #[arg(long, value_name = "NAME", default_value = ORIGIN, value_parser = origin)]
    origin: String,
    /// Do everything, tell what became of it, and take it back.
    #[arg(long)]
    dry_run: bool,
}

/// Write everything as a Django fixture, or the resources and tables named.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint dumpdata --output everything.json\n  opint dumpdata actions causes error-categories > knowledge.json\n  DATABASE_URL=sqlite://opint.db opint dumpdata | DATABASE_URL=postgres://… opint loaddata -\n\nA whole dump holds password hashes: keep it as you keep the database."
)]
pub(super) struct Dumpdata {
    /// Resources or tables, such as error-categories; all if none is named.
    #[arg(value_name = "RESOURCE")]
    resources: Vec<String>,
    /// File to write, readable by its owner only; otherwise standard output.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Move the original application's database in.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint import-django --from sqlite:///srv/rucio_opint.sqlite --dry-run\n  opint import-django --from mysql://admin:secret@old/rucio_opint\n  opint import-django --from postgres://old/opint --origin cms"
)]
pub(super) struct ImportDjango {
    /// Its database; nothing is written there.
    #[arg(long, value_name = "DATABASE_URL")]
    from: String,
    /// What that installation is called; another one needs another name.
    #[arg(long, value_name = "NAME", default_value = ORIGIN, value_parser = origin)]
    origin: String,
    /// Do everything, tell what became of it, and take it back.
    #[arg(long)]
    dry_run: bool,
}

/// What an installation is called that nobody named.
const ORIGIN: &str = "django";

fn origin(text: &str) -> Result<String, String> {
    let fits = (1..=64).contains(&text.len()) && text.chars().all(|letter| !letter.is_control());
    if fits { Ok(text.to_owned()) } else { Err("write a name of 1 to 64 characters".into()) }
}

impl Loaddata {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let files = fixture::spool(&self.files).await?;
        let how = How { origin: self.origin, dry_run: self.dry_run };
        let report = fixture::load(app, &files, &how).await?;
        print!("{report}");
        Ok(ExitCode::SUCCESS)
    }
}

impl Dumpdata {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let rows = match &self.output {
            Some(path) => {
                let mut options = std::fs::OpenOptions::new();
                options.write(true).create(true).truncate(true);
                #[cfg(unix)]
                std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
                let file = options.open(path).with_context(|| format!("cannot write {}", path.display()))?;
                let mut out = BufWriter::with_capacity(1 << 16, file);
                let rows = fixture::dump(app, &self.resources, &mut out).await?;
                out.flush()?;
                rows
            }
            None => {
                let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout());
                fixture::dump(app, &self.resources, &mut out).await?
            }
        };
        tracing::info!(rows, "dumped");
        Ok(ExitCode::SUCCESS)
    }
}

impl ImportDjango {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let old = movein::open(&self.from).await?.read().await?;
        let report = move_in(app, old, &self.origin, self.dry_run).await?;
        print!("{report}");
        Ok(ExitCode::SUCCESS)
    }
}

async fn move_in(app: &App, old: movein::Old, origin: &str, dry_run: bool) -> anyhow::Result<movein::Report> {
    let deed = Deed::system(Source::Command, app.now());
    let mut report = movein::Report::default();
    let txn = crate::db::begin_large(&app.db).await?;
    movein::move_in(movein::To { app, txn: &txn, deed: &deed, origin }, old, &mut report).await?;
    report.dry_run = dry_run;
    if dry_run {
        txn.rollback().await?;
    } else {
        txn.commit().await.context("the database refused the whole; nothing was written")?;
        app.forget();
    }
    Ok(report)
}
