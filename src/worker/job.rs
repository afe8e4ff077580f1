//! What the worker can do.
use crate::app::App;
use crate::loading::{self, Window};
use std::str::FromStr;

/// One thing that is done again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Efficiency and messages from the monitoring.
    LoadMonit,
    /// Tickets.
    LoadGgus,
    /// Sites, storage and downtimes.
    LoadCric,
    /// Who is to blame, and incidents.
    Blame,
    /// Messages about incidents.
    Notify,
    /// Old counts into daily sums, and what nobody needs any more away.
    Retention,
}

impl Job {
    /// All, with the names that schedules use.
    pub const ALL: [(&'static str, Self); 6] = [
        ("load-monit", Self::LoadMonit),
        ("load-ggus", Self::LoadGgus),
        ("load-cric", Self::LoadCric),
        ("blame", Self::Blame),
        ("notify", Self::Notify),
        ("retention", Self::Retention),
    ];

    /// Does it, and says in a sentence what came of it.
    ///
    /// # Errors
    /// Why it could not be done.
    pub async fn run(self, app: &App) -> anyhow::Result<String> {
        let window = Window::default();
        match self {
            Self::LoadMonit if !app.config.has_monitoring() => {
                Ok("MONIT_URL is not set, so nothing is loaded.".into())
            }
            Self::LoadGgus if app.config.ggus.is_none() => {
                Ok("GGUS_URL is not set, so nothing is loaded.".into())
            }
            Self::LoadCric if app.config.cric.is_none() => {
                Ok("CRIC_URL is not set, so nothing is loaded.".into())
            }
            Self::LoadMonit => Ok(loading::monit::load(app, window, false).await?.to_string()),
            Self::LoadGgus => Ok(loading::ggus::load(app, window, false).await?.to_string()),
            Self::LoadCric => Ok(loading::cric::load(app, false).await?.to_string()),
            Self::Blame => Ok(crate::incidents::judge(app, None).await?.to_string()),
            Self::Notify => Ok(crate::notify::run(app).await?.to_string()),
            Self::Retention => super::retention::run(app).await,
        }
    }
}

impl FromStr for Job {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.iter().find(|(name, _)| *name == text).map(|(_, job)| *job).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|(name, _)| *name).collect();
            format!("there is no job “{text}”; there are {}", names.join(", "))
        })
    }
}
