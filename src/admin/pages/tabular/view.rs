//! Drawing the rows of a form: with fields where one may change them, as text where one may only look.
use super::super::cell::body;
use super::super::widget::{Builder, FieldView, Offer, Typed, Widget};
use super::{Line, MOST, editable_by, edited, last, may, prefix, read, row_name};
use crate::admin::{AnyResource, Fetch, Field, Inline, Kind, Labels, Record, Verb, capitalise, version_of};
use crate::error::{Errors, Result};
use crate::web::Visit;
use sea_orm::Value;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Order};
use std::collections::{BTreeSet, HashMap};

/// Rows shown with fields; the list behind them has all.
const SHOWN: usize = 50;

/// Rows of one other resource, with fields.
pub(crate) struct SheetView {
    pub(crate) slug: &'static str,
    pub(crate) prefix: String,
    pub(crate) title: String,
    pub(crate) noun: &'static str,
    pub(crate) heads: Vec<(String, &'static str)>,
    pub(crate) rows: Vec<RowView>,
    /// What another row starts with, for whoever may add one.
    pub(crate) blank: Option<RowView>,
    /// How many rows are there already.
    pub(crate) initial: usize,
    pub(crate) most: usize,
    /// The way to all, where there are more.
    pub(crate) all: Option<String>,
}

/// One row.
pub(crate) struct RowView {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) label: String,
    pub(crate) href: Option<String>,
    pub(crate) version: Option<i32>,
    pub(crate) opened: String,
    pub(crate) fields: Vec<FieldView>,
    pub(crate) errors: Vec<String>,
    /// Whether it can be ticked to go, and is.
    pub(crate) remove: Option<bool>,
    /// Whether somebody else changed it since the form was opened, and so did its writer.
    pub(crate) stale: bool,
}

/// The rows that a form edits, as they are or as they were typed.
pub(crate) async fn sheets(
    visit: &Visit,
    inlines: &'static [Inline],
    parent: Option<&Record>,
    typed: &Typed,
    errors: &Errors,
) -> Result<Vec<SheetView>> {
    let mut views = Vec::new();
    for inline in inlines.iter().filter(|inline| edited(inline)) {
        let resource = visit.app.registry.get(inline.resource)?;
        if editable_by(visit, resource.meta()) {
            views.push(Drawing { visit, inline, resource, parent, typed, errors }.sheet().await?);
        }
    }
    Ok(views)
}

struct Drawing<'a> {
    visit: &'a Visit,
    inline: &'static Inline,
    resource: &'a dyn AnyResource,
    parent: Option<&'a Record>,
    typed: &'a Typed,
    errors: &'a Errors,
}

/// What all rows share, looked up once.
struct Shared<'a> {
    offers: HashMap<&'a str, Offer<'a>>,
    labels: Labels,
    chosen: HashMap<&'a str, HashMap<String, String>>,
}

impl<'a> Drawing<'a> {
    async fn sheet(&self) -> Result<SheetView> {
        let (visit, meta) = (self.visit, self.resource.meta());
        // Rows that do not fit together are drawn anew, as they are in the database.
        let sent = read(self.inline, meta, self.typed).unwrap_or_default();
        let (rows, more) = self.stored(sent.as_deref()).await?;
        let mut lines = sent.unwrap_or_else(|| {
            rows.iter().enumerate().map(|(place, row)| self.line_of(place, row)).collect()
        });
        let adds = may(visit, meta, Verb::Add);
        let asked = last(self.typed, "_addrow") == prefix(self.inline);
        if adds && lines.len() < MOST && (asked || !lines.iter().any(|line| line.id.is_none())) {
            lines.push(Line { place: lines.len(), ..Line::default() });
        }
        let empty = Typed::new();
        let builder = self.builder(None, &empty, &NONE);
        let shared = self.shared(&builder, &rows, &lines).await?;
        let mut views = Vec::new();
        for line in &lines {
            let row = rows.iter().find(|row| Some(row.pk()) == line.id);
            views.push(self.row(&row_name(self.inline, line.place), line, row, &shared).await?);
        }
        let blank = format!("{}-__prefix__", prefix(self.inline));
        Ok(SheetView {
            slug: meta.slug,
            prefix: prefix(self.inline),
            title: capitalise(meta.plural),
            noun: meta.singular,
            heads: self.fields().map(|(_, field)| (field.title.clone(), field.help)).collect(),
            initial: lines.iter().filter(|line| line.id.is_some()).count(),
            blank: if adds { Some(self.row(&blank, &Line::default(), None, &shared).await?) } else { None },
            most: MOST,
            all: self
                .parent
                .filter(|_| more && visit.may(meta.slug, Verb::View))
                .map(|parent| format!("/admin/{}/?{}__exact={}", meta.slug, self.inline.field, parent.pk())),
            rows: views,
        })
    }

