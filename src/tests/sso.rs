//! Single sign-on with a provider that does what it should. `hostile` has what it should not do, `sign_out` how sessions
//! end from its side.

mod hostile;
mod provider;
mod sign_out;

use super::support::{Client, PASSWORD, TestApp};
use crate::auth::oidc;
use entity::{audit_log, group, identity, user, user_group};
use provider::Provider;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};
use serde_json::json;

async fn user_named(app: &TestApp, name: &str) -> user::Model {
    let user = user::Entity::find().filter(user::Column::Username.eq(name)).one(&app.app.db).await.unwrap();
    user.unwrap_or_else(|| panic!("there is no user {name}"))
}

async fn groups_of(app: &TestApp, name: &str) -> Vec<String> {
    let user = user_named(app, name).await.id;
    let pairs = user_group::Entity::find().filter(user_group::Column::UserId.eq(user)).all(&app.app.db).await;
    let ids: Vec<i64> = pairs.unwrap().into_iter().map(|pair| pair.group_id).collect();
    let groups = group::Entity::find().filter(group::Column::Id.is_in(ids)).all(&app.app.db).await.unwrap();
    let mut names: Vec<String> = groups.into_iter().map(|group| group.name).collect();
    names.sort();
    names
}

async fn sign_out(browser: &mut Client) -> String {
    browser.get("/admin/").await;
    browser.post("/admin/logout/", &[]).await.location()
}

#[tokio::test]
async fn somebody_new_gets_an_account_and_what_they_asked_for() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    provider.script().claims = json!({
        "preferred_username": "zoe", "email": "zoe@example.org", "given_name": "Zoë", "family_name": "Müller",
        "groups": ["/ddm-ops", "other"],
    });
    let mut browser = app.anonymous();
    let page = browser.get("/admin/login/?next=/admin/sites/%3Fq=a").await;
    let links = page.attributes("a.big-btn", "href");
    assert_eq!(links, ["/auth/oidc/login/?next=%2Fadmin%2Fsites%2F%3Fq%3Da"]);
    let back = provider.begin(&mut browser, "%2Fadmin%2Fsites%2F%3Fq%3Da").await;
    let answer = browser.get(&back).await;
    assert_eq!((answer.status, answer.location().as_str()), (302, "/admin/sites/?q=a"), "{}", answer.text());
    assert_eq!(browser.get("/admin/sites/?q=a").await.status, 200);

    let zoe = user_named(&app, "zoe").await;
    let names = (zoe.email.as_deref(), zoe.first_name.as_deref(), zoe.last_name.as_deref());
    assert_eq!(names, (Some("zoe@example.org"), Some("Zoë"), Some("Müller")));
    assert!(zoe.password.starts_with('!') && zoe.last_login.is_some());
    assert!(!zoe.is_superuser && zoe.is_active && zoe.is_staff);
    assert_eq!(groups_of(&app, "zoe").await, ["Operators"]);
    let log =
        audit_log::Entity::find().filter(audit_log::Column::Resource.eq("users")).all(&app.app.db).await;
    let log: Vec<_> = log.unwrap().into_iter().map(|entry| (entry.username, entry.verb)).collect();
    let made = ("single sign-on".to_owned(), audit_log::Verb::Add);
    assert_eq!(log, [made, ("zoe".to_owned(), audit_log::Verb::SignIn)]);
    // There is no password to change, and none opens the account.
    assert_eq!(browser.get("/admin/password_change/").await.status, 403);
    assert_eq!(app.anonymous().sign_in("zoe", "", "").await.status, 422);
    assert_eq!(provider.script().asked.get("/userinfo"), None, "the id token said everything");
}

