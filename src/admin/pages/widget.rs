//! What a field of a form shows: chosen from the kind of its column, never by name.
use super::autocomplete::matches;
use super::cell::{Body, body};
use crate::admin::deletion::count;
use crate::admin::{AnyResource, Field, Kind, Labels, Many, Meta, Record, Verb, capitalise, words};
use crate::error::{Error, Errors, Result};
use crate::web::Visit;
use sea_orm::DatabaseExecutor;
use sea_orm::sea_query::{Expr, Query};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of another table that a plain select still shows.
const SELECT: u64 = 200;
/// Rows from which on typing beats scrolling.
const TYPED: u64 = 15;
/// Words of an enumeration shown side by side instead of in a select.
const SIDE_BY_SIDE: usize = 5;

/// A field of a form, ready to be drawn.
pub(crate) struct FieldView {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) help: &'static str,
    pub(crate) value: String,
    pub(crate) errors: Vec<String>,
    pub(crate) required: bool,
    /// May be left empty.
    pub(crate) optional: bool,
    pub(crate) widget: Widget,
}

impl FieldView {
    /// Whether something is wrong with it.
    pub(crate) fn wrong(&self) -> bool {
        !self.errors.is_empty()
    }

    /// What is wrong with it first, with its name.
    pub(crate) fn complaint(&self) -> Option<(String, String)> {
        self.errors.first().map(|error| (self.name.clone(), format!("{}: {error}", self.title)))
    }

    /// What describes its input to a screen reader.
    pub(crate) fn describedby(&self) -> String {
        let errors = self.wrong().then(|| format!("{}-errors", self.name));
        let help = (!self.help.is_empty()).then(|| format!("{}-help", self.name));
        errors.into_iter().chain(help).collect::<Vec<_>>().join(" ")
    }
}

/// How it is typed.
pub(crate) enum Widget {
    /// One line: the input's type, the longest text, and what a browser may fill in.
    Line(&'static str, Option<u32>, &'static str),
    /// Several lines of at most so many characters; in a fixed-width face.
    Area(u32, bool),
    Checkbox(bool),
    /// One of a few words.
    Radios(Vec<Choice>),
    Select(Vec<Choice>),
    /// A row of another table.
    Related(Related),
    /// Rows of another table.
    Several(Vec<Choice>),
    Fixed(Body),
}

/// One of several.
pub(crate) struct Choice {
    pub(crate) value: String,
    pub(crate) title: String,
    pub(crate) chosen: bool,
}

/// A row of another table.
pub(crate) struct Related {
    pub(crate) choices: Vec<Choice>,
    /// Address of matches, where typing is offered.
    pub(crate) source: Option<String>,
    /// Whether the choices are all there are; otherwise a browser without script types a name.
    pub(crate) complete: bool,
    pub(crate) typed: String,
    /// Slug of its resource: after one is added or changed in a dialog, every select of the same follows.
    pub(crate) of: &'static str,
    pub(crate) open: Option<Opened>,
    /// Address that adds one, and whether a dialog can show it.
    pub(crate) add: Option<(String, bool)>,
    pub(crate) noun: &'static str,
}

/// The way from a select to the row that is chosen.
pub(crate) struct Opened {
    /// Its address, with `{id}` for the key.
    pub(crate) pattern: String,
    /// The address for what is chosen now; there is none for nothing.
    pub(crate) href: Option<String>,
    /// Whether it may be changed there.
    pub(crate) change: bool,
}

impl Opened {
    /// What its link does.
    pub(crate) fn verb(&self) -> &'static str {
        if self.change { "Change" } else { "View" }
    }
}

/// Rows of another table that fields offer: looked up once, however many fields do.
pub(crate) struct Offer<'a> {
    meta: &'a Meta,
    rows: Vec<(String, String)>,
    complete: bool,
    by_typing: bool,
    visible: bool,
}

/// A group of fields.
pub(crate) struct GroupView {
    pub(crate) title: &'static str,
    pub(crate) collapsed: bool,
    pub(crate) fields: Vec<FieldView>,
}

/// What a form was given to start with, or what was typed into it.
pub(crate) type Typed = BTreeMap<String, Vec<String>>;

/// Name of the input into which a browser without script types what a row is called.
pub(crate) fn typed_name(field: &Field) -> String {
    format!("{}__typed", field.name)
}

