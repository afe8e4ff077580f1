//! An issue as it is written: of one or more texts of one category on one link.
use super::issue::{OldIssue, Place};
use chrono::{DateTime, Utc};
use entity::issue;
use sea_orm::Set;

/// An issue to be written.
pub(super) struct Fresh {
    pub(super) row: issue::ActiveModel,
    newest: DateTime<Utc>,
    first: DateTime<Utc>,
    failures: i64,
    pub(super) old: Vec<(Place, i64)>,
}

impl Fresh {
    pub(super) fn new(
        old: OldIssue,
        now: DateTime<Utc>,
        key: String,
        hash: String,
        [src, dst, category]: [Option<i64>; 3],
    ) -> Self {
        Self {
            newest: old.seen,
            first: old.seen,
            failures: old.amount,
            old: vec![(old.place, old.pk)],
            row: issue::ActiveModel {
                operation: Set(old.operation),
                category_id: Set(category),
                src_site_id: Set(src),
                dst_site_id: Set(dst),
                workflow: Set(old.workflow),
                message: Set(crate::admin::shorten(&old.message, 4096)),
                message_hash: Set(hash),
                status: Set(old.status),
                first_seen: Set(old.seen),
                last_seen: Set(old.seen),
                failures_total: Set(old.amount),
                dedup_key: Set(key),
                created_at: Set(now),
                updated_at: Set(now),
                version: Set(1),
                ..Default::default()
            },
        }
    }

    /// Adds another text of the same category on the same link.
    pub(super) fn add(&mut self, old: OldIssue, hash: String) {
        self.old.push((old.place, old.pk));
        self.failures = self.failures.saturating_add(old.amount);
        self.first = self.first.min(old.seen);
        if old.seen > self.newest {
            self.newest = old.seen;
            self.row.message = Set(crate::admin::shorten(&old.message, 4096));
            self.row.message_hash = Set(hash);
            self.row.status = Set(old.status);
        }
        self.row.failures_total = Set(self.failures);
        self.row.first_seen = Set(self.first);
        self.row.last_seen = Set(self.newest);
    }
}
