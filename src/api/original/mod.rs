//! The original's six endpoints, field for field, so that its clients go on working.
//!
//! The source of names, words and order is the original's serialisers as its React client used them: see
//! `docs/api.md`.
pub(crate) mod actions;
pub(super) mod solutions;

use super::endpoint::{Answer, Endpoint, Habits, Original, Part, Source, Words};
use super::write::Writing;
use crate::admin::{Input, Meta, Registry, Verb, shorten};
use crate::categorise;
use crate::error::{Error, Result};
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use serde_json::{Map, Value};

/// Operations in the original's words.
const TYPES: Words = &[
    ("transfer", "transfer-failure"),
    ("deletion", "deletion-failure"),
    ("staging", "staging-failure"),
    ("workflow", "workflow-failure"),
];
/// Another word for the first, of the original's early days.
pub(super) const TRANSFER_ERROR: &str = "transfer-error";
/// Statuses in the original's words, and the one that it did not have.
const STATUSES: Words =
    &[("new", "New"), ("ongoing", "Ongoing"), ("resolved", "Resolved"), ("muted", "Muted")];
/// Sides in the original's words.
pub(super) const AFFECTED: Words =
    &[("source", "src_site"), ("destination", "dst_site"), ("unknown", "unknown")];
/// Longest name of a site, in characters.
pub(super) const LONGEST_NAME: u32 = 128;
/// Longest text of a category, in characters, as the original had it.
pub(super) const LONGEST_REGEX: u32 = 512;

/// All six.
pub(super) fn endpoints(registry: &Registry) -> Vec<Endpoint> {
    vec![
        issues(registry, Original::Transfers),
        issues(registry, Original::Workflows),
        categories(registry),
        named(registry, "issuecauses", "causes", "cause", Original::Causes),
        named(registry, "actions", "actions", "action", Original::Actions),
        solutions(registry),
    ]
}

/// Finds the fields of a resource by their columns.
struct Maker<'a> {
    meta: &'a Meta,
}

impl<'a> Maker<'a> {
    fn new(registry: &'a Registry, slug: &str) -> Self {
        Self { meta: registry.get(slug).expect("the original's endpoints stand before resources").meta() }
    }

    fn at(&self, column: &str) -> usize {
        self.meta.column(column).expect("the original's endpoints name columns")
    }

    /// A field under the original's name.
    fn part(&self, name: &str, column: &str) -> Part {
        Part { name: name.to_owned(), ..Part::of(self.meta, self.at(column)) }
    }

    /// Something else under the original's name, which may be left out.
    fn other(&self, name: &str, source: Source, help: &str) -> Part {
        Part {
            name: name.to_owned(),
            source,
            taken: (true, true),
            required: false,
            nullable: false,
            help: help.to_owned(),
        }
    }

    fn modified(&self) -> Part {
        let help = "When it was last changed.".to_owned();
        Part { help, taken: (false, false), required: false, ..self.part("last_modified", "updated_at") }
    }

    fn endpoint(&self, path: &str, original: Original, parts: Vec<Part>) -> Endpoint {
        Endpoint {
            path: path.to_owned(),
            slug: self.meta.slug,
            singular: self.meta.singular,
            about: self.meta.about,
            parts,
            verbs: Verb::ALL.to_vec(),
            only: None,
            order: vec![(self.at("id"), false)],
            sortable: vec!["id".into(), "last_modified".into()],
            habits: Habits::Original(original),
        }
    }
}

fn issues(registry: &Registry, which: Original) -> Endpoint {
    let maker = Maker::new(registry, "issues");
    let transfers = which == Original::Transfers;
    let mut parts = vec![
        Part { help: "Key.".into(), ..maker.part("id", "id") },
        Part { help: "The last message, in full.".into(), ..maker.part("message", "message") },
    ];
    if transfers {
        let site = |column| Source::Site(maker.at(column));
        parts.push(maker.other(
            "src_site",
            site("src_site_id"),
            "Name of the source; UNKNOWN if nobody knows.",
        ));
        parts.push(maker.other(
            "dst_site",
            site("dst_site_id"),
            "Name of the destination; UNKNOWN if nobody knows.",
        ));
    } else {
        parts.push(Part {
            required: true,
            nullable: false,
            help: "Which workflow.".into(),
            ..maker.part("workflow", "workflow")
        });
    }
    let operations: Words = if transfers { &TYPES[..3] } else { &TYPES[3..] };
    let operation = Source::Spelled(maker.at("operation"), operations);
    let status = Source::Spelled(maker.at("status"), STATUSES);
    parts.extend([
        Part { help: "Key of the category.".into(), ..maker.part("category", "category_id") },
        Part { help: "Failures so far.".into(), ..maker.part("amount", "failures_total") },
        maker.other("type", operation, "What failed."),
        maker.other("status", status, "Where it stands."),
        maker.modified(),
    ]);
    let only = if transfers { of_links } else { of_workflows };
    let path = if transfers { "issues/transfer" } else { "issues/workflow" };
    let sortable: &[&str] =
        if transfers { &["id", "last_modified", "src_site", "dst_site"] } else { &["id", "last_modified"] };
    Endpoint {
        only: Some(only),
        sortable: sortable.iter().map(ToString::to_string).collect(),
        ..maker.endpoint(path, which, parts)
    }
}

