//! Slows guessing down: failures are counted per account and address, and per address. Counting
//! per account alone would let anybody lock anybody out.
use super::session::digest;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::throttle::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

const MINUTE: i64 = 60_000;
/// Failures are forgotten after this.
const FORGET: i64 = 60 * MINUTE;

/// What is counted, and how many failures it may have before a pause.
struct Key {
    key: String,
    free: i32,
}

/// Failures of one account from one address, and of that address.
pub(super) struct Throttle {
    keys: [Key; 2],
}

impl Throttle {
    pub(super) fn of(account: &str, address: &str) -> Self {
        Self {
            keys: [
                Key { key: digest(&format!("sign-in {account} from {address}")), free: 5 },
                Key { key: digest(&format!("sign-in from {address}")), free: 50 },
            ],
        }
    }

    /// Minutes to wait before the next try; none if there is no need to.
    pub(super) async fn pause(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<Option<i64>> {
        let now = now.timestamp_millis();
        let keys = self.keys.iter().map(|key| key.key.clone());
        let rows = Entity::find()
            .filter(Column::Key.is_in(keys))
            .filter(Column::BlockedUntil.gt(now))
            .all(db)
            .await?;
        let until = rows.iter().map(|row| row.blocked_until).max();
        Ok(until.map(|until| (until - now).div_euclid(MINUTE) + 1))
    }

    /// Counts a failure; from the last free one on, each doubles the pause, up to 16 minutes.
    /// Counting is one statement, so that tries sent all at once count as many.
    pub(super) async fn failed(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<()> {
        let now = now.timestamp_millis();
        for key in &self.keys {
            Entity::delete_many()
                .filter(Column::Key.eq(&*key.key))
                .filter(Column::ForgetAt.lt(now))
                .exec(db)
                .await?;
            let row = ActiveModel {
                key: Set(key.key.clone()),
                failures: Set(1),
                blocked_until: Set(0),
                forget_at: Set(now + FORGET),
            };
            let more = OnConflict::column(Column::Key)
                .value(Column::Failures, Expr::col((Entity, Column::Failures)).add(1))
                .value(Column::ForgetAt, now + FORGET)
                .to_owned();
            Entity::insert(row).on_conflict(more).exec_without_returning(db).await?;
            let failures = Entity::find_by_id(key.key.clone()).one(db).await?.map_or(0, |row| row.failures);
            if failures >= key.free {
                let pause = MINUTE << (failures - key.free).clamp(0, 4);
                Entity::update_many()
                    .col_expr(Column::BlockedUntil, (now + pause).into())
                    .filter(Column::Key.eq(&*key.key))
                    .exec(db)
                    .await?;
            }
        }
        Ok(())
    }

    /// Forgets the account's failures after a success; the address keeps its own, or one good
    /// account would buy any number of guesses at others.
    pub(super) async fn succeeded(&self, db: &DatabaseConnection) -> Result<()> {
        Entity::delete_by_id(self.keys[0].key.clone()).exec(db).await?;
        Ok(())
    }
}

/// Forgets what is over.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sweep(db: &DatabaseConnection, now: DateTime<Utc>) -> Result<()> {
    Entity::delete_many().filter(Column::ForgetAt.lt(now.timestamp_millis())).exec(db).await?;
    Ok(())
}
