//! Taking back one operation with a click, for ten minutes: a change, a deletion, or all of a bulk action.
use crate::admin::undo::{UNDO, Undo, Undone};
use crate::admin::{Deed, history, shorten, thousands};
use crate::console::local;
use crate::error::{Error, Result};
use crate::web::{Level, Message, Posted, Visit, found};
use axum::extract::Path;
use axum::response::Response;
use chrono::Duration;
use entity::audit_log;

/// Entries of one operation.
pub(super) const MOST: u64 = 30_000;
/// Rows named that were left alone.
const NAMED: usize = 3;

/// `POST /admin/undo/<operation>/`
pub async fn undo(Path(operation): Path<String>, Posted { visit, input }: Posted) -> Result<Response> {
    let actor = visit.actor()?.clone();
    if !operation.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Err(Error::NotFound);
    }
    let txn = crate::db::begin(&visit.app.db).await?;
    let entries = history::of_operation(&txn, &operation, MOST + 1).await?;
    let last = entries.first().ok_or(Error::NotFound)?;
    if !actor.is_superuser && (last.user_id.is_none() || last.user_id != actor.id) {
        return Err(Error::Refused("Only the person who did this can undo it.".into()));
    }
    let back = local(input.get("next"), format!("/admin/{}/", last.resource));
    if visit.now - last.at > Duration::minutes(UNDO) {
        txn.rollback().await?;
        let text = format!(
            "Too late to undo: that goes for {UNDO} minutes. Nothing was changed. The history of each record leads back to earlier versions."
        );
        visit.say(Message::plain(Level::Warn, text)).await?;
        return Ok(found(&back));
    }
    if entries.len() as u64 > MOST {
        txn.rollback().await?;
        let text = "Too much to undo at once. Nothing was changed. The audit log has all that it did.";
        visit.say(Message::plain(Level::Warn, text)).await?;
        return Ok(found(&back));
    }
    let reason = format!("Undo of what {} did at {} UTC", last.username, last.at.format("%Y-%m-%d %H:%M:%S"));
    let deed = Deed { reason: Some(reason), ..visit.deed()? };
    let undoing = Undo { registry: &visit.app.registry, txn: &txn, deed: &deed };
    let undone = undoing.run(&entries).await?;
    txn.commit().await?;
    visit.app.forget();
    visit.say(told(&visit, last, &undone)).await?;
    Ok(found(&back))
}

/// What became of it, with a button that does it again.
fn told(visit: &Visit, last: &audit_log::Model, undone: &Undone) -> Message {
    let mut text = match undone.done {
        0 => "Nothing was undone.".to_owned(),
        1 => format!("Undone: “{}” is as it was.", shorten(&last.object_label, 80)),
        more => format!("Undone: {} records are as they were.", thousands(more as i64)),
    };
    text.push_str(&remarks(undone));
    let level = if undone.refused.is_empty() { Level::Good } else { Level::Warn };
    let message = Message::plain(level, text);
    if undone.done > 0 { message.with_undo("Do it again", visit.undo()) } else { message }
}

/// What was left alone, and what did not come back.
pub(super) fn remarks(undone: &Undone) -> String {
    let mut text = String::new();
    if !undone.refused.is_empty() {
        let named = undone.refused.iter().take(NAMED);
        let named: Vec<String> =
            named.map(|(label, why)| format!("“{}”: {why}", shorten(label, 80))).collect();
        let more = if undone.refused.len() > NAMED { " …" } else { "" };
        let count = thousands(undone.refused.len() as i64);
        text.push_str(&format!(" {count} left alone. {}{more}", named.join("; ")));
    }
    if !undone.lost.is_empty() {
        let mut lost = undone.lost.clone();
        lost.sort();
        lost.dedup();
        lost.truncate(NAMED * 2);
        text.push_str(&format!(" Not brought back: {}.", lost.join(", ")));
    }
    text
}
