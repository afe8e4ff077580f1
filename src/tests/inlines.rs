//! Rows that are edited on the form of the record they belong to.
use super::support::{Answer, Client, TestApp};
use entity::{audit_log, storage_endpoint};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

pub(super) const PREFIX: &str = "storage_endpoints";

/// A site with so many doors.
pub(super) async fn site(app: &TestApp, doors: usize) -> (i64, Vec<i64>) {
    let site = app.site("A-SITE").await;
    let mut keys = Vec::new();
    for number in 0..doors {
        let host = format!("se{number}.example.org");
        let fields = [
            ("site", &*site.to_string()),
            ("se_name", "SE"),
            ("scheme", "davs"),
            ("host", &host),
            ("port", "443"),
            ("state", "active"),
        ];
        keys.push(app.add("storage-endpoints", &fields).await);
    }
    (site, keys)
}

pub(super) async fn doors(app: &TestApp) -> Vec<storage_endpoint::Model> {
    let all = storage_endpoint::Entity::find().order_by_asc(storage_endpoint::Column::Id);
    all.all(&app.app.db).await.unwrap()
}

pub(super) fn path(site: i64) -> String {
    format!("/admin/sites/{site}/change/")
}

/// What a browser would send of a form: every named field with its value.
fn filled(page: &Answer) -> Vec<(String, String)> {
    let document = scraper::Html::parse_document(&page.html());
    let fields = scraper::Selector::parse("form[data-guard] [name]").unwrap();
    let options = scraper::Selector::parse("option[selected]").unwrap();
    let forms = scraper::Selector::parse("form[data-guard]").unwrap();
    let form = document.select(&forms).next().unwrap();
    let mut pairs = Vec::new();
    for field in form.select(&fields) {
        let element = field.value();
        let name = element.attr("name").unwrap_or_default().to_owned();
        let kind = element.attr("type").unwrap_or_default();
        let value = match element.name() {
            "button" => continue,
            "input" if matches!(kind, "checkbox" | "radio") && element.attr("checked").is_none() => continue,
            "select" => match field.select(&options).next() {
                Some(option) => option.value().attr("value").unwrap_or_default().to_owned(),
                None => String::new(),
            },
            "textarea" => field.text().collect::<String>().trim_start_matches('\n').to_owned(),
            _ => element.attr("value").unwrap_or_default().to_owned(),
        };
        if name != "csrfmiddlewaretoken" && !name.contains("__prefix__") {
            pairs.push((name, value));
        }
    }
    pairs
}

pub(super) fn set(fields: &mut Vec<(String, String)>, name: &str, value: &str) {
    fields.retain(|(known, _)| known != name);
    fields.push((name.to_owned(), value.to_owned()));
}

pub(super) async fn send(browser: &mut Client, path: &str, fields: &[(String, String)]) -> Answer {
    let pairs: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
    browser.post(path, &pairs).await
}

#[tokio::test]
async fn rows_are_added_changed_and_removed_with_their_site_and_each_is_in_the_history() {
    let app = TestApp::new().await;
    let (site, keys) = site(&app, 2).await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get(&path(site)).await;
    assert_eq!(
        page.value(&format!("[name={PREFIX}-TOTAL_FORMS]")).as_deref(),
        Some("3"),
        "two and an empty one"
    );
    assert_eq!(page.value(&format!("[name={PREFIX}-INITIAL_FORMS]")).as_deref(), Some("2"));
    let mut fields = filled(&page);
    set(&mut fields, "note", "Both at once");
    set(&mut fields, &format!("{PREFIX}-0-host"), "new.example.org");
    set(&mut fields, &format!("{PREFIX}-1-DELETE"), "true");
    for (name, value) in
        [("se_name", "SE"), ("scheme", "root"), ("host", "third.example.org"), ("port", "1094")]
    {
        set(&mut fields, &format!("{PREFIX}-2-{name}"), value);
    }
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let rows = doors(&app).await;
    let hosts: Vec<(&str, i32, i64)> =
        rows.iter().map(|row| (&*row.host, row.version, row.site_id)).collect();
    assert_eq!(hosts, [("new.example.org", 2, site), ("third.example.org", 1, site)]);
    assert_eq!(rows[0].id, keys[0]);
    let list = browser.get(&answer.location()).await;
    assert!(list.text().contains("Below it: 1 row added, 1 row changed, 1 row removed."), "{}", list.text());
    let entries = audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("storage-endpoints"))
        .filter(audit_log::Column::Username.eq("a-operators"))
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(entries.len(), 3);
}

