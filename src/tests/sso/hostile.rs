//! What a provider, or somebody who plays one, must not get away with.
use super::provider::{Key, Provider, SECRET, Trouble, sign_with_secret, signed};
use super::{groups_of, user_named};
use crate::tests::support::{Answer, PASSWORD, TestApp};
use chrono::Duration;
use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};
use serde_json::{Value, json};
use std::time::Instant;

async fn users(app: &TestApp) -> u64 {
    user::Entity::find().count(&app.app.db).await.unwrap()
}

/// Nobody is in, nothing was written, and there is a way to try again.
async fn refused(app: &TestApp, answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", answer.text());
    assert!(answer.has("a[href^='/auth/oidc/login/?next=']"), "{what}: {}", answer.text());
    assert!(answer.header("set-cookie").is_empty(), "{what}");
    assert_eq!(users(app).await, 0, "{what}");
}

#[tokio::test]
async fn a_token_that_proves_nothing_lets_nobody_in() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let now = app.app.now().timestamp();
    for claims in [
        json!({"exp": now - 61}),
        json!({"exp": null}),
        json!({"exp": "tomorrow"}),
        json!({"iat": now + 61}),
        json!({"iat": null}),
        json!({"aud": "another"}),
        json!({"aud": []}),
        json!({"aud": ["opint", "another"]}),
        json!({"aud": ["opint", "another"], "azp": "another"}),
        json!({"azp": "another"}),
        json!({"iss": "https://auth.example.org"}),
        json!({"iss": format!("{}/", provider.url)}),
        json!({"iss": null}),
        json!({"nonce": "of another sign-in"}),
        json!({"nonce": null}),
        json!({"at_hash": "77QmUPtjPfzWtF2AnpK9RQ"}),
        json!({"at_hash": 7}),
        json!({"sub": null}),
        json!({"sub": ""}),
        json!({"sub": 7}),
        json!({"sub": "s".repeat(256)}),
    ] {
        provider.script().claims = claims.clone();
        let answer = provider.sign_in(&mut app.anonymous()).await;
        refused(&app, &answer, 502, &claims.to_string()).await;
    }
    for claims in [
        json!({"exp": now - 59, "iat": now + 59}),
        json!({"aud": ["opint", "another"], "azp": "opint"}),
        json!({"exp": now as f64 + 0.5}),
        // Of the access token `of-access` by SHA-512, which EdDSA's Ed25519 goes with.
        json!({"at_hash": at_hash("of-access")}),
    ] {
        provider.script().claims = claims.clone();
        assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302, "{claims}");
    }
}

fn at_hash(token: &str) -> String {
    use base64::Engine;
    use sha2::{Digest, Sha512};
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&Sha512::digest(token)[..32])
}

/// Makes a token of claims that is no good.
type Forgery = fn(&Key, &Value) -> String;

