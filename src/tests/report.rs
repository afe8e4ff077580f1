//! The shift report, and notes for the next shift.
use super::support::{Client, TestApp};
use crate::loading::attempts::{Attempts, Ended, Ends};
use chrono::{DateTime, Duration, Utc};
use entity::vocabulary::Operation;
use entity::{audit_log, handover_note};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// The shift in which the clock of the tests stands.
const NOW: &str = "/report/?shift=2026-11-21-morning";

fn at(text: &str) -> DateTime<Utc> {
    crate::admin::parse_moment(text).expect("a time")
}

async fn count(app: &TestApp, hour: &str, done: i64, failed: i64) {
    let ends = Ends { src: app.site("WT2").await, dst: app.site("INFN-T1").await };
    let mut attempts = Attempts::default();
    let ended = Ended { done, failed, ..Ended::default() };
    attempts.add(Operation::Transfer, ends, at(hour), None, ended);
    let txn = crate::db::begin(&app.app.db).await.unwrap();
    attempts.write(&txn).await.unwrap();
    txn.commit().await.unwrap();
}

/// An issue that began in the shift.
async fn fresh(app: &TestApp, message: &str, category: &str) -> i64 {
    let (source, destination) = (app.site("WT2").await.to_string(), app.site("INFN-T1").await.to_string());
    let category = app.add("error-categories", &[("title", category)]).await.to_string();
    let fields = [
        ("operation", "transfer"),
        ("message", message),
        ("src_site", &*source),
        ("dst_site", &*destination),
        ("category", &*category),
        ("attribution", "source"),
        ("first_seen", "2026-11-21T07:00"),
        ("last_seen", "2026-11-21T09:00"),
        ("failures_total", "8490"),
    ];
    app.add("issues", &fields).await
}

async fn record(app: &TestApp, browser: &mut Client, issue: i64, comment: &str) {
    let fields = [
        ("action", "other"),
        ("other", "Submit a ticket to the site"),
        ("side", "source"),
        ("worked", "pending"),
        ("ticket", "1000981"),
        ("comment", comment),
    ];
    assert_eq!(browser.post(&format!("/issues/{issue}/"), &fields).await.status, 302);
    app.app.counts.forget();
}

#[tokio::test]
async fn a_report_tells_what_the_shift_saw_and_did() {
    let app = TestApp::new().await;
    count(&app, "2026-11-21T07:00", 840, 160).await;
    count(&app, "2026-11-21T05:00", 990, 10).await;
    let new = fresh(&app, "421 Service busy", "Storage overloaded").await;
    let old = app.issue("No space left", "NEVIS", "TOKYO-LCG2").await;
    let mut shifter = app.signed_in("Shifters").await;
    record(&app, &mut shifter, new, "Wrote to the site").await;
    let answer =
        shifter.post("/handover/", &[("text", "Look at WT2 again"), ("site", "wt2"), ("next", NOW)]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, NOW));
    let mut admin = app.signed_in("Operators").await;
    let resolve = [("action", "set_resolved"), ("_selected_action", &*old.to_string()), ("post", "yes")];
    assert_eq!(admin.post("/admin/issues/", &resolve).await.status, 302);
    let page = shifter.get(NOW).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for words in [
        "Morning shift, Sat 21 Nov 2026, 06:00–14:00 UTC",
        "84.0 % of 1,000 transfers succeeded, 99.0 % before",
        "worst is WT2 as source (Storage overloaded, 8,490 failures)",
        "1 new issue, 1 solved, 1 still open",
        "tickets: 1 opened",
        "Look at WT2 again",
        "Submit a ticket to the site , GGUS 1000981",
        "Wrote to the site",
        "too early to tell",
        "NEVIS → TOKYO-LCG2",
        "a-operators",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert!(page.has("form.noprint[action^='/records/'] button[value=yes]"));
    assert_eq!(page.all("textarea[readonly]").len(), 1);
    // The links behind the numbers lead to the same issues.
    let list = page.attributes("section[aria-labelledby=r-new] td.num a", "href");
    assert_eq!(shifter.get(&list[0]).await.rows().len(), 1, "{list:?}");
    let list = page.attributes("section[aria-labelledby=r-open] p a", "href");
    assert_eq!(shifter.get(&list[0]).await.rows().len(), 1, "{list:?}");
    // Another site has had no part in it.
    let text = shifter.get(&format!("{NOW}&site=tokyo-lcg2")).await.text();
    assert!(
        text.contains("TOKYO-LCG2: Morning shift") && text.contains("No issue began in this time."),
        "{text}"
    );
    assert!(!text.contains("Submit a ticket") && !text.contains("Look at WT2 again"), "{text}");
}

