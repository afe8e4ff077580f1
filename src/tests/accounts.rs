//! Users, groups and passwords.
use super::support::TestApp;
use entity::user;
use sea_orm::EntityTrait;

#[tokio::test]
async fn passwords_are_set_by_those_with_the_right_and_of_users_that_are_there() {
    let app = TestApp::new().await;
    let id = app.user("ops", "Operators").await;
    let mut admin = app.signed_in("superuser").await;
    for path in ["/admin/users/abc/password/", "/admin/users/99999/password/"] {
        assert_eq!(admin.get(path).await.status, 404);
    }
    let mut viewer = app.signed_in("Viewers").await;
    assert_eq!(viewer.get(&format!("/admin/users/{id}/password/")).await.status, 403);
}

#[tokio::test]
async fn adding_a_user_needs_the_right_to_change_them_too() {
    let app = TestApp::new().await;
    let mut clerk = app.with_rights("clerk", &["users.add"]).await;
    assert_eq!(clerk.get("/admin/users/add/").await.status, 403);
}

#[tokio::test]
async fn nobody_takes_over_an_account_with_more_rights() {
    let app = TestApp::new().await;
    let rights = ["users.view", "users.change", "users.delete", "groups.view", "groups.delete"];
    let mut browser = app.with_rights("clerk", &rights).await;
    let clerk = user::Entity::find().one(&app.app.db).await.unwrap().unwrap().id;
    let (boss, root) = (app.user("boss", "Admins").await, app.user("root", "superuser").await);
    let (plain, shifters) = (app.user("plain", "").await, app.group("Shifters").await);
    let password = [("password1", "sunlit-harbour-9"), ("password2", "sunlit-harbour-9")];
    for id in [boss, root] {
        assert_eq!(browser.get(&format!("/admin/users/{id}/password/")).await.status, 403);
        assert_eq!(browser.post(&format!("/admin/users/{id}/password/"), &password).await.status, 403);
        let answer = browser
            .post(
                &format!("/admin/users/{id}/change/"),
                &[("username", "mine"), ("is_staff", "true"), ("_version", "1")],
            )
            .await;
        assert!(matches!(answer.status, 403 | 422), "{}", answer.status);
        assert_eq!(browser.post(&format!("/admin/users/{id}/delete/"), &[("post", "yes")]).await.status, 403);
    }
    assert_eq!(
        browser.post(&format!("/admin/groups/{shifters}/delete/"), &[("post", "yes")]).await.status,
        403
    );
    assert_eq!(browser.post(&format!("/admin/users/{plain}/password/"), &password).await.status, 302);
    // One's own password has its own page, which asks for the old one.
    assert_eq!(
        browser.get(&format!("/admin/users/{clerk}/password/")).await.location(),
        "/admin/password_change/"
    );
    assert_eq!(
        browser.post(&format!("/admin/users/{clerk}/password/"), &[("_disable", "1")]).await.status,
        403
    );
}
