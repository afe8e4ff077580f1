//! Deleting rows.
use super::support::TestApp;
use entity::{error_category, site, suggested_action};
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn looking_at_the_confirmation_deletes_nothing() {
    let app = TestApp::new().await;
    let id = app.site("WT2").await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get(&format!("/admin/sites/{id}/delete/")).await;
    assert_eq!(page.status, 200);
    assert!(page.has("form button.danger") && page.text().contains("WT2"));
    let answer = browser
        .post(&format!("/admin/sites/{id}/delete/?_changelist_filters=q%3DW"), &[("post", "yes")])
        .await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?q=W"));
    assert!(browser.get("/admin/sites/").await.text().contains("was deleted"));
    assert_eq!(browser.get(&format!("/admin/sites/{id}/change/")).await.status, 404);
    let history = browser.get(&format!("/admin/sites/{id}/history/")).await;
    assert_eq!(history.status, 200, "what it was stays known");
    assert!(history.text().contains("Deleted"));
}

#[tokio::test]
async fn a_row_in_use_is_protected_and_says_by_what() {
    let app = TestApp::new().await;
    app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let id = app.site("WT2").await;
    let mut browser = app.signed_in("Operators").await;
    for answer in [
        browser.get(&format!("/admin/sites/{id}/delete/")).await,
        browser.post(&format!("/admin/sites/{id}/delete/"), &[("post", "yes")]).await,
    ] {
        assert_eq!(answer.status, 200);
        assert!(
            answer.text().contains("used by 1 issue") && answer.text().contains("421 Service busy"),
            "{}",
            answer.text()
        );
        assert!(!answer.has("button.danger"));
    }
    assert!(site::Entity::find_by_id(id).one(&app.app.db).await.unwrap().is_some());
}

#[tokio::test]
async fn what_goes_with_a_row_is_named_first() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Full"), ("priority", "1")]).await;
    let action = app.add("actions", &[("name", "Wait")]).await;
    app.add(
        "suggested-actions",
        &[
            ("category", &category.to_string()),
            ("action", &action.to_string()),
            ("prior", "0.5"),
            ("prior_weight", "4"),
        ],
    )
    .await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get(&format!("/admin/error-categories/{category}/delete/")).await;
    assert!(page.text().contains("1 suggested action"), "{}", page.text());
    // The action is needed by the suggestion.
    assert!(
        browser
            .get(&format!("/admin/actions/{action}/delete/"))
            .await
            .text()
            .contains("used by 1 suggested action")
    );
    assert_eq!(
        browser.post(&format!("/admin/error-categories/{category}/delete/"), &[("post", "yes")]).await.status,
        302
    );
    assert_eq!(suggested_action::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn several_rows_go_after_a_confirmation_or_none_does() {
    let app = TestApp::new().await;
    let (free, used) = (app.site("FREE").await.to_string(), app.site("USED").await.to_string());
    app.issue("x", "USED", "INFN-T1").await;
    let mut browser = app.signed_in("Operators").await;
    let both = [("action", "delete_selected"), ("_selected_action", &*free), ("_selected_action", &*used)];
    let page = browser.post("/admin/sites/?q=E", &both).await;
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("USED") && page.text().contains("used by 1 issue") && !page.has("button.danger")
    );
    let mut fields = both.to_vec();
    fields.extend([("post", "yes"), ("_expected", "2")]);
    let answer = browser.post("/admin/sites/?q=E", &fields).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?q=E"));
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 4, "none went");
    let one =
        [("action", "delete_selected"), ("_selected_action", &*free), ("post", "yes"), ("_expected", "1")];
    assert_eq!(browser.post("/admin/sites/", &one).await.status, 302);
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 3);
}

#[tokio::test]
async fn all_that_match_is_asked_of_the_database_again() {
    let app = TestApp::new().await;
    for number in 0..5 {
        app.add("causes", &[("name", &format!("Old {number}"))]).await;
    }
    app.add("causes", &[("name", "Kept")]).await;
    let mut browser = app.signed_in("Operators").await;
    let across = [("action", "delete_selected"), ("select_across", "1")];
    let page = browser.post("/admin/causes/?q=Old", &across).await;
    assert_eq!(page.value("input[name=_expected]").as_deref(), Some("5"));
    app.add("causes", &[("name", "Old 9")]).await;
    let mut fields = across.to_vec();
    fields.extend([("post", "yes"), ("_expected", "5")]);
    let changed = browser.post("/admin/causes/?q=Old", &fields).await;
    assert_eq!(changed.status, 422);
    assert!(changed.text().contains("The list has changed"));
    fields.pop();
    fields.push(("_expected", "6"));
    assert_eq!(browser.post("/admin/causes/?q=Old", &fields).await.status, 302);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept"]);
}

#[tokio::test]
async fn an_action_without_rows_or_right_does_nothing() {
    let app = TestApp::new().await;
    let id = app.site("WT2").await.to_string();
    let mut viewer = app.signed_in("Viewers").await;
    let mut operator = app.signed_in("Operators").await;
    for (by_viewer, fields) in [
        (
            true,
            vec![
                ("action", "delete_selected"),
                ("_selected_action", &*id),
                ("post", "yes"),
                ("_expected", "1"),
            ],
        ),
        (false, vec![("action", "delete_selected")]),
        (false, vec![("_selected_action", &*id)]),
        (false, vec![("action", "nonsense"), ("_selected_action", &*id)]),
        (false, vec![("action", "delete_selected"), ("_selected_action", "abc")]),
    ] {
        let browser = if by_viewer { &mut viewer } else { &mut operator };
        let answer = browser.post("/admin/sites/?o=1", &fields).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?o=1"), "{fields:?}");
        assert!(browser.get("/admin/sites/").await.text().contains("Nothing was done"));
    }
    // There is nothing to choose but exports.
    let offered = viewer.get("/admin/sites/").await.attributes("select[name=action] option", "value");
    assert!(offered.iter().all(|name| name.is_empty() || name.starts_with("export_")), "{offered:?}");
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn a_bulk_change_goes_through_the_same_save() {
    let app = TestApp::new().await;
    let (one, two) = (app.issue("x", "A", "B").await.to_string(), app.issue("y", "A", "C").await.to_string());
    let mut browser = app.signed_in("Operators").await;
    let fields = [
        ("action", "set_resolved"),
        ("_selected_action", &*one),
        ("_selected_action", &*two),
        ("post", "yes"),
        ("_expected", "2"),
    ];
    assert_eq!(browser.post("/admin/issues/", &fields).await.status, 302);
    assert!(browser.get("/admin/issues/").await.text().contains("2 issues changed"));
    let history = browser.get(&format!("/admin/issues/{one}/history/")).await;
    assert!(history.text().contains("resolved"), "{}", history.text());
}

#[tokio::test]
async fn all_that_match_a_filter_that_was_not_understood_is_nothing() {
    let app = TestApp::new().await;
    app.add("causes", &[("name", "Kept")]).await;
    let mut browser = app.signed_in("Operators").await;
    let fields = [("action", "delete_selected"), ("select_across", "1"), ("post", "yes")];
    let answer = browser.post("/admin/causes/?fault_kind__exact=bogus", &fields).await;
    assert_eq!(answer.status, 400);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept"]);
}
