//! Checks 59 to 66: what a form writes, and what it refuses.
use crate::admin::Verb;
use crate::tests::inlines::{PREFIX, doors, path, send, set, site};
use crate::tests::support::{Answer, TestApp, encoded};
use entity::{cause, issue};
use sea_orm::{EntityTrait, PaginatorTrait};

#[tokio::test]
async fn check_59_read_only_and_undeclared_fields_ignore_input() {
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
    let row = issue::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    assert_eq!((row.reopened_count, row.status), (0, issue::Status::Ongoing));
    assert!(row.dedup_key != "smuggled" && row.created_at == app.app.now());
}

#[tokio::test]
async fn check_60_two_of_the_same_are_refused_also_in_a_race() {
    let app = TestApp::new().await;
    app.issue("x", "A", "B").await;
    let mut browser = app.signed_in("Operators").await;
    let (source, destination) = (app.site("A").await.to_string(), app.site("B").await.to_string());
    let mut fields = [
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
    let refused = |answer: &Answer| {
        answer.status == 422 && answer.text().contains("There is already an issue with these values")
    };
    let answer = browser.post("/admin/issues/add/", &fields).await;
    assert!(refused(&answer) && !answer.has(".err"), "{}", answer.text());
    let (mut one, mut two) = (app.signed_in("superuser").await, app.signed_in("Admins").await);
    one.get("/admin/").await;
    two.get("/admin/").await;
    fields[1] = ("message", "raced for");
    let (a, b) =
        tokio::join!(one.post("/admin/issues/add/", &fields), two.post("/admin/issues/add/", &fields));
    assert_eq!([&a, &b].iter().filter(|answer| answer.status == 302).count(), 1, "{} {}", a.status, b.status);
    assert!(refused(&a) || refused(&b), "{} {}", a.text(), b.text());
    assert_eq!(issue::Entity::find().count(&app.app.db).await.unwrap(), 2);
}

#[tokio::test]
async fn check_61_an_unknown_or_odd_key_is_no_page() {
    let (app, mut browser) = TestApp::with_demo().await;
    // Django leads back to the list with a message; an address of nothing is a 404 here.
    for resource in app.app.registry.iter() {
        let meta = resource.meta();
        for odd in [
            "99999",
            "abc",
            "-1",
            "0",
            "99999999999999999999",
            "1'",
            "%00",
            "..%2f",
            "%3Cscript%3Ealert(1)%3C%2Fscript%3E",
        ] {
            for page in ["change", "delete", "history"] {
                let path = format!("/admin/{}/{odd}/{page}/", meta.slug);
                let answer = browser.get(&path).await;
                let refused = page == "delete" && !meta.offers(Verb::Delete);
                assert_eq!(answer.status, if refused { 403 } else { 404 }, "{path}");
                assert!(!answer.html().contains("<script>alert"), "{path}");
            }
        }
    }
}

#[tokio::test]
async fn check_62_markup_in_records_stays_text_everywhere() {
    let app = TestApp::new().await;
    let evil = "<script>alert(1)</script><a href=x>evil</a>";
    let id = app.add("causes", &[("name", evil)]).await;
    let issue = app.issue(evil, "WT2", "INFN-T1").await;
    let mut browser = app.signed_in("superuser").await;
    let version = [("name", evil), ("description", evil), ("_version", "1"), ("_continue", "1")];
    assert_eq!(browser.post(&format!("/admin/causes/{id}/change/"), &version).await.status, 302);
    let said = browser.get("/admin/causes/").await;
    assert_eq!(said.all(".notes a"), [evil], "a message names it");
    assert!(!said.html().contains("<script>alert"));
    let typed = browser.get("/admin/autocomplete/?resource=error-categories&field=cause&term=script").await;
    assert_eq!(
        (typed.header("content-type").as_str(), &typed.json()["results"][0]["text"]),
        ("application/json", &evil.into())
    );
    for path in [
        "/admin/causes/".into(),
        format!("/admin/causes/{id}/change/"),
        format!("/admin/causes/{id}/delete/"),
        format!("/admin/causes/{id}/history/"),
        format!("/issues/{issue}/"),
        "/admin/issues/".into(),
        format!("/admin/issues/{issue}/delete/"),
        "/admin/audit-log/".into(),
        "/admin/".into(),
        format!("/admin/causes/?q={}", encoded(evil)),
        format!("/admin/causes/add/?name={}", encoded(evil)),
        "/admin/error-categories/add/".into(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(!page.html().contains("<script>alert") && !page.has("main a[href=x]"), "{path}");
    }
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story from the clash to its end")]
async fn check_63_a_stale_form_overwrites_nothing() {
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
async fn check_64_a_form_in_a_dialog_answers_with_what_was_saved() {
    let app = TestApp::new().await;
    let mut browser = app.signed_in("Operators").await;
    let page = browser.get("/admin/causes/add/?_popup=1").await;
    assert_eq!(page.status, 200);
    assert!(page.has("[name=_popup]") && page.has("[data-close]"));
    assert!(!page.has("[name=_continue]") && !page.has("[name=_addanother]") && !page.has(".btn.danger"));
    let wrong = browser.post("/admin/causes/add/", &[("_popup", "1"), ("name", "")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.has("[name=_popup]") && wrong.has("#name-errors"), "the next try is in the dialog as well");
    // What follows in the form that asked needs a browser: checks.test.mjs.
    let evil = "</script><b>\"x\" & y";
    let made = browser.post("/admin/causes/add/", &[("_popup", "1"), ("name", evil)]).await;
    assert_eq!((made.status, made.header("content-type").as_str()), (200, "application/json"));
    let said = made.json();
    assert_eq!((said["resource"].as_str(), said["text"].as_str()), (Some("causes"), Some(evil)));
    let id = said["id"].as_str().unwrap().to_owned();
    let path = format!("/admin/causes/{id}/change/");
    let fields = [("_popup", "1"), ("_version", "1"), ("name", "Plain")];
    assert_eq!(browser.post(&path, &fields).await.json()["text"], "Plain");
    let stale = browser.post(&path, &fields).await;
    assert_eq!(stale.status, 409);
    assert!(stale.has("form [name=_popup]"), "a conflict is solved in the dialog, too");
    assert!(!browser.get("/admin/causes/").await.text().contains("was added"), "nothing is said twice");
    assert_eq!(app.signed_in("Viewers").await.get("/admin/causes/add/?_popup=1").await.status, 403);
    assert_eq!(cause::Entity::find().count(&app.app.db).await.unwrap(), 1);
}

#[tokio::test]
async fn check_65_autocomplete_asks_for_the_right_to_see_what_it_finds() {
    let app = TestApp::new().await;
    for number in 0..25 {
        app.site(&format!("SITE-{number:02}")).await;
    }
    let path = "/admin/autocomplete/?resource=issues&field=src_site&term=site";
    assert_eq!(app.anonymous().get(path).await.status, 302);
    assert_eq!(app.signed_in("").await.get(path).await.status, 403);
    let mut browser = app.signed_in("Viewers").await;
    let first = browser.get(path).await.json();
    assert_eq!(
        (first["results"].as_array().unwrap().len(), &first["pagination"]["more"]),
        (20, &true.into())
    );
    let second = browser.get(&format!("{path}&page=2")).await.json();
    assert_eq!(
        (second["results"].as_array().unwrap().len(), &second["pagination"]["more"]),
        (5, &false.into())
    );
    // No field of OpInt limits its choices, so there is no such limit to keep.
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

/// A form that changes a row and adds one, whatever the sender may do.
fn forged(id: i64) -> Vec<(String, String)> {
    let row =
        [("id", id.to_string()), ("_version", "1".to_owned()), ("host", "forged.example.org".to_owned())];
    let new = [("se_name", "SE"), ("scheme", "davs"), ("host", "added.example.org")];
    let mut fields: Vec<(String, String)> =
        row.into_iter().map(|(name, value)| (format!("{PREFIX}-0-{name}"), value)).collect();
    for (name, value) in [("se_name", "SE"), ("scheme", "davs"), ("port", "443"), ("state", "active")] {
        fields.push((format!("{PREFIX}-0-{name}"), value.to_owned()));
    }
    fields.extend(new.map(|(name, value)| (format!("{PREFIX}-1-{name}"), value.to_owned())));
    fields.push((format!("{PREFIX}-TOTAL_FORMS"), "2".into()));
    fields.push(("name".into(), "A-SITE".into()));
    fields.push(("status".into(), "active".into()));
    fields.push(("_version".into(), "1".into()));
    fields
}

#[tokio::test]
async fn check_66_rights_decide_which_rows_can_be_written() {
    let app = TestApp::new().await;
    let (site, keys) = site(&app, 1).await;
    let hosts = async || doors(&app).await.into_iter().map(|row| row.host).collect::<Vec<_>>();
    let (row, blank) = (format!("input[name={PREFIX}-0-host]"), format!("input[name={PREFIX}-1-host]"));
    let tick = format!("input[name={PREFIX}-0-DELETE]");

    let mut adds = app.with_rights("adds", &["sites.change", "storage-endpoints.add"]).await;
    let page = adds.get(&path(site)).await;
    assert!(!page.has(&format!("[name={PREFIX}-0-id]")), "only empty rows for who may only add");
    assert!(page.has(&row) && !page.html().contains("se0.example.org"));
    let mut fields = forged(keys[0]);
    set(&mut fields, &format!("{PREFIX}-0-DELETE"), "true");
    assert_eq!(send(&mut adds, &path(site), &fields).await.status, 302);
    assert_eq!(hosts().await, ["se0.example.org", "added.example.org"], "only what is new is written");

    let mut changes = app.with_rights("changes", &["sites.change", "storage-endpoints.change"]).await;
    let page = changes.get(&path(site)).await;
    assert!(page.has(&row) && !page.has(&tick) && !page.has("template"), "no empty rows, nothing to tick");
    let mut fields = forged(keys[0]);
    set(&mut fields, &format!("{PREFIX}-0-DELETE"), "true");
    assert_eq!(send(&mut changes, &path(site), &fields).await.status, 302);
    assert_eq!(
        hosts().await,
        ["forged.example.org", "added.example.org"],
        "changed, not removed, none added"
    );

    let rights = ["sites.change", "storage-endpoints.view", "storage-endpoints.delete"];
    let mut deletes = app.with_rights("deletes", &rights).await;
    let page = deletes.get(&path(site)).await;
    assert!(!page.has(&row) && page.has(&tick) && page.html().contains("forged.example.org"));
    let mut fields = forged(keys[0]);
    set(&mut fields, &format!("{PREFIX}-0-_version"), "2");
    set(&mut fields, &format!("{PREFIX}-0-host"), "other.example.org");
    assert_eq!(send(&mut deletes, &path(site), &fields).await.status, 302);
    assert_eq!(hosts().await, ["forged.example.org", "added.example.org"]);
    set(&mut fields, &format!("{PREFIX}-0-DELETE"), "true");
    assert_eq!(send(&mut deletes, &path(site), &fields).await.status, 302);
    assert_eq!(hosts().await, ["added.example.org"]);

    let mut views = app.with_rights("views", &["sites.change", "storage-endpoints.view"]).await;
    let page = views.get(&path(site)).await;
    assert!(!page.has(&row) && !page.has(&tick) && page.html().contains("added.example.org"));
    let mut none = app.with_rights("none", &["sites.change"]).await;
    let page = none.get(&path(site)).await;
    assert!(!page.html().contains("added.example.org") && !page.html().contains(PREFIX));
    for browser in [&mut views, &mut none] {
        assert_eq!(send(browser, &path(site), &forged(doors(&app).await[0].id)).await.status, 302);
    }
    assert_eq!(hosts().await, ["added.example.org"]);

    let rights =
        ["sites.view", "storage-endpoints.view", "storage-endpoints.change", "storage-endpoints.add"];
    let mut looks = app.with_rights("looks", &rights).await;
    let page = looks.get(&path(site)).await;
    assert!(!page.has(&row) && !page.has(&blank), "a site that may only be read has no fields below it");
    assert_eq!(send(&mut looks, &path(site), &forged(keys[0])).await.status, 403);
}
