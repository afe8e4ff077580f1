//! Who sees and does what.
use super::support::TestApp;
use crate::admin::Verb;
use sea_orm::EntityTrait;

#[tokio::test]
async fn the_groups_made_by_migration_have_their_rights() {
    let app = TestApp::new().await;
    let site = app.site("WT2").await;
    let table = [
        ("Viewers", 200, 403, 403, 403),
        ("Shifters", 200, 403, 403, 403),
        ("Operators", 200, 200, 200, 403),
        ("Admins", 200, 200, 200, 200),
        ("", 403, 403, 403, 403),
    ];
    for (group, list, add, delete, users) in table {
        let mut browser = app.signed_in(group).await;
        assert_eq!(browser.get("/admin/sites/").await.status, list, "{group}");
        assert_eq!(browser.get("/admin/sites/add/").await.status, add, "{group}");
        assert_eq!(browser.get(&format!("/admin/sites/{site}/delete/")).await.status, delete, "{group}");
        assert_eq!(browser.get("/admin/users/").await.status, users, "{group}");
    }
}

#[tokio::test]
async fn whoever_may_only_look_gets_no_inputs_and_changes_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Old")]).await;
    let mut browser = app.signed_in("Viewers").await;
    let form = browser.get(&format!("/admin/causes/{id}/change/")).await;
    assert_eq!(form.status, 200);
    assert!(!form.has("main input[name=name], main button, main textarea"));
    assert!(form.text().contains("Close") && form.text().contains("you may look, not change"));
    assert_eq!(
        browser
            .post(&format!("/admin/causes/{id}/change/"), &[("name", "New"), ("_version", "1")])
            .await
            .status,
        403
    );
    assert_eq!(browser.post("/admin/causes/add/", &[("name", "New")]).await.status, 403);
    assert_eq!(browser.post(&format!("/admin/causes/{id}/delete/"), &[("post", "yes")]).await.status, 403);
    assert_eq!(browser.get("/admin/causes/").await.rows(), ["Old"]);
}

#[tokio::test]
async fn the_index_shows_only_what_one_may_do() {
    let app = TestApp::new().await;
    let mut nobody = app.signed_in("").await;
    let page = nobody.get("/admin/").await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("no permission to view or edit anything"));
    let mut shifter = app.signed_in("Shifters").await;
    let page = shifter.get("/admin/").await;
    assert!(page.text().contains("Actions taken") && !page.text().contains("Users"));
    assert!(page.has("a[href='/admin/actions-taken/add/']") && !page.has("a[href='/admin/sites/add/']"));
    assert!(!page.has("nav a[href='/admin/users/']"));
}

#[tokio::test]
async fn a_missing_right_is_named() {
    let app = TestApp::new().await;
    let page = app.signed_in("Viewers").await.get("/admin/users/").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("users.view"));
}

#[tokio::test]
async fn autocomplete_asks_for_the_right_to_see_what_it_finds() {
    let app = TestApp::new().await;
    for number in 0..25 {
        app.site(&format!("SITE-{number:02}")).await;
    }
    let path = "/admin/autocomplete/?resource=issues&field=src_site&term=site";
    assert_eq!(app.anonymous().get(path).await.status, 302);
    assert_eq!(app.signed_in("").await.get(path).await.status, 403);
    let mut browser = app.signed_in("Viewers").await;
    let first: serde_json::Value = serde_json::from_slice(&browser.get(path).await.body).unwrap();
    assert_eq!(
        (first["results"].as_array().unwrap().len(), &first["pagination"]["more"]),
        (20, &true.into())
    );
    let second: serde_json::Value =
        serde_json::from_slice(&browser.get(&format!("{path}&page=2")).await.body).unwrap();
    assert_eq!(
        (second["results"].as_array().unwrap().len(), &second["pagination"]["more"]),
        (5, &false.into())
    );
    for forged in [
        "resource=issues&field=message",
        "resource=nope&field=x",
        "",
        "resource=issues",
        "resource=users&field=password",
        "resource=actions-taken&field=user",
    ] {
        assert_eq!(browser.get(&format!("/admin/autocomplete/?{forged}")).await.status, 403, "{forged}");
    }
}

#[tokio::test]
async fn every_right_of_every_resource_exists() {
    let app = TestApp::new().await;
    let rows = entity::permission::Entity::find().all(&app.app.db).await.unwrap();
    let known: Vec<String> = rows.into_iter().map(|row| row.codename).collect();
    for resource in app.app.registry.iter() {
        for verb in Verb::ALL.iter().filter(|verb| resource.meta().offers(**verb)) {
            assert!(known.contains(&resource.meta().codename(*verb)));
        }
    }
}
