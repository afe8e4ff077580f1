//! What is kept of an uploaded file between one page and the next: in the database, so that any
//! process can go on with it, for its owner only, and for a day.
use super::read::{self, Row, Sink, Unreadable};
use super::verdict::Verdict;
pub(super) use crate::admin::json::{text as json, value as parsed};
use crate::app::{App, random_token};
use crate::error::{Error, Result};
use chrono::{DateTime, Duration, Utc};
use entity::import_chunk;
use entity::import_file::{self, State};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DatabaseExecutor, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::fs::File;
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// How long a file is kept.
const KEPT: Duration = Duration::hours(24);
/// Files that one person may have uploaded at a time; older ones make room.
const MOST_FILES: u64 = 5;
/// Rows in one row of the database.
pub(super) const CHUNK: usize = 500;
/// Bytes in one row of the database, about: no server need take a larger packet than usual.
const LARGEST_CHUNK: usize = 1024 * 1024;

/// A file just read.
pub(super) struct Stored {
    pub(super) id: i64,
    pub(super) notes: Vec<String>,
}

/// What the reader sends on.
enum Piece {
    Headings(Vec<String>),
    Rows(Vec<Row>),
}

/// Reads a file and keeps its rows; refused, nothing is kept.
pub(super) async fn store(
    app: &App,
    user: i64,
    resource: &str,
    name: &str,
    file: File,
) -> Result<Result<Stored, Unreadable>> {
    let now = app.now();
    forget(app, user, now).await?;
    let row = import_file::ActiveModel {
        user_id: Set(user),
        resource: Set(resource.to_owned()),
        name: Set(name.to_owned()),
        headings: Set("[]".into()),
        created_at: Set(now),
        expires_at: Set(now + KEPT),
        ..Default::default()
    };
    let id = import_file::Entity::insert(row).exec(&app.db).await?.last_insert_id;
    let (pieces, take) = channel(2);
    let reader = tokio::task::spawn_blocking(move || {
        let mut out = Out { pieces, rows: Vec::new(), size: 0 };
        let notes = read::read(file, &mut out)?;
        out.flush()?;
        Ok::<_, Unreadable>(notes)
    });
    let kept = keep(app, id, take).await;
    let read = reader.await.map_err(anyhow::Error::from)?;
    match (kept, read) {
        (Ok(0), Ok(_)) => {
            drop_file(app, id).await?;
            Ok(Err("The file has titles but no rows.".into()))
        }
        (Ok(_), Ok(notes)) => Ok(Ok(Stored { id, notes })),
        (kept, read) => {
            drop_file(app, id).await?;
            kept?;
            Ok(read.map(|notes| Stored { id, notes }))
        }
    }
}

/// Gathers rows until they are worth sending.
struct Out {
    pieces: Sender<Piece>,
    rows: Vec<Row>,
    size: usize,
}

impl Out {
    fn send(&self, piece: Piece) -> Result<(), Unreadable> {
        self.pieces.blocking_send(piece).map_err(|_| "The file could not be kept. Send it again.".into())
    }

    fn flush(&mut self) -> Result<(), Unreadable> {
        self.size = 0;
        let rows = std::mem::take(&mut self.rows);
        if rows.is_empty() { Ok(()) } else { self.send(Piece::Rows(rows)) }
    }
}

impl Sink for Out {
    fn headings(&mut self, headings: Vec<String>) -> Result<(), Unreadable> {
        self.send(Piece::Headings(headings))
    }

    fn row(&mut self, row: Row) -> Result<(), Unreadable> {
        self.size += row.1.iter().flatten().map(|cell| cell.len() + 4).sum::<usize>();
        self.rows.push(row);
        if self.rows.len() >= CHUNK || self.size > LARGEST_CHUNK { self.flush() } else { Ok(()) }
    }
}

/// Writes what the reader sends; gives the number of rows.
async fn keep(app: &App, id: i64, mut take: Receiver<Piece>) -> Result<i64> {
    let (mut total, mut position) = (0, 0);
    while let Some(piece) = take.recv().await {
        match piece {
            Piece::Headings(headings) => {
                set(app, id, import_file::Column::Headings, json(&headings)?).await?;
            }
            Piece::Rows(rows) => {
                total += rows.len() as i64;
                let chunk = import_chunk::ActiveModel {
                    file_id: Set(id),
                    position: Set(position),
                    rows: Set(json(&rows)?),
                    ..Default::default()
                };
                import_chunk::Entity::insert(chunk).exec_without_returning(&app.db).await?;
                position += 1;
            }
        }
    }
    set(app, id, import_file::Column::Total, total).await?;
    Ok(total)
}

