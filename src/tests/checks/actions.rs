//! Checks 43 to 46, 48, 50 and 51: what is done to several rows at once. (47 and 49 need a browser.)
use crate::admin::thousands;
use crate::tests::support::TestApp;
use entity::{audit_log, cause, error_category, issue, site, suggested_action};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QuerySelect};

#[tokio::test]
async fn check_43_an_action_without_rows_and_rows_without_an_action_do_nothing() {
    let app = TestApp::new().await;
    let id = app.site("WT2").await.to_string();
    let mut browser = app.signed_in("Operators").await;
    for fields in [
        vec![("action", "delete_selected")],
        vec![("_selected_action", &*id)],
        vec![("action", ""), ("_selected_action", &*id)],
        vec![("action", "nonsense"), ("_selected_action", &*id)],
        vec![("action", "delete_selected"), ("_selected_action", "abc")],
    ] {
        let answer = browser.post("/admin/sites/?o=1&q=W", &fields).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?o=1&q=W"), "{fields:?}");
        let page = browser.get(&answer.location()).await;
        assert!(page.all(".note.warn").join(" ").contains("Nothing was done"), "{fields:?}");
    }
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn check_44_a_deletion_of_several_names_what_goes_and_keeps_an_entry_each() {
    let app = TestApp::new().await;
    let action = app.add("actions", &[("name", "Wait")]).await.to_string();
    let mut ids = Vec::new();
    for title in ["Full", "Busy"] {
        let category = app.add("error-categories", &[("title", title), ("priority", "1")]).await.to_string();
        app.add("suggested-actions", &[("category", &*category), ("action", &*action)]).await;
        ids.push(category);
    }
    let mut browser = app.signed_in("Operators").await;
    let path = "/admin/error-categories/?o=1";
    // A number that nobody has leads back, and that is said, instead of to a confirmation of nothing.
    let forged = browser.post(path, &[("action", "delete_selected"), ("_selected_action", "4711")]).await;
    assert_eq!(forged.location(), path);
    assert!(browser.get(path).await.text().contains("are not there any more"));
    let both =
        [("action", "delete_selected"), ("_selected_action", &*ids[0]), ("_selected_action", &*ids[1])];
    let page = browser.post(path, &both).await;
    assert_eq!(page.status, 200);
    let text = page.text();
    for words in ["2 error categories", "Full", "Busy", "2 suggested actions"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(page.attributes(".tree a[href^='/admin/suggested-actions/']", "href").len(), 2);
    assert_eq!(
        error_category::Entity::find().count(&app.app.db).await.unwrap(),
        2,
        "looking deletes nothing"
    );
    let answer = browser.post(path, &[&both[..], &[("post", "yes"), ("_expected", "2")]].concat()).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, path));
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 0);
    assert_eq!(suggested_action::Entity::find().count(&app.app.db).await.unwrap(), 0);
    let entries = audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("error-categories"))
        .filter(audit_log::Column::Verb.eq(audit_log::Verb::Delete));
    assert_eq!(entries.count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn check_45_one_row_in_use_keeps_all_from_going_and_says_by_what() {
    let app = TestApp::new().await;
    let (free, used) = (app.site("FREE").await.to_string(), app.site("USED").await.to_string());
    let issue = app.issue("421 Service busy", "USED", "INFN-T1").await;
    let mut browser = app.signed_in("Operators").await;
    let both = [("action", "delete_selected"), ("_selected_action", &*free), ("_selected_action", &*used)];
    let page = browser.post("/admin/sites/?q=E", &both).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("USED It is used by 1 issue as source."), "{}", page.text());
    assert!(page.has(&format!("a[href='/admin/issues/{issue}/change/']")) && !page.has("button.danger"));
    let answer = browser
        .post("/admin/sites/?q=E", &[&both[..], &[("post", "yes"), ("_expected", "2")]].concat())
        .await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?q=E"));
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 4, "none went");
    let one = [both[0], both[1], ("post", "yes"), ("_expected", "1")];
    assert_eq!(browser.post("/admin/sites/", &one).await.status, 302);
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 3);
}

#[tokio::test]
async fn check_46_whoever_lacks_the_right_neither_sees_an_action_nor_can_send_it() {
    let app = TestApp::new().await;
    let id = app.issue("x", "A", "B").await.to_string();
    let mut viewer = app.signed_in("Viewers").await;
    let offered = viewer.get("/admin/issues/").await.attributes("select[name=action] option", "value");
    let exports = |name: &String| name.is_empty() || name.starts_with("export_");
    assert!(offered.iter().all(exports), "there is nothing to choose but exports: {offered:?}");
    for action in ["delete_selected", "edit_selected", "set_muted", "set_status"] {
        let fields = [
            ("action", action),
            ("_selected_action", &*id),
            ("new-status", "muted"),
            ("reason", "quiet"),
            ("post", "yes"),
            ("_expected", "1"),
        ];
        let answer = viewer.post("/admin/issues/?o=2", &fields).await;
        assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/issues/?o=2"), "{action}");
        assert!(viewer.get("/admin/issues/").await.text().contains("Nothing was done"), "{action}");
    }
    let row = issue::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.status, row.version), (issue::Status::New, 1));
}

