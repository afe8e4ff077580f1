//! What every response carries, and what every request must be.
use super::support::TestApp;

#[tokio::test]
async fn every_response_is_guarded() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("superuser").await;
    for path in [
        "/admin/",
        "/admin/issues/",
        "/admin/nope/",
        "/admin/login/",
        "/healthz",
        "/static/nothing.css",
        "/admin/issues/?a__b=1",
    ] {
        let answer = browser.get(path).await;
        let csp = answer.header("content-security-policy");
        assert!(csp.contains("default-src 'none'") && !csp.contains("unsafe"), "{path}: {csp}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(!answer.header("x-request-id").is_empty(), "{path}");
    }
    for path in ["/admin/", "/admin/issues/", "/issues/1/", "/admin/login/"] {
        let cache = browser.get(path).await.header("cache-control");
        assert!(
            path == "/admin/login/" || (cache.contains("no-store") && cache.contains("private")),
            "{path}: {cache}"
        );
    }
}

#[tokio::test]
async fn a_request_id_is_taken_over_if_it_is_harmless() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    browser.headers.push(("x-request-id".into(), "abc-123".into()));
    assert_eq!(browser.get("/healthz").await.header("x-request-id"), "abc-123");
    browser.headers.pop();
    browser.headers.push(("x-request-id".into(), "a b<script>".into()));
    assert_ne!(browser.get("/healthz").await.header("x-request-id"), "a b<script>");
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let app = TestApp::with(&[("ALLOWED_HOSTS", "opint.example.org")]).await;
    let mut browser = app.anonymous();
    browser.headers = vec![("host".into(), "evil.example".into())];
    assert_eq!(browser.get("/admin/login/").await.status, 400);
    assert_eq!(browser.get("/healthz").await.status, 200, "probes come by address");
    browser.headers = vec![("host".into(), "opint.example.org".into())];
    assert_eq!(browser.get("/admin/login/").await.status, 200);
}

#[tokio::test]
async fn a_missing_slash_is_added_and_the_query_kept() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let answer = browser.get("/admin/issues?q=a&p=2").await;
    assert_eq!((answer.status, answer.location().as_str()), (301, "/admin/issues/?q=a&p=2"));
    assert_eq!(browser.get("/issues/5").await.location(), "/issues/5/");
    assert_eq!(browser.get("/admin/sites/7/").await.location(), "/admin/sites/7/change/");
    assert_ne!(browser.get("//evil.example/admin").await.status, 301);
}

#[tokio::test]
async fn static_files_have_names_that_change_with_them() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    let page = browser.get("/admin/login/").await;
    let css = page.attributes("link[rel=stylesheet]", "href").remove(0);
    let answer = browser.get(&css).await;
    assert_eq!((answer.status, answer.header("content-type").as_str()), (200, "text/css"));
    assert!(answer.header("cache-control").contains("immutable"));
    let plain = answer.body.len();
    for (encoding, most) in [("br", 3), ("gzip", 3)] {
        browser.headers =
            vec![("host".into(), "localhost".into()), ("accept-encoding".into(), encoding.into())];
        let packed = browser.get(&css).await;
        assert_eq!(packed.header("content-encoding"), encoding);
        assert!(packed.body.len() < plain / most, "{encoding}: {} of {plain}", packed.body.len());
    }
    for path in ["/static/../Cargo.toml", "/static/", "/static/opint.css", "/static/%2e%2e/secret"] {
        let answer = browser.get(path).await;
        assert!(matches!(answer.status, 400 | 404), "{path}: {}", answer.status);
        assert!(!answer.header("cache-control").contains("immutable"), "{path}");
    }
}

#[tokio::test]
async fn errors_look_like_the_rest_and_tell_nothing_inside() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/99999/change/").await;
    assert!(page.has("nav.side") && page.text().contains("404"));
    browser.headers.push(("accept".into(), "application/json".into()));
    let json: serde_json::Value = serde_json::from_slice(&browser.get("/admin/nope/").await.body).unwrap();
    assert!(json["detail"].as_str().unwrap().contains("nothing here"));
    assert_eq!(browser.send("PUT", "/admin/issues/", None).await.status, 405);
    assert_eq!(browser.send("DELETE", "/admin/issues/1/change/", None).await.status, 405);
}

#[tokio::test]
async fn the_theme_is_a_cookie_and_comes_back_in_the_page() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    let answer =
        browser.post("/preferences/theme/", &[("theme", "dark"), ("next", "/admin/sites/?q=a")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?q=a"));
    assert_eq!(browser.get("/admin/").await.attributes("html", "data-theme"), ["dark"]);
    assert_eq!(browser.post("/preferences/theme/", &[("theme", "pink")]).await.status, 400);
    browser.cookies.insert("opint_theme".into(), "\"><script>".into());
    assert!(!browser.get("/admin/").await.has("html[data-theme]"));
}

#[tokio::test]
async fn what_is_too_large_is_refused_with_a_page() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let huge = "x".repeat(3 * 1024 * 1024);
    let answer = browser.post("/admin/causes/add/", &[("name", &huge)]).await;
    assert_eq!(answer.status, 413);
    assert!(answer.text().contains("too much at once"));
    let body: String = (0..20_001).map(|number| format!("a{number}=1&")).collect();
    assert_eq!(browser.send("POST", "/admin/causes/add/", Some(body.into_bytes())).await.status, 413);
}

#[tokio::test]
async fn who_is_about_to_stop_says_so_and_still_answers() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    assert_eq!(browser.get("/readyz").await.status, 200);
    app.app.stop();
    let answer = browser.get("/readyz").await;
    assert_eq!((answer.status, answer.text().as_str()), (503, "stopping"));
    let page = browser.get("/admin/login/").await;
    assert_eq!((page.status, page.header("connection").as_str()), (200, "close"));
    assert_eq!(browser.get("/healthz").await.status, 200, "or it would be killed at once");
}

#[tokio::test]
async fn metrics_count_routes_and_are_not_for_visitors() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Viewers").await;
    browser.get("/admin/issues/1/change/").await;
    browser.get("/admin/issues/2/change/").await;
    browser.get("/admin/no/such/page/at/all/").await;
    assert_eq!(browser.get("/metrics").await.status, 404, "who asks is not on this machine");
    let text = app.app.metrics.text().unwrap();
    for line in [
        "opint_build_info{version=\"",
        "opint_http_requests_total{method=\"GET\",route=\"/admin/{resource}/{pk}/change/\",status=\"404\"} 2",
        "opint_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1",
        "opint_http_request_duration_seconds_bucket{le=\"0.002\",route=",
        "opint_http_requests_in_flight 0",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}
