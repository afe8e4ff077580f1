//! What stands below the fields of a form: rows with fields, rows to look at, and notes.
use super::inline::{InlineView, inlines};
use super::notes::{Notes, latest};
use super::tabular::{SheetView, sheets};
use super::widget::{Builder, FieldView};
use crate::admin::key_number;
use crate::error::Result;

/// What stands below the fields of a form.
#[derive(Default)]
pub(crate) struct Below {
    pub(crate) sheets: Vec<SheetView>,
    pub(crate) inlines: Vec<InlineView>,
    pub(crate) notes: Option<Notes>,
}

impl Below {
    /// For the form of that builder.
    pub(super) async fn of(form: &Builder<'_>) -> Result<Self> {
        let (visit, meta) = (form.visit, form.resource.meta());
        let mut below = Self::default();
        if !form.view_only {
            below.sheets = sheets(visit, meta.inlines, form.row, form.typed, form.errors).await?;
        }
        if let Some(row) = form.row {
            below.inlines = inlines(visit, meta.inlines, row, form.view_only).await?;
            if let Some(key) = key_number(row.key()) {
                let next = format!("/admin/{}/{key}/change/", meta.slug);
                below.notes = latest(visit, meta, key, &next).await?;
            }
        }
        Ok(below)
    }

    /// Whether somebody else changed a row that was typed into.
    pub(super) fn is_stale(&self) -> bool {
        self.sheets.iter().flat_map(|sheet| &sheet.rows).any(|row| row.stale)
    }

    /// What is wrong with the rows, with what the links to it need.
    pub(super) fn summary(&self) -> Vec<(String, String)> {
        let mut all = Vec::new();
        for sheet in &self.sheets {
            for (at, row) in sheet.rows.iter().enumerate() {
                let whole = row.errors.first().map(|error| (row.name.clone(), error.clone()));
                let wrong = whole.into_iter().chain(row.fields.iter().filter_map(FieldView::complaint));
                all.extend(
                    wrong.map(|(name, error)| (name, format!("{}, row {}: {error}", sheet.title, at + 1))),
                );
            }
        }
        all
    }
}
