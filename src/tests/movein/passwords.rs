//! Old passwords open the account once, and are then kept as all others are.
use super::load;
use crate::tests::support::TestApp;
use entity::user;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

/// Hashes of `violet-otter`, as Django makes them.
const SHA256: &str = "pbkdf2_sha256$2000$seasalt$Ua4lAGJzP67QWI5sJa/V5UCzfAAjqlXWS6QFrW6tLJE=";
const SHA1: &str = "pbkdf2_sha1$2000$seasalt$dF5wKeF+ONd8+p8682C5vJydIyE=";
const ARGON2: &str =
    "argon2$argon2id$v=19$m=1024,t=2,p=8$c2Vhc2FsdHNlYXNhbHQ$b4/c8nekuJoRf7WpHAIKj6zbzo7BY7ARqGjjMJNZcdY";

async fn password(app: &TestApp, name: &str) -> String {
    let row =
        user::Entity::find().filter(user::Column::Username.eq(name)).one(&app.app.db).await.expect("answers");
    row.expect("is there").password
}

#[tokio::test]
async fn old_passwords_open_the_account_and_are_renewed() {
    let app = TestApp::new().await;
    let people = format!(
        r#"[{{"model":"auth.user","pk":1,"fields":{{"username":"a","is_staff":true,"password":"{SHA256}"}}}},
        {{"model":"auth.user","pk":2,"fields":{{"username":"b","is_staff":true,"password":"{SHA1}"}}}},
        {{"model":"auth.user","pk":3,"fields":{{"username":"c","is_staff":true,"password":"{ARGON2}"}}}},
        {{"model":"auth.user","pk":4,"fields":{{"username":"d","is_staff":true,"password":"!nothing"}}}},
        {{"model":"auth.user","pk":5,"fields":{{"username":"e","is_staff":true,"password":"bcrypt_sha256$$2b$12$x"}}}},
        {{"model":"auth.user","pk":6,"fields":{{"username":"f","is_staff":true,"password":"pbkdf2_sha256$99999999$seasalt$Ua4lAGJzP67QWI5sJa/V5UCzfAAjqlXWS6QFrW6tLJE="}}}}]"#
    );
    let report = load(&app, &[people.as_bytes()]).await.unwrap();
    let told = report.to_string();
    assert!(told.contains("e (bcrypt_sha256)") && told.contains("f (pbkdf2_sha256)"), "{told}");
    for name in ["a", "b", "c"] {
        let before = password(&app, name).await;
        let mut browser = app.anonymous();
        assert_eq!(browser.sign_in(name, "violet-otters", "").await.status, 422);
        assert_eq!(password(&app, name).await, before);
        assert_eq!(browser.sign_in(name, "violet-otter", "/admin/").await.status, 302);
        assert!(password(&app, name).await.starts_with("$argon2id$"));
        // The session was opened with the new hash, and goes on.
        assert_eq!(browser.get("/admin/").await.status, 200);
        let renewed = password(&app, name).await;
        let mut again = app.anonymous();
        assert_eq!(again.sign_in(name, "violet-otter", "").await.status, 302);
        assert_eq!(password(&app, name).await, renewed);
        assert_eq!(browser.get("/admin/").await.status, 200, "the first session is still there");
    }
    for name in ["d", "e", "f", "nobody"] {
        let mut browser = app.anonymous();
        assert_eq!(browser.sign_in(name, "violet-otter", "").await.status, 422, "{name}");
    }
    assert!(password(&app, "e").await.starts_with('!'));
}
