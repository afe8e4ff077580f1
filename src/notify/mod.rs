//! Tells people about incidents: each rule once when one begins, again when it grows much worse, and
//! when it is over; not while there is a ticket, a downtime or a mute. What is to be told is written
//! to the database first and sent from there, so a channel that is away loses nothing.
mod channel;
mod message;
mod outbox;
mod plan;

pub use channel::check_target;
pub use message::{Message, Ticket};

use crate::app::App;
use crate::error::Result;
use std::fmt;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// Messages written.
    pub written: usize,
    /// Of them, not to be sent for now.
    pub suppressed: usize,
    /// Messages sent.
    pub sent: usize,
    /// Messages to be tried again.
    pub later: usize,
    /// Messages given up.
    pub failed: usize,
}

impl fmt::Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { written, suppressed, sent, later, failed } = self;
        write!(
            f,
            "{written} messages written, {suppressed} of them suppressed; {sent} sent, {later} to be tried again, {failed} given up."
        )
    }
}

/// Writes what is to be told, and sends what waits.
///
/// # Errors
/// What the database says.
pub async fn run(app: &App) -> Result<Told> {
    let mut told = Told::default();
    for due in plan::due(app).await? {
        if plan::write(app, &due).await? {
            told.written += 1;
            told.suppressed += usize::from(due.suppressed_by.is_some());
        }
    }
    outbox::send(app, &mut told).await?;
    Ok(told)
}

/// What would be told now: neither written nor sent.
///
/// # Errors
/// What the database says.
pub async fn dry_run(app: &App) -> Result<Vec<String>> {
    let due = plan::due(app).await?;
    Ok(due
        .iter()
        .map(|due| match due.suppressed_by {
            Some(why) => format!("(not sent: {why:?})\n{}", due.message.text),
            None => due.message.text.clone(),
        })
        .collect())
}
