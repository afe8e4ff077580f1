//! People who sign in.
use crate::admin::{
    ActiveModel, Check, Col, Deed, Fieldset, Many, Resource, Search, Section, Show, Verb, col, fieldset,
    grants,
};
use crate::auth::account::{check_email, check_username, unusable_password, username_key};
use crate::auth::{guard_rank, guard_superusers};
use crate::error::Error;
use entity::user::{Column, Column::*, Entity, Model};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, Set, Value};
use unicode_normalization::UnicodeNormalization;

pub(super) struct Users;

impl Resource for Users {
    type Entity = Entity;

    const SLUG: &'static str = "users";
    const NAME: (&'static str, &'static str) = ("user", "users");
    const ABOUT: &'static str = "People who sign in, and what they may do.";
    const ICON: &'static str = "i-users";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Username),
        col(Email),
        col(FirstName),
        col(LastName),
        col(IsActive),
        col(IsStaff),
        col(IsSuperuser),
        col(LastLogin),
    ];
    const SEARCH: &'static [Search<Self>] = &[
        Search::Contains(Username),
        Search::Contains(Email),
        Search::Contains(FirstName),
        Search::Contains(LastName),
    ];
    const FILTERS: &'static [Col<Self>] = &[IsActive, IsStaff, IsSuperuser, LastLogin];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Username, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Username, Password]),
        fieldset("Personal", &[FirstName, LastName, Email]),
        Fieldset {
            title: "Rights",
            columns: &[IsActive, IsStaff, IsSuperuser],
            many: &["groups", "permissions"],
            collapsed: false,
        },
        fieldset("Dates", &[LastLogin, CreatedAt]),
    ];
    const READONLY: &'static [Col<Self>] = &[Password, LastLogin, UsernameKey];
    const SECRET: &'static [Col<Self>] = &[Password];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Username, "User name"),
        (Email, "E-mail"),
        (IsActive, "Active"),
        (IsStaff, "May enter"),
        (IsSuperuser, "Superuser"),
        (CreatedAt, "Joined"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Username, "Letters, digits and @ . + - _ only; whatever the case, each name once."),
        (IsActive, "Take this away instead of deleting an account: its records stay."),
        (IsStaff, "Without it, nobody can sign in here."),
        (IsSuperuser, "Has every right, without any being given."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Username, check_username), (Email, check_email)];
    const MANY: &'static [Many] = &[
        Many {
            name: "groups",
            title: "Groups",
            help: "A user has every right of each of their groups.",
            pairs: "user_group",
            near: "user_id",
            far: "group_id",
            to: "group",
            filter: true,
        },
        Many {
            name: "permissions",
            title: "Further rights",
            help: "Beside those of the groups.",
            pairs: "user_permission",
            near: "user_id",
            far: "permission_id",
            to: "permission",
            filter: false,
        },
    ];
    const ASKS_WHY: bool = true;
    // Name and password come first, on a page of their own.
    const ADD_PAGE: bool = true;
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.username.clone()
    }

    fn remade() -> Vec<(&'static str, Value)> {
        vec![("password", unusable_password().into())]
    }

    fn links(row: &Model) -> Vec<(String, String)> {
        vec![
            ("Set password".into(), format!("/admin/users/{}/password/", row.id)),
            ("Sessions".into(), format!("/admin/users/{}/sessions/", row.id)),
            ("What they may do".into(), format!("/admin/users/{}/rights/", row.id)),
        ]
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if let ActiveValue::Set(username) = &row.username {
            let (name, key): (String, String) = (username.nfkc().collect(), username_key(username));
            let other = Entity::find().filter(Column::UsernameKey.eq(&*key)).one(txn).await?;
            if other.is_some_and(|other| before.is_none_or(|before| before.id != other.id)) {
                return Err(Error::field(
                    "username",
                    "There is already a user of this name, whatever the case.",
                ));
            }
            row.username = Set(name);
            row.username_key = Set(key);
        }
        guard_superusers(before, Some(row), deed, txn).await?;
        match before {
            Some(before) => guard_rank(before, deed, &txn.into()).await,
            None => Ok(()),
        }
    }

    async fn before_delete(row: &Model, deed: &Deed, txn: &DatabaseTransaction) -> Result<(), Error> {
        guard_superusers(Some(row), None, deed, txn).await?;
        guard_rank(row, deed, &txn.into()).await
    }
}
