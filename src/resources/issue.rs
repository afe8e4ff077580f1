//! What fails: one category of error on one link, or in one workflow.
use crate::admin::{
    Action, ActionPage, ActiveModel, Asking, Brief, Choices, Col, Deed, Fieldset, Inline, Linked, Resource,
    Search, Show, Tone, Tones, Verb, View, choices, col, fieldset, inline, view,
};
use crate::auth::session::digest;
use crate::error::Error;
use entity::issue::{Attribution, Column::*, Entity, Model, Status};
use entity::vocabulary::Operation;
use sea_orm::{
    ActiveEnum, ActiveValue, ColumnTrait, DatabaseTransaction, EntityTrait, Order, QueryFilter, Set,
};

pub(super) struct Issues;

impl Resource for Issues {
    type Entity = Entity;

    const SLUG: &'static str = "issues";
    const NAME: (&'static str, &'static str) = ("issue", "issues");
    const ABOUT: &'static str = "What fails, where, how often, and who looks after it.";
    const ICON: &'static str = "i-issue";
    const LIST: &'static [Show<Self>] = &[
        col(Message),
        col(FailuresTotal),
        col(Operation),
        col(SrcSiteId),
        col(DstSiteId),
        col(CategoryId),
        col(Status),
        col(LastSeen),
    ];
    const SEARCH: &'static [Search<Self>] = &[
        Search::Contains(Message),
        Search::Contains(SrcSiteId),
        Search::Contains(DstSiteId),
        Search::Contains(CategoryId),
        Search::Exact(Id),
    ];
    const FILTERS: &'static [Col<Self>] = &[
        Status,
        Operation,
        CategoryId,
        SrcSiteId,
        DstSiteId,
        Attribution,
        FailuresTotal,
        IncidentId,
        FirstSeen,
        LastSeen,
    ];
    const DATES: Option<Col<Self>> = Some(LastSeen);
    const LINKED: &'static [Linked] =
        &[Linked { name: "ticket", title: "Ticket", pairs: "ticket_issue", near: "issue_id" }];
    const VIEWS: &'static [View] = &[
        view("new", "New, no ticket", "status__exact=new&ticket__isnull=true&o=-2"),
        view("day", "Last 24 hours", "last_seen__gte=-24h"),
        view("most", "Most failures", "status__exact=new&status__exact=ongoing&last_seen__gte=-7d&o=-2"),
        view("unclassified", "Unclassified", "category__isnull=true&status__not=resolved"),
    ];
    const ORDER: &'static [(Col<Self>, Order)] = &[(LastSeen, Order::Desc)];
    // An issue list grows to millions: only what an index can sort.
    const UNSORTED: &'static [Col<Self>] = &[Message, Operation, SrcSiteId, DstSiteId, CategoryId];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("What happens", &[Operation, SrcSiteId, DstSiteId, Workflow, Message, CategoryId]),
        fieldset("Where it stands", &[Status, IncidentId, Attribution, Confidence, Evidence]),
        fieldset("Counts", &[FirstSeen, LastSeen, FailuresTotal, FilesTotal, ReopenedCount]),
    ];
    const READONLY: &'static [Col<Self>] = &[IncidentId, Evidence, ReopenedCount, MessageHash, DedupKey];
    // Loaders count up, and blame is worked out anew, while people have the form open.
    const FIXED: &'static [Col<Self>] =
        &[Message, FirstSeen, LastSeen, FailuresTotal, FilesTotal, Attribution, Confidence];
    const CHOICES: &'static [Choices<Self>] = &[
        choices(Operation, Operation::values),
        choices(Status, Status::values),
        choices(Attribution, Attribution::values),
    ];
    const TONES: &'static [(Col<Self>, Tones)] = &[(
        Status,
        &[("new", Tone::Bad), ("ongoing", Tone::Warn), ("resolved", Tone::Good), ("muted", Tone::Info)],
    )];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (SrcSiteId, "Source"),
        (DstSiteId, "Destination"),
        (FailuresTotal, "Failures"),
        (FilesTotal, "Files"),
        (Attribution, "Blame"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (SrcSiteId, "Where it was read; empty for deletions and workflows."),
        (DstSiteId, "Where it was to be written; empty for workflows."),
        (Workflow, "For workflows only."),
        (CategoryId, "Empty until it is classified."),
        (FailuresTotal, "Failed attempts."),
        (FilesTotal, "Distinct files among them."),
        (Confidence, "Share of the failures that the blame explains, 0 to 1."),
    ];
    const ACTIONS: &'static [Action<Self>] = &[
        Action { name: "set_ongoing", title: "Mark as ongoing", column: Status, value: "ongoing" },
        Action { name: "set_resolved", title: "Mark as resolved", column: Status, value: "resolved" },
        Action { name: "set_muted", title: "Mute", column: Status, value: "muted" },
    ];
    const ASKING: &'static [Asking<Self>] =
        &[Asking { name: "set_status", title: "Set status…", columns: &[Status], reason: true }];
    const ASKS_WHY: bool = true;
    const PAGES: &'static [ActionPage] = &[ActionPage {
        name: "move",
        title: "Move to another category…",
        href: "/issues/move/",
        needs: &[("issues", Verb::Change), ("error-categories", Verb::Change)],
    }];
    const BRIEF: &'static [(Col<Self>, Brief)] = &[(Message, informative)];
    const TRIGRAMS: Option<&'static str> = Some("issue_search");
    const INLINES: &'static [Inline] = &[inline("actions-taken", "issue")];
    const NOTES: bool = true;

    fn label(row: &Model) -> String {
        format!("#{} {}", row.id, crate::admin::shorten(row.message.trim(), 100))
    }

    fn page(row: &Model) -> Option<String> {
        Some(format!("/issues/{}/", row.id))
    }

    fn links(row: &Model) -> Vec<(String, String)> {
        vec![("Move to another category".into(), format!("/issues/move/?issue={}", row.id))]
    }

    async fn before_save(
        row: &mut ActiveModel<Self>,
        before: Option<&Model>,
        _: &Deed,
        txn: &DatabaseTransaction,
    ) -> Result<(), Error> {
        check(row)?;
        if let ActiveValue::Set(message) = &row.message {
            row.message_hash = Set(digest(message));
        }
        let key = identity(row).unwrap_or_default();
        if let Some(before) = before.filter(|before| before.dedup_key != key) {
            alone(txn, before, row, &key).await?;
        }
        row.dedup_key = Set(key);
        Ok(())
    }
}

