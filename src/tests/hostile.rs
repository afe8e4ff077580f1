//! Hostile input anywhere: never a 500, never run, never written by halves.
use super::support::{TestApp, encoded};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Runs a property against one application; proptest itself knows no async.
fn check<S: Strategy>(
    strategy: &S,
    cases: u32,
    property: impl Fn(
        &tokio::runtime::Runtime,
        &TestApp,
        &mut super::support::Client,
        S::Value,
    ) -> Result<(), TestCaseError>,
) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let app = runtime.block_on(TestApp::new());
    runtime.block_on(async {
        app.issue("TRANSFER [70] <b>&amp; \"quotes\"", "WT2", "INFN-T1").await;
        app.add("causes", &[("name", "Cause")]).await;
    });
    let browser = std::cell::RefCell::new(runtime.block_on(app.signed_in("superuser")));
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner.run(strategy, |value| property(&runtime, &app, &mut browser.borrow_mut(), value)).unwrap();
}

#[test]
fn no_query_string_breaks_a_list() {
    let name = prop_oneof![
        "q|o|p|n|after|before|count|_facets|_changelist_filters",
        "(status|operation|category|src_site|last_seen|attribution|password|message)(__(exact|in|isnull|gte|lt|icontains|regex|id|name|pk)){0,3}",
        "\\PC{0,12}",
    ];
    let value = prop_oneof!["\\PC{0,40}", "[-0-9.,]{0,30}", "(?s).{0,20}"];
    check(&proptest::collection::vec((name, value), 0..5), 150, |runtime, _, browser, pairs| {
        let query: Vec<String> =
            pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        let answer = runtime.block_on(browser.get(&format!("/admin/issues/?{}", query.join("&"))));
        prop_assert!(matches!(answer.status, 200 | 400), "{} {:?}", answer.status, pairs);
        Ok(())
    });
}

#[test]
fn no_form_value_breaks_a_form_or_runs_in_a_page() {
    let value = prop_oneof!["(?s).{0,60}", "<[a-z]{1,8}( on[a-z]{3,6}=[a-z()]{1,9})?>", "\\PC{0,300}"];
    check(&(value.clone(), value), 80, |runtime, _, browser, (name, description)| {
        let answer = runtime.block_on(browser.post(
            "/admin/causes/add/",
            &[("name", &name), ("description", &description), ("_continue", "1")],
        ));
        prop_assert!(matches!(answer.status, 302 | 422), "{} {name:?}", answer.status);
        let page =
            if answer.status == 302 { runtime.block_on(browser.get(&answer.location())) } else { answer };
        prop_assert!(matches!(page.status, 200 | 422));
        if page.status == 200 {
            // What was typed comes back as it was, so it was escaped on the way.
            prop_assert_eq!(page.value("#id_name").unwrap_or_default(), name.trim());
            let history = runtime.block_on(browser.get("/admin/audit-log/"));
            prop_assert_eq!(history.status, 200);
        }
        Ok(())
    });
}

#[test]
fn no_cookie_or_header_breaks_a_page() {
    check(&("[!-~]{0,60}", "[ -~]{0,60}"), 100, |runtime, app, _, (cookie, header)| {
        let mut browser = app.anonymous();
        for name in ["opint_session", "opint_csrf", "opint_theme"] {
            browser.cookies.insert(name.into(), cookie.replace([';', ','], ""));
        }
        for name in ["x-forwarded-for", "accept", "accept-language", "x-request-id", "range", "if-none-match"]
        {
            browser.headers.push((name.into(), header.clone()));
        }
        let answer = runtime.block_on(browser.get("/admin/login/"));
        prop_assert_eq!(answer.status, 200);
        prop_assert_eq!(
            runtime.block_on(browser.get("/admin/")).status,
            if header.starts_with("application/json") { 401 } else { 302 }
        );
        Ok(())
    });
}

#[test]
fn no_path_breaks_the_router() {
    check(&"[ -~]{0,40}", 150, |runtime, _, browser, path| {
        let path: String = path
            .chars()
            .map(|letter| {
                if letter.is_ascii_alphanumeric() || "/.-_~".contains(letter) {
                    letter.to_string()
                } else {
                    format!("%{:02X}", u32::from(letter))
                }
            })
            .collect();
        let answer = runtime.block_on(browser.get(&format!("/admin/{path}")));
        prop_assert!(answer.status < 500, "{} {path}", answer.status);
        Ok(())
    });
}
