//! A declaration with its types erased: plain data that the engine and the templates read.
use super::resource::{Col, Inline, Resource, Search, Section, Show, Tone, Tones, Verb};
use super::{ActionPage, AskingMeta, Field, Kind, Linked, Many, View};
use sea_orm::{EntityName, IdenStatic, Iterable, Order, Value};

/// What a resource declares, by position of its fields.
pub struct Meta {
    /// Name in addresses.
    pub slug: &'static str,
    /// Table in the database.
    pub table: &'static str,
    /// One of them.
    pub singular: &'static str,
    /// Several of them.
    pub plural: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Symbol in `icons.svg`.
    pub icon: &'static str,
    /// Where it stands in the menu.
    pub section: Section,
    /// All columns.
    pub fields: Vec<Field>,
    /// Columns of the change list.
    pub list: Vec<Column>,
    /// Further columns that people may add to it.
    pub more: Vec<Column>,
    /// Fields searched, and how.
    pub search: Vec<(usize, Match)>,
    /// Fields to filter by.
    pub filters: Vec<usize>,
    /// The time to drill down by.
    pub dates: Option<usize>,
    /// Linked rows whose presence can be filtered by.
    pub linked: &'static [Linked],
    /// Views that everybody has.
    pub views: &'static [View],
    /// Order until somebody clicks.
    pub order: Vec<(usize, Order)>,
    /// Groups of form fields.
    pub groups: Vec<Group>,
    /// Many-to-many fields.
    pub many: &'static [Many],
    /// Rows of other resources below the form.
    pub inlines: &'static [Inline],
    /// Things done to ticked rows.
    pub actions: Vec<ActionMeta>,
    /// Things done to rows that ask first.
    pub asking: Vec<AskingMeta>,
    /// Whether a deletion asks why.
    pub asks_why: bool,
    /// Secret columns of a row that is made again.
    pub remade: fn() -> Vec<(&'static str, Value)>,
    /// Things done to ticked rows on pages of their own.
    pub pages: &'static [ActionPage],
    /// What can be done at all.
    pub verbs: &'static [Verb],
    /// Rights of the groups made by migration.
    pub grants: &'static [(&'static str, &'static [Verb])],
    /// Whether rows are added on a page of their own.
    pub add_page: bool,
    /// Whether people leave notes on its rows.
    pub notes: bool,
    /// Whether a form offers to save what it shows as another row.
    pub save_as_new: bool,
    /// Full-text table on SQLite.
    pub trigrams: Option<&'static str>,
    tones: Vec<(usize, Tones)>,
}

/// A column of the change list.
pub struct Column {
    /// Name in addresses.
    pub name: String,
    /// Its head.
    pub title: String,
    /// The field shown, or the place among the computed cells.
    pub source: Source,
    /// Whether its head sorts.
    pub sortable: bool,
}

/// Where a cell of the change list comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A field, by position.
    Field(usize),
    /// A computed cell, by position.
    Computed(usize),
}

/// How a word is looked for in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Match {
    /// Anywhere.
    Contains,
    /// At the beginning.
    Starts,
    /// All of it.
    Exact,
}

/// A group of form fields.
pub struct Group {
    /// Heading.
    pub title: &'static str,
    /// Fields, by position.
    pub fields: Vec<usize>,
    /// Many-to-many fields, by position.
    pub many: Vec<usize>,
    /// Closed until asked for.
    pub collapsed: bool,
}

/// Something done to ticked rows.
pub struct ActionMeta {
    /// Value of the form's `action`.
    pub name: &'static str,
    /// What people read.
    pub title: &'static str,
    /// Field that is set.
    pub field: usize,
    /// What it is set to.
    pub value: &'static str,
}

impl Meta {
    /// Reads a declaration.
    pub(super) fn of<R: Resource>() -> Self {
        let fields: Vec<Field> = Col::<R>::iter().map(field::<R>).collect();
        let at = |column: Col<R>| position(&fields, column.as_str());
        let groups = groups::<R>(&fields);
        let list = columns::<R>(&fields);
        Self {
            more: further(&fields, &groups, &list),
            list,
            dates: R::DATES.map(at),
            linked: R::LINKED,
            views: R::VIEWS,
            slug: R::SLUG,
            table: R::Entity::default().table_name(),
            singular: R::NAME.0,
            plural: R::NAME.1,
            about: R::ABOUT,
            icon: R::ICON,
            section: R::SECTION,
            search: R::SEARCH
                .iter()
                .map(|search| match search {
                    Search::Contains(column) => (at(*column), Match::Contains),
                    Search::Starts(column) => (at(*column), Match::Starts),
                    Search::Exact(column) => (at(*column), Match::Exact),
                })
                .collect(),
            filters: R::FILTERS.iter().map(|column| at(*column)).collect(),
            order: R::ORDER.iter().map(|(column, order)| (at(*column), order.clone())).collect(),
            actions: R::ACTIONS
                .iter()
                .map(|action| ActionMeta {
                    name: action.name,
                    title: action.title,
                    field: at(action.column),
                    value: action.value,
                })
                .collect(),
            asking: asking::<R>(&fields),
            asks_why: R::ASKS_WHY,
            remade: R::remade,
            tones: R::TONES.iter().map(|(column, tones)| (at(*column), *tones)).collect(),
            pages: R::PAGES,
            many: R::MANY,
            inlines: R::INLINES,
            verbs: R::VERBS,
            add_page: R::ADD_PAGE,
            notes: R::NOTES,
            save_as_new: R::SAVE_AS_NEW,
            grants: R::GRANTS,
            trigrams: R::TRIGRAMS,
            groups,
            fields,
        }
    }

