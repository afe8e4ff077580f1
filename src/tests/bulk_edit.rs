//! Changing many rows at once: chosen fields, a preview, one transaction.
use super::support::{Client, TestApp};
use entity::{audit_log, error_category, issue};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// Three issues, one of which is resolved, and a browser.
async fn three() -> (TestApp, Client, [String; 3]) {
    let app = TestApp::new().await;
    let mut ids = [String::new(), String::new(), String::new()];
    for (id, source) in ids.iter_mut().zip(["A", "B", "C"]) {
        *id = app.issue(&format!("busy {source}"), source, "D").await.to_string();
    }
    app.change("issues", ids[2].parse().unwrap(), &[("status", "resolved")]).await;
    let browser = app.signed_in("Operators").await;
    (app, browser, ids)
}

async fn statuses(app: &TestApp) -> Vec<issue::Status> {
    issue::Entity::find()
        .order_by_asc(issue::Column::Id)
        .all(&app.app.db)
        .await
        .unwrap()
        .into_iter()
        .map(|row| row.status)
        .collect()
}

#[tokio::test]
async fn chosen_fields_of_ticked_rows_change_after_a_preview_in_one_operation() {
    let (app, mut browser, ids) = three().await;
    let path = "/admin/issues/?q=busy&o=1";
    assert!(browser.get(path).await.has("select[name=action] option[value=edit_selected]"));
    let mut fields = vec![("action", "edit_selected")];
    fields.extend(ids.iter().map(|id| ("_selected_action", id.as_str())));
    let page = browser.post(path, &fields).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("3 issues") && page.has("input[name=set-status]"));
    assert!(page.has("[name=new-category]") && !page.has("[name=new-message]"), "only what can be changed");
    let preview = browser
        .again(path, &page, &[("set-status", "1"), ("new-status", "resolved"), ("reason", "quiet")])
        .await;
    let text = preview.text();
    assert_eq!(preview.status, 200, "{text}");
    assert!(text.contains("2 will change, 1 has these values already."), "{text}");
    assert!(text.contains("busy A") && preview.all("ins").iter().any(|new| new == "resolved"), "{text}");
    assert_eq!(statuses(&app).await[0], issue::Status::New, "looking changes nothing");
    let answer = browser.again(path, &preview, &[("post", "yes")]).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, path), "{}", answer.text());
    assert!(browser.get(path).await.text().contains("2 issues changed. 1 had these values already."));
    assert_eq!(statuses(&app).await, [issue::Status::Resolved; 3]);
    let entries = audit_log::Entity::find()
        .filter(audit_log::Column::Source.eq(audit_log::Source::Form))
        .filter(audit_log::Column::Resource.eq("issues"))
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(entries.len(), 2, "one entry each");
    assert!(entries[0].operation.is_some() && entries[0].operation == entries[1].operation);
    assert!(entries.iter().all(|entry| entry.reason.as_deref() == Some("quiet")));
    assert!(
        browser.get(&format!("/admin/issues/{}/history/", ids[0])).await.text().contains("Reason: quiet")
    );
}

#[tokio::test]
async fn what_is_wrong_in_a_bulk_edit_stands_at_its_field_and_nothing_typed_is_lost() {
    let (app, mut browser, ids) = three().await;
    let path = "/admin/issues/";
    let step = [("action", "edit_selected"), ("_selected_action", &*ids[0]), ("step", "preview")];
    for (fields, error) in [
        (vec![], "Tick the fields"),
        (vec![("new-status", "resolved")], "Tick the box before it"),
        (vec![("set-status", "1"), ("new-status", "bogus")], "is not one of the choices"),
        (vec![("set-status", "1")], "This field is required"),
        (vec![("set-category", "1"), ("new-category", "x")], "Choose one of the list"),
        (vec![("set-category", "1"), ("new-category__typed", "no such")], "There is no error category"),
        (vec![("set-status", "1"), ("new-status", "muted"), ("reason", "\0")], "NUL"),
        (vec![("set-status", "1"), ("new-status", "mu\0ted")], "NUL"),
        (vec![("set-message", "1"), ("new-message", "hm")], "Tick the fields"),
        (vec![("set-dedup_key", "1"), ("new-dedup_key", "hm")], "Tick the fields"),
    ] {
        let all: Vec<(&str, &str)> = step.iter().copied().chain(fields.clone()).collect();
        let page = browser.post(path, &all).await;
        assert_eq!(page.status, 422, "{fields:?} {}", page.text());
        assert!(page.text().contains(error), "{fields:?} {}", page.text());
        assert!(page.all("title")[0].starts_with("Error:"));
        if fields.contains(&("new-status", "resolved")) {
            assert!(page.has("input[name=new-status][value=resolved][checked]"), "what was chosen stays");
        }
    }
    // A key that is not there is refused row by row, in the preview.
    let odd = [("set-category", "1"), ("new-category", "999999")];
    let page = browser.post(path, &step.iter().copied().chain(odd).collect::<Vec<_>>()).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("0 will change, 1 cannot be changed"), "{}", page.text());
    assert!(!page.has("button[name=post]"));
    assert_eq!(statuses(&app).await[0], issue::Status::New);
}

