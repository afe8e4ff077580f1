//! Checks 38 to 42: the pages of a list, what they cost, and what stands in empty cells.
use crate::tests::support::{Client, TestApp};

#[tokio::test]
async fn check_38_the_pager_shows_both_ends_and_the_neighbours() {
    let app = TestApp::new().await;
    app.issues(0..350).await;
    let mut browser = app.signed_in("Viewers").await;
    let window = async |browser: &mut Client, page: u64| {
        let page = browser.get(&format!("/admin/issues/?n=25&p={page}")).await;
        page.all(".pager .row > *").join(" ")
    };
    assert_eq!(window(&mut browser, 7).await, "1 2 3 4 5 6 7 8 9 10 … 13 14");
    app.issues(350..375).await;
    assert_eq!(window(&mut browser, 8).await, "1 2 … 5 6 7 8 9 10 11 … 14 15");
}

#[tokio::test]
async fn check_39_all_rows_fit_on_one_page_up_to_a_limit() {
    let app = TestApp::new().await;
    app.causes((0..60).map(|number| format!("Cause {number:02}"))).await;
    let mut browser = app.signed_in("Viewers").await;
    let offered = async |browser: &mut Client, path: &str| {
        let links = browser.get(path).await.attributes(".pager a", "href");
        links.into_iter().find(|href| href.contains("all=1"))
    };
    assert_eq!(offered(&mut browser, "/admin/causes/").await, None, "they fit already");
    let all = offered(&mut browser, "/admin/causes/?n=25").await.unwrap();
    assert_eq!(browser.get(&format!("/admin/causes/{all}")).await.rows().len(), 60);
    assert_eq!(browser.get("/admin/causes/?n=25&all=1&p=9").await.rows().len(), 60);
    app.causes((60..501).map(|number| format!("Cause {number}"))).await;
    assert_eq!(offered(&mut browser, "/admin/causes/?n=25").await, None);
    assert_eq!(browser.get("/admin/causes/?n=100&all=1").await.rows().len(), 100, "above it, it pages");
}

#[tokio::test]
async fn check_40_a_page_beyond_the_end_is_the_last_one_with_all_filters() {
    let app = TestApp::new().await;
    app.issues(0..30).await;
    let mut browser = app.signed_in("Viewers").await;
    let page = browser.get("/admin/issues/?n=25&p=99&operation__exact=deletion").await;
    assert_eq!((page.status, page.rows().len()), (200, 5));
    assert!(page.text().contains("does not exist"));
    assert_eq!(page.all(".chip").len(), 1);
    for odd in ["abc", "-1", "0", "99999999999999999999", "1e3"] {
        assert_eq!(browser.get(&format!("/admin/issues/?n=25&p={odd}")).await.status, 200, "{odd}");
    }
    assert_eq!(browser.get("/admin/issues/?n=3").await.rows().len(), 30, "sizes are those offered");
}

#[tokio::test]
async fn check_41_a_hundred_rows_take_as_many_queries_as_ten() {
    let app = TestApp::new().await;
    app.issues(0..10).await;
    let mut browser = app.signed_in("Viewers").await;
    let (page, ten) = app.cost(&mut browser, "/admin/issues/").await;
    assert_eq!(page.rows().len(), 10);
    app.issues(10..100).await;
    let (page, hundred) = app.cost(&mut browser, "/admin/issues/").await;
    assert_eq!((page.rows().len(), hundred), (100, ten));
}

#[tokio::test]
async fn check_42_what_is_empty_and_what_is_true_is_said_in_words() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    for (reference, open) in [("1", "true"), ("2", "false")] {
        let fields = [("system", "other"), ("reference", reference), ("title", "x"), ("is_open", open)];
        app.add("tickets", &fields).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    // Words instead of Django's dash and pictures. A reference to what is gone cannot be: what is
    // deleted leaves none, which the database sees to.
    for (path, column, words) in [
        ("/admin/issues/", "Category", &["none"][..]),
        ("/admin/sites/?q=UNKNOWN", "Country", &["empty"]),
        ("/admin/tickets/?o=1", "Site", &["none", "none"]),
        ("/admin/tickets/?o=1", "Open", &["yes", "no"]),
    ] {
        let page = browser.get(path).await;
        let at = page.all("thead th").iter().position(|head| head == column).unwrap() + 1;
        assert_eq!(page.all(&format!("table.list tbody td:nth-child({at})")), words, "{path} {column}");
    }
}