#[tokio::test]
async fn the_same_comes_as_markdown_with_nothing_in_it_that_is_markup() {
    let app = TestApp::new().await;
    let evil = "<img src=x> | `code` [click](javascript:alert(1)) **bold**";
    let new = fresh(&app, "x", evil).await;
    let mut shifter = app.signed_in("Shifters").await;
    record(&app, &mut shifter, new, &format!("# Heading\n\n| {evil} |")).await;
    shifter.post("/handover/", &[("text", &format!("{evil}\n\n- [x] done")), ("next", NOW)]).await;
    let answer = shifter.get(&format!("{NOW}&format=md")).await;
    assert_eq!(answer.header("content-type"), "text/markdown; charset=utf-8");
    assert_eq!(
        answer.header("content-disposition"),
        "inline; filename=\"shift-report-2026-11-21-morning.md\""
    );
    assert!(answer.header("cache-control").contains("private"));
    let text = answer.html();
    assert!(text.starts_with("# Shift report: Morning shift, Sat 21 Nov 2026, 06:00–14:00 UTC\n"), "{text}");
    assert!(text.contains("?shift=2026-11-21-morning>"), "{text}");
    let escaped = "\\<img src=x\\> \\| \\`code\\` \\[click\\](javascript:alert(1)) \\*\\*bold\\*\\*";
    assert_eq!(text.matches(escaped).count(), text.matches("img src=x").count(), "{text}");
    assert!(text.matches("img src=x").count() >= 4, "{text}");
    assert!(text.contains("\\# Heading \\| "), "{text}");
    assert!(!text.lines().any(|line| line.starts_with("# Heading") || line.starts_with("- \\[x")), "{text}");
    let page = shifter.get(NOW).await;
    assert_eq!(page.all("textarea[readonly]")[0], text.split_whitespace().collect::<Vec<_>>().join(" "));
    assert!(!page.has("main img"));
}

#[tokio::test]
async fn what_an_address_asks_wrongly_is_said() {
    let app = TestApp::new().await;
    let mut viewer = app.signed_in("Viewers").await;
    let last = viewer.get("/report/").await;
    assert_eq!(last.status, 200);
    assert!(last.text().contains("Morning shift, Sat 21 Nov 2026, 06:00"), "{}", last.text());
    assert!(!last.has(".note.warn"));
    for query in [
        "shift=x",
        "shift=2026-13-45-morning",
        "shift=999999999999-12-31-night",
        "from=yesterday&to=tomorrow",
        "from=2026-11-21T10:00&to=2026-11-21T09:00",
        "from=1900-01-01&to=9999-12-31",
        "site=NOWHERE",
        "site=%00",
        "site=%FF%FE",
        "format=pdf",
        "shift[]=1&shift=&x=%3Cscript%3E",
        "from=2026-11-21T06:00:00%2B99:00",
    ] {
        let answer = viewer.get(&format!("/report/?{query}")).await;
        assert_eq!(answer.status, 200, "{query}");
        assert!(!answer.all(".note.warn p").is_empty(), "{query}");
        assert_eq!(viewer.get(&format!("/report/?{query}&format=md")).await.status, 200, "{query}");
    }
    let long = viewer.get("/report/?from=2026-01-01&to=2026-11-21").await;
    assert_eq!(long.value("#to").as_deref(), Some("2026-02-01T00:00"));
    // Always one address for one report.
    let same = viewer.get("/report/?from=2026-11-21T06:00&to=2026-11-21T14:00&site=").await;
    assert!(same.attributes(".made a", "href").contains(&NOW.to_owned()));
    for query in ["shift=2000-01-01-morning", "shift=2100-12-31-night", "from=2026-11-01&to=2026-12-01"] {
        assert_eq!(viewer.get(&format!("/report/?{query}")).await.status, 200, "{query}");
    }
}

