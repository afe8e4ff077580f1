//! Permissions: one row per resource and verb, made when a resource is new; and who has which.
use crate::admin::{Actor, Registry, Verb};
use crate::error::Result;
use entity::{group, group_permission, permission};
use sea_orm::sea_query::{Expr, ExprTrait, Query, UnionType};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseExecutor, DatabaseTransaction, EntityTrait,
    QueryFilter,
};
use std::collections::{BTreeMap, HashSet};

/// Makes permissions for resources that are new, and gives them to the groups that the resource
/// names. What administrators changed since is left alone.
///
/// # Errors
/// What the database refused.
pub async fn sync(db: &DatabaseExecutor<'_>, registry: &Registry) -> Result<()> {
    let known: HashSet<String> =
        permission::Entity::find().all(db).await?.into_iter().map(|row| row.codename).collect();
    let groups: BTreeMap<String, i64> =
        group::Entity::find().all(db).await?.into_iter().map(|row| (row.name, row.id)).collect();
    for resource in registry.iter() {
        let meta = resource.meta();
        for verb in meta.verbs.iter().filter(|verb| !known.contains(&meta.codename(**verb))) {
            let id = add(db, meta.codename(*verb), meta.slug, *verb).await?;
            let granted = meta
                .grants
                .iter()
                .filter(|(_, verbs)| verbs.contains(verb))
                .map(|(group, _)| *group)
                .chain(["Admins"]);
            let links: Vec<_> = granted
                .filter_map(|name| groups.get(name))
                .map(|group| group_permission::ActiveModel { group_id: Set(*group), permission_id: Set(id) })
                .collect();
            if !links.is_empty() {
                group_permission::Entity::insert_many(links).exec_without_returning(db).await?;
            }
        }
    }
    Ok(())
}

async fn add(db: &DatabaseExecutor<'_>, codename: String, resource: &str, verb: Verb) -> Result<i64> {
    let row = permission::ActiveModel {
        codename: Set(codename),
        resource: Set(resource.into()),
        verb: Set(verb.name().into()),
        ..Default::default()
    };
    Ok(permission::Entity::insert(row).exec(db).await?.last_insert_id)
}

/// Everything a user may do, by themselves and by their groups: one query.
///
/// # Errors
/// When the database does not answer.
pub async fn of_user(db: &DatabaseExecutor<'_>, user: i64) -> Result<HashSet<String>> {
    let mut own = Query::select();
    own.column(("permission", "codename"))
        .from("permission")
        .inner_join(
            "user_permission",
            Expr::col(("user_permission", "permission_id")).equals(("permission", "id")),
        )
        .and_where(Expr::col(("user_permission", "user_id")).eq(user));
    let by_group = Query::select()
        .column(("permission", "codename"))
        .from("permission")
        .inner_join(
            "group_permission",
            Expr::col(("group_permission", "permission_id")).equals(("permission", "id")),
        )
        .inner_join(
            "user_group",
            Expr::col(("user_group", "group_id")).equals(("group_permission", "group_id")),
        )
        .and_where(Expr::col(("user_group", "user_id")).eq(user))
        .to_owned();
    own.union(UnionType::Distinct, by_group);
    let rows = db.query_all(&own).await?;
    rows.iter().map(|row| row.try_get("", "codename").map_err(Into::into)).collect()
}

/// The first right that an actor would give or take without having it.
///
/// # Errors
/// When the database does not answer.
pub async fn lacking(
    txn: &DatabaseTransaction,
    actor: &Actor,
    table: &str,
    keys: &[i64],
) -> Result<Option<String>> {
    let ids: Vec<i64> = if table == "group" {
        let links = group_permission::Entity::find()
            .filter(group_permission::Column::GroupId.is_in(keys.iter().copied()))
            .all(txn)
            .await?;
        links.into_iter().map(|link| link.permission_id).collect()
    } else {
        keys.to_vec()
    };
    let rights = permission::Entity::find().filter(permission::Column::Id.is_in(ids)).all(txn).await?;
    Ok(rights.into_iter().map(|right| right.codename).find(|codename| !actor.permissions.contains(codename)))
}

/// Names of the groups that have a right, for the page that says it is missing.
///
/// # Errors
/// When the database does not answer.
pub async fn groups_with(db: &DatabaseExecutor<'_>, codename: &str) -> Result<Vec<String>> {
    let select = Query::select()
        .column(("group", "name"))
        .from("group")
        .inner_join("group_permission", Expr::col(("group_permission", "group_id")).equals(("group", "id")))
        .inner_join(
            "permission",
            Expr::col(("permission", "id")).equals(("group_permission", "permission_id")),
        )
        .and_where(Expr::col(("permission", "codename")).eq(codename))
        .order_by(("group", "name"), sea_orm::Order::Asc)
        .to_owned();
    let rows = db.query_all(&select).await?;
    rows.iter().map(|row| row.try_get("", "name").map_err(Into::into)).collect()
}
