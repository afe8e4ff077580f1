//! The original's table of solutions held two things: what is suggested for a category, and what somebody answered
//! when asked whether it worked. Both keep their old number in `solution`, by which its clients know them.
use super::issues::Issues;
use super::names::{PROPOSED, UNKNOWN};
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept};
use crate::fixture::{fail, go_on};
use entity::vocabulary::Side;
use entity::{action, solution, suggested_action};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ActiveEnum, ActiveModelTrait, ColumnTrait, EntityTrait, QueryFilter, QueryOrder, Set};

/// What a row is.
enum Sort {
    Suggestion(i64),
    Answer(i64),
    Nothing,
}

/// Moves suggestions in, then answers, which may mean a suggestion.
pub(super) async fn all(
    to: To<'_>,
    rows: &[OldRow],
    issues: &Issues,
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut errors = Vec::new();
    let mut answers = Vec::new();
    let marks = Marks::read(to).await?;
    for row in rows {
        let line = report.becoming(row.table.table(), "suggested actions, answers");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        let sort = sort(row, keys)?;
        let category = match keys.follow(row, "category", Table::Category)? {
            // Of opint-framework: the category of an issue that names it.
            None => issues.solved.get(&row.pk).copied(),
            known => known,
        };
        let Some(category) = category else {
            leave_out(row, "it names no category, and no issue names it", report);
            continue;
        };
        match sort {
            Sort::Nothing => leave_out(row, "it names a cause and no action", report),
            Sort::Suggestion(action) if marks.is(action) => {
                leave_out(row, "it suggests what is no action", report);
            }
            Sort::Suggestion(action) => match suggest(to, row, category, action, report).await {
                Ok(suggestion) => number_suggestion(to, row, suggestion, keys, report).await?,
                Err(error) => errors.push(format!("{}: {error:#}", row.name())),
            },
            Sort::Answer(action) => answers.push((row, category, action)),
        }
    }
    fail(errors)?;
    for (row, category, action) in answers {
        let id = answer(to, row, category, action, &marks, keys).await?;
        numbered(to, row, id, keys, report).await?;
    }
    Ok(())
}

fn leave_out(row: &OldRow, why: &str, report: &mut Report) {
    report.line(row.table.table()).dropped += 1;
    report.note("Solutions left out", format!("{}: {why}", row.name()));
}

/// A row of the first version has no `proposed_action`; one with a cause, an action and a chance is a suggestion.
fn sort(row: &OldRow, keys: &Keys) -> anyhow::Result<Sort> {
    let proposed = keys.follow(row, "proposed_action", Table::Action)?;
    let done = match row.has("solution") {
        true => keys.follow(row, "solution", Table::Action)?,
        false => keys.follow(row, "action", Table::Action)?,
    };
    let first = !row.has("proposed_action");
    let suggests =
        first && row.key("cause")?.is_some() && row.number("propability")?.unwrap_or_default() > 0.0;
    Ok(match (proposed, done) {
        (_, Some(done)) if !suggests => Sort::Answer(done),
        (_, Some(action)) | (Some(action), None) => Sort::Suggestion(action),
        (None, None) => Sort::Nothing,
    })
}

/// Actions that are none.
struct Marks {
    unknown: Option<i64>,
    proposed: Option<i64>,
}

impl Marks {
    async fn read(to: To<'_>) -> anyhow::Result<Self> {
        let mut marks = Self { unknown: None, proposed: None };
        for row in
            action::Entity::find().filter(action::Column::Name.is_in([UNKNOWN, PROPOSED])).all(to.txn).await?
        {
            *(if row.name == UNKNOWN { &mut marks.unknown } else { &mut marks.proposed }) = Some(row.id);
        }
        Ok(marks)
    }

    fn is(&self, action: i64) -> bool {
        [self.unknown, self.proposed].contains(&Some(action))
    }
}

/// What “the suggested one” meant: the first that is suggested for the category.
async fn meant(to: To<'_>, category: i64) -> anyhow::Result<Option<i64>> {
    let first = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category))
        .filter(suggested_action::Column::IsActive.eq(true))
        .order_by_asc(suggested_action::Column::Position)
        .order_by_desc(suggested_action::Column::Prior)
        .order_by_asc(suggested_action::Column::Id)
        .one(to.txn)
        .await?;
    Ok(first.map(|first| first.action_id))
}

fn side(row: &OldRow) -> anyhow::Result<Side> {
    Ok(match row.text("affected_site")? {
        "src_site" => Side::Source,
        "dst_site" => Side::Destination,
        _ => Side::Unknown,
    })
}

