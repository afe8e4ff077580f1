//! Forms whose session ended while somebody typed; tokens under masks; compressed pages.
use super::support::{Answer, Client, PASSWORD, TestApp};
use chrono::Duration;
use entity::{action_taken, cause, session};
use sea_orm::{EntityTrait, PaginatorTrait};
use std::io::Read;

const NOTE: &str = "Your session had ended. What you typed is below; nothing was saved yet.";

/// All sessions end; what is kept of forms would go, too.
async fn end_sessions(app: &TestApp) {
    session::Entity::delete_many().exec(&app.app.db).await.unwrap();
}

/// A browser says where a form comes from.
fn from(browser: &mut Client, name: &str, value: &str) {
    browser.headers.retain(|(known, _)| known == "host");
    browser.headers.push((name.into(), value.into()));
}

/// Follows the way to the sign-in page and back.
async fn sign_in_again(browser: &mut Client, name: &str, answer: &Answer) -> Answer {
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert!(answer.location().starts_with("/admin/login/?next="), "{}", answer.location());
    let page = browser.get(&answer.location()).await;
    let next = page.value("input[name=next]").unwrap();
    let entered = browser.sign_in(name, PASSWORD, &next).await;
    assert_eq!((entered.status, entered.location()), (302, next));
    browser.get(&entered.location()).await
}

/// A shifter with a form of an issue open, whose session then ends.
async fn typing(app: &TestApp) -> (Client, String) {
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    app.user("ann", "Shifters").await;
    app.user("bob", "Shifters").await;
    let mut browser = app.sign_in("ann").await;
    let path = format!("/issues/{id}/");
    browser.get(&path).await;
    end_sessions(app).await;
    from(&mut browser, "sec-fetch-site", "same-origin");
    (browser, path)
}

const RECORD: [(&str, &str); 5] = [
    ("action", "other"),
    ("other", "Asked <b>the site</b>"),
    ("side", "source"),
    ("worked", "pending"),
    ("comment", "Two lines\r\nof \"text\" & more"),
];

#[tokio::test]
async fn a_record_comes_back_after_signing_in_and_is_saved_once_sent_again() {
    let app = TestApp::new().await;
    let (mut browser, path) = typing(&app).await;
    let answer = browser.post(&path, &RECORD).await;
    assert!(answer.location().ends_with("&ended=kept"), "{}", answer.location());
    assert!(browser.get(&answer.location()).await.text().contains("what you typed comes back"));
    let page = sign_in_again(&mut browser, "ann", &answer).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains(NOTE));
    assert_eq!(page.value("#id_other").as_deref(), Some("Asked <b>the site</b>"));
    assert!(page.html().contains("of &#34;text&#34; &#38; more"));
    assert!(page.has("form[data-dirty]"));
    assert_eq!(action_taken::Entity::find().count(&app.app.db).await.unwrap(), 0);
    let again = browser.get(&path).await;
    assert!(!again.text().contains(NOTE) && again.value("#id_other").as_deref() == Some(""), "only once");
    assert_eq!(browser.post(&path, &RECORD).await.status, 302);
    assert_eq!(action_taken::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn forms_of_records_come_back_with_their_list_and_their_version() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Old")]).await;
    app.user("ops", "Operators").await;
    let long = "ü\n".repeat(12_000);
    let mut browser = app.sign_in("ops").await;
    from(&mut browser, "origin", "http://localhost");
    for path in
        ["/admin/causes/add/?_changelist_filters=q%3DOld".to_owned(), format!("/admin/causes/{id}/change/")]
    {
        browser.get(&path).await;
        end_sessions(&app).await;
        let fields = [("name", "New"), ("description", &*long), ("_version", "1")];
        let answer = browser.post(&path, &fields).await;
        let page = sign_in_again(&mut browser, "ops", &answer).await;
        assert!(page.text().contains(NOTE), "{path}");
        assert_eq!(page.value("#id_name").as_deref(), Some("New"));
        assert!(page.html().contains(&"ü\n".repeat(12_000)), "long texts come back whole");
        assert_eq!(page.attributes("main form[method=post]", "action"), std::slice::from_ref(&path));
        assert!(page.has("form[data-dirty]"));
    }
    // Somebody else changed it meanwhile: sent again, the form meets the usual answer.
    let path = format!("/admin/causes/{id}/change/");
    browser.get(&path).await;
    let mut other = app.signed_in("superuser").await;
    assert_eq!(other.post(&path, &[("name", "Theirs"), ("_version", "1")]).await.status, 302);
    end_sessions(&app).await;
    let answer = browser.post(&path, &[("name", "Mine"), ("_version", "1"), ("_opened", "{}")]).await;
    let page = sign_in_again(&mut browser, "ops", &answer).await;
    assert_eq!(page.value("input[name=_version]").as_deref(), Some("1"));
    assert_eq!(browser.post(&path, &[("name", "Mine"), ("_version", "1")]).await.status, 409);
    assert_eq!(cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().name, "Theirs");
}

