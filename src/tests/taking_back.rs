//! Taking back what was done: a change, a deletion, many at once; earlier versions and deleted records.
use super::support::{Answer, Client, TestApp};
use chrono::Duration;
use entity::{audit_log, cause, error_category, issue, site, suggested_action, user};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder};

/// Where the button of the last message posts to.
fn button(page: &Answer) -> String {
    page.attributes(".notes form", "action")
        .into_iter()
        .next()
        .unwrap_or_else(|| panic!("no button: {}", page.text()))
}

async fn one_cause(app: &TestApp, id: i64) -> Option<cause::Model> {
    cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap()
}

/// A cause whose name was changed on its form, and the way to take that back.
async fn renamed(app: &TestApp, browser: &mut Client) -> (i64, String) {
    let id = app.add("causes", &[("name", "Disk full"), ("description", "No space")]).await;
    let fields = [("name", "Quota used up"), ("usual_side", "destination"), ("_version", "1")];
    let answer = browser.post(&format!("/admin/causes/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    (id, button(&browser.get("/admin/causes/").await))
}

#[tokio::test]
async fn a_change_is_taken_back_and_the_history_says_so() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let (id, undo) = renamed(&app, &mut browser).await;
    assert_eq!(browser.get(&undo).await.status, 405, "looking takes nothing back");
    let answer = browser.post(&undo, &[("next", "/admin/causes/?q=disk")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/causes/?q=disk"));
    let row = one_cause(&app, id).await.unwrap();
    assert_eq!(
        (row.name.as_str(), row.description.as_deref(), row.usual_side),
        ("Disk full", Some("No space"), None)
    );
    assert_eq!(row.version, 3, "it is a change like any other");
    let history = browser.get(&format!("/admin/causes/{id}/history/")).await;
    assert!(
        history.text().contains("Reason: Undo of what a-operators did at 2026-11-21 09:30"),
        "{}",
        history.text()
    );
    // A second click finds that it has changed since; the undo itself can be undone.
    let redo = button(&history);
    assert_eq!(browser.post(&undo, &[]).await.status, 302);
    let text = browser.get("/admin/causes/").await.text();
    assert!(text.contains("Nothing was undone") && text.contains("somebody changed it since"), "{text}");
    assert_eq!(browser.post(&redo, &[]).await.status, 302);
    assert_eq!(one_cause(&app, id).await.unwrap().name, "Quota used up");
}

#[tokio::test]
async fn what_somebody_changed_since_is_left_alone() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let (id, undo) = renamed(&app, &mut browser).await;
    app.change("causes", id, &[("description", "Newer")]).await;
    assert_eq!(browser.post(&undo, &[]).await.status, 302);
    let row = one_cause(&app, id).await.unwrap();
    assert_eq!((row.name.as_str(), row.description.as_deref()), ("Quota used up", Some("Newer")));
}

#[tokio::test]
async fn undoing_ends_after_ten_minutes_and_is_for_whoever_did_it() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let (id, undo) = renamed(&app, &mut browser).await;
    app.user("other", "Operators").await;
    let mut other = app.sign_in("other").await;
    assert_eq!(other.post(&undo, &[]).await.status, 403);
    assert_eq!(app.anonymous().post(&undo, &[]).await.status, 302, "sign in first");
    for odd in ["/admin/undo/nothing/", "/admin/undo/%00/", "/admin/undo/%27%20OR%201/", "/admin/undo/a%2fb/"]
    {
        assert_eq!(browser.post(odd, &[]).await.status, 404, "{odd}");
    }
    app.wait(Duration::minutes(11));
    assert_eq!(browser.post(&undo, &[("next", "https://evil.example/")]).await.location(), "/admin/causes/");
    assert!(browser.get("/admin/causes/").await.text().contains("Too late to undo"));
    assert_eq!(one_cause(&app, id).await.unwrap().name, "Quota used up");
}

#[tokio::test]
async fn undoing_takes_the_rights_that_the_opposite_takes() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let (id, undo) = renamed(&app, &mut browser).await;
    let groups = entity::user_group::Entity::delete_many();
    groups.filter(entity::user_group::Column::UserId.gt(0)).exec(&app.app.db).await.unwrap();
    assert_eq!(browser.post(&undo, &[]).await.status, 302);
    assert_eq!(one_cause(&app, id).await.unwrap().name, "Quota used up");
    let undone =
        audit_log::Entity::find().filter(audit_log::Column::Reason.is_not_null()).count(&app.app.db).await;
    assert_eq!(undone.unwrap(), 0);
}

