//! Records that a form points at, opened in a dialog over it; and saving as new.
use super::support::TestApp;

#[tokio::test]
async fn rights_decide_which_links_stand_beside_a_select() {
    let app = TestApp::new().await;
    let cause = app.add("causes", &[("name", "Storage")]).await;
    let fields = [("title", "Busy"), ("priority", "1"), ("cause", &*cause.to_string())];
    let category = app.add("error-categories", &fields).await;
    let path = format!("/admin/error-categories/{category}/change/");
    let link = ".rel:has(select[name=cause]) a[data-related=open]";
    let mut operator = app.signed_in("Operators").await;
    let page = operator.get(&path).await;
    assert_eq!(page.attributes(link, "href"), [format!("/admin/causes/{cause}/change/")]);
    assert_eq!(page.attributes(link, "aria-label"), ["Change this cause"]);
    assert!(page.has(".rel:has(select[name=cause]) a[data-related=add][href='/admin/causes/add/']"));
    assert!(page.has("select[name=cause][data-of=causes]"));
    let empty = operator.get("/admin/error-categories/add/").await;
    assert!(empty.has(&format!("{link}[hidden]")), "nothing is chosen, so there is nothing to open");
    let mut viewer = app.signed_in("Viewers").await;
    assert!(!viewer.get(&path).await.has("a[data-related]"), "nothing to choose, nothing to add");
}

#[tokio::test]
async fn no_page_may_be_shown_in_a_frame_of_another_not_even_for_a_dialog() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get("/admin/causes/add/?_popup=1").await;
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    assert_eq!(page.header("x-frame-options"), "DENY");
}

#[tokio::test]
async fn saving_as_new_needs_a_resource_that_offers_it() {
    let app = TestApp::new().await;
    let site = app.site("A").await;
    let fields = [("_saveasnew", "1"), ("_version", "1"), ("name", "Copy")];
    let mut browser = app.signed_in("Operators").await;
    assert_eq!(browser.post(&format!("/admin/sites/{site}/change/"), &fields).await.status, 403);
    assert!(!browser.get("/admin/sites/").await.rows().contains(&"Copy".to_owned()));
}