#[tokio::test]
async fn a_report_shows_only_what_one_may_see() {
    let app = TestApp::new().await;
    let new = fresh(&app, "421 Service busy", "Storage overloaded").await;
    let mut shifter = app.signed_in("Shifters").await;
    record(&app, &mut shifter, new, "Secret plan").await;
    shifter.post("/handover/", &[("text", "A secret note"), ("next", NOW)]).await;
    assert_eq!(app.anonymous().get("/report/").await.status, 302);
    assert_eq!(app.signed_in("").await.get("/report/").await.status, 403);
    let mut some = app.with_rights("special", &["issues.view", "actions-taken.view"]).await;
    for path in [NOW.to_owned(), format!("{NOW}&format=md")] {
        let text = some.get(&path).await.html();
        assert!(text.contains("Storage overloaded") && text.contains("Secret plan"), "{text}");
        for word in ["secret note", "1000981", "For the next shift", "Tickets", "Incidents"] {
            assert!(!text.contains(word), "{path} {word}: {text}");
        }
    }
    let page = some.get(NOW).await;
    assert!(!page.has("form[action='/handover/']") && !page.has("form[action^='/records/']"));
    assert_eq!(some.get("/handover/").await.status, 403);
    assert_eq!(some.post("/handover/", &[("text", "x")]).await.status, 403);
}

#[tokio::test]
async fn a_note_with_something_wrong_comes_back_as_it_was_typed() {
    let app = TestApp::new().await;
    app.site("WT2").await;
    let mut shifter = app.signed_in("Shifters").await;
    let long = "x".repeat(2001);
    for (fields, field) in [
        (vec![("text", " ")], "note-text"),
        (vec![("text", &*long)], "note-text"),
        (vec![("text", "a\0b")], "note-text"),
        (vec![("text", "Kept"), ("site", "NOWHERE")], "note-site"),
        (vec![("text", "Kept"), ("site", "a\0b")], "note-site"),
        (vec![("text", "Kept"), ("watch_until", "2026-11-21T18:00")], "note-site"),
        (vec![("text", "Kept"), ("site", "WT2"), ("watch_until", "2026-11-21T09:00")], "note-watch"),
        (vec![("text", "Kept"), ("site", "WT2"), ("watch_until", "soon")], "note-watch"),
    ] {
        let mut all = fields.clone();
        all.push(("next", NOW));
        let answer = shifter.post("/handover/", &all).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(!answer.all(&format!("#{field}-errors .err")).is_empty(), "{fields:?}: {}", answer.text());
        assert_eq!(answer.value("form[action='/handover/'] input[name=next]").as_deref(), Some(NOW));
        if fields[0].1 == "Kept" {
            assert_eq!(answer.all("#note-text"), ["Kept"]);
            assert!(answer.has("details[open] #note-site"));
        }
    }
    assert_eq!(handover_note::Entity::find().count(&app.app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn a_note_is_written_once_with_author_time_and_history() {
    let app = TestApp::new().await;
    app.site("WT2").await;
    let mut shifter = app.signed_in("Shifters").await;
    let note =
        [("text", "Recovering"), ("site", "WT2"), ("watch_until", "2026-11-21T18:00"), ("next", "/report/")];
    for _ in 0..2 {
        assert_eq!(shifter.post("/handover/", &note).await.location(), "/report/");
    }
    let rows = handover_note::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].written_at, rows[0].watch_until), (app.app.now(), Some(at("2026-11-21T18:00"))));
    assert!(rows[0].user_id.is_some() && rows[0].site_id.is_some());
    let history = audit_log::Entity::find().filter(audit_log::Column::Resource.eq("handover-notes"));
    assert_eq!(history.count(&app.app.db).await.unwrap(), 1);
    for next in ["https://evil.example/", "//evil.example", "/\\evil.example"] {
        let answer = shifter.post("/handover/", &[("text", next), ("next", next)]).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/"), "{next}");
    }
    assert_eq!(shifter.post("/handover/", &[("text", "Without")]).await.location(), "/");
    assert_eq!(app.signed_in("Viewers").await.post("/handover/", &[("text", "x")]).await.status, 403);
}

