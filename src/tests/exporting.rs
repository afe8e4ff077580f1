//! Lists as files.
use super::support::{Client, TestApp};
use axum::body::Body;
use calamine::{Data, Reader, Xlsx};
use entity::{audit_log, issue, site};
use http_body_util::BodyExt;
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, QueryOrder};
use std::io::Cursor;
use tower::ServiceExt;

/// Rows of a CSV file, titles first.
pub(super) fn csv(bytes: &[u8]) -> Vec<Vec<String>> {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .from_reader(bytes)
        .records()
        .map(|record| record.expect("CSV").iter().map(str::to_owned).collect())
        .collect()
}

/// One column of a CSV file.
fn column(rows: &[Vec<String>], name: &str) -> Vec<String> {
    let at =
        rows[0].iter().position(|title| title == name).unwrap_or_else(|| panic!("no {name}: {:?}", rows[0]));
    rows[1..].iter().map(|row| row[at].clone()).collect()
}

fn sheet(bytes: Vec<u8>) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = calamine::open_workbook_from_rs(Cursor::new(bytes)).expect("a spreadsheet");
    let name = book.sheet_names()[0].clone();
    book.worksheet_range(&name).expect("a sheet").rows().map(<[Data]>::to_vec).collect()
}

/// What the audit log says of the last export, once it is over.
async fn logged(app: &TestApp) -> (String, serde_json::Value) {
    for _ in 0..200 {
        let entry = audit_log::Entity::find()
            .filter(audit_log::Column::Resource.eq("exports"))
            .order_by_desc(audit_log::Column::Id)
            .one(&app.app.db)
            .await
            .expect("answers")
            .expect("was logged");
        let changes: serde_json::Value = serde_json::from_str(&entry.changes).expect("JSON");
        if changes["State"][1] != "under way" {
            return (entry.username, changes);
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the export does not end")
}

async fn many_sites(app: &TestApp, count: usize) {
    let now = app.app.now();
    for start in (0..count).step_by(500) {
        let rows = (start..count.min(start + 500)).map(|at| site::ActiveModel {
            name: Set(format!("SITE-{at:05}")),
            // Half of them have none, so that what is empty is sorted, too.
            tier: Set((at % 2 == 0).then_some((at % 4) as i32)),
            created_at: Set(now),
            updated_at: Set(now),
            ..Default::default()
        });
        site::Entity::insert_many(rows).exec_without_returning(&app.app.db).await.expect("fits");
    }
}

async fn signed_in(app: &TestApp) -> Client {
    app.signed_in("Viewers").await
}

#[tokio::test]
async fn a_list_goes_out_as_it_is_filtered_and_sorted() {
    let app = TestApp::new().await;
    for (name, status) in [("B-SITE", "active"), ("A-SITE", "active"), ("C-SITE", "disabled")] {
        app.add("sites", &[("name", name), ("status", status)]).await;
    }
    let mut browser = signed_in(&app).await;
    let page = browser.get("/admin/sites/?status__exact=active&o=-1").await;
    let hrefs = page.attributes(".drop a[rel=nofollow]", "href");
    assert_eq!(hrefs[0], "/admin/sites/export/csv/?status__exact=active&o=-1");
    let answer = browser.get(&hrefs[0]).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"sites-2026-11-21.csv\"");
    assert!(answer.header("cache-control").contains("no-store"));
    assert_eq!(column(&csv(&answer.body), "name"), ["B-SITE", "A-SITE"]);
    let json = browser.get(&hrefs[1]).await.json();
    assert_eq!(json.as_array().map(Vec::len), Some(2));
    assert_eq!(json[0]["name"], "B-SITE");
    assert_eq!(json[0]["created_at"], "2026-11-21T09:30:00Z");
    let lines = browser.get(&hrefs[2]).await.html();
    let first: serde_json::Value = serde_json::from_str(lines.lines().next().expect("a line")).expect("JSON");
    assert_eq!((first["name"].as_str(), lines.lines().count()), (Some("B-SITE"), 2));
    let rows = sheet(browser.get(&hrefs[3]).await.body);
    assert_eq!((rows.len(), rows[1][1].to_string()), (3, "B-SITE".to_owned()));
    let (who, log) = logged(&app).await;
    assert_eq!(who, "a-viewers");
    assert_eq!((log["Rows"][1].as_str(), log["State"][1].as_str()), (Some("2"), Some("complete")));
    assert_eq!(log["List"][1], "status__exact=active&o=-1");
}

#[tokio::test]
async fn an_empty_list_is_a_file_with_titles() {
    let app = TestApp::new().await;
    let mut browser = signed_in(&app).await;
    assert_eq!(csv(&browser.get("/admin/causes/export/csv/").await.body)[0][0], "id");
    assert_eq!(browser.get("/admin/causes/export/json/").await.json(), serde_json::json!([]));
    assert_eq!(browser.get("/admin/causes/export/jsonl/").await.html(), "");
    assert_eq!(sheet(browser.get("/admin/causes/export/xlsx/").await.body).len(), 1);
}

#[tokio::test]
async fn keys_go_out_with_what_they_mean_and_numbers_stay_numbers() {
    let app = TestApp::new().await;
    app.issue("Operation timed out", "CERN", "INFN-T1").await;
    let site = app.site("CERN").await;
    let mut browser = signed_in(&app).await;
    let issue = browser.get("/admin/issues/export/json/").await.json()[0].clone();
    assert_eq!((issue["src_site"].as_i64(), issue["src_site_label"].as_str()), (Some(site), Some("CERN")));
    assert_eq!((issue["failures_total"].as_i64(), issue["category"].is_null()), (Some(100), true));
    assert_eq!(issue["first_seen"], "2026-11-20T08:00:00Z");
    let rows = sheet(browser.get("/admin/issues/export/xlsx/").await.body);
    let at = rows[0].iter().position(|title| *title == "failures_total").expect("a column");
    assert_eq!(rows[1][at], Data::Float(100.0));
}

#[tokio::test]
async fn nothing_that_a_spreadsheet_would_run_goes_out() {
    let app = TestApp::new().await;
    let evil = ["=cmd|' /C calc'!A0", "+1", "-1", "@SUM(A1)", "plain"];
    for name in evil {
        app.add("causes", &[("name", name)]).await;
    }
    let mut browser = signed_in(&app).await;
    for name in column(&csv(&browser.get("/admin/causes/export/csv/").await.body), "name") {
        assert!(!name.starts_with(['=', '+', '-', '@']), "{name}");
    }
    let rows = sheet(browser.get("/admin/causes/export/xlsx/").await.body);
    assert!(rows[1..].iter().all(|row| !row[1].to_string().starts_with(['=', '+', '-', '@'])));
    let names: Vec<String> = browser
        .get("/admin/causes/export/json/")
        .await
        .json()
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|row| row["name"].as_str().map(str::to_owned))
        .collect();
    assert!(evil.iter().all(|name| names.contains(&(*name).to_owned())), "JSON is not run: {names:?}");
}

