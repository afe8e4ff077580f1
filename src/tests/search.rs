//! Search over everything.
use super::support::{Answer, TestApp, encoded};

fn address(text: &str) -> String {
    format!("/search/?q={}", encoded(text))
}

/// Names of the hits of one kind.
fn hits(answer: &Answer, slug: &str) -> Vec<String> {
    answer.all(&format!("section[aria-labelledby=h-{slug}] a.id"))
}

/// One of everything about a site.
async fn filled() -> TestApp {
    let app = TestApp::new().await;
    let site = app.site("WT2").await.to_string();
    app.issue("421 Service busy: Connection limit exceeded <b>x</b>", "WT2", "INFN-T1").await;
    app.issue("100% of quota_used", "NEVIS", "CERN-PROD").await;
    app.add("tickets", &[("reference", "144201"), ("title", "WT2 fails"), ("site", &site)]).await;
    app.add("error-categories", &[("title", "Connection limit exceeded"), ("pattern", "limit exceeded")])
        .await;
    app.add("causes", &[("name", "Overload")]).await;
    app
}

#[tokio::test]
async fn records_of_every_kind_are_found_by_name_and_text() {
    let app = filled().await;
    let mut viewer = app.signed_in("Viewers").await;
    let page = viewer.get(&address("wt2")).await;
    assert_eq!(page.status, 200);
    assert_eq!(hits(&page, "sites"), ["WT2"]);
    assert!(hits(&page, "issues")[0].contains("421 Service busy"));
    assert_eq!(hits(&page, "tickets"), ["GGUS 144201"]);
    assert!(page.text().contains("WT2 fails"), "the subject stands beside the number");
    assert!(page.has("a[href='/admin/issues/?q=wt2']"));
    let page = viewer.get(&address("limit \"connection limit\"")).await;
    assert_eq!(hits(&page, "error-categories"), ["Connection limit exceeded"]);
    assert_eq!(hits(&page, "issues").len(), 1);
    assert!(hits(&page, "sites").is_empty());
    for kind in ["issues", "error-categories"] {
        let list = viewer.get(&page.attributes(&format!("a.push[href^='/admin/{kind}/']"), "href")[0]).await;
        assert_eq!(list.rows().len(), 1, "the list has the same: {kind}");
    }
}

#[tokio::test]
async fn a_number_leads_to_its_record() {
    let app = filled().await;
    let site = app.site("WT2").await;
    let mut viewer = app.signed_in("Viewers").await;
    let ticket = viewer.get("/admin/tickets/").await.attributes("tbody a.id", "href").remove(0);
    for text in ["issue 1", "#1", " Issue #1 "] {
        let answer = viewer.get(&address(text)).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/issues/1/"), "{text}");
    }
    for text in ["144201", "GGUS 144201", "ggus:144201", "ticket #144201"] {
        let answer = viewer.get(&address(text)).await;
        assert_eq!(answer.status, 302, "{text}");
        assert!(ticket.starts_with(&answer.location()), "{text}: {}", answer.location());
    }
    assert!(viewer.get(&address(&format!("site {site}"))).await.location().contains("/sites/"));
    // A number may stand in a text, too: then it is offered, and the texts with it.
    let page = viewer.get(&address("2")).await;
    assert!(page.text().contains("That number") && page.text().contains("quota_used"));
    assert!(hits(&viewer.get(&address("421")).await, "issues")[0].contains("421 Service"));
    // In quotes it is text.
    assert_eq!(viewer.get(&address("\"144201\"")).await.status, 200);
    for text in ["issue 999", "#999", "ggus 999"] {
        let page = viewer.get(&address(text)).await;
        assert!(page.status == 200 && page.text().contains("with that number"), "{text}: {}", page.text());
    }
}

#[tokio::test]
async fn nobody_finds_what_they_may_not_see() {
    let app = filled().await;
    let anonymous = app.anonymous().get(&address("wt2")).await;
    assert_eq!(anonymous.location(), "/admin/login/?next=%2Fsearch%2F%3Fq%3Dwt2");
    let mut nobody = app.signed_in("").await;
    for text in ["wt2", "#1", "144201", ""] {
        let page = nobody.get(&address(text)).await;
        assert_eq!(page.status, 200, "{text}");
        assert!(page.text().contains("nothing that you may search"), "{text}");
        assert!(!page.text().contains("421"), "{text}");
    }
    let mut browser = app.with_rights("sites-only", &["sites.view"]).await;
    let page = browser.get(&address("wt2")).await;
    assert_eq!(page.all("main a.id"), ["WT2"]);
    assert!(!page.html().contains("144201") && !page.html().contains("421"));
    for text in ["#1", "144201", "issue 1"] {
        assert_eq!(browser.get(&address(text)).await.status, 200, "{text}");
    }
}

