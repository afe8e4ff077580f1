//! Files that are wrong: one clear sentence, and nothing written.
use super::{INITIAL, count, load, load_from};
use crate::tests::support::TestApp;
use entity::{action, audit_log, issue, user};

/// Loads a file that is wrong; gives what was said.
async fn refused(app: &TestApp, text: impl AsRef<[u8]>) -> String {
    let before = count(app, audit_log::Entity).await;
    let error = load(app, &[text.as_ref()]).await.expect_err("is refused");
    assert_eq!(count(app, audit_log::Entity).await, before, "nothing was written");
    error
}

fn rows(rows: &[&str]) -> String {
    format!("[{}]", rows.join(","))
}

const ACTION: &str = r#"{"model":"core.action","pk":1,"fields":{"action":"Do it"}}"#;

#[tokio::test]
async fn what_is_no_fixture_is_said_to_be_none() {
    let app = TestApp::new().await;
    for (text, told) in [
        (&b""[..], "cut off"),
        (&INITIAL.as_bytes()[..3000], "cut off"),
        (b"{\"model\":1}", "an opening bracket"),
        (b"[{\"model\":5,\"pk\":1,\"fields\":{}}]", "object 1 (line 1)"),
        (b"\xff\xfe[\0", "not UTF-8"),
        (b"[{\"model\":\"core.action\",\"pk\":1,\"fields\":{\"action\":\"\xe9\"}}]", "not UTF-8"),
        (
            b"[{\"model\":\"core.action\",\"pk\":1,\"fields\":{\"action\":\"a\",\"action\":\"b\"}}]",
            "stands twice",
        ),
    ] {
        let error = refused(&app, text).await;
        assert!(error.contains(told), "{error} / {told}");
    }
    let missing = crate::fixture::File::Path("nowhere.json".into());
    let how = crate::fixture::Loaddata { origin: "django".into(), dry_run: false };
    let error = crate::fixture::load(&app.app, &[missing], &how).await.unwrap_err();
    assert!(format!("{error:#}").contains("cannot read nowhere.json"));
}

