//! The original's database, and what is none.
use super::count;
use crate::movein::{self, Report, To};
use crate::tests::support::TestApp;
use entity::{error_category, issue, user};
use sea_orm::{ConnectionTrait, Database, EntityTrait};
use tempfile::TempDir;

/// Tables as Django makes them, as far as they matter here.
const TABLES: &str = "
CREATE TABLE core_action (id integer PRIMARY KEY, action varchar(128), last_modified datetime);
CREATE TABLE core_issuecause (id integer PRIMARY KEY, cause varchar(128), last_modified datetime);
CREATE TABLE core_issuecategory (id integer PRIMARY KEY, amount integer, regex varchar(512), cause_id integer, last_modified datetime);
CREATE TABLE core_transferissue (id integer PRIMARY KEY, message varchar(1024), category_id integer, amount integer, type varchar(128), status varchar(12), src_site varchar(128), dst_site varchar(128), last_modified datetime);
CREATE TABLE core_workflowissue (id integer PRIMARY KEY, message varchar(1024), category_id integer, amount integer, type varchar(128), status varchar(12), workflow varchar(128), last_modified datetime);
CREATE TABLE core_solution (id integer PRIMARY KEY, category_id integer, proposed_action_id integer, solution_id integer, real_cause_id integer, propability double, score bool, affected_site varchar(128), last_modified datetime);
CREATE TABLE auth_user (id integer PRIMARY KEY, username varchar(150), password varchar(128), is_staff bool, is_active bool, is_superuser bool, email varchar(254), first_name varchar(30), last_name varchar(150), last_login datetime, date_joined datetime);
CREATE TABLE auth_group (id integer PRIMARY KEY, name varchar(150));
CREATE TABLE auth_user_groups (id integer PRIMARY KEY, user_id integer, group_id integer);
CREATE TABLE authtoken_token (key varchar(40), user_id integer);
CREATE TABLE ATLAS_JOBS_BUSTER_ISSUE (id integer);
INSERT INTO core_action VALUES (1, 'Submit a ticket to the site', '2019-08-01 12:00:00');
INSERT INTO core_issuecause VALUES (1, 'Storage overloaded', '2019-08-01 12:00:00');
INSERT INTO core_issuecategory VALUES (1, 5, 'Service busy: Connection limit exceeded', 1, '2019-08-01 12:00:00');
INSERT INTO core_solution VALUES (3, 1, 1, NULL, 1, 80.0, 0, 'unknown', '2019-08-01 12:00:00');
INSERT INTO core_transferissue VALUES (7, '421 Service busy: Connection limit exceeded', 1, 12, 'transfer-failure', 'New', 'INFN-T1', 'WT2', '2019-11-26 09:32:41.145580');
INSERT INTO auth_user VALUES (1, 'old', '!x', 1, 1, 1, '', '', '', NULL, '2019-01-01 00:00:00');
INSERT INTO auth_group VALUES (2, 'Shifters');
INSERT INTO auth_user_groups VALUES (1, 1, 2);
INSERT INTO authtoken_token VALUES ('secret', 1);
INSERT INTO ATLAS_JOBS_BUSTER_ISSUE VALUES (1);
";

async fn database(folder: &TempDir, sql: &str) -> String {
    let path = format!("sqlite://{}/old.sqlite", folder.path().display());
    let db = Database::connect(format!("{path}?mode=rwc")).await.expect("connects");
    db.execute_unprepared(sql).await.expect("makes tables");
    db.close().await.expect("closes");
    path
}

async fn import(app: &TestApp, url: &str) -> Result<Report, String> {
    let told = |error: anyhow::Error| format!("{error:#}");
    let old = movein::open(url).await.map_err(told)?.read().await.map_err(told)?;
    let txn = crate::db::begin(&app.app.db).await.expect("begins");
    let (deed, mut report) = (app.deed(), Report::default());
    let to = To { app: &app.app, txn: &txn, deed: &deed, origin: "django" };
    movein::move_in(to, old, &mut report).await.map_err(told)?;
    txn.commit().await.expect("commits");
    Ok(report)
}

#[tokio::test]
async fn a_database_of_the_original_is_moved_in_once() {
    let app = TestApp::new().await;
    let folder = TempDir::new().unwrap();
    let url = database(&folder, TABLES).await;
    let file = folder.path().join("old.sqlite");
    let before = std::fs::read(&file).unwrap();
    let report = import(&app, &url).await.unwrap();
    assert_eq!(report.generation, Some("current version"));
    for table in ["core_action", "core_issuecause", "core_issuecategory", "core_solution", "auth_user"] {
        assert_eq!((report.of(table).read, report.of(table).made), (1, 1), "{table}");
    }
    let row = issue::Entity::find().one(&app.app.db).await.unwrap().unwrap();
    assert_eq!(
        (row.failures_total, row.last_seen.to_rfc3339().as_str()),
        (12, "2019-11-26T09:32:41.145+00:00")
    );
    let told = report.to_string();
    assert!(told.contains("authtoken_token (1)") && told.contains("ATLAS_JOBS_BUSTER_ISSUE (1)"), "{told}");
    let again = import(&app, &url).await.unwrap();
    assert_eq!(again.of("core_transferissue").there, 1);
    assert_eq!(count(&app, issue::Entity).await + count(&app, user::Entity).await, 2);
    assert_eq!(count(&app, error_category::Entity).await, 1);
    assert_eq!(std::fs::read(&file).unwrap(), before, "nothing was written there");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nor beside it");
}

#[tokio::test]
async fn what_is_no_database_of_the_original_is_refused_in_one_sentence() {
    let app = TestApp::new().await;
    for (sql, told) in [
        ("CREATE TABLE blog_post (id integer)", "this is no database of the original"),
        (
            "CREATE TABLE core_issue (id integer, title text); CREATE TABLE core_issuecategory (id integer)",
            "this is no database of the original",
        ),
        ("CREATE TABLE error_category (id integer, template_hash text)", "use opint dumpdata"),
        ("SELECT 1", "this is no database of the original"),
    ] {
        let folder = TempDir::new().unwrap();
        let url = database(&folder, sql).await;
        let error = import(&app, &url).await.unwrap_err();
        assert!(error.contains(told), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("text.sqlite");
    std::fs::write(&path, "this is no database, but a text that is long enough to be read as one".repeat(50))
        .unwrap();
    let error = import(&app, &format!("sqlite://{}", path.display())).await.unwrap_err();
    assert!(error.contains("cannot read the database"), "{error}");
    let error = import(&app, "sqlite:///nowhere/at/all.sqlite").await.unwrap_err();
    assert!(error.contains("there is no database file /nowhere/at/all.sqlite"), "{error}");
    let error = import(&app, "postgres://somebody:secret@127.0.0.1:1/old").await.unwrap_err();
    assert!(error.contains("cannot read the database") && !error.contains("secret"), "{error}");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_said_with_their_row() {
    let app = TestApp::new().await;
    let folder = TempDir::new().unwrap();
    let sql = format!("{TABLES} UPDATE core_action SET action = CAST(x'e9ff' AS TEXT);");
    let url = database(&folder, &sql).await;
    let error = import(&app, &url).await.unwrap_err();
    assert!(error.contains("core_action") && error.contains("UTF-8"), "{error}");
}
