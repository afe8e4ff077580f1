//! Several issues at once, taking back, and what came of it.
use super::issue_page::{an_incident, blame};
use super::support::TestApp;
use crate::console::{Likely, open_questions};
use crate::loading::attempts::{Attempts, Ended, Ends};
use chrono::{Duration, DurationRound};
use entity::action_taken::{self, Worked};
use entity::vocabulary::{Operation, Side};
use entity::{action, issue, ticket, ticket_incident, ticket_issue};
use sea_orm::{EntityTrait, PaginatorTrait, QueryOrder};

/// Three issues of one incident, and an action.
async fn incident(app: &TestApp) -> (i64, [i64; 3], String) {
    let incident = an_incident(app, app.site("INFN-T1").await).await;
    let mut ids = [0; 3];
    for (id, source) in ids.iter_mut().zip(["WT2", "BNL-ATLAS", "CERN-PROD"]) {
        *id = app.issue("421 busy", source, "INFN-T1").await;
        blame(app, *id, Some(incident)).await;
    }
    (incident, ids, app.add("actions", &[("name", "Submit a ticket")]).await.to_string())
}

/// Transfers to INFN-T1 that failed in the last hours, the hour that goes on first.
async fn failed(app: &TestApp, counts: &[i64]) {
    let ends = Ends { src: app.site("WT2").await, dst: app.site("INFN-T1").await };
    let hour = app.app.now().duration_trunc(Duration::hours(1)).unwrap();
    let mut attempts = Attempts::default();
    for (failed, age) in counts.iter().zip(0..) {
        let ended = Ended { done: 10, failed: *failed, ..Ended::default() };
        attempts.add(Operation::Transfer, ends, hour - Duration::hours(age), None, ended);
    }
    let txn = crate::db::begin(&app.app.db).await.unwrap();
    attempts.write(&txn).await.unwrap();
    txn.commit().await.unwrap();
}

async fn records(app: &TestApp) -> Vec<action_taken::Model> {
    action_taken::Entity::find().order_by_asc(action_taken::Column::Id).all(&app.app.db).await.unwrap()
}

async fn status(app: &TestApp, id: i64) -> issue::Status {
    issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().status
}

