//! Checks 52 to 58: what a form shows, and where it leads.
use crate::tests::support::TestApp;
use entity::{error_category, suggested_action};
use sea_orm::EntityTrait;

#[tokio::test]
async fn check_52_a_form_can_be_prefilled_from_its_address() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let form = browser.get("/admin/causes/add/?name=My+cause&fault_kind=timeout").await;
    assert_eq!(form.value("#id_name").as_deref(), Some("My cause"));
    assert_eq!(form.attributes("#id_fault_kind option[selected]", "value"), ["timeout"]);
}

#[tokio::test]
async fn check_53_one_field_or_two_need_a_change_and_what_was_typed_stays() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    for (tier, note) in [("1", "One field needs a change."), ("9", "2 fields need a change.")] {
        let page = browser.post("/admin/sites/add/", &[("name", ""), ("tier", tier), ("cloud", "IT")]).await;
        assert_eq!(page.status, 422);
        assert!(page.text().contains(note), "{}", page.text());
        assert!(page.all("title")[0].starts_with("Error:"));
        let kept = [page.value("#id_tier"), page.value("#id_cloud")];
        assert_eq!(kept, [Some(tier.to_owned()), Some("IT".to_owned())]);
    }
}

#[tokio::test]
async fn check_54_the_three_buttons_lead_where_they_say_with_the_list_kept() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let kept = "?_changelist_filters=q%3Da%26p%3D2";
    for (button, wanted) in [
        ("_save", "/admin/causes/?q=a&p=2".to_owned()),
        ("_continue", format!("/change/{kept}")),
        ("_addanother", format!("/admin/causes/add/{kept}")),
    ] {
        let path = format!("/admin/causes/add/{kept}");
        let answer = browser.post(&path, &[("name", button), (button, "1")]).await;
        assert_eq!(answer.status, 302);
        assert!(answer.location().ends_with(&wanted), "{button}: {}", answer.location());
        let page = browser.get(&answer.location()).await;
        assert!(page.text().contains(&format!("The cause “ {button} ” was added.")), "{}", page.text());
        assert!(!browser.get("/admin/causes/").await.text().contains("was added"), "a message is shown once");
        if button == "_continue" {
            let form = answer.location();
            let fields = [("name", "Other"), ("_version", "1"), (button, "1")];
            assert_eq!(browser.post(&form, &fields).await.location(), form, "the same form again");
            assert!(browser.get(&form).await.text().contains("The cause “ Other ” was changed."));
        }
    }
}

#[tokio::test]
async fn check_55_the_state_of_the_list_goes_along_to_a_row_and_back() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "One"), ("fault_kind", "timeout")]).await;
    let mut browser = app.signed_in("Operators").await;
    let list = "/admin/causes/?q=One&fault_kind__exact=timeout&o=-1&n=25";
    let kept = "?_changelist_filters=q%3DOne%26fault_kind__exact%3Dtimeout%26o%3D-1%26n%3D25";
    let page = browser.get(list).await;
    let own = |name: &str, kept: &str| format!("/admin/causes/{id}/{name}/{kept}");
    assert_eq!(page.attributes("tbody a.id", "href"), [own("change", kept)]);
    assert_eq!(page.attributes("a.btn.primary", "href"), [format!("/admin/causes/add/{kept}")]);
    for (kept, list) in [(kept, list), ("", "/admin/causes/")] {
        let form = browser.get(&own("change", kept)).await;
        assert_eq!(form.attributes("form[data-guard]", "action"), [own("change", kept)]);
        for (selector, wanted) in [
            (".save a.danger", own("delete", kept)),
            (".save a.quiet", list.to_owned()),
            (".head a[href*='/history/']", own("history", kept)),
            (".crumbs a[href^='/admin/causes/']", list.to_owned()),
        ] {
            assert_eq!(form.attributes(selector, "href"), [wanted], "{selector}");
        }
        let history = browser.get(&own("history", kept)).await;
        assert_eq!(history.attributes("a[data-edit]", "href"), [own("change", kept)]);
        let delete = browser.get(&own("delete", kept)).await;
        assert_eq!(delete.attributes("form.card", "action"), [own("delete", kept)]);
        let version = form.value("input[name=_version]").unwrap();
        let name = format!("One, version {version}");
        let fields = [("name", &*name), ("fault_kind", "timeout"), ("_version", &*version), ("_save", "1")];
        assert_eq!(browser.post(&own("change", kept), &fields).await.location(), list);
    }
    browser.get("/admin/").await;
    assert!(!browser.get(&own("change", "")).await.html().contains("_changelist_filters"));
}

