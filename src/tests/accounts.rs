//! Users, groups and passwords.
use super::support::{PASSWORD, TestApp};
use entity::user;
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn a_user_is_added_with_name_and_password_first() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    let answer = admin
        .post(
            "/admin/users/add/",
            &[("username", "newcomer"), ("password1", "sunlit-harbour-9"), ("password2", "sunlit-harbour-8")],
        )
        .await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.all("#p2-errors .err"), ["The two passwords differ."]);
    let answer = admin
        .post(
            "/admin/users/add/",
            &[("username", "newcomer"), ("password1", "12345"), ("password2", "12345")],
        )
        .await;
    assert_eq!(answer.all("#p2-errors .err").len(), 3, "all that is wrong at once");
    let answer = admin
        .post(
            "/admin/users/add/",
            &[("username", "newcomer"), ("password1", "sunlit-harbour-9"), ("password2", "sunlit-harbour-9")],
        )
        .await;
    assert_eq!(answer.status, 302);
    assert!(answer.location().ends_with("/change/"));
    let mut browser = app.anonymous();
    assert_eq!(browser.sign_in("Newcomer", "sunlit-harbour-9", "").await.status, 302, "whatever the case");
}

#[tokio::test]
async fn user_names_are_unique_whatever_their_case_or_spelling() {
    let app = TestApp::new().await;
    app.user("bob", "").await;
    let mut admin = app.signed_in("superuser").await;
    // The last two are bob in full-width letters, and a name with a blank.
    for name in ["bob", "Bob", "BOB", "ｂｏｂ", "bob smith"] {
        let answer =
            admin.post("/admin/users/add/", &[("username", name), ("usable_password", "false")]).await;
        assert_eq!(answer.status, 422, "{name}");
        assert_eq!(answer.all("#username-errors .err").len(), 1, "{name}");
    }
}

#[tokio::test]
async fn no_page_shows_a_hash_and_no_form_takes_one() {
    let app = TestApp::new().await;
    let id = app.user("bob", "Viewers").await;
    let mut admin = app.signed_in("superuser").await;
    for path in [
        "/admin/users/".to_owned(),
        format!("/admin/users/{id}/change/"),
        format!("/admin/users/{id}/history/"),
        format!("/admin/users/{id}/delete/"),
        "/admin/audit-log/".to_owned(),
    ] {
        assert!(!admin.get(&path).await.html().contains("$argon2id$v"), "{path}");
    }
    let fields = [
        ("username", "bob"),
        ("password", "smuggled"),
        ("username_key", "smuggled"),
        ("is_active", "true"),
        ("is_staff", "true"),
        ("_version", "1"),
    ];
    assert_eq!(admin.post(&format!("/admin/users/{id}/change/"), &fields).await.status, 302);
    assert_eq!(app.anonymous().sign_in("bob", PASSWORD, "").await.status, 302);
    for filter in ["password__icontains=a", "password=a", "o=9", "password__exact=x"] {
        let answer = admin.get(&format!("/admin/users/?{filter}")).await;
        assert_eq!(answer.status, if filter.starts_with('o') { 200 } else { 400 }, "{filter}");
    }
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let app = TestApp::new().await;
    app.user("ops", "Operators").await;
    let (mut here, mut there) = (app.sign_in("ops").await, app.sign_in("ops").await);
    let wrong = here
        .post(
            "/admin/password_change/",
            &[
                ("old_password", "no"),
                ("new_password1", "sunlit-harbour-9"),
                ("new_password2", "sunlit-harbour-9"),
            ],
        )
        .await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.all("#old-errors .err").len(), 1);
    let before = here.cookies["opint_session"].clone();
    let answer = here
        .post(
            "/admin/password_change/",
            &[
                ("old_password", PASSWORD),
                ("new_password1", "sunlit-harbour-9"),
                ("new_password2", "sunlit-harbour-9"),
            ],
        )
        .await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/password_change/done/"));
    assert_ne!(here.cookies["opint_session"], before, "the id changes");
    assert_eq!(here.get("/admin/").await.status, 200);
    assert_eq!(there.get("/admin/").await.status, 302);
}

#[tokio::test]
async fn an_administrator_sets_and_disables_passwords() {
    let app = TestApp::new().await;
    let id = app.user("ops", "Operators").await;
    let mut victim = app.sign_in("ops").await;
    let mut admin = app.signed_in("superuser").await;
    let answer = admin
        .post(
            &format!("/admin/users/{id}/password/"),
            &[("password1", "sunlit-harbour-9"), ("password2", "sunlit-harbour-9")],
        )
        .await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(victim.get("/admin/").await.status, 302, "their sessions end");
    assert_eq!(admin.get("/admin/").await.status, 200, "the administrator's goes on");
    assert_eq!(app.anonymous().sign_in("ops", "sunlit-harbour-9", "").await.status, 302);
    assert_eq!(admin.post(&format!("/admin/users/{id}/password/"), &[("_disable", "1")]).await.status, 302);
    assert_eq!(app.anonymous().sign_in("ops", "sunlit-harbour-9", "").await.status, 422);
    let history = admin.get(&format!("/admin/users/{id}/history/")).await;
    assert!(history.text().contains("Password"), "{}", history.text());
    for path in ["/admin/users/abc/password/", "/admin/users/99999/password/"] {
        assert_eq!(admin.get(path).await.status, 404);
    }
    let mut viewer = app.signed_in("Viewers").await;
    assert_eq!(viewer.get(&format!("/admin/users/{id}/password/")).await.status, 403);
}

