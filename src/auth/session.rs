//! Sessions in the database: they survive a restart and are shared by all replicas.
use async_trait::async_trait;
use entity::session::{ActiveModel, Column, Entity};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter, SqlErr};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use time::OffsetDateTime;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{Error, ExpiredDeletion, Result};
use tower_sessions::{Session, SessionStore};

/// Name in the session: who is signed in.
pub const USER: &str = "user";
/// Name in the session: a digest of the user's password, so that a new one ends the session.
pub const STAMP: &str = "stamp";
/// Name in the session: the token that forms must bring.
pub const CSRF: &str = "csrf";
/// Name in the session: messages for the next page.
pub const MESSAGES: &str = "messages";
/// Name in the session: when it was last prolonged, in seconds since 1970.
pub const SEEN: &str = "seen";

/// Name in the session: when its owner signed in, in seconds since 1970.
pub const SINCE: &str = "since";
/// Name in the session: what the browser called itself.
pub const AGENT: &str = "agent";
/// Name in the session: where its owner signed in from.
pub const FROM: &str = "from";
/// Name in the session: a digest of the session at the identity provider that it came from.
pub const PROVIDER: &str = "provider";

/// Keeps sessions in the table `session`.
#[derive(Clone, Debug)]
pub struct DbStore(pub DatabaseConnection);

/// Hex SHA-256, as the key under which secrets are kept.
#[must_use]
pub fn digest(text: &str) -> String {
    Sha256::digest(text).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn backend(error: DbErr) -> Error {
    Error::Backend(error.to_string())
}

fn row(record: &Record) -> Result<ActiveModel> {
    let provider = record.data.get(PROVIDER).and_then(serde_json::Value::as_str);
    Ok(ActiveModel {
        id: Set(digest(&record.id.to_string())),
        user_id: Set(record.data.get(USER).and_then(serde_json::Value::as_i64)),
        data: Set(serde_json::to_string(&record.data).map_err(|error| Error::Encode(error.to_string()))?),
        expires_at: Set(record.expiry_date.unix_timestamp()),
        provider_session: Set(provider.map(str::to_owned)),
    })
}

#[async_trait]
impl SessionStore for DbStore {
    async fn create(&self, record: &mut Record) -> Result<()> {
        loop {
            match Entity::insert(row(record)?).exec_without_returning(&self.0).await {
                Ok(_) => return Ok(()),
                Err(error) if matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_))) => {
                    record.id = Id::default()
                }
                Err(error) => return Err(backend(error)),
            }
        }
    }

    /// Only a session that is still there: a slow request must not bring back one that was
    /// signed out meanwhile.
    async fn save(&self, record: &Record) -> Result<()> {
        let row = row(record)?;
        let key = row.id.try_as_ref().cloned().unwrap_or_default();
        Entity::update_many().set(row).filter(Column::Id.eq(key)).exec(&self.0).await.map_err(backend)?;
        Ok(())
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let row = Entity::find_by_id(digest(&id.to_string()))
            .filter(Column::ExpiresAt.gt(now))
            .one(&self.0)
            .await
            .map_err(backend)?;
        row.map(|row| {
            Ok(Record {
                id: *id,
                data: serde_json::from_str(&row.data).map_err(|error| Error::Decode(error.to_string()))?,
                expiry_date: OffsetDateTime::from_unix_timestamp(row.expires_at)
                    .map_err(|error| Error::Decode(error.to_string()))?,
            })
        })
        .transpose()
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        Entity::delete_by_id(digest(&id.to_string())).exec(&self.0).await.map_err(backend)?;
        Ok(())
    }
}

#[async_trait]
impl ExpiredDeletion for DbStore {
    async fn delete_expired(&self) -> Result<()> {
        let now = OffsetDateTime::now_utc().unix_timestamp();
        Entity::delete_many().filter(Column::ExpiresAt.lte(now)).exec(&self.0).await.map_err(backend)?;
        Ok(())
    }
}

/// Ends all sessions of a user but the one given.
///
/// # Errors
/// When the database does not answer.
pub async fn end_others(
    db: &DatabaseConnection,
    user: i64,
    keep: Option<&Session>,
) -> std::result::Result<(), DbErr> {
    let mut delete = Entity::delete_many().filter(Column::UserId.eq(user));
    if let Some(id) = keep.and_then(Session::id) {
        delete = delete.filter(Column::Id.ne(digest(&id.to_string())));
    }
    delete.exec(db).await.map(drop)
}