#[tokio::test]
async fn a_new_site_is_saved_together_with_its_rows() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get("/admin/sites/add/").await;
    let mut fields = filled(&page);
    set(&mut fields, "name", "B-SITE");
    for (name, value) in [("se_name", "SE"), ("scheme", "davs"), ("host", "b.example.org")] {
        set(&mut fields, &format!("{PREFIX}-0-{name}"), value);
    }
    let answer = send(&mut browser, "/admin/sites/add/", &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let rows = doors(&app).await;
    assert_eq!((rows.len(), &*rows[0].host, rows[0].port), (1, "b.example.org", 0));
}

#[tokio::test]
async fn one_row_with_an_error_keeps_everything_from_being_saved_and_everything_typed() {
    let app = TestApp::new().await;
    let (site, _) = site(&app, 2).await;
    let mut browser = app.signed_in("Operators").await;
    let mut fields = filled(&browser.get(&path(site)).await);
    set(&mut fields, "note", "<b>typed</b>");
    set(&mut fields, &format!("{PREFIX}-0-host"), "good.example.org");
    set(&mut fields, &format!("{PREFIX}-1-port"), "many");
    set(&mut fields, &format!("{PREFIX}-2-host"), "half a row");
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.all(&format!("#{PREFIX}-1-port-errors .err")), ["Enter a whole number."]);
    assert_eq!(answer.all(&format!("#{PREFIX}-2-se_name-errors .err")), ["This field is required."]);
    assert_eq!(answer.value(&format!("[name={PREFIX}-0-host]")).as_deref(), Some("good.example.org"));
    assert_eq!(answer.value(&format!("[name={PREFIX}-1-port]")).as_deref(), Some("many"));
    assert_eq!(answer.value(&format!("[name={PREFIX}-2-host]")).as_deref(), Some("half a row"));
    assert!(
        answer.html().contains("&#60;b&#62;typed")
            && answer.text().contains("row 2: Port: Enter a whole number.")
    );
    assert!(doors(&app).await.iter().all(|row| row.version == 1));
    // Wrong above and below: told together.
    set(&mut fields, "name", "");
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("#name-errors .err") && answer.has(&format!("#{PREFIX}-1-port-errors .err")));
}

#[tokio::test]
async fn what_the_database_refuses_in_one_row_is_told_at_that_row() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Busy"), ("priority", "1")]).await;
    let action = app.add("actions", &[("name", "Wait")]).await.to_string();
    let suggestion = [("category", &*category.to_string()), ("action", &*action), ("prior", "0.5")];
    app.add("suggested-actions", &suggestion).await;
    let mut browser = app.signed_in("Operators").await;
    let path = format!("/admin/error-categories/{category}/change/");
    let mut fields = filled(&browser.get(&path).await);
    set(&mut fields, "suggested_actions-1-action", &action);
    set(&mut fields, "suggested_actions-1-is_active", "true");
    set(&mut fields, "suggested_actions-1-position", "x");
    set(&mut fields, "note", "kept");
    let answer = send(&mut browser, &path, &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.has("#suggested_actions-1-position-errors .err"));
    set(&mut fields, "suggested_actions-1-position", "1");
    let answer = send(&mut browser, &path, &fields).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(
        answer.all("#suggested_actions-1-errors .err"),
        ["There is already a suggested action with these values."]
    );
    set(&mut fields, "suggested_actions-1-DELETE", "true");
    assert_eq!(send(&mut browser, &path, &fields).await.status, 302, "a row that is ticked is left out");
}

