//! Which sites an issue is about.
use super::Report;
use super::issue::OldIssue;
use super::issues::{CHUNK, Writer};
use crate::loading::Found;
use crate::sources::record::Place as Site;
use anyhow::bail;
use entity::issue;
use entity::vocabulary::Operation;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QuerySelect};
use std::collections::{BTreeSet, HashMap};

impl Writer<'_> {
    /// Both ends, as each operation has them.
    pub(super) async fn ends(
        &mut self,
        old: &OldIssue,
        report: &mut Report,
    ) -> anyhow::Result<(Option<i64>, Option<i64>)> {
        Ok(match old.operation {
            Operation::Workflow => (None, None),
            Operation::Deletion => (None, Some(self.site(old.dst.as_deref(), report).await?)),
            _ => (
                Some(self.site(old.src.as_deref(), report).await?),
                Some(self.site(old.dst.as_deref(), report).await?),
            ),
        })
    }

    async fn site(&mut self, name: Option<&str>, report: &mut Report) -> anyhow::Result<i64> {
        let place = Site { site: name.map(str::to_owned), ..Site::default() };
        Ok(match self.sites.find(&place) {
            Found::Site(id) => id,
            Found::New(name) => {
                report.becoming("(sites)", "sites").made += 1;
                self.sites.make(&self.to.app.registry, self.to.txn, self.to.deed, &name).await?
            }
            Found::Ambiguous(_) => self.sites.unknown(),
            Found::Impossible(name) => {
                report.note("Names that no site can have, counted as UNKNOWN", name);
                self.sites.unknown()
            }
        })
    }

    /// What was moved in before must be of the same link: keys of two installations are told apart by their origin.
    pub(super) async fn same_installation(&mut self, again: &[(OldIssue, i64)]) -> anyhow::Result<()> {
        let ids: BTreeSet<i64> = again.iter().map(|(_, id)| *id).collect();
        let ids: Vec<i64> = ids.into_iter().collect();
        let mut there = HashMap::new();
        for ids in ids.chunks(CHUNK) {
            let rows: Vec<(i64, Option<i64>, Option<i64>)> = issue::Entity::find()
                .select_only()
                .columns([issue::Column::Id, issue::Column::SrcSiteId, issue::Column::DstSiteId])
                .filter(issue::Column::Id.is_in(ids.to_vec()))
                .into_tuple()
                .all(self.to.txn)
                .await?;
            there.extend(rows.into_iter().map(|(id, src, dst)| (id, (src, dst))));
        }
        for (old, id) in again {
            let ends = self.ends(old, &mut Report::default()).await?;
            if there.get(id).is_some_and(|there| *there != ends) {
                bail!(
                    "{} {} was moved in before, on another link: these are rows of another installation; name it with --origin",
                    old.place.model(),
                    old.pk
                );
            }
        }
        Ok(())
    }
}
