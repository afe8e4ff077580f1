//! Sessions that came from the provider end here, or from there.
use super::provider::{self, Key, Provider, merge};
use super::sign_out;
use crate::tests::support::{Client, PASSWORD, TestApp};
use chrono::Duration;
use serde_json::{Value, json};

/// A logout token with some claims changed.
fn token(provider: &Provider, more: &Value) -> Value {
    let mut claims = provider::claims(&provider.url);
    let token = json!({
        "jti": crate::app::random_token(), "sid": "session-1",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    merge(&mut claims, &token);
    merge(&mut claims, more);
    Value::Object(claims)
}

async fn send(app: &TestApp, token: &str) -> u16 {
    let mut there = app.anonymous();
    let answer = there.post_bare("/auth/oidc/backchannel-logout/", &[("logout_token", token)]).await;
    assert_eq!(answer.header("cache-control"), "no-store");
    let said = String::from_utf8_lossy(&answer.body);
    assert!(answer.status == 200 || said.contains("invalid_request"), "{said}");
    answer.status
}

fn signed(provider: &Provider, more: &Value) -> String {
    let token = token(provider, more);
    let script = provider.script();
    script.key.sign_as(&json!({"alg": "EdDSA", "kid": script.key.kid, "typ": "logout+jwt"}), &token)
}

async fn is_in(browser: &mut Client) -> bool {
    browser.get("/admin/").await.status == 200
}

async fn entered(provider: &Provider, app: &TestApp, sub: &str, sid: Value) -> Client {
    provider.script().claims = json!({"sub": sub, "sid": sid, "groups": [], "preferred_username": sub});
    let mut browser = app.anonymous();
    assert_eq!(provider.sign_in(&mut browser).await.status, 302);
    assert!(is_in(&mut browser).await);
    browser
}

#[tokio::test]
async fn the_provider_ends_the_sessions_that_came_from_its_own() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut here = entered(&provider, &app, "zoe", json!("one")).await;
    // A page that writes to the session does not forget where it came from.
    here.get("/admin/sites/").await;
    app.wait(Duration::seconds(400));
    assert!(is_in(&mut here).await);
    app.wait(Duration::seconds(-400));
    let mut elsewhere = entered(&provider, &app, "zoe", json!("two")).await;
    let mut other = entered(&provider, &app, "ann", json!("three")).await;
    let mut nameless = entered(&provider, &app, "zoe", Value::Null).await;
    app.user("ops", "Operators").await;
    let mut local = app.sign_in("ops").await;

    assert_eq!(send(&app, &signed(&provider, &json!({"sid": "one", "sub": null}))).await, 200);
    assert!(!is_in(&mut here).await);
    assert!(is_in(&mut elsewhere).await && is_in(&mut nameless).await);
    assert_eq!(send(&app, &signed(&provider, &json!({"sid": "of nobody", "sub": "zoe"}))).await, 200);
    assert!(is_in(&mut elsewhere).await && !is_in(&mut nameless).await);
    assert_eq!(send(&app, &signed(&provider, &json!({"sid": null, "sub": "zoe"}))).await, 200);
    assert!(!is_in(&mut elsewhere).await);
    assert!(is_in(&mut other).await && is_in(&mut local).await);
}

#[tokio::test]
async fn a_password_session_of_the_same_account_is_no_business_of_the_providers() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut there = entered(&provider, &app, "zoe", json!("one")).await;
    let zoe = super::user_named(&app, "zoe").await.id;
    let mut admin = app.signed_in("superuser").await;
    let fields = [("password1", PASSWORD), ("password2", PASSWORD)];
    assert_eq!(admin.post(&format!("/admin/users/{zoe}/password/"), &fields).await.status, 302);
    assert!(!is_in(&mut there).await, "another password ends all sessions");
    let mut local = app.sign_in("zoe").await;
    assert_eq!(send(&app, &signed(&provider, &json!({"sid": null, "sub": "zoe"}))).await, 200);
    assert!(is_in(&mut local).await);
}

#[tokio::test]
async fn a_logout_token_is_checked_and_taken_once() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut browser = entered(&provider, &app, "zoe", json!("session-1")).await;
    let now = app.app.now().timestamp();
    for wrong in [
        json!({"nonce": "x"}),
        json!({"events": null}),
        json!({"events": {}}),
        json!({"events": {"http://schemas.openid.net/event/backchannel-logout": true}}),
        json!({"events": "http://schemas.openid.net/event/backchannel-logout"}),
        json!({"iss": "https://other.example.org"}),
        json!({"aud": "another"}),
        json!({"iat": now + 61}),
        json!({"iat": now - 661, "exp": now + 300}),
        json!({"exp": now - 61}),
        json!({"iat": null}),
        json!({"jti": null}),
        json!({"sid": null, "sub": null}),
        json!({"sid": 7, "sub": 7}),
    ] {
        assert_eq!(send(&app, &signed(&provider, &wrong)).await, 400, "{wrong}");
    }
    let right = token(&provider, &json!({}));
    let forged = [
        String::new(),
        "a.b.c".to_owned(),
        provider::signed(&json!({"alg": "none"}), &right, |_| Vec::new()),
        Key::new("first").sign(&right),
        provider.script().key.sign_as(&json!({"alg": "EdDSA", "kid": "first", "typ": "at+jwt"}), &right),
    ];
    for forged in forged {
        assert_eq!(send(&app, &forged).await, 400, "{forged}");
    }
    assert_eq!(app.anonymous().post_bare("/auth/oidc/backchannel-logout/", &[]).await.status, 400);
    assert_eq!(app.anonymous().get("/auth/oidc/backchannel-logout/").await.status, 405);
    assert!(is_in(&mut browser).await);

    let right = provider.script().key.sign(&right);
    assert_eq!(send(&app, &right).await, 200);
    assert!(!is_in(&mut browser).await);
    let mut again = entered(&provider, &app, "zoe", json!("session-1")).await;
    assert_eq!(send(&app, &right).await, 400, "taken once");
    let variables = provider.variables();
    let variables: Vec<_> = variables.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(send(&app.replica_with(&variables).await, &right).await, 400, "whichever replica is asked");
    assert!(is_in(&mut again).await);
}

#[tokio::test]
async fn an_id_token_signs_nobody_out() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut browser = entered(&provider, &app, "zoe", json!("session-1")).await;
    let id_token = provider.script().key.sign(&token(&provider, &json!({"events": null, "nonce": "n"})));
    assert_eq!(send(&app, &id_token).await, 400);
    assert!(is_in(&mut browser).await);
}

#[tokio::test]
async fn after_signing_out_here_there_is_a_way_to_sign_out_there() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut browser = entered(&provider, &app, "zoe", json!("one")).await;
    let page = sign_out(&mut browser).await;
    assert_eq!(page, "/admin/login/?out=provider");
    let page = browser.get(&page).await;
    let links = page.attributes("[role=status] a", "href");
    assert_eq!(links, [format!("{}/end?client_id=opint", provider.url)]);
    app.user("ops", "Operators").await;
    let mut local = app.sign_in("ops").await;
    let page = sign_out(&mut local).await;
    assert_eq!(page, "/admin/login/?out=1");
    assert!(!local.get(&page).await.has("[role=status] a"));
}
