//! Notes that people leave on records.
use super::support::TestApp;
use chrono::Duration;
use entity::{audit_log, note};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

#[tokio::test]
async fn a_note_stands_on_the_issue_with_its_author_and_in_the_history() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let mut shifter = app.signed_in("Shifters").await;
    let page = format!("/issues/{id}/");
    assert!(shifter.get(&page).await.has("form[action$='/notes/'] textarea[name=text]"));
    let text = "Asked <b>them</b>\n\nTwice & \"again\"";
    let path = format!("/admin/issues/{id}/notes/");
    let answer = shifter.post(&path, &[("text", text), ("next", &page)]).await;
    assert_eq!((answer.status, answer.location()), (302, page.clone()));
    let shown = shifter.get(&page).await;
    assert!(shown.text().contains("The note was added.") && shown.text().contains("a-shifters"));
    assert!(shown.html().contains("Asked &#60;b&#62;them"));
    let row = note::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(
        (&*row.text, &*row.resource, row.object_pk, row.written_at),
        (text, "issues", id, app.app.now())
    );
    let mut operator = app.signed_in("Operators").await;
    assert!(operator.get(&format!("/admin/issues/{id}/change/")).await.text().contains("a-shifters"));
    assert!(operator.get("/admin/notes/").await.text().contains("Asked"));
    let entries = audit_log::Entity::find().filter(audit_log::Column::Resource.eq("notes"));
    assert_eq!(entries.count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn ones_own_note_can_be_taken_back_for_ten_minutes_and_nobody_elses() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    app.user("ann", "Shifters").await;
    app.user("bob", "Shifters").await;
    let (mut ann, mut bob) = (app.sign_in("ann").await, app.sign_in("bob").await);
    let path = format!("/admin/issues/{id}/notes/");
    for text in ["first", "second"] {
        ann.post(&path, &[("text", text)]).await;
    }
    let rows = note::Entity::find().all(&app.app.db).await.unwrap();
    let keys: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    assert!(!bob.get(&path).await.has("button[name=delete]"));
    assert_eq!(bob.post(&path, &[("delete", &keys[0])]).await.status, 403);
    assert_eq!(ann.get(&path).await.attributes("button[name=delete]", "value").len(), 2);
    // Not by way of another record.
    let other = app.issue("Another", "WT2", "INFN-T1").await;
    assert_eq!(ann.post(&format!("/admin/issues/{other}/notes/"), &[("delete", &keys[0])]).await.status, 404);
    assert_eq!(ann.post(&path, &[("delete", &keys[0])]).await.status, 302);
    app.wait(Duration::minutes(11));
    assert!(!ann.get(&path).await.has("button[name=delete]"));
    assert_eq!(ann.post(&path, &[("delete", &keys[1])]).await.status, 403);
    assert_eq!(ann.post(&format!("/admin/notes/{}/delete/", keys[1]), &[("post", "yes")]).await.status, 403);
    assert_eq!(note::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn notes_are_for_those_who_may_look_at_the_record_and_written_by_those_with_the_right() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let path = format!("/admin/issues/{id}/notes/");
    app.signed_in("Shifters").await.post(&path, &[("text", "seen")]).await;
    let mut viewer = app.signed_in("Viewers").await;
    let page = viewer.get(&path).await;
    assert!(page.text().contains("seen") && !page.has("textarea"));
    assert_eq!(viewer.post(&path, &[("text", "x")]).await.status, 403);
    assert_eq!(viewer.get("/admin/notes/").await.status, 403);
    let mut writer = app.with_rights("writer", &["notes.add", "notes.view", "sites.view"]).await;
    assert_eq!(writer.get(&path).await.status, 403);
    assert_eq!(writer.post(&path, &[("text", "x")]).await.status, 403);
    let smuggled = [("resource", "issues"), ("object_pk", &*id.to_string()), ("text", "x")];
    assert_eq!(writer.post("/admin/notes/add/", &smuggled).await.status, 403);
    assert_eq!(app.anonymous().get(&path).await.status, 302);
    assert_eq!(note::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn hostile_notes_are_refused_politely_and_kept_as_typed() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    let mut browser = app.signed_in("Shifters").await;
    let path = format!("/admin/issues/{id}/notes/");
    let long = "é".repeat(2001);
    for text in ["", "   ", "a\u{0}b", &long] {
        let answer = browser.post(&path, &[("text", text)]).await;
        assert_eq!(answer.status, 422, "{text:.20}");
        assert!(answer.has("[name=text][aria-invalid]"));
    }
    assert!(browser.post(&path, &[("text", &long)]).await.html().contains(&long));
    let away = browser.post(&path, &[("text", "x"), ("next", "//evil.example")]).await;
    assert_eq!(away.location(), "/");
    for odd in [
        "/admin/issues/999999/notes/",
        "/admin/issues/abc/notes/",
        "/admin/causes/1/notes/",
        "/admin/x/1/notes/",
    ] {
        assert_eq!(browser.post(odd, &[("text", "x")]).await.status, 404, "{odd}");
        assert_eq!(browser.get(odd).await.status, 404, "{odd}");
    }
    for odd in ["abc", "-1", "999999", ""] {
        assert_eq!(browser.post(&path, &[("delete", odd)]).await.status, 404, "{odd}");
    }
    let mut operator = app.signed_in("Operators").await;
    for (resource, key, name) in
        [("nothing", "1", "resource"), ("causes", "1", "resource"), ("issues", "999999", "object_pk")]
    {
        let fields = [("resource", resource), ("object_pk", key), ("text", "x")];
        let answer = operator.post("/admin/notes/add/", &fields).await;
        assert_eq!(answer.status, 422, "{resource}");
        assert!(answer.has(&format!("#{name}-errors .err")), "{resource}");
    }
}

#[tokio::test]
async fn a_note_comes_back_after_the_session_ended_and_many_are_turned_page_by_page() {
    let app = TestApp::new().await;
    let id = app.issue("421 Service busy", "WT2", "INFN-T1").await;
    app.user("ann", "Shifters").await;
    let mut browser = app.sign_in("ann").await;
    let path = format!("/admin/issues/{id}/notes/");
    browser.get(&path).await;
    entity::session::Entity::delete_many().exec(&app.app.db).await.unwrap();
    browser.headers.push(("sec-fetch-site".into(), "same-origin".into()));
    let answer = browser.post(&path, &[("text", "typed for long")]).await;
    assert!(answer.location().contains("ended=kept"), "{}", answer.location());
    browser.sign_in("ann", super::support::PASSWORD, &path).await;
    assert!(browser.get(&path).await.all("textarea")[0].contains("typed for long"));
    let (_, few) = app.cost(&mut browser, &path).await;
    for number in 0..60 {
        browser.post(&path, &[("text", &format!("note {number}"))]).await;
    }
    let (page, many) = app.cost(&mut browser, &path).await;
    assert_eq!((page.all("ol.tl li").len(), few), (50, many));
    let older = page.attributes("a[rel=next]", "href");
    assert_eq!(browser.get(&format!("{path}{}", older[0])).await.all("ol.tl li").len(), 10);
    assert_eq!(browser.get(&format!("{path}?before=x")).await.status, 200);
}
