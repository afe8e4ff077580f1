//! Records whose outcome nobody has given yet, with what the counts say meanwhile.
use super::rates::{Rates, Scope};
use super::words::{plural, site_on};
use crate::admin::thousands;
use crate::app::App;
use crate::error::Result;
use chrono::{DateTime, Duration, Utc};
use entity::action_taken::Worked;
use entity::{action, action_taken, issue, site, user};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::{BTreeSet, HashMap};

/// Before so many hours nothing is asked.
const SOONEST: i64 = 1;
/// After so many hours failures persist.
const PERSIST: i64 = 4;
/// After so many days nobody knows any more.
const FORGOTTEN: i64 = 7;
/// Records looked at for one question: an incident's issues are recorded together.
const TOGETHER: u64 = 8;

/// What the counts suggest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Likely {
    /// The failures are less than half of what they were.
    Worked,
    /// They go on.
    Failing,
}

/// A record that wants an outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Key of the record; the answer goes to `/records/<key>/outcome/`.
    pub record: i64,
    /// The issue that it is about.
    pub issue: i64,
    /// How many further records were made with it, and are answered with it.
    pub also: usize,
    /// What was done.
    pub action: String,
    /// The site at fault, if one was named.
    pub site: Option<String>,
    /// Who did it.
    pub who: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Failures an hour just before.
    pub before: Option<i64>,
    /// Failures an hour since, once a full hour was counted.
    pub after: Option<i64>,
    /// What these suggest.
    pub likely: Option<Likely>,
}

impl Question {
    /// What was done and where: "Submit a ticket, WT2".
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = self.action.clone();
        if let Some(site) = &self.site {
            label.push_str(", ");
            label.push_str(site);
        }
        if self.also > 0 {
            label.push_str(&format!(", with {}", plural(self.also, "other issue", "other issues")));
        }
        label
    }

    /// The outcome proposed: "likely worked: 1,204 → 216 /h".
    #[must_use]
    pub fn proposal(&self) -> Option<String> {
        let words = match self.likely? {
            Likely::Worked => "likely worked",
            Likely::Failing => "still failing",
        };
        let numbers = crate::shift::numbers::with_unit(self.after?, "/h");
        Some(format!("{words}: {} → {numbers}", thousands(self.before?)))
    }

    /// The outcome to confirm with one click.
    #[must_use]
    pub fn answer(&self) -> Option<(&'static str, &'static str)> {
        match self.likely? {
            Likely::Worked => Some(("yes", "Confirm: it worked")),
            Likely::Failing => Some(("no", "Confirm: it did not work")),
        }
    }
}

/// What the counts suggest: half of the failures gone after an hour, or not after four.
fn likely(before: Option<i64>, after: Option<i64>, age: Duration) -> Option<Likely> {
    let (before, after) = (before.filter(|before| *before > 0)?, after?);
    match after.saturating_mul(2) < before {
        true if age >= Duration::hours(SOONEST) => Some(Likely::Worked),
        false if age >= Duration::hours(PERSIST) => Some(Likely::Failing),
        _ => None,
    }
}

/// Records of the last days without an outcome that want one, newest first; those made together are one.
///
/// # Errors
/// What the database says.
pub async fn open_questions(app: &App, now: DateTime<Utc>, limit: usize) -> Result<Vec<Question>> {
    let rows = action_taken::Entity::find()
        .filter(action_taken::Column::Worked.eq(Worked::Pending))
        .filter(action_taken::Column::TakenAt.lte(now - Duration::hours(SOONEST)))
        .filter(action_taken::Column::TakenAt.gt(now - Duration::days(FORGOTTEN)))
        .order_by_desc(action_taken::Column::TakenAt)
        .order_by_asc(action_taken::Column::Id)
        .limit(TOGETHER.saturating_mul(limit as u64))
        .find_also_related(action::Entity)
        .find_also_related(user::Entity)
        .all(&app.db)
        .await?;
    let mut questions = of_records(app, now, rows).await?;
    questions.truncate(limit);
    Ok(questions)
}

/// A record with what was done and by whom.
pub(super) type Row = (action_taken::Model, Option<action::Model>, Option<user::Model>);

