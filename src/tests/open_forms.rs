//! What goes on being counted while somebody has a form open is not set back when they save it.
use super::loading::{file, record, run};
use super::support::TestApp;
use entity::{incident, issue};
use sea_orm::EntityTrait;

async fn one(app: &TestApp, id: i64) -> issue::Model {
    issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap()
}

#[tokio::test]
async fn a_form_that_stays_open_sets_no_counts_back() {
    let app = TestApp::new().await;
    let folder = tempfile::tempdir().unwrap();
    let failed = |number, minute| record(number, ("A-SITE", "B-SITE"), minute, Some("Connection refused"));
    run(&app, &[file(folder.path(), "a.json", failed(1, 5).as_bytes())]).await.unwrap();
    let opened = issue::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    let path = format!("/admin/issues/{}/change/", opened.id);
    let mut browser = app.signed_in("Operators").await;
    let form = browser.get(&path).await;
    let counted = ["message", "first_seen", "last_seen", "failures_total", "files_total", "attribution"];
    for name in counted {
        assert!(!form.has(&format!("form [name={name}]")), "{name} is shown, not asked for");
        assert!(browser.get("/admin/issues/add/").await.has(&format!("form [name={name}]")), "{name}");
    }
    assert!(form.text().contains("Connection refused"));
    let (category, source, destination) = (
        opened.category_id.unwrap().to_string(),
        opened.src_site_id.unwrap().to_string(),
        opened.dst_site_id.unwrap().to_string(),
    );
    let mut fields = vec![
        ("operation", "transfer"),
        ("src_site", &*source),
        ("dst_site", &*destination),
        ("category", &*category),
        ("status", "resolved"),
        ("_version", "1"),
    ];
    fields.extend([
        ("message", "old"),
        ("first_seen", "2026-01-01T00:00"),
        ("last_seen", "2026-01-02T00:00"),
        ("failures_total", "1"),
        ("files_total", "1"),
        ("attribution", "link"),
    ]);
    let more = failed(2, 70) + &failed(3, 75);
    run(&app, &[file(folder.path(), "b.json", more.as_bytes())]).await.unwrap();
    let grown = one(&app, opened.id).await;
    assert_eq!((grown.failures_total, grown.version), (3, 1));
    let answer = browser.post(&path, &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let saved = one(&app, opened.id).await;
    assert_eq!((saved.status, saved.version), (issue::Status::Resolved, 2));
    let kept = issue::Model { status: grown.status, version: 1, updated_at: grown.updated_at, ..saved };
    assert_eq!(kept, grown);
    // It fails again: the form that still says it is resolved meets a conflict.
    let later = record(4, ("A-SITE", "B-SITE"), 200, Some("Connection refused"));
    app.wait(chrono::Duration::hours(3));
    run(&app, &[file(folder.path(), "c.json", later.as_bytes())]).await.unwrap();
    let back = one(&app, opened.id).await;
    assert_eq!((back.status, back.reopened_count, back.version), (issue::Status::New, 1, 3));
    fields.retain(|(name, _)| *name != "_version");
    fields.push(("_version", "2"));
    assert_eq!(browser.post(&path, &fields).await.status, 409);
}

#[tokio::test]
async fn the_form_of_an_incident_leaves_its_leading_error_alone() {
    let app = TestApp::new().await;
    let site = app.site("A").await.to_string();
    let category = async |title: &str| {
        app.add("error-categories", &[("title", title), ("priority", "1")]).await.to_string()
    };
    let (first, second) = (category("First").await, category("Second").await);
    let mut fields = vec![
        ("site", &*site),
        ("role", "destination"),
        ("operation", "transfer"),
        ("started_at", "2026-11-21T08:00"),
        ("state", "open"),
        ("category", &*first),
    ];
    let id = app.add("incidents", &fields).await;
    fields.retain(|(name, _)| !matches!(*name, "category" | "state"));
    fields.extend([("state", "acknowledged"), ("category", &*second), ("_version", "1")]);
    let mut browser = app.signed_in("Operators").await;
    let answer = browser.post(&format!("/admin/incidents/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let row = incident::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.category_id, row.state), (first.parse().ok(), incident::State::Acknowledged));
}
