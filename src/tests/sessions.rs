//! Where somebody is signed in, for how long, and ending that.
use super::support::{Client, PASSWORD, TestApp};
use chrono::Duration;
use entity::{audit_log, session};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

fn json(browser: &mut Client) {
    browser.headers.push(("accept".into(), "application/json".into()));
}

fn page(browser: &mut Client) {
    browser.headers.retain(|(name, _)| name != "accept");
}

#[tokio::test]
async fn everybody_sees_where_they_are_signed_in_and_ends_one_session_or_all_others() {
    let app = TestApp::new().await;
    app.user("ann", "Viewers").await;
    let mut here = app.anonymous();
    here.headers.push(("user-agent".into(), "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0".into()));
    here.sign_in("ann", PASSWORD, "").await;
    let (mut phone, mut third) = (app.anonymous(), app.anonymous());
    phone
        .headers
        .push(("user-agent".into(), "Mozilla/5.0 (iPhone) Safari/604.1 <script>alert(1)</script>".into()));
    phone.sign_in("ann", PASSWORD, "").await;
    third.sign_in("ann", PASSWORD, "").await;
    let account = here.get("/admin/account/").await;
    assert_eq!(account.all("tbody tr").len(), 3);
    assert!(
        account.all("tbody th")[0].contains("Firefox on Linux this one"),
        "{:?}",
        account.all("tbody th")
    );
    let text = account.text();
    assert!(text.contains("Safari on iPhone") && text.contains("192.0.2.7"), "{text}");
    let ids = account.attributes("button[name=session]", "value");
    assert_eq!(ids.len(), 2, "the one in use is ended by signing out");
    let which = account.attributes("button[name=session]", "aria-label");
    let phones = &ids[which.iter().position(|label| label.contains("iPhone")).unwrap()];
    assert_eq!(here.post("/admin/account/", &[("session", phones)]).await.status, 302);
    assert_eq!(phone.get("/admin/account/").await.status, 302);
    assert_eq!(third.get("/admin/account/").await.status, 200);
    assert!(here.get("/admin/account/").await.text().contains("The session is ended: Safari on iPhone"));
    assert_eq!(here.post("/admin/account/", &[("session", phones)]).await.status, 302, "twice is no error");
    assert_eq!(here.post("/admin/account/", &[("others", "1")]).await.status, 302);
    assert_eq!((third.get("/admin/").await.status, here.get("/admin/").await.status), (302, 200));
    let entries = audit_log::Entity::find().filter(audit_log::Column::Verb.eq("sign_out"));
    assert_eq!(entries.count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn nobody_ends_a_session_of_somebody_else_by_its_number_or_without_the_token() {
    let app = TestApp::new().await;
    app.user("ann", "Viewers").await;
    app.user("bob", "Viewers").await;
    let (mut ann, mut bob) = (app.sign_in("ann").await, app.sign_in("bob").await);
    let rows = session::Entity::find().all(&app.app.db).await.unwrap();
    for row in &rows {
        ann.post("/admin/account/", &[("session", &row.id)]).await;
    }
    assert_eq!((ann.get("/admin/").await.status, bob.get("/admin/").await.status), (200, 200));
    for odd in ["", "x", "\u{0}", "' OR 1=1 --"] {
        assert_eq!(ann.post("/admin/account/", &[("session", odd)]).await.status, 302, "{odd}");
    }
    assert_eq!(ann.post_bare("/admin/account/", &[("others", "1")]).await.status, 403);
    assert_eq!(app.anonymous().get("/admin/account/").await.status, 302);
    assert_eq!(bob.get("/admin/users/1/sessions/").await.status, 403);
    assert_eq!(bob.post("/admin/users/1/sessions/", &[("others", "1")]).await.status, 403);
}

#[tokio::test]
async fn administrators_see_and_end_the_sessions_of_a_user_but_of_nobody_above_them() {
    let app = TestApp::new().await;
    let id = app.user("ann", "Viewers").await;
    let mut ann = app.sign_in("ann").await;
    let mut admin = app.signed_in("Admins").await;
    let path = format!("/admin/users/{id}/sessions/");
    assert!(admin.get(&format!("/admin/users/{id}/change/")).await.has(&format!("a[href='{path}']")));
    let page = admin.get(&path).await;
    assert_eq!(page.all("tbody tr").len(), 1);
    assert_eq!(admin.post(&path, &[("others", "1")]).await.status, 302);
    assert_eq!(ann.get("/admin/").await.status, 302);
    assert!(admin.get(&path).await.text().contains("ann is signed out everywhere."));
    let root = app.user("root", "superuser").await;
    assert_eq!(admin.get(&format!("/admin/users/{root}/sessions/")).await.status, 403);
    for odd in ["999999", "abc", "%00"] {
        assert_eq!(admin.get(&format!("/admin/users/{odd}/sessions/")).await.status, 404, "{odd}");
    }
}

#[tokio::test]
async fn a_session_that_is_not_used_ends_and_asking_how_long_it_lasts_is_no_use() {
    let app = TestApp::with(&[("OPINT_SESSION_IDLE_MINUTES", "30")]).await;
    app.user("ann", "Viewers").await;
    let mut browser = app.sign_in("ann").await;
    app.wait(Duration::minutes(20));
    assert_eq!(browser.get("/admin/").await.status, 200);
    json(&mut browser);
    for _ in 0..2 {
        app.wait(Duration::minutes(10));
        let answer = browser.get("/admin/session/").await;
        assert_eq!(answer.status, 200);
        browser.get("/revision/").await;
    }
    let left = browser.get("/admin/session/").await.json();
    assert_eq!((left["left"].as_i64(), left["fixed"].as_bool()), (Some(600), Some(false)));
    app.wait(Duration::minutes(11));
    assert_eq!(browser.get("/admin/session/").await.status, 401);
    page(&mut browser);
    assert_eq!(browser.get("/admin/").await.status, 302);
    assert_eq!(session::Entity::find().count(&app.app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn somebody_who_says_so_stays_signed_in_until_the_session_is_as_old_as_it_may_get() {
    let variables = [("OPINT_SESSION_IDLE_MINUTES", "120"), ("OPINT_SESSION_HOURS", "5")];
    let app = TestApp::with(&variables).await;
    app.user("ann", "Viewers").await;
    let mut browser = app.sign_in("ann").await;
    let shown = browser.get("/admin/").await;
    assert_eq!(shown.attributes("body", "data-session-left"), ["7200"]);
    json(&mut browser);
    for hour in 1..=4 {
        app.wait(Duration::hours(1));
        let left = browser.post("/admin/session/", &[]).await.json();
        assert_eq!(left["left"].as_i64(), Some(7200.min(18_000 - hour * 3600)));
    }
    assert_eq!(browser.get("/admin/session/").await.json()["fixed"], true);
    assert_eq!(browser.post_bare("/admin/session/", &[]).await.status, 403, "not without the token");
    app.wait(Duration::minutes(61));
    assert_eq!(browser.get("/admin/session/").await.status, 401);
}

#[tokio::test]
async fn a_form_goes_on_with_the_token_of_a_new_session() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut browser = app.sign_in("ops").await;
    browser.get("/admin/causes/add/").await;
    session::Entity::delete_many().exec(&app.app.db).await.unwrap();
    browser.sign_in("ops", PASSWORD, "").await;
    json(&mut browser);
    let now = browser.get("/admin/session/").await.json();
    assert_eq!(now["user"], "ops");
    browser.token = now["csrf"].as_str().map(str::to_owned);
    page(&mut browser);
    assert_eq!(browser.post("/admin/causes/add/", &[("name", "Typed before")]).await.status, 302);
}
