//! Fixtures of the original application, in all its versions.
use super::{INITIAL, count, load, load_from};
use crate::tests::support::TestApp;
use entity::vocabulary::{Operation, Side};
use entity::{action, audit_log, cause, error_category, issue, solution, suggested_action, user_group};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

/// Two texts of one category on one link, a deletion, and a job; what they point at comes after them.
const ISSUES: &str = r#"[
{"model": "core.transferissue", "pk": 1, "fields": {"message": "globus_ftp_client: the server responded with an error 421 Service busy: Connection limit exceeded. Please try again later. Closing control connection.", "src_site": "INFN-T1", "dst_site": "WT2", "category": 1, "amount": "1693", "type": "transfer-failure", "status": "New", "last_modified": "2019-11-26T10:32:41.145580+01:00"}},
{"model": "core.transferissue", "pk": 2, "fields": {"message": "TRANSFER globus_ftp_client: the server responded with an error 421 Service busy: Connection limit exceeded. Please try again later. Closing control connection.", "src_site": "INFN-T1", "dst_site": "WT2", "category": "7", "amount": 7, "type": "transfer-error", "status": "Ongoing", "last_modified": "2019-11-27 08:00:00"}},
{"model": "core.transferissue", "pk": 3, "fields": {"message": "DavPosix::unlink  HTTP 403 : Permission refused ", "src_site": "UNKNOWN", "dst_site": "", "category": 9, "amount": null, "type": "deletion-failure", "status": "Resolved", "last_modified": "2019-11-26T10:32:41Z"}},
{"model": "core.transferissue", "pk": 4, "fields": {"message": "SOURCE [110] Operation timed out on se.example.org", "src_site": "A-SITE", "dst_site": "WT2", "category": 9, "amount": 1693, "type": "transfer-failure", "status": "New", "last_modified": "2019-11-26T10:32:41Z"}},
{"model": "core.transferissue", "pk": 5, "fields": {"message": "SOURCE [110] Operation timed out on se.example.org", "src_site": "B-SITE", "dst_site": "WT2", "category": null, "amount": 1693, "type": "transfer-failure", "status": "New", "last_modified": "2019-11-26T10:32:41Z"}},
{"model": "core.workflowissue", "pk": 1, "fields": {"message": "Job died", "workflow": "task-1", "category": null, "amount": 3, "type": "workflow", "status": "New", "last_modified": "2019-11-26T10:32:41Z"}},
{"model": "core.issuecategory", "pk": 9, "fields": {"regex": "SOURCE [110] Operation timed out on se2.example.org", "amount": 12, "cause": null, "last_modified": "2019-11-26T10:32:41Z"}},
{"model": "core.solution", "pk": 21, "fields": {"category": 7, "proposed_action": null, "solution": 5, "real_cause": null, "propability": 0.0, "score": false, "affected_site": "dst_site", "last_modified": "2019-12-01T10:00:00Z"}},
{"model": "core.solution", "pk": 22, "fields": {"category": 7, "proposed_action": null, "solution": 6, "real_cause": 5, "propability": 0.0, "score": "True", "affected_site": "src_site", "last_modified": "2019-12-01T10:00:00Z"}},
{"model": "core.action", "pk": 6, "fields": {"action": "Restart\n the door", "last_modified": "2019-12-01T10:00:00Z"}},
{"model": "authtoken.token", "pk": "abcdef", "fields": {"user": 1}},
{"model": "sessions.session", "pk": "xyz", "fields": {"session_data": "x"}}
]"#;

