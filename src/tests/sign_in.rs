//! Signing in and out, sessions, tokens of forms.
use super::support::TestApp;
use crate::tests::support::PASSWORD;
use chrono::Duration;

#[tokio::test]
async fn guessing_is_slowed_down_for_the_guesser_only() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut guesser = app.anonymous();
    for _ in 0..5 {
        assert_eq!(guesser.sign_in("ops", "guess", "").await.status, 422);
    }
    let answer = guesser.sign_in("ops", PASSWORD, "").await;
    assert_eq!(answer.status, 429, "even the right password has to wait");
    assert!(answer.header("retry-after").parse::<u32>().is_ok());
    // Whatever the case of the name.
    assert_eq!(guesser.sign_in("OPS", PASSWORD, "").await.status, 429);
    app.wait(Duration::minutes(3));
    assert_eq!(guesser.sign_in("ops", PASSWORD, "").await.status, 302);
}

#[tokio::test]
async fn sessions_are_shared_by_replicas_and_survive_a_restart() {
    let app = TestApp::new().await;
    let browser = app.signed_in("Viewers").await;
    let replica = app.replica().await;
    let mut elsewhere = replica.anonymous();
    elsewhere.cookies = browser.cookies.clone();
    assert_eq!(elsewhere.get("/admin/").await.status, 200);
}

#[tokio::test]
async fn cookies_are_out_of_reach_of_scripts_and_plain_http() {
    let app = TestApp::with(&[("OPINT_BASE_URL", "https://localhost")]).await;
    app.user("ops", "Operators").await;
    let mut browser = app.anonymous();
    let page = browser.get("/admin/login/").await;
    let answer = browser.sign_in("ops", PASSWORD, "").await;
    for cookie in page.headers.get_all("set-cookie").iter().chain(answer.headers.get_all("set-cookie")) {
        let text = cookie.to_str().unwrap();
        assert!(
            text.contains("HttpOnly") && text.contains("SameSite=Lax") && text.contains("Secure"),
            "{text}"
        );
    }
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn guesses_sent_all_at_once_count_as_many() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut tries = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let mut browser = app.anonymous();
        tries.spawn(async move { browser.sign_in("ops", "guess", "").await.status });
    }
    let statuses = tries.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 422).count(), 5, "{statuses:?}");
}

#[tokio::test]
async fn a_page_that_says_nothing_writes_nothing() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    browser.get("/admin/").await;
    let answer = browser.get("/admin/sites/").await;
    assert!(answer.header("set-cookie").is_empty());
}

#[tokio::test]
async fn a_slow_request_does_not_bring_back_a_session_that_was_signed_out() {
    use tower_sessions::SessionStore;
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let id: tower_sessions::session::Id = browser.cookies["opint_session"].parse().unwrap();
    let store = crate::auth::session::DbStore(app.app.db.clone());
    let under_way = store.load(&id).await.unwrap().unwrap();
    browser.get("/admin/").await;
    browser.post("/admin/logout/", &[]).await;
    store.save(&under_way).await.unwrap();
    assert!(store.load(&id).await.unwrap().is_none());
}