#[tokio::test]
async fn check_48_all_that_match_is_asked_of_the_database_again() {
    let app = TestApp::new().await;
    for number in 0..5 {
        app.add("causes", &[("name", &format!("Old {number}"))]).await;
    }
    app.add("causes", &[("name", "Kept")]).await;
    let mut browser = app.signed_in("Operators").await;
    let across = [("action", "delete_selected"), ("select_across", "1")];
    let page = browser.post("/admin/causes/?q=Old", &across).await;
    assert_eq!(page.value("input[name=_expected]").as_deref(), Some("5"));
    app.add("causes", &[("name", "Old 9")]).await;
    let mut fields = across.to_vec();
    fields.extend([("post", "yes"), ("_expected", "5")]);
    let changed = browser.post("/admin/causes/?q=Old", &fields).await;
    assert_eq!(changed.status, 422);
    assert!(changed.text().contains("The list has changed"));
    fields.pop();
    fields.push(("_expected", "6"));
    assert_eq!(browser.post("/admin/causes/?q=Old", &fields).await.status, 302);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Kept"]);
}

#[tokio::test]
async fn check_50_thousands_of_rows_change_go_and_come_back_in_one_transaction_each() {
    // A request may take half a minute, which is little without optimisation on a busy machine.
    let number: u64 = if cfg!(debug_assertions) { 1000 } else { 5000 };
    let typed = number.to_string();
    let app = TestApp::new().await;
    app.causes((0..number).map(|number| format!("Old {number}"))).await;
    let mut browser = app.signed_in("Operators").await;
    let count = async || cause::Entity::find().count(&app.app.db).await.unwrap();
    let keys: Vec<i64> = cause::Entity::find()
        .select_only()
        .column(cause::Column::Id)
        .into_tuple()
        .all(&app.app.db)
        .await
        .unwrap();
    let keys: Vec<String> = keys.iter().map(i64::to_string).collect();
    // Each ticked by itself: no limit on the number of fields stands in the way.
    let mut all =
        vec![("action", "delete_selected"), ("post", "yes"), ("_expected", &*typed), ("confirm", &*typed)];
    all.extend(keys.iter().map(|key| ("_selected_action", key.as_str())));
    let start = std::time::Instant::now();
    let answer = browser.post("/admin/causes/?q=Old", &all).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let gone = start.elapsed();
    assert_eq!(count().await, 0);
    let list = browser.get("/admin/causes/").await;
    let undo = list.attributes("main form[action^='/admin/undo/']", "action").remove(0);
    let start = std::time::Instant::now();
    assert_eq!(browser.post(&undo, &[]).await.status, 302);
    let back = start.elapsed();
    assert_eq!(count().await, number);
    let start = std::time::Instant::now();
    let edit = [
        ("action", "edit_selected"),
        ("select_across", "1"),
        ("step", "preview"),
        ("set-description", "1"),
        ("new-description", "seen"),
    ];
    let page = browser.post("/admin/causes/?q=Old", &edit).await;
    assert!(
        page.text().contains(&format!("{} will change.", thousands(i64::try_from(number).unwrap()))),
        "{}",
        page.text()
    );
    let looked = start.elapsed();
    let start = std::time::Instant::now();
    let answer = browser.again("/admin/causes/?q=Old", &page, &[("post", "yes")]).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let each =
        [("deleted", gone), ("brought back", back), ("previewed", looked), ("changed", start.elapsed())];
    assert!(cfg!(debug_assertions) || each.iter().all(|(_, time)| time.as_secs() < 10), "{each:?}");
}

#[tokio::test]
async fn check_51_an_action_on_the_page_of_a_record_is_for_it_alone() {
    let app = TestApp::new().await;
    let (one, two) = (app.issue("x", "A", "B").await, app.issue("y", "A", "C").await);
    let mut browser = app.signed_in("Operators").await;
    let (first, second) = (one.to_string(), two.to_string());
    let path = format!("/admin/issues/{one}/act/");
    for forged in [
        vec![("_selected_action", &*second)],
        vec![("_selected_action", &*first), ("_selected_action", &*second)],
        vec![("_selected_action", &*first), ("_selected_action", &*first)],
        vec![("select_across", "1")],
        vec![("_selected_action", &*first), ("select_across", "yes")],
    ] {
        for action in ["set_resolved", "set_status", "edit_selected"] {
            let fields: Vec<_> =
                forged.iter().copied().chain([("action", action), ("post", "yes")]).collect();
            assert_eq!(browser.post(&path, &fields).await.status, 400, "{fields:?}");
        }
    }
    let rows = issue::Entity::find().all(&app.app.db).await.unwrap();
    assert!(rows.iter().all(|row| row.version == 1), "nothing changed");
}
