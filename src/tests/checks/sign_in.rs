//! Checks 1 to 12: signing in and out, sessions, the token of forms.
use crate::tests::support::{PASSWORD, TestApp, encoded};

#[tokio::test]
async fn check_01_every_address_leads_to_signing_in_and_from_there_back() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    for path in ["/admin/issues/?q=a%20b&p=2", "/admin/nothing-here/", "/issues/3/", "/admin/"] {
        let mut browser = app.anonymous();
        let answer = browser.get(path).await;
        assert_eq!(answer.status, 302, "{path}");
        assert_eq!(answer.location(), format!("/admin/login/?next={}", encoded(path)));
        let form = browser.get(&answer.location()).await;
        let next = form.value("input[name=next]").unwrap();
        let answer = browser.sign_in("ops", PASSWORD, &next).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, path));
    }
}

#[tokio::test]
async fn check_02_an_unknown_address_is_a_404_once_signed_in() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    for path in ["/admin/nothing-here/", "/admin/nothing/add/", "/admin/sites/1/nothing/", "/admin/a/b/c/d/"]
    {
        assert_eq!(browser.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn check_03_every_refusal_reads_the_same() {
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
        // Django says 200; scripts need to know.
        assert_eq!(answer.status, 422);
        assert!(!browser.cookies.contains_key("opint_session"));
        assert_eq!(answer.value("#id_username").as_deref(), Some(name), "the name is kept");
        assert!(answer.all("title")[0].starts_with("Error:"));
        texts.push(answer.all("[role=alert]"));
    }
    assert!(texts.windows(2).all(|pair| pair[0] == pair[1]), "{texts:?}");
}

#[tokio::test]
async fn check_04_a_sign_in_without_a_name_says_what_is_missing() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    browser.get("/admin/login/").await;
    for (fields, errors) in [
        (&[("password", "x")][..], &["Enter your user name."][..]),
        (&[], &["Enter your user name.", "Enter your password."]),
    ] {
        let answer = browser.post("/admin/login/", fields).await;
        assert_eq!(
            (answer.status, answer.all(".err")),
            (422, errors.iter().map(ToString::to_string).collect())
        );
    }
}

#[tokio::test]
async fn check_05_next_never_leads_away() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let mut inside = app.sign_in("ops").await;
    for next in [
        "http://x",
        "//x",
        "///x",
        "http:///x",
        "https://x",
        "ftp://x",
        "javascript:alert(1)",
        "/\\x",
        "/admin/logout/",
    ] {
        let answer = app.anonymous().sign_in("ops", PASSWORD, next).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/"), "{next}");
        // Signed in already: the login page sends on, and no further either.
        let answer = inside.get(&format!("/admin/login/?next={}", encoded(next))).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/"), "{next}");
    }
    for next in ["/view/?p=http://x", "/admin/sites/"] {
        assert_eq!(app.anonymous().sign_in("ops", PASSWORD, next).await.location(), next);
        assert_eq!(inside.get(&format!("/admin/login/?next={next}")).await.location(), next);
    }
}

