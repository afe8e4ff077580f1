//! Recording what was done about an issue.
use super::support::TestApp;
use entity::{action, action_taken, audit_log, issue, ticket, ticket_issue};
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn a_shifter_records_an_action_with_everything_in_one_go() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let wait = app.add("actions", &[("name", "Wait one hour")]).await.to_string();
    let mut shifter = app.signed_in("Shifters").await;
    let page = shifter.get(&format!("/issues/{id}/")).await;
    assert!(page.text().contains("421 Service busy") && page.text().contains("Record what you did"));
    let fields = [
        ("action", &*wait),
        ("side", "destination"),
        ("worked", "yes"),
        ("ticket", "GGUS:1000981"),
        ("status", "ongoing"),
        ("comment", "Door restarted."),
    ];
    let answer = shifter.post(&format!("/issues/{id}/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let record = action_taken::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(
        (record.taken_at, record.worked, record.worked_at),
        (app.app.now(), action_taken::Worked::Yes, Some(app.app.now()))
    );
    assert_eq!(record.site_id, Some(app.site("INFN-T1").await));
    assert!(record.user_id.is_some() && record.ticket_id.is_some());
    assert_eq!(ticket_issue::Entity::find().count(&app.app.db).await.unwrap(), 1);
    let ticket = ticket::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(
        (ticket.reference.as_str(), ticket.url.as_deref()),
        ("1000981", Some("https://helpdesk.ggus.eu/#ticket/zoom/1000981"))
    );
    assert_eq!(
        issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().status,
        issue::Status::Ongoing
    );
    let page = shifter.get(&format!("/issues/{id}/")).await.text();
    for word in ["Wait one hour", "worked", "a-shifters", "INFN-T1", "GGUS 1000981", "Door restarted."] {
        assert!(page.contains(word), "{word}: {page}");
    }
    assert!(shifter.get(&format!("/admin/issues/{id}/history/")).await.text().contains("a-shifters"));
    assert!(
        shifter
            .get(&format!("/admin/actions-taken/{}/history/", record.id))
            .await
            .text()
            .contains("Wait one hour")
    );
    // A second click records nothing; later, the same ticket is the same ticket.
    assert_eq!(shifter.post(&format!("/issues/{id}/"), &fields).await.status, 302);
    assert_eq!(action_taken::Entity::find().count(&app.app.db).await.unwrap(), 1);
    app.wait(chrono::Duration::minutes(5));
    assert_eq!(shifter.post(&format!("/issues/{id}/"), &fields).await.status, 302);
    assert_eq!(ticket::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn a_new_action_is_typed_once_and_known_from_then_on() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let mut shifter = app.signed_in("Shifters").await;
    for text in ["Restart the door", "restart THE door"] {
        app.wait(chrono::Duration::minutes(5));
        let answer = shifter
            .post(&format!("/issues/{id}/"), &[("action", "other"), ("other", text), ("worked", "pending")])
            .await;
        assert_eq!(answer.status, 302, "{}", answer.text());
    }
    assert_eq!(action::Entity::find().count(&app.app.db).await.unwrap(), 1);
    assert_eq!(action_taken::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn a_record_with_something_wrong_leaves_nothing_behind() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let mut shifter = app.signed_in("Shifters").await;
    let before = audit_log::Entity::find().count(&app.app.db).await.unwrap();
    let long = "x".repeat(200);
    for (fields, field) in [
        (vec![("action", "")], "action"),
        (vec![("action", "other"), ("other", " ")], "action"),
        (vec![("action", "999"), ("worked", "yes")], "action"),
        (vec![("action", "other"), ("other", &*long)], "other"),
        (vec![("action", "other"), ("other", "New one"), ("side", "moon")], "side"),
        (
            vec![("action", "other"), ("other", "New one"), ("worked", "perhaps"), ("ticket", "1000981")],
            "worked",
        ),
        (vec![("action", "other"), ("other", "New one"), ("ticket", &*long)], "ticket"),
        (vec![("action", "other"), ("other", "New one"), ("ticket", "soon")], "ticket"),
        (vec![("action", "other"), ("other", "New\0one")], "other"),
        (vec![("action", "other"), ("other", "New one"), ("ticket", "1\0")], "ticket"),
        (vec![("action", "other"), ("other", "New one"), ("status", "closed")], "status"),
    ] {
        let mut all = fields.clone();
        all.push(("comment", "Kept <b>text</b>"));
        let answer = shifter.post(&format!("/issues/{id}/"), &all).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        assert!(!answer.all(&format!("#{field}-errors .err")).is_empty(), "{fields:?}");
        assert_eq!(answer.all("#id_comment"), ["Kept <b>text</b>"]);
    }
    assert_eq!(audit_log::Entity::find().count(&app.app.db).await.unwrap(), before);
    assert_eq!(
        action::Entity::find().count(&app.app.db).await.unwrap()
            + action_taken::Entity::find().count(&app.app.db).await.unwrap()
            + ticket::Entity::find().count(&app.app.db).await.unwrap(),
        0
    );
}

#[tokio::test]
async fn only_those_who_may_record_see_the_form() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let mut viewer = app.signed_in("Viewers").await;
    assert!(!viewer.get(&format!("/issues/{id}/")).await.has("form[action^='/issues/']"));
    assert_eq!(
        viewer.post(&format!("/issues/{id}/"), &[("action", "other"), ("other", "x")]).await.status,
        403
    );
    for path in ["/issues/999/", "/issues/abc/"] {
        assert_eq!(viewer.get(path).await.status, 404);
    }
    assert_eq!(app.signed_in("").await.get(&format!("/issues/{id}/")).await.status, 403);
}

#[tokio::test]
async fn a_comment_that_is_too_long_comes_back_with_the_reason() {
    let app = TestApp::new().await;
    let id = app.issue("x", "WT2", "INFN-T1").await;
    let mut shifter = app.signed_in("Shifters").await;
    let long = "long ".repeat(2000);
    for comment in [long.as_str(), "a\0b"] {
        let fields =
            [("action", "other"), ("other", "New one"), ("comment", comment), ("next", "/admin/issues/")];
        let answer = shifter.post(&format!("/issues/{id}/"), &fields).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.all("#comment-errors .err").len(), 1);
        assert!(answer.html().contains(&comment.replace('\0', "")[..1]));
        assert_eq!(answer.value("#id_other").as_deref(), Some("New one"));
        assert_eq!(
            answer.value("input[name=next][value='/admin/issues/']").as_deref(),
            Some("/admin/issues/")
        );
    }
    let answer = shifter
        .post(&format!("/issues/{id}/"), &[("action", "other"), ("other", "New one"), ("comment", &long)])
        .await;
    assert_eq!(answer.all("#id_comment"), [long.trim()]);
    assert_eq!(action::Entity::find().count(&app.app.db).await.unwrap(), 0);
}
