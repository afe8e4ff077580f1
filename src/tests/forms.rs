//! Adding and changing rows.
use super::support::TestApp;
use entity::{audit_log, cause, site};
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

#[tokio::test]
async fn a_form_can_be_prefilled_from_its_address() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let form = browser.get("/admin/causes/add/?name=My+cause&fault_kind=timeout").await;
    assert_eq!(form.value("#id_name").as_deref(), Some("My cause"));
    assert_eq!(form.attributes("#id_fault_kind option[selected]", "value"), ["timeout"]);
}

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
    let two = browser.post("/admin/sites/add/", &[("name", ""), ("tier", "9")]).await;
    assert!(two.text().contains("2 fields need a change"));
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from the clash to its end")]
async fn a_stale_form_overwrites_nothing() {
    let app = TestApp::new().await;
    let id = app.add("causes", &[("name", "Old"), ("fault_kind", "timeout")]).await;
    let path = format!("/admin/causes/{id}/change/");
    let (mut first, mut second) = (app.signed_in("Operators").await, app.signed_in("superuser").await);
    let opened = second.get(&path).await;
    let (version, before) =
        (opened.value("input[name=_version]").unwrap(), opened.value("input[name=_opened]").unwrap());
    assert_eq!(
        first
            .post(&path, &[("name", "Theirs"), ("fault_kind", "overload"), ("_version", &version)])
            .await
            .status,
        302
    );
    let stale = second
        .post(
            &path,
            &[
                ("name", "Mine"),
                ("fault_kind", "timeout"),
                ("description", "Added"),
                ("_version", &version),
                ("_opened", &before),
            ],
        )
        .await;
    assert_eq!(stale.status, 409);
    let text = stale.text();
    for word in [
        "Old",
        "Theirs",
        "Mine",
        "Added",
        "overload",
        "a-operators changed this cause",
        "both changed it",
        "only you changed it",
        "only they changed it",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let row = cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.version), ("Theirs", 2));
    // Taking their kind and one's own name and description.
    let checked = stale.attributes("input[type=radio][checked]", "name");
    assert_eq!(checked.len(), 3);
    let answer = second
        .post(
            &path,
            &[
                ("name", "Mine"),
                ("fault_kind", "timeout"),
                ("description", "Added"),
                ("_keep-fault_kind", "theirs"),
                ("_keep-name", "yours"),
                ("_version", "2"),
            ],
        )
        .await;
    assert_eq!(answer.status, 302);
    let row = cause::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.name.as_str(), row.description.as_deref(), row.version), ("Mine", Some("Added"), 3));
    assert_eq!(row.fault_kind, Some(entity::vocabulary::FaultKind::Overload));
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
async fn the_three_buttons_lead_where_they_say() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    for (button, wanted) in
        [("_save", "/admin/causes/"), ("_continue", "/change/"), ("_addanother", "/admin/causes/add/")]
    {
        let answer = browser.post("/admin/causes/add/", &[("name", button), (button, "1")]).await;
        assert_eq!(answer.status, 302);
        assert!(answer.location().ends_with(wanted), "{button}: {}", answer.location());
        let page = browser.get(&answer.location()).await;
        assert!(
            page.text().contains(&format!("“ {button} ” was added"))
                || page.text().contains(&format!("“{button}” was added")),
            "{}",
            page.text()
        );
        assert!(!browser.get("/admin/causes/").await.text().contains("was added"), "a message is shown once");
    }
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
async fn read_only_and_undeclared_fields_ignore_input() {
    let app = TestApp::new().await;
    let id = app.issue("x", "A", "B").await;
    let mut browser = app.signed_in("Operators").await;
    let form = browser.get(&format!("/admin/issues/{id}/change/")).await;
    let (source, destination) = (app.site("A").await.to_string(), app.site("B").await.to_string());
    let fields = [
        ("operation", "transfer"),
        ("message", "x"),
        ("src_site", &*source),
        ("dst_site", &*destination),
        ("status", "ongoing"),
        ("attribution", "unclear"),
        ("first_seen", "2026-11-20T08:00"),
        ("last_seen", "2026-11-21T09:00"),
        ("failures_total", "100"),
        ("files_total", "60"),
        ("reopened_count", "77"),
        ("dedup_key", "smuggled"),
        ("id", "4711"),
        ("created_at", "1999-01-01"),
        ("message_hash", "smuggled"),
        ("_version", "1"),
    ];
    assert_eq!(form.status, 200);
    let answer = browser.post(&format!("/admin/issues/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let row = entity::issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.reopened_count, row.status), (0, entity::issue::Status::Ongoing));
    assert!(row.dedup_key != "smuggled" && row.created_at == app.app.now());
}

#[tokio::test]
async fn two_of_the_same_are_refused_also_in_a_race() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let mut browser = app.signed_in("Operators").await;
    let (source, destination) = (app.site("A").await.to_string(), app.site("B").await.to_string());
    let fields = [
        ("operation", "transfer"),
        ("message", "x"),
        ("src_site", &*source),
        ("dst_site", &*destination),
        ("status", "new"),
        ("attribution", "unclear"),
        ("first_seen", "2026-11-20T08:00"),
        ("last_seen", "2026-11-21T09:00"),
        ("failures_total", "1"),
        ("files_total", "1"),
    ];
    let answer = browser.post("/admin/issues/add/", &fields).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("There is already an issue with these values"), "{}", answer.text());
    let (mut one, mut two) = (app.signed_in("superuser").await, app.signed_in("Admins").await);
    one.get("/admin/").await;
    two.get("/admin/").await;
    let (a, b) = tokio::join!(
        one.post("/admin/causes/add/", &[("name", "Race")]),
        two.post("/admin/causes/add/", &[("name", "Race")])
    );
    let mut statuses = [a.status, b.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [302, 422]);
    assert_eq!(
        cause::Entity::find().filter(cause::Column::Name.eq("Race")).count(&app.app.db).await.unwrap(),
        1
    );
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
async fn history_tells_who_when_from_where_and_each_value() {
    let app = TestApp::new().await;
    let cause = app.add("causes", &[("name", "Disk full")]).await.to_string();
    let id = app.add("error-categories", &[("title", "Full"), ("priority", "5")]).await;
    let mut browser = app.signed_in("Operators").await;
    let fields = [
        ("title", "No space"),
        ("priority", "7"),
        ("cause", &*cause),
        ("state", "active"),
        ("origin", "manual"),
        ("_version", "1"),
    ];
    let answer = browser.post(&format!("/admin/error-categories/{id}/change/"), &fields).await;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let history = browser.get(&format!("/admin/error-categories/{id}/history/")).await;
    let text = history.text();
    for word in ["a-operators", "192.0.2.7", "2026-11-21 09:30", "Disk full", "on the website"] {
        assert!(text.contains(word), "{word}: {text}");
    }
    assert_eq!(history.all("ol.stack > li:first-child del"), ["5", "Full"]);
    assert_eq!(history.all("ol.stack > li:first-child ins"), ["Disk full", "7", "No space"]);
    assert!(!text.contains("Version"), "what the engine counts is no change: {text}");
    assert!(browser.get("/admin/").await.all(".recent").join(" ").contains("No space"));
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