#[tokio::test]
async fn check_56_whoever_may_only_look_gets_no_inputs_and_changes_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Old")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let form = browser.get(&format!("/admin/causes/{id}/change/")).await;
    assert_eq!(form.status, 200);
    assert!(!form.has("main input[name=name], main button, main textarea"));
    assert_eq!(form.all("title"), ["Old | View cause · OpInt"]);
    assert!(form.text().contains("you may look, not change"));
    assert_eq!(form.all(".save a"), ["Close"]);
    assert_eq!(
        browser
            .post(&format!("/admin/causes/{id}/change/"), &[("name", "New"), ("_version", "1")])
            .await
            .status,
        403
    );
    assert_eq!(browser.post("/admin/causes/add/", &[("name", "New")]).await.status, 403);
    assert_eq!(browser.post(&format!("/admin/causes/{id}/delete/"), &[("post", "yes")]).await.status, 403);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Old"]);
}

#[tokio::test]
async fn check_57_whoever_may_only_add_adds_and_comes_back_to_the_index() {
    let app = TestApp::new().await;
    let mut adds = app.with_rights("adds", &["causes.add"]).await;
    assert_eq!(adds.get("/admin/causes/add/").await.status, 200);
    for button in ["_save", "_continue"] {
        let answer = adds.post("/admin/causes/add/", &[("name", button), (button, "1")]).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/"));
        let page = adds.get("/admin/").await;
        assert_eq!(page.all(".notes .note"), [format!("The cause “{button}” was added.")]);
        assert!(!page.has(".notes a"), "nothing to follow");
    }
    assert_eq!(adds.get("/admin/causes/").await.status, 403);
}

#[tokio::test]
async fn check_58_saving_as_new_takes_the_right_to_add_and_makes_a_copy() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Busy"), ("priority", "1")]).await.to_string();
    let action = app.add("actions", &[("name", "Wait")]).await.to_string();
    let row =
        app.add("suggested-actions", &[("category", &*category), ("action", &*action)]).await.to_string();
    let mut browser = app.signed_in("Operators").await;
    let path = format!("/admin/error-categories/{category}/change/");
    assert!(browser.get(&path).await.has("[name=_saveasnew]"));
    let mut fields = vec![
        ("_saveasnew", "1"),
        ("_version", "1"),
        ("title", "Busy"),
        ("priority", "1"),
        ("state", "active"),
        ("suggested_actions-TOTAL_FORMS", "1"),
        ("suggested_actions-0-id", &*row),
        ("suggested_actions-0-_version", "1"),
        ("suggested_actions-0-action", &*action),
        ("suggested_actions-0-prior", "0.8"),
        ("suggested_actions-0-is_active", "true"),
    ];
    let mut changes = app.with_rights("changes", &["error-categories.change"]).await;
    assert!(!changes.get(&path).await.has("[name=_saveasnew]"));
    assert_eq!(changes.post(&path, &fields).await.status, 403);
    let refused = browser.post(&path, &fields).await;
    assert_eq!(refused.status, 422, "the title is taken");
    let buttons = refused.attributes(".save button", "name");
    assert_eq!(buttons, ["_saveasnew"], "saving would change the first");
    fields[2] = ("title", "Busier");
    let answer = browser.post(&path, &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert!(answer.location().ends_with("/change/") && answer.location() != path);
    let rows = error_category::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(rows.iter().map(|row| &*row.title).collect::<Vec<_>>(), ["Busy", "Busier"]);
    let copied = suggested_action::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(copied.iter().map(|row| row.category_id).collect::<Vec<_>>(), [rows[0].id, rows[1].id]);
}