#[tokio::test]
async fn the_log_has_records_and_notes_of_a_day_newest_first() {
    let app = TestApp::new().await;
    let new = fresh(&app, "421 Service busy", "Storage overloaded").await;
    let mut shifter = app.signed_in("Shifters").await;
    shifter.post("/handover/", &[("text", "Too old"), ("next", "/")]).await;
    app.wait(Duration::hours(20));
    shifter = app.sign_in("a-shifters").await;
    shifter.post("/handover/", &[("text", "First <b>note</b>"), ("next", "/")]).await;
    app.wait(Duration::hours(2));
    record(&app, &mut shifter, new, "Then done").await;
    app.wait(Duration::hours(3));
    shifter.post("/handover/", &[("text", "Last note"), ("next", "/")]).await;
    let page = shifter.get("/handover/").await;
    let entries = page.all(".log > li");
    assert_eq!(entries.len(), 3, "{entries:?}");
    assert!(entries[0].contains("Note: Last note"), "{entries:?}");
    assert!(
        entries[1].contains("WT2") && entries[1].contains("GGUS 1000981") && entries[1].contains("Then done")
    );
    assert!(entries[2].contains("First <b>note</b>") && entries[2].contains("a-shifters"), "{entries:?}");
}

#[tokio::test]
async fn an_issue_that_came_back_is_solved_and_back() {
    let app = TestApp::new().await;
    let id = fresh(&app, "421 Service busy", "Storage overloaded").await;
    let mut operator = app.signed_in("Operators").await;
    for action in ["set_resolved", "set_ongoing"] {
        let fields = [("action", action), ("_selected_action", &*id.to_string()), ("post", "yes")];
        assert_eq!(operator.post("/admin/issues/", &fields).await.status, 302);
    }
    let page = operator.get(NOW).await;
    assert_eq!(page.all("section[aria-labelledby=r-solved] .badge"), ["back again"]);
    // Before it was resolved, nothing was.
    let before = operator.get("/report/?shift=2026-11-20-night").await;
    assert!(before.text().contains("No issue was marked as resolved in this time."));
}

#[tokio::test]
async fn a_report_costs_the_same_however_much_there_is_to_tell() {
    let app = TestApp::new().await;
    let mut shifter = app.signed_in("Shifters").await;
    let mut costs = Vec::new();
    for round in 0..3 {
        for number in 0..4 {
            let id = fresh(&app, &format!("message {round} {number}"), &format!("Category {round} {number}"))
                .await;
            record(&app, &mut shifter, id, "Done").await;
            shifter.post("/handover/", &[("text", &format!("Note {round} {number}")), ("next", "/")]).await;
        }
        let (page, cost) = app.cost(&mut shifter, NOW).await;
        assert_eq!(page.status, 200);
        costs.push(cost);
    }
    assert!(costs.iter().all(|cost| *cost == costs[0] && *cost <= 26), "{costs:?}");
}
