//! What an endpoint shows of a resource, and takes for it.
use crate::admin::{Field, Kind, Meta, Registry, Verb};
use sea_orm::sea_query::Condition;

/// A resource under an address, with its fields as clients know them.
pub(super) struct Endpoint {
    /// Below `/api/`, without the slash at its end.
    pub(super) path: String,
    /// The resource behind it, whose rights are asked for.
    pub(super) slug: &'static str,
    /// One of them, as people say it.
    pub(super) singular: &'static str,
    /// What it is for.
    pub(super) about: &'static str,
    /// Its fields, in order.
    pub(super) parts: Vec<Part>,
    /// What can be done.
    pub(super) verbs: Vec<Verb>,
    /// Rows it has, where those are not all.
    pub(super) only: Option<fn() -> Condition>,
    /// Order unless another is asked for: field of the resource, largest first.
    pub(super) order: Vec<(usize, bool)>,
    /// Parts that can be sorted by.
    pub(super) sortable: Vec<String>,
    /// Whose habits it has.
    pub(super) habits: Habits,
}

/// Whose habits an endpoint has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habits {
    /// The change list's filters; what is not known is refused.
    Ours,
    /// The original's few filters; what is not known is passed over.
    Original(Original),
}

/// One of the original's six.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Original {
    Transfers,
    Workflows,
    Categories,
    Causes,
    Actions,
    Solutions,
}

/// A field as clients know it.
pub(super) struct Part {
    /// Its name.
    pub(super) name: String,
    /// Where its value is.
    pub(super) source: Source,
    /// Whether input is taken for it when a row is made, and when it is changed.
    pub(super) taken: (bool, bool),
    /// Must be there when a row is made.
    pub(super) required: bool,
    /// May be null.
    pub(super) nullable: bool,
    /// What it is, in one line.
    pub(super) help: String,
}

/// Other names of words: ours, theirs.
pub(super) type Words = &'static [(&'static str, &'static str)];

/// Where the value of a part is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Source {
    /// A field of the resource, by position.
    Field(usize),
    /// A choice in the original's words.
    Spelled(usize, Words),
    /// The name of the site that a field points at.
    Site(usize),
    /// Rows linked through a table of pairs, by position.
    Many(usize),
    /// Failures of all issues of a category.
    Amount,
    /// The text of a category.
    Regex,
    /// A part of a row of the original's solutions.
    Solution(Answer),
}

/// Parts of the original's solutions, which stand in three tables here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Category,
    ProposedAction,
    Action,
    RealCause,
    Propability,
    Score,
    AffectedSite,
}

impl Part {
    /// A part that stands for a field of the resource as it is.
    pub(super) fn of(meta: &Meta, at: usize) -> Self {
        let field = &meta.fields[at];
        let shown = meta.groups.iter().any(|group| group.fields.contains(&at));
        let taken = shown && !(field.readonly || field.automatic);
        Self {
            name: field.name.clone(),
            source: Source::Field(at),
            taken: (taken, taken && !field.fixed),
            required: field.required,
            nullable: field.nullable,
            help: if field.help.is_empty() { format!("{}.", field.title) } else { field.help.to_owned() },
        }
    }

    /// Whether anything is taken for it at all.
    pub(super) fn read_only(&self) -> bool {
        self.taken == (false, false)
    }
}

impl Endpoint {
    /// What the resource declares.
    pub(super) fn meta<'a>(&self, registry: &'a Registry) -> &'a Meta {
        registry.get(self.slug).expect("an endpoint is made of a resource").meta()
    }

    /// The part of that name.
    pub(super) fn part(&self, name: &str) -> Option<&Part> {
        self.parts.iter().find(|part| part.name == name)
    }

    /// The part that a field of the resource stands behind.
    pub(super) fn part_of(&self, at: usize) -> Option<&Part> {
        self.parts.iter().find(|part| part.field() == Some(at))
    }

    /// Whether it belongs to the original.
    pub(super) fn is_original(&self) -> bool {
        matches!(self.habits, Habits::Original(_))
    }
}

impl Part {
    /// The field of the resource behind it.
    pub(super) fn field(&self) -> Option<usize> {
        match self.source {
            Source::Field(at) | Source::Spelled(at, _) | Source::Site(at) => Some(at),
            _ => None,
        }
    }

    /// Words that it can be, in the client's spelling.
    pub(super) fn choices(&self, meta: &Meta) -> Option<Vec<String>> {
        match self.source {
            Source::Spelled(_, words) => Some(words.iter().map(|(_, theirs)| (*theirs).to_owned()).collect()),
            Source::Solution(Answer::AffectedSite) => {
                Some(super::original::AFFECTED.iter().map(|(_, theirs)| (*theirs).to_owned()).collect())
            }
            Source::Field(at) => match &meta.fields[at].kind {
                Kind::Choice(words) => Some(words.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Longest text it takes, in characters.
    pub(super) fn max_length(&self, meta: &Meta) -> Option<u32> {
        let length = |field: &Field| match field.kind {
            Kind::Text(max) | Kind::LongText(max) => Some(max),
            _ => None,
        };
        match self.source {
            Source::Field(at) => length(&meta.fields[at]),
            Source::Site(_) => Some(super::original::LONGEST_NAME),
            Source::Regex => Some(super::original::LONGEST_REGEX),
            _ => None,
        }
    }
}