#[tokio::test]
async fn a_bulk_change_and_a_bulk_deletion_are_taken_back_row_by_row() {
    let app = TestApp::new().await;
    let (one, two) = (app.issue("x", "A", "B").await, app.issue("y", "A", "C").await);
    let mut browser = app.signed_in("Operators").await;
    let (first, second) = (one.to_string(), two.to_string());
    let ticked = [("_selected_action", &*first), ("_selected_action", &*second), ("post", "yes")];
    let both = |action| [("action", action)].into_iter().chain(ticked).collect::<Vec<_>>();
    let before: Vec<issue::Model> = issue::Entity::find().all(&app.app.db).await.unwrap();
    browser.post("/admin/issues/?o=1", &both("set_resolved")).await;
    let undo = button(&browser.get("/admin/issues/").await);
    app.change("issues", two, &[("status", "muted")]).await;
    browser.post(&undo, &[]).await;
    let text = browser.get("/admin/issues/").await.text();
    assert!(
        text.contains("Undone:") && text.contains("1 left alone. “#2 y”: somebody changed it since"),
        "{text}"
    );
    let status = async |id| issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().status;
    assert_eq!((status(one).await, status(two).await), (issue::Status::New, issue::Status::Muted));
    let answer = browser.post("/admin/issues/?o=1", &both("delete_selected")).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(issue::Entity::find().count(&app.app.db).await.unwrap(), 0);
    let undo = button(&browser.get("/admin/issues/").await);
    browser.post(&undo, &[]).await;
    let text = browser.get("/admin/issues/").await.text();
    assert!(text.contains("Undone: 2 records are as they were."), "{text}");
    let after = issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap();
    let same = issue::Model {
        status: after[0].status,
        version: after[0].version,
        updated_at: after[0].updated_at,
        ..before[0].clone()
    };
    assert_eq!(after[0], same, "all of it is back, under the same number");
    assert_eq!(after[0].version, 4, "and goes on counting");
}

#[tokio::test]
async fn a_deleted_record_comes_back_with_what_went_with_it() {
    let app = TestApp::new().await;
    let category =
        app.add("error-categories", &[("title", "Full"), ("priority", "1"), ("note", "Look first")]).await;
    let (id, action) = (category.to_string(), app.add("actions", &[("name", "Wait")]).await.to_string());
    let fields = [("category", &*id), ("action", &*action), ("prior", "0.5"), ("prior_weight", "4")];
    let suggestion = app.add("suggested-actions", &fields).await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get(&format!("/admin/error-categories/{id}/delete/")).await;
    assert!(page.has("input[name=reason]"));
    let answer =
        browser.post(&format!("/admin/error-categories/{id}/delete/"), &[("reason", "  Doubled  ")]).await;
    assert_eq!(answer.status, 302);
    let history = browser.get(&format!("/admin/error-categories/{id}/history/")).await;
    assert!(history.text().contains("Reason: Doubled"), "{}", history.text());
    let restore = history.attributes("main form[action$='/restore/']", "action").remove(0);
    assert_eq!(restore, format!("/admin/error-categories/{id}/restore/"));
    app.wait(Duration::days(3));
    let mut viewer = app.signed_in("Viewers").await;
    assert_eq!(viewer.post(&restore, &[]).await.status, 403);
    assert!(!viewer.get(&format!("/admin/error-categories/{id}/history/")).await.has("main form"));
    let mut browser = app.sign_in("a-operators").await;
    let answer = browser.post(&restore, &[]).await;
    assert_eq!((answer.status, answer.location()), (302, format!("/admin/error-categories/{id}/change/")));
    let form = browser.get(&answer.location()).await;
    assert!(form.text().contains("was restored with 1 that went with it"), "{}", form.text());
    let row = error_category::Entity::find_by_id(category).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.title.as_str(), row.note.as_deref(), row.version), ("Full", Some("Look first"), 2));
    let back = suggested_action::Entity::find_by_id(suggestion).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((back.category_id, back.prior), (category, 0.5));
    // Again: it is there.
    browser.post(&restore, &[]).await;
    assert!(browser.get("/admin/").await.text().contains("is not deleted"));
}

