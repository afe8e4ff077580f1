//! Slows guessing down: failures are counted per account and address, and per address. Counting
//! per account alone would let anybody lock anybody out.
use super::session::digest;
use crate::error::Result;
use chrono::{DateTime, Utc};
use entity::throttle::{ActiveModel, Column, Entity};
use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait, OnConflict};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};
use std::net::IpAddr;

const MINUTE: i64 = 60_000;
/// Failures are forgotten after this.
const FORGET: i64 = 60 * MINUTE;

/// What is counted, and how many failures it may have before a pause.
struct Key {
    key: String,
    free: i32,
}

/// Failures of one account from one address, and of that address.
pub(crate) struct Throttle {
    keys: [Key; 2],
}

impl Throttle {
    pub(crate) fn of(account: &str, address: &str) -> Self {
        let address = network(address);
        Self {
            keys: [
                Key { key: digest(&format!("sign-in {account} from {address}")), free: 5 },
                Key { key: digest(&format!("sign-in from {address}")), free: 50 },
            ],
        }
    }

    /// Wrong API tokens: many programs may share an address, and one of them may have a token that is over.
    pub(crate) fn of_tokens(address: &str) -> Self {
        let address = network(address);
        Self {
            keys: [
                Key { key: digest(&format!("token from {address}")), free: 60 },
                Key { key: digest("token"), free: 10_000 },
            ],
        }
    }

    /// Forms kept for visitors whose session ended: each takes room that nobody vouches for.
    pub(crate) fn of_kept(address: &str) -> Self {
        let address = network(address);
        Self {
            keys: [
                Key { key: digest(&format!("form kept from {address}")), free: 60 },
                Key { key: digest("form kept"), free: 1000 },
            ],
        }
    }

    /// Sign-ins begun at an identity provider and not finished: each takes room that nobody vouches for.
    pub(crate) fn of_begun(address: &str) -> Self {
        let address = network(address);
        Self {
            keys: [
                Key { key: digest(&format!("single sign-on from {address}")), free: 100 },
                Key { key: digest("single sign-on"), free: 20_000 },
            ],
        }
    }

    /// Counts a try before it is made, so that tries sent all at once count as many. From the last
    /// free one on, each doubles the pause after it, up to 16 minutes; a success takes it back.
    /// Gives the minutes to wait if this try is not to be made at all.
    pub(crate) async fn try_once(&self, db: &DatabaseConnection, now: DateTime<Utc>) -> Result<Option<i64>> {
        let now = now.timestamp_millis();
        for key in &self.keys {
            Entity::delete_many()
                .filter(Column::Key.eq(&*key.key))
                .filter(Column::ForgetAt.lt(now))
                .exec(db)
                .await?;
            let fresh = ActiveModel {
                key: Set(key.key.clone()),
                failures: Set(0),
                blocked_until: Set(0),
                forget_at: Set(now + FORGET),
            };
            let known = OnConflict::column(Column::Key).update_column(Column::Key).to_owned();
            Entity::insert(fresh).on_conflict(known).exec_without_returning(db).await?;
            let counted = Entity::update_many()
                // First, since MariaDB lets later expressions see what earlier ones set.
                .col_expr(Column::BlockedUntil, pause_after(key.free, now))
                .col_expr(Column::Failures, Expr::col(Column::Failures).add(1))
                .col_expr(Column::ForgetAt, (now + FORGET).into())
                .filter(Column::Key.eq(&*key.key))
                .filter(Column::BlockedUntil.lte(now))
                .exec(db)
                .await?;
            if counted.rows_affected == 0 {
                let until =
                    Entity::find_by_id(key.key.clone()).one(db).await?.map_or(now, |row| row.blocked_until);
                return Ok(Some(Ord::max(until - now, 0) / MINUTE + 1));
            }
        }
        Ok(None)
    }

    /// Forgets the account's failures after a success. The address gets back this try only, or one
    /// good account would buy any number of guesses at others.
    pub(crate) async fn succeeded(&self, db: &DatabaseConnection) -> Result<()> {
        Entity::delete_by_id(self.keys[0].key.clone()).exec(db).await?;
        Entity::update_many()
            .col_expr(Column::BlockedUntil, 0_i64.into())
            .col_expr(Column::Failures, Expr::col(Column::Failures).sub(1))
            .filter(Column::Key.eq(&*self.keys[1].key))
            .filter(Column::Failures.gt(0))
            .exec(db)
            .await?;
        Ok(())
    }
}

/// Until when the next try has to wait, once this one is counted.
fn pause_after(free: i32, now: i64) -> Expr {
    let mut case = CaseStatement::new();
    for doubled in (0..=4).rev() {
        // `failures` does not count this one yet.
        case = case.case(Expr::col(Column::Failures).gte(free - 1 + doubled), now + (MINUTE << doubled));
    }
    Expr::Case(Box::new(case.finally(0_i64)))
}

/// Everybody who could have the address: a whole network of IPv6 belongs to one visitor.
fn network(address: &str) -> String {
    match address.parse() {
        Ok(IpAddr::V6(address)) => address.segments()[..4].iter().map(|part| format!("{part:x}:")).collect(),
        _ => address.to_owned(),
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
