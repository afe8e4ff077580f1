//! Searching, filtering, sorting and paging a list.
use super::support::{TestApp, encoded};

async fn with_causes(names: &[&str]) -> (TestApp, super::support::Client) {
    let app = TestApp::new().await;
    app.causes(names.iter().map(ToString::to_string)).await;
    let browser = app.signed_in("Viewers").await;
    (app, browser)
}

#[tokio::test]
async fn every_word_must_match_somewhere() {
    let (_app, mut browser) =
        with_causes(&["Storage overloaded", "Storage full", "100% full_disk", "back\\slash", "Grün"]).await;
    for (q, rows) in [
        ("storage", 2),
        ("full storage", 1),
        ("\"Storage full\"", 1),
        ("\"full Storage\"", 0),
        ("100%", 1),
        ("STORAGE", 2),
        ("Grün", 1),
        ("nothing", 0),
        ("", 5),
        ("'", 0),
        ("\"", 0),
    ] {
        let answer = browser.get(&format!("/admin/causes/?q={}", encoded(q))).await;
        assert_eq!((answer.status, answer.rows().len()), (200, rows), "{q}");
    }
}

#[tokio::test]
async fn a_search_reaches_what_a_row_points_at() {
    let app = TestApp::new().await;
    app.issue("421 Service busy: Connection limit exceeded", "WT2", "INFN-T1").await;
    app.issue("421 Service busy: Connection limit exceeded", "MWT2", "INFN-T1").await;
    app.issue("Operation timed out", "WT2", "INFN-T1").await;
    let mut browser = app.signed_in("Viewers").await;
    for (q, rows) in [
        ("%22Connection+limit+exceeded%22", 2),
        ("%22Connection+limit+exceeded%22+WT2", 2),
        ("%22limit+exceeded%22+MWT2", 1),
        ("infn+timed", 1),
        ("bu", 2),
        ("limit+timed", 0),
        ("%231", 1),
    ] {
        assert_eq!(browser.get(&format!("/admin/issues/?q={q}")).await.rows().len(), rows, "{q}");
    }
}

#[tokio::test]
async fn a_search_that_is_too_long_is_cut_and_that_is_said() {
    let (_app, mut browser) = with_causes(&["One"]).await;
    let answer = browser.get(&format!("/admin/causes/?q={}", "a+".repeat(300))).await;
    assert_eq!(answer.status, 200);
    let answer = browser.get(&format!("/admin/causes/?q={}", "x".repeat(5000))).await;
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("first 400 characters"));
}