#[tokio::test]
async fn rows_that_are_wrong_are_named_with_model_key_and_field() {
    let app = TestApp::new().await;
    let huge = "x".repeat(5000);
    for (row, told) in [
        (r#"{"model":"core.nonsense","pk":1,"fields":{}}"#.to_owned(), "core.nonsense 1: there is no such model"),
        (r#"{"model":"opint.nonsense","pk":1,"fields":{}}"#.to_owned(), "no table that there is here"),
        (r#"{"model":"opint.site","pk":1,"fields":{"nmae":"A"}}"#.to_owned(), "opint.site 1: there is no field nmae"),
        (r#"{"model":"opint.site","pk":1,"fields":{"name":"A","tier":"many"}}"#.to_owned(), "opint.site 1: tier: Enter a whole number"),
        (r#"{"model":"opint.site","pk":1,"fields":{"name":["A"]}}"#.to_owned(), "name: a list"),
        (r#"{"model":"opint.issue_hour","pk":null,"fields":{"issue":77}}"#.to_owned(), "points at opint.issue 77"),
        (r#"{"model":"opint.audit_log","pk":1,"fields":{}}"#.to_owned(), "Nobody can add"),
        (r#"{"model":"opint.identity","pk":1,"fields":{}}"#.to_owned(), "only read from a whole dump"),
        (r#"{"model":"core.action","pk":"x","fields":{"action":"a"}}"#.to_owned(), "its key is no number"),
        (r#"{"model":"core.action","pk":1,"fields":{"action":5}}"#.to_owned(), "core.action 1, action: 5 stands where a text should"),
        (r#"{"model":"core.action","pk":1,"fields":{"action":"a\u0000b"}}"#.to_owned(), "core.action 1, action: name: A NUL"),
        (format!(r#"{{"model":"core.action","pk":1,"fields":{{"action":"{huge}"}}}}"#), "At most 128 characters"),
        (r#"{"model":"core.transferissue","pk":1,"fields":{"message":"x","amount":"many"}}"#.to_owned(), "core.transferissue 1, amount: \"many\""),
        (r#"{"model":"core.solution","pk":1,"fields":{"category":null,"propability":"a lot","score":"False","cause":1}}"#.to_owned(), "propability: \"a lot\" stands where a number should"),
        (r#"{"model":"auth.user","pk":1,"fields":{"username":"a b","password":"!"}}"#.to_owned(), "auth.user 1: username: A user name has"),
    ] {
        let error = refused(&app, rows(&[&row])).await;
        assert!(error.contains(told), "{error} / {told}");
    }
    assert_eq!(count(&app, action::Entity).await + count(&app, user::Entity).await, 0);
}

#[tokio::test]
async fn all_that_is_wrong_is_told_at_once() {
    let app = TestApp::new().await;
    let error = refused(
        &app,
        rows(&[
            r#"{"model":"opint.site","pk":1,"fields":{"name":"A","tier":9}}"#,
            r#"{"model":"opint.site","pk":2,"fields":{"name":"B"}}"#,
            r#"{"model":"opint.site","pk":3,"fields":{"name":"C","country":"Italy"}}"#,
        ]),
    )
    .await;
    assert!(error.contains("opint.site 1: tier") && error.contains("opint.site 3: country"), "{error}");
    assert!(error.contains("nothing was written"));
}

#[tokio::test]
async fn what_points_at_nothing_or_in_a_circle_is_one_sentence() {
    let app = TestApp::new().await;
    for (text, told) in [
        (
            rows(&[r#"{"model":"core.issuecategory","pk":1,"fields":{"regex":"Error","cause":"3"}}"#]),
            "core.issuecategory 1, cause: it points at core.issuecause 3, which is neither",
        ),
        (
            rows(&[
                ACTION,
                r#"{"model":"core.solution","pk":2,"fields":{"category":8,"proposed_action":1}}"#,
            ]),
            "core.solution 2, category: it points at core.issuecategory 8",
        ),
        (
            rows(&[r#"{"model":"core.transferissue","pk":4,"fields":{"message":"x","category":5}}"#]),
            "core.transferissue 4, category: it points at core.issuecategory 5",
        ),
        (
            rows(&[r#"{"model":"auth.user","pk":1,"fields":{"username":"a","password":"!","groups":[5]}}"#]),
            "auth.user 1: groups: it points at the group 5",
        ),
        (
            rows(&[r#"{"model":"opint.error_category","pk":1,"fields":{"title":"a","cause":4}}"#]),
            "cause: it points at opint.cause 4, which is neither in the file nor in the database",
        ),
        (
            rows(&[
                r#"{"model":"opint.error_category","pk":1,"fields":{"title":"a","state":"merged","merged_into":2}}"#,
                r#"{"model":"opint.error_category","pk":2,"fields":{"title":"b","state":"merged","merged_into":1}}"#,
            ]),
            "opint.error_category 1 → opint.error_category 2",
        ),
        (rows(&[ACTION, ACTION]), "core.action 1 stands twice"),
        (
            rows(&[
                r#"{"model":"core.transferissue","pk":4,"fields":{"message":"x"}}"#,
                r#"{"model":"core.transferissue","pk":"4","fields":{"message":"y"}}"#,
            ]),
            "core.transferissue 4 stands twice",
        ),
    ] {
        let error = refused(&app, text).await;
        assert!(error.contains(told), "{error} / {told}");
    }
}

#[tokio::test]
async fn odd_values_that_can_be_meant_are_taken() {
    let app = TestApp::new().await;
    let text = rows(&[
        r#"{"model":"core.transferissue","pk":"4","fields":{"message":"NUL \u0000 here","amount":"-3","src_site":"<b>","dst_site":"x","type":"odd","status":""}}"#,
        r#"{"model":"core.issuecategory","pk":1,"fields":{"regex":"(.*[","cause":null}}"#,
        r#"{"model":"core.issuecategory","pk":2,"fields":{"regex":"","cause":null}}"#,
    ]);
    let report = load(&app, &[text.as_bytes()]).await.unwrap();
    let issues = report.of("core_transferissue");
    assert_eq!((issues.made, count(&app, issue::Entity).await), (1, 1));
    let told = report.to_string();
    assert!(told.contains("NUL characters") && told.contains("<b>"), "{told}");
}

#[tokio::test]
async fn rows_of_another_installation_need_another_name() {
    let app = TestApp::new().await;
    let issue = |src: &str| {
        rows(&[&format!(
            r#"{{"model":"core.transferissue","pk":4,"fields":{{"message":"x","src_site":"{src}","dst_site":"Z","amount":2}}}}"#
        )])
    };
    load(&app, &[issue("A").as_bytes()]).await.unwrap();
    let error = refused(&app, issue("B")).await;
    assert!(error.contains("another installation"), "{error}");
    load_from(&app, &[issue("B").as_bytes()], "cms").await.unwrap();
    assert_eq!(count(&app, issue::Entity).await, 2);
}