#[tokio::test]
async fn what_cannot_be_restored_is_said_plainly() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Disk full")]).await;
    let mut browser = app.signed_in("Operators").await;
    browser.post(&format!("/admin/causes/{id}/delete/"), &[("post", "yes")]).await;
    app.add("causes", &[("name", "Disk full")]).await;
    let answer = browser.post(&format!("/admin/causes/{id}/restore/"), &[]).await;
    assert_eq!((answer.status, answer.location()), (302, format!("/admin/causes/{id}/history/")));
    let text = browser.get(&answer.location()).await.text();
    assert!(text.contains("could not be restored") && text.contains("already has this name"), "{text}");
    for odd in ["999999", "abc", "-1"] {
        assert_eq!(browser.post(&format!("/admin/causes/{odd}/restore/"), &[]).await.status, 404, "{odd}");
    }
    // A token cannot come back: only its hash was ever there, and the history has no secrets.
    let mut admin = app.signed_in("superuser").await;
    let owner = app.user("owner", "Viewers").await;
    admin.post(&format!("/admin/users/{owner}/delete/"), &[("reason", "left")]).await;
    let answer = admin.post(&format!("/admin/users/{owner}/restore/"), &[]).await;
    assert_eq!(answer.location(), format!("/admin/users/{owner}/change/"));
    let row = user::Entity::find_by_id(owner).one(&app.app.db).await.unwrap().unwrap();
    assert!(row.password.starts_with('!'), "a restored account has no password until one is set");
    let groups = entity::user_group::Entity::find().filter(entity::user_group::Column::UserId.eq(owner));
    assert_eq!(groups.count(&app.app.db).await.unwrap(), 1, "and its groups");
    let log = audit_log::Entity::find().all(&app.app.db).await.unwrap();
    assert!(log.iter().all(|entry| !entry.trace.as_deref().unwrap_or_default().contains("argon2")));
}

#[tokio::test]
async fn an_earlier_version_fills_the_form_and_is_saved_like_any_other() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "First"), ("description", "One")]).await;
    app.change("causes", id, &[("name", "Second"), ("usual_side", "source")]).await;
    app.change("causes", id, &[("name", "Third")]).await;
    let mut browser = app.signed_in("Operators").await;
    let history = browser.get(&format!("/admin/causes/{id}/history/")).await;
    let versions = history.attributes("main ol a[href*=_version_after]", "href");
    assert_eq!(versions.len(), 3);
    let form = browser.get(versions.last().unwrap()).await;
    assert_eq!(form.value("input[name=name]").as_deref(), Some("First"));
    assert!(
        !form.has(
            "[name=usual_side] option[value=source][selected], [name=usual_side][value=source][checked]"
        )
    );
    assert!(
        form.text().contains("Nothing is saved yet") && form.text().contains("Name · earlier value"),
        "{}",
        form.text()
    );
    assert!(!form.text().contains("Description · earlier value"));
    assert_eq!(one_cause(&app, id).await.unwrap().name, "Third");
    let version = form.value("input[name=_version]").unwrap();
    let fields = [("name", "First"), ("description", "One"), ("_version", &*version)];
    assert_eq!(browser.post(&format!("/admin/causes/{id}/change/"), &fields).await.status, 302);
    assert_eq!(one_cause(&app, id).await.unwrap().version, 4);
    for odd in ["x", "999999", "%00", "-1"] {
        let answer = browser.get(&format!("/admin/causes/{id}/change/?_version_after={odd}")).await;
        assert_eq!(answer.status, 404, "{odd}");
    }
    // An entry about another record is none of this one's.
    let site = app.site("WT2").await;
    let entry = versions[0].rsplit('=').next().unwrap();
    let other = browser.get(&format!("/admin/sites/{site}/change/?_version_after={entry}")).await;
    assert_eq!(other.status, 404);
}

#[tokio::test]
async fn a_reason_that_is_too_long_stops_a_deletion_and_stays_typed() {
    let app = TestApp::new().await;
    let id = app.add("error-categories", &[("title", "Full"), ("priority", "1")]).await;
    let mut browser = app.signed_in("Operators").await;
    let long = "é".repeat(501);
    for (reason, why) in [(long.as_str(), "At most 500 characters"), ("a\0b", "NUL")] {
        let answer =
            browser.post(&format!("/admin/error-categories/{id}/delete/"), &[("reason", reason)]).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(why), "{}", answer.text());
        let key = id.to_string();
        let fields =
            [("action", "delete_selected"), ("_selected_action", &*key), ("post", "yes"), ("reason", reason)];
        let answer = browser.post("/admin/error-categories/", &fields).await;
        assert_eq!(answer.status, 422);
        assert!(answer.text().contains(why), "{}", answer.text());
    }
    assert_eq!(error_category::Entity::find().count(&app.app.db).await.unwrap(), 1);
    // Where nobody asked for a reason, none is taken.
    let site = app.site("WT2").await;
    browser.post(&format!("/admin/sites/{site}/delete/"), &[("reason", "x")]).await;
    assert!(site::Entity::find_by_id(site).one(&app.app.db).await.unwrap().is_none());
    assert!(!browser.get(&format!("/admin/sites/{site}/history/")).await.text().contains("Reason"));
}
