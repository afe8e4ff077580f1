//! The strip of six numbers, each with its day and a link to the list behind it.
use super::{Spark, address};
use crate::admin::{Verb, thousands};
use crate::error::Result;
use crate::shift::numbers::{against_usual, efficiency, median, percent};
use crate::shift::situation::{Series, Situation};
use crate::web::Visit;
use chrono::TimeDelta;
use entity::ticket;
use entity::vocabulary::Operation;
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// One number.
pub(super) struct Kpi {
    /// What it counts.
    pub(super) title: String,
    /// The number.
    pub(super) value: String,
    /// Its unit, small.
    pub(super) unit: &'static str,
    /// Class and text of the comparison.
    pub(super) note: (&'static str, String),
    /// Its last day.
    pub(super) spark: Option<Spark>,
    /// The list behind it.
    pub(super) href: String,
}

/// Reads what the situation does not have, and draws the strip.
pub(super) async fn read(visit: &Visit, situation: &Situation) -> Result<Vec<Kpi>> {
    let mut kpis = vec![success(situation), done(situation), failed(situation)];
    if situation.asked.operation != Operation::Deletion && situation.asked.activity.is_none() {
        kpis.push(deletions(situation));
    }
    if visit.may("tickets", Verb::View) {
        kpis.push(tickets(visit, situation).await?);
    }
    kpis.push(unclassified(situation));
    Ok(kpis)
}

/// `Transfer`, at the beginning of a title.
fn word(situation: &Situation) -> &'static str {
    match situation.asked.operation {
        Operation::Transfer => "Transfer",
        Operation::Deletion => "Deletion",
        Operation::Staging => "Recall",
        Operation::Workflow => "Job",
    }
}

fn hours(situation: &Situation) -> usize {
    usize::try_from(situation.window.whole_hours()).unwrap_or(1)
}

/// Sums of the window.
fn window(values: &[i64], hours: usize) -> i64 {
    values.iter().rev().take(hours).sum()
}

/// The first hours of the chart: the same length as the window, a day before it ends; 0 for a window of a day.
fn earlier(values: &[i64], hours: usize) -> i64 {
    values.iter().take(if hours < values.len() { hours } else { 0 }).sum()
}

fn issues(situation: &Situation, more: &str) -> String {
    let operation = situation.asked.operation.to_value();
    let from = situation.window.from.format("%Y-%m-%dT%H:%M");
    format!("/admin/issues/?operation__exact={operation}&last_seen__gte={from}{more}")
}

fn success(situation: &Situation) -> Kpi {
    let (done, failed) = situation.sums();
    let (hours, total) = (hours(situation), &situation.total);
    let now = efficiency(done, failed);
    let before = efficiency(earlier(&total.done, hours), earlier(&total.failed, hours));
    let note = match (now, before) {
        (Some(now), Some(before)) => {
            let points = (now - before) * 100.0;
            match points {
                ..-0.1 => ("bad", format!("▼ {:.1} points since yesterday", -points)),
                0.1.. => ("good", format!("▲ {points:.1} points since yesterday")),
                _ => ("", "as yesterday".to_owned()),
            }
        }
        _ => ("", "nothing to compare with".to_owned()),
    };
    let share = |(done, failed): (&i64, &i64)| {
        // In thousandths: a chart of whole numbers.
        efficiency(*done, *failed).map_or(0, |share| (share * 1000.0) as i64)
    };
    let chart: Vec<i64> = total.done.iter().zip(&total.failed).map(share).collect();
    Kpi {
        title: format!("{} efficiency", word(situation)),
        value: now.map_or_else(|| "no data".into(), percent),
        unit: "",
        note,
        spark: Some(Spark::against(&chart, i64::MAX / 4)),
        href: address("/matrix/", &situation.asked, ""),
    }
}

fn done(situation: &Situation) -> Kpi {
    let (hours, values) = (hours(situation), &situation.total.done);
    let (now, before) = (situation.sums().0, situation.window.of_other_day(earlier(values, hours)));
    let change = if before > 0 { (now - before) * 100 / before } else { 0 };
    let note = match change {
        _ if before == 0 => "nothing to compare with".to_owned(),
        0 => "as yesterday".to_owned(),
        1.. => format!("▲ {change}\u{202f}% since yesterday"),
        _ => format!("▼ {}\u{202f}% since yesterday", -change),
    };
    Kpi {
        title: format!("{}s done", word(situation)),
        value: thousands(situation.window.per_hour(now)),
        unit: "/h",
        note: ("", note),
        spark: Some(Spark::against(values, i64::MAX / 4)),
        href: address("/matrix/", &situation.asked, "show=failures"),
    }
}

fn failed(situation: &Situation) -> Kpi {
    let title = format!("Failed {}", super::plural(situation.asked.operation));
    counted(situation, title, situation.sums().1, &situation.total, issues(situation, ""))
}

fn deletions(situation: &Situation) -> Kpi {
    let series = &situation.deletion_total;
    let now = window(&series.failed, hours(situation));
    let asked = crate::shift::situation::Asked { operation: Operation::Deletion, ..situation.asked.clone() };
    counted(situation, "Failed deletions".into(), now, series, address("/", &asked, ""))
}

fn counted(situation: &Situation, title: String, now: i64, series: &Series, href: String) -> Kpi {
    let usual = median(series.failed_before.clone());
    let known = !series.failed_before.is_empty();
    let note = match against_usual(now, usual) {
        _ if !known => ("", "the usual is not known".to_owned()),
        text if now > usual.saturating_mul(5) / 4 => ("bad", format!("▲ {text}")),
        text => ("", text),
    };
    Kpi {
        title,
        value: thousands(situation.window.per_hour(now)),
        unit: "/h",
        note,
        spark: Some(Spark::against(&series.failed, situation.window.per_hour(usual))),
        href,
    }
}

async fn tickets(visit: &Visit, situation: &Situation) -> Result<Kpi> {
    let silent = visit.now - TimeDelta::hours(i64::from(situation.settings.reply_hours));
    let open = ticket::Entity::find().filter(ticket::Column::IsOpen.eq(true));
    let waiting = open.clone().filter(ticket::Column::ChangedAt.lt(silent)).count(&visit.app.db).await?;
    let open = open.count(&visit.app.db).await?;
    let note = match waiting {
        0 => ("good", "all were touched lately".to_owned()),
        1 => ("warn", format!("1 waits for a reply over {}\u{202f}h", situation.settings.reply_hours)),
        _ => ("warn", format!("{waiting} wait for a reply over {}\u{202f}h", situation.settings.reply_hours)),
    };
    Ok(Kpi {
        title: "Open tickets".into(),
        value: thousands(i64::try_from(open).unwrap_or(i64::MAX)),
        unit: "",
        note,
        spark: None,
        href: "/admin/tickets/?is_open__exact=true".into(),
    })
}

fn unclassified(situation: &Situation) -> Kpi {
    let all: i64 = situation.failures.iter().map(|failed| failed.count).sum();
    let none = situation.failures.iter().filter(|failed| failed.category.is_none());
    let none: i64 = none.map(|failed| failed.count).sum();
    let note = match none {
        0 => ("good", "every error has a category".to_owned()),
        none => ("", format!("{} failures", thousands(none))),
    };
    Kpi {
        title: "Unclassified errors".into(),
        value: efficiency(none, all - none).map_or_else(|| "none".into(), percent),
        unit: "",
        note,
        spark: None,
        href: issues(situation, "&category__isnull=True"),
    }
}
