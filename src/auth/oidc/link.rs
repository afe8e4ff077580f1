//! Linking an account by hand to somebody at the provider: the only way to an account that was there before.
use super::users::known;
use crate::admin::{Deed, history};
use crate::config::Oidc;
use crate::error::Result;
use entity::audit_log::{self, Verb};
use entity::{identity, session, user};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseConnection, EntityTrait, QueryFilter};

/// From now on, whom the provider calls `subject` signs in with this account. The account that they had before, if
/// any, loses the link and its sessions from the provider.
///
/// # Errors
/// What the database says.
pub async fn link(
    db: &DatabaseConnection,
    oidc: &Oidc,
    deed: &Deed,
    user: &user::Model,
    subject: &str,
) -> Result<()> {
    let txn = crate::db::begin(db).await?;
    match known(&txn, &oidc.issuer, subject).await? {
        Some(row) if row.user_id == user.id => return Ok(()),
        Some(row) => {
            let moved =
                identity::ActiveModel { id: Set(row.id), user_id: Set(user.id), ..Default::default() };
            identity::Entity::update(moved).exec(&txn).await?;
            session::Entity::delete_many()
                .filter(session::Column::UserId.eq(row.user_id))
                .filter(session::Column::ProviderSession.is_not_null())
                .exec(&txn)
                .await?;
        }
        None => {
            let row = identity::ActiveModel {
                user_id: Set(user.id),
                issuer: Set(oidc.issuer.clone()),
                subject: Set(subject.to_owned()),
                created_at: Set(deed.at),
                ..Default::default()
            };
            identity::Entity::insert(row).exec_without_returning(&txn).await?;
        }
    }
    let changes = history::Changes::from([("Single sign-on".to_owned(), [None, Some(subject.to_owned())])]);
    let entry = history::entry(deed, Verb::Change, "users", &user.id.to_string(), &user.username, &changes);
    audit_log::Entity::insert(entry).exec_without_returning(&txn).await?;
    txn.commit().await?;
    Ok(())
}