#[tokio::test]
async fn a_signature_is_the_providers_or_none() {
    let forgeries: [(&str, Forgery); 12] = [
        ("none", |_, claims| signed(&json!({"alg": "none"}), claims, |_| Vec::new())),
        ("None", |_, claims| signed(&json!({"alg": "None", "typ": "JWT"}), claims, |_| Vec::new())),
        ("no signature", |key, claims| {
            key.sign(claims).rsplit_once('.').map(|(rest, _)| format!("{rest}.")).unwrap()
        }),
        ("two parts", |key, claims| {
            key.sign(claims).rsplit_once('.').map(|(rest, _)| rest.to_owned()).unwrap()
        }),
        ("another key under the same name", |key, claims| Key::new(&key.kid).sign(claims)),
        ("the public key as a secret", |key, claims| {
            let public = key.public()["x"].as_str().unwrap().to_owned();
            sign_with_secret(public.as_bytes(), &json!({"alg": "HS256", "kid": key.kid}), claims)
        }),
        ("an empty secret", |_, claims| sign_with_secret(b"", &json!({"alg": "HS256"}), claims)),
        ("the secret, which this provider does not use", |_, claims| {
            sign_with_secret(SECRET.as_bytes(), &json!({"alg": "HS256"}), claims)
        }),
        ("other claims", |key, claims| {
            let (right, mut other) = (key.sign(claims), claims.clone());
            other["sub"] = json!("admin");
            let parts: Vec<String> = key.sign(&other).split('.').map(str::to_owned).collect();
            format!("{}.{}.{}", parts[0], parts[1], right.rsplit('.').next().unwrap())
        }),
        ("for another purpose", |key, claims| {
            key.sign_as(&json!({"alg": "EdDSA", "kid": key.kid, "typ": "at+jwt"}), claims)
        }),
        ("with a condition", |key, claims| {
            key.sign_as(&json!({"alg": "EdDSA", "kid": key.kid, "crit": ["x"], "x": 1}), claims)
        }),
        ("garbage", |_, _| "a.b.c".to_owned()),
    ];
    let provider = Provider::start().await;
    let app = provider.app().await;
    for (what, forge) in forgeries {
        provider.script().forge = Some(forge);
        let answer = provider.sign_in(&mut app.anonymous()).await;
        refused(&app, &answer, 502, what).await;
    }
}

#[tokio::test]
async fn a_shared_secret_signs_only_where_the_provider_says_so() {
    let provider = Provider::start().await;
    provider.script().algorithms = vec!["HS256", "none", "EdDSA"];
    let app = provider.app().await;
    let by_secret =
        |_: &Key, claims: &Value| sign_with_secret(SECRET.as_bytes(), &json!({"alg": "HS256"}), claims);
    let by_public = |key: &Key, claims: &Value| {
        let public = key.public().to_string();
        sign_with_secret(public.as_bytes(), &json!({"alg": "HS256", "kid": key.kid}), claims)
    };
    let unsigned = |_: &Key, claims: &Value| signed(&json!({"alg": "none"}), claims, |_| Vec::new());
    for forge in [by_public as fn(&Key, &Value) -> String, unsigned] {
        provider.script().forge = Some(forge);
        let answer = provider.sign_in(&mut app.anonymous()).await;
        refused(&app, &answer, 502, "with the public key, or nothing").await;
    }
    provider.script().forge = Some(by_secret);
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
}

#[tokio::test]
async fn new_keys_are_read_but_not_at_anybodys_will() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
    let new = Key::new("second");
    {
        let mut script = provider.script();
        script.shown = vec![new.public()];
        script.key = new;
    }
    let asked = |path| provider.script().asked.get(path).copied().unwrap_or_default();
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 502, "read a moment ago");
    assert_eq!(asked("/keys"), 1);
    app.wait(Duration::seconds(61));
    let later = |provider: &Provider, app: &TestApp| {
        let now = app.app.now().timestamp();
        provider.script().claims = json!({"iat": now, "exp": now + 300});
    };
    later(&provider, &app);
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
    assert_eq!(asked("/keys"), 2);
    // A key that nobody shows.
    provider.script().key = Key::new("third");
    for _ in 0..3 {
        assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 502);
    }
    assert_eq!(asked("/keys"), 2);
    app.wait(Duration::seconds(61));
    later(&provider, &app);
    for _ in 0..3 {
        assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 502);
    }
    assert_eq!(asked("/keys"), 3);
}

#[tokio::test]
async fn a_state_is_worth_something_once_and_in_its_browser() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut victim = app.anonymous();
    let mut thief = app.anonymous();
    let stolen = provider.begin(&mut victim, "/").await;
    refused(&app, &thief.get(&stolen).await, 400, "without a cookie").await;
    provider.begin(&mut thief, "/").await;
    refused(&app, &thief.get(&stolen).await, 400, "with another's cookie").await;
    for address in ["", "?state=x&code=y", "?code=y", "?state=&code="] {
        let answer = victim.get(&format!("/auth/oidc/callback/{address}")).await;
        refused(&app, &answer, 400, address).await;
    }
    let cookies = victim.cookies.clone();
    assert_eq!(victim.get(&stolen).await.location(), "/");
    victim.cookies = cookies;
    let again = victim.get(&stolen).await;
    assert_eq!(again.status, 400);
    assert!(again.text().contains("It was used already"), "{}", again.text());

    let late = provider.begin(&mut victim, "/").await;
    app.wait(Duration::minutes(16));
    assert_eq!(victim.get(&late).await.status, 400);
}

