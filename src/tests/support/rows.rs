//! Many rows at once, past the save that each would go through.
use super::app::TestApp;
use entity::{cause, issue, site, vocabulary::Operation};
use sea_orm::{ActiveModelTrait, ActiveValue::Set, EntityTrait};
use std::ops::Range;

impl TestApp {
    /// Causes of these names.
    pub(in crate::tests) async fn causes(&self, names: impl IntoIterator<Item = String>) {
        let at = self.app.now();
        let row = |name| cause::ActiveModel {
            name: Set(name),
            created_at: Set(at),
            updated_at: Set(at),
            ..Default::default()
        };
        self.insert::<cause::Entity, _>(names.into_iter().map(row)).await;
    }

    /// Sites of these names.
    pub(in crate::tests) async fn sites(&self, names: impl IntoIterator<Item = String>) {
        let at = self.app.now();
        let row = |name| site::ActiveModel {
            name: Set(name),
            status: Set(site::Status::Active),
            created_at: Set(at),
            updated_at: Set(at),
            ..Default::default()
        };
        self.insert::<site::Entity, _>(names.into_iter().map(row)).await;
    }

    /// Issues of one site, all last seen at the same moment, with these numbers in their messages.
    pub(in crate::tests) async fn issues(&self, numbers: Range<i64>) {
        let site = self.site("WT2").await;
        let seen = self.app.now();
        let row = |number: i64| issue::ActiveModel {
            operation: Set(Operation::Deletion),
            dst_site_id: Set(Some(site)),
            message: Set(format!("Message {number}")),
            message_hash: Set(format!("{number}")),
            status: Set(issue::Status::New),
            first_seen: Set(seen),
            last_seen: Set(seen),
            failures_total: Set(number % 3),
            files_total: Set(0),
            attribution: Set(issue::Attribution::Unclear),
            reopened_count: Set(0),
            dedup_key: Set(format!("key-{number}")),
            created_at: Set(seen),
            updated_at: Set(seen),
            version: Set(1),
            ..Default::default()
        };
        self.insert::<issue::Entity, _>(numbers.map(row)).await;
    }

    async fn insert<E: EntityTrait, A: ActiveModelTrait<Entity = E> + Send>(
        &self,
        rows: impl Iterator<Item = A>,
    ) {
        let rows: Vec<A> = rows.collect();
        for batch in rows.chunks(500) {
            E::insert_many(batch.to_vec()).exec_without_returning(&self.app.db).await.expect("are new");
        }
        self.app.forget();
    }
}
