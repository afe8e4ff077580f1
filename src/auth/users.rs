//! Rules about accounts that no form may break, whichever door it comes by.
use crate::admin::Deed;
use crate::error::{Error, Result};
use entity::user::{ActiveModel, Column, Entity, Model};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};

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

async fn others(txn: &DatabaseTransaction, but: Option<&Model>) -> Result<u64> {
    let but = but.map_or(0, |user| user.id);
    let others = Entity::find()
        .filter(Column::IsSuperuser.eq(true))
        .filter(Column::IsActive.eq(true))
        .filter(Column::Id.ne(but));
    Ok(others.count(txn).await?)
}