/// Builds the fields of a form.
pub(crate) struct Builder<'a> {
    pub(crate) visit: &'a Visit,
    pub(crate) resource: &'a dyn AnyResource,
    pub(crate) row: Option<&'a Record>,
    pub(crate) typed: &'a Typed,
    pub(crate) errors: &'a Errors,
    pub(crate) view_only: bool,
}

impl Builder<'_> {
    /// All groups.
    pub(crate) async fn groups(&self) -> Result<Vec<GroupView>> {
        let meta = self.resource.meta();
        let labels = match self.row {
            Some(row) => {
                let all: Vec<usize> = (0..meta.fields.len()).collect();
                self.visit
                    .app
                    .registry
                    .labels_of(&(&self.visit.app.db).into(), self.resource, &all, &[&row.values])
                    .await?
            }
            None => Labels::default(),
        };
        let mut groups = Vec::new();
        for group in &meta.groups {
            let mut fields = Vec::new();
            for at in &group.fields {
                fields.extend(self.field(meta, *at, &labels).await?);
            }
            for at in &group.many {
                fields.push(self.several(&meta.many[*at]).await?);
            }
            let wrong = fields.iter().any(|field| !field.errors.is_empty());
            groups.push(GroupView { title: group.title, collapsed: group.collapsed && !wrong, fields });
        }
        Ok(groups)
    }

    fn text(&self, name: &str) -> &str {
        self.typed.get(name).and_then(|values| values.last()).map_or("", String::as_str)
    }

    async fn field(&self, meta: &Meta, at: usize, labels: &Labels) -> Result<Option<FieldView>> {
        let field = &meta.fields[at];
        let fixed = field.readonly || field.automatic || self.view_only || field.fixed && self.row.is_some();
        let widget = match (fixed, self.row) {
            (true, Some(row)) => Widget::Fixed(body(self.visit, meta, at, &row.values[at], labels)),
            // What nobody types has nothing to show before it is there.
            (true, None) => return Ok(None),
            (false, _) => self.widget(field).await?,
        };
        Ok(Some(self.view(field, widget, field.required && !fixed)))
    }

    /// One field alone, which must be filled in: for a page that asks for nothing else.
    pub(crate) async fn asked(&self, name: &str) -> Result<FieldView> {
        let (_, field) = self.resource.meta().field(name).ok_or(Error::NotFound)?;
        let mut field = field.clone();
        (field.required, field.nullable, field.help) = (true, false, "");
        let widget = self.widget(&field).await?;
        Ok(self.view(&field, widget, true))
    }

    /// One field by name, of a column or of linked rows, not yet filled in by a row.
    pub(crate) async fn named(&self, name: &str) -> Result<FieldView> {
        let meta = self.resource.meta();
        if let Some(many) = meta.many.iter().find(|many| many.name == name) {
            return self.several(many).await;
        }
        let (_, field) = meta.field(name).ok_or(Error::NotFound)?;
        let widget = self.widget(field).await?;
        Ok(self.view(field, widget, field.required))
    }

    pub(crate) fn view(&self, field: &Field, widget: Widget, required: bool) -> FieldView {
        FieldView {
            title: field.title.clone(),
            help: field.help,
            value: if field.secret { String::new() } else { self.text(&field.name).to_owned() },
            errors: self.errors.get(&field.name).cloned().unwrap_or_default(),
            required,
            optional: field.nullable,
            name: field.name.clone(),
            widget,
        }
    }

    pub(crate) async fn widget(&self, field: &Field) -> Result<Widget> {
        let text = self.text(&field.name);
        Ok(match &field.kind {
            _ if field.secret => Widget::Line("password", None, "new-password"),
            Kind::Text(max) => Widget::Line("text", Some(*max), "off"),
            Kind::LongText(max) => {
                Widget::Area(*max, matches!(field.column, "message" | "template" | "pattern"))
            }
            Kind::Integer => Widget::Line("number", None, "off"),
            Kind::Float => Widget::Line("decimal", None, "off"),
            Kind::Moment => Widget::Line("datetime-local", None, "off"),
            Kind::Boolean => Widget::Checkbox(crate::admin::parse_bool(text).unwrap_or_default()),
            Kind::Choice(choices) => {
                let blank = (!field.required && field.default.is_none()).then(|| choice("", "Not set", text));
                let few = choices.len() <= SIDE_BY_SIDE;
                let list = blank
                    .into_iter()
                    .chain(choices.iter().map(|word| choice(word, &capitalise(&words(word)), text)))
                    .collect();
                if few { Widget::Radios(list) } else { Widget::Select(list) }
            }
            Kind::Foreign(table) => {
                let offer = self.offer(table).await?;
                let chosen = match text.parse() {
                    Ok(key) => {
                        let db = (&self.visit.app.db).into();
                        self.visit.app.registry.labels(&db, table, BTreeSet::from([key])).await?
                    }
                    Err(_) => Default::default(),
                };
                Widget::Related(self.related(field, &offer, chosen.get(text).map(String::as_str)))
            }
        })
    }

    /// What fields that point at a table have to offer.
    pub(crate) async fn offer(&self, table: &str) -> Result<Offer<'_>> {
        let db: DatabaseExecutor<'_> = (&self.visit.app.db).into();
        let target =
            self.visit.app.registry.table(table).ok_or_else(|| anyhow::anyhow!("{table} has no resource"))?;
        let meta = target.meta();
        let bounded = Query::select().expr(Expr::val(1)).from(meta.table).limit(SELECT + 1).to_owned();
        let number = count(&db, bounded).await?;
        let visible = self.visit.may(meta.slug, Verb::View);
        let complete = number <= SELECT && visible;
        let rows = if complete { matches(&db, target, "", SELECT).await? } else { Vec::new() };
        Ok(Offer {
            meta,
            rows: rows.into_iter().map(|row| (row.pk(), row.label)).collect(),
            complete,
            by_typing: number > TYPED && visible,
            visible,
        })
    }

    /// A field that points at a row of what is on offer; `chosen` is what its own row is called.
    pub(crate) fn related(&self, field: &Field, offer: &Offer<'_>, chosen: Option<&str>) -> Related {
        let (meta, key) = (offer.meta, self.text(&field.name));
        let mut choices: Vec<Choice> =
            offer.rows.iter().map(|(value, title)| choice(value, title, key)).collect();
        if let Some(title) = chosen.filter(|_| !choices.iter().any(|choice| choice.chosen)) {
            choices.push(choice(key, title, key));
        }
        let known = choices.iter().any(|choice| choice.chosen);
        choices.insert(0, choice("", if field.required { "Choose…" } else { "None" }, key));
        let may = |verb| meta.offers(verb) && self.visit.may(meta.slug, verb);
        Related {
            source: offer.by_typing.then(|| {
                format!("/admin/autocomplete/?resource={}&field={}", self.resource.meta().slug, field.name)
            }),
            complete: offer.complete,
            typed: self.text(&typed_name(field)).to_owned(),
            of: meta.slug,
            open: offer.visible.then(|| Opened {
                pattern: format!("/admin/{}/{{id}}/change/", meta.slug),
                href: known.then(|| format!("/admin/{}/{key}/change/", meta.slug)),
                change: may(Verb::Change),
            }),
            add: may(Verb::Add).then(|| (format!("/admin/{}/add/", meta.slug), !meta.add_page)),
            noun: meta.singular,
            choices,
        }
    }

    async fn several(&self, many: &Many) -> Result<FieldView> {
        let db: DatabaseExecutor<'_> = (&self.visit.app.db).into();
        let target = self
            .visit
            .app
            .registry
            .table(many.to)
            .ok_or_else(|| anyhow::anyhow!("{} has no resource", many.to))?;
        let chosen: BTreeSet<&str> =
            self.typed.get(many.name).into_iter().flatten().map(String::as_str).collect();
        let rows = matches(&db, target, "", 2000).await?;
        let choices = rows.iter().map(|row| Choice {
            chosen: chosen.contains(row.pk().as_str()),
            value: row.pk(),
            title: row.label.clone(),
        });
        let widget = if self.view_only {
            let names: Vec<String> =
                choices.filter(|choice| choice.chosen).map(|choice| choice.title).collect();
            Widget::Fixed(if names.is_empty() { Body::Missing("none") } else { Body::Text(names.join(", ")) })
        } else {
            Widget::Several(choices.collect())
        };
        Ok(FieldView {
            name: many.name.to_owned(),
            title: many.title.to_owned(),
            help: many.help,
            value: String::new(),
            errors: self.errors.get(many.name).cloned().unwrap_or_default(),
            required: false,
            optional: true,
            widget,
        })
    }
}

fn choice(value: &str, title: &str, chosen: &str) -> Choice {
    Choice { value: value.to_owned(), title: title.to_owned(), chosen: value == chosen }
}