#[tokio::test]
async fn groups_and_names_follow_the_provider_and_other_groups_stay() {
    let provider = Provider::start().await;
    let app = provider.app_with(&[("OIDC_GROUPS_CLAIM", "resource_access.opint.roles")]).await;
    let guests = app.add("groups", &[("name", "Guests")]).await;
    let mut browser = app.anonymous();
    for (roles, email, groups) in [
        (json!(["ddm-ops", "ddm-shifters"]), "a@example.org", vec!["Operators", "Shifters"]),
        (json!("ddm-admins,other"), "b@example.org", vec!["Admins", "Guests"]),
        (json!([]), "b@example.org", vec!["Guests", "Viewers"]),
        (json!(["ddm-ops"]), "not an address", vec!["Guests", "Operators"]),
    ] {
        provider.script().userinfo = json!({
            "preferred_username": "zoe", "email": email, "resource_access": {"opint": {"roles": roles}},
        });
        assert_eq!(provider.sign_in(&mut browser).await.location(), "/admin/");
        assert_eq!(groups_of(&app, "zoe").await, groups);
        if !groups.contains(&"Guests") {
            let zoe = user_named(&app, "zoe").await;
            let ids: Vec<String> = group_ids(&app, &["Operators", "Shifters", "Guests"]).await;
            let mut admin = app.signed_in("superuser").await;
            let version = zoe.version.to_string();
            let mut fields = vec![("username", "zoe"), ("_version", version.as_str()), ("email", email)];
            fields.extend([("is_active", "true"), ("is_staff", "true")]);
            fields.extend(ids.iter().map(|id| ("groups", id.as_str())));
            assert!(ids.contains(&guests.to_string()));
            assert_eq!(admin.post(&format!("/admin/users/{}/change/", zoe.id), &fields).await.status, 302);
        }
        sign_out(&mut browser).await;
    }
    let zoe = user_named(&app, "zoe").await;
    assert_eq!(zoe.email.as_deref(), Some("b@example.org"), "what is no address changes nothing");
    let changes = audit_log::Entity::find()
        .filter(audit_log::Column::Username.eq("single sign-on"))
        .filter(audit_log::Column::Verb.eq(audit_log::Verb::Change))
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(changes.len(), 3);
    assert!(changes[0].changes.contains("Operators, Shifters") && changes[0].changes.contains("Admins"));
}

async fn group_ids(app: &TestApp, names: &[&str]) -> Vec<String> {
    let groups = group::Entity::find().filter(group::Column::Name.is_in(names.iter().copied()));
    groups.all(&app.app.db).await.unwrap().into_iter().map(|group| group.id.to_string()).collect()
}

#[tokio::test]
async fn no_account_is_taken_over_by_its_name_or_address() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    app.user("Zoe", "superuser").await;
    app.user("zoe-2", "").await;
    let local = user_named(&app, "Zoe").await;
    app.change("users", local.id, &[("email", "zoe@example.org")]).await;
    provider.script().userinfo =
        json!({"preferred_username": "zoe", "email": "zoe@example.org", "groups": []});
    let mut browser = app.anonymous();
    provider.sign_in(&mut browser).await;
    let made = user_named(&app, "zoe-3").await;
    assert!(!made.is_superuser);
    assert_eq!(groups_of(&app, "zoe-3").await, ["Viewers"]);
    assert_eq!(app.anonymous().sign_in("zoe", PASSWORD, "").await.status, 302, "the other has its password");

    // Once more the same person; somebody else, whose number differs in its case only, is another.
    sign_out(&mut browser).await;
    provider.sign_in(&mut browser).await;
    assert_eq!(identity::Entity::find().count(&app.app.db).await.unwrap(), 1);
    provider.script().claims = json!({"sub": "F:1:ZOE", "groups": [], "preferred_username": "zoe"});
    provider.sign_in(&mut app.anonymous()).await;
    assert_eq!(identity::Entity::find().count(&app.app.db).await.unwrap(), 2);
    user_named(&app, "zoe-4").await;
}