#[tokio::test]
async fn sorting_keeps_earlier_columns_as_further_keys() {
    let app = TestApp::new().await;
    for (name, tier) in [("Chris-1", "1"), ("Bob", "1"), ("Chris-2", "2")] {
        app.add("sites", &[("name", name), ("tier", tier)]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    let rows = async |browser: &mut super::support::Client, o: &str| {
        let rows = browser.get(&format!("/admin/sites/?o={o}")).await.rows();
        rows.into_iter().filter(|name| name != "UNKNOWN").collect::<Vec<_>>()
    };
    assert_eq!(rows(&mut browser, "1").await, ["Bob", "Chris-1", "Chris-2"]);
    assert_eq!(rows(&mut browser, "-3.1").await, ["Chris-2", "Bob", "Chris-1"]);
    assert_eq!(rows(&mut browser, "3.-1").await, ["Chris-1", "Bob", "Chris-2"]);
    let page = browser.get("/admin/sites/?o=-3.1&q=C").await;
    assert_eq!(page.attributes("th[aria-sort]", "aria-sort"), ["ascending", "descending"]);
    assert!(page.attributes("thead a", "href").iter().all(|href| href.contains("q=C")), "the search stays");
}

#[tokio::test]
async fn filters_combine_and_each_can_be_removed() {
    let app = TestApp::new().await;
    for (name, tier, status) in [("A", "1", "active"), ("B", "2", "active"), ("C", "2", "disabled")] {
        app.add("sites", &[("name", name), ("tier", tier), ("status", status)]).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    for (query, rows) in [
        ("status__exact=active", &["A", "B"][..]),
        ("status__exact=active&status__exact=disabled", &["A", "B", "C"]),
        ("status__in=active,disabled", &["A", "B", "C"]),
        ("tier__gte=2", &["B", "C"]),
        ("tier__lt=2", &["A"]),
        ("tier__exact=2&status__exact=active", &["B"]),
        ("status=disabled", &["C"]),
        ("tier__exact=", &["A", "B", "C", "UNKNOWN"]),
    ] {
        assert_eq!(browser.get(&format!("/admin/sites/?{query}")).await.rows(), rows, "{query}");
    }
    let page = browser.get("/admin/sites/?tier__exact=2&status__exact=active&q=B&o=-1").await;
    assert_eq!(page.all(".chip").len(), 3);
}

#[tokio::test]
async fn long_lists_are_counted_up_to_a_bound() {
    let app = TestApp::new().await;
    app.issues(0..10_050).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/").await;
    assert!(page.text().contains("10,000+ issues"), "{}", &page.text()[..200]);
    assert!(browser.get("/admin/issues/?count=exact").await.text().contains("10,050 issues"));
    let far = browser.get("/admin/issues/?p=101").await;
    assert_eq!(far.rows().len(), 50);
    let beyond = browser.get("/admin/issues/?p=4000").await;
    assert_eq!((beyond.status, beyond.rows().len()), (200, 100));
    assert!(beyond.text().contains("last rows"));
}

#[tokio::test]
async fn users_are_filtered_by_group() {
    let app = TestApp::new().await;
    for (name, group) in [("anna", "Operators"), ("ben", "Shifters"), ("cleo", "")] {
        app.user(name, group).await;
    }
    let mut browser = app.signed_in("superuser").await;
    let page = browser.get("/admin/users/").await;
    let links = page.all(".facets li a").into_iter().zip(page.attributes(".facets li a", "href"));
    let href = links.into_iter().find(|(title, _)| title == "Operators").map(|(_, href)| href).unwrap();
    let filtered = browser.get(&format!("/admin/users/{href}")).await;
    assert_eq!(filtered.rows(), ["anna"]);
    assert_eq!(filtered.all(".chip"), ["Groups Operators"]);
    let odd = browser.get("/admin/users/?groups__exact=x&is_active__exact=true").await;
    assert_eq!((odd.status, odd.rows().len()), (200, 4));
    assert!(odd.text().contains("ignored"));
    assert_eq!(browser.get("/admin/users/?permissions__exact=1").await.status, 400);
}

#[tokio::test]
async fn a_choice_can_be_given_up_again() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "A"), ("tier", "1")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/sites/?status__exact=active&tier__exact=1&o=-1").await;
    let links: Vec<_> =
        page.all(".facets li a").into_iter().zip(page.attributes(".facets li a", "href")).collect();
    let (_, all) = links.iter().find(|(title, _)| title == "All").unwrap();
    assert!(!all.contains("status") && all.contains("tier__exact=1") && all.contains("o=-1"), "{all}");
}

#[tokio::test]
async fn many_values_of_one_filter_are_bounded_and_said() {
    let app = TestApp::new().await;
    app.add("sites", &[("name", "A")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let same = "status=active&".repeat(500);
    assert_eq!(browser.get(&format!("/admin/sites/?{same}")).await.rows(), ["A"]);
    let other: String = (0..500).map(|number| format!("tier={number}&")).collect();
    let page = browser.get(&format!("/admin/sites/?{other}")).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("At most 200 values"));
    assert_eq!(browser.get(&format!("/admin/sites/?q={}", "x".repeat(9000))).await.status, 400);
    assert_eq!(
        browser.get(&format!("/admin/issues/?src_site__name__icontains={}", "x".repeat(5000))).await.status,
        200
    );
}

#[tokio::test]
async fn filters_tell_nothing_about_records_one_may_not_see() {
    let app = TestApp::new().await;
    let id = app.user("secret-name", "").await;
    let mut browser = app.signed_in("Viewers").await;
    for query in
        ["user__is_superuser__exact=true", "user__username__icontains=s", "user__last_login__gte=2020-01-01"]
    {
        assert_eq!(browser.get(&format!("/admin/actions-taken/?{query}")).await.status, 400, "{query}");
    }
    let page = browser.get(&format!("/admin/actions-taken/?user__exact={id}")).await;
    assert_eq!(page.status, 200);
    assert!(!page.html().contains("secret-name"));
}
