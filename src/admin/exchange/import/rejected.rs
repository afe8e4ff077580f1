//! The rows that cannot be written, as a file to be mended and imported again.
use super::store;
use super::verdict::Verdict;
use crate::admin::exchange::cell::guarded;
use crate::admin::exchange::export::csv;
use crate::app::App;
use crate::error::{Error, Result};
use crate::web::Visit;
use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};

/// Title of the column that says why; importing leaves it out.
const REASON: &str = "reason it was refused";

/// `GET /admin/<resource>/import/<id>/rejected/`
pub async fn rejected(visit: Visit, Path((slug, id)): Path<(String, String)>) -> Result<Response> {
    let (_, user) = super::writable(&visit, &slug)?;
    let file = store::get(&visit.app, user, &slug, &id).await?;
    let mut titles: Vec<String> = store::parsed(&file.headings)?;
    let had_reason = titles.last().is_some_and(|title| title == REASON);
    if !had_reason {
        titles.push(REASON.to_owned());
    }
    let positions = store::invalid(&(&visit.app.db).into(), file.id).await?;
    let (mut pieces, body) = Channel::new(2);
    let head = csv([titles.iter().map(|title| guarded(title))])?;
    let app = visit.app.clone();
    tokio::spawn(async move {
        if pieces.send_data(head.into()).await.is_ok()
            && let Err(error) = send(&app, file.id, positions, had_reason, &mut pieces).await
        {
            tracing::error!(%error, "refused rows could not be sent");
            pieces.abort(std::io::Error::other("the rows could not be read"));
        }
    });
    let name = format!("attachment; filename=\"{slug}-rejected-{}.csv\"", visit.now.format("%Y-%m-%d"));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, Body::new(body)).into_response())
}

async fn send(
    app: &App,
    file: i64,
    positions: Vec<(i64, i64)>,
    had_reason: bool,
    pieces: &mut Sender<Bytes, std::io::Error>,
) -> Result<(), Error> {
    for (position, _) in positions {
        let Some(part) = store::part(&(&app.db).into(), file, position).await? else { break };
        let rows = part.rows.into_iter().zip(part.verdicts).filter_map(|((_, mut cells), verdict)| {
            let Verdict::Invalid(why) = verdict else { return None };
            if had_reason {
                cells.pop();
            }
            cells.push(Some(why.join(" ")));
            Some(
                cells
                    .into_iter()
                    .map(|cell| guarded(&cell.unwrap_or_default()).into_owned())
                    .collect::<Vec<_>>(),
            )
        });
        if pieces.send_data(csv(rows)?.into()).await.is_err() {
            break;
        }
    }
    Ok(())
}