/// A suggestion, made or found.
async fn suggest(
    to: To<'_>,
    row: &OldRow,
    category: i64,
    action: i64,
    report: &mut Report,
) -> anyhow::Result<i64> {
    let chance = row.number("propability")?.unwrap_or_default() / 100.0;
    if !(0.0..=1.0).contains(&chance) {
        report.note("Chances outside 0 to 100 %, brought within", row.name());
    }
    let side = Some(side(row)?).filter(|side| *side != Side::Unknown);
    let mut there = suggested_action::Entity::find()
        .filter(suggested_action::Column::CategoryId.eq(category))
        .filter(suggested_action::Column::ActionId.eq(action))
        .filter(suggested_action::Column::SiteId.is_null())
        .filter(suggested_action::Column::Operation.is_null());
    there = match side {
        Some(side) => there.filter(suggested_action::Column::Side.eq(side.to_value())),
        None => there.filter(suggested_action::Column::Side.is_null()),
    };
    if let Some(there) = there.one(to.txn).await? {
        return Ok(there.id);
    }
    let mut fields = vec![
        ("category", category.to_string()),
        ("action", action.to_string()),
        ("prior", chance.clamp(0.0, 1.0).to_string()),
    ];
    fields.extend(side.map(|side| ("side", side.to_value())));
    to.save("suggested_action", fields, Vec::new()).await
}

/// Gives a suggestion its old number.
async fn number_suggestion(
    to: To<'_>,
    row: &OldRow,
    suggestion: i64,
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let there = solution::Entity::find()
        .filter(solution::Column::SuggestedActionId.eq(suggestion))
        .one(to.txn)
        .await?;
    if let Some(there) = there {
        if is_old(to, there.id).await? {
            report.line(row.table.table()).merged += 1;
            keys.set(row.table, row.pk, there.id);
            return kept::remember(to, row.table.table(), "solution", &[(row.pk, there.id)]).await;
        }
        // A number that the suggestion was given here makes way for the one that clients know.
        solution::Entity::delete_by_id(there.id).exec(to.txn).await?;
    }
    let at = row.moment("last_modified")?.unwrap_or(to.deed.at);
    let model = solution::ActiveModel {
        suggested_action_id: Set(Some(suggestion)),
        created_at: Set(at),
        updated_at: Set(at),
        version: Set(1),
        ..Default::default()
    };
    numbered(to, row, model, keys, report).await
}

/// Whether a number is one of another row that was moved in.
async fn is_old(to: To<'_>, id: i64) -> anyhow::Result<bool> {
    use entity::imported_row::{Column, Entity};
    let row =
        Entity::find().filter(Column::NewTable.eq("solution").and(Column::NewId.eq(id))).one(to.txn).await?;
    Ok(row.is_some())
}

async fn answer(
    to: To<'_>,
    row: &OldRow,
    category: i64,
    action: i64,
    marks: &Marks,
    keys: &Keys,
) -> anyhow::Result<solution::ActiveModel> {
    let at = row.moment("last_modified")?.unwrap_or(to.deed.at);
    let meant = match marks.proposed == Some(action) {
        true => match keys.follow(row, "proposed_action", Table::Action)? {
            None => meant(to, category).await?,
            known => known,
        },
        false => None,
    };
    let cause = match keys.follow(row, "real_cause", Table::Cause)? {
        None => keys.follow(row, "cause", Table::Cause)?,
        known => known,
    };
    Ok(solution::ActiveModel {
        category_id: Set(Some(category)),
        action_id: Set(Some(action)),
        meant_action_id: Set(meant),
        real_cause_id: Set(cause),
        side: Set(side(row)?),
        propability: Set(row.number("propability")?.unwrap_or_default()),
        score: Set(row.flag("score")?),
        created_at: Set(at),
        updated_at: Set(at),
        version: Set(1),
        ..Default::default()
    })
}

/// Writes a number as the old one, or another where that is taken.
async fn numbered(
    to: To<'_>,
    row: &OldRow,
    mut model: solution::ActiveModel,
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let free = solution::Entity::find_by_id(row.pk).one(to.txn).await?.is_none();
    if free {
        model.id = Set(row.pk);
    }
    let id = model.insert(to.txn).await?.id;
    // What gets a number by itself from now on, gets one behind it.
    go_on(to.txn, "solution").await?;
    if !free {
        report.note("Solutions with another number, since theirs was taken", format!("{} is {id}", row.pk));
    }
    report.line(row.table.table()).made += 1;
    keys.set(row.table, row.pk, id);
    kept::remember(to, row.table.table(), "solution", &[(row.pk, id)]).await
}
