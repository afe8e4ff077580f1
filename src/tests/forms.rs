//! Adding and changing rows.
use super::support::TestApp;
use entity::{audit_log, cause, site};
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn errors_stand_at_their_fields_and_everything_typed_stays() {
    let app = TestApp::new().await;
    let taken = app.add("sites", &[("name", "INFN-T1")]).await;
    let mut browser = app.signed_in("Operators").await;
    let long = "x".repeat(101);
    for (fields, name, message) in [
        (vec![("name", ""), ("status", "active")], "name", "required".to_owned()),
        (
            vec![("name", "INFN-T1"), ("status", "active")],
            "name",
            format!("Site {taken} already has this name"),
        ),
        (vec![("name", &*long), ("status", "active")], "name", "this has 101".to_owned()),
        (vec![("name", "A"), ("status", "closed")], "status", "not one of the choices".to_owned()),
        (vec![("name", "A"), ("tier", "9")], "tier", "0, 1, 2 or 3".to_owned()),
        (vec![("name", "A"), ("tier", "one")], "tier", "whole number".to_owned()),
        (vec![("name", "A"), ("tier", "9999999999")], "tier", "0, 1, 2 or 3".to_owned()),
        (vec![("name", "A"), ("latitude", "nan")], "latitude", "between".to_owned()),
        (vec![("name", "A"), ("country", "italy")], "country", "fit".to_owned()),
        (vec![("name", "A\0B")], "name", "NUL".to_owned()),
        (vec![("name", "A\nB")], "name", "one line".to_owned()),
    ] {
        let answer = browser.post("/admin/sites/add/", &fields).await;
        assert_eq!(answer.status, 422, "{fields:?}");
        let errors = answer.all(&format!("#{name}-errors .err"));
        assert!(errors.len() == 1 && errors[0].contains(&message), "{fields:?}: {errors:?}");
        assert!(answer.all("title")[0].starts_with("Error:"));
        assert!(answer.has(&format!("#errors a[href='#id_{name}']")), "the summary links to the field");
        for (field, value) in
            fields.iter().filter(|(field, value)| *field == "name" && !value.contains(['\0', '\n']))
        {
            assert_eq!(answer.value(&format!("#id_{field}")).as_deref(), Some(*value));
        }
    }
    assert_eq!(site::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn a_form_must_say_which_version_it_shows() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Old")]).await;
    let mut browser = app.signed_in("Operators").await;
    for version in [None, Some(""), Some("x"), Some("99999999999")] {
        let mut fields = vec![("name", "New")];
        fields.extend(version.map(|version| ("_version", version)));
        assert_eq!(
            browser.post(&format!("/admin/causes/{id}/change/"), &fields).await.status,
            400,
            "{version:?}"
        );
    }
    assert_eq!(
        browser
            .post(&format!("/admin/causes/{id}/change/"), &[("name", "New"), ("_version", "7")])
            .await
            .status,
        409
    );
}

#[tokio::test]
async fn saving_nothing_new_writes_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Same"), ("fault_kind", "timeout")]).await;
    let mut browser = app.signed_in("Operators").await;
    let before = audit_log::Entity::find().count(&app.app.db).await.unwrap();
    let answer = browser
        .post(
            &format!("/admin/causes/{id}/change/"),
            &[("name", " Same "), ("fault_kind", "timeout"), ("_version", "1")],
        )
        .await;
    assert_eq!(answer.status, 302);
    assert!(browser.get("/admin/causes/").await.text().contains("stays as it was"));
    assert_eq!(audit_log::Entity::find().count(&app.app.db).await.unwrap(), before);
    assert_eq!(cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn line_ends_as_browsers_send_them_change_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Same"), ("description", "one\ntwo")]).await;
    let mut browser = app.signed_in("Operators").await;
    let fields = [("name", "Same"), ("description", "one\r\ntwo"), ("_version", "1")];
    assert_eq!(browser.post(&format!("/admin/causes/{id}/change/"), &fields).await.status, 302);
    assert_eq!(cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap().version, 1);
}

#[tokio::test]
async fn whoever_posts_and_never_looks_does_not_fill_the_session() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    for number in 0..30 {
        let name = format!("{number} {}", "x".repeat(100));
        let fields = [("name", &*name), ("_addanother", "1")];
        assert_eq!(browser.post("/admin/causes/add/", &fields).await.status, 302, "{number}");
    }
    let page = browser.get("/admin/causes/").await;
    assert_eq!(page.all(".notes > .note").len(), 10);
    assert!(page.text().contains("“ 29 x"), "{}", page.text());
}