#[tokio::test]
async fn the_fixture_of_every_start_is_read_and_reading_it_again_changes_nothing() {
    let app = TestApp::new().await;
    let report = load(&app, &[INITIAL.as_bytes()]).await.unwrap();
    assert_eq!((report.of("core_action").made, report.of("core_issuecause").made), (5, 6));
    assert_eq!((report.of("core_issuecategory").made, report.of("core_solution").made), (8, 8));
    let actions = action::Entity::find().order_by_asc(action::Column::Id).all(&app.app.db).await.unwrap();
    let retired: Vec<&str> =
        actions.iter().filter(|row| row.is_retired).map(|row| row.name.as_str()).collect();
    assert_eq!(retired, ["Unknown", "Proposed"]);
    let categories = error_category::Entity::find().all(&app.app.db).await.unwrap();
    assert!(categories.iter().all(|row| row.origin == error_category::Origin::Imported));
    assert!(categories.iter().all(|row| row.pattern.is_some() && row.cause_id.is_some()));
    for suggestion in suggested_action::Entity::find().all(&app.app.db).await.unwrap() {
        assert!((suggestion.prior - 0.8).abs() < 1e-9 && suggestion.side.is_none());
    }
    let numbers = solution::Entity::find().order_by_asc(solution::Column::Id).all(&app.app.db).await.unwrap();
    assert_eq!(numbers.iter().map(|row| row.id).collect::<Vec<_>>(), (1..=8).collect::<Vec<i64>>());
    assert!(numbers.iter().all(|row| row.suggested_action_id.is_some()));
    let log = count(&app, audit_log::Entity).await;
    let again = load(&app, &[INITIAL.as_bytes()]).await.unwrap();
    assert_eq!((again.of("core_action").there, again.of("core_solution").there), (5, 8));
    assert_eq!(count(&app, audit_log::Entity).await, log, "nothing was written");
    // Nothing says where these rows come from: then they are known by their names.
    let other = load_from(&app, &[INITIAL.as_bytes()], "another").await.unwrap();
    assert_eq!((other.of("core_action").there, other.of("core_issuecategory").merged), (5, 8));
    assert_eq!(count(&app, cause::Entity).await, 6);
    assert_eq!(count(&app, suggested_action::Entity).await, 8);
    assert_eq!(count(&app, solution::Entity).await, 8);
}

#[tokio::test]
async fn issues_are_sorted_anew_and_texts_of_one_category_are_one_issue() {
    let app = TestApp::new().await;
    let report = load(&app, &[INITIAL.as_bytes(), ISSUES.as_bytes()]).await.unwrap();
    let issues = issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap();
    assert_eq!(issues.len(), 5, "{report}");
    let line = report.of("core_transferissue");
    assert_eq!((line.read, line.made, line.merged), (5, 4, 1));
    let busy = issues.iter().find(|row| row.failures_total == 1700).expect("1693 and 7");
    let category =
        error_category::Entity::find_by_id(busy.category_id.unwrap()).one(&app.app.db).await.unwrap();
    assert!(category.unwrap().title.starts_with("globus_ftp_client: the server responded with an error 421"));
    assert!(busy.message.starts_with("TRANSFER"), "the newest");
    assert_eq!(busy.status, issue::Status::Ongoing);
    assert_eq!(busy.first_seen.to_rfc3339(), "2019-11-26T09:32:41.145+00:00");
    assert_eq!(busy.last_seen.to_rfc3339(), "2019-11-27T08:00:00+00:00");
    let deletion = issues.iter().find(|row| row.operation == Operation::Deletion).unwrap();
    assert_eq!((deletion.src_site_id, deletion.failures_total), (None, 0));
    assert!(deletion.dst_site_id.is_some(), "UNKNOWN");
    let job = issues.iter().find(|row| row.operation == Operation::Workflow).unwrap();
    assert_eq!((job.workflow.as_deref(), job.dst_site_id), (Some("task-1"), None));
    let told = report.to_string();
    assert!(told.contains("2 issues have the same text and count as another source"), "{told}");
    assert!(told.contains("core.transferissue 1: was category 1"), "{told}");
    assert!(told.contains("authtoken.token (1)") && told.contains("sessions.session (1)"), "{told}");
    let again = load(&app, &[ISSUES.as_bytes()]).await.unwrap();
    assert_eq!((again.of("core_transferissue").there, again.of("core_transferissue").made), (5, 0));
    let after = issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap();
    assert_eq!(issues, after);
}