#[tokio::test]
async fn an_older_account_is_linked_by_hand() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    app.user("Ann", "Operators").await;
    let mut browser = app.anonymous();
    assert_eq!(provider.sign_in(&mut browser).await.status, 302);
    let (oidc, ann) = (app.app.config.oidc.as_ref().unwrap(), user_named(&app, "Ann").await);
    for _ in 0..2 {
        oidc::link_account(&app.app.db, oidc, &app.deed(), &ann, "f:1:zoe").await.unwrap();
    }
    assert_eq!(browser.get("/admin/").await.status, 302, "the other account's sessions ended");
    assert_eq!(provider.sign_in(&mut browser).await.status, 302);
    assert_eq!(identity::Entity::find().one(&app.app.db).await.unwrap().unwrap().user_id, ann.id);
    assert_eq!(groups_of(&app, "Ann").await, ["Viewers"]);
    oidc::link_account(&app.app.db, oidc, &app.deed(), &ann, "of another").await.unwrap();
    assert_eq!(identity::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn names_are_made_from_whatever_the_provider_calls_somebody() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    for (sub, said, name) in [
        ("1", json!({"preferred_username": "Zoë Müller"}), "Zoë-Müller"),
        ("2", json!({"preferred_username": "<script>"}), "script"),
        ("3", json!({"preferred_username": "/\u{0}\u{7}", "email": "x.y@example.org"}), "x.y"),
        ("4|abc", json!({"preferred_username": 7, "name": "Ann \u{0}Bee"}), "4-abc"),
        ("###", json!({"preferred_username": null}), "user"),
        (
            "6",
            json!({"preferred_username": "n".repeat(5000), "given_name": "é".repeat(5000)}),
            "n".repeat(70).as_str(),
        ),
    ] {
        let mut claims = said.clone();
        claims["sub"] = json!(sub);
        claims["groups"] = json!([]);
        {
            let mut script = provider.script();
            script.userinfo = json!({"sub": sub, "preferred_username": null});
            script.claims = claims;
        }
        let answer = provider.sign_in(&mut app.anonymous()).await;
        assert_eq!(answer.status, 302, "{said}: {}", answer.text());
        user_named(&app, name).await;
    }
    assert_eq!(user_named(&app, "4-abc").await.first_name.as_deref(), Some("Ann Bee"));
}

#[tokio::test]
async fn many_tabs_can_sign_in_at_once_and_each_goes_where_it_wanted() {
    let provider = Provider::start().await;
    let app = provider.app().await;
    let mut browser = app.anonymous();
    let one = provider.begin(&mut browser, "/admin/sites/").await;
    let two = provider.begin(&mut browser, "/admin/issues/").await;
    assert_eq!(browser.get(&two).await.location(), "/admin/issues/");
    assert_eq!(browser.get(&one).await.location(), "/admin/sites/");
    assert_eq!(user::Entity::find().count(&app.app.db).await.unwrap(), 1);
    assert_eq!(browser.get("/auth/oidc/login/?next=/admin/causes/").await.location(), "/admin/causes/");
}

#[tokio::test]
async fn passwords_can_be_turned_off() {
    let provider = Provider::start().await;
    let app = provider.app_with(&[("OPINT_LOCAL_SIGN_IN", "false")]).await;
    app.user("ops", "Operators").await;
    let mut browser = app.anonymous();
    let page = browser.get("/admin/login/").await;
    assert!(page.has("a.big-btn") && !page.has("input[type=password]"));
    // The token of the page that there would be.
    let other = provider.app().await;
    let mut elsewhere = other.anonymous();
    elsewhere.get("/admin/login/").await;
    browser.token = elsewhere.token;
    browser.cookies.insert("opint_csrf".into(), elsewhere.cookies["opint_csrf"].clone());
    let answer = browser.post("/admin/login/", &[("username", "ops"), ("password", PASSWORD)]).await;
    assert_eq!(answer.status, 403);
    assert!(!browser.cookies.contains_key("opint_session"));
    assert_eq!(provider.sign_in(&mut browser).await.location(), "/admin/");
}

#[tokio::test]
async fn without_a_provider_there_is_nothing() {
    let app = TestApp::new().await;
    let mut browser = app.anonymous();
    assert!(!browser.get("/admin/login/").await.has("a.big-btn"));
    for path in ["/auth/oidc/login/", "/auth/oidc/callback/?code=x&state=y"] {
        assert_eq!(browser.get(path).await.status, 404);
    }
    assert_eq!(browser.post_bare("/auth/oidc/backchannel-logout/", &[]).await.status, 404);
}
