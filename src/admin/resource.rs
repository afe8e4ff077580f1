//! How one table is administered: the declaration that a file in `resources/` fills in.
use super::{ActionPage, Asking, Brief, Check, Deed, Linked, Many, View};
use crate::error::Error;
use sea_orm::{DatabaseTransaction, EntityTrait, IntoActiveModel, Order, Value};
use std::future::Future;

/// Columns of a resource's table.
pub type Col<R> = <<R as Resource>::Entity as EntityTrait>::Column;
/// A row as read.
pub type Model<R> = <<R as Resource>::Entity as EntityTrait>::Model;
/// A row to be written.
pub type ActiveModel<R> = <<R as Resource>::Entity as EntityTrait>::ActiveModel;

/// How one table is administered. Every item but the first five has a default.
pub trait Resource: Sized + Send + Sync + 'static {
    /// The table.
    type Entity: EntityTrait<Model: IntoActiveModel<ActiveModel<Self>> + Sync, ActiveModel: Send>;

    /// Its name in addresses: plural, kebab-case.
    const SLUG: &'static str;
    /// Singular and plural, as people say them.
    const NAME: (&'static str, &'static str);
    /// Columns of the change list, in order; the first links to the row.
    const LIST: &'static [Show<Self>];

    /// How one row is called in links, breadcrumbs, history and selects.
    fn label(row: &Model<Self>) -> String;

    /// What the resource is for, below the title of an empty list.
    const ABOUT: &'static str = "";
    /// Symbol in `icons.svg`.
    const ICON: &'static str = "i-tag";
    /// Where it stands in the menu.
    const SECTION: Section = Section::Records;
    /// Columns searched. A foreign key is searched by the columns of the row it points at.
    const SEARCH: &'static [Search<Self>] = &[];
    /// Columns to filter by; which filter follows from the column.
    const FILTERS: &'static [Col<Self>] = &[];
    /// The time that the list can be drilled down by: years, months, days. Needs an index.
    const DATES: Option<Col<Self>> = None;
    /// Linked rows whose presence can be filtered by.
    const LINKED: &'static [Linked] = &[];
    /// Views of the list that everybody has.
    const VIEWS: &'static [View] = &[];
    /// Order of the change list until somebody clicks.
    const ORDER: &'static [(Col<Self>, Order)] = &[];
    /// Listed columns that cannot be sorted by: those without an index on a table that grows.
    const UNSORTED: &'static [Col<Self>] = &[];
    /// Groups of form fields; empty means every column.
    const FIELDSETS: &'static [Fieldset<Self>] = &[];
    /// Shown, never taken from input.
    const READONLY: &'static [Col<Self>] = &[];
    /// Taken from input when a row is made, and only shown from then on: what goes on being counted
    /// while somebody has the form open, which would write back what it was opened with.
    const FIXED: &'static [Col<Self>] = &[];
    /// Never shown, exported, logged, filtered or sorted by; left blank, they keep their value.
    const SECRET: &'static [Col<Self>] = &[];
    /// Words of enumerations, which a text column itself does not tell.
    const CHOICES: &'static [Choices<Self>] = &[];
    /// Which word deserves which colour.
    const TONES: &'static [(Col<Self>, Tones)] = &[];
    /// Titles that differ from the column's name.
    const TITLES: &'static [(Col<Self>, &'static str)] = &[];
    /// One line below an input.
    const HELP: &'static [(Col<Self>, &'static str)] = &[];
    /// Further demands on texts.
    const CHECKS: &'static [(Col<Self>, Check)] = &[];
    /// The informative part of long texts, for lists.
    const BRIEF: &'static [(Col<Self>, Brief)] = &[];
    /// Rows of other tables linked through a table of pairs.
    const MANY: &'static [Many] = &[];
    /// Rows of other resources on the form: edited there, or shown below with links to add and to see all.
    const INLINES: &'static [Inline] = &[];
    /// Things done to ticked rows.
    const ACTIONS: &'static [Action<Self>] = &[];
    /// Things done to ticked rows, or to one, that ask for values and a reason first.
    const ASKING: &'static [Asking<Self>] = &[];
    /// Whether a deletion asks why.
    const ASKS_WHY: bool = false;
    /// Things done to ticked rows on pages of their own.
    const PAGES: &'static [ActionPage] = &[];
    /// What can be done at all, whoever asks.
    const VERBS: &'static [Verb] = &Verb::ALL;
    /// Rows are added on a page of their own, not on the generic form.
    const ADD_PAGE: bool = false;
    /// Whether people leave notes on its rows.
    const NOTES: bool = false;
    /// Whether a form offers to save what it shows as another row.
    const SAVE_AS_NEW: bool = false;
    /// Rights of the groups made by migration, beside those of Admins, who have all.
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::RECORDS;
    /// Table that finds letters in the searched text column on SQLite (FTS5, trigrams).
    const TRIGRAMS: Option<&'static str> = None;

    /// Last look at a row before it is written; `before` is `None` for a new one.
    fn before_save(
        _row: &mut ActiveModel<Self>,
        _before: Option<&Model<Self>>,
        _deed: &Deed,
        _txn: &DatabaseTransaction,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// What follows from a write, in the same transaction; `before` is `None` for a new row.
    fn after_save(
        _row: &Model<Self>,
        _before: Option<&Model<Self>>,
        _deed: &Deed,
        _txn: &DatabaseTransaction,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// Last look before a row is deleted.
    fn before_delete(
        _row: &Model<Self>,
        _deed: &Deed,
        _txn: &DatabaseTransaction,
    ) -> impl Future<Output = Result<(), Error>> + Send {
        async { Ok(()) }
    }

    /// Secret columns of a deleted row that is made again: what they held was not kept.
    fn remade() -> Vec<(&'static str, Value)> {
        Vec::new()
    }

    /// Page about the row outside the admin.
    fn page(_row: &Model<Self>) -> Option<String> {
        None
    }

    /// Further pages about the row: title and address.
    fn links(_row: &Model<Self>) -> Vec<(String, String)> {
        Vec::new()
    }
}

/// One column of the change list.
pub enum Show<R: Resource> {
    /// A column of the table.
    Column(Col<R>),
    /// Anything else that a row tells.
    Computed(&'static str, fn(&Model<R>) -> String),
}

/// A column of the table in the change list.
pub const fn col<R: Resource>(column: Col<R>) -> Show<R> {
    Show::Column(column)
}

/// Something computed from the row in the change list.
pub const fn computed<R: Resource>(title: &'static str, cell: fn(&Model<R>) -> String) -> Show<R> {
    Show::Computed(title, cell)
}

/// How a word is looked for in a column.
pub enum Search<R: Resource> {
    /// Anywhere in it, whatever the case.
    Contains(Col<R>),
    /// At its beginning, whatever the case: can use an index.
    Starts(Col<R>),
    /// All of it; for numbers, words that are none are passed over.
    Exact(Col<R>),
}

/// A group of form fields.
pub struct Fieldset<R: Resource> {
    /// Heading.
    pub title: &'static str,
    /// Its columns, in order; many-to-many fields by name follow in `many`.
    pub columns: &'static [Col<R>],
    /// Names of [`Many`] fields in the group.
    pub many: &'static [&'static str],
    /// Closed until asked for.
    pub collapsed: bool,
}

/// A group of form fields.
pub const fn fieldset<R: Resource>(title: &'static str, columns: &'static [Col<R>]) -> Fieldset<R> {
    Fieldset { title, columns, many: &[], collapsed: false }
}

/// Rows of another resource that point at the one on the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inline {
    /// Slug of that resource.
    pub resource: &'static str,
    /// Its field that points here.
    pub field: &'static str,
    /// Its fields that are edited on the form, one row each; none are only shown.
    pub columns: &'static [&'static str],
}