#[tokio::test]
async fn answers_without_a_code_are_explained() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    for (said, status, words) in [
        ("error=access_denied", 403, "access was denied"),
        ("error=access_denied&code=x", 403, "access was denied"),
        ("error=temporarily_unavailable", 503, "not well"),
        ("error=invalid_scope&error_description=%3Cb%3E", 400, "did not accept"),
        ("error=%3Cscript%3E", 400, "did not accept"),
        ("", 400, "did not accept"),
        ("code=", 400, "did not accept"),
        ("code=x&iss=https://other.example.org", 502, "not accepted"),
    ] {
        let mut browser = app.anonymous();
        let back = provider.begin(&mut browser, "/admin/sites/").await;
        let state = back.split_once("&state=").unwrap().1;
        let answer = browser.get(&format!("/auth/oidc/callback/?state={state}&{said}")).await;
        refused(&app, &answer, status, said).await;
        assert!(answer.text().contains(words), "{said}: {}", answer.text());
        assert_eq!(answer.attributes("a.big-btn", "href"), ["/auth/oidc/login/?next=%2Fadmin%2Fsites%2F"]);
        assert!(!answer.html().contains("<b>") && !answer.html().contains("&#60;b"));
    }
}

#[tokio::test]
async fn nothing_that_the_provider_answers_harms() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let large = format!("{{\"x\": \"{}\"}}", "x".repeat(5 << 20));
    let elsewhere = format!("{}/userinfo", provider.url);
    for (path, trouble, status) in [
        ("/token", Trouble::Says(200, "garbage".into()), 502),
        ("/token", Trouble::Says(200, "{}".into()), 502),
        ("/token", Trouble::Says(200, large.clone()), 503),
        ("/token", Trouble::Says(400, "{\"error\": \"invalid_grant\"}".into()), 400),
        ("/token", Trouble::Says(401, "{\"error\": \"invalid_client\"}".into()), 503),
        ("/token", Trouble::Says(500, "<h1>oh</h1>".into()), 503),
        ("/token", Trouble::Sends(elsewhere.clone()), 503),
        ("/userinfo", Trouble::Says(200, "[]".into()), 503),
        ("/userinfo", Trouble::Says(200, large.clone()), 503),
        ("/userinfo", Trouble::Says(200, "{\"sub\": \"somebody else\"}".into()), 502),
        ("/userinfo", Trouble::Says(200, "{}".into()), 502),
        ("/userinfo", Trouble::Says(403, String::new()), 503),
        ("/userinfo", Trouble::Sends(elsewhere), 503),
    ] {
        let what = match &trouble {
            Trouble::Says(status, text) => format!("{path} says {status} {}", &text[..text.len().min(40)]),
            _ => format!("{path} sends elsewhere"),
        };
        provider.script().troubles.insert(path, trouble);
        let answer = provider.sign_in(&mut app.anonymous()).await;
        provider.script().troubles.clear();
        refused(&app, &answer, status, &what).await;
    }
}

