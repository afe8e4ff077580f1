//! Deleting rows.
use super::support::TestApp;

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
