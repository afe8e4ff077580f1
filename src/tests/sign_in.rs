//! Signing in and out, sessions, tokens of forms.
use super::support::TestApp;
use crate::tests::support::PASSWORD;
use chrono::Duration;

#[tokio::test]
async fn an_address_asked_for_without_a_session_is_reached_after_signing_in() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut browser = app.anonymous();
    for path in ["/admin/issues/?q=a%20b&p=2", "/admin/nothing-here/", "/issues/3/"] {
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 302, "{path}");
        let next: String = url::form_urlencoded::byte_serialize(path.as_bytes()).collect();
        assert_eq!(answer.location(), format!("/admin/login/?next={next}"));
    }
    let answer = browser.sign_in("ops", PASSWORD, "/admin/issues/?q=a%20b").await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/issues/?q=a%20b"));
    assert_eq!(browser.get("/admin/nothing-here/").await.status, 404);
}

#[tokio::test]
async fn every_refusal_reads_the_same() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut admin = app.signed_in("superuser").await;
    for (name, field) in [("inactive", "is_active"), ("outside", "is_staff")] {
        let id = app.user(name, "").await;
        let fields = [("username", name), ("_version", "1"), ("is_active", "true"), ("is_staff", "true")];
        let kept: Vec<_> = fields.into_iter().filter(|(known, _)| *known != field).collect();
        assert_eq!(admin.post(&format!("/admin/users/{id}/change/"), &kept).await.status, 302);
    }
    let mut texts = Vec::new();
    for (name, password) in [("nobody", "x"), ("ops", "wrong"), ("inactive", PASSWORD), ("outside", PASSWORD)]
    {
        let mut browser = app.anonymous();
        let answer = browser.sign_in(name, password, "").await;
        assert_eq!(answer.status, 422);
        assert!(!browser.cookies.contains_key("opint_session"));
        assert_eq!(answer.value("#id_username").as_deref(), Some(name), "the name is kept");
        assert!(answer.all("title")[0].starts_with("Error:"));
        texts.push(answer.all("[role=alert]"));
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
}

#[tokio::test]
async fn missing_fields_are_said_at_the_field() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    browser.get("/admin/login/").await;
    let answer = browser.post("/admin/login/", &[]).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.all(".err"), ["Enter your user name.", "Enter your password."]);
}

#[tokio::test]
async fn next_never_leads_away() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    for next in ["http://x", "//x", "///x", "http:///x", "javascript:alert(1)", "/\\x", "/admin/logout/"] {
        let answer = app.anonymous().sign_in("ops", PASSWORD, next).await;
        assert_eq!(answer.location(), "/", "{next}");
    }
}

#[tokio::test]
async fn signing_in_changes_session_and_token() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    app.user("other", "Operators").await;
    let mut browser = app.sign_in("ops").await;
    browser.get("/admin/").await;
    let (session, token) = (browser.cookies["opint_session"].clone(), browser.token.clone());
    browser.cookies.insert("opint_csrf".into(), "x".repeat(32));
    // Signed in already: the login page sends on.
    assert_eq!(browser.get("/admin/login/?next=/admin/sites/").await.location(), "/admin/sites/");
    let mut second = app.sign_in("other").await;
    second.get("/admin/").await;
    assert_ne!(second.cookies["opint_session"], session);
    assert_ne!(second.token, token);
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    assert_eq!(browser.get("/admin/logout/").await.status, 405);
    browser.get("/admin/").await;
    let stolen = browser.cookies.clone();
    let answer = browser.post("/admin/logout/", &[]).await;
    assert_eq!(answer.status, 302);
    assert!(answer.header("cache-control").contains("no-store"));
    let mut thief = app.anonymous();
    thief.cookies = stolen;
    assert_eq!(thief.get("/admin/").await.status, 302);
    // A second time is no error.
    assert_eq!(browser.post_bare("/admin/logout/", &[]).await.status, 302);
}

#[tokio::test]
async fn a_form_without_its_token_writes_nothing() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("superuser").await;
    for path in [
        "/admin/causes/add/",
        "/admin/logout/",
        "/admin/issues/",
        "/preferences/theme/",
        "/admin/password_change/",
    ] {
        for token in ["", "wrong", "x"] {
            let answer = browser
                .post_bare(path, &[("csrfmiddlewaretoken", token), ("name", "Smuggled"), ("theme", "dark")])
                .await;
            assert_eq!(answer.status, 403, "{path}");
        }
    }
    assert!(!browser.get("/admin/causes/").await.text().contains("Smuggled"));
    let token = browser.token.clone().unwrap_or_default();
    browser.headers.push(("x-csrftoken".into(), token));
    assert_eq!(browser.post_bare("/admin/causes/add/", &[("name", "By header")]).await.status, 302);
}

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