#[tokio::test]
async fn check_06_signing_in_as_somebody_else_begins_anew() {
    let app = TestApp::new().await;
    app.user("ann", "Operators").await;
    app.user("bob", "Operators").await;
    let mut browser = app.sign_in("ann").await;
    // Ann has not seen the message yet.
    assert_eq!(browser.post("/admin/causes/add/", &[("name", "Of Ann")]).await.status, 302);
    let (session, token) = (browser.cookies["opint_session"].clone(), browser.token.clone().unwrap());
    let answer = browser.post("/admin/login/", &[("username", "bob"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 302);
    assert_ne!(browser.cookies["opint_session"], session);
    let page = browser.get("/admin/").await;
    assert!(page.html().contains("Signed in as bob") && !page.html().contains("Of Ann"));
    let stale = [("csrfmiddlewaretoken", &*token), ("name", "Smuggled")];
    assert_eq!(browser.post_bare("/admin/causes/add/", &stale).await.status, 403);
    let mut thief = app.anonymous();
    thief.cookies.insert("opint_session".into(), session);
    assert_eq!(thief.get("/admin/").await.status, 302, "Ann's session is over");
}

#[tokio::test]
async fn check_07_whoever_may_not_enter_any_more_is_out_at_the_next_request() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    for (name, kept) in [("inactive", "is_staff"), ("outside", "is_active")] {
        let id = app.user(name, "Operators").await;
        let mut browser = app.sign_in(name).await;
        assert_eq!(browser.get("/admin/sites/").await.status, 200);
        let fields = [("username", name), (kept, "true"), ("_version", "1")];
        assert_eq!(admin.post(&format!("/admin/users/{id}/change/"), &fields).await.status, 302);
        let answer = browser.get("/admin/sites/").await;
        assert_eq!(answer.location(), "/admin/login/?next=%2Fadmin%2Fsites%2F", "{name}");
        assert!(browser.get(&answer.location()).await.has("#id_password"), "{name}");
    }
}

#[tokio::test]
async fn check_08_a_new_password_ends_all_other_sessions() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let (mut here, mut there) = (app.sign_in("ops").await, app.sign_in("ops").await);
    let wrong = here
        .post(
            "/admin/password_change/",
            &[
                ("old_password", "no"),
                ("new_password1", "sunlit-harbour-9"),
                ("new_password2", "sunlit-harbour-9"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.all("#old-errors .err").len(), 1);
    let before = here.cookies["opint_session"].clone();
    let answer = here
        .post(
            "/admin/password_change/",
            &[
                ("old_password", PASSWORD),
                ("new_password1", "sunlit-harbour-9"),
                ("new_password2", "sunlit-harbour-9"),
            ],
        )
        .await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/password_change/done/"));
    assert_ne!(here.cookies["opint_session"], before, "the id changes");
    assert_eq!(here.get("/admin/").await.status, 200);
    assert_eq!(there.get("/admin/").await.status, 302);
}

#[tokio::test]
async fn check_09_signing_out_ends_the_session_on_the_server() {
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
    let again = browser.post_bare("/admin/logout/", &[]).await;
    assert_eq!(again.status, 302);
    assert!(browser.get(&again.location()).await.has("#id_password"));
}

#[tokio::test]
async fn check_10_no_page_is_kept_by_browsers_or_proxies() {
    let (app, mut browser) = TestApp::with_demo().await;
    let mut paths: Vec<String> =
        ["/admin/", "/admin/nowhere/", "/admin/account/", "/admin/password_change/", "/admin/autocomplete/"]
            .map(str::to_owned)
            .into();
    for resource in app.app.registry.iter() {
        let list = format!("/admin/{}/", resource.meta().slug);
        if let Some(row) = browser.get(&list).await.attributes("tbody a.id", "href").first() {
            paths.extend(
                ["change", "history", "delete"].map(|page| row.replace("/change/", &format!("/{page}/"))),
            );
        }
        paths.extend([format!("{list}add/"), list]);
    }
    let login = app.anonymous().get("/admin/login/").await;
    let mut pages = vec![("/admin/login/".to_owned(), login)];
    for path in paths {
        let page = browser.get(&path).await;
        pages.push((path, page));
    }
    for (path, page) in pages {
        let cache = page.header("cache-control");
        let kept = ["no-store", "private", "max-age=0"].iter().all(|word| cache.contains(word));
        assert!(kept, "{path}: {cache}");
    }
}

#[tokio::test]
async fn check_11_whoever_has_no_rights_is_named_and_can_sign_in_as_another() {
    let app = TestApp::new().await;
    let mut nobody = app.signed_in("").await;
    // An index that says so, instead of Django's login page: signing out leads there.
    let page = nobody.get("/admin/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("no permission to view or edit anything"));
    assert!(page.html().contains("Signed in as a-"));
    assert!(page.has("form[action='/admin/logout/'] button"));
    let answer = nobody.post("/admin/logout/", &[]).await;
    assert!(nobody.get(&answer.location()).await.has("#id_username"));
}

#[tokio::test]
async fn check_12_a_form_without_its_token_writes_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Kept")]).await.to_string();
    let mut browser = app.signed_in("superuser").await;
    let row = format!("/admin/causes/{id}");
    for path in [
        "/admin/login/",
        "/admin/causes/add/",
        &format!("{row}/change/"),
        &format!("{row}/delete/"),
        "/admin/causes/",
        "/admin/logout/",
        "/preferences/theme/",
        "/admin/password_change/",
    ] {
        for token in ["", "wrong", "x"] {
            let fields = [
                ("csrfmiddlewaretoken", token),
                ("name", "Smuggled"),
                ("_version", "1"),
                ("action", "delete_selected"),
                ("_selected_action", &id),
                ("post", "yes"),
                ("theme", "dark"),
            ];
            assert_eq!(browser.post_bare(path, &fields).await.status, 403, "{path}");
        }
    }
    app.user("ops", "Operators").await;
    let mut stranger = app.anonymous();
    stranger.get("/admin/login/").await;
    let fields = [("username", "ops"), ("password", PASSWORD)];
    assert_eq!(stranger.post_bare("/admin/login/", &fields).await.status, 403);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept"]);
    let token = browser.token.clone().unwrap_or_default();
    browser.headers.push(("x-csrftoken".into(), token));
    assert_eq!(browser.post_bare("/admin/causes/add/", &[("name", "By header")]).await.status, 302);
}