/// Rows of another resource: `inline("suggested-actions", "category")`.
#[must_use]
pub const fn inline(resource: &'static str, field: &'static str) -> Inline {
    Inline { resource, field, columns: &[] }
}

/// Rows of another resource, edited on the form: `tabular("storage-endpoints", "site", &["host", "port"])`.
#[must_use]
pub const fn tabular(
    resource: &'static str,
    field: &'static str,
    columns: &'static [&'static str],
) -> Inline {
    Inline { resource, field, columns }
}

/// Words of an enumeration kept in a text column.
pub struct Choices<R: Resource> {
    /// The column.
    pub column: Col<R>,
    /// Its words: `Status::values` of the enumeration.
    pub values: fn() -> Vec<String>,
}

/// Words of an enumeration: `choices(Status, issue::Status::values)`.
pub const fn choices<R: Resource>(column: Col<R>, values: fn() -> Vec<String>) -> Choices<R> {
    Choices { column, values }
}

/// Something done to ticked rows: sets one column to one value, through the same `save` as a form.
pub struct Action<R: Resource> {
    /// Value of the form's `action`.
    pub name: &'static str,
    /// What people read: an order.
    pub title: &'static str,
    /// Column that is set.
    pub column: Col<R>,
    /// What it is set to.
    pub value: &'static str,
}

/// Colours of words.
pub type Tones = &'static [(&'static str, Tone)];

/// Colour of a word: the further from the page's colour, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Somebody has to act.
    Bad,
    /// Watch it.
    Warn,
    /// All is well.
    Good,
    /// Neither.
    Info,
}

impl Tone {
    /// Class in the style sheet.
    #[must_use]
    pub fn class(self) -> &'static str {
        match self {
            Self::Bad => "bad",
            Self::Warn => "warn",
            Self::Good => "good",
            Self::Info => "info",
        }
    }
}

/// A heading of the menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Section {
    /// What operators work with.
    Records,
    /// Accounts and what the system did.
    Admin,
}

/// What one may do with a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Verb {
    /// See rows.
    View,
    /// Make rows.
    Add,
    /// Change rows; implies seeing them.
    Change,
    /// Delete rows.
    Delete,
}

impl Verb {
    /// All four.
    pub const ALL: [Self; 4] = [Self::View, Self::Add, Self::Change, Self::Delete];

    /// As in permissions.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::View => "view",
            Self::Add => "add",
            Self::Change => "change",
            Self::Delete => "delete",
        }
    }
}

/// Usual rights of the groups made by migration.
pub mod grants {
    use super::Verb::{self, Add, Change, Delete, View};

    /// Viewers and Shifters see it, Operators edit it.
    pub const RECORDS: &[(&str, &[Verb])] =
        &[("Viewers", &[View]), ("Shifters", &[View]), ("Operators", &[View, Add, Change, Delete])];
    /// Like [`RECORDS`], and Shifters add to it while they record what they did.
    pub const RECORDED: &[(&str, &[Verb])] =
        &[("Viewers", &[View]), ("Shifters", &[View, Add]), ("Operators", &[View, Add, Change, Delete])];
    /// What the system writes and Operators read.
    pub const LOGS: &[(&str, &[Verb])] = &[("Operators", &[View])];
    /// Only Admins.
    pub const NONE: &[(&str, &[Verb])] = &[];
}