#[tokio::test]
async fn secrets_and_what_one_may_not_see_stay_in() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    let users = admin.get("/admin/users/export/csv/").await;
    assert!(csv(&users.body)[0].contains(&"groups".to_owned()));
    assert!(!users.html().contains("$argon2") && !csv(&users.body)[0].contains(&"password".to_owned()));
    let mut viewer = signed_in(&app).await;
    for slug in ["users", "audit-log", "api-tokens"] {
        assert_eq!(viewer.get(&format!("/admin/{slug}/export/csv/")).await.status, 403, "{slug}");
    }
    assert_eq!(app.anonymous().get("/admin/sites/export/csv/").await.status, 302);
    assert_eq!(viewer.get("/admin/sites/export/pdf/").await.status, 404);
    // A filter that is dropped would let out more than was asked for.
    let refused = viewer.get("/admin/issues/export/csv/?last_seen__gte=yesterday").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("Nothing was exported"), "{}", refused.text());
}

#[tokio::test]
async fn the_audit_log_goes_out_too_with_the_exports_in_it() {
    let app = TestApp::new().await;
    let mut admin = app.signed_in("superuser").await;
    admin.get("/admin/sites/export/csv/").await;
    logged(&app).await;
    let log = csv(&admin.get("/admin/audit-log/export/csv/").await.body);
    assert!(column(&log, "resource").contains(&"exports".to_owned()));
    assert!(column(&log, "object_label").contains(&"Sites as CSV".to_owned()));
    let page = admin.get("/admin/audit-log/?q=%22Sites+as+CSV%22").await;
    assert_eq!(page.rows().len(), 1);
}