#[tokio::test]
async fn answers_keep_their_number_and_say_what_was_suggested_then() {
    let app = TestApp::new().await;
    load(&app, &[INITIAL.as_bytes(), ISSUES.as_bytes()]).await.unwrap();
    let of = async |id: i64| solution::Entity::find_by_id(id).one(&app.app.db).await.unwrap().unwrap();
    let name = async |id: Option<i64>| {
        let row = action::Entity::find_by_id(id.unwrap_or_default()).one(&app.app.db).await.unwrap();
        row.map(|row| row.name).unwrap_or_default()
    };
    let proposed = of(21).await;
    assert_eq!(name(proposed.action_id).await, "Proposed");
    assert_eq!(name(proposed.meant_action_id).await, "Submit a ticket to the site");
    assert_eq!((proposed.side, proposed.score), (Side::Destination, false));
    assert_eq!(proposed.created_at.to_rfc3339(), "2019-12-01T10:00:00+00:00");
    let other = of(22).await;
    assert_eq!(name(other.action_id).await, "Restart the door");
    assert_eq!((other.side, other.score, other.meant_action_id), (Side::Source, true, None));
    assert!(other.real_cause_id.is_some());
    // The next number is behind them, on every database.
    let made = app.add("actions", &[("name", "Another")]).await;
    assert!(made > 0);
    let model = solution::ActiveModel {
        action_id: sea_orm::Set(Some(made)),
        created_at: sea_orm::Set(app.app.now()),
        updated_at: sea_orm::Set(app.app.now()),
        ..Default::default()
    };
    let next = solution::Entity::insert(model).exec(&app.app.db).await.unwrap().last_insert_id;
    assert!(next > 22, "{next}");
}

#[tokio::test]
async fn rows_that_are_here_already_are_found_by_their_names() {
    let app = TestApp::new().await;
    for number in 0..7 {
        app.add("actions", &[("name", &format!("Something {number}"))]).await;
    }
    let ticket = app.add("actions", &[("name", "Submit a ticket to the site")]).await;
    let full = app.add("causes", &[("name", "Space token full")]).await;
    app.user("ddmops", "Operators").await;
    let people = r#"[{"model":"auth.group","pk":3,"fields":{"name":"Shifters"}},
        {"model":"auth.user","pk":8,"fields":{"username":"DDMops","password":"!","groups":[3],"is_staff":true}},
        {"model":"auth.user","pk":9,"fields":{"username":"new.one","password":"!x","groups":[["Shifters"]],"email":"nonsense","is_staff":"True","is_active":"1","date_joined":"2018-01-02T03:04:05Z"}}]"#;
    let report = load(&app, &[INITIAL.as_bytes(), people.as_bytes()]).await.unwrap();
    assert_eq!((report.of("core_action").there, report.of("core_issuecause").there), (1, 1));
    assert_eq!((report.of("auth_user").there, report.of("auth_user").made), (1, 1));
    let suggested = suggested_action::Entity::find().all(&app.app.db).await.unwrap();
    assert_eq!(suggested.iter().filter(|row| row.action_id == ticket).count(), 5);
    let spaces = error_category::Entity::find()
        .filter(error_category::Column::CauseId.eq(full))
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(spaces.len(), 2);
    assert_eq!(count(&app, user_group::Entity).await, 2, "one had it, one got it");
    let told = report.to_string();
    assert!(told.contains("new.one: nonsense"), "{told}");
}