#[tokio::test]
async fn a_name_typed_whole_stands_on_top_and_counts_end_at_ten() {
    let app = TestApp::new().await;
    for name in ["AGLT2", "AAA-MWT2", "MWT2-EXTRA", "MWT2"] {
        app.site(name).await;
    }
    let mut viewer = app.signed_in("Viewers").await;
    let page = viewer.get(&address("mwt2")).await;
    assert_eq!(hits(&page, "sites"), ["MWT2", "MWT2-EXTRA", "AAA-MWT2"]);
    assert_eq!(page.all("section[aria-labelledby=h-sites] header p"), ["3"]);
    for number in 0..12 {
        app.issue(&format!("Checksum mismatch {number}"), &format!("SITE-{number}"), "MWT2").await;
    }
    viewer.get(&address("site-")).await;
    let (page, many) = app.cost(&mut viewer, &address("\"checksum mismatch\"")).await;
    assert_eq!(page.all("section[aria-labelledby=h-issues] header p"), ["10+"]);
    assert_eq!(hits(&page, "issues").len(), 10);
    let (page, few) = app.cost(&mut viewer, &address("\"checksum mismatch 11\"")).await;
    assert_eq!(hits(&page, "issues").len(), 1);
    assert!(many <= few && few < 30, "{many} statements for many hits, {few} for one");
}

#[tokio::test]
async fn what_is_too_short_for_the_index_is_looked_for_in_the_latest() {
    let app = filled().await;
    let page = app.signed_in("Viewers").await.get(&address("x<")).await;
    assert_eq!(hits(&page, "issues").len(), 1);
    assert!(page.text().contains("Only the latest were looked through"));
}

#[tokio::test]
async fn no_search_breaks_the_page() {
    let app = filled().await;
    let mut viewer = app.signed_in("Viewers").await;
    for text in ["%", "_", "\\", "0%", "quota_used", "'", "\"", "'; DROP TABLE site; --", "\" OR 1=1"] {
        let page = viewer.get(&address(text)).await;
        assert_eq!(page.status, 200, "{text}");
        assert!(hits(&page, "sites").is_empty(), "{text}: {:?}", hits(&page, "sites"));
        let expected = usize::from(matches!(text, "%" | "_" | "0%" | "quota_used"));
        assert_eq!(hits(&page, "issues").len(), expected, "{text}");
    }
    let evil = "<script>alert(1)</script>";
    let page = viewer.get(&address(evil)).await;
    assert!(page.status == 200 && !page.html().contains("<script>alert"));
    assert_eq!(page.value("main input[name=q]").as_deref(), Some(evil));
    assert!(page.text().contains("Nothing found") && page.has("main a.btn[href='/admin/sites/']"));
    let page = viewer.get(&address("WT2\0")).await;
    assert!(page.text().contains("NUL") && hits(&page, "sites").is_empty(), "it is not a search for nothing");
    let page = viewer.get(&address(&"wt2 ".repeat(300))).await;
    assert!(page.status == 200 && page.text().contains("first 400"), "{}", page.text());
    assert_eq!(viewer.get(&address(&"x".repeat(9_000))).await.status, 400);
    for odd in ["/search/?q=%FF%FE", "/search/?q", "/search/?x=1&q=a&q=b", "/search/?q=%F0%9F%98%80"] {
        assert_eq!(viewer.get(odd).await.status, 200, "{odd}");
    }
    assert_eq!(viewer.get("/search?q=a").await.location(), "/search/?q=a");
}

#[tokio::test]
async fn the_field_is_on_every_page_and_an_empty_one_says_what_it_is_for() {
    let app = filled().await;
    let mut viewer = app.signed_in("Viewers").await;
    for path in ["/admin/", "/admin/sites/", "/issues/1/", "/admin/nope/", "/search/"] {
        let page = viewer.get(path).await;
        assert!(page.has("header form[action='/search/'] input[name=q]"), "{path}");
    }
    for path in ["/search/", "/search/?q=", "/search/?q=%20%20"] {
        let page = viewer.get(path).await;
        assert!(page.text().contains("What can be searched"), "{path}");
        assert!(page.has("main a[href='/admin/tickets/']"), "{path}");
    }
}