#[tokio::test]
async fn deactivation_bites_at_the_next_request() {
    let app = TestApp::new().await;
    let id = app.user("ops", "Operators").await;
    let mut browser = app.sign_in("ops").await;
    let mut admin = app.signed_in("superuser").await;
    assert_eq!(browser.get("/admin/").await.status, 200);
    assert_eq!(
        admin
            .post(
                &format!("/admin/users/{id}/change/"),
                &[("username", "ops"), ("is_staff", "true"), ("_version", "1")]
            )
            .await
            .status,
        302
    );
    assert_eq!(browser.get("/admin/").await.status, 302);
}

#[tokio::test]
async fn nobody_locks_themselves_or_everybody_out() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    let id = user::Entity::find().one(&app.app.db).await.unwrap().unwrap().id;
    for kept in
        [&["is_active", "is_staff"][..], &["is_active", "is_superuser"], &["is_staff", "is_superuser"]]
    {
        let mut fields = vec![("username", "a-superuser"), ("_version", "1")];
        fields.extend(kept.iter().map(|name| (*name, "true")));
        let answer = admin.post(&format!("/admin/users/{id}/change/"), &fields).await;
        assert_eq!(answer.status, 422, "{kept:?}");
    }
    let answer = admin.post(&format!("/admin/users/{id}/delete/"), &[("post", "yes")]).await;
    assert_eq!(answer.status, 403);
    assert!(answer.text().contains("your own account"));
    assert_eq!(user::Entity::find().count(&app.app.db).await.unwrap(), 1);
    // The last superuser is safe from other administrators, too.
    let mut manager = app.signed_in("Admins").await;
    assert_eq!(manager.post(&format!("/admin/users/{id}/delete/"), &[("post", "yes")]).await.status, 403);
    assert_eq!(
        manager
            .post(&format!("/admin/users/{id}/change/"), &[("username", "x"), ("_version", "1")])
            .await
            .status,
        422
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story of who gives what to whom")]
async fn nobody_grants_what_they_lack() {
    use entity::{group, permission};
    use sea_orm::{ColumnTrait, QueryFilter};
    let app = TestApp::new().await;
    let permission = |codename: &'static str| {
        let db = app.app.db.clone();
        async move {
            permission::Entity::find()
                .filter(permission::Column::Codename.eq(codename))
                .one(&db)
                .await
                .unwrap()
                .unwrap()
                .id
                .to_string()
        }
    };
    let admins = group::Entity::find()
        .filter(group::Column::Name.eq("Admins"))
        .one(&app.app.db)
        .await
        .unwrap()
        .unwrap()
        .id
        .to_string();
    let (change, view, audit) = (
        permission("users.change").await,
        permission("users.view").await,
        permission("audit-log.view").await,
    );
    let mut root = app.signed_in("superuser").await;
    let manager = app.user("manager", "").await;
    let fields = [
        ("username", "manager"),
        ("is_active", "true"),
        ("is_staff", "true"),
        ("permissions", &*change),
        ("permissions", &*view),
        ("_version", "1"),
    ];
    assert_eq!(root.post(&format!("/admin/users/{manager}/change/"), &fields).await.status, 302);
    let bob = app.user("bob", "").await;
    let mut manager = app.sign_in("manager").await;
    let give = |name: &'static str, key: String, superuser: bool| {
        let mut fields = vec![
            ("username".to_owned(), "bob".to_owned()),
            ("is_active".into(), "true".into()),
            ("is_staff".into(), "true".into()),
            ("_version".into(), "1".into()),
            (name.to_owned(), key),
        ];
        if superuser {
            fields.push(("is_superuser".into(), "true".into()));
        }
        fields
    };
    for fields in [
        give("permissions", audit, false),
        give("groups", admins, false),
        give("permissions", view.clone(), true),
    ] {
        let pairs: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            manager.post(&format!("/admin/users/{bob}/change/"), &pairs).await.status,
            422,
            "{fields:?}"
        );
    }
    let own = give("permissions", view, false);
    let pairs: Vec<(&str, &str)> = own.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(manager.post(&format!("/admin/users/{bob}/change/"), &pairs).await.status, 302);
}

#[tokio::test]
async fn adding_a_user_needs_the_right_to_change_them_too() {
    use entity::{permission, user_permission};
    use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
    let app = TestApp::new().await;
    let id = app.user("clerk", "").await;
    let right = permission::Entity::find()
        .filter(permission::Column::Codename.eq("users.add"))
        .one(&app.app.db)
        .await
        .unwrap()
        .unwrap();
    let link = user_permission::ActiveModel { user_id: Set(id), permission_id: Set(right.id) };
    user_permission::Entity::insert(link).exec_without_returning(&app.app.db).await.unwrap();
    assert_eq!(app.sign_in("clerk").await.get("/admin/users/add/").await.status, 403);
}

#[tokio::test]
async fn nobody_takes_over_an_account_with_more_rights() {
    use entity::{group, permission, user_permission};
    use sea_orm::{ActiveValue::Set, ColumnTrait, QueryFilter};
    let app = TestApp::new().await;
    let clerk = app.user("clerk", "").await;
    for codename in ["users.view", "users.change", "users.delete", "groups.view", "groups.delete"] {
        let right = permission::Entity::find()
            .filter(permission::Column::Codename.eq(codename))
            .one(&app.app.db)
            .await
            .unwrap()
            .unwrap();
        let link = user_permission::ActiveModel { user_id: Set(clerk), permission_id: Set(right.id) };
        user_permission::Entity::insert(link).exec_without_returning(&app.app.db).await.unwrap();
    }
    let (boss, root) = (app.user("boss", "Admins").await, app.user("root", "superuser").await);
    let plain = app.user("plain", "").await;
    let shifters = group::Entity::find()
        .filter(group::Column::Name.eq("Shifters"))
        .one(&app.app.db)
        .await
        .unwrap()
        .unwrap()
        .id;
    let mut browser = app.sign_in("clerk").await;
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
