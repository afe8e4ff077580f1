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
async fn a_missing_right_is_named() {
    let app = TestApp::new().await;
    let page = app.signed_in("Viewers").await.get("/admin/users/").await;
    assert_eq!(page.status, 403);
    assert!(page.text().contains("users.view"));
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
