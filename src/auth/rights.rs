//! Who may do what, and why: through a group, by themselves, or as a superuser.
use crate::admin::changelist::search::escape;
use crate::admin::{Meta, Verb};
use crate::error::Result;
use entity::{group, group_permission, permission, user, user_group, user_permission};
use sea_orm::sea_query::{Expr, ExprTrait, LikeExpr, Query, SelectStatement};
use sea_orm::{
    ColumnTrait, Condition, DatabaseConnection, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// Why, of a superuser.
pub const SUPERUSER: &str = "superuser";
/// Why, of a right given to the user alone.
pub const OWN: &str = "given to them alone";

/// Which group has which rights.
pub struct Rights {
    names: HashMap<i64, String>,
    codes: HashMap<i64, String>,
    by_right: HashMap<String, BTreeSet<i64>>,
}

/// What a user's rights come from.
pub struct Holder {
    /// Who.
    pub user: user::Model,
    groups: HashSet<i64>,
    own: HashSet<String>,
}

impl Rights {
    /// Reads them: three queries.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(db: &DatabaseConnection) -> Result<Self> {
        let names = group::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.name)).collect();
        let codes: HashMap<i64, String> =
            permission::Entity::find().all(db).await?.into_iter().map(|row| (row.id, row.codename)).collect();
        let mut by_right: HashMap<String, BTreeSet<i64>> = HashMap::new();
        for link in group_permission::Entity::find().all(db).await? {
            if let Some(code) = codes.get(&link.permission_id) {
                by_right.entry(code.clone()).or_default().insert(link.group_id);
            }
        }
        Ok(Self { names, codes, by_right })
    }

    /// Names of the groups whose members may do that.
    #[must_use]
    pub fn groups(&self, meta: &Meta, verb: Verb) -> Vec<&str> {
        let rights = implying(meta, verb);
        let keys: BTreeSet<i64> =
            rights.iter().filter_map(|right| self.by_right.get(right)).flatten().copied().collect();
        let mut names: Vec<&str> =
            keys.iter().filter_map(|key| self.names.get(key)).map(String::as_str).collect();
        names.sort_unstable();
        names
    }

    /// What the rights of users come from: two queries, however many they are.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn holders(&self, db: &DatabaseConnection, users: Vec<user::Model>) -> Result<Vec<Holder>> {
        let keys: Vec<i64> = users.iter().map(|user| user.id).collect();
        let mut groups: HashMap<i64, HashSet<i64>> = HashMap::new();
        let mut own: HashMap<i64, HashSet<String>> = HashMap::new();
        for link in
            user_group::Entity::find().filter(user_group::Column::UserId.is_in(keys.clone())).all(db).await?
        {
            groups.entry(link.user_id).or_default().insert(link.group_id);
        }
        for link in user_permission::Entity::find()
            .filter(user_permission::Column::UserId.is_in(keys))
            .all(db)
            .await?
        {
            own.entry(link.user_id).or_default().extend(self.codes.get(&link.permission_id).cloned());
        }
        let holder = |user: user::Model| Holder {
            groups: groups.remove(&user.id).unwrap_or_default(),
            own: own.remove(&user.id).unwrap_or_default(),
            user,
        };
        Ok(users.into_iter().map(holder).collect())
    }
}

impl Holder {
    /// Why the user may do that; nothing if they may not.
    #[must_use]
    pub fn why(&self, rights: &Rights, meta: &Meta, verb: Verb) -> Vec<String> {
        if !meta.offers(verb) {
            return Vec::new();
        }
        let wanted = implying(meta, verb);
        let mut why: Vec<String> = Vec::new();
        if self.user.is_superuser {
            why.push(SUPERUSER.to_owned());
        }
        let through: BTreeSet<i64> = wanted
            .iter()
            .filter_map(|right| rights.by_right.get(right))
            .flatten()
            .filter(|group| self.groups.contains(group))
            .copied()
            .collect();
        let mut names: Vec<&String> = through.iter().filter_map(|group| rights.names.get(group)).collect();
        names.sort_unstable();
        why.extend(names.into_iter().cloned());
        if wanted.iter().any(|right| self.own.contains(right)) {
            why.push(OWN.to_owned());
        }
        why
    }

    /// Whether the account can be used at all.
    #[must_use]
    pub fn may_enter(&self) -> bool {
        self.user.is_active && self.user.is_staff
    }
}

/// The right itself, and the one that implies it: whoever may change may look.
fn implying(meta: &Meta, verb: Verb) -> Vec<String> {
    let mut rights = vec![meta.codename(verb)];
    if verb == Verb::View {
        rights.push(meta.codename(Verb::Change));
    }
    rights
}

/// Accounts that can be used and have any right to a resource, or to anything; in the order of their names.
///
/// # Errors
/// When the database does not answer.
pub async fn users(
    db: &DatabaseConnection,
    resource: Option<&str>,
    search: &str,
    after: &str,
    limit: u64,
) -> Result<Vec<user::Model>> {
    let id = || Expr::col(("user", "id"));
    let any = Condition::any()
        .add(user::Column::IsSuperuser.eq(true))
        .add(id().in_subquery(by_themselves(resource)))
        .add(id().in_subquery(by_group(resource)));
    let mut find = user::Entity::find()
        .filter(user::Column::IsActive.eq(true))
        .filter(user::Column::IsStaff.eq(true))
        .filter(any)
        .order_by_asc(user::Column::UsernameKey)
        .limit(limit);
    if !after.is_empty() {
        find = find.filter(user::Column::UsernameKey.gt(after));
    }
    if !search.is_empty() {
        let pattern = format!("{}%", escape(&super::account::username_key(search)));
        find = find.filter(user::Column::UsernameKey.like(LikeExpr::new(pattern).escape('\\')));
    }
    Ok(find.all(db).await?)
}

fn by_themselves(resource: Option<&str>) -> SelectStatement {
    let mut select = Query::select();
    select.column(("user_permission", "user_id")).from("user_permission").inner_join(
        "permission",
        Expr::col(("permission", "id")).equals(("user_permission", "permission_id")),
    );
    about(&mut select, resource);
    select
}

fn by_group(resource: Option<&str>) -> SelectStatement {
    let mut select = Query::select();
    select
        .column(("user_group", "user_id"))
        .from("user_group")
        .inner_join(
            "group_permission",
            Expr::col(("group_permission", "group_id")).equals(("user_group", "group_id")),
        )
        .inner_join(
            "permission",
            Expr::col(("permission", "id")).equals(("group_permission", "permission_id")),
        );
    about(&mut select, resource);
    select
}

fn about(select: &mut SelectStatement, resource: Option<&str>) {
    if let Some(resource) = resource {
        select.and_where(Expr::col(("permission", "resource")).eq(resource));
    }
}