#[tokio::test]
async fn a_vanished_target_is_said_at_the_field() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    for cause in ["999", "abc", "-1", "99999999999999999999"] {
        let answer = browser
            .post("/admin/error-categories/add/", &[("title", "T"), ("priority", "1"), ("cause", cause)])
            .await;
        assert_eq!(answer.status, 422, "{cause}");
        assert_eq!(answer.all("#cause-errors .err").len(), 1, "{cause}");
    }
}

#[tokio::test]
async fn without_script_a_row_of_a_large_table_is_named_by_typing() {
    let app = TestApp::new().await;
    for name in ["INFN-T1", "INFN-PISA", "WT2"] {
        app.site(name).await;
    }
    let mut browser = app.signed_in("Operators").await;
    let ticket = |number: &'static str, site: &'static str| {
        [
            ("system", "ggus"),
            ("reference", number),
            ("title", "T"),
            ("status", "new"),
            ("site", ""),
            ("site__typed", site),
        ]
    };
    assert_eq!(browser.post("/admin/tickets/add/", &ticket("1", "wt2")).await.status, 302);
    assert_eq!(browser.post("/admin/tickets/add/", &ticket("2", "infn-t1")).await.status, 302);
    for (typed, message) in [("INFN", "Several match"), ("nowhere", "There is no site")] {
        let answer = browser.post("/admin/tickets/add/", &ticket("3", typed)).await;
        assert_eq!(answer.status, 422);
        assert!(answer.all("#site-errors .err")[0].contains(message));
    }
}

#[tokio::test]
async fn patterns_are_checked_before_they_run() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    for pattern in ["(", "a(?=b)", "((a{1000}){1000}){1000}"] {
        let answer = browser
            .post("/admin/error-categories/add/", &[("title", "T"), ("priority", "1"), ("pattern", pattern)])
            .await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.all("#pattern-errors .err").len(), 1, "{pattern}");
    }
}

#[tokio::test]
async fn a_number_that_was_emptied_is_asked_for_again() {
    let app = TestApp::new().await;
    let id = app.add("error-categories", &[("title", "T"), ("priority", "5")]).await;
    let mut browser = app.signed_in("Operators").await;
    let fields = [("title", "T"), ("priority", ""), ("state", ""), ("origin", "manual"), ("_version", "1")];
    let answer = browser.post(&format!("/admin/error-categories/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.all("#priority-errors .err"), ["This field is required."]);
    assert_eq!(answer.all("#state-errors .err"), ["This field is required."]);
}

#[tokio::test]
async fn what_points_at_a_row_stands_below_its_form() {
    let app = TestApp::new().await;
    let category = app.add("error-categories", &[("title", "Full"), ("priority", "1")]).await.to_string();
    let action = app.add("actions", &[("name", "Wait one hour")]).await.to_string();
    app.add("suggested-actions", &[("category", &category), ("action", &action)]).await;
    let mut browser = app.signed_in("Operators").await;
    let form = browser.get(&format!("/admin/error-categories/{category}/change/")).await;
    assert!(form.has("[name=suggested_actions-0-action] option[selected]"), "with fields of their own");
    let add = format!("/admin/issues/add/?category={category}");
    assert!(form.has(&format!("a[href='{add}']")));
    assert_eq!(browser.get(&add).await.attributes("#id_category option[selected]", "value"), [category]);
    // Whoever may not see them gets none.
    for resource in app.app.registry.iter() {
        for inline in resource.meta().inlines {
            let target = app.app.registry.get(inline.resource).unwrap();
            assert!(target.meta().field(inline.field).is_some(), "{} {}", inline.resource, inline.field);
        }
    }
}
