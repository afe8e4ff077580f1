//! Rules about accounts that no form may break, whichever door it comes by.
use crate::admin::Deed;
use crate::error::{Error, Result};
use entity::user::{ActiveModel, Column, Entity, Model};
use sea_orm::{
    ActiveValue, ColumnTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait, QueryFilter, QuerySelect,
};

/// What a change, or with `after` = `None` a deletion, would do to the accounts that hold everything together.
///
/// # Errors
/// [`Error::Invalid`] at the field, or [`Error::Refused`] for a deletion.
pub async fn guard_superusers(
    before: Option<&Model>,
    after: Option<&ActiveModel>,
    deed: &Deed,
    txn: &DatabaseTransaction,
) -> Result<()> {
    let now = |value: &ActiveValue<bool>, old: bool| match value {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => *value,
        ActiveValue::NotSet => old,
    };
    let was = before.is_some_and(|user| user.is_superuser && user.is_active);
    let (active, staff, superuser) = after.map_or((false, false, false), |after| {
        (now(&after.is_active, true), now(&after.is_staff, true), now(&after.is_superuser, false))
    });
    let own = before.is_some_and(|user| deed.actor.id == Some(user.id));
    if own {
        guard_oneself(before, active, staff, superuser, after.is_none())?;
    }
    let touches = before.is_some_and(|user| user.is_superuser) || superuser;
    if touches && !deed.actor.is_superuser {
        return Err(refuse(
            after,
            "is_superuser",
            "Only a superuser can make, change or delete a superuser.",
        ));
    }
    if was && !(active && superuser) && others(txn, before).await? == 0 {
        let field = if superuser { "is_active" } else { "is_superuser" };
        return Err(refuse(after, field, "This is the last active superuser. Make another one first."));
    }
    Ok(())
}

fn guard_oneself(
    before: Option<&Model>,
    active: bool,
    staff: bool,
    superuser: bool,
    deletion: bool,
) -> Result<()> {
    if deletion {
        return Err(Error::Refused("You cannot delete your own account. Ask another administrator.".into()));
    }
    for (name, lost) in [
        ("is_active", !active),
        ("is_staff", !staff),
        ("is_superuser", before.is_some_and(|user| user.is_superuser) && !superuser),
    ] {
        if lost {
            return Err(Error::field(
                name,
                "You cannot take this from your own account. Ask another administrator.",
            ));
        }
    }
    Ok(())
}

fn refuse(after: Option<&ActiveModel>, field: &str, why: &str) -> Error {
    if after.is_some() { Error::field(field, why) } else { Error::Refused(why.to_owned()) }
}

/// Whoever changes, deletes or signs in as an account gets its rights, so they must have them already.
///
/// # Errors
/// [`Error::Refused`] with a right that is missing.
pub async fn guard_rank(user: &Model, deed: &Deed, db: &DatabaseExecutor<'_>) -> Result<()> {
    if deed.actor.is_superuser || deed.actor.id == Some(user.id) {
        return Ok(());
    }
    if user.is_superuser {
        return Err(Error::Refused("Only a superuser can make, change or delete a superuser.".into()));
    }
    let rights = super::permission::of_user(db, user.id).await?;
    match rights.iter().find(|right| !deed.actor.permissions.contains(*right)) {
        Some(right) => Err(Error::Refused(format!(
            "{} has the right “{right}”, which you lack. Ask somebody who has it.",
            user.username
        ))),
        None => Ok(()),
    }
}

async fn others(txn: &DatabaseTransaction, but: Option<&Model>) -> Result<usize> {
    let but = but.map_or(0, |user| user.id);
    // Locked, so that two who demote each other at once do not both succeed.
    let superusers = Entity::find()
        .filter(Column::IsSuperuser.eq(true))
        .filter(Column::IsActive.eq(true))
        .lock_exclusive()
        .all(txn)
        .await?;
    Ok(superusers.iter().filter(|user| user.id != but).count())
}
