//! Check 77: error pages.
use crate::tests::support::{Answer, TestApp};
use sea_orm::ConnectionTrait;

/// Whether the page says no more than what happened.
fn says_nothing_inside(answer: &Answer) -> bool {
    let text = answer.text().to_lowercase();
    let inside = ["select ", "insert ", "sql", "table", "relation", "panic", ".rs", "backtrace", "throttle"];
    inside.iter().all(|word| !text.contains(word)) && !answer.html().contains("Secret storage")
}

#[tokio::test]
async fn check_77_error_pages_tell_nothing_of_the_inside() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Secret storage")]).await;
    let (mut stranger, mut nobody) = (app.anonymous(), app.signed_in("").await);
    let mut viewer = app.signed_in("Viewers").await;
    let mut pages =
        vec![(404, stranger.get("/nowhere/").await), (404, viewer.get("/admin/causes/4711/change/").await)];
    for page in ["change", "history", "delete"] {
        pages.push((403, nobody.get(&format!("/admin/causes/{id}/{page}/")).await));
    }
    stranger.get("/admin/login/").await;
    for table in ["throttle", "cause"] {
        let broken = format!("ALTER TABLE {table} RENAME TO {table}_of_before");
        app.app.db.execute_unprepared(&broken).await.unwrap();
    }
    let fields = [("username", "ops"), ("password", "x")];
    pages.push((500, stranger.post("/admin/login/", &fields).await));
    pages.push((500, viewer.get("/admin/causes/").await));
    for (status, page) in pages {
        assert_eq!(page.status, status);
        assert!(page.has("h1") && says_nothing_inside(&page), "{}", page.html());
    }
}
