//! Actions that ask first, and actions on the page of one record.
use super::support::TestApp;
use entity::{audit_log, issue};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

async fn status(app: &TestApp, id: i64) -> issue::Status {
    issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().status
}

#[tokio::test]
async fn an_action_with_a_form_asks_for_its_values_and_a_reason() {
    let app = TestApp::new().await;
    let (one, two) = (app.issue("x", "A", "B").await, app.issue("y", "A", "C").await);
    let mut browser = app.signed_in("Operators").await;
    let (first, second) = (one.to_string(), two.to_string());
    let ticked = [("action", "set_status"), ("_selected_action", &*first), ("_selected_action", &*second)];
    let page = browser.post("/admin/issues/?q=x", &ticked).await;
    assert_eq!(page.status, 200);
    assert!(
        page.has("[name=new-status]")
            && page.has("[name=reason][required]")
            && !page.has("[name=set-status]")
    );
    for (fields, why) in [
        (vec![("new-status", "muted")], "Say why"),
        (vec![("reason", "quiet")], "This field is required"),
        (vec![("new-status", "<b>"), ("reason", "quiet")], "not one of the choices"),
    ] {
        for step in [("step", "preview"), ("post", "yes")] {
            let all: Vec<_> = ticked.iter().copied().chain([step]).chain(fields.clone()).collect();
            let page = browser.post("/admin/issues/?q=x", &all).await;
            assert_eq!(page.status, 422, "{fields:?}");
            assert!(page.text().contains(why), "{}", page.text());
        }
    }
    let all: Vec<_> = ticked
        .iter()
        .copied()
        .chain([("step", "preview"), ("new-status", "muted"), ("reason", "quiet")])
        .collect();
    let preview = browser.post("/admin/issues/?q=x", &all).await;
    assert!(preview.text().contains("2 will change."), "{}", preview.text());
    let state = preview.value("input[name=_state]").unwrap();
    let mut fields = all.clone();
    fields.retain(|(name, _)| *name != "step");
    fields.extend([("post", "yes"), ("_state", &*state)]);
    let answer = browser.post("/admin/issues/?q=x", &fields).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/issues/?q=x"));
    assert_eq!(
        (status(&app, one).await, status(&app, two).await),
        (issue::Status::Muted, issue::Status::Muted)
    );
    let told = audit_log::Entity::find().filter(audit_log::Column::Reason.eq("quiet")).all(&app.app.db).await;
    assert_eq!(told.unwrap().len(), 2);
}

#[tokio::test]
async fn the_same_actions_stand_on_the_page_of_a_record_and_are_for_it_alone() {
    let app = TestApp::new().await;
    let (one, two) = (app.issue("x", "A", "B").await, app.issue("y", "A", "C").await);
    let mut browser = app.signed_in("Operators").await;
    let first = one.to_string();
    let form = browser.get(&format!("/admin/issues/{one}/change/?_changelist_filters=q%3Dx")).await;
    let acts = form.attributes("form[action*='/act/'] button", "value");
    assert_eq!(acts, ["set_ongoing", "set_resolved", "set_muted", "set_status"]);
    let list = browser.get("/admin/issues/").await;
    let menu = list.attributes("a.more", "href");
    assert!(menu.iter().any(|href| href.starts_with(&format!("/admin/issues/{one}/act/"))));
    assert!(browser.get(&menu[0]).await.has("button[value=set_resolved]"));
    let path = format!("/admin/issues/{one}/act/?_changelist_filters=q%3Dx");
    let fields = [("action", "set_resolved"), ("_selected_action", &*first), ("_version", "1")];
    let answer = browser.post(&path, &fields).await;
    assert_eq!(
        (answer.status, answer.location()),
        (302, format!("/admin/issues/{one}/change/?_changelist_filters=q%3Dx"))
    );
    assert_eq!(
        (status(&app, one).await, status(&app, two).await),
        (issue::Status::Resolved, issue::Status::New)
    );
    let page = browser.get(&answer.location()).await;
    let undo = page.attributes(".notes form", "action").remove(0);
    assert_eq!(browser.post(&path, &fields).await.status, 409, "another version than the one shown");
    browser.post(&undo, &[]).await;
    assert_eq!(status(&app, one).await, issue::Status::New);
    let ask = browser.post(&path, &[("action", "set_status"), ("_selected_action", &*first)]).await;
    assert!(ask.has("[name=new-status]") && ask.has("input[name=post][value=yes]"), "{}", ask.text());
    let fields =
        [("action", "set_status"), ("post", "yes"), ("new-status", "ongoing"), ("reason", "asked the site")];
    assert_eq!(browser.post(&path, &fields).await.status, 302);
    assert_eq!(status(&app, one).await, issue::Status::Ongoing);
}

#[tokio::test]
async fn whoever_may_not_change_a_record_finds_no_actions_and_cannot_send_them() {
    let app = TestApp::new().await;
    let one = app.issue("x", "A", "B").await;
    let mut viewer = app.signed_in("Viewers").await;
    let path = format!("/admin/issues/{one}/act/");
    let page = viewer.get(&path).await;
    assert!(page.status == 200 && !page.has("main form"), "{}", page.text());
    for action in ["set_resolved", "set_status", "edit_selected"] {
        let fields = [("action", action), ("post", "yes"), ("new-status", "muted"), ("reason", "x")];
        assert_eq!(viewer.post(&path, &fields).await.status, 403, "{action}");
    }
    assert_eq!(status(&app, one).await, issue::Status::New);
    let mut browser = app.signed_in("Operators").await;
    for action in ["", "nonsense", "delete_selected"] {
        assert_eq!(browser.post(&path, &[("action", action)]).await.status, 302);
        assert!(browser.get("/admin/").await.text().contains("Nothing was done"));
    }
    for odd in ["abc", "0", "-1", "99999999999999999999"] {
        assert_eq!(browser.get(&format!("/admin/issues/{odd}/act/")).await.status, 404);
        assert_eq!(
            browser.post(&format!("/admin/issues/{odd}/act/"), &[("action", "set_muted")]).await.status,
            404
        );
    }
}