#[tokio::test]
async fn only_a_page_of_ours_fills_in_a_form() {
    let app = TestApp::new().await;
    let (mut browser, path) = typing(&app).await;
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("sec-fetch-site", "none"),
        ("origin", "http://evil.example"),
        ("origin", "http://localhost.evil.example"),
        ("origin", "null"),
        ("x-nothing", "x"),
    ] {
        from(&mut browser, name, value);
        let answer = browser.post(&path, &RECORD).await;
        assert!(answer.location().ends_with("&ended=lost"), "{name}: {value}: {}", answer.location());
        assert!(!browser.cookies.contains_key("opint_kept"), "{name}: {value}");
        assert!(browser.get(&answer.location()).await.text().contains("Nothing was saved"));
    }
    assert_eq!(session::Entity::find().count(&app.app.db).await.unwrap(), 0);
}

#[tokio::test]
async fn only_who_typed_it_gets_it_back_and_only_within_the_hour() {
    let app = TestApp::new().await;
    let (mut browser, path) = typing(&app).await;
    let answer = browser.post(&path, &RECORD).await;
    assert!(!sign_in_again(&mut browser, "bob", &answer).await.text().contains(NOTE));
    browser.cookies.remove("opint_session");
    assert!(sign_in_again(&mut browser, "ann", &answer).await.text().contains(NOTE), "still there for Ann");
    // Another page of the same visitor shows nothing of it.
    end_sessions(&app).await;
    browser.post(&path, &RECORD).await;
    browser.sign_in("ann", PASSWORD, "").await;
    assert!(!browser.get("/admin/causes/").await.text().contains(NOTE));
    app.wait(Duration::minutes(61));
    assert!(!browser.get(&path).await.text().contains(NOTE));
    // Nobody known used this browser.
    end_sessions(&app).await;
    browser.cookies.remove("opint_last");
    let answer = browser.post(&path, &RECORD).await;
    let name = browser.cookies["opint_kept"].clone();
    assert!(sign_in_again(&mut browser, "bob", &answer).await.text().contains(NOTE));
    // What is kept is no session, and its name opens nothing.
    let mut thief = app.anonymous();
    thief.cookies.insert("opint_session".into(), name);
    assert_eq!(thief.get("/admin/").await.status, 302);
}

#[tokio::test]
async fn passwords_are_never_kept() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    let id = app.user("ops", "Operators").await;
    admin.get("/admin/").await;
    end_sessions(&app).await;
    from(&mut admin, "sec-fetch-site", "same-origin");
    let typed = [
        ("username", "ops"),
        ("password", "geheim-1"),
        ("password1", "geheim-2"),
        ("old_password", "geheim-3"),
    ];
    for path in
        ["/admin/password_change/".into(), format!("/admin/users/{id}/password/"), "/admin/users/add/".into()]
    {
        assert!(admin.post(&path, &typed).await.location().ends_with("lost"), "{path}");
    }
    assert_eq!(
        admin.post_bare("/admin/login/", &typed).await.status,
        403,
        "the sign-in page has a token of its own"
    );
    assert_eq!(session::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert!(admin.post(&format!("/admin/users/{id}/change/"), &typed).await.location().ends_with("kept"));
    let rows = session::Entity::find().all(&app.app.db).await.unwrap();
    assert!(!rows.is_empty() && rows.iter().all(|row| !row.data.contains("geheim")));
}

#[tokio::test]
async fn what_is_kept_is_bounded() {
    let app = TestApp::new().await;
    let (mut browser, path) = typing(&app).await;
    let huge = "x".repeat(70_000);
    assert!(browser.post(&path, &[("comment", &huge)]).await.location().ends_with("lost"));
    let mut kept = 0;
    for _ in 0..70 {
        kept += usize::from(browser.post(&path, &RECORD).await.location().ends_with("kept"));
    }
    assert_eq!(kept, 60, "from one address");
    assert!(session::Entity::find().count(&app.app.db).await.unwrap() <= 60);
}

#[tokio::test]
async fn who_signed_in_again_in_another_tab_finds_the_form_filled_in() {
    let app = TestApp::new().await;
    let (mut browser, path) = typing(&app).await;
    let old = browser.token.clone().unwrap();
    browser.sign_in("ann", PASSWORD, "").await;
    let mut fields = vec![("csrfmiddlewaretoken", old.as_str())];
    fields.extend(RECORD);
    let answer = browser.post_bare(&path, &fields).await;
    assert_eq!((answer.status, answer.location()), (302, path.clone()));
    let page = browser.get(&path).await;
    assert!(page.text().contains(NOTE));
    assert_eq!(page.value("#id_other").as_deref(), Some("Asked <b>the site</b>"));
    assert_eq!(action_taken::Entity::find().count(&app.app.db).await.unwrap(), 0);
    // From elsewhere it is what it was: refused.
    from(&mut browser, "sec-fetch-site", "cross-site");
    assert_eq!(browser.post_bare(&path, &fields).await.status, 403);
}

