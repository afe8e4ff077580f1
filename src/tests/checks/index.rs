//! Checks 13 and 14: the index. (15 and 16, the menu and the skip link, need a browser.)
use crate::tests::support::TestApp;

#[tokio::test]
async fn check_13_the_index_shows_only_what_one_may_do() {
    let app = TestApp::new().await;
    for (name, right, shown, list, add) in [
        ("adds", "causes.add", "Add", false, true),
        ("views", "causes.view", "View", true, false),
        ("changes", "causes.change", "Change", true, false),
    ] {
        let page = app.with_rights(name, &[right]).await.get("/admin/").await;
        assert_eq!(page.all(".index header a.small"), [shown], "{right}");
        assert_eq!(page.has("a[href='/admin/causes/']"), list, "{right}");
        assert_eq!(page.has("a[href='/admin/causes/add/']"), add, "{right}");
        assert!(!page.text().contains("Sites"), "{right}");
    }
    let mut nobody = app.signed_in("").await;
    let page = nobody.get("/admin/").await;
    assert!(page.text().contains("no permission to view or edit anything") && !page.has(".index"));
    assert!(!page.has("nav a[href='/admin/causes/']"));
    // Sections have no pages of their own here: Django's index of one is a 404 for everybody.
    for path in ["/admin/records/", "/admin/admin/"] {
        assert_eq!(nobody.get(path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn check_14_recent_actions_are_ones_own_newest_first() {
    let app = TestApp::new().await;
    let (mut browser, mut other) = (app.signed_in("Operators").await, app.signed_in("superuser").await);
    for name in ["Storage", "Network"] {
        assert_eq!(browser.post("/admin/causes/add/", &[("name", name)]).await.status, 302);
    }
    let ids = browser.get("/admin/causes/?o=-1").await.attributes("input[name=_selected_action]", "value");
    let gone = format!("/admin/causes/{}/delete/", ids[0]);
    assert_eq!(browser.post(&gone, &[("post", "yes")]).await.status, 302);
    assert_eq!(other.post("/admin/causes/add/", &[("name", "Of another")]).await.status, 302);
    let page = browser.get("/admin/").await;
    assert_eq!(
        page.all(".recent li div"),
        ["Deleted: Storage cause", "Added: Network cause", "Added: Storage cause"]
    );
    assert!(!page.has(".recent li:first-child a"), "what is deleted has no page");
    assert!(page.has(&format!(".recent li:nth-child(2) a[href='/admin/causes/{}/change/']", ids[1])));
}
