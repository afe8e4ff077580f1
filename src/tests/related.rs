//! Records that a form points at, opened in a dialog over it; and saving as new.
use super::support::TestApp;
use entity::{cause, error_category, suggested_action};
use sea_orm::{EntityTrait, PaginatorTrait};

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
async fn a_form_in_a_dialog_has_no_way_out_but_saving_and_closing_and_answers_in_json() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get("/admin/causes/add/?_popup=1").await;
    assert_eq!(page.status, 200);
    assert!(page.has("[name=_popup]") && page.has("[data-close]"));
    assert!(!page.has("[name=_continue]") && !page.has("[name=_addanother]") && !page.has(".btn.danger"));
    let wrong = browser.post("/admin/causes/add/", &[("_popup", "1"), ("name", "")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("[name=_popup]") && wrong.has("#name-errors"), "the next try is in the dialog as well");
    let evil = "</script><b>\"x\" & y";
    let made = browser.post("/admin/causes/add/", &[("_popup", "1"), ("name", evil)]).await;
    assert_eq!((made.status, made.header("content-type").as_str()), (200, "application/json"));
    let said = made.json();
    assert_eq!((said["resource"].as_str(), said["text"].as_str()), (Some("causes"), Some(evil)));
    let id = said["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/causes/{id}/change/");
    let fields = [("_popup", "1"), ("_version", "1"), ("name", "Plain")];
    assert_eq!(browser.post(&path, &fields).await.json()["text"], "Plain");
    let stale = browser.post(&path, &fields).await;
    assert_eq!(stale.status, 409);
    assert!(stale.has("form [name=_popup]"), "a conflict is solved in the dialog, too");
    assert!(!browser.get("/admin/causes/").await.text().contains("was added"), "nothing is said twice");
    assert_eq!(app.signed_in("Viewers").await.get("/admin/causes/add/?_popup=1").await.status, 403);
    assert_eq!(cause::Entity::find().count(&app.app.db).await.unwrap(), 1);
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
async fn saving_as_new_makes_a_copy_with_its_rows_and_leaves_the_first_alone() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Busy"), ("priority", "1")]).await.to_string();
    let action = app.add("actions", &[("name", "Wait")]).await.to_string();
    let row =
        app.add("suggested-actions", &[("category", &*category), ("action", &*action)]).await.to_string();
    let mut browser = app.signed_in("Operators").await;
    let path = format!("/admin/error-categories/{category}/change/");
    assert!(browser.get(&path).await.has("[name=_saveasnew]"));
    let mut fields = vec![
        ("_saveasnew", "1"),
        ("_version", "1"),
        ("title", "Busy"),
        ("priority", "1"),
        ("state", "active"),
        ("suggested_actions-TOTAL_FORMS", "1"),
        ("suggested_actions-0-id", &*row),
        ("suggested_actions-0-_version", "1"),
        ("suggested_actions-0-action", &*action),
        ("suggested_actions-0-prior", "0.8"),
        ("suggested_actions-0-is_active", "true"),
    ];
    let refused = browser.post(&path, &fields).await;
    assert_eq!(refused.status, 422, "the title is taken");
    assert!(
        !refused.has(".save [name=_save]") && refused.has(".save [name=_saveasnew]"),
        "saving would change the first"
    );
    fields[2] = ("title", "Busier");
    let answer = browser.post(&path, &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert!(answer.location().ends_with("/change/") && answer.location() != path);
    let rows = error_category::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(rows.iter().map(|row| &*row.title).collect::<Vec<_>>(), ["Busy", "Busier"]);
    let copied = suggested_action::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(copied.iter().map(|row| row.category_id).collect::<Vec<_>>(), [rows[0].id, rows[1].id]);
}

#[tokio::test]
async fn saving_as_new_needs_the_right_to_add_and_a_resource_that_offers_it() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Busy"), ("priority", "1")]).await;
    let site = app.site("A").await;
    let path = format!("/admin/error-categories/{category}/change/");
    let fields = [("_saveasnew", "1"), ("_version", "1"), ("title", "Copy"), ("priority", "1")];
    let mut browser = app.signed_in("Operators").await;
    let refused = browser.post(&format!("/admin/sites/{site}/change/"), &fields).await;
    assert_eq!(refused.status, 403);
    assert_eq!(app.signed_in("Viewers").await.post(&path, &fields).await.status, 403);
    let mut changes = super::inlines::with_rights(&app, "changes", &["error-categories.change"]).await;
    assert!(!changes.get(&path).await.has("[name=_saveasnew]"));
    assert_eq!(changes.post(&path, &fields).await.status, 403);
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 1);
}
