//! Who may use the API: tokens, sessions, nobody.
use super::support::{Client, PASSWORD, TestApp};
use chrono::Duration;
use entity::api_token;
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::{Value, json};

fn with(app: &TestApp, scheme: &str, token: &str) -> Client {
    let mut client = app.anonymous();
    client.headers.push(("authorization".into(), format!("{scheme} {token}")));
    client
}

/// A token made on the page, and what the page shows.
async fn made(admin: &mut Client, fields: &[(&str, &str)]) -> String {
    let page = admin.post("/admin/api-tokens/add/", fields).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert_eq!(page.header("content-encoding"), "identity");
    page.value("#token").unwrap()
}

#[tokio::test]
async fn a_token_is_shown_once_and_does_what_its_scopes_say() {
    let app = TestApp::new().await;
    app.add("causes", &[("name", "Door down")]).await;
    app.user("robot", "Operators").await;
    let mut admin = app.signed_in("superuser").await;
    let fields = [
        ("name", "Export"),
        ("user", "robot"),
        ("expires_at", "2026-12-01T00:00"),
        ("limited", "true"),
        ("scope", "causes:read"),
        ("scope", "sites:write"),
        ("scope", "users:read"),
        ("scope", "nonsense:read"),
    ];
    let token = made(&mut admin, &fields).await;
    assert!(!admin.get("/admin/api-tokens/").await.html().contains(&token));
    let row = api_token::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(row.scopes.as_deref(), Some("causes:read sites:write users:read"));
    assert!(token.starts_with(&row.prefix) && row.token_hash != token);
    for scheme in ["Token", "Bearer", "token"] {
        assert_eq!(with(&app, scheme, &token).call("GET", "/api/causes/", None).await.status, 200);
    }
    let mut program = with(&app, "Token", &token);
    let refused = program.call("POST", "/api/causes/", Some(json!({ "name": "x" }))).await;
    assert_eq!(refused.status, 403, "reading is all");
    assert!(refused.json()["detail"].as_str().unwrap().contains("causes.add"));
    assert_eq!(program.call("POST", "/api/sites/", Some(json!({ "name": "NEW" }))).await.status, 201);
    assert_eq!(
        program.call("GET", "/api/users/", None).await.status,
        403,
        "the user may not, so the token may not"
    );
    assert_eq!(program.call("GET", "/api/tickets/", None).await.status, 403);
    assert!(api_token::Entity::find().one(&app.app.db).await.unwrap().unwrap().last_used_at.is_some());
    app.wait(Duration::days(11));
    assert_eq!(program.call("GET", "/api/causes/", None).await.status, 401, "it is over");
}

#[tokio::test]
async fn a_token_ends_when_it_is_revoked_or_its_user_goes() {
    let app = TestApp::new().await;
    let robot = app.user("robot", "Operators").await;
    let mut admin = app.signed_in("superuser").await;
    let token = made(&mut admin, &[("name", "One"), ("user", "robot")]).await;
    let other = made(&mut admin, &[("name", "Two"), ("user", "robot")]).await;
    let mut program = with(&app, "Token", &token);
    assert_eq!(program.call("GET", "/api/causes/", None).await.status, 200);
    let first = api_token::Entity::find().order_by_asc(api_token::Column::Id);
    let key = first.one(&app.app.db).await.unwrap().unwrap().id;
    assert!(admin.get(&format!("/admin/api-tokens/{key}/revoke/")).await.text().contains("Revoke “One”?"));
    assert_eq!(admin.post(&format!("/admin/api-tokens/{key}/revoke/"), &[]).await.status, 302);
    let answer = program.call("GET", "/api/causes/", None).await;
    assert_eq!((answer.status, answer.json()), (401, json!({ "detail": "Invalid token." })));
    assert_eq!(answer.header("www-authenticate"), "Token");
    let mut second = with(&app, "Token", &other);
    assert_eq!(second.call("GET", "/api/causes/", None).await.status, 200);
    app.change("users", robot, &[("is_active", "false")]).await;
    assert_eq!(second.call("GET", "/api/causes/", None).await.status, 401);
}

#[tokio::test]
async fn who_writes_much_by_a_token_is_looked_up_again_only_when_rights_may_have_changed() {
    let app = TestApp::new().await;
    let robot = app.user("robot", "Operators").await;
    let mut admin = app.signed_in("superuser").await;
    let token = made(&mut admin, &[("name", "One"), ("user", "robot")]).await;
    let mut program = with(&app, "Token", &token);
    let mut costs = Vec::new();
    for name in ["first", "second", "third"] {
        let before = app.queries();
        let answer = program.call("POST", "/api/causes/", Some(json!({ "name": name }))).await;
        assert_eq!(answer.status, 201, "{}", answer.html());
        costs.push(app.queries() - before);
    }
    assert!(costs[1] < costs[0] && costs[1] == costs[2], "{costs:?}");
    // A program changes accounts as a form does.
    let master = made(&mut admin, &[("name", "Master"), ("user", "a-superuser")]).await;
    let off = json!({ "is_active": false });
    let answer = with(&app, "Token", &master).call("PATCH", &format!("/api/users/{robot}/"), Some(off)).await;
    assert_eq!(answer.status, 200, "{}", answer.html());
    assert_eq!(program.call("GET", "/api/causes/", None).await.status, 401);
}