/// The questions of some records; at most six statements.
pub(super) async fn of_records(app: &App, now: DateTime<Utc>, rows: Vec<Row>) -> Result<Vec<Question>> {
    let wanted = |row: &Row| {
        let age = now - row.0.taken_at;
        row.0.worked == Worked::Pending && age >= Duration::hours(SOONEST) && age < Duration::days(FORGOTTEN)
    };
    let rows: Vec<Row> = rows.into_iter().filter(wanted).collect();
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let issues: HashMap<i64, issue::Model> = issue::Entity::find()
        .filter(issue::Column::Id.is_in(rows.iter().map(|row| row.0.issue_id).collect::<BTreeSet<_>>()))
        .all(&app.db)
        .await?
        .into_iter()
        .map(|issue| (issue.id, issue))
        .collect();
    let scope = |row: &action_taken::Model| {
        issues.get(&row.issue_id).map(|issue| Scope::of(issue, row.side, row.site_id))
    };
    let scopes: Vec<Scope> = rows.iter().filter_map(|row| scope(&row.0)).collect();
    let rates = Rates::read_with_end(app, now, &scopes).await?;
    let sites = super::places::sites(app, at_fault(&rows, &issues)).await?;
    let mut questions: Vec<Question> = Vec::new();
    let mut made: HashMap<(Option<i64>, DateTime<Utc>, i64), usize> = HashMap::new();
    for (row, action, user) in rows {
        let together = (row.user_id, row.taken_at, row.action_id);
        if let Some(first) = made.get(&together).and_then(|at| questions.get_mut(*at)) {
            first.also += 1;
            continue;
        }
        let after = scope(&row).and_then(|scope| rates.since(scope, row.taken_at));
        let likely = likely(row.failures_before, after, now - row.taken_at);
        if likely.is_none() && now - row.taken_at < Duration::hours(PERSIST) {
            continue;
        }
        made.insert(together, questions.len());
        questions.push(Question {
            record: row.id,
            issue: row.issue_id,
            also: 0,
            action: action.map(|action| action.name).unwrap_or_default(),
            site: site_of(&row, &issues)
                .and_then(|id| sites.get(&id))
                .map(|site: &site::Model| site.name.clone()),
            who: user.map_or_else(|| "not known".into(), |user| user.username),
            at: row.taken_at,
            before: row.failures_before,
            after,
            likely,
        });
    }
    Ok(questions)
}

fn site_of(row: &action_taken::Model, issues: &HashMap<i64, issue::Model>) -> Option<i64> {
    row.site_id.or_else(|| issues.get(&row.issue_id).and_then(|issue| site_on(issue, row.side)))
}

fn at_fault(rows: &[Row], issues: &HashMap<i64, issue::Model>) -> BTreeSet<i64> {
    rows.iter().filter_map(|row| site_of(&row.0, issues)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_are_proposed_with_patience() {
        for (before, after, hours, expected) in [
            (Some(1204), Some(216), 1, Some(Likely::Worked)),
            (Some(1204), Some(216), 0, None),
            (Some(1204), Some(602), 1, None),
            (Some(1204), Some(602), 4, Some(Likely::Failing)),
            (Some(1204), Some(1300), 3, None),
            (Some(1204), None, 9, None),
            (Some(0), Some(0), 9, None),
            (None, Some(5), 9, None),
        ] {
            assert_eq!(
                likely(before, after, Duration::hours(hours)),
                expected,
                "{before:?} {after:?} {hours}"
            );
        }
    }

    #[test]
    fn a_question_is_put_in_words() {
        let question = Question {
            record: 1,
            issue: 2,
            also: 3,
            action: "Submit a ticket".into(),
            site: Some("WT2".into()),
            who: "shifter01".into(),
            at: DateTime::UNIX_EPOCH,
            before: Some(1204),
            after: Some(216),
            likely: Some(Likely::Worked),
        };
        assert_eq!(question.label(), "Submit a ticket, WT2, with 3 other issues");
        assert_eq!(question.proposal().as_deref(), Some("likely worked: 1,204 → 216\u{202f}/h"));
    }
}