    fn fields(&self) -> impl Iterator<Item = (usize, &'a Field)> {
        self.inline.columns.iter().filter_map(|name| self.resource.meta().field(name))
    }

    fn builder<'b>(&'b self, row: Option<&'b Record>, typed: &'b Typed, errors: &'b Errors) -> Builder<'b> {
        Builder { visit: self.visit, resource: self.resource, row, typed, errors, view_only: false }
    }

    /// The first rows, or those that the form shows; only for who may look at them.
    async fn stored(&self, sent: Option<&[Line]>) -> Result<(Vec<Record>, bool)> {
        let meta = self.resource.meta();
        let Some(parent) = self.parent.filter(|_| self.visit.may(meta.slug, Verb::View)) else {
            return Ok((Vec::new(), false));
        };
        let Some((_, field)) = meta.field(self.inline.field) else { return Ok((Vec::new(), false)) };
        let mut filter = Condition::all().add(Expr::col((meta.table, field.column)).eq(parent.key().clone()));
        if let Some(lines) = sent {
            let ids: Vec<i64> = lines.iter().filter_map(|line| line.id.as_deref()?.parse().ok()).collect();
            filter = filter.add(Expr::col((meta.table, "id")).is_in(ids));
        }
        let limit = if sent.is_some() { MOST } else { SHOWN + 1 };
        let order = vec![(Expr::col((meta.table, "id")), Order::Asc)];
        let db = (&self.visit.app.db).into();
        let mut rows = self.resource.fetch(&db, Fetch { filter, order, limit: limit as u64 }).await?;
        let more = sent.is_none() && rows.len() > SHOWN;
        rows.truncate(if sent.is_some() { MOST } else { SHOWN });
        Ok((rows, more))
    }

