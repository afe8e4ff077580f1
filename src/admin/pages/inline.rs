//! Rows of other resources below a form: the first of them, and the way to all and to another one.
use super::cell::{Cell, cell, column_class};
use super::tabular;
use crate::admin::{Fetch, Inline, Record, Source, Verb, capitalise, shorten};
use crate::error::Result;
use crate::web::Visit;
use sea_orm::Value;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};

/// Rows shown; the list behind them has all.
const SHOWN: usize = 10;

/// Rows of one other resource.
pub(crate) struct InlineView {
    pub(crate) slug: &'static str,
    pub(crate) title: String,
    pub(crate) heads: Vec<(String, &'static str)>,
    /// Address and cells of each.
    pub(crate) rows: Vec<(String, Vec<Cell>)>,
    pub(crate) more: bool,
    pub(crate) all: String,
    pub(crate) add: Option<String>,
    pub(crate) noun: &'static str,
}

/// What a form shows below itself, as far as the form itself does not; only what the visitor may look at.
pub(crate) async fn inlines(
    visit: &Visit,
    inlines: &[Inline],
    row: &Record,
    view_only: bool,
) -> Result<Vec<InlineView>> {
    let mut views = Vec::new();
    for inline in inlines.iter().filter(|inline| visit.may(inline.resource, Verb::View)) {
        let meta = visit.app.registry.get(inline.resource)?.meta();
        if view_only || !tabular::edited(inline) || !tabular::editable_by(visit, meta) {
            views.push(view(visit, *inline, row).await?);
        }
    }
    Ok(views)
}

async fn view(visit: &Visit, inline: Inline, row: &Record) -> Result<InlineView> {
    let resource = visit.app.registry.get(inline.resource)?;
    let meta = resource.meta();
    let (field, column) = meta
        .field(inline.field)
        .ok_or_else(|| anyhow::anyhow!("{} has no field {}", meta.slug, inline.field))?;
    let db = (&visit.app.db).into();
    let filter = Condition::all().add(Expr::col((meta.table, column.column)).eq(row.key().clone()));
    let order = vec![(Expr::col((meta.table, "id")), sea_orm::Order::Desc)];
    let mut rows = resource.fetch(&db, Fetch { filter, order, limit: SHOWN as u64 + 1 }).await?;
    let more = rows.len() > SHOWN;
    rows.truncate(SHOWN);
    // That they point here goes without saying.
    let columns: Vec<_> = meta.list.iter().filter(|column| column.source != Source::Field(field)).collect();
    let fields: Vec<usize> = columns
        .iter()
        .filter_map(|column| if let Source::Field(at) = column.source { Some(at) } else { None })
        .collect();
    let values: Vec<&[Value]> = rows.iter().map(|row| row.values.as_slice()).collect();
    let labels = visit.app.registry.labels_of(&db, resource, &fields, &values).await?;
    let cells =
        |row: &Record| columns.iter().map(|column| cell(visit, meta, column.source, row, &labels)).collect();
    Ok(InlineView {
        slug: meta.slug,
        title: capitalise(meta.plural),
        heads: columns
            .iter()
            .map(|column| (shorten(&column.title, 40), column_class(meta, column.source)))
            .collect(),
        rows: rows
            .iter()
            .map(|row| (format!("/admin/{}/{}/change/", meta.slug, row.pk()), cells(row)))
            .collect(),
        all: format!("/admin/{}/?{}__exact={}", meta.slug, inline.field, row.pk()),
        add: (meta.offers(Verb::Add) && visit.may(meta.slug, Verb::Add))
            .then(|| format!("/admin/{}/add/?{}={}", meta.slug, inline.field, row.pk())),
        noun: meta.singular,
        more,
    })
}
