//! A form shown in a dialog over another one: the page asks for it with `_popup`, shows what lies in `main`, and
//! learns what became of it as JSON, so that its selects can follow.
use crate::admin::changelist::params::Params;
use crate::admin::{AnyResource, Input, Saved, shorten};
use crate::web::Visit;
use axum::Json;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Name that says a form stands in a dialog.
pub(super) const POPUP: &str = "_popup";

/// Whether the page is for a dialog.
pub(super) fn asked(visit: &Visit, typed: impl FnOnce(&str) -> bool) -> bool {
    typed(POPUP) || Params::parse(&visit.query).get(POPUP).is_some()
}

/// What became of a form in a dialog, for the form below it.
pub(super) fn answer(resource: &dyn AnyResource, saved: &Saved, input: &Input) -> Option<Response> {
    let meta = resource.meta();
    input.has(POPUP).then(|| {
        let text = shorten(&saved.row.label, 120);
        Json(json!({ "resource": meta.slug, "noun": meta.singular, "id": saved.row.pk(), "text": text }))
            .into_response()
    })
}
