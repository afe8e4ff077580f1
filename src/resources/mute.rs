//! Silence about a site or a category.
use crate::admin::{ActiveModel, Col, Deed, Resource, Search, Show, col};
use crate::error::Error;
use entity::mute::{Column::*, Entity, Model};
use sea_orm::{DatabaseTransaction, Order, Set};

pub(super) struct Mutes;

impl Resource for Mutes {
    type Entity = Entity;

    const SLUG: &'static str = "mutes";
    const NAME: (&'static str, &'static str) = ("mute", "mutes");
    const ABOUT: &'static str = "Sites and categories about which nobody is told for a while.";
    const ICON: &'static str = "i-eye";
    const LIST: &'static [Show<Self>] = &[col(SiteId), col(CategoryId), col(Until), col(Reason), col(UserId)];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(SiteId), Search::Contains(CategoryId), Search::Contains(Reason)];
    const FILTERS: &'static [Col<Self>] = &[SiteId, CategoryId, Until];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Id, Order::Desc)];
    const READONLY: &'static [Col<Self>] = &[UserId];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[(UserId, "Asked for by")];
    const HELP: &'static [(Col<Self>, &'static str)] =
        &[(Until, "Empty: until somebody takes it away."), (Reason, "What the next shift should know.")];

    fn label(row: &Model) -> String {
        crate::admin::shorten(&row.reason, 100)
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let about = |key: Option<&Option<i64>>| key.copied().flatten().is_some();
        if !about(row.site_id.try_as_ref()) && !about(row.category_id.try_as_ref()) {
            return Err(Error::field("site", "Choose a site, a category, or both."));
        }
        if before.is_none() {
            row.user_id = Set(deed.actor.id);
        }
        Ok(())
    }
}
