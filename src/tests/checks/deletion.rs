//! Checks 67 to 70: deleting one record, and its history.
use crate::tests::support::TestApp;
use entity::{error_category, site, suggested_action};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

/// A category with a suggested action below it.
async fn category(app: &TestApp) -> i64 {
    let category = app.add("error-categories", &[("title", "Full"), ("priority", "1")]).await;
    let action = app.add("actions", &[("name", "Wait")]).await.to_string();
    let fields = [("category", &*category.to_string()), ("action", &*action)];
    app.add("suggested-actions", &fields).await;
    category
}

#[tokio::test]
async fn check_67_what_goes_is_named_first_and_only_the_button_deletes() {
    let app = TestApp::new().await;
    let id = category(&app).await;
    let mut browser = app.signed_in("Operators").await;
    let path = format!("/admin/error-categories/{id}/delete/?_changelist_filters=q%3DF");
    for _ in 0..2 {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200);
        assert!(page.has("form button.danger") && page.text().contains("Full"));
        // Grouped by kind, where Django nests.
        assert!(page.text().contains("1 suggested action"), "{}", page.text());
        assert_eq!(page.attributes(".tree a[href^='/admin/suggested-actions/']", "href").len(), 1);
    }
    assert_eq!(suggested_action::Entity::find().count(&app.app.db).await.unwrap(), 1);
    let answer = browser.post(&path, &[("post", "yes")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/error-categories/?q=F"));
    assert!(browser.get("/admin/error-categories/").await.text().contains("“Full” was deleted"));
    assert_eq!(suggested_action::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert_eq!(browser.get(&format!("/admin/error-categories/{id}/change/")).await.status, 404);
    let history = browser.get(&format!("/admin/error-categories/{id}/history/")).await;
    assert_eq!(history.status, 200, "what it was stays known");
    assert!(history.text().contains("Deleted") && history.text().contains("Also deleted"));
}

#[tokio::test]
async fn check_67_two_that_point_at_each_other_are_named_once() {
    let app = TestApp::new().await;
    let one = app.add("error-categories", &[("title", "One"), ("priority", "1")]).await;
    let two = app.add("error-categories", &[("title", "Two"), ("priority", "2")]).await;
    // No form lets them: this is how old data may be.
    for (id, into) in [(one, two), (two, one)] {
        error_category::Entity::update_many()
            .col_expr(error_category::Column::MergedIntoId, Expr::value(into))
            .filter(error_category::Column::Id.eq(id))
            .exec(&app.app.db)
            .await
            .unwrap();
    }
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get(&format!("/admin/error-categories/{one}/delete/")).await;
    assert_eq!((page.status, page.all(".tree ul ul li")), (200, vec!["Two".to_owned()]));
}

#[tokio::test]
async fn check_68_a_row_in_use_is_protected_and_says_by_what() {
    let app = TestApp::new().await;
    let issue = app.issue("421 Service busy", "WT2", "INFN-T1").await;
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
        assert!(answer.has(&format!(".tree a[href='/admin/issues/{issue}/change/']")));
        assert!(!answer.has("button.danger"));
    }
    assert!(site::Entity::find_by_id(id).one(&app.app.db).await.unwrap().is_some());
}

#[tokio::test]
async fn check_69_the_right_to_delete_what_goes_along_is_needed_too() {
    let app = TestApp::new().await;
    let id = category(&app).await;
    let mut browser = app.with_rights("half", &["error-categories.view", "error-categories.delete"]).await;
    let path = format!("/admin/error-categories/{id}/delete/");
    let page = browser.get(&path).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("1 suggested action") && page.text().contains("suggested-actions.delete"));
    assert!(!page.has("button.danger"));
    assert_eq!(browser.post(&path, &[("post", "yes")]).await.status, 403);
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn check_70_history_tells_who_when_from_where_and_each_value() {
    let app = TestApp::new().await;
    let cause = app.add("causes", &[("name", "Disk full")]).await.to_string();
    let id = app.add("error-categories", &[("title", "Full"), ("priority", "5")]).await;
    let mut browser = app.signed_in("Operators").await;
    let fields = [
        ("title", "No space"),
        ("priority", "7"),
        ("cause", &*cause),
        ("state", "active"),
        ("origin", "manual"),
        ("_version", "1"),
    ];
    let answer = browser.post(&format!("/admin/error-categories/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let history = browser.get(&format!("/admin/error-categories/{id}/history/")).await;
    let text = history.text();
    for word in ["a-operators", "192.0.2.7", "2026-11-21 09:30", "Disk full", "on the website"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let titles = history.all("ol.stack > li:first-child th[scope=row]");
    assert_eq!(titles, ["Cause", "Priority", "Title"], "fields by the names of the form");
    assert_eq!(history.all("ol.stack > li:first-child del"), ["5", "Full"]);
    assert_eq!(history.all("ol.stack > li:first-child ins"), ["Disk full", "7", "No space"]);
    assert!(!text.contains("Version"), "what the engine counts is no change: {text}");
    // What changes nothing leaves no entry.
    let fields = [&fields[..5], &[("_version", "2")]].concat();
    assert_eq!(browser.post(&format!("/admin/error-categories/{id}/change/"), &fields).await.status, 302);
    let path = format!("/admin/error-categories/{id}/history/");
    assert_eq!(browser.get(&path).await.all("ol.stack > li").len(), history.all("ol.stack > li").len());
    assert_eq!(app.with_rights("adds", &["error-categories.add"]).await.get(&path).await.status, 403);
    assert!(browser.get("/admin/").await.all(".recent").join(" ").contains("No space"));
}