fn of_links() -> Condition {
    Condition::all().add(Expr::col(("issue", "operation")).ne("workflow"))
}

fn of_workflows() -> Condition {
    Condition::all().add(Expr::col(("issue", "operation")).eq("workflow"))
}

fn categories(registry: &Registry) -> Endpoint {
    let maker = Maker::new(registry, "error-categories");
    let amount = maker.other("amount", Source::Amount, "Failures of all its issues, up to a minute old.");
    let parts = vec![
        Part { help: "Key.".into(), ..maker.part("id", "id") },
        Part { taken: (false, false), ..amount },
        Part {
            required: true,
            ..maker.other("regex", Source::Regex, "The text that its messages have in common.")
        },
        Part { help: "Key of the cause.".into(), ..maker.part("cause", "cause_id") },
        maker.modified(),
    ];
    Endpoint {
        order: vec![(maker.at("updated_at"), true)],
        ..maker.endpoint("issuecategories", Original::Categories, parts)
    }
}

/// Something that has a name and nothing else.
fn named(registry: &Registry, path: &str, slug: &str, name: &str, which: Original) -> Endpoint {
    let maker = Maker::new(registry, slug);
    let parts = vec![
        Part { help: "Key.".into(), ..maker.part("id", "id") },
        Part { help: "What it is called.".into(), ..maker.part(name, "name") },
        maker.modified(),
    ];
    maker.endpoint(path, which, parts)
}

fn solutions(registry: &Registry) -> Endpoint {
    let maker = Maker::new(registry, "solutions");
    let part = |name: &str, answer, help: &str| maker.other(name, Source::Solution(answer), help);
    let nullable = |part: Part| Part { nullable: true, ..part };
    let parts = vec![
        Part { help: "Key.".into(), ..maker.part("id", "id") },
        Part { required: true, ..part("category", Answer::Category, "Key of the category.") },
        nullable(part(
            "proposed_action",
            Answer::ProposedAction,
            "Of a suggestion: key of the action to offer.",
        )),
        nullable(part("solution", Answer::Action, "Of an answer: key of the action that was taken.")),
        nullable(part("real_cause", Answer::RealCause, "Of an answer: key of the cause.")),
        part("propability", Answer::Propability, "Of a suggestion: chance that it works, in per cent."),
        part("score", Answer::Score, "The original's mark."),
        part("affected_site", Answer::AffectedSite, "Which end was at fault."),
        maker.modified(),
    ];
    maker.endpoint("solutions", Original::Solutions, parts)
}

/// Longest title of a category, in characters.
const LONGEST_TITLE: usize = 200;

/// What the original did not have, or had under another form.
pub(super) fn fill_in(
    which: Original,
    writing: &Writing<'_>,
    fields: &Map<String, Value>,
    new: bool,
    input: &mut Input,
) -> Result<()> {
    match which {
        Original::Transfers | Original::Workflows if new => {
            let now = writing.deed.at.to_rfc3339();
            input.set("first_seen", now.clone());
            input.set("last_seen", now);
            if which == Original::Workflows {
                input.set("operation", "workflow");
            } else if !input.has("operation") {
                input.set("operation", "transfer");
            }
            Ok(())
        }
        Original::Categories => regex(fields, input),
        _ => Ok(()),
    }
}

/// The text of a category was never a pattern, whatever its name says: it is looked for as it stands, and kept as the
/// template, so that it is given back as it came.
fn regex(fields: &Map<String, Value>, input: &mut Input) -> Result<()> {
    let text = match fields.get("regex") {
        None => return Ok(()),
        Some(Value::String(text)) => text.trim(),
        Some(Value::Null) => return Err(Error::field("regex", "This field may not be null.")),
        Some(_) => return Err(Error::field("regex", "Not a valid string.")),
    };
    if text.is_empty() {
        return Err(Error::field("regex", "This field may not be blank."));
    }
    if text.chars().count() > LONGEST_REGEX as usize {
        let why = format!("Ensure this field has no more than {LONGEST_REGEX} characters.");
        return Err(Error::field("regex", why));
    }
    input.set("title", shorten(&text.replace(['\n', '\r'], " "), LONGEST_TITLE));
    input.set("pattern", categorise::phrase(text));
    input.set("template", text);
    Ok(())
}