    async fn shared<'b>(
        &'b self,
        builder: &'b Builder<'b>,
        rows: &[Record],
        lines: &[Line],
    ) -> Result<Shared<'b>> {
        let (db, registry) = ((&self.visit.app.db).into(), &self.visit.app.registry);
        let (mut offers, mut chosen) = (HashMap::new(), HashMap::new());
        for (_, field) in self.fields() {
            let Kind::Foreign(table) = &field.kind else { continue };
            if !offers.contains_key(table.as_str()) {
                offers.insert(table.as_str(), builder.offer(table).await?);
            }
            let keys: BTreeSet<i64> =
                lines.iter().filter_map(|line| line.text(&field.name).parse().ok()).collect();
            let labels = registry.labels(&db, table, keys).await?;
            chosen.entry(table.as_str()).or_insert_with(HashMap::new).extend(labels);
        }
        let columns: Vec<usize> = self.fields().map(|(at, _)| at).collect();
        let values: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
        let labels = registry.labels_of(&db, self.resource, &columns, &values).await?;
        Ok(Shared { offers, labels, chosen })
    }

    async fn row(
        &self,
        name: &str,
        line: &Line,
        row: Option<&Record>,
        shared: &Shared<'_>,
    ) -> Result<RowView> {
        let (visit, meta) = (self.visit, self.resource.meta());
        let now = row.and_then(|row| version_of(self.resource, row));
        let newer = row.is_some() && line.version.is_some() && line.version != now;
        let stale = newer && !line.is_untouched(self.inline, meta);
        // What somebody else saved meanwhile is shown where nobody here typed over it.
        let fresh = row.filter(|_| newer && !stale).map(|row| self.line_of(line.place, row));
        let line = fresh.as_ref().unwrap_or(line);
        let errors: Errors = self
            .fields()
            .filter_map(|(_, field)| {
                let wrong = self.errors.get(&format!("{name}-{}", field.name))?;
                Some((field.name.clone(), wrong.clone()))
            })
            .collect();
        let typed =
            if line.id.is_none() && line.values.is_empty() { self.start() } else { line.values.clone() };
        let builder = self.builder(row, &typed, &errors);
        let mut fields = Vec::new();
        for (at, field) in self.fields() {
            let mut view = self.field(&builder, at, field, row, shared).await?;
            view.name = format!("{name}-{}", field.name);
            fields.push(view);
        }
        let mut wrong = self.errors.get(name).cloned().unwrap_or_default();
        if let Some(row) = row.filter(|_| stale) {
            wrong.push(format!("Now saved: {}.", self.in_words(row, &shared.labels)));
        }
        let removable = line.id.is_none() || may(visit, meta, Verb::Delete);
        Ok(RowView {
            name: name.to_owned(),
            label: row.map_or_else(|| "New".to_owned(), |row| crate::admin::shorten(&row.label, 60)),
            href: row.map(|row| format!("/admin/{}/{}/change/", meta.slug, row.pk())),
            id: line.id.clone(),
            version: if row.is_some() { now } else { line.version },
            opened: self.opened(line, row)?,
            remove: removable.then_some(line.remove),
            errors: wrong,
            fields,
            stale,
        })
    }

    /// What a row showed when the form was opened; after a conflict, what is saved now.
    fn opened(&self, line: &Line, row: Option<&Record>) -> Result<String> {
        let Some(row) = row else { return Ok(String::new()) };
        let now = version_of(self.resource, row);
        let opened = if line.opened.is_empty() || line.version != now {
            self.values_of(row)
        } else {
            line.opened.clone()
        };
        Ok(serde_json::to_string(&opened).map_err(anyhow::Error::from)?)
    }

    /// What a new row starts with.
    fn start(&self) -> Typed {
        self.fields()
            .map(|(_, field)| (field.name.clone(), vec![field.default.clone().unwrap_or_default()]))
            .collect()
    }

    fn line_of(&self, place: usize, row: &Record) -> Line {
        let (values, version) = (self.values_of(row), version_of(self.resource, row));
        Line { place, id: Some(row.pk()), version, opened: values.clone(), values, remove: false }
    }

    fn values_of(&self, row: &Record) -> Typed {
        self.fields()
            .map(|(at, field)| (field.name.clone(), vec![Field::input_text(&row.values[at])]))
            .collect()
    }

    fn in_words(&self, row: &Record, labels: &Labels) -> String {
        let words = self.fields().map(|(at, field)| {
            let text = crate::admin::in_words(field, &row.values[at], labels);
            format!("{} {}", field.title, if text.is_empty() { "empty" } else { &text })
        });
        words.collect::<Vec<_>>().join(", ")
    }

    async fn field(
        &self,
        builder: &Builder<'_>,
        at: usize,
        field: &Field,
        row: Option<&Record>,
        shared: &Shared<'_>,
    ) -> Result<FieldView> {
        let meta = self.resource.meta();
        let fixed = field.readonly
            || field.automatic
            || row.is_some() && (field.fixed || !may(self.visit, meta, Verb::Change));
        let offer = match &field.kind {
            Kind::Foreign(table) => shared.offers.get(table.as_str()).zip(shared.chosen.get(table.as_str())),
            _ => None,
        };
        let widget = match (row.filter(|_| fixed), offer) {
            (Some(row), _) => Widget::Fixed(body(self.visit, meta, at, &row.values[at], &shared.labels)),
            (None, Some((offer, chosen))) => {
                let label = chosen.get(last(builder.typed, &field.name)).map(String::as_str);
                Widget::Related(builder.related(field, offer, label))
            }
            (None, None) => builder.widget(field).await?,
        };
        Ok(builder.view(field, widget, false))
    }
}

static NONE: Errors = Errors::new();