async fn set(app: &App, id: i64, column: import_file::Column, value: impl Into<Expr>) -> Result<()> {
    import_file::Entity::update_many()
        .col_expr(column, value.into())
        .filter(import_file::Column::Id.eq(id))
        .exec(&app.db)
        .await?;
    Ok(())
}

/// Removes files whose time is over, and the oldest of somebody who has too many.
async fn forget(app: &App, user: i64, now: DateTime<Utc>) -> Result<()> {
    let over = import_file::Column::ExpiresAt.lt(now);
    import_file::Entity::delete_many().filter(over).exec(&app.db).await?;
    let older: Vec<i64> = import_file::Entity::find()
        .select_only()
        .column(import_file::Column::Id)
        .filter(import_file::Column::UserId.eq(user))
        .filter(import_file::Column::State.ne(State::Writing))
        .order_by_desc(import_file::Column::Id)
        .offset(MOST_FILES - 1)
        .limit(100)
        .into_tuple()
        .all(&app.db)
        .await?;
    for id in older {
        drop_file(app, id).await?;
    }
    Ok(())
}

/// Forgets a file; one that is being written stays.
pub(super) async fn drop_file(app: &App, id: i64) -> Result<bool> {
    let gone = import_file::Entity::delete_many()
        .filter(import_file::Column::Id.eq(id))
        .filter(import_file::Column::State.ne(State::Writing))
        .exec(&app.db)
        .await?;
    Ok(gone.rows_affected > 0)
}

/// The file of that number, if it is theirs, of this resource, and not over.
pub(super) async fn get(app: &App, user: i64, resource: &str, id: &str) -> Result<import_file::Model> {
    let id: i64 = id.parse().map_err(|_| Error::NotFound)?;
    let file = import_file::Entity::find_by_id(id)
        .filter(import_file::Column::UserId.eq(user))
        .filter(import_file::Column::Resource.eq(resource))
        .filter(import_file::Column::ExpiresAt.gt(app.now()))
        .one(&app.db)
        .await?;
    file.ok_or(Error::NotFound)
}

/// Takes a file in one of some states for work of at most that long; `None` if somebody else has it.
pub(super) async fn claim(
    app: &App,
    file: &import_file::Model,
    from: &[State],
    to: State,
    longest: Duration,
) -> Result<Option<String>> {
    let (token, now) = (random_token(), app.now());
    let column = |column: import_file::Column| Expr::col(column);
    let left = column(import_file::Column::State)
        .is_in([State::Checking, State::Writing])
        .and(column(import_file::Column::ClaimedUntil).lt(now));
    let free = column(import_file::Column::State).is_in(from.iter().copied()).or(left);
    let taken = import_file::Entity::update_many()
        .col_expr(import_file::Column::State, to.into())
        .col_expr(import_file::Column::Claim, token.as_str().into())
        .col_expr(import_file::Column::ClaimedUntil, (now + longest).into())
        .filter(import_file::Column::Id.eq(file.id))
        .filter(free)
        .exec(&app.db)
        .await?;
    Ok((taken.rows_affected == 1).then_some(token))
}

/// Rows of a part of a file, and what was found out about them.
pub(super) struct Part {
    pub(super) id: i64,
    pub(super) rows: Vec<Row>,
    pub(super) verdicts: Vec<Verdict>,
}

/// The part at that place; `None` after the last.
pub(super) async fn part(db: &DatabaseExecutor<'_>, file: i64, position: i64) -> Result<Option<Part>> {
    let chunk = import_chunk::Entity::find()
        .filter(import_chunk::Column::FileId.eq(file))
        .filter(import_chunk::Column::Position.eq(position))
        .one(db)
        .await?;
    let Some(chunk) = chunk else { return Ok(None) };
    let verdicts = chunk.verdicts.as_deref().map(parsed).transpose()?.unwrap_or_default();
    Ok(Some(Part { id: chunk.id, rows: parsed(&chunk.rows)?, verdicts }))
}

/// Places and numbers of the parts with rows that cannot be written.
pub(super) async fn invalid(db: &DatabaseExecutor<'_>, file: i64) -> Result<Vec<(i64, i64)>> {
    Ok(import_chunk::Entity::find()
        .select_only()
        .columns([import_chunk::Column::Position, import_chunk::Column::Invalid])
        .filter(import_chunk::Column::FileId.eq(file))
        .filter(import_chunk::Column::Invalid.gt(0))
        .order_by_asc(import_chunk::Column::Position)
        .into_tuple()
        .all(db)
        .await?)
}