#[tokio::test]
async fn a_row_that_somebody_else_changed_is_not_overwritten_unseen() {
    let app = TestApp::new().await;
    let (site, keys) = site(&app, 2).await;
    let mut browser = app.signed_in("Operators").await;
    let mut fields = filled(&browser.get(&path(site)).await);
    app.change("storage-endpoints", keys[0], &[("host", "theirs.example.org")]).await;
    // The other row, and the site, can be saved: what was not touched here stays as it is there.
    set(&mut fields, &format!("{PREFIX}-1-port"), "8443");
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let rows = doors(&app).await;
    assert_eq!((&*rows[0].host, rows[1].port), ("theirs.example.org", 8443));
    let mut fields = filled(&browser.get(&path(site)).await);
    app.change("storage-endpoints", keys[0], &[("host", "again.example.org")]).await;
    set(&mut fields, &format!("{PREFIX}-0-host"), "mine.example.org");
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 409, "{}", answer.text());
    assert!(
        answer.text().contains("Somebody else changed this row")
            && answer.text().contains("Host again.example.org")
    );
    assert_eq!(&*doors(&app).await[0].host, "again.example.org");
    let again = filled(&answer);
    assert_eq!(send(&mut browser, &path(site), &again).await.status, 302);
    assert_eq!(&*doors(&app).await[0].host, "mine.example.org");
}

#[tokio::test]
async fn a_conflict_about_the_site_keeps_what_was_typed_into_its_rows() {
    let app = TestApp::new().await;
    let (site, _) = site(&app, 1).await;
    let mut browser = app.signed_in("Operators").await;
    let mut fields = filled(&browser.get(&path(site)).await);
    app.change("sites", site, &[("note", "theirs")]).await;
    set(&mut fields, "note", "mine");
    set(&mut fields, &format!("{PREFIX}-0-host"), "mine.example.org");
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 409);
    assert_eq!(answer.value(&format!("[name={PREFIX}-0-host]")).as_deref(), Some("mine.example.org"));
    let mut fields = filled(&answer);
    fields.retain(|(name, _)| name != "_keep-note");
    set(&mut fields, "_keep-note", "yours");
    assert_eq!(send(&mut browser, &path(site), &fields).await.status, 302);
    assert_eq!(&*doors(&app).await[0].host, "mine.example.org");
}

#[tokio::test]
async fn forged_counts_and_rows_are_an_error_and_never_a_fault() {
    let app = TestApp::new().await;
    let (site, keys) = site(&app, 1).await;
    let other = app.site("OTHER").await;
    let mut browser = app.signed_in("Operators").await;
    let whole = filled(&browser.get(&path(site)).await);
    let total = format!("{PREFIX}-TOTAL_FORMS");
    for value in ["", "x", "-1", "0", "1.5", "5000", "99999999999999999999", "\u{0}"] {
        let mut fields = whole.clone();
        set(&mut fields, &total, value);
        let answer = send(&mut browser, &path(site), &fields).await;
        assert_eq!(answer.status, 422, "{value}: {}", answer.text());
    }
    let mut fields = whole.clone();
    fields.retain(|(name, _)| *name != total);
    assert_eq!(send(&mut browser, &path(site), &fields).await.status, 422, "without a count");
    for (name, value) in [
        ("x-host", "a"),
        ("7-host", "a"),
        ("-1-host", "a"),
        ("0", "a"),
        ("0-id", "abc"),
        ("0-id", "999999"),
        ("0-_version", "x"),
        ("INITIAL_FORMS", "many"),
    ] {
        let mut fields = whole.clone();
        set(&mut fields, &format!("{PREFIX}-{name}"), value);
        let answer = send(&mut browser, &path(site), &fields).await;
        assert_eq!(answer.status, 422, "{name}={value}: {}", answer.text());
    }
    // The same row twice, and a row of another site.
    let mut fields = whole.clone();
    set(&mut fields, &format!("{PREFIX}-1-id"), &keys[0].to_string());
    assert_eq!(send(&mut browser, &path(site), &fields).await.status, 422);
    let mut fields = whole.clone();
    fields.retain(|(name, _)| !["name", "_version", "_opened"].contains(&&**name));
    fields.extend([("name".into(), "OTHER".into()), ("_version".into(), "1".into())]);
    set(&mut fields, &format!("{PREFIX}-0-host"), "stolen.example.org");
    let answer = send(&mut browser, &path(other), &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("belongs to another record"), "{}", answer.text());
    // Fields that the form does not have change nothing.
    let mut fields = whole.clone();
    for (name, value) in
        [("0-site", other.to_string()), ("0-version", "9".into()), ("0-created_at", "2020-01-01".into())]
    {
        fields.push((format!("{PREFIX}-{name}"), value));
    }
    assert_eq!(send(&mut browser, &path(site), &fields).await.status, 302);
    let row = &doors(&app).await[0];
    assert_eq!((row.site_id, row.version, &*row.host), (site, 1, "se0.example.org"));
    // A script that says nothing about rows leaves them alone.
    let bare = [("name", "A-SITE"), ("status", "active"), ("_version", "1")];
    assert_eq!(browser.post(&path(site), &bare).await.status, 302);
    assert_eq!(doors(&app).await.len(), 1);
}

