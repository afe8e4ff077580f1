//! Change lists under a name. People keep their own on the lists themselves; here administrators see all.
use crate::admin::{
    ActiveModel, Check, Col, Deed, Fieldset, Resource, Search, Section, Show, col, fieldset, grants,
};
use crate::error::Error;
use entity::saved_view::{Column::*, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, Set};

pub(super) struct SavedViews;

impl Resource for SavedViews {
    type Entity = Entity;

    const SLUG: &'static str = "saved-views";
    const NAME: (&'static str, &'static str) = ("saved view", "saved views");
    const ABOUT: &'static str =
        "Filters, order and columns of lists under a name: private ones and shared ones.";
    const ICON: &'static str = "i-rows";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] =
        &[col(Name), col(Resource), col(UserId), col(IsShared), col(IsDefault), col(UpdatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name), Search::Contains(UserId)];
    const FILTERS: &'static [Col<Self>] = &[IsShared, Resource, UserId];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Name, Resource, Query, UserId]),
        fieldset("Who sees it, and when", &[IsShared, IsDefault]),
    ];
    const READONLY: &'static [Col<Self>] = &[UserId];
    const FIXED: &'static [Col<Self>] = &[Resource];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (Resource, "List"),
        (Query, "What it keeps"),
        (UserId, "Whose"),
        (IsShared, "Shared"),
        (IsDefault, "Opens first"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Resource, "The list's name in addresses, such as issues."),
        (Query, "What follows the question mark in the address of the list."),
        (IsShared, "Everybody who may see the list sees the view."),
        (IsDefault, "For its owner, the list opens with it."),
    ];
    const CHECKS: &'static [(Col<Self>, Check)] = &[(Resource, check_list)];
    const GRANTS: &'static [(&'static str, &'static [crate::admin::Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.name.clone()
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if before.is_none() && row.user_id.is_not_set() {
            let user = deed.actor.id.ok_or_else(|| Error::field("", "A view belongs to somebody."))?;
            row.user_id = Set(user);
        }
        if let ActiveValue::Set(name) = &row.name {
            let owner = row.user_id.try_as_ref().copied().unwrap_or_default();
            let list = row.resource.try_as_ref().cloned().unwrap_or_default();
            let same =
                Entity::find().filter(UserId.eq(owner)).filter(Resource.eq(list)).filter(Name.eq(name));
            let other = same.one(txn).await?.filter(|other| before.is_none_or(|row| row.id != other.id));
            if other.is_some() {
                let why =
                    "There is a view of this name already. Choose another, or open that one and replace it.";
                return Err(Error::field("name", why));
            }
        }
        Ok(())
    }

    async fn after_save(
        row: &Model,
        _: Option<&Model>,
        deed: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        if !row.is_default {
            return Ok(());
        }
        // A list opens with one view only.
        Entity::update_many()
            .col_expr(IsDefault, Expr::val(false))
            .col_expr(Version, Expr::col(Version).add(1))
            .col_expr(UpdatedAt, Expr::val(deed.at))
            .filter(UserId.eq(row.user_id))
            .filter(Resource.eq(&row.resource))
            .filter(IsDefault.eq(true))
            .filter(Id.ne(row.id))
            .exec(txn)
            .await?;
        Ok(())
    }
}

/// The name of a list that there is.
fn check_list(text: &str) -> Result<(), String> {
    match super::registry().get(text) {
        Ok(_) => Ok(()),
        Err(_) => Err("There is no list of this name. Take it from the address of the list.".into()),
    }
}
