//! `opint load` and `opint worker`
use super::open;
use crate::config::Config;
use crate::loading::{self, Progress, Window, files::Files};
use crate::worker::{self, Job, health::Pulse};
use anyhow::bail;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use clap::{Args, Subcommand};
use entity::loader_run::Source;
use std::path::PathBuf;
use std::process::ExitCode;

/// Load once from one source.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint load fts part-00000.json.gz part-00001.json.gz\n  opint load --since 2026-11-20 --until 2026-11-21 fts /archive/fts/raw/complete\n  zcat records.json.gz | opint load fts -\n  opint load --dry-run monit"
)]
pub(super) struct Load {
    #[command(subcommand)]
    source: From,
    /// Read everything, write nothing.
    #[arg(long, global = true)]
    dry_run: bool,
    /// Only from that time on, such as 2026-11-20 or 2026-11-20T08:00:00Z.
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    since: Option<DateTime<Utc>>,
    /// Only before that time.
    #[arg(long, global = true, value_name = "TIME", value_parser = moment)]
    until: Option<DateTime<Utc>>,
}

#[derive(Subcommand)]
enum From {
    /// FTS "complete" records as JSON Lines: plain, gzip or zstd; folders are searched; - is standard input.
    Fts {
        /// Files and folders.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// PanDA job errors as JSON Lines.
    Panda {
        /// Files and folders.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Efficiency and error messages of all links from the monitoring (MONIT_URL, MONIT_TOKEN).
    Monit,
    /// Sites, storage and downtimes from CRIC (CRIC_URL).
    Cric,
    /// Tickets from GGUS (GGUS_URL, GGUS_TOKEN).
    Ggus,
}

impl Load {
    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let window = Window { start: self.since, end: self.until };
        if let (Some(start), Some(end)) = (window.start, window.end)
            && end <= start
        {
            bail!("--until is not after --since");
        }
        let app = open(config).await?;
        let loaded = match &self.source {
            From::Fts { files } => self.files(&app, Source::Fts, files, window).await?,
            From::Panda { files } => self.files(&app, Source::Panda, files, window).await?,
            From::Monit => loading::monit::load(&app, window, self.dry_run).await?,
            From::Cric => loading::cric::load(&app, self.dry_run).await?,
            From::Ggus => loading::ggus::load(&app, window, self.dry_run).await?,
        };
        println!("{loaded}");
        if self.dry_run {
            println!("Nothing was written.");
        } else if let Some(judged) = crate::incidents::judge_loaded(&app).await? {
            println!("{judged}");
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn files(
        &self,
        app: &crate::app::App,
        source: Source,
        paths: &[PathBuf],
        window: Window,
    ) -> anyhow::Result<loading::Loaded> {
        let files = Files { source, paths, window, dry_run: self.dry_run };
        loading::files::load(app, files, &mut Progress::default()).await
    }
}

/// A day or a moment, UTC.
fn moment(text: &str) -> Result<DateTime<Utc>, String> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        return Ok(day.and_time(NaiveTime::MIN).and_utc());
    }
    text.parse().map_err(|_| "write a day like 2026-11-20 or a time like 2026-11-20T08:00:00Z".to_owned())
}

/// Do jobs when they are due: load, judge, tell, tidy up.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint worker\n  opint worker --run blame\n  opint worker --run notify --dry-run"
)]
pub(super) struct Worker {
    /// Do one job now and end: load-monit, load-ggus, load-cric, blame, notify, retention.
    #[arg(long, value_name = "JOB")]
    run: Option<Job>,
    /// With --run notify: print what would be sent, and send nothing.
    #[arg(long, requires = "run")]
    dry_run: bool,
}

impl Worker {
    /// Whether it goes on until a signal; then it ends in order by itself.
    pub(super) fn goes_on(&self) -> bool {
        self.run.is_none()
    }

    pub(super) async fn run(self, config: Config) -> anyhow::Result<ExitCode> {
        let app = open(config).await?;
        match self.run {
            None => {
                tracing::info!(version = crate::version::LINE.as_str(), "working");
                let metrics = super::serve::bind_metrics(&app).await?;
                let pulse = Pulse::default();
                let beside = metrics.map(|listener| {
                    let router = worker::health::router(&app, pulse.clone());
                    tokio::spawn(super::serve::serve_metrics(router, listener))
                });
                worker::work(app.clone(), pulse, super::serve::asked_to_stop()).await?;
                if let Some(beside) = beside {
                    beside.abort();
                }
                app.db.clone().close().await?;
            }
            Some(Job::Notify) if self.dry_run => {
                let due = crate::notify::dry_run(&app).await?;
                println!(
                    "{}",
                    if due.is_empty() { "There is nothing to tell.".into() } else { due.join("\n\n") }
                );
            }
            Some(_) if self.dry_run => bail!("only notify has a dry run"),
            Some(job) => println!("{}", job.run(&app).await?),
        }
        Ok(ExitCode::SUCCESS)
    }
}