fn value<V: Clone + Into<sea_orm::Value>>(value: &ActiveValue<V>) -> Option<V> {
    match value {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Some(value.clone()),
        ActiveValue::NotSet => None,
    }
}

/// The message without what the transport says before it gets to the point.
fn informative(message: &str) -> String {
    let heads = ["the server responded with an error ", "An unknown exception occurred. Details: "];
    let starts = heads.iter().filter_map(|head| message.rfind(head).map(|at| at + head.len()));
    match starts.max().map(|start| &message[start..]).filter(|rest| !rest.trim().is_empty()) {
        Some(rest) => format!("… {rest}"),
        None => message.to_owned(),
    }
}

/// What belongs together: a link for transfers, a workflow for jobs, first before last.
fn check(row: &entity::issue::ActiveModel) -> Result<(), Error> {
    let workflow = value(&row.workflow).flatten().is_some();
    let destination = value(&row.dst_site_id).flatten().is_some();
    match value(&row.operation) {
        Some(Operation::Workflow) if !workflow => {
            return Err(Error::field("workflow", "A workflow issue names its workflow."));
        }
        Some(Operation::Workflow) | None => {}
        Some(_) if !destination => {
            return Err(Error::field(
                "dst_site",
                "Choose the destination; UNKNOWN if monitoring does not say.",
            ));
        }
        Some(_) => {}
    }
    match (value(&row.first_seen), value(&row.last_seen)) {
        (Some(first), Some(last)) if last < first => {
            Err(Error::field("last_seen", "The last failure cannot be before the first."))
        }
        _ => Ok(()),
    }
}

/// An issue that is changed into what another is already would be that other one: a form cannot make
/// one of two, but it can say what does.
async fn alone(
    txn: &DatabaseTransaction,
    before: &Model,
    row: &entity::issue::ActiveModel,
    key: &str,
) -> Result<(), Error> {
    let other = Entity::find().filter(DedupKey.eq(key)).filter(Id.ne(before.id)).one(txn).await?;
    let Some(other) = other else { return Ok(()) };
    if value(&row.category_id).flatten() == before.category_id {
        let why = format!("Issue {} is about the same operation, place and category already.", other.id);
        return Err(Error::field("", why));
    }
    let why = format!(
        "Issue {} is in this category on the same link already. “Move to another category”, at the top of this \
         page, makes one of the two.",
        other.id
    );
    Err(Error::field("category", why))
}

/// One issue per operation, link, workflow and category. Empty parts count as equal, which a
/// unique key over the columns themselves would not do.
pub(crate) fn issue_key(
    operation: Operation,
    src: Option<i64>,
    dst: Option<i64>,
    workflow: Option<&str>,
    category: Option<i64>,
    message_hash: &str,
) -> String {
    let number = |key: Option<i64>| key.map_or_else(String::new, |key| key.to_string());
    // Until they are classified, messages are told apart by themselves.
    let message = if category.is_none() { message_hash } else { "" };
    let workflow = workflow.unwrap_or_default();
    let (src, dst, category) = (number(src), number(dst), number(category));
    digest(&[&operation.to_value(), &src, &dst, workflow, &category, message].join("\u{1f}"))
}

fn identity(row: &entity::issue::ActiveModel) -> Option<String> {
    Some(issue_key(
        value(&row.operation)?,
        value(&row.src_site_id).flatten(),
        value(&row.dst_site_id).flatten(),
        value(&row.workflow).flatten().as_deref(),
        value(&row.category_id).flatten(),
        &value(&row.message_hash).unwrap_or_default(),
    ))
}

#[cfg(test)]
mod tests {
    use super::informative;

    #[test]
    fn messages_begin_where_they_get_to_the_point() {
        for (message, brief) in [
            (
                "TRANSFER [70] TRANSFER globus_ftp_client: the server responded with an error 421 Service busy",
                "… 421 Service busy",
            ),
            (
                "The requested service is not available at the moment. Details: An unknown exception occurred. Details: DavPosix::unlink",
                "… DavPosix::unlink",
            ),
            ("SOURCE [110] Operation timed out", "SOURCE [110] Operation timed out"),
            ("the server responded with an error ", "the server responded with an error "),
        ] {
            assert_eq!(informative(message), brief);
        }
    }
}