#[tokio::test]
async fn one_click_records_with_defaults() {
    let app = TestApp::new().await;
    let (incident, [id, ..], action) = incident(&app).await;
    failed(&app, &[30, 1204, 7]).await;
    let mut shifter = app.signed_in("Shifters").await;
    let answer =
        shifter.post(&format!("/issues/{id}/"), &[("action", &action), ("next", "/admin/issues/")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/issues/"));
    let record = records(&app).await.pop().unwrap();
    assert_eq!((record.worked, record.side), (Worked::Pending, Side::Destination));
    assert_eq!(record.site_id, Some(app.site("INFN-T1").await));
    assert_eq!((record.incident_id, record.failures_before), (Some(incident), Some(1204)));
    assert_eq!(status(&app, id).await, issue::Status::Ongoing);
    let page = shifter.get("/admin/issues/").await;
    assert!(page.text().contains("Recorded “Submit a ticket”. Issue") && page.text().contains("is ongoing."));
    assert_eq!(page.attributes(".notes form", "action"), [format!("/records/{}/undo/", record.id)]);
    let answer =
        shifter.post(&format!("/issues/{id}/"), &[("action", &action), ("next", "//evil.example/")]).await;
    assert_eq!(answer.location(), format!("/issues/{id}/"));
}

#[tokio::test]
async fn an_incident_is_recorded_and_taken_back_as_one() {
    let app = TestApp::new().await;
    let (_, ids, _) = incident(&app).await;
    let alone = app.issue("other", "WT2", "INFN-T1").await;
    let mut shifter = app.signed_in("Shifters").await;
    let path = format!("/issues/{}/", ids[0]);
    let page = shifter.get(&path).await;
    assert!(page.text().contains("Also for the other 2 issues of this incident"), "{}", page.text());
    let (others, foreign) = (ids[1].to_string(), alone.to_string());
    let fields = [
        ("action", "other"),
        ("other", "Rang the site"),
        ("ticket", "GGUS:1000981"),
        ("status", "ongoing"),
        ("also", "1"),
        ("with", &*others),
        ("with", &*foreign),
    ];
    assert_eq!(shifter.post(&path, &fields).await.status, 302);
    let made = records(&app).await;
    assert_eq!(made.iter().map(|row| row.issue_id).collect::<Vec<_>>(), ids[..2]);
    assert_eq!(ticket_issue::Entity::find().count(&app.app.db).await.unwrap(), 2);
    assert_eq!(ticket_incident::Entity::find().count(&app.app.db).await.unwrap(), 1);
    assert_eq!(status(&app, ids[1]).await, issue::Status::Ongoing);
    assert_eq!(status(&app, ids[2]).await, issue::Status::New);
    assert!(shifter.get(&path).await.text().contains("for 2 issues"));

    app.wait(Duration::minutes(9));
    let undo = format!("/records/{}/undo/", made[1].id);
    assert_eq!(shifter.post(&undo, &[("next", &path)]).await.location(), path);
    assert!(shifter.get(&path).await.text().contains("Undone: 2 records were taken back."));
    assert!(records(&app).await.is_empty());
    for left in [
        ticket_issue::Entity::find().count(&app.app.db).await.unwrap(),
        ticket_incident::Entity::find().count(&app.app.db).await.unwrap(),
        ticket::Entity::find().count(&app.app.db).await.unwrap(),
        action::Entity::find().count(&app.app.db).await.unwrap() - 1,
    ] {
        assert_eq!(left, 0);
    }
    for id in ids {
        assert_eq!(status(&app, id).await, issue::Status::New);
    }
    assert!(shifter.get(&format!("/admin/issues/{}/history/", ids[1])).await.text().contains("a-shifters"));
    // The second click of a double click.
    assert_eq!(shifter.post(&undo, &[("next", &path)]).await.status, 302);
    assert_eq!(shifter.post("/records/999/undo/", &[]).await.status, 404);
}

#[tokio::test]
async fn what_others_use_stays_when_a_record_is_taken_back() {
    let app = TestApp::new().await;
    let (_, [id, other, _], _) = incident(&app).await;
    let mut one = app.signed_in("Shifters").await;
    app.user("shifter02", "Shifters").await;
    let mut two = app.sign_in("shifter02").await;
    let fields = [("action", "other"), ("other", "Rang the site"), ("ticket", "1000981")];
    one.post(&format!("/issues/{id}/"), &fields).await;
    app.wait(Duration::minutes(1));
    let answer = two.post(&format!("/issues/{id}/"), &fields).await;
    assert_eq!(answer.status, 302);
    let told = two.get(&format!("/issues/{id}/")).await.text();
    assert!(told.contains("a-shifters recorded “Rang the site” 1 min ago. Both records are kept."), "{told}");
    two.post(&format!("/issues/{other}/"), &fields[..2]).await;
    let told = two.get(&format!("/issues/{other}/")).await.text();
    assert!(told.contains(&format!("for issue {id} of the same incident")), "{told}");
    let first = records(&app).await[0].id;
    assert_eq!(two.post(&format!("/records/{first}/undo/"), &[]).await.status, 403);
    assert_eq!(one.post(&format!("/records/{first}/undo/"), &[]).await.status, 302);
    assert_eq!(records(&app).await.len(), 2);
    assert_eq!(ticket::Entity::find().count(&app.app.db).await.unwrap(), 1);
    assert_eq!(ticket_issue::Entity::find().count(&app.app.db).await.unwrap(), 1);
    assert_eq!(action::Entity::find().count(&app.app.db).await.unwrap(), 2);
    assert_eq!(status(&app, id).await, issue::Status::Ongoing);
}

#[tokio::test]
async fn after_ten_minutes_nothing_is_taken_back() {
    let app = TestApp::new().await;
    let (_, [id, ..], action) = incident(&app).await;
    let mut shifter = app.signed_in("Shifters").await;
    shifter.post(&format!("/issues/{id}/"), &[("action", &action)]).await;
    let record = records(&app).await[0].id;
    assert!(shifter.get(&format!("/issues/{id}/")).await.has(".tl form[action$='/undo/']"));
    app.wait(Duration::minutes(11));
    assert!(!shifter.get(&format!("/issues/{id}/")).await.has(".tl form[action$='/undo/']"));
    let answer = shifter.post(&format!("/records/{record}/undo/"), &[]).await;
    assert_eq!(answer.status, 409);
    assert!(answer.text().contains("Too late to undo"));
    assert_eq!(records(&app).await.len(), 1);
    assert_eq!(shifter.get(&format!("/records/{record}/undo/")).await.status, 405);
    assert_eq!(
        app.signed_in("Viewers").await.post(&format!("/records/{record}/undo/"), &[]).await.status,
        403
    );
}

#[tokio::test]
async fn a_form_sent_twice_makes_one_record() {
    let app = TestApp::new().await;
    let (_, [id, ..], action) = incident(&app).await;
    let mut shifter = app.signed_in("Shifters").await;
    let path = format!("/issues/{id}/");
    let seen = shifter.get(&path).await.value("input[name=seen]").unwrap();
    let fields = [("action", &*action), ("seen", &*seen), ("comment", "two\r\nlines")];
    for _ in 0..3 {
        app.wait(Duration::minutes(2));
        assert_eq!(shifter.post(&path, &fields).await.status, 302);
    }
    assert_eq!(records(&app).await.len(), 1);
    // The note is there once, with the button.
    assert_eq!(shifter.get(&path).await.all(".notes .note").len(), 1);
}

#[tokio::test]
async fn an_outcome_is_proposed_and_given_for_all_of_a_post() {
    let app = TestApp::new().await;
    let (_, [id, ..], action) = incident(&app).await;
    failed(&app, &[30, 1204]).await;
    let mut shifter = app.signed_in("Shifters").await;
    let path = format!("/issues/{id}/");
    shifter.post(&path, &[("action", &action), ("also", "1")]).await;
    assert_eq!(records(&app).await.len(), 3);
    app.wait(Duration::hours(3));
    // No counts since: nobody knows.
    assert!(open_questions(&app.app, app.app.now(), 10).await.unwrap().is_empty());
    failed(&app, &[0, 216, 216]).await;
    let questions = open_questions(&app.app, app.app.now(), 10).await.unwrap();
    assert_eq!(questions.len(), 1);
    assert_eq!((questions[0].likely, questions[0].also), (Some(Likely::Worked), 2));
    assert_eq!(questions[0].proposal().as_deref(), Some("likely worked: 1,204 → 216\u{202f}/h"));
    assert_eq!(questions[0].label(), "Submit a ticket, INFN-T1, with 2 other issues");
    let page = shifter.get(&path).await;
    assert!(page.text().contains("likely worked: 1,204 → 216"), "{}", page.text());
    let record = records(&app).await[0].id;
    let outcome = format!("/records/{record}/outcome/");
    assert_eq!(shifter.post(&outcome, &[("worked", "perhaps")]).await.status, 422);
    let answer = shifter.post(&outcome, &[("worked", "yes"), ("together", "1"), ("next", "/report/")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/report/"));
    assert!(
        records(&app)
            .await
            .iter()
            .all(|row| row.worked == Worked::Yes && row.worked_at == Some(app.app.now()))
    );
    assert!(open_questions(&app.app, app.app.now(), 10).await.unwrap().is_empty());
    // Corrected for one.
    shifter.post(&outcome, &[("worked", "no")]).await;
    let worked: Vec<Worked> = records(&app).await.iter().map(|row| row.worked).collect();
    assert_eq!(worked, [Worked::No, Worked::Yes, Worked::Yes]);
    assert_eq!(app.signed_in("Viewers").await.post(&outcome, &[("worked", "no")]).await.status, 403);
    assert_eq!(shifter.post("/records/x/outcome/", &[("worked", "no")]).await.status, 404);
}

#[tokio::test]
async fn failures_that_persist_are_asked_about_after_four_hours() {
    let app = TestApp::new().await;
    let (_, [id, ..], action) = incident(&app).await;
    failed(&app, &[30, 1000]).await;
    let mut shifter = app.signed_in("Shifters").await;
    shifter.post(&format!("/issues/{id}/"), &[("action", &action)]).await;
    app.wait(Duration::hours(3));
    failed(&app, &[900, 900, 900]).await;
    assert!(open_questions(&app.app, app.app.now(), 10).await.unwrap().is_empty());
    app.wait(Duration::hours(2));
    failed(&app, &[900, 900]).await;
    let questions = open_questions(&app.app, app.app.now(), 10).await.unwrap();
    assert_eq!(questions[0].likely, Some(Likely::Failing));
    assert_eq!(questions[0].answer().map(|answer| answer.0), Some("no"));
    assert!(shifter.get(&format!("/issues/{id}/")).await.text().contains("still failing: 1,000 → 900"));
}