#[tokio::test]
async fn the_first_version_and_opint_framework_are_read_too() {
    let app = TestApp::new().await;
    let first = r#"[
        {"model":"core.action","pk":1,"fields":{"action":"Do it"}},
        {"model":"core.issuecause","pk":1,"fields":{"cause":"Why"}},
        {"model":"core.issuecategory","pk":1,"fields":{"regex":"Some error","cause":1}},
        {"model":"core.solution","pk":1,"fields":{"category":1,"cause":1,"solution":null,"propability":"80","score":"False","affected_site":"unknown"}},
        {"model":"core.solution","pk":2,"fields":{"category":1,"cause":1,"solution":1,"propability":"60"}},
        {"model":"core.transferissue","pk":4,"fields":{"message":"Some error","category":1,"action":1,"solution":null,"src_site":"A","dst_site":"B","type":"transfer-failure"}}]"#;
    let report = load(&app, &[first.as_bytes()]).await.unwrap();
    assert_eq!(report.generation, Some("first version (2019-12)"));
    assert_eq!((report.of("core_solution").made, report.of("core_solution").dropped), (1, 1));
    let framework = r#"[
        {"model":"data_management.transferissue","pk":5,"fields":{"src_site":"X","dst_site":"Y"}},
        {"model":"core.issue","pk":5,"fields":{"message":"Some error","category":3,"solution":2,"action":null,"amount":4,"type":"transfer-failure","status":"New","last_modified":"2020-05-01T00:00:00Z"}},
        {"model":"core.issuecategory","pk":3,"fields":{"regex":"Some error","amount":4}},
        {"model":"core.action","pk":2,"fields":{"action":"Do it"}},
        {"model":"core.solution","pk":2,"fields":{"solution":2,"proposed_action":null,"propability":0}},
        {"model":"core.issuemetadata","pk":1,"fields":{"issue":5,"key":"rse","value":"X_DATADISK"}},
        {"model":"core.feedback","pk":1,"fields":{"model":"issue","object_pk":"5","url":"","comment":"Looked at it","extra_data":"","created":"2020-06-01T00:00:00Z"}}]"#;
    let report = load_from(&app, &[framework.as_bytes()], "framework").await.unwrap();
    assert_eq!(report.generation, Some("as opint-framework"));
    assert_eq!(report.of("core_solution").made, 1, "{report}");
    let issues = issue::Entity::find().order_by_asc(issue::Column::Id).all(&app.app.db).await.unwrap();
    assert_eq!(issues.len(), 2);
    assert_eq!(issues[0].category_id, issues[1].category_id);
    let remarks = audit_log::Entity::find()
        .filter(audit_log::Column::Resource.eq("issues"))
        .filter(audit_log::Column::ObjectPk.eq(issues[1].id.to_string()))
        .all(&app.app.db)
        .await
        .unwrap();
    let texts: Vec<String> = remarks.into_iter().map(|row| row.changes).collect();
    assert!(texts.iter().any(|text| text.contains("X_DATADISK")), "{texts:?}");
    assert!(texts.iter().any(|text| text.contains("Looked at it")), "{texts:?}");
}

#[tokio::test]
async fn the_log_of_django_goes_on_in_ours() {
    let app = TestApp::new().await;
    let log = r#"[
        {"model":"contenttypes.contenttype","pk":7,"fields":{"app_label":"core","model":"transferissue"}},
        {"model":"auth.user","pk":1,"fields":{"username":"old.admin","password":"!"}},
        {"model":"core.transferissue","pk":4,"fields":{"message":"Some error","src_site":"A","dst_site":"B","type":"transfer-failure"}},
        {"model":"admin.logentry","pk":1,"fields":{"action_time":"2019-12-01T10:00:00Z","user":1,"content_type":7,"object_id":"4","object_repr":"Some error","action_flag":2,"change_message":"[{\"changed\": {\"fields\": [\"Status\"]}}]"}},
        {"model":"admin.logentry","pk":2,"fields":{"action_time":"2019-12-01T10:00:00Z","user":1,"content_type":["core","action"],"object_id":"77","object_repr":"Gone","action_flag":3,"change_message":""}}]"#;
    let report = load(&app, &[log.as_bytes()]).await.unwrap();
    assert_eq!(report.of("django_admin_log").made, 2);
    let issue = issue::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    let rows = audit_log::Entity::find()
        .filter(audit_log::Column::Username.eq("old.admin"))
        .order_by_asc(audit_log::Column::Id)
        .all(&app.app.db)
        .await
        .unwrap();
    assert_eq!(rows.len(), 2);
    assert_eq!((rows[0].resource.as_str(), rows[0].object_pk.clone()), ("issues", issue.id.to_string()));
    assert!(rows[0].changes.contains("Status"));
    assert_eq!((rows[1].resource.as_str(), rows[1].object_pk.as_str()), ("actions", "old:77"));
    assert_eq!(rows[1].verb, audit_log::Verb::Delete);
    let again = load(&app, &[log.as_bytes()]).await.unwrap();
    assert_eq!(again.of("django_admin_log").there, 2);
}
