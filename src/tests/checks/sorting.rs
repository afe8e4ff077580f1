//! Checks 17 to 20: the order of a list.
use crate::tests::support::TestApp;

#[tokio::test]
async fn check_17_several_columns_sort_in_the_order_named() {
    let app = TestApp::new().await;
    for (reference, title, priority) in
        [("Chris1", "Chris", "1"), ("Chris2", "Chris", "2"), ("Bob1", "Bob", "1")]
    {
        let fields =
            [("system", "other"), ("reference", reference), ("title", title), ("priority", priority)];
        app.add("tickets", &fields).await;
    }
    let mut browser = app.signed_in("Viewers").await;
    // Columns are numbered: the title is the second, the priority the sixth.
    let page = browser.get("/admin/tickets/?o=2.6").await;
    assert_eq!(page.rows(), ["Bob1", "Chris1", "Chris2"]);
    let page = browser.get("/admin/tickets/?o=-6.2").await;
    assert_eq!(page.rows(), ["Chris2", "Bob1", "Chris1"]);
}

#[tokio::test]
async fn check_18_an_order_that_names_no_column_is_the_usual_one() {
    let app = TestApp::new().await;
    app.causes(["B", "C", "A"].map(str::to_owned)).await;
    let mut browser = app.signed_in("Viewers").await;
    for odd in ["99", "abc", "0", "-", "..", "x.99.-0", "-99999999999999999999", ""] {
        let page = browser.get(&format!("/admin/causes/?o={odd}")).await;
        assert_eq!((page.status, page.rows()), (200, ["A", "B", "C"].map(str::to_owned).into()), "{odd}");
    }
}

#[tokio::test]
async fn check_19_pages_hold_every_row_once() {
    let app = TestApp::new().await;
    // The smallest page has 25 rows, so there are 130 instead of 50.
    app.issues(0..130).await;
    let mut browser = app.signed_in("Viewers").await;
    for o in ["", "&o=2", "&o=-2.8"] {
        let mut by_number = Vec::new();
        for page in 1..=6 {
            by_number.extend(browser.get(&format!("/admin/issues/?n=25&p={page}{o}")).await.rows());
        }
        assert_eq!(by_number.iter().collect::<std::collections::BTreeSet<_>>().len(), 130, "{o}");
        let mut by_next = Vec::new();
        let mut href = format!("?n=25{o}");
        loop {
            let page = browser.get(&format!("/admin/issues/{href}")).await;
            by_next.extend(page.rows());
            match page.attributes("a[rel=next]", "href").into_iter().next() {
                Some(next) => href = next,
                None => break,
            }
        }
        assert_eq!(by_next, by_number, "{o}");
        let last = browser.get(&format!("/admin/issues/{href}")).await;
        let back = browser.get(&format!("/admin/issues/{}", last.attributes("a[rel=prev]", "href")[0])).await;
        assert_eq!(back.rows(), by_number[100..125], "{o}");
    }
}

#[tokio::test]
async fn check_20_what_cannot_be_sorted_has_no_link() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let page = app.signed_in("Viewers").await.get("/admin/issues/").await;
    let links = page.all("thead th > a");
    assert!(
        links.len() == 3
            && links
                .iter()
                .zip(["Failures", "Status", "Last seen"])
                .all(|(link, head)| link.starts_with(head)),
        "{links:?}"
    );
    assert!(page.all("thead th").contains(&"Message".to_owned()));
}