#[tokio::test]
async fn a_bulk_edit_leaves_alone_what_cannot_be_changed_and_says_why() {
    let app = TestApp::new().await;
    let (one, two) = (
        app.add("error-categories", &[("title", "One"), ("priority", "1")]).await,
        app.add("error-categories", &[("title", "Two"), ("priority", "2")]).await,
    );
    let mut browser = app.signed_in("Operators").await;
    let (first, second) = (one.to_string(), two.to_string());
    // What is merged into the other cannot have that other merged into itself.
    let set = [
        ("action", "edit_selected"),
        ("_selected_action", &*first),
        ("_selected_action", &*second),
        ("set-state", "1"),
        ("new-state", "merged"),
        ("set-merged_into", "1"),
        ("new-merged_into", &*second),
    ];
    let mut fields = set.to_vec();
    fields.push(("step", "preview"));
    let page = browser.post("/admin/error-categories/", &fields).await;
    assert!(page.text().contains("1 will change, 1 cannot be changed."), "{}", page.text());
    assert!(page.text().contains("merged into this one"), "{}", page.text());
    let answer = browser.again("/admin/error-categories/", &page, &[("post", "yes")]).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let list = browser.get("/admin/error-categories/").await;
    assert!(list.text().contains("1 error category changed. 1 left alone, such as “Two”"), "{}", list.text());
    let rows = error_category::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.state == error_category::State::Merged).count(), 1);
}

#[tokio::test]
async fn a_preview_that_is_out_of_date_is_shown_again() {
    let (app, mut browser, ids) = three().await;
    let path = "/admin/issues/?status__exact=new";
    let fields = [
        ("action", "edit_selected"),
        ("select_across", "1"),
        ("step", "preview"),
        ("set-status", "1"),
        ("new-status", "muted"),
    ];
    let preview = browser.post(path, &fields).await;
    assert!(preview.text().contains("2 will change."), "only what passes the filter: {}", preview.text());
    // Somebody changes one of them, another comes.
    app.change("issues", ids[0].parse().unwrap(), &[("workflow", "w")]).await;
    let changed = browser.again(path, &preview, &[("post", "yes")]).await;
    assert_eq!(changed.status, 409);
    assert!(changed.text().contains("The list has changed since you looked"), "{}", changed.text());
    app.issue("busy E", "E", "D").await;
    let changed = browser.again(path, &changed, &[("post", "yes")]).await;
    assert_eq!(changed.status, 409);
    assert!(changed.text().contains("3 will change."), "{}", changed.text());
    let answer = browser.again(path, &changed, &[("post", "yes")]).await;
    assert_eq!(answer.status, 302);
    let muted = statuses(&app).await.iter().filter(|status| **status == issue::Status::Muted).count();
    assert_eq!(muted, 3, "the resolved one was not in the filter");
}

#[tokio::test]
async fn a_bulk_edit_takes_the_right_to_change() {
    let (app, _, ids) = three().await;
    let mut viewer = app.signed_in("Viewers").await;
    let fields = [
        ("action", "edit_selected"),
        ("_selected_action", &*ids[0]),
        ("set-status", "1"),
        ("new-status", "muted"),
        ("post", "yes"),
    ];
    assert_eq!(viewer.post("/admin/issues/", &fields).await.status, 302);
    assert!(viewer.get("/admin/issues/").await.text().contains("Nothing was done"));
    assert_eq!(statuses(&app).await[0], issue::Status::New);
    assert!(!viewer.get("/admin/issues/").await.has("option[value=edit_selected]"));
}

#[tokio::test]
async fn every_resource_that_can_be_changed_offers_fields_to_set() {
    let (app, mut browser) = TestApp::with_demo().await;
    for resource in app.app.registry.iter() {
        let path = format!("/admin/{}/", resource.meta().slug);
        let list = browser.get(&path).await;
        if !list.has("option[value=edit_selected]") {
            continue;
        }
        let Some(pk) = list.attributes("input[name=_selected_action]", "value").into_iter().next() else {
            continue;
        };
        let fields = [("action", "edit_selected"), ("_selected_action", &*pk)];
        let page = browser.post(&path, &fields).await;
        assert_eq!(page.status, 200, "{path}");
        let names = page.attributes(".asked > input", "name");
        assert!(!names.is_empty(), "{path}");
        for nonsense in ["<script>", "\0", "-1", "999999999999999999999"] {
            let mut fields = fields.to_vec();
            fields.push(("step", "preview"));
            fields.extend(names.iter().map(|name| (name.as_str(), "1")));
            let news: Vec<String> = names.iter().map(|name| name.replacen("set-", "new-", 1)).collect();
            fields.extend(news.iter().map(|name| (name.as_str(), nonsense)));
            let answer = browser.post(&path, &fields).await;
            assert!(matches!(answer.status, 200 | 422), "{path} {nonsense:?}: {}", answer.status);
            assert!(!answer.html().contains("<script>\""), "{path}");
        }
        let act = browser.get(&format!("/admin/{}/{pk}/act/", resource.meta().slug)).await;
        assert_eq!(act.status, 200, "{path}");
    }
}
