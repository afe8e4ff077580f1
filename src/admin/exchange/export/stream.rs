//! From the database to the browser.
use super::logged::Log;
use super::rows::Rows;
use super::write::Writer;
use super::{Format, sheet};
use crate::admin::changelist::order::Ordering;
use crate::admin::exchange::columns::Columns;
use crate::admin::{AnyResource, capitalise};
use crate::app::App;
use crate::error::Error;
use axum::body::{Body, Bytes};
use http_body_util::channel::{Channel, Sender};
use sea_orm::sea_query::Condition;
use sea_orm::{
    AccessMode, DatabaseExecutor, DatabaseTransaction, DbBackend, IsolationLevel, TransactionOptions,
    TransactionTrait,
};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::sync::OwnedSemaphorePermit;

/// Longest that a browser may take for one piece: it holds a connection to the database meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);
/// Longest that an export may take.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Bytes of a finished file sent at a time.
const PIECE: usize = 64 * 1024;

/// An export.
pub(super) struct Job {
    pub(super) app: App,
    pub(super) slug: String,
    pub(super) format: Format,
    pub(super) condition: Condition,
    pub(super) order: Ordering,
    pub(super) columns: Columns,
    pub(super) log: Log,
    pub(super) place: OwnedSemaphorePermit,
}

/// Why an export ends before its last row.
enum Stop {
    /// Whoever asked for it went away.
    Cancelled,
    /// Something broke.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for Stop {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

type Pieces = Sender<Bytes, std::io::Error>;

impl Job {
    /// Goes on in the background while the browser reads.
    pub(super) fn start(self) -> Body {
        let (pieces, body) = Channel::new(2);
        tokio::spawn(self.run(pieces));
        Body::new(body)
    }

    async fn run(mut self, mut pieces: Pieces) {
        let mut sent = 0;
        let work = self.work(&mut pieces, &mut sent);
        let end = match tokio::time::timeout(LONGEST, work).await {
            Ok(Ok(())) => "complete",
            Ok(Err(Stop::Cancelled)) => "cancelled",
            Ok(Err(Stop::Failed(error))) => {
                tracing::error!(%error, resource = self.slug, "an export broke off");
                "failed"
            }
            Err(_) => "cut off: it took too long",
        };
        let Self { app, log, place, .. } = self;
        if let Err(error) = log.end(&app, sent, end).await {
            tracing::error!(%error, "the end of an export could not be logged");
        }
        drop(place);
        if end != "complete" {
            // The browser must not take half a file for a whole one.
            pieces.abort(std::io::Error::other("the export broke off"));
        }
    }

    async fn work(&mut self, pieces: &mut Pieces, sent: &mut u64) -> Result<(), Stop> {
        let app = self.app.clone();
        let resource = app.registry.get(&self.slug)?;
        let moment = snapshot(&app).await?;
        let done = match self.format {
            Format::Xlsx => self.sheet(resource, &(&moment).into(), pieces, sent).await,
            _ => self.text(resource, &(&moment).into(), pieces, sent).await,
        };
        moment.rollback().await?;
        done
    }

    async fn text(
        &mut self,
        resource: &dyn AnyResource,
        db: &DatabaseExecutor<'_>,
        pieces: &mut Pieces,
        sent: &mut u64,
    ) -> Result<(), Stop> {
        let app = self.app.clone();
        let mut writer = Writer::new(self.format, self.columns.names());
        send(pieces, writer.head()?).await?;
        let mut rows = Rows::new(&app.registry, resource, &self.condition, &self.order);
        loop {
            let page = rows.next(db).await?;
            if page.is_empty() {
                break;
            }
            let cells = self.columns.cells(db, &app.registry, resource, &page).await?;
            send(pieces, writer.rows(&cells)?).await?;
            *sent += page.len() as u64;
        }
        send(pieces, writer.tail().to_vec()).await
    }

    async fn sheet(
        &mut self,
        resource: &dyn AnyResource,
        db: &DatabaseExecutor<'_>,
        pieces: &mut Pieces,
        sent: &mut u64,
    ) -> Result<(), Stop> {
        let app = self.app.clone();
        let (pages, take) = tokio::sync::mpsc::channel(2);
        let (name, titles) = (capitalise(resource.meta().plural), self.columns.names());
        let builder = tokio::task::spawn_blocking(move || sheet::build(&name, &titles, take));
        let mut rows = Rows::new(&app.registry, resource, &self.condition, &self.order);
        loop {
            let page = rows.next(db).await?;
            if page.is_empty() {
                break;
            }
            *sent += page.len() as u64;
            // Whoever has gone away is noticed here: an empty piece is not sent on.
            send(pieces, Vec::new()).await?;
            let cells = self.columns.cells(db, &app.registry, resource, &page).await?;
            if pages.send(cells).await.is_err() {
                break;
            }
        }
        drop(pages);
        let built = builder.await.map_err(anyhow::Error::from)??;
        let mut file = tokio::fs::File::from_std(built);
        let mut piece = vec![0; PIECE];
        loop {
            let length = file.read(&mut piece).await.map_err(anyhow::Error::from)?;
            if length == 0 {
                return Ok(());
            }
            send(pieces, piece[..length].to_vec()).await?;
        }
    }
}

async fn send(pieces: &mut Pieces, bytes: Vec<u8>) -> Result<(), Stop> {
    match tokio::time::timeout(PATIENCE, pieces.send_data(bytes.into())).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) | Err(_) => Err(Stop::Cancelled),
    }
}

/// All pages are read as of one moment: a row that moves meanwhile stands in the file once, where it was.
async fn snapshot(app: &App) -> Result<DatabaseTransaction, Error> {
    // SQLite has no other way of reading.
    let named = app.db.get_database_backend() != DbBackend::Sqlite;
    let options = TransactionOptions {
        isolation_level: named.then_some(IsolationLevel::RepeatableRead),
        access_mode: named.then_some(AccessMode::ReadOnly),
        ..Default::default()
    };
    Ok(app.db.begin_with_options(options).await?)
}
