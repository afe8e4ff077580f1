//! Checks 71 to 76: users, their passwords and their rights.
use crate::auth::{account, session};
use crate::tests::support::{PASSWORD, TestApp};
use entity::user;
use sea_orm::{ActiveValue::Set, EntityTrait, PaginatorTrait};
use tower_sessions::SessionStore;

#[tokio::test]
async fn check_71_a_user_is_added_with_name_and_password_first() {
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
    assert!(admin.get(&answer.location()).await.has("form select[name=groups]"), "the whole form follows");
    let mut browser = app.anonymous();
    assert_eq!(browser.sign_in("Newcomer", "sunlit-harbour-9", "").await.status, 302, "whatever the case");
}

#[tokio::test]
async fn check_72_user_names_are_unique_whatever_their_case_or_spelling() {
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
    let wide = [("username", "ｃａｒｏｌ"), ("usable_password", "false")];
    assert_eq!(admin.post("/admin/users/add/", &wide).await.status, 302);
    assert!(admin.get("/admin/users/").await.rows().contains(&"carol".to_owned()));
}

#[tokio::test]
async fn check_73_no_page_shows_a_hash_and_no_form_takes_one() {
    let app = TestApp::new().await;
    let id = app.user("bob", "Viewers").await;
    let mut admin = app.signed_in("superuser").await;
    for path in [
        "/admin/users/".to_owned(),
        format!("/admin/users/{id}/change/"),
        format!("/admin/users/{id}/history/"),
        format!("/admin/users/{id}/delete/"),
        format!("/admin/users/{id}/password/"),
        "/admin/users/?cols=username,password".to_owned(),
        "/admin/users/export/json/".to_owned(),
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
}

#[tokio::test]
async fn check_74_a_password_set_by_an_administrator_is_logged_and_ends_the_users_sessions() {
    let app = TestApp::new().await;
    let id = app.user("ops", "Operators").await;
    let mut victim = app.sign_in("ops").await;
    let mut admin = app.signed_in("superuser").await;
    let fields = [("password1", "sunlit-harbour-9"), ("password2", "sunlit-harbour-9")];
    let answer = admin.post(&format!("/admin/users/{id}/password/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    assert_eq!(victim.get("/admin/").await.status, 302, "their sessions end");
    assert_eq!(admin.get("/admin/").await.status, 200, "the administrator's goes on");
    assert_eq!(app.anonymous().sign_in("ops", "sunlit-harbour-9", "").await.status, 302);
    let history = admin.get(&format!("/admin/users/{id}/history/")).await;
    let entries = history.all("ol.stack > li");
    let set = entries.iter().find(|entry| entry.starts_with("Changed a-superuser")).unwrap();
    assert!(set.contains("Password"), "{set}");
}

#[tokio::test]
async fn check_75_an_account_without_a_password_is_offered_none_and_opened_by_none() {
    let app = TestApp::new().await;
    let id = app.user("ops", "Operators").await;
    let mut browser = app.sign_in("ops").await;
    assert!(browser.get("/admin/").await.has("a[href='/admin/password_change/']"));
    let mut admin = app.signed_in("superuser").await;
    assert_eq!(admin.post(&format!("/admin/users/{id}/password/"), &[("_disable", "1")]).await.status, 302);
    assert_eq!(app.anonymous().sign_in("ops", PASSWORD, "").await.status, 422);
    assert_eq!(browser.get("/admin/").await.status, 302);
    let form = admin.get(&format!("/admin/users/{id}/change/")).await;
    assert!(
        form.has(&format!("a[href='/admin/users/{id}/password/']")) && form.text().contains("Set password")
    );
    // Single sign-on lets such an account in: its session knows of no password.
    let mut inside = app.signed_in("Viewers").await;
    let store = session::DbStore(app.app.db.clone());
    let mut record = store.load(&inside.cookies["opint_session"].parse().unwrap()).await.unwrap().unwrap();
    let viewer = record.data[session::USER].as_i64().unwrap();
    let row = user::ActiveModel {
        id: Set(viewer),
        password: Set(account::unusable_password()),
        ..Default::default()
    };
    let row = user::Entity::update(row).exec(&app.app.db).await.unwrap();
    record.data.insert(session::STAMP.into(), account::stamp(&row).into());
    store.save(&record).await.unwrap();
    let page = inside.get("/admin/").await;
    assert_eq!(page.status, 200);
    assert!(!page.has("a[href='/admin/password_change/']"));
    assert_eq!(inside.get("/admin/password_change/").await.status, 403);
}

#[tokio::test]
async fn check_76_nobody_locks_themselves_or_everybody_out() {
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
async fn check_76_nobody_grants_what_they_lack() {
    let app = TestApp::new().await;
    let admins = app.group("Admins").await.to_string();
    let (change, view, audit) = (
        app.right("users.change").await.to_string(),
        app.right("users.view").await.to_string(),
        app.right("audit-log.view").await.to_string(),
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
