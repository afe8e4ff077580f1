//! Whole dumps into empty databases, and parts of dumps into others.
use super::{count, dump, load, load_from};
use crate::tests::support::TestApp;
use entity::{action, audit_log, error_category, issue, site, user};
use sea_orm::{EntityTrait, QueryOrder};

/// Some rows of most sorts.
async fn filled() -> TestApp {
    let app = TestApp::new().await;
    crate::demo::load(&app.app).await.expect("is filled");
    let into = app.add("error-categories", &[("title", "Zuletzt: “Grüße”"), ("pattern", "never seen")]).await;
    let merged = error_category::Entity::find().one(&app.app.db).await.unwrap().unwrap().id;
    let into = into.to_string();
    app.change("error-categories", merged, &[("state", "merged"), ("merged_into", &into)]).await;
    app.signed_in("Shifters").await;
    app
}

#[tokio::test]
async fn a_whole_dump_gives_the_same_database() {
    let app = filled().await;
    let text = dump(&app, &[]).await;
    assert!(text.starts_with("[\n{\"model\":\"opint.dump\""));
    assert!(text.contains("argon2id") && !text.contains("opint.session"));
    let other = TestApp::new().await;
    let report = load(&other, &[text.as_bytes()]).await.unwrap();
    assert!(report.to_string().contains("rows written as they were"), "{report}");
    assert!(dump(&other, &[]).await == text, "the dumps differ");
    // Reading it again changes nothing, and new rows go on behind.
    let again = load(&other, &[text.as_bytes()]).await.unwrap();
    assert!(again.to_string().contains("the very same are here"), "{again}");
    assert!(dump(&other, &[]).await == text, "the dumps differ");
    let last = action::Entity::find().order_by_desc(action::Column::Id).one(&other.app.db).await.unwrap();
    assert!(other.add("actions", &[("name", "New here")]).await > last.unwrap().id);
    other.sign_in("a-shifters").await;
}

#[tokio::test]
async fn a_whole_dump_goes_into_an_empty_database_only() {
    let app = TestApp::new().await;
    app.add("actions", &[("name", "Do it")]).await;
    let text = dump(&app, &[]).await;
    let other = TestApp::new().await;
    other.add("causes", &[("name", "Why")]).await;
    let before = count(&other, audit_log::Entity).await;
    let error = load(&other, &[text.as_bytes()]).await.unwrap_err();
    assert!(error.contains("a whole dump goes into an empty database"), "{error}");
    app.change("actions", 1, &[("name", "Do it now")]).await;
    let error = load(&app, &[text.as_bytes()]).await.unwrap_err();
    assert!(error.contains("opint.action 1, name: this database has another value"), "{error}");
    assert_eq!(count(&other, audit_log::Entity).await, before);
    let newer = text.replace("\"schema\":\"m", "\"schema\":\"n");
    let error = load(&TestApp::new().await, &[newer.as_bytes()]).await.unwrap_err();
    assert!(error.contains("newer release"), "{error}");
    let odd = text.replace("\"is_retired\":false", "\"is_retired\":\"maybe\"");
    let error = load(&TestApp::new().await, &[odd.as_bytes()]).await.unwrap_err();
    assert!(error.contains("opint.action 1, is_retired: “maybe” stands where true or false"), "{error}");
    let cut = &text[..text.len() - 20];
    let empty = TestApp::new().await;
    let error = load(&empty, &[cut.as_bytes()]).await.unwrap_err();
    assert!(error.contains("cut off"), "{error}");
    assert_eq!(count(&empty, action::Entity).await, 0);
}

#[tokio::test]
async fn parts_of_a_dump_find_what_is_here_by_its_names() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let id = app.issue("TRANSFER [5] broken", "A-SITE", "B-SITE").await;
    let act = app.add("actions", &[("name", "Do it")]).await;
    let fields = [("issue", id.to_string()), ("action", act.to_string()), ("worked", "yes".to_owned())];
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    app.add("actions-taken", &fields).await;
    let text =
        dump(&app, &["actions-taken", "issues", "actions", "sites", "users", "user_group", "groups"]).await;
    assert!(!text.contains("argon2id") && !text.contains("\"password\""), "no secrets");
    let other = TestApp::new().await;
    for number in 0..4 {
        other.add("sites", &[("name", &format!("Z-{number}"))]).await;
    }
    other.site("B-SITE").await;
    let report = load_from(&other, &[text.as_bytes()], "elsewhere").await.unwrap();
    assert_eq!((report.of("site").made, report.of("issue").made), (1, 1), "{report}");
    assert_eq!(report.of("user_group").made, 1);
    let row = issue::Entity::find().one(&other.app.db).await.unwrap().unwrap();
    let end = site::Entity::find_by_id(row.dst_site_id.unwrap()).one(&other.app.db).await.unwrap().unwrap();
    assert_eq!((end.name.as_str(), row.failures_total), ("B-SITE", 100));
    let ops = user::Entity::find().one(&other.app.db).await.unwrap().unwrap();
    assert!(ops.password.starts_with('!'));
    let log = count(&other, audit_log::Entity).await;
    let again = load_from(&other, &[text.as_bytes()], "elsewhere").await.unwrap();
    assert_eq!((again.of("issue").there, again.of("action_taken").there), (1, 1), "{again}");
    assert_eq!(count(&other, audit_log::Entity).await, log, "nothing was written");
    let names = ["nonsense".to_owned()];
    let error = crate::fixture::dump(&app.app, &names, &mut Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("nothing called nonsense"), "{error}");
}