    /// The field of that name in forms and addresses.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        self.fields.iter().enumerate().find(|(_, field)| field.name == name)
    }

    /// Position of a column.
    #[must_use]
    pub fn column(&self, column: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.column == column)
    }

    /// The page of that name on which something is done to ticked rows.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&'static ActionPage> {
        self.pages.iter().find(|page| page.name == name)
    }

    /// Whether rows count their changes.
    #[must_use]
    pub fn versioned(&self) -> bool {
        self.column("version").is_some()
    }

    /// Whether anything of that kind can be done at all.
    #[must_use]
    pub fn offers(&self, verb: Verb) -> bool {
        self.verbs.contains(&verb)
    }

    /// Colour of a word in a field.
    #[must_use]
    pub fn tone(&self, field: usize, word: &str) -> Option<Tone> {
        let (_, tones) = self.tones.iter().find(|(at, _)| *at == field)?;
        tones.iter().find(|(known, _)| *known == word).map(|(_, tone)| *tone)
    }

    /// `issues.change`.
    #[must_use]
    pub fn codename(&self, verb: Verb) -> String {
        format!("{}.{}", self.slug, verb.name())
    }
}

fn asking<R: Resource>(fields: &[Field]) -> Vec<AskingMeta> {
    let name = |column: &Col<R>| fields[position(fields, column.as_str())].name.clone();
    R::ASKING
        .iter()
        .map(|action| AskingMeta {
            name: action.name,
            title: action.title.to_owned(),
            fields: action.columns.iter().map(name).collect(),
            ticked: false,
            reason: action.reason,
        })
        .collect()
}

fn position(fields: &[Field], column: &str) -> usize {
    fields
        .iter()
        .position(|field| field.column == column)
        .expect("a declaration names columns of its own entity")
}

fn field<R: Resource>(column: Col<R>) -> Field {
    let mut field = Field::of::<R::Entity>(column);
    let is = |other: &Col<R>| other.as_str() == column.as_str();
    field.readonly |= R::READONLY.iter().any(is);
    field.fixed = R::FIXED.iter().any(is);
    field.secret = R::SECRET.iter().any(is);
    if let Some((_, title)) = R::TITLES.iter().find(|(other, _)| is(other)) {
        field.title = (*title).to_owned();
    }
    if let Some((_, help)) = R::HELP.iter().find(|(other, _)| is(other)) {
        field.help = help;
    }
    field.check = R::CHECKS.iter().find(|(other, _)| is(other)).map(|(_, check)| *check);
    field.brief = R::BRIEF.iter().find(|(other, _)| is(other)).map(|(_, brief)| *brief);
    if let Some(choices) = R::CHOICES.iter().find(|choices| is(&choices.column)) {
        field.kind = Kind::Choice((choices.values)());
    }
    field
}

fn columns<R: Resource>(fields: &[Field]) -> Vec<Column> {
    let mut computed = 0;
    R::LIST
        .iter()
        .map(|show| match show {
            Show::Column(column) => {
                let at = position(fields, column.as_str());
                let unsorted = R::UNSORTED.iter().any(|other| other.as_str() == column.as_str());
                Column {
                    name: fields[at].name.clone(),
                    title: fields[at].title.clone(),
                    source: Source::Field(at),
                    sortable: !unsorted && !fields[at].secret,
                }
            }
            Show::Computed(title, _) => {
                computed += 1;
                Column {
                    name: title.to_lowercase().replace(' ', "-"),
                    title: (*title).to_owned(),
                    source: Source::Computed(computed - 1),
                    sortable: false,
                }
            }
        })
        .collect()
}

/// What the form of a row shows besides, and what the engine itself keeps: nobody sees in a list what they would
/// not see there.
fn further(fields: &[Field], groups: &[Group], list: &[Column]) -> Vec<Column> {
    let kept = ["id", "created_at", "updated_at"];
    let on_form = groups.iter().flat_map(|group| group.fields.iter().copied());
    let kept = (0..fields.len()).filter(|at| kept.contains(&fields[*at].column));
    let mut shown: Vec<usize> = Vec::new();
    for at in on_form.chain(kept) {
        let listed = list.iter().any(|column| column.source == Source::Field(at));
        if !listed && !fields[at].secret && !shown.contains(&at) {
            shown.push(at);
        }
    }
    let column = |at: usize| Column {
        name: fields[at].name.clone(),
        title: fields[at].title.clone(),
        source: Source::Field(at),
        sortable: false,
    };
    shown.into_iter().map(column).collect()
}

fn groups<R: Resource>(fields: &[Field]) -> Vec<Group> {
    if R::FIELDSETS.is_empty() {
        let shown = (0..fields.len())
            .filter(|at| !(fields[*at].automatic || fields[*at].secret && fields[*at].readonly));
        return vec![Group {
            title: "",
            fields: shown.collect(),
            many: (0..R::MANY.len()).collect(),
            collapsed: false,
        }];
    }
    R::FIELDSETS
        .iter()
        .map(|set| Group {
            title: set.title,
            fields: set.columns.iter().map(|column| position(fields, column.as_str())).collect(),
            many: set
                .many
                .iter()
                .map(|name| {
                    R::MANY
                        .iter()
                        .position(|many| many.name == *name)
                        .expect("a fieldset names fields of its own")
                })
                .collect(),
            collapsed: set.collapsed,
        })
        .collect()
}
