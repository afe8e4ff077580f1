//! Sets of rights that people share.
use crate::admin::{Col, Deed, Fieldset, Many, Resource, Search, Section, Show, Verb, col, grants};
use crate::error::Error;
use entity::group::{Column::*, Entity, Model};
use sea_orm::{DatabaseTransaction, Order};

pub(super) struct Groups;

impl Resource for Groups {
    type Entity = Entity;

    const SLUG: &'static str = "groups";
    const NAME: (&'static str, &'static str) = ("group", "groups");
    const ABOUT: &'static str = "Sets of rights that people share.";
    const ICON: &'static str = "i-users";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[col(Name), col(UpdatedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name)];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] =
        &[Fieldset { title: "", columns: &[Name], many: &["permissions"], collapsed: false }];
    const MANY: &'static [Many] = &[Many {
        name: "permissions",
        title: "Rights",
        help: "What members may do with which records.",
        pairs: "group_permission",
        near: "group_id",
        far: "permission_id",
        to: "permission",
        filter: false,
    }];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;
    const SAVE_AS_NEW: bool = true;

    fn label(row: &Model) -> String {
        row.name.clone()
    }

    fn links(_: &Model) -> Vec<(String, String)> {
        vec![("Who may do what".into(), "/admin/rights/".into())]
    }

    async fn before_delete(row: &Model, deed: &Deed, txn: &DatabaseTransaction) -> Result<(), Error> {
        if deed.actor.is_superuser {
            return Ok(());
        }
        match crate::auth::permission::lacking(txn, &deed.actor, "group", &[row.id]).await? {
            Some(right) => Err(Error::Refused(format!(
                "Its members would lose the right “{right}”, which you lack yourself."
            ))),
            None => Ok(()),
        }
    }
}