#[tokio::test]
async fn whoever_sends_what_has_no_page_comes_back_to_where_it_was_sent_from() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    browser.get("/admin/").await;
    end_sessions(&app).await;
    from(&mut browser, "referer", "http://localhost/admin/sites/?q=a");
    let answer = browser.post("/preferences/theme/", &[("theme", "dark")]).await;
    assert_eq!(answer.location(), "/admin/login/?next=%2Fadmin%2Fsites%2F%3Fq%3Da&ended=lost");
    for elsewhere in
        ["http://evil.example/x", "http://localhost.evil.example/", "http://localhost@evil.example/"]
    {
        from(&mut browser, "referer", elsewhere);
        let answer = browser.post("/preferences/theme/", &[("theme", "dark")]).await;
        assert_eq!(
            answer.location(),
            "/admin/login/?next=%2Fpreferences%2Ftheme%2F&ended=lost",
            "{elsewhere}"
        );
    }
}

#[tokio::test]
async fn no_two_pages_show_the_same_token_and_each_is_good() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let mut tokens = Vec::new();
    for _ in 0..3 {
        browser.get("/admin/").await;
        tokens.push(browser.token.clone().unwrap());
    }
    tokens.dedup();
    assert_eq!(tokens.len(), 3);
    for token in &tokens {
        let fields = [("csrfmiddlewaretoken", token.as_str()), ("theme", "dark")];
        assert_eq!(browser.post_bare("/preferences/theme/", &fields).await.status, 302);
        let turned = format!("{}{}", &token[32..], &token[..32]);
        for wrong in
            [&token[..32], &token[32..], &format!("{token}{token}"), &token.replace(&token[..1], "!")]
        {
            let fields = [("csrfmiddlewaretoken", wrong), ("theme", "dark")];
            assert_eq!(browser.post_bare("/preferences/theme/", &fields).await.status, 403, "{wrong}");
        }
        // Mask and masked token change places: the same token, as it should be.
        let fields = [("csrfmiddlewaretoken", turned.as_str()), ("theme", "dark")];
        assert_eq!(browser.post_bare("/preferences/theme/", &fields).await.status, 302);
    }
    let secret = app.anonymous().get("/admin/login/").await;
    let cookie = secret.header("set-cookie");
    let shown = secret.value("input[name=csrfmiddlewaretoken]").unwrap();
    assert!(!shown.contains(cookie.split(['=', ';']).nth(1).unwrap()));
}

#[tokio::test]
async fn pages_are_compressed_and_the_rest_is_left_alone() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let plain = browser.get("/admin/sites/").await;
    assert_eq!(plain.header("content-encoding"), "");
    let vary: Vec<_> = plain.headers.get_all("vary").iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(vary.join(", ").to_lowercase(), "cookie, accept-encoding");
    from(&mut browser, "accept-encoding", "gzip, deflate, br, zstd");
    let packed = browser.get("/admin/sites/").await;
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.header("content-length").is_empty());
    assert!(packed.body.len() * 2 < plain.body.len(), "{} of {}", packed.body.len(), plain.body.len());
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*packed.body).read_to_string(&mut text).unwrap();
    assert!(text.contains("</html>") && text.contains("Sites"));
    // Errors in the frame are pages, too; a redirect, a word and a file are not.
    assert_eq!(browser.get("/admin/nope/").await.header("content-encoding"), "gzip");
    assert_eq!(browser.get("/admin/sites/1/").await.header("content-encoding"), "");
    assert_eq!(browser.get("/healthz").await.header("content-encoding"), "");
    let json = browser.get("/admin/autocomplete/?resource=issues&field=src_site&term=zz").await;
    assert_eq!((json.status, json.header("content-encoding").as_str()), (200, ""), "too small");
    let css = plain.attributes("link[rel=stylesheet]", "href").remove(0);
    assert_eq!(browser.get(&css).await.header("content-encoding"), "br", "packed when it was built");
    let head = browser.send("HEAD", "/admin/sites/", None).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    for odd in ["", "*", "gzip;q=0", "identity", "nonsense;q=x", "gzip;q=0.1, *;q=0"] {
        from(&mut browser, "accept-encoding", odd);
        assert_eq!(browser.get("/admin/sites/").await.status, 200, "{odd}");
    }
}