#[tokio::test]
async fn every_row_goes_out_once_in_any_order_of_the_list() {
    let app = TestApp::new().await;
    many_sites(&app, 2503).await;
    let mut browser = signed_in(&app).await;
    // By name, by what may be empty (both ways), and by several columns.
    for order in ["1", "-1", "3", "-3", "3.-1", "-3.4"] {
        let rows = csv(&browser.get(&format!("/admin/sites/export/csv/?o={order}")).await.body);
        let mut names = column(&rows, "name");
        let page: Vec<String> = browser.get(&format!("/admin/sites/?o={order}&n=100")).await.rows();
        assert_eq!(names[..100], page[..], "{order}");
        names.sort();
        names.dedup();
        assert_eq!((rows.len(), names.len()), (2505, 2504), "{order}");
    }
}

#[tokio::test]
async fn rows_sorted_by_what_they_point_at_go_out_once() {
    let app = TestApp::new().await;
    let (first, now) = (app.site("A-SITE").await, app.app.now());
    let second = app.site("B-SITE").await;
    let rows = (0..1300).map(|at| entity::ticket::ActiveModel {
        system: Set(entity::ticket::System::Ggus),
        reference: Set(at.to_string()),
        title: Set(format!("Ticket {at}")),
        status: Set("open".into()),
        is_open: Set(true),
        site_id: Set([None, Some(first), Some(second)][at % 3]),
        created_at: Set(now),
        updated_at: Set(now),
        ..Default::default()
    });
    for row in rows.collect::<Vec<_>>().chunks(400) {
        entity::ticket::Entity::insert_many(row.to_vec())
            .exec_without_returning(&app.app.db)
            .await
            .expect("fits");
    }
    let mut browser = signed_in(&app).await;
    let heads = browser.get("/admin/tickets/").await.all("thead th.ck-col ~ th");
    let at = heads.iter().position(|head| head.starts_with("Site")).expect("a column") + 1;
    for order in [format!("{at}"), format!("-{at}")] {
        let rows = csv(&browser.get(&format!("/admin/tickets/export/csv/?o={order}")).await.body);
        let mut keys = column(&rows, "id");
        keys.sort();
        keys.dedup();
        assert_eq!(keys.len(), 1300, "{order}");
        let mut runs = column(&rows, "site_label");
        runs.dedup();
        assert_eq!(runs.len(), 3, "{order}");
    }
}

#[tokio::test]
async fn an_export_that_is_cancelled_is_logged_with_what_left() {
    let app = TestApp::new().await;
    many_sites(&app, 12_000).await;
    let browser = signed_in(&app).await;
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = axum::http::Request::builder()
        .uri("/admin/sites/export/csv/")
        .header("host", "localhost")
        .header("cookie", cookies.join("; "))
        .body(Body::empty())
        .expect("a request");
    let mut body = app.router.clone().oneshot(request).await.expect("answers").into_body();
    body.frame().await.expect("begins").expect("is well");
    drop(body);
    let (_, log) = logged(&app).await;
    assert_eq!(log["State"][1], "cancelled");
    let rows: usize = log["Rows"][1].as_str().expect("a number").replace(',', "").parse().expect("a number");
    assert!(rows < 12_000, "{rows}");
}

