//! Pages of rows, one after the other.
use crate::admin::changelist::keyset::Keyset;
use crate::admin::changelist::order::Ordering;
use crate::admin::{AnyResource, Fetch, Record, Registry};
use crate::error::Result;
use sea_orm::DatabaseExecutor;
use sea_orm::sea_query::Condition;

/// Rows read at a time.
const PAGE: u64 = 1000;

/// Where one is among the rows.
pub(super) struct Rows<'a> {
    pub(super) registry: &'a Registry,
    pub(super) resource: &'a dyn AnyResource,
    pub(super) condition: &'a Condition,
    pub(super) order: &'a Ordering,
    last: Option<Record>,
    over: bool,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        registry: &'a Registry,
        resource: &'a dyn AnyResource,
        condition: &'a Condition,
        order: &'a Ordering,
    ) -> Self {
        Self { registry, resource, condition, order, last: None, over: false }
    }

    /// The next page; empty after the last.
    pub(super) async fn next(&mut self, db: &DatabaseExecutor<'_>) -> Result<Vec<Record>> {
        if self.over {
            return Ok(Vec::new());
        }
        let mut filter = Condition::all().add(self.condition.clone());
        if let Some(last) = &self.last {
            let keyset = Keyset { registry: self.registry, resource: self.resource, order: self.order };
            filter = filter.add(keyset.after(db, last).await?);
        }
        let order = self.order.expressions(self.registry, self.resource, false);
        let rows = self.resource.fetch(db, Fetch { filter, order, limit: PAGE }).await?;
        self.over = (rows.len() as u64) < PAGE;
        self.last = rows.last().cloned();
        Ok(rows)
    }
}