#[tokio::test]
async fn without_script_a_button_brings_one_more_empty_row_and_keeps_what_was_typed() {
    let app = TestApp::new().await;
    let (site, _) = site(&app, 1).await;
    let mut browser = app.signed_in("Operators").await;
    let mut fields = filled(&browser.get(&path(site)).await);
    set(&mut fields, &format!("{PREFIX}-1-host"), "half.example.org");
    set(&mut fields, "note", "typed");
    fields.push(("_addrow".into(), PREFIX.into()));
    let answer = send(&mut browser, &path(site), &fields).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.value(&format!("[name={PREFIX}-TOTAL_FORMS]")).as_deref(), Some("3"));
    assert_eq!(answer.value(&format!("[name={PREFIX}-1-host]")).as_deref(), Some("half.example.org"));
    assert!(answer.has(&format!("[name={PREFIX}-2-host]")) && answer.has("form[data-dirty]"));
    assert_eq!(doors(&app).await.len(), 1);
}

#[tokio::test]
async fn a_form_with_rows_takes_as_many_queries_for_one_row_as_for_many() {
    let app = TestApp::new().await;
    let (few, _) = site(&app, 1).await;
    let mut browser = app.signed_in("Operators").await;
    let (_, one) = app.cost(&mut browser, &path(few)).await;
    for number in 1..40 {
        let host = format!("more{number}.example.org");
        let fields = [("site", &*few.to_string()), ("se_name", "SE"), ("scheme", "davs"), ("host", &host)];
        app.add("storage-endpoints", &fields).await;
    }
    let (page, many) = app.cost(&mut browser, &path(few)).await;
    assert!(page.has(&format!("[name={PREFIX}-39-id]")));
    assert_eq!(one, many);
}

#[tokio::test]
async fn what_was_typed_into_rows_comes_back_after_the_session_ended() {
    let app = TestApp::new().await;
    let (site, _) = site(&app, 1).await;
    app.user("ops", "Operators").await;
    let mut browser = app.sign_in("ops").await;
    let mut fields = filled(&browser.get(&path(site)).await);
    set(&mut fields, &format!("{PREFIX}-1-host"), "typed.example.org");
    entity::session::Entity::delete_many().exec(&app.app.db).await.unwrap();
    browser.headers.push(("sec-fetch-site".into(), "same-origin".into()));
    let answer = send(&mut browser, &path(site), &fields).await;
    assert!(answer.location().contains("ended=kept"), "{}", answer.location());
    browser.sign_in("ops", super::support::PASSWORD, &path(site)).await;
    let page = browser.get(&path(site)).await;
    assert_eq!(page.value(&format!("[name={PREFIX}-1-host]")).as_deref(), Some("typed.example.org"));
    assert_eq!(doors(&app).await.len(), 1);
}