#[tokio::test]
async fn nobody_makes_a_token_with_more_rights_than_their_own() {
    let app = TestApp::new().await;
    app.user("root", "superuser").await;
    let mut admin = app.signed_in("Admins").await;
    let page = admin.post("/admin/api-tokens/add/", &[("name", "x"), ("user", "root")]).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Only a superuser"), "{}", page.text());
    assert_eq!(admin.post("/admin/api-tokens/add/", &[("name", "x"), ("user", "nobody")]).await.status, 422);
    assert_eq!(app.signed_in("Operators").await.get("/admin/api-tokens/add/").await.status, 403);
}

#[tokio::test]
async fn wrong_tokens_are_slowed_down() {
    let app = TestApp::new().await;
    let mut last = 0;
    for number in 0..62 {
        last = with(&app, "Token", &format!("opint_{number}")).call("GET", "/api/causes/", None).await.status;
        assert!(matches!(last, 401 | 429), "{last}");
    }
    assert_eq!(last, 429);
    for value in ["Token", "Token ", "Basic YTpi", "opint_x"] {
        let mut client = app.anonymous();
        client.headers.push(("authorization".into(), value.into()));
        assert_eq!(client.call("GET", "/api/causes/", None).await.status, 401, "{value}");
    }
}

#[tokio::test]
async fn without_a_token_one_reads_only_where_that_is_configured() {
    let app = TestApp::new().await;
    assert_eq!(
        app.anonymous().call("GET", "/api/causes/", None).await.json(),
        json!({ "detail": "Authentication credentials were not provided." })
    );
    let open = app.replica_with(&[("OPINT_ANONYMOUS_READ", "true")]).await;
    assert_eq!(open.anonymous().call("GET", "/api/causes/", None).await.status, 200);
    assert_eq!(open.anonymous().call("GET", "/api/users/", None).await.status, 403);
    let body = || Some(json!({ "name": "x" }));
    assert_eq!(open.anonymous().call("POST", "/api/causes/", body()).await.status, 401);
}

#[tokio::test]
async fn a_session_counts_for_pages_of_ours_only() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    assert_eq!(browser.call("GET", "/api/causes/", None).await.status, 200);
    let body = |name: &str| Some(json!({ "name": name }));
    let refused = browser.call("POST", "/api/causes/", body("a")).await;
    assert_eq!(refused.status, 403, "{}", refused.html());
    browser.headers.push(("sec-fetch-site".into(), "cross-site".into()));
    assert_eq!(browser.call("POST", "/api/causes/", body("a")).await.status, 403);
    browser.headers.pop();
    browser.headers.push(("sec-fetch-site".into(), "same-origin".into()));
    assert_eq!(browser.call("POST", "/api/causes/", body("a")).await.status, 201);
    browser.headers.pop();
    browser.get("/admin/causes/add/").await;
    let token = browser.token.clone().unwrap();
    browser.headers.push(("x-csrftoken".into(), token));
    assert_eq!(browser.call("POST", "/api/causes/", body("b")).await.status, 201);
}

#[tokio::test]
async fn clients_of_the_original_sign_in_and_out() {
    let app = TestApp::new().await;
    app.user("shifter01", "Shifters").await;
    let mut client = app.anonymous();
    let mut login = async |body: Value| {
        let answer = client.call("POST", "/auth/rest-auth/login/", Some(body)).await;
        (answer.status, answer.json())
    };
    let wrong = json!({ "non_field_errors": ["Unable to log in with provided credentials."] });
    assert_eq!(login(json!({ "username": "shifter01", "password": "no" })).await, (400, wrong.clone()));
    assert_eq!(login(json!({ "username": "nobody", "password": "no" })).await, (400, wrong));
    assert_eq!(login(json!({})).await.0, 400);
    let (status, answer) = login(json!({ "username": "shifter01", "password": PASSWORD })).await;
    assert_eq!((status, &answer["user"]["username"]), (200, &json!("shifter01")));
    let mut program = with(&app, "Token", answer["token"].as_str().unwrap());
    assert_eq!(program.call("GET", "/auth/rest-auth/user/", None).await.json()["username"], "shifter01");
    assert_eq!(program.call("POST", "/auth/rest-auth/logout/", None).await.status, 200);
    assert_eq!(program.call("GET", "/auth/rest-auth/user/", None).await.status, 401);
    let cern =
        client.call("POST", "/auth/rest-auth/cern/", Some(json!({ "code": "x", "access_token": "" }))).await;
    assert_eq!(cern.status, 400);
}

#[tokio::test]
async fn pages_of_other_origins_ask_where_that_is_configured() {
    let app = TestApp::with(&[
        ("OPINT_CORS_ORIGINS", "https://client.example.org"),
        ("OPINT_ANONYMOUS_READ", "true"),
    ])
    .await;
    let mut browser = app.anonymous();
    browser.headers.push(("origin".into(), "https://client.example.org".into()));
    let answer = browser.call("GET", "/api/causes/", None).await;
    assert_eq!(answer.header("access-control-allow-origin"), "https://client.example.org");
    browser.headers.push(("access-control-request-method".into(), "POST".into()));
    browser.headers.push(("access-control-request-headers".into(), "authorization,content-type".into()));
    let answer = browser.call("OPTIONS", "/api/solutions/", None).await;
    assert_eq!(answer.status, 200);
    assert!(answer.header("access-control-allow-methods").contains("POST"));
    let mut other = app.anonymous();
    other.headers.push(("origin".into(), "https://evil.example".into()));
    assert_eq!(other.call("GET", "/api/causes/", None).await.header("access-control-allow-origin"), "");
    let plain = app.anonymous().call("OPTIONS", "/api/causes/", None).await;
    assert_eq!(plain.json()["name"], "Cause list");
}