#[tokio::test]
async fn a_provider_that_is_away_or_another_leaves_passwords_alone() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let large = format!("{{\"issuer\": \"{}\"}}", "x".repeat(5 << 20));
    let other = json!({
        "issuer": "https://other.example.org", "authorization_endpoint": provider.url,
        "token_endpoint": provider.url, "jwks_uri": provider.url,
    });
    let mut open = other.clone();
    open["issuer"] = json!(provider.url);
    open["token_endpoint"] = json!("http://auth.example.org/token");
    for text in ["garbage".to_owned(), "{}".into(), large, other.to_string(), open.to_string()] {
        provider.script().troubles.insert("/.well-known/openid-configuration", Trouble::Says(200, text));
        let answer = app.anonymous().get("/auth/oidc/login/?next=/admin/").await;
        refused(&app, &answer, 503, "description").await;
        assert!(answer.has("a[href='/admin/login/']"));
    }
    provider.script().troubles.clear();
    assert_eq!(app.anonymous().get("/auth/oidc/login/").await.status, 302);
    drop(provider);
    app.wait(Duration::seconds(6));
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    refused(&app, &app.anonymous().get("/auth/oidc/login/").await, 503, "gone").await;
    app.user("ops", "Operators").await;
    assert_eq!(app.anonymous().sign_in("ops", PASSWORD, "").await.status, 302);
}

#[tokio::test]
async fn a_slow_provider_is_not_waited_for_longer_than_ten_seconds() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    provider.script().troubles.insert("/.well-known/openid-configuration", Trouble::Silent);
    let start = Instant::now();
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..5 {
        let mut browser = app.anonymous();
        waiting.spawn(async move { browser.get("/auth/oidc/login/").await.status });
    }
    let page = app.anonymous().get("/admin/login/").await;
    assert!(page.status == 200 && start.elapsed().as_secs() < 5, "the page itself waits for nobody");
    assert!(waiting.join_all().await.into_iter().all(|status| status == 503));
    assert!((9..20).contains(&start.elapsed().as_secs()), "{:?}", start.elapsed());
}

#[tokio::test]
async fn somebody_put_out_stays_out_with_the_words_that_passwords_get() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    provider.sign_in(&mut app.anonymous()).await;
    let zoe = user_named(&app, "zoe").await;
    for field in ["is_active", "is_staff"] {
        app.change("users", zoe.id, &[(field, "false")]).await;
        provider.script().userinfo =
            json!({"preferred_username": "zoe", "given_name": field, "groups": "ddm-ops"});
        let mut browser = app.anonymous();
        let answer = provider.sign_in(&mut browser).await;
        assert_eq!(answer.status, 403);
        assert!(!browser.cookies.contains_key("opint_session"));
        let wrong = app.anonymous().sign_in("zoe", "wrong", "").await;
        assert!(answer.text().contains(&wrong.all("[role=alert]")[0]), "{}", answer.text());
        assert_eq!(
            (groups_of(&app, "zoe").await, user_named(&app, "zoe").await.first_name),
            (vec!["Viewers".to_owned()], None)
        );
        app.change("users", zoe.id, &[(field, "true")]).await;
    }
    // Rights of a superuser are given here alone, and stay.
    app.change("users", zoe.id, &[("is_superuser", "true")]).await;
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
    assert!(user_named(&app, "zoe").await.is_superuser);
}

#[tokio::test]
async fn ten_thousand_groups_are_read() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let many: Vec<String> =
        (0..10_000).map(|number| format!("/group-{number}")).chain(["/ddm-shifters".into()]).collect();
    provider.script().claims = json!({"groups": many});
    assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
    assert_eq!(groups_of(&app, "zoe").await, ["Shifters"]);
}

#[tokio::test]
async fn sign_ins_that_nobody_finishes_are_bounded() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut browser = app.anonymous();
    for _ in 0..3 {
        // Finished ones do not count.
        assert_eq!(provider.sign_in(&mut app.anonymous()).await.status, 302);
    }
    for _ in 0..100 {
        assert_eq!(browser.get("/auth/oidc/login/").await.status, 302);
    }
    let answer = browser.get("/auth/oidc/login/").await;
    assert_eq!((answer.status, answer.header("retry-after").is_empty()), (429, false));
    app.wait(Duration::minutes(3));
    assert_eq!(browser.get("/auth/oidc/login/").await.status, 302);
}