#[tokio::test]
async fn ticked_rows_go_out_alone_and_all_that_match_when_asked() {
    let app = TestApp::new().await;
    for name in ["A", "B", "C"] {
        app.add("causes", &[("name", name)]).await;
    }
    let mut browser = signed_in(&app).await;
    let page = browser.get("/admin/causes/").await;
    assert!(page.all("#act option").contains(&"Export as CSV".to_owned()));
    let keys = page.attributes("input[name=_selected_action]", "value");
    let fields =
        [("action", "export_csv"), ("_selected_action", keys[0].as_str()), ("_selected_action", &keys[2])];
    let file = browser.post("/admin/causes/", &fields).await;
    assert_eq!(csv(&file.body).len(), 3);
    let fields = [("action", "export_json"), ("select_across", "1")];
    assert_eq!(browser.post("/admin/causes/?q=B", &fields).await.json().as_array().map(Vec::len), Some(1));
    let none = browser.post("/admin/causes/", &[("action", "export_csv")]).await;
    assert_eq!((none.status, none.location().as_str()), (302, "/admin/causes/"));
    assert!(browser.get("/admin/causes/").await.text().contains("tick the rows first"));
}

#[tokio::test]
async fn too_many_exports_at_once_are_sent_back_to_the_list() {
    let app = TestApp::new().await;
    many_sites(&app, 12_000).await;
    let mut browser = signed_in(&app).await;
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let mut bodies = Vec::new();
    for _ in 0..2 {
        let request = axum::http::Request::builder()
            .uri("/admin/sites/export/csv/")
            .header("host", "localhost")
            .header("cookie", cookies.join("; "))
            .body(Body::empty())
            .expect("a request");
        bodies.push(app.router.clone().oneshot(request).await.expect("answers").into_body());
    }
    let third = browser.get("/admin/sites/export/csv/?o=1").await;
    assert_eq!((third.status, third.location().as_str()), (302, "/admin/sites/?o=1"));
    assert!(browser.get("/admin/sites/").await.text().contains("Other exports are under way"));
    drop(bodies);
    logged(&app).await;
    for _ in 0..100 {
        if browser.get("/admin/sites/export/json/?o=1").await.status == 200 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the places of cancelled exports stay taken")
}

#[tokio::test]
async fn an_export_shows_one_moment_though_rows_move_meanwhile() {
    let app = TestApp::new().await;
    app.site("A").await;
    app.site("B").await;
    let first = app.issue("first", "A", "B").await;
    let now = app.app.now();
    let template =
        issue::Entity::find_by_id(first).one(&app.app.db).await.expect("answers").expect("is there");
    for start in (0..2400).step_by(400) {
        let rows = (start..start + 400).map(|at| issue::ActiveModel {
            id: sea_orm::ActiveValue::NotSet,
            dedup_key: Set(format!("{at:064}")),
            message: Set(format!("message {at}")),
            last_seen: Set(now - chrono::Duration::seconds(at)),
            ..template.clone().into()
        });
        issue::Entity::insert_many(rows).exec_without_returning(&app.app.db).await.expect("fits");
    }
    let browser = signed_in(&app).await;
    let cookies: Vec<String> =
        browser.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let request = axum::http::Request::builder()
        .uri("/admin/issues/export/csv/")
        .header("host", "localhost")
        .header("cookie", cookies.join("; "))
        .body(Body::empty())
        .expect("a request");
    let mut body = app.router.clone().oneshot(request).await.expect("answers").into_body();
    let mut bytes = Vec::new();
    // The titles, and the first page, which is read by then.
    for _ in 0..2 {
        bytes.extend(body.frame().await.expect("begins").expect("is well").into_data().expect("data"));
    }
    // The oldest comes to the top of the list, where the export has been already.
    let oldest =
        issue::Entity::find().order_by_asc(issue::Column::LastSeen).one(&app.app.db).await.expect("answers");
    let oldest = oldest.expect("is there");
    let later = issue::ActiveModel { id: Set(oldest.id), last_seen: Set(now), ..Default::default() };
    issue::Entity::update(later).exec(&app.app.db).await.expect("is written");
    bytes.extend(body.collect().await.expect("ends").to_bytes());
    let mut keys = column(&csv(&bytes), "id");
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 2401);
    assert!(keys.contains(&oldest.id.to_string()));
}
