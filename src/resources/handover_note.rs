//! What one shift tells the next.
use crate::admin::{ActiveModel, Col, Deed, Resource, Search, Show, Verb, col, grants};
use crate::error::Error;
use entity::handover_note::{Column::*, Entity, Model};
use sea_orm::{DatabaseTransaction, Order, Set};

pub(super) struct HandoverNotes;

impl Resource for HandoverNotes {
    type Entity = Entity;

    const SLUG: &'static str = "handover-notes";
    const NAME: (&'static str, &'static str) = ("handover note", "handover notes");
    const ABOUT: &'static str = "What one shift tells the next, and who watches which site.";
    const ICON: &'static str = "i-clock";
    const LIST: &'static [Show<Self>] =
        &[col(Id), col(WrittenAt), col(Text), col(SiteId), col(WatchUntil), col(UserId)];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Contains(Text), Search::Contains(SiteId), Search::Contains(UserId)];
    const FILTERS: &'static [Col<Self>] = &[SiteId, UserId, WrittenAt, WatchUntil];
    const ORDER: &'static [(Col<Self>, Order)] = &[(WrittenAt, Order::Desc)];
    // Author and time are the server's to say.
    const READONLY: &'static [Col<Self>] = &[UserId, WrittenAt];
    const TITLES: &'static [(Col<Self>, &'static str)] =
        &[(Text, "Note"), (WatchUntil, "Watched until"), (UserId, "Who"), (WrittenAt, "When")];
    const HELP: &'static [(Col<Self>, &'static str)] =
        &[(WatchUntil, "Until then the site needs no other action; needs a site.")];
    // A shifter writes notes and ends a watch.
    const GRANTS: &'static [(&'static str, &'static [Verb])] = &[
        ("Viewers", &[Verb::View]),
        ("Shifters", &[Verb::View, Verb::Add, Verb::Change]),
        ("Operators", grants::RECORDS[2].1),
    ];

    fn label(row: &Model) -> String {
        crate::admin::shorten(&row.text, 100)
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        deed: &Deed,
        _: &DatabaseTransaction,
    ) -> Result<(), Error> {
        let watched = row.watch_until.try_as_ref().copied().flatten().is_some();
        if watched && row.site_id.try_as_ref().copied().flatten().is_none() {
            return Err(Error::field("site", "Choose the site that is watched."));
        }
        if before.is_none() {
            row.user_id = Set(deed.actor.id);
            row.written_at = Set(deed.at);
        }
        Ok(())
    }
}
