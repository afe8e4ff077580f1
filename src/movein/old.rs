//! Rows of the original application as they were read, from a fixture or from its database.
use super::issue::OldIssue;
use crate::fixture::Fields;
use anyhow::Context;
use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value as Json;
use std::collections::BTreeMap;
use tokio::sync::mpsc::Receiver;

/// Tables of the original that are moved in and are small; issues are not among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Table {
    /// What one can do.
    Action,
    /// Why it happens.
    Cause,
    /// One error text, called a regular expression, which it never was.
    Category,
    /// A suggestion, or what became of one.
    Solution,
    /// Groups of people.
    Group,
    /// People.
    User,
    /// Names of models, for the log.
    ContentType,
    /// What people did in Django's admin.
    LogEntry,
    /// Remarks on an issue, of opint-framework.
    Metadata,
    /// Comments on an issue, of opint-framework.
    Feedback,
}

impl Table {
    /// All of them.
    pub(super) const ALL: [Self; 10] = [
        Self::Action,
        Self::Cause,
        Self::Category,
        Self::Solution,
        Self::Group,
        Self::User,
        Self::ContentType,
        Self::LogEntry,
        Self::Metadata,
        Self::Feedback,
    ];

    /// Its name in fixtures.
    pub(super) const fn model(self) -> &'static str {
        match self {
            Self::Action => "core.action",
            Self::Cause => "core.issuecause",
            Self::Category => "core.issuecategory",
            Self::Solution => "core.solution",
            Self::Group => "auth.group",
            Self::User => "auth.user",
            Self::ContentType => "contenttypes.contenttype",
            Self::LogEntry => "admin.logentry",
            Self::Metadata => "core.issuemetadata",
            Self::Feedback => "core.feedback",
        }
    }

    /// Its name in the database.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Action => "core_action",
            Self::Cause => "core_issuecause",
            Self::Category => "core_issuecategory",
            Self::Solution => "core_solution",
            Self::Group => "auth_group",
            Self::User => "auth_user",
            Self::ContentType => "django_content_type",
            Self::LogEntry => "django_admin_log",
            Self::Metadata => "core_issuemetadata",
            Self::Feedback => "core_feedback",
        }
    }
}

/// One row of a small table.
#[derive(Clone, Debug)]
pub struct OldRow {
    /// Of which table.
    pub(super) table: Table,
    /// Its key there.
    pub(super) pk: i64,
    /// Its values by field; keys of other tables without `_id`.
    pub(super) fields: Fields,
}

/// Everything that is moved in.
pub struct Old {
    /// Which version of the original this is, in words.
    pub(super) generation: &'static str,
    /// Rows of small tables.
    pub(super) rows: Vec<OldRow>,
    /// Issues, as they are read.
    pub(super) issues: Receiver<anyhow::Result<Vec<OldIssue>>>,
    /// What is not moved in: table, rows, why.
    pub(super) left_out: Vec<(String, u64, &'static str)>,
    /// Issues there are.
    pub(super) progress: u64,
}

impl OldRow {
    /// How it is called in messages.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.table.model(), self.pk)
    }

    fn get(&self, field: &str) -> Option<&Json> {
        self.fields.0.get(field).filter(|value| !value.is_null())
    }

    /// Whether there is such a field at all, empty or not.
    pub(super) fn has(&self, field: &str) -> bool {
        self.fields.0.contains_key(field)
    }

    fn read<T>(
        &self,
        field: &str,
        what: &str,
        read: impl Fn(&Json) -> Option<T>,
    ) -> anyhow::Result<Option<T>> {
        let Some(json) = self.get(field) else { return Ok(None) };
        read(json).map(Some).with_context(|| {
            let stands = crate::admin::shorten(&json.to_string(), 60);
            format!("{}, {field}: {stands} stands where {what} should", self.name())
        })
    }

    /// A text; empty if there is none.
    pub(super) fn text(&self, field: &str) -> anyhow::Result<&str> {
        match self.get(field) {
            None => Ok(""),
            Some(json) => json.as_str().with_context(|| {
                let stands = crate::admin::shorten(&json.to_string(), 60);
                format!("{}, {field}: {stands} stands where a text should", self.name())
            }),
        }
    }

    /// The key of another row.
    pub(super) fn key(&self, field: &str) -> anyhow::Result<Option<i64>> {
        match self.get(field) {
            Some(Json::String(text)) if text.trim().is_empty() => Ok(None),
            _ => self.read(field, "a key", crate::fixture::number),
        }
    }

    /// A number, which some files write as text.
    pub(super) fn number(&self, field: &str) -> anyhow::Result<Option<f64>> {
        self.read(field, "a number", |json| {
            let number = match json {
                Json::String(text) => text.trim().parse().ok(),
                other => other.as_f64(),
            };
            number.filter(|number: &f64| number.is_finite())
        })
    }

    /// Yes or no, however it is written; no if it is left out.
    pub(super) fn flag(&self, field: &str) -> anyhow::Result<bool> {
        let found = self.read(field, "true or false", |json| match json {
            Json::Bool(yes) => Some(*yes),
            Json::String(text) => match text.to_ascii_lowercase().as_str() {
                "true" | "t" | "1" => Some(true),
                "false" | "f" | "0" | "" => Some(false),
                _ => None,
            },
            Json::Number(number) => number.as_i64().filter(|n| (0..2).contains(n)).map(|n| n == 1),
            _ => None,
        })?;
        Ok(found.unwrap_or_default())
    }

    /// A time; without an offset, it is UTC.
    pub(super) fn moment(&self, field: &str) -> anyhow::Result<Option<DateTime<Utc>>> {
        self.read(field, "a time", |json| moment(json.as_str()?))
    }

    /// Keys or natural keys of other rows.
    pub(super) fn list(&self, field: &str) -> anyhow::Result<Vec<Json>> {
        let found = self.read(field, "a list", |json| json.as_array().cloned())?;
        Ok(found.unwrap_or_default())
    }
}

/// A time as databases and Django write it, to the millisecond; without an offset, it is UTC.
pub(super) fn moment(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    let postgres = || DateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S%.f%#z").ok().map(|at| at.to_utc());
    let found = crate::admin::parse_moment(text).or_else(postgres)?;
    (1900..=9999).contains(&chrono::Datelike::year(&found)).then(|| found.trunc_subsecs(3))
}

/// Rows by their table, in the order of keys.
pub(super) fn by_table(rows: Vec<OldRow>) -> BTreeMap<Table, Vec<OldRow>> {
    let mut tables: BTreeMap<Table, Vec<OldRow>> = BTreeMap::new();
    for row in rows {
        tables.entry(row.table).or_default().push(row);
    }
    for rows in tables.values_mut() {
        rows.sort_by_key(|row| row.pk);
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::moment;

    #[test]
    fn times_are_read_as_each_database_writes_them() {
        for text in [
            "2019-11-26 09:32:41.145580",
            "2019-11-26 09:32:41.14558+00",
            "2019-11-26T10:32:41.145580+01:00",
            "2019-11-26T09:32:41.145Z",
            "2019-11-26 09:32:41.145580+00:00",
        ] {
            let read = moment(text).map(|at| at.to_rfc3339());
            assert_eq!(read.as_deref(), Some("2019-11-26T09:32:41.145+00:00"), "{text}");
        }
        assert_eq!(moment("0000-00-00 00:00:00"), None);
    }
}
