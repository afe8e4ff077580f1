//! What a change would move, before it is made.
use crate::app::App;
use crate::error::Result;
use crate::loading::{Belongs, CategoryBook};
use entity::{error_category, issue};
use sea_orm::{EntityTrait, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// Issues looked at, newest first: enough to judge by, and a page does not wait for more.
const LOOKED_AT: u64 = 20_000;
/// Messages shown of each.
const SAMPLES: usize = 3;

/// Messages that would move between two categories.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sample {
    /// Title of the category that they leave; empty if they have none.
    pub from: String,
    /// Title of the category that they go to; empty for one that is yet to be made.
    pub to: String,
    /// How many issues.
    pub issues: u64,
    /// How many failures.
    pub failures: i64,
    /// Some of their messages.
    pub messages: Vec<String>,
}

/// What would move.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preview {
    /// By the category left and entered, the largest first.
    pub samples: Vec<Sample>,
    /// Issues looked at.
    pub seen: u64,
    /// Whether there are more.
    pub more: bool,
    /// Issues that the pattern matches and that are in the category already.
    pub stay: u64,
}

/// Looks at the newest issues as if a category (0 for a new one) had a pattern.
///
/// # Errors
/// What the database says.
pub async fn preview(app: &App, category: i64, pattern: Option<&str>, priority: i32) -> Result<Preview> {
    let titles: BTreeMap<i64, String> = error_category::Entity::find()
        .select_only()
        .columns([error_category::Column::Id, error_category::Column::Title])
        .into_tuple::<(i64, String)>()
        .all(&app.db)
        .await?
        .into_iter()
        .collect();
    let mut book = CategoryBook::read(&(&app.db).into()).await?;
    book.pretend(category, pattern, priority);
    let rows: Vec<issue::Model> = issue::Entity::find()
        .order_by_desc(issue::Column::LastSeen)
        .limit(LOOKED_AT + 1)
        .all(&app.db)
        .await?;
    let mut preview = Preview { more: rows.len() as u64 > LOOKED_AT, ..Preview::default() };
    let mut groups: BTreeMap<(Option<i64>, Option<i64>), Sample> = BTreeMap::new();
    for row in rows.into_iter().take(LOOKED_AT as usize) {
        preview.seen += 1;
        let to = match book.find(row.operation, &row.message) {
            Belongs::To(id) => Some(id),
            Belongs::Nowhere(_) => None,
        };
        let (enters, leaves) = (to == Some(category), row.category_id == Some(category));
        if enters && leaves {
            preview.stay += 1;
        }
        if enters == leaves {
            continue;
        }
        let title = |id: Option<i64>| id.and_then(|id| titles.get(&id).cloned()).unwrap_or_default();
        let group = groups.entry((row.category_id, to)).or_insert_with(|| Sample {
            from: title(row.category_id),
            to: title(to),
            ..Sample::default()
        });
        group.issues += 1;
        group.failures += row.failures_total;
        if group.messages.len() < SAMPLES {
            group.messages.push(row.message);
        }
    }
    preview.samples = groups.into_values().collect();
    preview.samples.sort_by_key(|sample| std::cmp::Reverse(sample.issues));
    Ok(preview)
}
