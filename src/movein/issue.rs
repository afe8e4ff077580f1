//! Issues of the original: one for each text on a link, or in a workflow.
use super::old::moment;
use crate::fixture::{Fields, number};
use chrono::{DateTime, Utc};
use entity::issue::Status;
use entity::vocabulary::Operation;
use serde_json::Value as Json;

/// Tables of issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Place {
    /// Of a link.
    Transfer,
    /// Of a workflow.
    Workflow,
    /// Of opint-framework: of anything, with its link in a table of its own.
    Issue,
}

impl Place {
    pub(super) const ALL: [Self; 3] = [Self::Transfer, Self::Workflow, Self::Issue];

    /// Its name in fixtures.
    pub(super) const fn model(self) -> &'static str {
        match self {
            Self::Transfer => "core.transferissue",
            Self::Workflow => "core.workflowissue",
            Self::Issue => "core.issue",
        }
    }

    /// Its name in the database.
    pub(super) const fn table(self) -> &'static str {
        match self {
            Self::Transfer => "core_transferissue",
            Self::Workflow => "core_workflowissue",
            Self::Issue => "core_issue",
        }
    }
}

/// One issue of the original.
#[derive(Clone, Debug)]
pub(super) struct OldIssue {
    pub(super) place: Place,
    pub(super) pk: i64,
    pub(super) message: String,
    pub(super) category: Option<i64>,
    pub(super) amount: i64,
    pub(super) operation: Operation,
    pub(super) status: Status,
    pub(super) src: Option<String>,
    pub(super) dst: Option<String>,
    pub(super) workflow: Option<String>,
    pub(super) seen: DateTime<Utc>,
    pub(super) solution: Option<i64>,
    /// Says that somebody did something about it, in a column that only the first version had.
    pub(super) acted: bool,
}

impl OldIssue {
    /// Reads one; of opint-framework, `link` is the row of the other table.
    ///
    /// # Errors
    /// Which field is wrong, and how.
    pub(super) fn read(
        place: Place,
        pk: i64,
        mut fields: Fields,
        link: Option<(String, String)>,
        now: DateTime<Utc>,
    ) -> Result<Self, String> {
        if let Some((src, dst)) = link {
            fields.set("src_site", src);
            fields.set("dst_site", dst);
        }
        let wrong = |field: &str, what: &str| {
            let stands = fields.0.get(field).map(ToString::to_string).unwrap_or_default();
            let stands = crate::admin::shorten(&stands, 60);
            format!("{} {pk}, {field}: {stands} stands where {what} should", place.model())
        };
        let text = |field: &str| match fields.0.get(field) {
            None | Some(Json::Null) => Ok(String::new()),
            Some(Json::String(text)) => Ok(text.clone()),
            Some(_) => Err(wrong(field, "a text")),
        };
        let key = |field: &str| match fields.0.get(field) {
            None | Some(Json::Null) => Ok(None),
            Some(Json::String(text)) if text.is_empty() => Ok(None),
            Some(json) => number(json).map(Some).ok_or_else(|| wrong(field, "a whole number")),
        };
        let seen = match text("last_modified")?.as_str() {
            "" => now,
            text => moment(text).ok_or_else(|| wrong("last_modified", "a time"))?,
        };
        let site = |field| text(field).map(|name| known(&name));
        let workflow = text("workflow")?.trim().to_owned();
        let kind = text("type")?;
        let operation = operation(place, &kind, &workflow);
        let workflow = match (operation, workflow.as_str()) {
            (Operation::Workflow, "") => Some("unknown".to_owned()),
            (Operation::Workflow, name) => Some(crate::admin::shorten(name, 128)),
            _ => None,
        };
        Ok(Self {
            place,
            pk,
            message: text("message")?,
            category: key("category")?,
            amount: key("amount")?.unwrap_or_default().max(0),
            operation,
            status: status(&text("status")?).ok_or_else(|| wrong("status", "New, Ongoing or Resolved"))?,
            src: site("src_site")?,
            dst: site("dst_site")?,
            workflow,
            seen,
            solution: key("solution")?,
            acted: place != Place::Issue && (key("action")?.is_some() || key("solution")?.is_some()),
        })
    }
}

/// `UNKNOWN` and nothing are the same.
fn known(name: &str) -> Option<String> {
    let name = name.trim();
    (!name.is_empty() && !name.eq_ignore_ascii_case("unknown")).then(|| name.to_owned())
}

fn operation(place: Place, kind: &str, workflow: &str) -> Operation {
    let kind = kind.to_ascii_lowercase();
    if place == Place::Workflow || !workflow.is_empty() {
        Operation::Workflow
    } else if kind.starts_with("deletion") {
        Operation::Deletion
    } else if kind.starts_with("stag") {
        Operation::Staging
    } else {
        Operation::Transfer
    }
}

fn status(text: &str) -> Option<Status> {
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "new" => Some(Status::New),
        "ongoing" => Some(Status::Ongoing),
        "resolved" => Some(Status::Resolved),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(place: Place, text: &str) -> Result<OldIssue, String> {
        OldIssue::read(place, 7, serde_json::from_str(text).unwrap(), None, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn numbers_and_keys_may_be_texts_and_unknown_sites_are_none() {
        let issue = read(
            Place::Transfer,
            r#"{"message":"x","category":"3","amount":"12","type":"deletion-failure","src_site":"UNKNOWN","dst_site":""}"#,
        )
        .unwrap();
        assert_eq!((issue.category, issue.amount, issue.operation), (Some(3), 12, Operation::Deletion));
        assert_eq!((issue.src, issue.dst, issue.status), (None, None, Status::New));
        let kinds = [("transfer-failure", Operation::Transfer), ("transfer-error", Operation::Transfer)];
        for (kind, operation) in kinds {
            let text = format!(r#"{{"message":"x","type":"{kind}"}}"#);
            assert_eq!(read(Place::Transfer, &text).unwrap().operation, operation);
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_row_and_field() {
        for (text, told) in [
            (r#"{"amount":"many"}"#, "core.transferissue 7, amount: \"many\""),
            (r#"{"message":5}"#, "message: 5 stands where a text should"),
            (r#"{"status":"Odd"}"#, "New, Ongoing or Resolved"),
            (r#"{"last_modified":"yesterday"}"#, "where a time should"),
            (r#"{"category":[1]}"#, "category: [1]"),
        ] {
            let error = read(Place::Transfer, text).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
